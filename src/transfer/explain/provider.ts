/** Providers: what SIP statuses mean at single ones, and what the support of any of them asks for. */
import type { Destination } from '../../destinations/destination.ts';
import {
  isForeignHost,
  type ProviderName,
  providerPresets,
  wantedAddress,
} from '../../destinations/providers.ts';
import type { SipStatus } from '../outcome.ts';
import {
  type Action,
  type Finding,
  NO_REFER_CODES,
  POLICY_CODES,
  type SipStage,
  USE_BRIDGE,
} from './advice.ts';
import { type KnownProvider, nameStatus } from './facts.ts';

// What single SIP statuses mean at single providers, by their own documentation and source, up to
// August 2026, and no more. Where those do not say it for sure, the words say so.

interface Remark {
  /** Follows “This trunk is Telnyx:”, so it begins with a small letter. */
  text: string;
  /** A second sentence, for when nothing else has to be said. */
  more?: string;
  action: Action;
  /** What to switch on, where it is not what the preset says. */
  setting?: string;
}

type RemarkRow = readonly [stage: SipStage, codes: readonly number[], remark: Remark];

const NO_SUCH_EXTENSION: Remark = {
  text: 'the extension must exist in the context for transfers (the part of the dialplan they use).',
  action: 'fix-address',
};
const BETWEEN_WAVIX_NUMBERS: Remark = {
  text: 'it transfers only between two Wavix numbers, so the target must be one too.',
  action: 'other-destination',
};
const BEFORE_THE_AT: Remark = {
  text: 'it reads what stands before the @ as the extension, and ignores the host. Check that extension.',
  action: 'fix-address',
};

// biome-ignore format: one answer a line
const REMARKS: Partial<Record<ProviderName, readonly RemarkRow[]>> = {
  twilio: [
    ['refer', [403, 603], { text: 'switch on Call Transfer (SIP REFER) and, for phone numbers, Enable PSTN Transfer: trunk → Features.', more: 'Its own log says more (error 32218).', action: 'fix-trunk' }],
    ['notify', [403], { text: 'check that Enable PSTN Transfer (to phone numbers) is on: trunk → Features.', more: 'Then check countries, caller id and credit.', action: 'fix-trunk' }],
  ],
  telnyx: [
    ['refer', [403, 603], { text: 'as far as is known, it declines every transfer until SIP REFER is switched on for the account. Ask its support to do that.', more: 'The outbound voice profile must allow the target, and a Diversion header (--header) must carry your Telnyx number.', action: 'fix-trunk' }],
    ['notify', [403], { text: 'the outbound voice profile must allow the target.', action: 'fix-trunk', setting: 'outbound voice profile → the target allowed' }],
  ],
  plivo: [
    ['refer', [403, 603], { text: 'transfers are on by default, but other domains and private addresses are blocked.', more: 'Ask its support what it blocks here.', action: 'ask-provider' }],
  ],
  didww: [
    ['refer', [403, 603], { text: 'on the inbound trunk, set Max Transfers above 0, with a user name and password.', action: 'fix-trunk' }],
  ],
  wavix: [
    ['refer', [403, 404, 603, 604], BETWEEN_WAVIX_NUMBERS],
    ['notify', [403, 404, 604], BETWEEN_WAVIX_NUMBERS],
    ['notify', [603], { text: 'it answers 603 as well when calls come faster than its cap allows.', more: 'Try again in a minute, or another destination.', action: 'retry-later' }],
  ],
  sinch: [
    ['refer', [403, 603], { text: 'as far as is known, it needs the new number on your own trunk domain.', more: 'Ask its support whether transfers are on.', action: 'ask-provider' }],
  ],
  asterisk: [
    ['refer', [603], { text: 'it answers 603 while allow_transfer is off: set allow_transfer=yes on the endpoint.', action: 'fix-trunk' }],
    ['refer', [404, 484, 604], NO_SUCH_EXTENSION],
    ['notify', [404, 484, 604], NO_SUCH_EXTENSION],
  ],
  freeswitch: [
    ['refer', [403], { text: 'it answers 403 while its SIP profile sets disable-transfer: switch that off.', action: 'fix-trunk' }],
    ['notify', [403], { text: 'it accepts every transfer and may deny it later. Check disable-transfer in its SIP profile, and whether it may dial there.', action: 'fix-trunk' }],
    ['refer', [404, 484, 604], BEFORE_THE_AT],
    ['notify', [404, 484, 604], BEFORE_THE_AT],
  ],
};

/** What a provider's own documentation adds to the general words. */
type ProviderFinding = Omit<Finding, 'meaning'>;

/** A status about a destination: the trunk's answer to the REFER, or its NOTIFY of the target. */
interface Answer {
  stage: SipStage;
  code: number;
  destination: Destination;
}

/**
 * What is known of an answer at the provider of the trunk.
 * @returns what takes the place of the general words, or null when nothing is known
 */
export function providerWords(known: KnownProvider, answer: Answer): ProviderFinding | null {
  const { name, certain } = known;
  const { title, refer, setting } = providerPresets[name];
  if (!refer) return null;
  const noRefer = answer.stage === 'refer' && NO_REFER_CODES.includes(answer.code);
  const address = wrongAddress(known, answer);
  const remark = noRefer ? unexpectedlyNone(name) : remarkOn(name, answer);
  const [first, second] = inOrder(answer.code, address, remark);
  if (first === undefined) return null;

  const warmTransfer = answer.stage === 'refer' && isAboutTrunk(first);
  const sentences = [`This ${certain ? 'trunk is' : 'looks like'} ${title}: ${first.text}`];
  if (second !== undefined) {
    sentences.push(`${first === address ? 'If that is refused too:' : 'Besides,'} ${second.text}`);
  } else if (first.more !== undefined) {
    sentences.push(first.more);
  }
  if (warmTransfer)
    sentences.push(`${noRefer ? 'If that does not help' : 'Until then'}, ${USE_BRIDGE}`);
  return {
    hint: sentences.join(' '),
    action: first.action,
    warmTransfer,
    provider: name,
    setting: isAboutTrunk(remark) ? (remark.setting ?? setting) : null,
    address: address === null ? null : wantedAddress(name, numberOf(answer.destination)),
  };
}

// The address: a form that this provider does not take.

/** Answers that the form of an address can bring about. */
const ABOUT_THE_ADDRESS: Record<SipStage, readonly number[]> = {
  refer: [400, 403, 404, 414, 416, 484, 485, 488, 603, 604, 606],
  notify: [400, 404, 414, 416, 484, 485, 604],
};

/** The number that was dialled, also where it was typed as an address. */
function numberOf({ number, referTo }: Pick<Destination, 'number' | 'referTo'>): string | null {
  return number ?? /^(?:tel:|sips?:(?=[^@]*@))(\+\d{2,15})/i.exec(referTo)?.[1] ?? null;
}

/** A department is reached by its number at a provider of phone numbers, once the config names that. */
function helpOfConfig({ name, inConfig }: KnownProvider, target: Destination): string {
  const { department } = target;
  if (department === null || numberOf(target) !== null) return '';
  return inConfig === false
    ? `; in the config, give this trunk "provider": "${name}", and ${department} a "number" if it has none`
    : `; give ${department} a "number" in the config`;
}

/** What is wrong with the address, where the provider is known to want another. */
function wrongAddress(known: KnownProvider, { stage, code, destination }: Answer): Remark | null {
  const { name } = known;
  if (!ABOUT_THE_ADDRESS[stage].includes(code)) return null;
  const { referTo, rule } = destination;
  const wanted = wantedAddress(name, numberOf(destination));
  const instead = helpOfConfig(known, destination);
  const remark = (text: string): Remark => ({ text, action: 'fix-address' });
  if (providerPresets[name].refusesTel && referTo.startsWith('tel:')) {
    return remark(`it does not take tel: addresses (a bare number), it needs ${wanted}.`);
  }
  // A domain that the config gives the preset is the trunk's own, whatever its name.
  if (rule.startsWith('preset ') || !isForeignHost(name, referTo)) return null;
  return remark(
    name === 'twilio'
      ? `it needs a phone number as ${wanted}${instead}. A sip: address on any other domain means a SIP device there.`
      : `it needs phone numbers on its own domain, as ${wanted}${instead}.`,
  );
}

// What the provider's documentation says of the status.

function remarkOn(name: ProviderName, { stage, code }: Answer): Remark | null {
  const row = REMARKS[name]?.find(([of, codes]) => of === stage && codes.includes(code));
  return row?.[2] ?? null;
}

/** A REFER is documented for this provider, and the trunk says that there is none. */
function unexpectedlyNone(name: ProviderName): Remark {
  const { setting } = providerPresets[name];
  const text =
    setting === null
      ? 'it has call transfer (SIP REFER), so perhaps another server on the network path answered. Ask its support.'
      : `call transfer (SIP REFER) must be switched on (${setting}). Another server on the network path may have answered.`;
  return { text, action: setting === null ? 'ask-provider' : 'fix-trunk' };
}

/** Whether it is the trunk, as it is set up, that stands in the way. */
function isAboutTrunk(remark: Remark | null): remark is Remark {
  return remark?.action === 'fix-trunk' || remark?.action === 'ask-provider';
}

/** Two remarks on one answer: 603 is first of all a matter of settings, the others of the address. */
function inOrder(code: number, address: Remark | null, remark: Remark | null): Remark[] {
  const remarks = code === 603 ? [remark, address] : [address, remark];
  const [first, second] = remarks.filter((each) => each !== null);
  if (first === undefined) return [];
  // Only what a policy may be behind has two possible reasons.
  return second === undefined || !POLICY_CODES.includes(code) ? [first] : [first, second];
}

// What a provider's support asks for, as plain lines to paste into a ticket. Foreign text in them is
// not escaped.

/** A line where there is something to tell, else none. */
export function ticketLine(label: string, value: string | null | undefined): string[] {
  return value === null || value === undefined || value === '' ? [] : [`${label}: ${value}`];
}

/** A SIP answer, with its phrase. */
export function ticketStatus(status: SipStatus | null): string {
  return status === null ? 'not told by LiveKit' : nameStatus(status);
}

/** The call that a ticket is about, as far as it is known. */
export interface TicketCall {
  trunk: string | null | undefined;
  host: string | null | undefined;
  transport: string | null | undefined;
  /** null: the record does not say. */
  direction: 'inbound' | 'outbound' | null;
  /** The other phone's number, and ours. */
  other: string | null;
  ours: string | null;
  /** Name and value, as LiveKit has them. */
  ids: readonly (readonly [name: string, value: string])[];
  callId: string | null | undefined;
}

/** Trunk, parties as the INVITE of the leg had them, and the ids by which the provider knows it. */
export function ticketCallLines(call: TicketCall): string[] {
  const { trunk, host, transport, direction, other, ours, ids, callId } = call;
  const [from, to] = direction === 'outbound' ? [ours, other] : [other, ours];
  const by = direction === 'outbound' ? 'placed' : 'received';
  return [
    ...ticketLine('Trunk', trunk),
    ...ticketLine('Trunk host', host && transport ? `${host}, transport ${transport}` : host),
    ...ticketLine('Direction of the call', direction && `${direction} (${by} by LiveKit)`),
    ...ticketLine('From', from),
    ...ticketLine('To', to),
    ...ids.map(([name, value]) => `${name}: ${value}`),
    ...ticketLine('LiveKit call id', callId),
  ];
}

/** A REFER as LiveKit was asked for it. */
interface TicketRefer {
  /** ISO 8601, UTC. */
  startedAt: string;
  /** When the result was known, and how long that took; null: it never was. */
  result: { at: string; durationMs: number } | null;
  referTo: string;
  headers: Readonly<Record<string, string>>;
  /** The answer to the REFER, and the last report on the target, in words. */
  answer: string;
  notify: string;
  /** LiveKit's own message. */
  says: string | null;
}

const resultLine = (result: TicketRefer['result']): string[] =>
  ticketLine('Result known (UTC)', result && `${result.at}, after ${result.durationMs} ms`);

/** Both codes, and when LiveKit was asked and answered. */
export function ticketReferLines(refer: TicketRefer): string[] {
  const { startedAt, result, referTo, headers, answer, notify, says } = refer;
  return [
    `REFER requested (UTC): ${startedAt}`,
    ...resultLine(result),
    // As LiveKit writes it: sip addresses in angle brackets, tel addresses bare (LiveKit SIP 1.11).
    `Refer-To: ${referTo.startsWith('tel:') ? referTo : `<${referTo}>`}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Answer to the REFER: ${answer}`,
    `Last NOTIFY: ${notify}`,
    ...ticketLine('LiveKit says', says),
  ];
}

/** A target that was dialled into the caller's room: of the caller's own trunk nothing was asked. */
export function ticketBridgeLines(
  sent: Pick<TicketRefer, 'startedAt' | 'result' | 'referTo' | 'answer'>,
  trunkId: string | null,
): string[] {
  return [
    'No REFER was sent: LiveKit dialled the target into the caller’s room.',
    `INVITE requested (UTC): ${sent.startedAt}`,
    ...resultLine(sent.result),
    `Target: ${sent.referTo}`,
    ...ticketLine('Trunk of the target', trunkId),
    `Answer to the INVITE: ${sent.answer}`,
  ];
}

/** Where LiveKit sent none: its provider would look for a request that never left LiveKit. */
export function ticketUnsentLines(says: string | null, what = 'REFER'): string[] {
  return [`No ${what} was sent.`, ...ticketLine('LiveKit says', says)];
}

/** The trunk took the REFER; with which status (202, mostly) LiveKit does not tell. */
export const TICKET_ACCEPTED = 'accepted; the code is not told by LiveKit';
