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
import { CANARY } from '../world/open-rooms.ts';
import { DISPATCH_RULE_ID } from '../world/participants.ts';
import type { Seed, TrunkSeed } from '../world/seed-types.ts';
import type { DialMethod } from './dial.ts';
import { type Methods, messageReply, method } from './method.ts';
import { requireSipAdmin } from './token.ts';
import type { TransferMethod } from './transfer.ts';

/** @param dial answers CreateSIPParticipant */
export function sipService(seed: Seed, dial: DialMethod, transfer: TransferMethod): Methods {
  return {
    'SIP/CreateSIPParticipant': method(CreateSIPParticipantRequest, dial),

    'SIP/TransferSIPParticipant': method(TransferSIPParticipantRequest, transfer),

    'SIP/ListSIPInboundTrunk': method(ListSIPInboundTrunkRequest, async (request, grants) => {
      requireSipAdmin(grants);
      const items = seed.trunks.filter(({ direction }) => direction === 'inbound');
      return messageReply(
        new ListSIPInboundTrunkResponse({
          items: items.map(inboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPOutboundTrunk': method(ListSIPOutboundTrunkRequest, async (request, grants) => {
      requireSipAdmin(grants);
      const items = seed.trunks.filter(({ direction }) => direction === 'outbound');
      return messageReply(
        new ListSIPOutboundTrunkResponse({
          items: items.map(outboundTrunk).filter(matches(request)),
        }),
      );
    }),

    'SIP/ListSIPDispatchRule': method(ListSIPDispatchRuleRequest, async (_, grants) => {
      requireSipAdmin(grants);
      return messageReply(new ListSIPDispatchRuleResponse({ items: [dispatchRule(seed)] }));
    }),
  };
}

/** LiveKit's filter of trunk lists: by id, and by number (a trunk without numbers takes any). */
function matches({ trunkIds, numbers }: { trunkIds: string[]; numbers: string[] }) {
  return (trunk: { sipTrunkId: string; numbers: string[] }): boolean =>
    (trunkIds.length === 0 || trunkIds.includes(trunk.sipTrunkId)) &&
    (numbers.length === 0 ||
      trunk.numbers.length === 0 ||
      trunk.numbers.some((number) => numbers.includes(number)));
}

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
