/** Smoke tests that have been run, made from what was found. */
import { resolveSettings } from '../../src/config/settings.ts';
import type { SmokeLeg } from '../../src/smoke/leg.ts';
import {
  planSmoke,
  type SmokeRequest,
  type SmokeTest,
  type SmokeTrunk,
} from '../../src/smoke/plan.ts';
import type { SmokeRun } from '../../src/smoke/run.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { call, NOW } from '../support/livekit.ts';
import { plan } from '../transfer/plans.ts';

export const OUTBOUND: SmokeTrunk = {
  id: 'ST_out',
  name: 'out',
  host: 'sbc.example.net',
  transport: 'udp',
  provider: null,
  numbers: ['+15105550009'],
  isListed: true,
};

/** A test of that trunk. */
export function smokeTest(wishes: Partial<SmokeRequest> = {}): SmokeTest {
  const wish: SmokeRequest = {
    name: { trunk: 'out', name: 'dial +15105550177 to +15105550100' },
    transferMethod: 'refer',
    method: 'outbound',
    trunk: OUTBOUND,
    number: '+15105550177',
    call: null,
    to: '+15105550100',
    expected: null,
    endsItself: false,
    ...wishes,
  };
  const rules = { config: {}, settings: resolveSettings({ config: {} }) };
  return planSmoke(wish, { inbound: [], outbound: [] }, { via: undefined, headers: {} }, rules);
}

/** The leg of such a test. */
export const LEG: SmokeLeg = {
  call: call({ direction: 'outbound', phoneNumberRaw: '+15105550177' }),
  ids: [['sip.callIDFull', 'abc@10.0.0.1']],
};

/** A test that came to a transfer, save for what a test says of it. */
export function smokeRun(
  transfer: TransferResult | null,
  {
    finding,
    ...changes
  }: Partial<Omit<SmokeRun, 'finding'>> & { finding?: Partial<SmokeRun['finding']> } = {},
): SmokeRun {
  return {
    test: smokeTest(),
    finding: {
      ...{ failure: null, transfer, bridge: null, waitMs: 90_000, arrival: null, operator: null },
      ...finding,
    },
    leg: LEG,
    plan: transfer === null ? null : plan(),
    dial: { ok: true, durationMs: 2000 },
    agent: null,
    leftBehind: [],
    startedAt: new Date(NOW).toISOString(),
    dialledAt: new Date(NOW).toISOString(),
    answeredAt: new Date(NOW + 2000).toISOString(),
    durationMs: 5000,
    ...changes,
  };
}
