/** Trunks and dispatch rules as LiveKit lists them, passwords in clear included. */
import {
  SIPDispatchRule,
  SIPDispatchRuleIndividual,
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPOutboundTrunkInfo,
  SIPTransport,
} from '@livekit/protocol';
import { DISPATCH_RULE_ID } from './participants.ts';
import type { TrunkSeed } from './population.ts';
import { CANARY } from './rooms.ts';

export function inboundTrunk({ id, name, number }: TrunkSeed): SIPInboundTrunkInfo {
  return new SIPInboundTrunkInfo({
    sipTrunkId: id,
    name,
    numbers: [number],
    authUsername: 'sandbox',
    authPassword: CANARY,
  });
}

export function outboundTrunk({ id, name, number, hostname }: TrunkSeed): SIPOutboundTrunkInfo {
  return new SIPOutboundTrunkInfo({
    sipTrunkId: id,
    name,
    address: hostname,
    transport: SIPTransport.SIP_TRANSPORT_UDP,
    numbers: [number],
    authUsername: 'sandbox',
    authPassword: CANARY,
  });
}

/** Every caller gets a room of their own, `call-_<number>_<random>`. */
export function dispatchRule(): SIPDispatchRuleInfo {
  return new SIPDispatchRuleInfo({
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
