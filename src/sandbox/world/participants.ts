/** Participants as LiveKit describes them, field by field as in captured answers; and its ids. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import { ParticipantInfo } from '@livekit/protocol';
import type { AgentSeed, CallerSeed, ParticipantSeed, TrunkSeed, WebSeed } from './seed-types.ts';

/**
 * Builds one participant.
 * @param session with the identity makes the ids: the room's name, for those who come later another
 * @param trunk the caller's trunk; nobody else has one
 * @param startMs from when ages count back, ms since 1970: the start of the sandbox, or now
 * @param callTimes whether calls carry the times of their INVITE and answer
 */
export function buildParticipant(
  seed: ParticipantSeed,
  session: string,
  trunk: TrunkSeed | undefined,
  startMs: number,
  callTimes: boolean,
): ParticipantInfo {
  const joinedAtMs = startMs - Math.round(seed.age * 1000);
  const person = describe(seed, trunk);
  const id = stableSuffix(`${session}/${person.identity}`);
  const tracks = person.track ? [audioTrack(person, id, joinedAtMs)] : [];
  return ParticipantInfo.fromJson({
    sid: `PA_${id}`,
    identity: person.identity,
    state: 'ACTIVE',
    tracks,
    joined_at: String(Math.floor(joinedAtMs / 1000)),
    joined_at_ms: String(joinedAtMs),
    name: person.name,
    metadata: person.metadata ?? '',
    version: person.version,
    permission: {
      can_subscribe: true,
      can_publish: true,
      can_publish_data: true,
      can_update_metadata: person.kind === 'SIP',
      agent: person.kind === 'AGENT',
    },
    is_publisher: tracks.length > 0,
    kind: person.kind,
    attributes: {
      ...(callTimes && seed.kind === 'caller' ? timesOf(seed, trunk, joinedAtMs) : {}),
      ...person.attributes,
    },
    client_protocol: person.clientProtocol,
    capabilities: person.capabilities,
  });
}

/** The same participant, back in the room under another identity. */
export function withIdentity(
  participant: ParticipantInfo,
  room: string,
  identity: string,
  nowMs: number,
): ParticipantInfo {
  return new ParticipantInfo({
    ...participant,
    sid: `PA_${stableSuffix(`${room}/${identity}`)}`,
    identity,
    joinedAt: BigInt(Math.floor(nowMs / 1000)),
    joinedAtMs: BigInt(nowMs),
  });
}

/**
 * The same participant, once the status of its call has changed.
 * @param seed with the new status
 */
export function withStatus(
  participant: ParticipantInfo,
  seed: CallerSeed,
  trunk: TrunkSeed,
  callTimes: boolean,
): ParticipantInfo {
  const { version, attributes } = participant;
  const isNews = callTimes && hasBegun(seed) && !attributes['lk.sip.answerTime'];
  return new ParticipantInfo({
    ...participant,
    attributes: {
      ...attributes,
      ...(isNews ? answeredAt(Date.now()) : {}),
      ...callAttributes(seed, trunk),
    },
    version: version + 1,
  });
}

/** The same agent, which is heard from now on. */
export function withAudio(silent: ParticipantInfo, seed: AgentSeed): ParticipantInfo {
  const heard = { ...seed, audio: 'published', age: 0 } as const;
  const { tracks } = buildParticipant(heard, silent.sid, undefined, Date.now(), false);
  return new ParticipantInfo({ ...silent, tracks, isPublisher: true, version: silent.version + 1 });
}

/** What differs from one kind of participant to another. */
interface Description {
  kind: 'SIP' | 'AGENT' | 'STANDARD';
  identity: string;
  name: string;
  metadata?: string;
  version: number;
  attributes: Readonly<Record<string, string>>;
  clientProtocol: number;
  capabilities: string[];
  track: { name: string; muted: boolean; mimeType: string; mid: string } | null;
}

function describe(seed: ParticipantSeed, trunk: TrunkSeed | undefined): Description {
  switch (seed.kind) {
    case 'caller':
      return describeCaller(seed, trunk);
    case 'agent':
      return describeAgent(seed);
    case 'web':
      return describeWeb(seed);
  }
}

function describeCaller(seed: CallerSeed, trunk: TrunkSeed | undefined): Description {
  const identity = seed.identity ?? callerIdentity(seed);
  return {
    kind: 'SIP',
    identity,
    name: seed.name ?? callerName(seed, trunk),
    ...(seed.metadata === undefined ? {} : { metadata: seed.metadata }),
    version: 6,
    attributes: callAttributes(seed, trunk),
    clientProtocol: 0,
    capabilities: [],
    // A SIP participant publishes before its call is answered: the track proves nothing.
    track: { name: identity, muted: false, mimeType: 'audio/opus', mid: '0' },
  };
}

function describeAgent(seed: AgentSeed): Description {
  return {
    kind: 'AGENT',
    identity: seed.identity,
    name: '',
    version: 3,
    attributes: {
      ...(seed.state === undefined ? {} : { 'lk.agent.state': seed.state }),
      ...seed.attributes,
    },
    clientProtocol: 2,
    capabilities: ['CAP_PACKET_TRAILER', 'CAP_COMPRESSION_DEFLATE_RAW'],
    track: publishedTrack(seed.audio, 'voice'),
  };
}

function describeWeb(seed: WebSeed): Description {
  return {
    kind: 'STANDARD',
    identity: seed.identity,
    name: seed.name ?? '',
    version: 4,
    attributes: {},
    clientProtocol: 2,
    capabilities: [],
    track: publishedTrack(seed.audio, 'microphone'),
  };
}

function publishedTrack(audio: 'published' | 'muted' | 'none', name: string): Description['track'] {
  return audio === 'none'
    ? null
    : { name, muted: audio === 'muted', mimeType: 'audio/red', mid: '7' };
}

function audioTrack(person: Description, id: string, publishedAtMs: number): JsonObject {
  const { name = '', muted = false, mimeType = '', mid = '' } = person.track ?? {};
  return {
    sid: `TR_AM${id}`,
    type: 'AUDIO',
    name,
    muted,
    source: 'MICROPHONE',
    mime_type: mimeType,
    mid,
    codecs: [
      {
        mime_type: mimeType,
        mid,
        cid: 'audio',
        video_layer_mode: 'ONE_SPATIAL_LAYER_PER_STREAM',
      },
    ],
    stream: 'camera',
    version: { unix_micro: String(publishedAtMs * 1000) },
    backup_codec_policy: 'SIMULCAST',
  };
}

// A call on its participant: identity, name, and the `sip.` attributes.

/** The dispatch rule that every inbound call of the sandbox came in by. */
export const DISPATCH_RULE_ID = 'SDR_sandboxRule1';

function callerIdentity(seed: CallerSeed): string {
  return seed.hidden ? `sip_${stableSuffix(seed.number)}` : `sip_${seed.number}`;
}

function callerName(seed: CallerSeed, trunk: TrunkSeed | undefined): string {
  if (trunk?.direction === 'outbound') return '';
  return seed.hidden ? `Phone ${seed.number.slice(-4)}` : `Phone ${seed.number}`;
}

/** The attributes of a call in the state that the seed gives it. */
function callAttributes(seed: CallerSeed, trunk: TrunkSeed | undefined): Record<string, string> {
  const { callId, status = 'active' } = seed;
  return {
    'sip.callID': callId,
    'sip.callStatus': status,
    ...(isAnswered(seed, trunk) ? answerAttributes(callId, trunk) : {}),
    ...(trunk ? trunkAttributes(seed, trunk) : {}),
    ...seed.attributes,
  };
}

/** From the INVITE until the call is in the room: longer where a PIN is asked for before it. */
const JOINS_AFTER_MS = 40;
const JOINS_AFTER_PIN_MS = 9_000;
const ANSWERED_AFTER_MS = 700;

/** The times of a call as it comes into the room, Unix ms (attributes of protocol 1.54). */
function timesOf(
  seed: CallerSeed,
  trunk: TrunkSeed | undefined,
  joinedAtMs: number,
): Record<string, string> {
  const { pinEntered = false } = seed;
  // An outgoing call is in the room before its INVITE goes out.
  const beforeMs = trunk?.direction === 'outbound' ? 0 : JOINS_AFTER_MS;
  const inviteMs = joinedAtMs - (pinEntered ? JOINS_AFTER_PIN_MS : beforeMs);
  return {
    'lk.sip.inviteTime': String(inviteMs),
    ...(hasBegun(seed) ? answeredAt(inviteMs + ANSWERED_AFTER_MS) : {}),
    ...(pinEntered ? { 'lk.sip.pinEnteredTime': String(joinedAtMs) } : {}),
  };
}

/** @param atMs Unix ms */
function answeredAt(atMs: number): Record<string, string> {
  return { 'lk.sip.answerTime': String(atMs) };
}

/** Somebody has answered: with ringing and dialling nobody has yet. */
function hasBegun({ status = 'active' }: CallerSeed): boolean {
  return status !== 'dialing' && status !== 'ringing';
}

/** LiveKit learns tag and provider ids of an outgoing call from the answer to its INVITE. */
function isAnswered(seed: CallerSeed, trunk: TrunkSeed | undefined): boolean {
  return trunk?.direction !== 'outbound' || hasBegun(seed);
}

function answerAttributes(callId: string, trunk: TrunkSeed | undefined): Record<string, string> {
  return {
    'sip.callIDFull': `${stableSuffix(`full ${callId}`)}@${trunk?.hostname ?? 'unknown'}`,
    'sip.callTag': stableSuffix(`tag ${callId}`),
    ...trunk?.attributes,
  };
}

function trunkAttributes(seed: CallerSeed, trunk: TrunkSeed): Record<string, string> {
  const isInbound = trunk.direction === 'inbound';
  return {
    'sip.trunkID': trunk.id,
    ...(isInbound ? { 'sip.ruleID': DISPATCH_RULE_ID } : {}),
    // Hidden numbers take the host of an outgoing call with them (LiveKit's NewCreateSIPParticipantRequest).
    ...(isInbound || !seed.hidden ? { 'sip.hostname': trunk.hostname } : {}),
    ...(seed.hidden ? {} : { 'sip.phoneNumber': seed.number }),
    ...(seed.hidden || trunk.number === undefined ? {} : { 'sip.trunkPhoneNumber': trunk.number }),
  };
}

// Ids in LiveKit's shape: a prefix and twelve letters and digits.

const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** By source: a call has the same ones whatever becomes of it, and so has every sandbox of a process. */
const suffixes = new Map<string, string>();

/**
 * Twelve characters that look random and are the same at every start.
 * @param source what the id belongs to
 */
export function stableSuffix(source: string): string {
  const known = suffixes.get(source);
  if (known !== undefined) return known;
  const bytes = createHash('sha256').update(source).digest().subarray(0, 12);
  const suffix = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  if (suffixes.size === 1000) suffixes.clear();
  suffixes.set(source, suffix);
  return suffix;
}
