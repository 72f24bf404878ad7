/** What is known of a transfer, for tests of what is said about it. */

import type { SipStage } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts, Words } from '../../../src/transfer/explain/facts.ts';
import {
  type Classification,
  callerLocation,
  NO_ANSWER,
  type OpenTransfer,
  type Outcome,
} from '../../../src/transfer/outcome.ts';
import { call, caller, NOW } from '../../support/livekit.ts';
import { destination } from '../plans.ts';

/** An earlier transfer of the same call, of which nobody knows how it ended. */
export function openTransfer(wishes: Partial<OpenTransfer> = {}): OpenTransfer {
  return {
    startedAt: '2026-11-23T20:47:40.692Z',
    to: 'support',
    referTo: 'sip:200@pbx.company.com',
    transferMethod: 'refer',
    outcome: 'unknown',
    underWay: null,
    ...wishes,
  };
}

export function facts(
  outcome: Outcome,
  classification: Partial<Classification> = {},
  wishes: Partial<TransferFacts> = {},
): TransferFacts {
  const { leg = 'listed', openTransfers = [] } = wishes;
  return {
    outcome,
    method: 'refer',
    bridge: null,
    evidence: null,
    leg,
    caller: callerLocation(outcome, leg, openTransfers.length > 0),
    classification: {
      outcome,
      stage: null,
      sip: null,
      livekit: NO_ANSWER,
      cause: 'none',
      exitCode: 1,
      ...classification,
    },
    call: call(),
    destination: destination(),
    durationMs: 1500,
    waitMs: 90_000,
    room: leg === 'unread' ? null : leg === 'listed' ? [caller()] : [],
    isAgent: () => false,
    nowMs: NOW,
    ...wishes,
  };
}

/** A SIP failure, as LiveKit reports it: under a status that looks like a key's. */
export function sipFacts(
  stage: SipStage,
  code: number,
  wishes: Partial<TransferFacts> = {},
): TransferFacts {
  const outcome = stage === 'refer' ? 'refused' : 'target-failed';
  const classification: Partial<Classification> = {
    stage,
    cause: 'sip',
    sip: { code, reason: 'Words' },
    livekit: {
      ...NO_ANSWER,
      httpStatus: 403,
      code: 'permission_denied',
      message: `sip status: ${code}: Words`,
    },
  };
  return facts(outcome, classification, wishes);
}

/** The words about a SIP failure. */
export function explainStatus(
  stage: SipStage,
  code: number,
  wishes: Partial<TransferFacts> = {},
): Words & { text: string } {
  const words = explain(sipFacts(stage, code, wishes));
  return { ...words, text: `${words.message} ${words.hint}` };
}
