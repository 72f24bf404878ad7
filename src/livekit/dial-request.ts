/** A call to be dialled, in our words and in LiveKit's (CreateSIPParticipantRequest). */

export interface DialRequest {
  trunkId: string;
  /** The number or user to call; no URI. */
  number: string;
  /** Made on the way when it is not there. */
  roomName: string;
  identity: string;
  /** How long it may ring, in ms. */
  ringingMs: number;
  /** From the answer on: LiveKit hangs up by itself after it, whatever becomes of us. In ms. */
  longestMs: number;
}

/** LiveKit takes whole seconds; fractions are refused by some versions. */
const seconds = (ms: number): string => `${Math.ceil(ms / 1000)}s`;

/**
 * The request as it goes out. It waits for the answer, since dial errors are invisible otherwise;
 * and the leg may be silent for as long as it may last, or a provider's hold is taken for the end
 * of the call after 15 s (LiveKit SIP 1.11).
 */
export function dialBody(request: DialRequest): object {
  const { trunkId, number, roomName, identity, ringingMs, longestMs } = request;
  return {
    sip_trunk_id: trunkId,
    sip_call_to: number,
    room_name: roomName,
    participant_identity: identity,
    wait_until_answered: true,
    ringing_timeout: seconds(ringingMs),
    max_call_duration: seconds(longestMs),
    media: { media_timeout: seconds(longestMs) },
  };
}
