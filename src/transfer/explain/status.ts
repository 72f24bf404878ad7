/**
 * What a SIP status means to somebody who moves calls, and what to do about it. The same number
 * means one thing as the trunk's answer to the REFER and another in the NOTIFY about the target, so
 * there are two tables.
 */

import { formatDuration, MEDIA_TIMEOUT_MS, SHORTEST_CONCLUSIVE_WAIT_MS } from '../../core/text.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { Cause, SipStatus } from '../outcome.ts';
import { type Finding, type SipRow, type SipStage, USE_BRIDGE } from './advice.ts';
import {
  hasOpenTransfers,
  inBrief,
  type KnownProvider,
  nameOpenTransfers,
  nameStatus,
  type TransferFacts,
  whomToAsk,
} from './facts.ts';
import { quoteForeignText } from './not-sent.ts';
import { providerWords } from './provider.ts';

export { nameStatus };

const WARM = { warmTransfer: true } as const;
const UNTIL_THEN = `Until then, ${USE_BRIDGE}`;
const OTHER_FORM =
  'Try the other form of address: sip: on the trunk’s own domain instead of tel:, or the reverse (sip:+NUMBER@DOMAIN, tel:+NUMBER).';
const NO_REFER_HERE = `Another server on the network path may have answered. Ask the provider whether call transfer (SIP REFER) can be switched on. If not, ${USE_BRIDGE}`;

// biome-ignore format: one status a line
const REFER_STATUSES: readonly SipRow[] = [
  ['3xx', 'fix-address', 'the trunk names another address, and LiveKit does not follow it', 'Ask the provider which address it means, and send the caller there.'],
  ['400', 'fix-address', 'the trunk could not read the address', OTHER_FORM],
  ['401 407', 'fix-trunk', 'the trunk asks for a password before it transfers, and LiveKit sends none', `Ask the provider to accept LiveKit by its IP address, without a password. ${UNTIL_THEN}`, WARM],
  ['402', 'fix-trunk', 'the provider wants payment before it transfers', 'Check the credit of the account at the provider.'],
  ['403', 'fix-trunk', 'the provider does not allow this transfer; nobody was called', `Switch call transfer (SIP REFER) on at the provider, or check that it may reach this destination. ${UNTIL_THEN}`, WARM],
  ['603', 'fix-trunk', 'the provider’s policy; nobody was called', `Call transfer is probably not switched on for this trunk, or this destination is not allowed: ask the provider. ${UNTIL_THEN}`, WARM],
  ['404 604', 'fix-address', 'the trunk does not know this address', 'Check the number or extension, and the domain in the address.'],
  ['405 501', 'bridge', 'transfers by REFER are not supported here', NO_REFER_HERE, WARM],
  ['406 415 420 421 489', 'bridge', 'in effect, transfers by REFER are not supported here', NO_REFER_HERE, WARM],
  ['408 504', 'retry-later', 'something behind the trunk did not answer in time', 'Look with `lk-transfer calls` first: the call may have ended. If it has not, try again in a minute.'],
  ['410', 'fix-address', 'the trunk says that this address is no longer in use', 'Check the number or extension, and the domain in the address.'],
  ['414', 'fix-address', 'the address is too long for the trunk', 'Leave out everything after a semicolon or question mark in the address.'],
  ['416', 'fix-address', 'the trunk does not take this kind of address', OTHER_FORM],
  ['428 436 437 438', 'ask-provider', 'the trunk needs a signed caller identity (STIR/SHAKEN), and got none that it accepts', `Ask the provider to accept transfers on this trunk without it. ${UNTIL_THEN}`, WARM],
  ['429', 'fix-request', 'the trunk wants to know who transfers, as a FRITZ!Box does', 'Add --header "Referred-By: <sip:you@your.domain>", or set that header for the trunk in the config.'],
  ['433', 'ask-provider', 'the provider does not transfer callers who hide their number; nobody was called', `Ask the provider whether it can be allowed. For this caller, ${USE_BRIDGE}`, WARM],
  ['480 486 600', 'retry-soon', 'the provider is busy; nobody was called', 'Try again in a few seconds.'],
  ['481', 'look', 'the trunk no longer knows the call', 'The call has probably ended. A server at the edge of the provider’s network may say so for a live call too: look with `lk-transfer calls`.'],
  ['484', 'fix-address', 'the address is incomplete', 'Check the number: it may need the country code and a plus.'],
  ['485', 'fix-address', 'the address matches several numbers or extensions', 'Write the number in full, with the country code and a plus.'],
  ['487', 'look', 'the request was cancelled, probably because the call ended', 'Look with `lk-transfer calls`: if the caller is still there, try again in a minute.'],
  ['488 606', 'fix-address', 'the trunk cannot do this in the requested way', 'Try another destination, or another form of address.'],
  ['491', 'retry-soon', 'the trunk is busy with another request for this call', 'Try again in a few seconds.'],
  ['493 494', 'ask-provider', 'the trunk needs an encryption or security that LiveKit does not offer', `Ask the provider to accept transfers on this trunk without it. ${UNTIL_THEN}`, WARM],
  ['5xx', 'retry-later', 'a fault at the provider', 'Try again in a few minutes.'],
  ['503', 'retry-later', 'the provider is out of service or full', 'Try again in a few minutes.'],
  ['607 608', 'ask-provider', 'the provider’s filter against unwanted calls stopped it; nobody was called', 'Ask the provider why its filter stopped this call.'],
  ['4xx', 'ask-provider', 'the trunk does not do this', `Ask the provider what its answer means. If that does not help, ${USE_BRIDGE}`],
  ['6xx', 'ask-provider', 'the provider refuses this; nobody was called', `Ask the provider what its answer means. If that does not help, ${USE_BRIDGE}`],
];

// In the NOTIFY about the target.

const ANOTHER = 'Try another destination, or the same one later.';
const WRONG_NUMBER = 'Check the number or extension of the destination.';

// biome-ignore format: one status a line
const TARGET_STATUSES: readonly SipRow[] = [
  ['3xx', 'other-destination', 'the target forwards calls to another address, and the trunk did not follow', 'Ask which number reaches the target now, or try another destination.'],
  ['400 414 416', 'fix-address', 'the number is malformed', 'Check the number: it may need the country code and a plus.'],
  ['401 407', 'fix-trunk', 'the provider may not dial there', 'Check the outbound settings of the trunk at the provider.'],
  ['402', 'fix-trunk', 'the provider wants payment before it calls the target', 'Check the credit of the account at the provider.'],
  ['403', 'fix-trunk', 'the provider may not call this destination', 'Check outbound permissions, countries, caller id and credit at the provider.'],
  ['404 604', 'fix-address', 'there is no such number or extension', WRONG_NUMBER],
  ['405 406 415 420 421 489 501', 'fix-address', 'the call reached something that takes no calls', 'Check the destination: its address is probably wrong.'],
  ['408 487 504', 'other-destination', 'nobody answered', ANOTHER],
  ['410', 'fix-address', 'the number is no longer in use', WRONG_NUMBER],
  ['428 436 437 438', 'ask-provider', 'the target’s network needs a signed caller identity, STIR/SHAKEN', 'Ask the provider whether it signs the calls of a transfer, or try another destination.'],
  ['429', 'fix-request', 'the target’s side wants to know who transfers', 'Add --header "Referred-By: <sip:you@your.domain>", or set that header for the trunk in the config.'],
  ['433', 'other-destination', 'the target takes no calls from hidden numbers', 'Try another destination.'],
  ['480', 'other-destination', 'not available right now', ANOTHER],
  ['481 491', 'retry-later', 'the call to the target was lost on the network path', 'Try again in a minute, or another destination.'],
  ['484 485', 'fix-address', 'the number is incomplete, or matches several', 'Write the number in full, with the country code and a plus.'],
  ['486 600', 'other-destination', 'busy', 'Try another destination, or the same one in a minute.'],
  ['488 606', 'other-destination', 'the two ends have no audio format in common', 'Ask whoever runs the target’s telephone system, or try another destination.'],
  ['493 494', 'other-destination', 'the target takes only calls that are encrypted or secured', 'Ask whoever runs the target’s telephone system, or try another destination.'],
  ['5xx', 'retry-later', 'a fault on the network path to the target', 'Try again later, or another destination.'],
  ['603', 'other-destination', 'the target, or its provider, declined the call', 'Try another destination.'],
  ['607 608', 'other-destination', 'the target, or a filter on the network path, rejected the call as unwanted', 'Try another destination. The provider can say who blocks the caller id.'],
  ['4xx', 'other-destination', 'the reason is not known', ANOTHER],
  ['6xx', 'other-destination', 'the target takes no call now', ANOTHER],
];

// Finding the words.

function indexed(rows: readonly SipRow[]): ReadonlyMap<string, Finding> {
  return new Map(
    rows.flatMap(([codes, action, meaning, hint, more]) => {
      const finding: Finding = { meaning, hint, action, ...more };
      return codes.split(' ').map((code) => [code, finding] as const);
    }),
  );
}

const STATUSES = { refer: indexed(REFER_STATUSES), notify: indexed(TARGET_STATUSES) };

/**
 * @returns words for any failure status: the known ones by table, the others by their class
 */
export function sipWords(code: number, stage: SipStage): Finding {
  const statuses = STATUSES[stage];
  const found = statuses.get(String(code)) ?? statuses.get(`${Math.floor(code / 100)}xx`);
  // No status at all is none of SIP's failures; the general words fit it best.
  return found ?? (statuses.get('4xx') as Finding);
}

/**
 * @param provider whose trunk the status came from, where that is known
 * @returns the general words, with what the provider is known to mean in their place
 */
export function sipWordsAt(
  provider: KnownProvider | null,
  { stage, code, destination }: { stage: SipStage; code: number; destination: Destination | null },
): Finding {
  const general = sipWords(code, stage);
  if (provider === null || destination === null) return general;
  return { ...general, ...providerWords(provider, { stage, code, destination }) };
}

/** What a target says most often, in the words that people have for it. */
const TARGET_SAYS: Readonly<Record<number, string>> = {
  404: 'no such number',
  408: 'no answer',
  480: 'not available',
  486: 'busy',
  600: 'busy',
  603: 'declined',
};

/** Why a target did not take the call, in brief. */
export function targetSays(sip: SipStatus | null): string {
  const words = TARGET_SAYS[sip?.code ?? 0];
  return words === undefined
    ? `the target did not take the call (${inBrief(nameStatus(sip))})`
    : `${words} (${sip?.code})`;
}

// Outcomes that prove nothing: LiveKit gave no clear answer, or one that may not be this transfer's.
// The next step is always to ask at the target, never to try again.

/** Finds the words when nobody knows how it ended. */
export function unknownWords(facts: TransferFacts): Finding {
  const { cause } = facts.classification;
  return {
    meaning: REASONS[cause]?.(facts) ?? 'LiveKit’s answer does not show it',
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
    meaning: `this may be the answer to an earlier transfer of this call${nameOpenTransfers(facts)} whose outcome is not known`,
    hint: `${askFirst(facts)} A real LiveKit was seen to report the late answer of a first transfer as that of a second.`,
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
      ? 'LiveKit ended the call after 15 s without audio. A longer media_timeout of the trunk in LiveKit prevents that'
      : null;
  if (classification.cause === 'call-ended') {
    const perhaps = cut === null ? '' : `. The caller or the trunk hung up, or ${cut}`;
    const hint = `LiveKit says that the call ended before the transfer did${perhaps}. ${ask}`;
    return { meaning, hint, action: 'ask-target' };
  }
  const hold = cut === null ? '' : `. Or ${cut}`;
  const trunk = call.trunkId ?? call.host ?? 'this trunk';
  return {
    meaning,
    hint: `Either the caller hung up, or the trunk hung up first, as some trunks do after a successful transfer${hold}. ${ask} If this trunk always hangs up first, set "hangsUpFirst": true for ${trunk} in the config.`,
    action: 'ask-target',
  };
}

/** Why nobody knows how it ended. */
const REASONS: Partial<Record<Cause, (facts: TransferFacts) => string>> = {
  'no-verdict-in-time': ({ waitMs }) =>
    `no answer came within ${formatDuration(waitMs)}, and the transfer cannot be cancelled`,
  'refer-unanswered': () =>
    'the trunk never answered the REFER (SIP’s transfer request), and probably ignores it',
  'refer-answer-lost': ({ durationMs }) =>
    `LiveKit gave up after ${shortDuration(durationMs)} without the trunk’s answer to the REFER (SIP’s transfer request). That answer may have been yes`,
  'reports-stopped': () => 'the trunk stopped reporting before the end',
  cancelled: () =>
    'somebody cancelled the transfer through LiveKit’s API, which does not stop the trunk',
  'no-sip-service': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was lost, perhaps after the transfer had started',
  'service-stopping': () =>
    'LiveKit’s SIP service (the part that holds telephone calls) was stopping',
  'connection-lost': ({ classification: { livekit } }) =>
    livekit.code === 'TIMEOUT'
      ? 'LiveKit itself gave no answer in time (TIMEOUT)'
      : `the connection to LiveKit broke before its answer came (${livekit.code})`,
  'stated-reason': ({ classification }) =>
    classification.livekit.reason === 'STR_COMPLETED' ||
    /_(COMPLETED|SUCCESSFUL)$/.test(classification.livekit.code ?? '')
      ? 'LiveKit’s answer says both that the transfer worked and that it failed'
      : 'LiveKit says that the transfer failed, but not at which step',
  sip: sipReport,
  unlisted: ({ classification: { livekit } }) =>
    livekit.code === null
      ? `something on the network path answered in place of LiveKit (HTTP ${livekit.httpStatus})`
      : `LiveKit’s answer does not show it (HTTP ${livekit.httpStatus}: ${quoteForeignText(livekit.message)})`,
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
        return `the trunk reported ${status} about the target, and only 200 means that the target answered`;
      case 'refer':
        return `the trunk answered ${status}, which says nothing about the target`;
      default:
        return `LiveKit names ${status}, which is not a failure, and does not say whose answer it is`;
    }
  }
  if (sip === null || !hasOpenTransfers(facts)) {
    return `LiveKit’s answer names ${status}, and contradicts itself`;
  }
  const { meaning } = sipWords(sip.code, 'notify');
  return `the trunk reported ${status} (${meaning}). This may be the answer to an earlier transfer of this call${nameOpenTransfers(facts)} whose outcome is not known`;
}

// What to do: ask first; what else helps depends on where the caller is, and on why nobody knows.

function askFirst(facts: TransferFacts): string {
  const targets = whomToAsk(facts);
  return facts.leg === 'gone'
    ? `Ask at ${targets} whether the call arrived. If it did not, call the caller back.`
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
    ? ' Next time, wait longer (--wait 90s): then the trunk itself can report that the target does not answer.'
    : '';
}
