/** CreateSIPParticipant: LiveKit dials somebody into a room. */

import { type CreateSIPParticipantRequest, SIPParticipantInfo } from '@livekit/protocol';
import { sendAgent } from '../provider/phone-network.ts';
import type { Dial, DialEnd, Dialling } from '../provider/trunk.ts';
import { type Clock, milliseconds } from '../world/clock.ts';
import { stableSuffix } from '../world/participants.ts';
import type { DialBehaviour, Seed, TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import { type EraTraits, sipFailure } from './era.ts';
import { type MessageReply, messageReply } from './method.ts';
import { ApiError, type ClientGrants, errorFromBehind, requireSipCall } from './token.ts';
import { checkHeaders, FINDS_NO_SERVICE_MS } from './transfer.ts';

export type DialMethod = (
  request: CreateSIPParticipantRequest,
  grants: ClientGrants,
) => Promise<MessageReply>;

export function dialMethod(
  seed: Seed,
  world: World,
  dialling: Dialling,
  clock: Clock,
  era: EraTraits,
): DialMethod {
  let count = 0;

  return async (request, grants) => {
    requireSipCall(grants);
    checkDial(request);
    const trunk = findTrunk(seed, request.sipTrunkId);
    count += 1;
    const callId = `SCL_${stableSuffix(`dialled ${count}`)}`;
    const dial = readDial(request, trunk, callId);
    const fault = serviceFault(trunk.dial);
    if (trunk.dial === 'no-service') await clock.pause(FINDS_NO_SERVICE_MS);
    if (fault) throw fault;

    const isNewRoom = !world.room(dial.room);
    const { sid, identity } = world.join(dial.room, dial.participant, dial.trunk);
    if (isNewRoom && seed.agentInDialledRooms) {
      clock.after(seed.agentInDialledRooms.afterMs, () => {
        if (world.room(dial.room)) sendAgent(world, dial.room);
      });
    }
    const end = dialling.dial(dial);
    if (request.waitUntilAnswered) await waitFor(end, dial, clock, era);
    return messageReply(
      new SIPParticipantInfo({
        participantId: sid,
        participantIdentity: identity,
        roomName: dial.room,
        sipCallId: callId,
      }),
    );
  };
}

/**
 * Waits until somebody answers. The API server does not wait for ever: the dial goes on without it.
 * @throws ApiError when nobody has answered
 */
async function waitFor(
  pending: Promise<DialEnd>,
  { ringingTimeoutMs, trunk }: Dial,
  clock: Clock,
  era: EraTraits,
): Promise<void> {
  const end =
    ringingTimeoutMs > RINGING_TIMEOUT_MS
      ? await Promise.race([pending, clock.pause(RINGING_TIMEOUT_MS)])
      : await pending;
  if (!end) throw errorFromBehind('deadline_exceeded', 'request timed out');
  if (end.end === 'removed') await clock.pause(TELLS_OF_REMOVAL_AFTER_MS);
  const failure = dialFault(end, trunk.hostname, era);
  if (failure) throw failure;
}

function findTrunk({ trunks }: Seed, id: string): TrunkSeed {
  const trunk = trunks.find((each) => each.direction === 'outbound' && each.id === id);
  if (!trunk) throw new ApiError('not_found', 'requested sip trunk does not exist');
  return trunk;
}

// What LiveKit checks of a call to dial before it looks for the trunk (Validate of
// CreateSIPParticipantRequest in LiveKit's protocol), and the call that it then is.

/** @throws ApiError `invalid_argument` */
function checkDial(request: CreateSIPParticipantRequest): void {
  const { sipTrunkId, sipCallTo, roomName, headers } = request;
  if (sipTrunkId === '') throw invalid('missing sip trunk id and sip number');
  if (sipCallTo === '') throw invalid('missing sip callee number');
  if (sipCallTo.includes('@') || /^sips?:/i.test(sipCallTo)) {
    throw invalid('SipCallTo should be a phone number or SIP user, not a full SIP URI');
  }
  if (roomName === '') throw invalid('missing room name');
  checkHeaders(headers);
}

/** How long the SIP service lets it ring when the request does not say; how long the API waits. */
const RINGING_TIMEOUT_MS = 80_000;
/** From the removal of a leg that rings until its dial is answered (captured). */
const TELLS_OF_REMOVAL_AFTER_MS = 1_500;
/** 'w' in the digits to send is a pause of as long as a digit (CreateSIPParticipantRequest.dtmf). */
const DIGIT_MS = 500;

/**
 * The call that a request asks for.
 * @param trunk the request's trunk
 * @throws ApiError `failed_precondition` without a number to call from
 */
function readDial(request: CreateSIPParticipantRequest, trunk: TrunkSeed, callId: string): Dial {
  const from = request.sipNumber || trunk.number;
  if (from === undefined) {
    throw new ApiError('failed_precondition', 'no numbers on outbound trunk');
  }
  const mediaTimeoutMs = milliseconds(request.media?.mediaTimeout);
  const { participantIdentity: identity, participantName: name } = request;
  return {
    trunk: { ...trunk, number: from },
    room: request.roomName,
    from,
    participant: {
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

function invalid(message: string): ApiError {
  return new ApiError('invalid_argument', message);
}

// The errors of a call that was not answered.

/** LiveKit has words of its own for these answers to an INVITE (livekit/sip, outbound calls). */
const EXPECTED = new Set([400, 404, 480, 486, 488]);

/**
 * What keeps the SIP service from dialling any call over a trunk.
 * @returns undefined when nothing does
 */
function serviceFault(dial: DialBehaviour | undefined): ApiError | undefined {
  switch (dial) {
    case 'no-service':
      return errorFromBehind('unavailable', 'no response from servers');
    case 'cpu-exhausted':
      return errorFromBehind('unavailable', 'cpu exhausted');
    default:
      return undefined;
  }
}

/**
 * The error of a call that nobody answered.
 * @returns undefined when somebody did
 */
function dialFault(end: DialEnd, host: string, era: EraTraits): ApiError | undefined {
  switch (end.end) {
    case 'answered':
      return undefined;
    case 'refused':
      return sipFailure(
        EXPECTED.has(end.status.code)
          ? 'INVITE failed: '
          : 'unexpected status from INVITE response: ',
        end.status,
        era,
      );
    case 'password-missing':
      return errorFromBehind(
        'failed_precondition',
        'sip server required auth, but no username or password was provided',
      );
    case 'password-refused':
      return errorFromBehind(
        'failed_precondition',
        'max auth retry attempts reached for SIP invite',
      );
    case 'connection-refused': {
      const reason = `dial tcp ${host}: connect: connection refused`;
      return errorFromBehind('failed_precondition', `transport<TCP> dial err=${reason}`);
    }
    case 'unknown-host': {
      const message = `fail to resolve target for ${host}: no such host`;
      return errorFromBehind('invalid_argument', message);
    }
    // LiveKit does not tell one that was removed from one that nobody answered (captured).
    case 'timed-out':
    case 'removed':
      return errorFromBehind('canceled', 'sip request timed out');
  }
}
