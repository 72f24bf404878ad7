/** Trunks and dispatch rules as LiveKit lists them, passwords in clear included. */
import { Duration } from '@bufbuild/protobuf';
import {
  SIPDispatchRule,
  SIPDispatchRuleIndividual,
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPMediaConfig,
  SIPOutboundTrunkInfo,
  SIPTransport,
} from '@livekit/protocol';
import { DISPATCH_RULE_ID } from '../world/call-attributes.ts';
import type { Seed, TrunkSeed } from '../world/population.ts';
import { CANARY } from '../world/rooms.ts';

export function inboundTrunk({ id, name, number, mediaTimeoutS }: TrunkSeed): SIPInboundTrunkInfo {
  return new SIPInboundTrunkInfo({
    sipTrunkId: id,
    name,
    numbers: numbersOf(number),
    authUsername: 'sandbox',
    authPassword: CANARY,
    ...mediaOf(mediaTimeoutS),
  });
}

export function outboundTrunk(trunk: TrunkSeed): SIPOutboundTrunkInfo {
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
export function dispatchRule({ trunks }: Seed): SIPDispatchRuleInfo {
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
