import { describe, expect, it } from 'vitest';
import { planStep } from '../../src/transfer/plan.ts';
import { call } from '../support/livekit.ts';
import { destination } from './plans.ts';

const wishes = { waitMs: 90_000, dialtone: 'auto', headers: {} } as const;

describe('a plan', () => {
  it('asks for the participant of the call and the Refer-To of the destination', () => {
    expect(planStep(call(), destination(), wishes).request).toEqual({
      roomName: 'room-1',
      identity: 'sip_+15105550100',
      transferTo: 'sip:100@pbx.company.com',
      waitMs: 90_000,
      dialtone: 'auto',
      headers: {},
    });
  });

  it('lets headers of the command line win over the destination’s, in any case of letters', () => {
    const to = destination({ headers: { Diversion: 'config', 'X-Queue': 'sales' } });
    const { request } = planStep(call(), to, { ...wishes, headers: { diversion: 'typed' } });
    expect(Object.values(request.headers).sort()).toEqual(['sales', 'typed']);
  });

  it.each([2000, 2001, 90_000, 290_000])('may wait %d ms', (waitMs) => {
    expect(planStep(call(), destination(), { ...wishes, waitMs }).request.waitMs).toBe(waitMs);
  });

  it.each([0, 1999, 290_001, 3_600_000])('may not wait %d ms', (waitMs) => {
    expect(() => planStep(call(), destination(), { ...wishes, waitMs })).toThrow(
      expect.objectContaining({ code: 'usage', exitCode: 2 }),
    );
  });
});
