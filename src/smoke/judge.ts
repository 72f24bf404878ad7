/**
 * From what was seen to a verdict: one pure function. Doubt is a verdict of its own; what LiveKit did
 * not tell is never guessed.
 */
import { REFER_TIMEOUT_MS, SILENCE_MS } from '../core/text.ts';
import { messageRule } from '../transfer/answers.ts';
import type { DialOutcome } from '../transfer/bridge/dial-outcome.ts';
import { NO_REFER_CODES, POLICY_CODES } from '../transfer/explain/advice.ts';
import type { DialCause, Evidence, SipStatus } from '../transfer/outcome.ts';
import type { TransferResult } from '../transfer/result.ts';
import type {
  AnswerProof,
  BridgeSight,
  SmokeFinding,
  SmokeResult,
  SmokeVerdict,
} from './result.ts';

/** Why the verdict is what it is, for the words about it. */
export type SmokeEvidence =
  | 'trouble'
  | 'target-answered'
  | 'target-failed'
  /** The REFER was taken, and no word about the target ever came. */
  | 'never-reports'
  /** The reports ended, or said something that proves nothing. */
  | 'reports-unclear'
  | 'no-refer'
  | 'livekit-number'
  | 'policy'
  | 'set-up'
  /** The trunk no longer knew the call. */
  | 'call-lost'
  /** The trunk answered the REFER with something else. */
  | 'refused-otherwise'
  /** Not a word to the REFER. */
  | 'ignored'
  /** LiveKit says success, and the leg was gone at once. */
  | 'gone-at-once'
  /** LiveKit says that the call ended before the transfer did. */
  | 'ended-early'
  /** LiveKit says success, and the leg stayed. */
  | 'stayed'
  /** LiveKit turned the request away. */
  | 'not-sent'
  | 'unclear'
  /** In a bridge test: the number answered, and the call stood until we hung up. */
  | 'bridge-answered'
  /** The trunk took the call, and the number did not. */
  | 'bridge-unanswered'
  /** It was answered, and LiveKit lists no audio track that is on. */
  | 'bridge-silent'
  /** LiveKit says that it was answered, and nobody could look. */
  | 'bridge-unseen'
  /** Whether the trunk took the call is not known. */
  | 'bridge-unclear';

export interface Judgement extends Pick<SmokeResult, 'refer' | 'notify' | 'answered' | 'proof'> {
  verdict: SmokeVerdict;
  grounds: SmokeEvidence;
}

const SET_UP: readonly number[] = [401, 407, 429];
const CALL_LOST: readonly number[] = [481, 487];

function judgement(
  verdict: SmokeVerdict,
  grounds: SmokeEvidence,
  rest: Partial<Omit<Judgement, 'verdict' | 'grounds'>> = {},
): Judgement {
  return { verdict, grounds, refer: null, notify: null, answered: null, proof: null, ...rest };
}

/** The trunk took the REFER; with which status (202, mostly) LiveKit does not tell. */
const ACCEPTED = { accepted: true, code: null, reason: null };

const PROOFS: Record<Evidence, AnswerProof> = {
  reason: 'livekit',
  lingered: 'livekit',
  trunk: 'trunk',
  'in-room': 'livekit',
};

function judgeRefusal(sip: SipStatus | null): Judgement {
  const code = sip?.code ?? 0;
  const refer = { accepted: false, code: sip?.code ?? null, reason: sip?.reason || null };
  if (NO_REFER_CODES.includes(code)) return judgement('unsupported', 'no-refer', { refer });
  if (POLICY_CODES.includes(code)) return judgement('refused', 'policy', { refer });
  if (SET_UP.includes(code)) return judgement('needs-configuration', 'set-up', { refer });
  if (CALL_LOST.includes(code)) return judgement('call-failed', 'call-lost', { refer });
  return judgement('inconclusive', 'refused-otherwise', { refer });
}

/** No verdict of the trunk's came: some ways of that still show that it took the REFER. */
function judgeUnknown({ livekit, sip }: TransferResult, waitMs: number): Judgement {
  const { message, reason } = livekit;
  const rule = messageRule(message);
  const timedOut = reason === 'STR_RINGING_TIMEOUT' || rule?.cause === 'no-verdict-in-time';
  if (timedOut && waitMs > REFER_TIMEOUT_MS) {
    return judgement('supported', 'never-reports', { refer: ACCEPTED });
  }
  // Whatever follows these words came in a NOTIFY, or in place of one.
  const isAboutTarget =
    message.startsWith('call transfer failed:') || reason === 'STR_SUBSCRIPTION_TERMINATED';
  if (isAboutTarget) {
    return judgement('supported', 'reports-unclear', { refer: ACCEPTED, notify: sip });
  }
  // One that failed earlier lost the trunk's answer.
  if (rule?.cause === 'refer-unanswered' && waitMs >= SILENCE_MS) {
    const refer = { accepted: false, code: null, reason: null };
    return judgement('inconclusive', 'ignored', { refer });
  }
  return judgement('inconclusive', 'unclear');
}

function judgeNotSent({ livekit, call, leg }: TransferResult): Judgement {
  const cause = messageRule(livekit.message)?.cause;
  if (cause === 'livekit-number') return judgement('unsupported', 'livekit-number');
  // A 404 of something that is no LiveKit server, or a SIP service that is down, says nothing of it.
  const isLostWithService = cause === 'no-sip-service' && leg === 'gone';
  const isCallLost = !call.transferable || livekit.code === 'not_found' || isLostWithService;
  return isCallLost ? judgement('call-failed', 'call-lost') : judgement('inconclusive', 'not-sent');
}

/** LiveKit itself says that the call ended, and does not call it a success. */
function isStatedEnd({ livekit }: TransferResult): boolean {
  const cause = messageRule(livekit.message)?.cause;
  return livekit.reason === 'STR_CALL_ENDED' || cause === 'call-ended';
}

function judgeTransfer(transfer: TransferResult, waitMs: number): Judgement {
  const { outcome, evidence, sip } = transfer;
  switch (outcome) {
    // A test sends a REFER: nothing is dialled into its room.
    case 'bridged':
    case 'completed':
      return judgement('supported', 'target-answered', {
        refer: ACCEPTED,
        notify: sip,
        answered: true,
        proof: evidence === null ? null : PROOFS[evidence],
      });
    case 'target-failed':
      return judgement('supported', 'target-failed', {
        refer: ACCEPTED,
        notify: sip,
        answered: false,
        proof: 'livekit',
      });
    case 'refused':
      // Not the trunk's for certain: it may have taken the REFER, and the target not the call.
      return transfer.stage === 'refer'
        ? judgeRefusal(sip)
        : judgement('inconclusive', 'unclear', { answered: false, proof: 'livekit' });
    case 'ended':
      return judgement('inconclusive', isStatedEnd(transfer) ? 'ended-early' : 'gone-at-once');
    case 'unconfirmed':
      return judgement('inconclusive', 'stayed');
    case 'not-sent':
      return judgeNotSent(transfer);
    case 'unknown':
      return judgeUnknown(transfer, waitMs);
  }
}

/** Doubts that somebody who saw the target can settle. */
const DOUBTS: readonly SmokeEvidence[] = [
  'gone-at-once',
  'ended-early',
  'stayed',
  'never-reports',
  'reports-unclear',
  'ignored',
  'unclear',
];

/** Whether it would help to know if the target was answered. */
export function isInDoubt({ grounds, answered }: Judgement): boolean {
  return answered === null && DOUBTS.includes(grounds);
}

/** A proof from elsewhere, where LiveKit's answer cannot tell. */
function resolveDoubt(judged: Judgement, { arrival, operator }: SmokeFinding): Judgement {
  if (judged.proof === 'trunk') {
    if (arrival === 'answered') return { ...judged, proof: 'arrived' };
    // It hung up all the same: what it is known for does not show an answer.
    if (arrival === 'ringing') {
      const taken = { refer: ACCEPTED, notify: judged.notify, proof: 'arrived' } as const;
      return judgement('supported', 'gone-at-once', taken);
    }
    // Known to hang up first or not: the test call may have ended, and nobody was called.
    return arrival === 'none' ? judgement('inconclusive', 'gone-at-once') : judged;
  }
  if (!isInDoubt(judged)) return judged;
  const taken = { ...judged, verdict: 'supported', refer: ACCEPTED } as const;
  // The call came: so the trunk took the REFER, whether or not somebody has answered yet.
  if (arrival === 'answered') return { ...taken, answered: true, proof: 'arrived' };
  if (arrival === 'ringing') return { ...taken, proof: 'arrived' };
  if (operator === true) return { ...taken, answered: true, proof: 'operator' };
  if (operator === false) return { ...judged, answered: false, proof: 'operator' };
  return judged;
}

// A bridge test: whether the trunk takes a call to a number, and what became of it.

/** What a dial that failed says of the trunk. Those that are left out say nothing of it. */
const DIAL_VERDICTS: Partial<Record<DialCause, SmokeVerdict>> = {
  // An answer of the far end's: the trunk has called there.
  busy: 'supported',
  unavailable: 'supported',
  forbidden: 'refused',
  'password-missing': 'needs-configuration',
  'password-refused': 'needs-configuration',
  'no-numbers': 'needs-configuration',
  // The number's word or the provider's.
  declined: 'inconclusive',
  // LiveKit gave up: an address that swallows every call looks the same.
  'no-answer': 'inconclusive',
  'answer-lost': 'inconclusive',
  lost: 'inconclusive',
  unlisted: 'inconclusive',
};
/** A ring without an answer, as the trunk itself tells it; a 504 is a failure on its way. */
const RANG_OUT: readonly number[] = [408, 487];

function judgeDial({ cause, sip }: Extract<DialOutcome, { ok: false }>): Judgement {
  const rang = cause === 'no-answer' && RANG_OUT.includes(sip?.code ?? 0);
  const verdict = rang ? 'supported' : (DIAL_VERDICTS[cause] ?? 'call-failed');
  if (verdict === 'supported') {
    return judgement(verdict, 'bridge-unanswered', { answered: false, proof: 'livekit' });
  }
  return judgement(verdict, verdict === 'inconclusive' ? 'bridge-unclear' : 'trouble');
}

function judgeBridge(failure: SmokeFinding['failure'], { audio }: BridgeSight): Judgement {
  if (failure?.kind === 'dial') return judgeDial(failure.dial);
  const answered = { answered: true, proof: 'livekit' } as const;
  if (failure !== null) return judgement('call-failed', 'trouble', answered);
  if (audio === null) return judgement('inconclusive', 'bridge-unseen', answered);
  return audio === 'published'
    ? judgement('supported', 'bridge-answered', answered)
    : judgement('inconclusive', 'bridge-silent', answered);
}

/** Judges a test. */
export function judgeSmoke(finding: SmokeFinding): Judgement {
  if (finding.bridge !== null) return judgeBridge(finding.failure, finding.bridge);
  const { failure, transfer, waitMs } = finding;
  if (failure !== null || transfer === null) return judgement('call-failed', 'trouble');
  return resolveDoubt(judgeTransfer(transfer, waitMs), finding);
}
