/**
 * What LiveKit checks of a call to dial before it looks for the trunk (Validate of
 * CreateSIPParticipantRequest in LiveKit's protocol), and the call that it then is.
 */
import type { CreateSIPParticipantRequest } from '@livekit/protocol';
import { milliseconds } from '../world/milliseconds.ts';
import type { CallerSeed, TrunkSeed } from '../world/population.ts';
import { checkHeaders } from './refer-request.ts';
import { TwirpError } from './twirp-error.ts';

/** How long the SIP service lets it ring when the request does not say. */
const RINGING_TIMEOUT_MS = 80_000;
/** 'w' in the digits to send is a pause of as long as a digit (CreateSIPParticipantRequest.dtmf). */
const DIGIT_MS = 500;

/** A call that is to be dialled. */
export interface Dial {
  trunk: TrunkSeed;
  room: string;
  caller: CallerSeed;
  /** Our number, which the other side sees. */
  from: string;
  ringingTimeoutMs: number;
  /** From the answer on; no limit when undefined. */
  maxDurationMs: number | undefined;
  /** How long the digits take that are sent once it is answered. */
  digitsMs: number;
}

/** @throws TwirpError `invalid_argument` */
export function checkDial(request: CreateSIPParticipantRequest): void {
  const { sipTrunkId, sipCallTo, roomName, headers } = request;
  if (sipTrunkId === '') throw invalid('missing sip trunk id and sip number');
  if (sipCallTo === '') throw invalid('missing sip callee number');
  if (sipCallTo.includes('@')) {
    throw invalid('SipCallTo should be a phone number or SIP user, not a full SIP URI');
  }
  if (roomName === '') throw invalid('missing room name');
  checkHeaders(headers);
}

/**
 * The call that a request asks for.
 * @param trunk the request's trunk
 * @throws TwirpError `failed_precondition` without a number to call from
 */
export function readDial(
  request: CreateSIPParticipantRequest,
  trunk: TrunkSeed,
  callId: string,
): Dial {
  const from = request.sipNumber || trunk.number;
  if (from === undefined) {
    throw new TwirpError('failed_precondition', 'no numbers on outbound trunk');
  }
  const mediaTimeoutMs = milliseconds(request.media?.mediaTimeout);
  const { participantIdentity: identity, participantName: name } = request;
  return {
    trunk: { ...trunk, number: from },
    room: request.roomName,
    from,
    caller: {
      kind: 'caller',
      callId,
      trunk: trunk.id,
      number: request.sipCallTo,
      status: 'dialing',
      age: 0,
      hidden: request.hidePhoneNumber,
      metadata: request.participantMetadata,
      attributes: ownAttributes(request.participantAttributes),
      ...(identity === '' ? {} : { identity }),
      ...(name === '' ? {} : { name }),
      ...(mediaTimeoutMs === undefined ? {} : { mediaTimeoutS: mediaTimeoutMs / 1000 }),
    },
    ringingTimeoutMs: milliseconds(request.ringingTimeout) ?? RINGING_TIMEOUT_MS,
    maxDurationMs: milliseconds(request.maxCallDuration),
    digitsMs: request.dtmf.length * DIGIT_MS,
  };
}

/** Those that LiveKit sets itself win over the request's. */
function ownAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !name.startsWith('sip.')),
  );
}

function invalid(message: string): TwirpError {
  return new TwirpError('invalid_argument', message);
}
