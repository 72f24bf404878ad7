import { describe, expect, it } from 'vitest';
import type { Participant } from '../../src/livekit/messages.ts';
import { CleanUp } from '../../src/smoke/clean-up.ts';
import { agent, caller, fakeClient } from '../support/livekit.ts';
import { answer } from '../transfer/answers.ts';

describe('what there is to clean up', () => {
  it('is told as it comes about, for somebody who leaves at once', () => {
    const told: (readonly string[])[] = [];
    const cleanUp = new CleanUp({
      steady: fakeClient(),
      isAgent: () => false,
      clock: { sleep: async () => {} },
      onMade: (rooms) => told.push(rooms),
    });
    const arrived = { room: 'call-1', identity: 'sip_1', callId: 'SCL_1', isNewRoom: true };
    const dial = Promise.resolve(answer(200, {}));
    cleanUp.addDialled({ room: 'dialled', identity: 'leg', dial });
    cleanUp.addArrived(arrived);
    cleanUp.addArrived(arrived);
    cleanUp.addArrived({ ...arrived, room: 'call-2', callId: 'SCL_2' });
    expect(told).toEqual([['dialled'], ['dialled', 'call-1'], ['dialled', 'call-1', 'call-2']]);
  });
});

describe('a call that may be ours', () => {
  const OURS = caller({ attributes: { 'sip.callID': 'SCL_ours' } });
  const THEIRS = caller({ attributes: { 'sip.callID': 'SCL_theirs' } });

  /** What is removed for it, whoever is in its room when the dialled legs have ended. */
  async function removedFor(
    present: Participant[],
    more: { isThere?: boolean; isNewRoom?: boolean },
  ) {
    const removed: string[] = [];
    const cleanUp = new CleanUp({
      steady: fakeClient({
        listParticipants: async () => present,
        removeParticipant: async (_, identity) => removed.push(identity) > 0,
        deleteRoom: async (room) => {
          removed.push(room);
        },
      }),
      isAgent: () => false,
      clock: { sleep: async () => {} },
      onMade: () => {},
    });
    const seen = { room: 'call-1', callId: 'SCL_ours', isThere: true, isNewRoom: true };
    cleanUp.addSeen({ ...seen, ...more });
    expect(await cleanUp.run()).toEqual([]);
    return removed;
  }

  it('is not hung up on, and keeps its room where it does not end with the dial', async () => {
    expect(await removedFor([OURS, agent()], {})).toEqual([]);
  });

  it('has its room closed where it has ended with the dial, unless others are there', async () => {
    expect(await removedFor([], {})).toEqual(['call-1']);
    expect(await removedFor([agent()], {})).toEqual(['call-1']);
    expect(await removedFor([THEIRS], {})).toEqual([]);
    expect(await removedFor([], { isNewRoom: false })).toEqual([]);
  });

  it('that may have ended long before leaves its agent alone', async () => {
    expect(await removedFor([agent()], { isThere: false })).toEqual([]);
    expect(await removedFor([], { isThere: false })).toEqual(['call-1']);
  });
});
