/** Participants as LiveKit describes them, field by field as in captured answers; and its ids. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import { ParticipantInfo } from '@livekit/protocol';
import type { AgentSeed, CallerSeed, ParticipantSeed, TrunkSeed, WebSeed } from './seed-types.ts';

/**
 * Builds one participant.
 * @param room name of the room, which with the identity makes the ids
 * @param trunk the caller's trunk; nobody else has one
 * @param startMs from when ages count back, ms since 1970: the start of the sandbox, or now
 */
export function buildParticipant(
  seed: ParticipantSeed,
  room: string,
  trunk: TrunkSeed | undefined,
  startMs: number,
): ParticipantInfo {
  const joinedAtMs = startMs - Math.round(seed.age * 1000);
  const person = describe(seed, trunk);
  const id = stableSuffix(`${room}/${person.identity}`);
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
    attributes: { ...person.attributes },
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

/** The same participant, once the attributes of its call have changed. */
export function withAttributes(
  participant: ParticipantInfo,
  attributes: Readonly<Record<string, string>>,
): ParticipantInfo {
  const { version } = participant;
  return new ParticipantInfo({
    ...participant,
    attributes: { ...participant.attributes, ...attributes },
    version: version + 1,
  });
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
export function callAttributes(
  seed: CallerSeed,
  trunk: TrunkSeed | undefined,
): Record<string, string> {
  const { callId, status = 'active' } = seed;
  return {
    'sip.callID': callId,
    'sip.callStatus': status,
    ...(isAnswered(seed, trunk) ? answerAttributes(callId, trunk) : {}),
    ...(trunk ? trunkAttributes(seed, trunk) : {}),
    ...seed.attributes,
  };
}

/** LiveKit learns tag and provider ids of an outgoing call from the answer to its INVITE. */
function isAnswered({ status }: CallerSeed, trunk: TrunkSeed | undefined): boolean {
  return trunk?.direction !== 'outbound' || (status !== 'dialing' && status !== 'ringing');
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

/**
 * Twelve characters that look random and are the same at every start.
 * @param source what the id belongs to
 */
export function stableSuffix(source: string): string {
  const digest = createHash('sha256').update(source).digest();
  return Array.from(digest.subarray(0, 12), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
