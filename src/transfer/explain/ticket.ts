/**
 * What a provider's support asks for, as plain lines to paste into a ticket. Foreign text in them is
 * not escaped.
 */
import type { SipStatus } from '../outcome.ts';
import { nameStatus } from './status.ts';

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
  /** The other party's number, and ours. */
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
  return [
    ...ticketLine('Trunk', trunk),
    ...ticketLine('Trunk host', host && transport ? `${host}, transport ${transport}` : host),
    ...(direction === null
      ? []
      : [
          `Direction of the call: ${direction} (${direction === 'outbound' ? 'placed' : 'received'} by LiveKit)`,
        ]),
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

/** LiveKit writes sip addresses in angle brackets and tel addresses bare (LiveKit SIP 1.11). */
const asSent = (referTo: string): string => (referTo.startsWith('tel:') ? referTo : `<${referTo}>`);

const resultLine = (result: TicketRefer['result']): string[] =>
  ticketLine(
    'Result known (UTC)',
    result === null ? null : `${result.at}, after ${result.durationMs} ms`,
  );

/** Both codes, and when LiveKit was asked and answered. */
export function ticketReferLines(refer: TicketRefer): string[] {
  const { startedAt, result, referTo, headers, answer, notify, says } = refer;
  return [
    `REFER requested (UTC): ${startedAt}`,
    ...resultLine(result),
    `Refer-To: ${asSent(referTo)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Answer to the REFER: ${answer}`,
    `Last NOTIFY: ${notify}`,
    ...ticketLine('LiveKit says', says),
  ];
}

/** A target that was dialled into the caller's room: of the caller's own trunk nothing was asked. */
export function ticketBridgeLines(
  refer: Pick<TicketRefer, 'startedAt' | 'result' | 'referTo' | 'answer'>,
): string[] {
  const { startedAt, result, referTo, answer } = refer;
  return [
    'No REFER was sent: LiveKit dialled the target into the caller’s room.',
    `INVITE requested (UTC): ${startedAt}`,
    ...resultLine(result),
    `Target: ${referTo}`,
    `Answer to the INVITE: ${answer}`,
  ];
}

/** Where LiveKit sent none: its provider would look for a request that never left LiveKit. */
export function ticketUnsentLines(
  says: string | null,
  what: 'REFER' | 'INVITE' = 'REFER',
): string[] {
  return [`No ${what} was sent.`, ...ticketLine('LiveKit says', says)];
}

/** The trunk took the REFER; with which status (202, mostly) LiveKit does not tell. */
export const TICKET_ACCEPTED = 'accepted; the code is not told by LiveKit';
