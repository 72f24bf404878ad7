import { describe, expect, it } from 'vitest';
import { concludeSmoke } from '../../src/smoke/conclude.ts';
import { call } from '../support/livekit.ts';
import { smokeRun, smokeTest } from './runs.ts';

const dropped = { finding: { failure: { kind: 'leg-dropped' } }, leg: null } as const;

describe('a call that hangs up before it is read', () => {
  it('is told as it was when it was chosen', () => {
    const chosen = call({
      direction: 'outbound',
      trunkId: 'ST_out',
      host: 'sbc.example.net',
      provider: 'twilio',
      phoneNumberRaw: '+15105550177',
      calledNumber: '+15105550009',
    });
    const test = smokeTest({ method: 'live', trunk: null, number: null, call: chosen });
    const result = concludeSmoke(smokeRun(null, { ...dropped, test, dial: null }), {});
    expect(result).toMatchObject({
      verdict: 'call-failed',
      direction: 'outbound',
      trunk: { id: 'ST_out', host: 'sbc.example.net', provider: 'twilio' },
    });
    for (const line of [
      'Trunk: ST_out',
      'Trunk host: sbc.example.net',
      'Direction of the call: outbound (placed by LiveKit)',
      'From: +15105550009',
      'To: +15105550177',
      `LiveKit call id: ${chosen.callId}`,
    ]) {
      expect(result.ticket).toContain(line);
    }
  });

  it('is told as it was to be, where a test dialled it or waited for it', () => {
    const direction = (run: Parameters<typeof smokeTest>[0]) =>
      concludeSmoke(smokeRun(null, { ...dropped, test: smokeTest(run) }), {}).direction;
    expect(direction({})).toBe('outbound');
    expect(direction({ method: 'loop' })).toBe('inbound');
    expect(direction({ method: 'live', trunk: null })).toBe('inbound');
  });
});
