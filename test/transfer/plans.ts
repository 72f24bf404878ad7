/** A destination and a plan for tests of what becomes of them. */
import type { Destination } from '../../src/destinations/destination.ts';
import { planTransfer, type TransferPlan } from '../../src/transfer/plan.ts';
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

export function plan(wishes: Partial<TransferPlan> = {}): TransferPlan {
  const planned = planTransfer(call(), destination(), {
    waitMs: 90_000,
    playDialtone: true,
    headers: {},
    hangsUpFirst: false,
  });
  return { ...planned, ...wishes };
}
