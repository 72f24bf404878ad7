import { describe, expect, it } from 'vitest';
import { CleanUp } from '../../src/smoke/clean-up.ts';
import { fakeClient } from '../support/livekit.ts';
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
    cleanUp.leaveArrived();
    expect(told).toEqual([
      ['dialled'],
      ['dialled', 'call-1'],
      ['dialled', 'call-1', 'call-2'],
      ['dialled'],
    ]);
  });
});
