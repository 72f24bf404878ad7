/** Rooms as LiveKit describes them, field by field as in captured answers. */
import { type ParticipantInfo, ParticipantInfo_Kind, Room } from '@livekit/protocol';
import { stableSuffix } from './ids.ts';
import type { RoomSeed } from './population.ts';

/** Stands where LiveKit puts secrets: no client may ever show it, and the tests look for it. */
export const CANARY = 'SANDBOX-CANARY-PASSWORD';

/** A room closes so many seconds after the last participant who is no agent (LiveKit's default). */
export const DEPARTURE_TIMEOUT_S = 20;

const CODECS = [
  'audio/PCMU',
  'audio/PCMA',
  'audio/opus',
  'audio/red',
  'video/VP8',
  'video/H264',
  'video/VP9',
  'video/AV1',
  'video/H265',
  'video/rtx',
].map((mime) => ({ mime, fmtpLine: '' }));

/**
 * Builds the description of a room.
 * @param startMs when the sandbox started, ms since 1970: the age counts back from it
 */
export function buildRoom(
  seed: RoomSeed,
  participants: readonly ParticipantInfo[],
  startMs: number,
): Room {
  const oldest = Math.max(0, ...seed.participants.map(({ age }) => age));
  const createdAtMs = BigInt(startMs - Math.round((seed.age ?? oldest) * 1000));
  return new Room({
    sid: `RM_${stableSuffix(seed.name)}`,
    name: seed.name,
    emptyTimeout: 300,
    departureTimeout: DEPARTURE_TIMEOUT_S,
    creationTime: createdAtMs / 1000n,
    creationTimeMs: createdAtMs,
    turnPassword: `${CANARY}-${stableSuffix(`turn ${seed.name}`)}`,
    enabledCodecs: CODECS,
    activeRecording: seed.recording ?? false,
    ...counts(participants),
  });
}

/** The same room with other people in it. */
export function recountRoom(room: Room, participants: readonly ParticipantInfo[]): Room {
  return new Room({ ...room, ...counts(participants) });
}

/** Agents neither count nor hold a room open. */
export function isHeldOpen(participants: readonly ParticipantInfo[]): boolean {
  return counts(participants).numParticipants > 0;
}

function counts(participants: readonly ParticipantInfo[]) {
  return {
    numParticipants: participants.filter(({ kind }) => kind !== ParticipantInfo_Kind.AGENT).length,
    numPublishers: participants.filter(({ isPublisher }) => isPublisher).length,
  };
}
