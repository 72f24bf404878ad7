/** What LiveKit says of a call on its participant: identity, name, and the `sip.` attributes. */
import { stableSuffix } from './ids.ts';
import type { CallerSeed, TrunkSeed } from './population.ts';

/** The dispatch rule that every inbound call of the sandbox came in by. */
export const DISPATCH_RULE_ID = 'SDR_sandboxRule1';

export function callerIdentity(seed: CallerSeed): string {
  return seed.hidden ? `sip_${stableSuffix(seed.number)}` : `sip_${seed.number}`;
}

export function callerName(seed: CallerSeed, trunk: TrunkSeed | undefined): string {
  if (trunk?.direction === 'outbound') return '';
  return seed.hidden ? `Phone ${seed.number.slice(-4)}` : `Phone ${seed.number}`;
}

/** The attributes of a call in the state that the seed gives it. */
export function callAttributes(
  seed: CallerSeed,
  trunk: TrunkSeed | undefined,
): Record<string, string> {
  const { callId, status = 'active' } = seed;
  return {
    'sip.callID': callId,
    'sip.callStatus': status,
    ...(isAnswered(seed, trunk) ? answerAttributes(callId, trunk) : {}),
    ...(trunk ? trunkAttributes(seed, trunk) : {}),
    ...seed.attributes,
  };
}

/** LiveKit learns tag and provider ids of an outgoing call from the answer to its INVITE. */
function isAnswered({ status }: CallerSeed, trunk: TrunkSeed | undefined): boolean {
  return trunk?.direction !== 'outbound' || (status !== 'dialing' && status !== 'ringing');
}

function answerAttributes(callId: string, trunk: TrunkSeed | undefined): Record<string, string> {
  return {
    'sip.callIDFull': `${stableSuffix(`full ${callId}`)}@${trunk?.hostname ?? 'unknown'}`,
    'sip.callTag': stableSuffix(`tag ${callId}`),
    ...trunk?.attributes,
  };
}

function trunkAttributes(seed: CallerSeed, trunk: TrunkSeed): Record<string, string> {
  const isInbound = trunk.direction === 'inbound';
  return {
    'sip.trunkID': trunk.id,
    ...(isInbound ? { 'sip.ruleID': DISPATCH_RULE_ID } : {}),
    // Hidden numbers take the host of an outgoing call with them (LiveKit's NewCreateSIPParticipantRequest).
    ...(isInbound || !seed.hidden ? { 'sip.hostname': trunk.hostname } : {}),
    ...(seed.hidden ? {} : { 'sip.phoneNumber': seed.number }),
    ...(seed.hidden || trunk.number === undefined ? {} : { 'sip.trunkPhoneNumber': trunk.number }),
  };
}
