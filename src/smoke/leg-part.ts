/** The leg that is transferred, and what there is to know of it before it is. */
import { type Call, callIdOf } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { readRoom } from '../calls/scan.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Participant, Room } from '../livekit/messages.ts';

/** Attributes with ids that the provider's support asks for; afterwards they are gone with the leg. */
const ID_ATTRIBUTES = /^sip\.(?:callIDFull|callTag|twilio\.|telnyx\.|amazon\.)/;

export interface Leg {
  call: Call;
  /** Name and value, as LiveKit has them. */
  ids: readonly (readonly [name: string, value: string])[];
}

export interface WhichLeg {
  room: string;
  /** By call id, or by identity where that is not known. */
  callId: string | null;
  identity: string;
}

function idsOf({ attributes }: Participant): Leg['ids'] {
  return [...attributes]
    .filter(([name]) => ID_ATTRIBUTES.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * Reads a leg, with its agent and condition.
 * @returns null when it is not there any more
 */
export async function readLeg(
  client: LiveKitClient,
  { room, callId, identity }: WhichLeg,
  options: { isAgent: IsAgentIdentity; now(): number },
): Promise<Leg | null> {
  const participants = await client.listParticipants(room);
  const participant = participants.find((each) =>
    callId === null ? each.identity === identity : callIdOf(each) === callId,
  );
  if (participant === undefined) return null;
  const reading = readRoom(roomNamed(room), participants, options);
  const call = reading.calls.find((each) => each.identity === participant.identity);
  return call === undefined ? null : { call, ids: idsOf(participant) };
}

/** A room of which nothing but the name matters here. */
function roomNamed(name: string): Room {
  return { name, sid: '', createdAtMs: 0, numParticipants: 0, activeRecording: false };
}
