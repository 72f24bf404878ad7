/** A SIP call as LiveKit shows it: one participant of kind SIP, in one room. */
import type { ProviderName } from '../config/types.ts';
import { recogniseProvider } from '../destinations/providers.ts';
import type { Participant, Room } from '../livekit/messages.ts';
export type CallStatus = 'dialing' | 'ringing' | 'automation' | 'active' | 'hangup';

/** One call on the line, in the field names of the JSON output. These names stay. */
export interface Call {
  /**
   * LiveKit's call id `SCL_…`: unique across rooms, as an identity is not. Empty where LiveKit gives
   * none: such a call is listed, and cannot be transferred.
   */
  callId: string;
  /** Its name. */
  room: string;
  /** Empty where only the room's name was read, as for a test call. */
  roomSid: string;
  /** The caller's, in the room: unique there alone. */
  identity: string;
  /** As LiveKit shows it; may be empty. */
  name: string;
  /** The other phone's number in E.164, or null. Without a plus, it is read by the default country. */
  phoneNumber: string | null;
  /** The same as LiveKit has it (`anonymous`, `1001`), or null when the number is hidden. */
  phoneNumberRaw: string | null;
  /** Our own number. */
  calledNumber: string | null;
  /** `inbound`: they called us. */
  direction: 'inbound' | 'outbound';
  /** null while LiveKit has not said yet. */
  status: CallStatus | null;
  condition: Condition;
  /**
   * Since when the condition is known to be so: by what LiveKit shows (the ring of a call, an agent
   * that joined), by the record of transfers, or since an earlier look saw it. ISO 8601, UTC; null
   * when nobody knows.
   */
  conditionSince: string | null;
  /**
   * Nobody serves the caller, and it is no moment between two agents: one look shows that of some
   * conditions, else two looks some seconds apart do (`calls --sure`, or an earlier run of `calls` on
   * this machine). null: not yet known, since that takes a second look, or the second look failed.
   */
  stuck: boolean | null;
  /** LiveKit can move it as it is: somebody has answered. */
  transferable: boolean;
  /** The room is being recorded. */
  recording: boolean;
  /** `ST_…`; null when LiveKit did not say. */
  trunkId: string | null;
  /** The dispatch rule that placed an inbound call, `SDR_…`. */
  ruleId: string | null;
  /** The host of an inbound caller's From (the caller's own word), or of the outbound trunk. */
  host: string | null;
  /** Whose trunk it is, where that can be told. */
  provider: ProviderName | null;
  /** The agent that serves the caller, and what it says that it does; null: none is there. */
  agent: { identity: string; state: string | null } | null;
  /**
   * Since when the caller is there: the INVITE where LiveKit says it, else when the participant
   * joined, which a reconnect resets. ISO 8601, UTC; null when LiveKit did not say.
   */
  joinedAt: string | null;
  /** Since then. */
  ageSeconds: number | null;
  /**
   * The ids by which its provider knows the call, by the names of LiveKit's attributes
   * (`sip.callIDFull` is SIP's Call-ID): of a call that is read to be transferred, where there are any.
   */
  sipIds?: SipIds;
}

export type SipIds = Readonly<Record<string, string>>;

/** Attributes with ids that the provider's support asks for; afterwards they are gone with the leg. */
const SIP_ID = /^sip\.(?:callIDFull|callTag|(?:twilio|telnyx|amazon)\.[\w.-]{1,60})$/;
/** More than any provider gives. */
const MOST_SIP_IDS = 12;

/** Those of them whose names are such ids, sorted, as they may stand anywhere. */
export function sipIdsAmong(
  attributes: Iterable<readonly [name: string, value: string]>,
): [name: string, value: string][] {
  return [...attributes]
    .filter(([name, value]) => SIP_ID.test(name) && value !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MOST_SIP_IDS)
    .map(([name, value]) => [name, value]);
}

const STATUSES: readonly string[] = ['dialing', 'ringing', 'automation', 'active', 'hangup'];
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * The call id of a participant that is a SIP call, or null for anybody else.
 * Kind SIP alone is not enough (other telephony shares it), nor is the attribute.
 */
export function callIdOf(participant: Participant): string | null {
  if (participant.kind !== 'SIP') return null;
  return participant.attributes.get('sip.callID') || null;
}

/** Whether LiveKit gives this call an id. One without is listed, and cannot be transferred. */
export function hasCallId({ callId }: Pick<Call, 'callId'>): boolean {
  return callId !== '';
}

/** Whether a text looks like a call id, which LiveKit gives once. */
export function isCallId(text: string): boolean {
  return text.startsWith('SCL_');
}

/** How the identity of every leg begins that was dialled into a caller's room to bridge them. */
export const BRIDGE_IDENTITY = 'lk-transfer-bridge-';

/** Whether this is the target of a bridge, ringing or answered: listed as a call of its own, and no caller. */
export function isBridgeLeg({ kind = 'SIP', identity }: { kind?: string; identity: string }) {
  return kind === 'SIP' && identity.startsWith(BRIDGE_IDENTITY);
}

/** Whether this is a copy of a participant of another room. */
export function isForwarded(participant: Participant): boolean {
  return participant.kindDetails.includes('FORWARDED');
}

/**
 * LiveKit can only move a call that is up. Asking while it still rings or dials is refused, or,
 * worse, carried out later, when somebody answers (LiveKit SIP 1.11).
 */
export function isTransferable(status: CallStatus | null): boolean {
  return status === 'active' || status === 'automation';
}

function statusOf(participant: Participant): CallStatus | null {
  const status = participant.attributes.get('sip.callStatus') ?? '';
  return STATUSES.includes(status) ? (status as CallStatus) : null;
}

// Since when a call is there.

/** Moments of a call that LiveKit notes, in Unix ms (servers since autumn 2026). */
const MOMENTS = ['lk.sip.inviteTime', 'lk.sip.answerTime', 'lk.sip.pinEnteredTime'];
/** Attributes can be changed by others: no call is older than this, nor from further ahead. In ms. */
const OLDEST_CALL_MS = 7 * 24 * 3_600_000;
const CLOCK_SKEW_MS = 60_000;

/** A moment that LiveKit notes of a call, in ms since 1970; null where there is none. */
export function momentOf({ attributes }: Participant, name: string): number | null {
  const written = attributes.get(name) ?? '';
  return /^[1-9]\d{12}$/.test(written) ? Number(written) : null;
}

/** The earliest moment that shows a call to be there, in ms since 1970; null where nothing does. */
function beginningOf(participant: Participant, nowMs: number): number | null {
  const { joinedAtMs } = participant;
  const noted = MOMENTS.map((name) => momentOf(participant, name))
    .filter((ms) => ms !== null)
    .filter((ms) => ms >= nowMs - OLDEST_CALL_MS && ms <= nowMs + CLOCK_SKEW_MS);
  const known = joinedAtMs > 0 ? [...noted, joinedAtMs] : noted;
  return known.length === 0 ? null : Math.min(...known);
}

/**
 * Reads a call off its participant; condition and agent are judged from the whole room, elsewhere.
 * @param nowMs wall clock, ms since 1970
 * @returns null when the participant is no party on the telephone
 */
export function readCall(participant: Participant, room: Room, nowMs: number): Call | null {
  if (participant.kind !== 'SIP') return null;
  const callId = callIdOf(participant) ?? '';
  const { attributes } = participant;
  const sinceMs = beginningOf(participant, nowMs);
  const status = statusOf(participant);
  const number = attributes.get('sip.phoneNumber') || null;
  const host = attributes.get('sip.hostname') || null;
  return {
    callId,
    room: room.name,
    roomSid: room.sid,
    identity: participant.identity,
    name: participant.name,
    phoneNumber: number === null ? null : plainE164(number),
    phoneNumberRaw: number,
    calledNumber: attributes.get('sip.trunkPhoneNumber') || null,
    // Only inbound calls come by a dispatch rule.
    direction: attributes.get('sip.ruleID') ? 'inbound' : 'outbound',
    status,
    condition: 'unremarkable',
    conditionSince: null,
    stuck: false,
    transferable: hasCallId({ callId }) && isTransferable(status),
    recording: room.activeRecording,
    trunkId: attributes.get('sip.trunkID') || null,
    ruleId: attributes.get('sip.ruleID') || null,
    host,
    provider: recogniseProvider({ attributes: Object.fromEntries(attributes), host }),
    agent: null,
    joinedAt: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    ageSeconds: sinceMs === null ? null : Math.max(0, Math.round((nowMs - sinceMs) / 1000)),
  };
}

/**
 * What a carrier wrote, without parameters (`;npdi`, RFC 4694) and visual separators (RFC 3966
 * §5.1.1).
 */
function withoutDecoration(written: string): string {
  return written.replace(/;.*$/s, '').replace(/[ ().-]/g, '');
}

/** @returns null for whatever needs a country, or is no number */
function plainE164(written: string): string | null {
  // Nearly every carrier writes it so.
  if (E164.test(written)) return written;
  const plain = withoutDecoration(written);
  return E164.test(plain) ? plain : null;
}

/**
 * Reads the numbers that a carrier wrote without a plus (`15105550142`, `5105550142`, `0044…`),
 * in place. The tables of numbers are loaded only where there is one of those.
 * @param country the default country, two letters
 */
export async function readCallerNumbers(
  calls: readonly Call[],
  country: string | null,
): Promise<void> {
  const unread = calls.filter(
    ({ phoneNumber, phoneNumberRaw }) =>
      phoneNumber === null && /^\d{7,20}$/.test(withoutDecoration(phoneNumberRaw ?? '')),
  );
  if (unread.length === 0) return;
  const { readCarrierNumber } = await import('../destinations/address/numbers.ts');
  for (const call of unread) {
    call.phoneNumber = readCarrierNumber(withoutDecoration(call.phoneNumberRaw ?? ''), country);
  }
}

/** A call read anew: who it is stays as it was read, while LiveKit writes the same. */
export function readAgain(now: Call, before: Call): Call {
  const { condition, conditionSince, stuck, agent } = before;
  const isSame = now.phoneNumberRaw === before.phoneNumberRaw;
  return {
    ...now,
    phoneNumber: isSame ? before.phoneNumber : now.phoneNumber,
    // What only the whole room shows stands as it was shown to whoever confirmed.
    ...{ condition, conditionSince, stuck, agent },
  };
}

/**
 * The longest-waiting caller first; calls of unknown age last. Not by their `ageSeconds`: each is
 * counted when its room was read, some of them a second later.
 */
export function longestWaitingFirst(a: Call, b: Call): number {
  if (a.joinedAt !== b.joinedAt) {
    const joined = ({ joinedAt }: Call) => (joinedAt === null ? Infinity : Date.parse(joinedAt));
    return joined(a) < joined(b) ? -1 : 1;
  }
  return a.callId < b.callId ? -1 : 1;
}

/** Whether nobody can see or dial the other phone's number: there is none, or it says `anonymous`. */
export function hidesNumber({ phoneNumberRaw }: Pick<Call, 'phoneNumberRaw'>): boolean {
  return !/\d/.test(phoneNumberRaw ?? '');
}

/** The room of a call, as far as the call itself tells. */
export function roomOf(call: Call): Room {
  return {
    name: call.room,
    sid: call.roomSid,
    createdAtMs: 0,
    numParticipants: 0,
    activeRecording: call.recording,
  };
}

export type Condition =
  | 'unanswered'
  | 'connecting'
  | 'no-agent'
  | 'with-sip-party'
  /** Talks with a target that was dialled into the room. */
  | 'bridged'
  | 'agent-silent'
  | 'agent-muted'
  | 'agent-starting'
  /** Seen over time alone: by a watch. */
  | 'agent-hung'
  | 'with-person'
  /** An earlier transfer may still come about, or has: the caller may be talking to its target. */
  | 'transfer-open'
  /** LiveKit does not say whether the call is active. */
  | 'status-unknown'
  | 'hanging-up'
  /** LiveKit gives no call id, and so cannot transfer it. */
  | 'no-call-id'
  | 'unremarkable';
