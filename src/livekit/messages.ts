/**
 * The few fields of LiveKit's messages that this program looks at, read straight from the JSON.
 * The SDK's message classes would refuse a whole list for one field of an unknown type, and take
 * ten times as long over 2,000 rooms. `turn_password` and `auth_password` are never read.
 */
import {
  isObject,
  type JsonObject,
  readFlag,
  readList,
  readNumber,
  readObject,
  readText,
  readTextMap,
} from './twirp.ts';

export interface Room {
  sid: string;
  name: string;
  /** ms since 1970; 0 when not given. */
  createdAtMs: number;
  /** Leaves out agents and recorders and lags up to 5 s: it proves nothing. */
  numParticipants: number;
  activeRecording: boolean;
}

/** What LiveKit names a participant's kind; others may come. */
type ParticipantKind = 'STANDARD' | 'INGRESS' | 'EGRESS' | 'SIP' | 'AGENT' | (string & {});

export interface Track {
  type: string;
  muted: boolean;
}

export interface Participant {
  sid: string;
  identity: string;
  name: string;
  kind: ParticipantKind;
  /** `FORWARDED` marks a copy of a participant of another room. */
  kindDetails: string[];
  /** `ACTIVE` once its media connection stands. */
  state: string;
  /** Counts up at every change of the participant; 0 when not given. */
  version: number;
  /** ms since 1970; 0 when not given. */
  joinedAtMs: number;
  attributes: ReadonlyMap<string, string>;
  tracks: Track[];
}

export interface Trunk {
  id: string;
  name: string;
  direction: 'inbound' | 'outbound';
  numbers: string[];
  /** Host, or host:port, of an outbound trunk; inbound trunks have none. */
  address: string | null;
  /** `udp`, `tcp`, `tls` or `auto`, of an outbound trunk. */
  transport: string | null;
  /** How long a leg may be silent before LiveKit ends it, in ms; null: LiveKit's own default. */
  mediaTimeoutMs: number | null;
}

/** By number; 5 and 6 do not exist. */
const KIND_NUMBERS: readonly (string | undefined)[] = [
  'STANDARD',
  'INGRESS',
  'EGRESS',
  'SIP',
  'AGENT',
  undefined,
  undefined,
  'CONNECTOR',
  'BRIDGE',
];
/** The last moment a Date can hold (ECMA-262 §21.4.1.1), in ms. */
const LAST_MOMENT_MS = 8.64e15;

/** A moment, in ms since 1970, from the field in ms or else the one in seconds; 0 when not given. */
function readMoment(object: JsonObject, inMs: string, inSeconds: string): number {
  const ms = readNumber(object, inMs) || readNumber(object, inSeconds) * 1000;
  return ms > 0 && ms <= LAST_MOMENT_MS ? ms : 0;
}

/** An enum may come as its name or, from some encoders, as its number. */
function readKind(object: JsonObject): ParticipantKind {
  const value = object.kind;
  if (typeof value === 'number') return KIND_NUMBERS[value] ?? String(value);
  // A zero value may be left out.
  return typeof value === 'string' ? value : 'STANDARD';
}

function readTrack(value: unknown): Track[] {
  if (!isObject(value)) return [];
  return [{ type: readText(value, 'type') || 'AUDIO', muted: readFlag(value, 'muted') }];
}

/** @returns null when the value is no room, or has no name */
function readRoom(value: unknown): Room | null {
  if (!isObject(value)) return null;
  const name = readText(value, 'name');
  if (name === '') return null;
  return {
    sid: readText(value, 'sid'),
    name,
    createdAtMs: readMoment(value, 'creation_time_ms', 'creation_time'),
    numParticipants: readNumber(value, 'num_participants'),
    activeRecording: readFlag(value, 'active_recording'),
  };
}

/** @returns null when the value is no participant, or has no identity */
export function readParticipant(value: unknown): Participant | null {
  if (!isObject(value)) return null;
  const identity = readText(value, 'identity');
  if (identity === '') return null;
  return {
    sid: readText(value, 'sid'),
    identity,
    name: readText(value, 'name'),
    kind: readKind(value),
    kindDetails: readList(value, 'kind_details').filter((detail) => typeof detail === 'string'),
    state: readText(value, 'state'),
    version: readNumber(value, 'version'),
    joinedAtMs: readMoment(value, 'joined_at_ms', 'joined_at'),
    attributes: readTextMap(value, 'attributes'),
    tracks: readList(value, 'tracks').flatMap(readTrack),
  };
}

function readTrunk(value: unknown, direction: Trunk['direction']): Trunk | null {
  if (!isObject(value)) return null;
  return {
    id: readText(value, 'sip_trunk_id'),
    name: readText(value, 'name'),
    direction,
    numbers: readList(value, 'numbers').filter((number) => typeof number === 'string'),
    address: readText(value, 'address') || null,
    transport: readText(value, 'transport').replace('SIP_TRANSPORT_', '').toLowerCase() || null,
    mediaTimeoutMs: readMediaTimeout(value),
  };
}

/** `media.media_timeout`, a Duration (`"120s"`); nothing and zero both mean the default. */
function readMediaTimeout(trunk: JsonObject): number | null {
  const written = readText(readObject(trunk, 'media') ?? {}, 'media_timeout');
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(written) ?? [];
  return Number(seconds ?? 0) * 1000 || null;
}

function readAll<T>(body: unknown, list: string, read: (value: unknown) => T | null): T[] | null {
  // Whatever else an object says in place of the list, it is no word about who is there.
  if (!isObject(body) || (!Object.hasOwn(body, list) && Object.keys(body).length > 0)) return null;
  if (body[list] != null && !Array.isArray(body[list])) return null;
  const entries = readList(body, list).map(read);
  // An entry that is none may stand for anybody: half a list is none.
  return entries.every((each) => each !== null) ? entries : null;
}

/** Each of these takes a parsed answer and returns null when it is no such list. */
export const readRooms = (body: unknown): Room[] | null => readAll(body, 'rooms', readRoom);
export const readParticipants = (body: unknown): Participant[] | null =>
  readAll(body, 'participants', readParticipant);
export const readTrunks = (body: unknown, direction: Trunk['direction']): Trunk[] | null =>
  readAll(body, 'items', (value) => readTrunk(value, direction));

// A transfer, and a call to be dialled, in our words and in LiveKit's (CreateSIPParticipantRequest).

export interface DialRequest {
  trunkId: string;
  /** The number or user to call; no URI. */
  number: string;
  /** Made on the way when it is not there. */
  roomName: string;
  identity: string;
  /** How long it may ring, in ms. */
  ringingMs: number;
  /** From the request on: LiveKit hangs up by itself after it, whatever becomes of us. In ms. */
  longestMs: number;
  /**
   * How long the leg may be silent before LiveKit hangs up, in ms; as long as it may last by default,
   * or a provider's hold is taken for the end of the call after 15 s (LiveKit SIP 1.11).
   */
  mediaTimeoutMs?: number;
  /** The number to call from, where it is not the trunk's own. */
  from?: string | null;
  /** The ringing that those in the room hear meanwhile; null: nothing. Older servers know one alone. */
  dialtone?: 'auto' | 'us' | 'uk' | 'jp' | 'au' | 'etsi' | null;
  /** Of the participant, for whoever sees it in the room. */
  name?: string;
  attributes?: Readonly<Record<string, string>>;
  /** Of the INVITE. */
  headers?: Readonly<Record<string, string>>;
  /** Gives it up for as long as it has not gone out. */
  abortUnsent?: AbortSignal | undefined;
}

/** What goes out with a transfer, in our words. */
export interface TransferRequest {
  /** The caller’s room. */
  roomName: string;
  /** The caller’s in the room. */
  identity: string;
  /** The Refer-To. */
  transferTo: string;
  /** How long LiveKit waits for the target's answer, in ms; whole seconds on the wire. */
  waitMs: number;
  /** The ringing that the caller hears meanwhile; null: the room. Older servers know one alone. */
  dialtone: DialRequest['dialtone'];
  /** Headers for the REFER. */
  headers: Record<string, string>;
  abortUnsent?: DialRequest['abortUnsent'];
}

/** LiveKit takes whole seconds; fractions are refused by some versions. */
export const wholeSeconds = (ms: number): string => `${Math.ceil(ms / 1000)}s`;

/** The tones came with protocol 1.54; servers before pass over a field they do not know. */
export function dialtoneFields(dialtone: DialRequest['dialtone']): object {
  return {
    dialtone: `SIP_DIALTONE_${(dialtone ?? 'disabled').toUpperCase()}`,
    play_dialtone: dialtone != null,
  };
}

/** The request as it goes out. It waits for the answer, since dial errors are invisible otherwise. */
export function dialBody(request: DialRequest): object {
  const { trunkId, number, roomName, identity, ringingMs, longestMs } = request;
  const { mediaTimeoutMs = longestMs, from, dialtone, name, attributes, headers } = request;
  return {
    sip_trunk_id: trunkId,
    sip_call_to: number,
    ...(from != null && { sip_number: from }),
    room_name: roomName,
    participant_identity: identity,
    ...(name !== undefined && { participant_name: name }),
    ...(attributes !== undefined && { participant_attributes: attributes }),
    ...(headers !== undefined && { headers }),
    wait_until_answered: true,
    ringing_timeout: wholeSeconds(ringingMs),
    max_call_duration: wholeSeconds(longestMs),
    media: { media_timeout: wholeSeconds(mediaTimeoutMs) },
    ...(dialtone !== undefined && dialtoneFields(dialtone)),
  };
}
