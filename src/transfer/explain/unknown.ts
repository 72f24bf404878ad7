/**
 * Outcomes that prove nothing: no verdict came, or one that may not be this transfer's. The next
 * step is always to ask at the target, never to try again.
 */
import { formatDuration, SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/duration.ts';
import type { Cause } from '../outcome.ts';
import { type Finding, USE_WARM } from './advice.ts';
import { hasOpenTransfers, nameOpenTransfers, type TransferFacts, whomToAsk } from './facts.ts';
import { quoteForeignText } from './not-sent.ts';
import { nameStatus, sipWords } from './status.ts';

/** Why nobody knows how it ended, by cause. */
const NO_VERDICT: Partial<Record<Cause, (account: TransferFacts) => string>> = {
  'no-verdict-in-time': ({ waitMs }) =>
    `no answer came within ${formatDuration(waitMs)}, and the transfer cannot be called back`,
  'refer-unanswered': () =>
    'the trunk never answered the REFER (SIP’s transfer request), and probably ignores it',
  'reports-stopped': () => 'the trunk stopped reporting before the end',
  cancelled: () => 'somebody cancelled it through LiveKit’s API, which does not stop the trunk',
  'no-sip-service': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was lost, perhaps after it had begun',
  'service-stopping': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was stopping',
  'connection-lost': ({ verdict: { livekit } }) =>
    livekit.code === 'TIMEOUT'
      ? 'LiveKit itself gave no answer in time (TIMEOUT)'
      : `the connection to LiveKit broke before its answer came (${livekit.code})`,
  'stated-reason': ({ verdict }) =>
    verdict.livekit.reason === 'STR_COMPLETED' ||
    /_(COMPLETED|SUCCESSFUL)$/.test(verdict.livekit.code ?? '')
      ? 'LiveKit’s answer says both that it worked and that it failed'
      : 'LiveKit says that it failed, but not how far it had come',
  sip: sayReport,
  unlisted: ({ verdict: { livekit } }) =>
    livekit.code === null
      ? `something on the way answered in LiveKit’s place (HTTP ${livekit.httpStatus})`
      : `LiveKit’s answer settles nothing (HTTP ${livekit.httpStatus}: ${quoteForeignText(livekit.message)})`,
};

/** SIP did say something, and it does not settle this transfer. */
function sayReport(account: TransferFacts): string {
  const { sip, stage } = account.verdict;
  const status = nameStatus(sip);
  if (sip !== null && sip.code < 300) {
    return stage === 'notify'
      ? `the trunk reported ${status} of the target, and only 200 means that it answered`
      : `the trunk answered ${status}, which says nothing of the target`;
  }
  if (sip === null || !hasOpenTransfers(account)) {
    return `LiveKit’s answer names ${status}, and contradicts that elsewhere`;
  }
  const { meaning } = sipWords(sip.code, 'notify');
  return `the trunk reported ${status} (${meaning}), but that may be its late answer to an earlier transfer of this call${nameOpenTransfers(account)} whose outcome nobody knows`;
}

/** Ask first; what else helps depends on where the caller is, and on why nobody knows. */
function askFirst(account: TransferFacts): string {
  const targets = whomToAsk(account);
  return account.leg === 'gone'
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
function nextTime({ verdict, waitMs }: TransferFacts): string {
  if (verdict.cause === 'refer-unanswered') {
    return ` If the trunk ignores transfers, ${USE_WARM}`;
  }
  return verdict.cause === 'no-verdict-in-time' && waitMs < SHORTEST_CONCLUSIVE_WAIT_MS
    ? ' Another time, wait longer (--wait 90s), so that the trunk itself reports a target that does not answer.'
    : '';
}

/** Finds the words when nobody knows how it ended. */
export function unknownWords(account: TransferFacts): Finding {
  const { cause } = account.verdict;
  return {
    meaning: NO_VERDICT[cause]?.(account) ?? 'LiveKit’s answer settles nothing',
    hint: askFirst(account) + thenCheck(account) + nextTime(account),
    action: 'ask-target',
    warmTransfer: cause === 'refer-unanswered',
  };
}

/** Finds the words for a success that nothing else shows, or that may be another transfer's. */
export function unconfirmedWords(account: TransferFacts): Finding {
  const action = 'ask-target';
  if (!hasOpenTransfers(account)) {
    return {
      meaning: 'nothing else shows it',
      hint: askFirst(account) + thenCheck(account),
      action,
    };
  }
  return {
    meaning: `an earlier transfer of this call${nameOpenTransfers(account)} had no known outcome, and this may be its answer`,
    hint: `${askFirst(account)} A real LiveKit was seen to credit the late answer of a first transfer to the second.`,
    action,
  };
}
