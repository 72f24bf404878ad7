/** livekit.SIP: dialling, transfers, and the lists of trunks and dispatch rules. */
import { Duration } from '@bufbuild/protobuf';
import {
  CreateSIPParticipantRequest,
  ListSIPDispatchRuleRequest,
  ListSIPDispatchRuleResponse,
  ListSIPInboundTrunkRequest,
  ListSIPInboundTrunkResponse,
  ListSIPOutboundTrunkRequest,
  ListSIPOutboundTrunkResponse,
  SIPDispatchRule,
  SIPDispatchRuleIndividual,
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPMediaConfig,
  SIPOutboundTrunkInfo,
  SIPTransport,
  TransferSIPParticipantRequest,
} from '@livekit/protocol';
import type { OngoingTransfers } from '../provider/transfers.ts';
import { type Clock, milliseconds } from '../world/clock.ts';
import { CANARY } from '../world/open-rooms.ts';
import { DISPATCH_RULE_ID } from '../world/participants.ts';
import type { Seed, TrunkSeed } from '../world/seed-types.ts';
import type { World, WorldCall } from '../world/world.ts';
import type { DialMethod } from './dial.ts';
import { afterTransfer, duringTransfer, insteadOfTransfer } from './fault-injection.ts';
import { type Methods, messageReply, method, type Reply } from './method.ts';
import { noSuchParticipant } from './room-service.ts';
import { type Caller, requireRoomAdmin, requireSipAdmin, requireSipCall } from './token.ts';
import { answerTransfer, checkHeaders, checkTransferTo } from './transfer.ts';
import { errorFromBehind } from './twirp-error.ts';

// Trunks and dispatch rules as LiveKit lists them, passwords in clear included.

function inboundTrunk({ id, name, number, mediaTimeoutS }: TrunkSeed): SIPInboundTrunkInfo {
  return new SIPInboundTrunkInfo({
    sipTrunkId: id,
    name,
    numbers: numbersOf(number),
    authUsername: 'sandbox',
    authPassword: CANARY,
    ...mediaOf(mediaTimeoutS),
  });
}

function outboundTrunk(trunk: TrunkSeed): SIPOutboundTrunkInfo {
  const { id, name, number, hostname, mediaTimeoutS, dial } = trunk;
  return new SIPOutboundTrunkInfo({
    sipTrunkId: id,
    name,
    address: hostname,
    transport: SIPTransport.SIP_TRANSPORT_UDP,
    numbers: numbersOf(number),
    ...(dial === 'wants-password' ? {} : { authUsername: 'sandbox', authPassword: CANARY }),
    ...mediaOf(mediaTimeoutS),
  });
}

function numbersOf(number: string | undefined): string[] {
  return number === undefined ? [] : [number];
}

function mediaOf(timeoutS: number | undefined): { media?: SIPMediaConfig } {
  if (timeoutS === undefined) return {};
  const mediaTimeout = new Duration({ seconds: BigInt(timeoutS) });
  return { media: new SIPMediaConfig({ mediaTimeout }) };
}

/** Every caller gets a room of their own, `call-_<number>_<random>`. */
function dispatchRule({ trunks }: Seed): SIPDispatchRuleInfo {
  const inbound = trunks.filter(({ direction }) => direction === 'inbound');
  const ruled = inbound.filter(({ dispatch }) => typeof dispatch !== 'string');
  return new SIPDispatchRuleInfo({
    // A rule without trunks is for all of them.
    trunkIds: ruled.length === inbound.length ? [] : ruled.map(({ id }) => id),
    sipDispatchRuleId: DISPATCH_RULE_ID,
    name: 'one room each',
    rule: new SIPDispatchRule({
      rule: {
        case: 'dispatchRuleIndividual',
        value: new SIPDispatchRuleIndividual({ roomPrefix: 'call-' }),
      },
    }),
  });
}

/** How long the SIP service waits for a target when the request does not say. */
const RINGING_TIMEOUT_MS = 80_000;

export function sipService(
  seed: Seed,
  world: World,
  transfers: OngoingTransfers,
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
function findCall(request: TransferSIPParticipantRequest, caller: Caller, world: World): WorldCall {
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
