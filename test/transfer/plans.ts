/** A destination and a plan for tests of what becomes of them. */
import type { Destination } from '../../src/destinations/destination.ts';
import {
  planStep,
  planTransfer,
  type TransferPlan,
  type TransferStep,
} from '../../src/transfer/plan.ts';
import { call } from '../support/livekit.ts';

export function destination(wishes: Partial<Destination> = {}): Destination {
  return {
    input: 'sales',
    kind: 'department',
    department: 'sales',
    number: null,
    referTo: 'sip:100@pbx.company.com',
    rule: 'departments.sales',
    steps: [],
    headers: {},
    waitMs: null,
    dialtone: null,
    fallback: [],
    warnings: [],
    ...wishes,
  };
}

/** A further target, by the last part of its address. */
export function step(user: string): TransferStep {
  const to = destination({ input: user, department: null, referTo: `sip:${user}@pbx.company.com` });
  return planStep(call(), to, { waitMs: 90_000, dialtone: 'auto', headers: {} });
}

export function plan(wishes: Partial<TransferPlan> = {}): TransferPlan {
  const first = planStep(call(), destination(), {
    waitMs: 90_000,
    dialtone: 'auto',
    headers: {},
  });
  const terms = {
    fallbacks: [],
    provider: null,
    hangsUpFirst: false,
    openTransfers: [],
    again: false,
  };
  return { ...planTransfer(call(), first, terms), ...wishes };
}
