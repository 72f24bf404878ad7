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
    const left = await cleanUp.run();
    return { removed, left };
  }

  it('is not hung up on, and keeps its room where it does not end with the dial', async () => {
    expect(await removedFor([OURS, agent()], {})).toEqual({
      removed: [],
      left: ['the call SCL_ours in room call-1, which may be the test’s'],
    });
    // What was only seen before the dial had ended may be anybody's.
    const seen = await removedFor([OURS, agent()], { isThere: false });
    expect(seen).toEqual({ removed: [], left: [] });
  });

  it('has its room closed where it has ended with the dial, unless others are there', async () => {
    expect(await removedFor([], {})).toEqual({ removed: ['call-1'], left: [] });
    expect(await removedFor([agent()], {})).toEqual({ removed: ['call-1'], left: [] });
    expect(await removedFor([THEIRS], {})).toEqual({ removed: [], left: [] });
    expect(await removedFor([], { isNewRoom: false })).toEqual({ removed: [], left: [] });
  });

  it('that may have ended long before leaves its agent alone', async () => {
    expect(await removedFor([agent()], { isThere: false })).toEqual({ removed: [], left: [] });
    expect(await removedFor([], { isThere: false })).toEqual({ removed: ['call-1'], left: [] });
  });
});
