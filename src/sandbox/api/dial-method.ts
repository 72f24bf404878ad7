/** CreateSIPParticipant: LiveKit dials somebody into a room. */
import { type CreateSIPParticipantRequest, SIPParticipantInfo } from '@livekit/protocol';
import { sendAgent } from '../provider/arrivals.ts';
import type { Dialling } from '../provider/dialling.ts';
import type { Clock } from '../world/clock.ts';
import { stableSuffix } from '../world/ids.ts';
import type { Seed, TrunkSeed } from '../world/population.ts';
import type { World } from '../world/world.ts';
import { checkDial, readDial } from './dial.ts';
import { faultOfDial, faultOfService } from './dial-answer.ts';
import { type Caller, requireSipCall } from './grants.ts';
import { type MessageReply, messageReply } from './method-part.ts';
import { TwirpError } from './twirp-error.ts';

/** How long LiveKit looks for a SIP service before it says that there is none (captured). */
const FINDS_NO_SERVICE_MS = 1_000;

export type DialMethod = (
  request: CreateSIPParticipantRequest,
  caller: Caller,
) => Promise<MessageReply>;

export function dialMethod(seed: Seed, world: World, dialling: Dialling, clock: Clock): DialMethod {
  let count = 0;

  return async (request, caller) => {
    requireSipCall(caller);
    checkDial(request);
    const trunk = findTrunk(seed, request.sipTrunkId);
    count += 1;
    const callId = `SCL_${stableSuffix(`dialled ${count}`)}`;
    const dial = readDial(request, trunk, callId);
    const fault = faultOfService(trunk.dial);
    if (trunk.dial === 'no-service') await clock.pause(FINDS_NO_SERVICE_MS);
    if (fault) throw fault;

    const isNewRoom = !world.room(dial.room);
    const { sid, identity } = world.join(dial.room, dial.caller, dial.trunk);
    if (isNewRoom && seed.agentInDialledRooms) {
      clock.after(seed.agentInDialledRooms.afterMs, () => {
        if (world.room(dial.room)) sendAgent(world, dial.room);
      });
    }
    const end = dialling.dial(dial);
    if (request.waitUntilAnswered) {
      const failure = faultOfDial(await end);
      if (failure) throw failure;
    }
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

function findTrunk({ trunks }: Seed, id: string): TrunkSeed {
  const trunk = trunks.find((each) => each.direction === 'outbound' && each.id === id);
  if (!trunk) throw new TwirpError('not_found', 'requested sip trunk does not exist');
  return trunk;
}
