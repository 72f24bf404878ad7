/** What is recorded of a transfer, before it and after it. */
import type { IntendedTransfer, TransferEnding } from '../transfer/record.ts';
import type { OutcomeEntry, SentEntry } from './entry.ts';
import { bound, hideSecrets, maskNumbersBetween } from './redact.ts';

/** What all texts of one transfer go through. */
export type Cleaner = (text: string) => string;

/**
 * Makes the cleaner for a transfer: no secrets, phone numbers masked if asked for, bounded. The ids
 * that the transfer is found by stay as they are, wherever they stand.
 */
export function cleanerFor({ call }: IntendedTransfer, masked: boolean): Cleaner {
  const ids = [call.callId, ...(call.trunkId === null ? [] : [call.trunkId])];
  return (text) => {
    const open = hideSecrets(text);
    return bound(masked ? maskNumbersBetween(open, ids) : open);
  };
}

/** @param livekit the host of the project */
export function describeSent(
  { call, destination, startedAt }: IntendedTransfer,
  id: string,
  livekit: string,
  clean: Cleaner,
): SentEntry {
  const caller = call.phoneNumberRaw ?? (call.name || null);
  return {
    type: 'sent',
    id,
    time: startedAt,
    callId: bound(call.callId),
    caller: caller === null ? null : clean(caller),
    room: clean(call.room),
    identity: clean(call.identity),
    direction: call.direction,
    trunkId: call.trunkId === null ? null : bound(call.trunkId),
    provider: call.provider,
    to: clean(destination.department ?? destination.number ?? destination.input),
    referTo: clean(destination.referTo),
    livekit: bound(livekit),
  };
}

/** @param time ISO 8601, UTC */
export function describeOutcome(
  ending: TransferEnding,
  id: string,
  time: string,
  clean: Cleaner,
): OutcomeEntry {
  const written = { type: 'outcome', id, time } as const;
  switch (ending.kind) {
    case 'not-sent':
      return { ...written, outcome: 'not-sent', ...NOTHING_SEEN, message: clean(ending.reason) };
    case 'interrupted':
      return {
        ...written,
        outcome: 'unknown',
        ...NOTHING_SEEN,
        interrupted: true,
        message: 'Interrupted after it was sent: it went on without us.',
      };
    case 'result': {
      const { outcome, caller, leg, stage, sip, evidence, exitCode, durationMs, message } =
        ending.result;
      return {
        ...written,
        outcome,
        interrupted: false,
        callerIs: caller,
        leg,
        stage,
        sip: sip === null ? null : { code: sip.code, reason: clean(sip.reason) },
        evidence,
        exitCode,
        durationMs,
        message: clean(message),
      };
    }
  }
}

const NOTHING_SEEN = {
  interrupted: false,
  callerIs: null,
  leg: null,
  stage: null,
  sip: null,
  evidence: null,
  exitCode: null,
  durationMs: null,
} as const;
