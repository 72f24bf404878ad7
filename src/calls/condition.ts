/** What can be told from outside about how a caller fares, by what LiveKit shows. */
import type { Participant } from '../livekit/messages.ts';
import { type Call, type Condition, callIdOf, hasCallId } from './call.ts';

/** The conditions in which nobody is serving the caller. */
const STUCK: readonly Condition[] = [
  'unanswered',
  'no-agent',
  'agent-silent',
  'agent-muted',
  'agent-starting',
];

/** Conditions that do not show how the caller fares. */
const NOT_KNOWN: readonly Condition[] = ['status-unknown', 'no-call-id'];

/** Whether a first look leaves open that a call is stuck. */
export function mayBeStuck(condition: Condition): boolean {
  return isStuckCondition(condition) || NOT_KNOWN.includes(condition);
}

/** Whether this condition, seen twice, makes a call stuck. */
export function isStuckCondition(condition: Condition): boolean {
  return STUCK.includes(condition);
}

/** A ring shorter than this is an ordinary one, in seconds. */
const ORDINARY_RING_S = 15;
/** An agent that still initializes after this long does not come, in ms. */
const AGENT_START_MS = 30_000;

/** Set by avatars and other workers that publish for an agent: its value is that agent's identity. */
const ON_BEHALF = 'lk.publish_on_behalf';

/** Says whether an identity is an agent's without its kind saying so (`agents` of the config). */
export type IsAgentIdentity = (identity: string) => boolean;

/**
 * Makes the test for `agents: ["bot-*"]`.
 * @param patterns identities, in which `*` stands for any run of characters
 */
export function agentIdentities(patterns: readonly string[]): IsAgentIdentity {
  const split = patterns.map((pattern) => pattern.split('*'));
  return (identity) => split.some((parts) => fits(identity, parts));
}

/** Whether a text consists of these parts in this order, with anything between them. */
function fits(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || first.length > end) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

const audioTracks = (participant: Participant) =>
  participant.tracks.filter((track) => track.type === 'AUDIO');

/** Recorders and streams keep nobody company, nor does what an agent has left behind. */
const isCompany = ({ kind, attributes }: Participant) =>
  !['AGENT', 'EGRESS', 'INGRESS'].includes(kind) && !attributes.has(ON_BEHALF);

/** The agents of a room; avatars are not agents of their own. */
export function agentsAmong(
  participants: readonly Participant[],
  isAgent: IsAgentIdentity,
): Participant[] {
  return participants.filter(
    (participant) =>
      !participant.attributes.has(ON_BEHALF) &&
      (participant.kind === 'AGENT' ||
        (participant.kind === 'STANDARD' && isAgent(participant.identity))),
  );
}

/**
 * Judges one call in its room from a single look.
 * @param call the call, as read from its participant
 * @param participants everybody in the room, the caller included
 * @param nowMs wall clock, ms since 1970
 */
export function judgeCondition(
  call: Pick<Call, 'callId' | 'status' | 'direction' | 'ageSeconds'>,
  participants: readonly Participant[],
  isAgent: IsAgentIdentity,
  nowMs: number,
): Condition {
  if (!hasCallId(call)) return 'no-call-id';
  if (call.status === null) return 'status-unknown';
  if (call.status === 'hangup') return 'hanging-up';
  if (call.status === 'dialing') return 'connecting';
  if (call.status === 'ringing') {
    const waits = call.direction === 'inbound' && (call.ageSeconds ?? 0) > ORDINARY_RING_S;
    return waits ? 'unanswered' : 'connecting';
  }
  if (call.status !== 'active') return 'unremarkable';

  const others = participants.filter((participant) => callIdOf(participant) !== call.callId);
  const agents = agentsAmong(others, isAgent);
  const personTalks = others.some(
    (participant) =>
      participant.kind === 'STANDARD' &&
      !participant.attributes.has(ON_BEHALF) &&
      !agents.includes(participant) &&
      audioTracks(participant).length > 0,
  );
  if (personTalks) return 'with-person';

  if (agents.length === 0) {
    if (others.some((participant) => participant.kind === 'SIP')) return 'with-sip-party';
    return others.some(isCompany) ? 'unremarkable' : 'no-agent';
  }

  // Several agents are judged together: one of them may only transcribe.
  if (agents.every((agent) => agent.attributes.get('lk.agent.state') === 'initializing')) {
    const waiting = agents.every((agent) => nowMs - agent.joinedAtMs > AGENT_START_MS);
    return waiting ? 'agent-starting' : 'unremarkable';
  }
  const voices = others.filter(
    (participant) =>
      participant.state === 'ACTIVE' &&
      (agents.includes(participant) || participant.attributes.has(ON_BEHALF)),
  );
  const tracks = voices.flatMap(audioTracks);
  if (tracks.length === 0) return 'agent-silent';
  return tracks.every((track) => track.muted) ? 'agent-muted' : 'unremarkable';
}
