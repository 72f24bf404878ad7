/**
 * Outcomes that prove nothing: LiveKit gave no clear answer, or one that may not be this transfer's.
 * The next step is always to ask at the target, never to try again.
 */
import { formatDuration, MEDIA_TIMEOUT_MS, SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/text.ts';
import type { Cause } from '../outcome.ts';
import { type Finding, USE_BRIDGE } from './advice.ts';
import { hasOpenTransfers, nameOpenTransfers, type TransferFacts, whomToAsk } from './facts.ts';
import { quoteForeignText } from './not-sent.ts';
import { nameStatus, sipWords } from './status.ts';

/** Finds the words when nobody knows how it ended. */
export function unknownWords(facts: TransferFacts): Finding {
  const { cause } = facts.classification;
  return {
    meaning: REASONS[cause]?.(facts) ?? 'LiveKit’s answer settles nothing',
    hint: askFirst(facts) + thenCheck(facts) + nextTime(facts),
    action: 'ask-target',
    warmTransfer: cause === 'refer-unanswered',
  };
}

/** Finds the words for a success that nothing else shows, or that may be another transfer's. */
export function unconfirmedWords(facts: TransferFacts): Finding {
  const action = 'ask-target';
  if (!hasOpenTransfers(facts)) {
    return {
      meaning: 'nothing else shows it',
      hint: askFirst(facts) + thenCheck(facts),
      action,
    };
  }
  return {
    meaning: `an earlier transfer of this call${nameOpenTransfers(facts)} had no known outcome, and this may be its answer`,
    hint: `${askFirst(facts)} A real LiveKit was seen to credit the late answer of a first transfer to the second.`,
    action,
  };
}

/** Finds the words for a call that is over, while nothing shows whether the target answered. */
export function endedWords(facts: TransferFacts): Finding {
  const { call, durationMs, classification } = facts;
  const meaning = 'nothing shows whether the target answered';
  const ask = `Ask at ${whomToAsk(facts)}, or call the caller back.`;
  const cut =
    durationMs > MEDIA_TIMEOUT_MS
      ? 'LiveKit cut a leg that the trunk had put on hold, silent for 15 s (a longer media_timeout, set on the trunk in LiveKit, prevents that)'
      : null;
  if (classification.cause === 'call-ended') {
    const perhaps = cut === null ? '' : `: the caller or the trunk hung up, or ${cut}`;
    const hint = `LiveKit says that the call ended before the transfer did${perhaps}. ${ask}`;
    return { meaning, hint, action: 'ask-target' };
  }
  const hold = cut === null ? '' : `; or ${cut}`;
  const trunk = call.trunkId ?? call.host ?? 'this trunk';
  return {
    meaning,
    hint: `Either the caller hung up, or the trunk hung up first, as some do after a good transfer${hold}. ${ask} If this trunk always hangs up first, set "hangsUpFirst": true for ${trunk} in the config.`,
    action: 'ask-target',
  };
}

/** Why nobody knows how it ended. */
const REASONS: Partial<Record<Cause, (facts: TransferFacts) => string>> = {
  'no-verdict-in-time': ({ waitMs }) =>
    `no answer came within ${formatDuration(waitMs)}, and the transfer cannot be called back`,
  'refer-unanswered': () =>
    'the trunk never answered the REFER (SIP’s transfer request), and probably ignores it',
  'refer-answer-lost': ({ durationMs }) =>
    `LiveKit gave up after ${shortDuration(durationMs)} without the trunk’s answer to the REFER (SIP’s transfer request), which may have been yes`,
  'reports-stopped': () => 'the trunk stopped reporting before the end',
  cancelled: () => 'somebody cancelled it through LiveKit’s API, which does not stop the trunk',
  'no-sip-service': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was lost, perhaps after it had begun',
  'service-stopping': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was stopping',
  'connection-lost': ({ classification: { livekit } }) =>
    livekit.code === 'TIMEOUT'
      ? 'LiveKit itself gave no answer in time (TIMEOUT)'
      : `the connection to LiveKit broke before its answer came (${livekit.code})`,
  'stated-reason': ({ classification }) =>
    classification.livekit.reason === 'STR_COMPLETED' ||
    /_(COMPLETED|SUCCESSFUL)$/.test(classification.livekit.code ?? '')
      ? 'LiveKit’s answer says both that it worked and that it failed'
      : 'LiveKit says that it failed, but not how far it had come',
  sip: sipReport,
  unlisted: ({ classification: { livekit } }) =>
    livekit.code === null
      ? `something on the way answered in LiveKit’s place (HTTP ${livekit.httpStatus})`
      : `LiveKit’s answer settles nothing (HTTP ${livekit.httpStatus}: ${quoteForeignText(livekit.message)})`,
};

/** What was over within a second is told in ms. */
function shortDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** SIP did say something, and it does not show how this transfer ended. */
function sipReport(facts: TransferFacts): string {
  const { sip, stage } = facts.classification;
  const status = nameStatus(sip);
  if (sip !== null && sip.code < 300) {
    switch (stage) {
      case 'notify':
        return `the trunk reported ${status} of the target, and only 200 means that it answered`;
      case 'refer':
        return `the trunk answered ${status}, which says nothing of the target`;
      default:
        return `LiveKit names ${status} as the reason, which is no failure, and does not say whose answer it is`;
    }
  }
  if (sip === null || !hasOpenTransfers(facts)) {
    return `LiveKit’s answer names ${status}, and contradicts that elsewhere`;
  }
  const { meaning } = sipWords(sip.code, 'notify');
  return `the trunk reported ${status} (${meaning}), but that may be its late answer to an earlier transfer of this call${nameOpenTransfers(facts)} whose outcome nobody knows`;
}

// What to do: ask first; what else helps depends on where the caller is, and on why nobody knows.

function askFirst(facts: TransferFacts): string {
  const targets = whomToAsk(facts);
  return facts.leg === 'gone'
    ? `Ask at ${targets} whether the call arrived; if it did not, call the caller back.`
    : `Do not transfer again before you know: ask at ${targets} whether the call arrived.`;
}

function thenCheck({ leg }: TransferFacts): string {
  if (leg === 'gone') return '';
  return leg === 'listed'
    ? ' `lk-transfer calls` shows when the caller leaves the room.'
    : ' See who is on the line with `lk-transfer calls`.';
}

/** A trunk that has no transfers, or a wait that was too short to tell. */
function nextTime({ classification, waitMs }: TransferFacts): string {
  if (classification.cause === 'refer-unanswered') {
    return ` If the trunk ignores transfers, ${USE_BRIDGE}`;
  }
  return classification.cause === 'no-verdict-in-time' && waitMs < SHORTEST_CONCLUSIVE_WAIT_MS
    ? ' Another time, wait longer (--wait 90s), so that the trunk itself reports a target that does not answer.'
    : '';
}
