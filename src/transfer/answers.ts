/**
 * LiveKit's own messages that settle what happened, without a SIP code. Read from
 * the source of LiveKit server and SIP, and seen on a real stack.
 */
import type { ExitCode } from '../core/errors.ts';
import type { Cause } from './classify.ts';
import type { Outcome, Stage } from './outcome.ts';

export interface MessageRule {
  text: string;
  outcome: Outcome;
  stage: Stage;
  cause: Cause;
  exitCode?: ExitCode;
}

const notSent = (text: string, cause: Cause, exitCode: ExitCode): MessageRule => ({
  text,
  outcome: 'not-sent',
  stage: 'api',
  cause,
  exitCode,
});
const unknown = (text: string, stage: Stage, cause: Cause): MessageRule => ({
  text,
  outcome: 'unknown',
  stage,
  cause,
});

const RULES: readonly MessageRule[] = [
  notSent('permissions denied', 'permission', 4),
  notSent('transfer_to must be a valid', 'bad-address', 2),
  notSent('invalid header name', 'bad-header', 2),
  notSent('invalid header value', 'bad-header', 2),
  notSent('Missing room name', 'rejected', 2),
  notSent('Missing participant identity', 'rejected', 2),
  notSent('participant does not exist', 'caller-gone', 5),
  notSent('requested room does not exist', 'caller-gone', 5),
  notSent('unknown call', 'caller-gone', 5),
  notSent('no SIP session associated with participant', 'not-sip', 5),
  notSent('no response from servers', 'no-sip-service', 1),
  notSent("can't transfer non established call", 'not-answered-yet', 1),
  notSent('call already being transferred elsewhere', 'already-transferring', 1),
  notSent("we don't yet support transfers for this phone number type", 'livekit-number', 1),
  {
    text: 'call ended before transfer completed',
    outcome: 'ended',
    stage: 'notify',
    cause: 'call-ended',
  },
  unknown('REFER subscription terminated without a final status', 'notify', 'reports-stopped'),
  // The SIP transaction's 32 s went by without any answer (RFC 3261 §17.1.2, timer F).
  unknown('transaction failed to complete', 'refer', 'refer-unanswered'),
  unknown('service shutting down', 'api', 'service-stopping'),
  unknown('request timed out', 'notify', 'no-verdict-in-time'),
  unknown('refer canceled', 'notify', 'no-verdict-in-time'),
  unknown('context deadline exceeded', 'notify', 'no-verdict-in-time'),
];

/**
 * Whether a message says this and nothing longer: `unknown caller id` is no `unknown call`. Wrappers
 * put words and a colon in front.
 */
function says(message: string, text: string): boolean {
  const at = message.indexOf(text);
  if (at === -1) return false;
  const isHead = at === 0 || message.slice(0, at).endsWith(': ');
  return isHead && !/^[\w-]/.test(message.slice(at + text.length));
}

/**
 * @param message LiveKit's message, without the relay's prefix
 * @returns what it settles, or null when it is not listed
 */
export function messageRule(message: string): MessageRule | null {
  // Of two listed texts in one message the one that claims less holds.
  const unsettled = RULES.find((rule) => rule.outcome === 'unknown' && message.includes(rule.text));
  return unsettled ?? RULES.find(({ text }) => says(message, text)) ?? null;
}
