/** A test told in a sentence or two: what was found, what to switch on, and cold or warm. */
import { MEDIA_TIMEOUT_MS, startSentence } from '../core/text.ts';
import type { Destination } from '../destinations/destination.ts';
import { type Finding, type SipStage, USE_BRIDGE } from '../transfer/explain/advice.ts';
import type { KnownProvider } from '../transfer/explain/facts.ts';
import { nameStatus, sipWordsAt } from '../transfer/explain/status.ts';
import type { TransferResult } from '../transfer/result.ts';
import { bridgeWords, callFailureWords, type TestWords } from './failure-words.ts';
import type { Judgement, SmokeEvidence } from './judge.ts';
import type { SmokeFinding, SmokeMethod, SmokeResult } from './result.ts';

/** What the words about a test are made from. */
export interface TestFacts {
  finding: SmokeFinding;
  judgement: Judgement;
  method: SmokeMethod;
  direction: SmokeResult['direction'];
  /** The number that was dialled or waited for. */
  number: string;
  /** What the config calls the trunk that was tested, or would: `ST_…`, a host. */
  trunkKey: string;
  /** null when it did not come to a transfer. */
  destination: Destination | null;
  provider: KnownProvider | null;
}

const TAKES = 'The trunk takes a REFER (SIP’s transfer request)';

/** What the trunk's status means, to its provider where that is known. */
function statusWords({ destination, provider }: TestFacts, stage: SipStage, code: number): Finding {
  return sipWordsAt(provider, { stage, code, destination });
}

function refused(told: TestFacts, { sip }: TransferResult): TestWords {
  const { meaning, hint } = statusWords(told, 'refer', sip?.code ?? 0);
  const isCallLost = told.judgement.grounds === 'call-lost';
  return {
    message: `The trunk answered the REFER (SIP’s transfer request) with ${nameStatus(sip)}: ${meaning}.`,
    hint: isCallLost ? callFailureWords({ kind: 'leg-dropped' }, told).hint : hint,
  };
}

/** The number that a call at the target shows, if it shows that of the party that was transferred. */
function numberShown({ method, number, finding }: TestFacts): string {
  if (method === 'outbound') return number;
  return finding.transfer?.call.phoneNumberRaw ?? 'the caller’s number';
}

function proofWords(told: TestFacts): string | null {
  const { judgement, finding } = told;
  if (judgement.proof === 'operator') {
    return judgement.answered === true
      ? 'the person who watched the target says that it answered'
      : 'the person who watched the target says that it did not answer';
  }
  switch (finding.arrival) {
    case 'answered':
      return 'the call arrived at the target, a number of ours, and was answered there';
    case 'ringing':
      return 'the call arrived at the target, a number of ours, and rang there';
    case 'none':
      return `no call from ${numberShown(told)} or from us arrived at the target, a number of ours`;
    case 'several':
      return 'several calls that may be this one arrived at the target, a number of ours. None was touched';
    case null:
      return null;
  }
}

/** LiveKit's success, with the leg gone too soon to show it; or the end of the call, as it says. */
function goneAtOnce(told: TestFacts): TestWords {
  const { judgement, trunkKey } = told;
  const proof = proofWords(told);
  if (judgement.verdict === 'supported' && judgement.answered === null) {
    return {
      message: `${TAKES} and hangs up before the target has answered. ${startSentence(proof ?? '')}.`,
      hint: `Here a hang-up does not prove an answer: leave "hangsUpFirst" out for ${trunkKey} under "trunks" in the config.`,
    };
  }
  if (judgement.verdict === 'supported') {
    return {
      message: `${TAKES} and hangs up first. ${startSentence(proof ?? '')}.`,
      // A provider that hangs up instead of reporting does so when the target is busy, too.
      hint: `Also test a busy number on this trunk. If the test reports busy, set "hangsUpFirst": true for ${trunkKey} under "trunks" in the config: then later transfers on this trunk are certain. If it looks like this test, leave it out.`,
    };
  }
  return {
    message: `LiveKit reports success, and the call ended at once. Either the trunk hangs up first after a successful transfer, or ${whoElse(told)}.`,
    hint: watchTarget(told),
  };
}

/** LiveKit says that the call ended first: whatever the trunk is known for, that is no success. */
function endedEarly(told: TestFacts): TestWords {
  if (told.judgement.verdict === 'supported') {
    return {
      message: `${TAKES} and hangs up before it reports. ${startSentence(proofWords(told) ?? '')}.`,
      hint: `LiveKit reports transfers on this trunk as ended: ask at the target each time. Where it must be certain, ${USE_BRIDGE}`,
    };
  }
  return {
    message: `LiveKit says that the call ended before the transfer did. Either the trunk hung up before it reported, or ${whoElse(told)}.`,
    hint: watchTarget(told),
  };
}

/** Who else may have ended the call, and what was seen at the target. */
function whoElse(told: TestFacts): string {
  const { finding, method } = told;
  const proof = proofWords(told);
  const other = method === 'outbound' ? 'the test number' : 'the caller';
  const held =
    method !== 'outbound' && (finding.transfer?.durationMs ?? 0) > MEDIA_TIMEOUT_MS
      ? ', or LiveKit ended the call after 15 s without audio. A longer media_timeout of the trunk in LiveKit prevents that'
      : '';
  return `${other} hung up${held}${proof === null ? '' : `. ${startSentence(proof)}`}`;
}

/** How to know more next time. */
function watchTarget(told: TestFacts): string {
  return told.finding.arrival === null
    ? 'Transfer to a number of your own in LiveKit, which shows whether the call arrives. Or watch the target, and run the test on a terminal.'
    : `Test again while nobody else calls the target. Only a call that shows ${numberShown(told)} or our number there is recognised.`;
}

/** A doubt that a proof from elsewhere may have settled. */
function doubtful(told: TestFacts, doubt: string, taken: string, hint: string): TestWords {
  const { judgement } = told;
  const proof = proofWords(told);
  const isProven = judgement.proof === 'operator' ? judgement.answered : judgement.proof !== null;
  if (judgement.verdict === 'supported' && isProven === true && proof !== null) {
    return { message: `${TAKES}: ${proof}. ${taken}`.trim(), hint };
  }
  return { message: proof === null ? doubt : `${doubt} ${startSentence(proof)}.`, hint };
}

/** Proven for one direction only. */
function otherSide({ direction }: TestFacts): string | null {
  return direction === 'outbound'
    ? 'This is proven for outbound calls. Most callers come in: test that side with --loop or --wait-call.'
    : null;
}

const ASK_AT_TARGET =
  'Transfers on this trunk end as unknown: ask at the target each time. Where it must be certain, ';

function describeVerdict(told: TestFacts, transfer: TransferResult): TestWords {
  const { judgement } = told;
  switch (judgement.grounds) {
    case 'target-answered':
      return {
        message:
          judgement.proof === 'trunk'
            ? `${TAKES} and hung up first, as this trunk is known to do after a successful transfer.`
            : `${TAKES}, and the target answered.`,
        hint: otherSide(told),
      };
    case 'target-failed': {
      const { meaning, hint } = statusWords(told, 'notify', transfer.sip?.code ?? 0);
      return {
        message: `${TAKES}. Its call to the target failed: ${nameStatus(transfer.sip)} (${meaning}).`,
        hint,
      };
    }
    case 'never-reports':
      return doubtful(
        told,
        `${TAKES} and never reports how the transfer ends.`,
        'The trunk itself never reports that.',
        ASK_AT_TARGET + USE_BRIDGE,
      );
    case 'reports-unclear': {
      const said =
        transfer.sip === null ? 'Its reports stop' : `It reports ${nameStatus(transfer.sip)}`;
      return doubtful(
        told,
        `${TAKES}. ${said}, which does not say how the transfer ended.`,
        '',
        ASK_AT_TARGET + USE_BRIDGE,
      );
    }
    case 'ignored':
      return doubtful(
        told,
        'The trunk never answered the REFER (SIP’s transfer request): either the trunk ignores it, or something on the network path drops it.',
        'The trunk itself never answers the REFER.',
        judgement.verdict === 'supported'
          ? ASK_AT_TARGET + USE_BRIDGE
          : `Ask the provider whether call transfer (SIP REFER) can be switched on. Until then, ${USE_BRIDGE}`,
      );
    case 'livekit-number':
      return {
        message: 'LiveKit’s own phone numbers take no REFER yet.',
        hint: `Use a SIP trunk of a provider. On such a number, ${USE_BRIDGE}`,
      };
    case 'gone-at-once':
      return goneAtOnce(told);
    case 'ended-early':
      return endedEarly(told);
    case 'stayed':
      return doubtful(
        told,
        'LiveKit reports success, but the call stayed in LiveKit. After a real success LiveKit ends the call.',
        '',
        'Test again; if that does not help, ask the provider how it ends a transferred call.',
      );
    case 'no-refer':
    case 'policy':
    case 'set-up':
    case 'refused-otherwise':
      return refused(told, transfer);
    case 'call-lost':
      return transfer.outcome === 'refused'
        ? refused(told, transfer)
        : callFailureWords({ kind: 'leg-dropped' }, told);
    case 'not-sent':
      return {
        message: transfer.message,
        hint: transfer.earlier.length > 0 ? 'Test with another call.' : transfer.hint,
      };
    case 'unclear':
      return doubtful(told, transfer.message, '', transfer.hint ?? '');
    default:
      return callFailureWords({ kind: 'leg-dropped' }, told);
  }
}

/** Tells what a test found. */
export function describeTest(told: TestFacts): TestWords {
  const { failure, transfer, bridge } = told.finding;
  if (bridge !== null) return bridgeWords(told.judgement.grounds, failure, bridge, told.number);
  if (failure !== null) return callFailureWords(failure, told);
  if (transfer === null) return callFailureWords({ kind: 'leg-dropped' }, told);
  return describeVerdict(told, transfer);
}

/** Doubts in which a trunk moves callers, and leaves every transfer unknown to us all the same. */
const NEVER_TELLS: readonly SmokeEvidence[] = [
  'never-reports',
  'reports-unclear',
  'ignored',
  'stayed',
  'ended-early',
  'unclear',
];

/**
 * Which way works on this trunk as it is set up now. Where transfers stay unknown, however well they
 * go, warm is the better way.
 */
export function wayToUse({ verdict, grounds }: Judgement): 'cold' | 'warm' | null {
  switch (verdict) {
    case 'supported':
      return NEVER_TELLS.includes(grounds) ? 'warm' : 'cold';
    case 'unsupported':
    case 'refused':
    case 'needs-configuration':
      return 'warm';
    case 'inconclusive':
      return grounds === 'ignored' ? 'warm' : null;
    case 'call-failed':
      return null;
  }
}
