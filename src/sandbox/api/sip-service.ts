/** livekit.SIP: dialling, transfers, and the lists of trunks and dispatch rules. */
import {
  CreateSIPParticipantRequest,
  ListSIPDispatchRuleRequest,
  ListSIPDispatchRuleResponse,
  ListSIPInboundTrunkRequest,
  ListSIPInboundTrunkResponse,
  ListSIPOutboundTrunkRequest,
  ListSIPOutboundTrunkResponse,
  TransferSIPParticipantRequest,
} from '@livekit/protocol';
import type { Transfers } from '../provider/transfers.ts';
import type { Clock } from '../world/clock.ts';
import { milliseconds } from '../world/milliseconds.ts';
import type { Seed } from '../world/population.ts';
import type { Call, World } from '../world/world.ts';
import type { DialMethod } from './dial-method.ts';
import { type Caller, requireRoomAdmin, requireSipAdmin, requireSipCall } from './grants.ts';
import { afterTransfer, duringTransfer, insteadOfTransfer } from './interference.ts';
import { type Methods, messageReply, method, type Reply } from './method-part.ts';
import { checkHeaders, checkTransferTo } from './refer-request.ts';
import { noSuchParticipant } from './room-service.ts';
import { answerTransfer } from './transfer.ts';
import { dispatchRule, inboundTrunk, outboundTrunk } from './trunk-info.ts';
import { errorFromBehind } from './twirp-error.ts';

/** How long the SIP service waits for a target when the request does not say. */
const RINGING_TIMEOUT_MS = 80_000;

export function sipService(
  seed: Seed,
  world: World,
  transfers: Transfers,
  dial: DialMethod,
  clock: Clock,
): Methods {
  async function transfer(request: TransferSIPParticipantRequest, caller: Caller): Promise<Reply> {
    const call = findCall(request, caller, world);
    world.noteTransfer(call);
    const { transferAnswer, transferAnswerDelayMs } = world.room(call.room)?.seed ?? {};
    const instead = insteadOfTransfer(transferAnswer);
    if (instead) return instead;
    const waitMs = milliseconds(request.ringingTimeout) ?? RINGING_TIMEOUT_MS;
    const pending = transfers.transfer(call, request.transferTo, waitMs);
    const meanwhile = duringTransfer(transferAnswer);
    if (meanwhile) return meanwhile;
    const end = await pending;
    if (transferAnswerDelayMs !== undefined) await clock.pause(transferAnswerDelayMs);
    return afterTransfer(transferAnswer, () => answerTransfer(end, transferAnswer));
  }

  return {
    'SIP/CreateSIPParticipant': method(CreateSIPParticipantRequest, dial),

    'SIP/TransferSIPParticipant': method(TransferSIPParticipantRequest, transfer),

    'SIP/ListSIPInboundTrunk': method(ListSIPInboundTrunkRequest, async (request, caller) => {
      requireSipAdmin(caller);
      const items = seed.trunks.filter(({ direction }) => direction === 'inbound');
      return messageReply(
        new ListSIPInboundTrunkResponse({
          items: items.map(inboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPOutboundTrunk': method(ListSIPOutboundTrunkRequest, async (request, caller) => {
      requireSipAdmin(caller);
      const items = seed.trunks.filter(({ direction }) => direction === 'outbound');
      return messageReply(
        new ListSIPOutboundTrunkResponse({
          items: items.map(outboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPDispatchRule': method(ListSIPDispatchRuleRequest, async (_, caller) => {
      requireSipAdmin(caller);
      return messageReply(new ListSIPDispatchRuleResponse({ items: [dispatchRule(seed)] }));
    }),
  };
}

/**
 * The checks of a transfer, in LiveKit's order: room and identity given, grants, address and
 * headers, the participant, its call.
 */
function findCall(request: TransferSIPParticipantRequest, caller: Caller, world: World): Call {
  const { roomName, participantIdentity, transferTo, headers } = request;
  if (roomName === '') throw errorFromBehind('invalid_argument', 'Missing room name');
  if (participantIdentity === '') {
    throw errorFromBehind('invalid_argument', 'Missing participant identity');
  }
  requireSipCall(caller);
  requireRoomAdmin(caller, roomName);
  checkTransferTo(transferTo);
  checkHeaders(headers);
  const participant = world.lookUp(roomName, participantIdentity);
  if (!participant) throw noSuchParticipant();
  const call = world.callOf(participant);
  if (!call) {
    throw errorFromBehind('invalid_argument', 'no SIP session associated with participant');
  }
  return call;
}

/** LiveKit's filter of trunk lists: by id, and by number (a trunk without numbers takes any). */
function matches({ trunkIds, numbers }: { trunkIds: string[]; numbers: string[] }) {
  return (trunk: { sipTrunkId: string; numbers: string[] }): boolean =>
    (trunkIds.length === 0 || trunkIds.includes(trunk.sipTrunkId)) &&
    (numbers.length === 0 ||
      trunk.numbers.length === 0 ||
      trunk.numbers.some((number) => numbers.includes(number)));
}
