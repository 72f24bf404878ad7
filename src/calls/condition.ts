/** What can be told from outside about how a caller fares, by what LiveKit shows. */
import { wildcardMatcher } from '../core/text.ts';
import type { Participant } from '../livekit/messages.ts';
import {
  type Call,
  type Condition,
  callIdOf,
  hasCallId,
  isBridgeLeg,
  longestWaitingFirst,
} from './call.ts';

/** A ring shorter than this is an ordinary one, in seconds. */
const ORDINARY_RING_S = 15;
/** An agent that still initializes after this long does not come, in ms. */
const AGENT_START_MS = 30_000;
/** An agent that has not changed in anything for this long has hung, by its state, in ms. */
export const HUNG_AFTER_MS: ReadonlyMap<string | null, number> = new Map([
  ['thinking', 20_000],
  ['speaking', 120_000],
]);

/** A condition in words for people. */
interface ConditionText {
  /** For a list: at most 14 columns, or 12 where a mark may stand before it. */
  word: string;
  /** What LiveKit shows. A sentence, as the next two. */
  seen: string;
  /** What it means for the caller. */
  means: string;
  /** What to do. */
  todo: string;
  /** Whether nobody serves the caller, where it lasts; null: it does not show how the caller fares. */
  stuck: boolean | null;
}

/** Every condition, those first in which nobody serves the caller. */
export const CONDITIONS: Readonly<Record<Condition, ConditionText>> = {
  unanswered: {
    word: 'not answered',
    seen: `An inbound call has rung for more than ${ORDINARY_RING_S} s.`,
    means: 'The caller hears ringing: no agent and no person has picked up.',
    todo: 'The call cannot be transferred while it rings. Request an agent (`lk-transfer rescue`), or join the room with a microphone: that answers the call.',
    stuck: true,
  },
  'no-agent': {
    word: 'no agent',
    seen: 'The call is active. No agent and nobody else is in the room.',
    means: 'The caller hears silence.',
    todo: 'Transfer the caller, or request an agent (`lk-transfer rescue`).',
    stuck: true,
  },
  'agent-silent': {
    word: 'agent silent',
    seen: 'An agent is in the room, and no agent there is connected with an audio track.',
    means: 'The caller hears silence.',
    todo: 'Transfer the caller, or request another agent (`lk-transfer rescue --replace`).',
    stuck: true,
  },
  'agent-muted': {
    word: 'agent muted',
    seen: 'Every audio track of the agents in the room is muted.',
    means: 'The caller hears silence.',
    todo: 'Transfer the caller, unmute the agent, or request another agent (`lk-transfer rescue --replace`).',
    stuck: true,
  },
  'agent-starting': {
    word: 'agent starts',
    seen: `The agent still says that it is initializing, more than ${AGENT_START_MS / 1000} s after it joined.`,
    means: 'The caller hears silence. The agent will probably never start.',
    todo: 'Transfer the caller, or request another agent (`lk-transfer rescue --replace`).',
    stuck: true,
  },
  'agent-hung': {
    word: 'agent hangs',
    seen: `The agent has said “thinking” for ${hungAfterSeconds('thinking')} s, or “speaking” for ${hungAfterSeconds('speaking')} s, and nothing about it has changed. Only a watch over time can see this.`,
    means: 'The agent has probably stopped working. The caller gets no answer.',
    todo: 'Transfer the caller, or request another agent (`lk-transfer rescue --replace`).',
    stuck: true,
  },
  'status-unknown': {
    word: 'no status',
    seen: 'LiveKit does not say whether the call is active.',
    means:
      'What the caller hears is not known. A call that has just come in looks like this for a moment.',
    todo: 'Look again. The call cannot be transferred until LiveKit says that it is active.',
    stuck: null,
  },
  'no-call-id': {
    word: 'no call id',
    seen: 'LiveKit gives the call no id.',
    means: 'What the caller hears is not known.',
    todo: 'The call cannot be transferred. Join the room to help the caller.',
    stuck: null,
  },
  'transfer-open': {
    word: 'transfer open',
    seen: 'The record on this machine has a transfer of the call whose outcome is not known.',
    means: 'The caller may be talking to the target, or may still be transferred.',
    todo: 'Ask at the target before you transfer again (`--again`), and record what you found (`lk-transfer history close`).',
    stuck: false,
  },
  connecting: {
    word: 'connecting',
    seen: `The call is dialled or rings; an inbound one for at most ${ORDINARY_RING_S} s. Or a target that was dialled into the room rings, and no agent is there.`,
    means: 'Nobody has answered yet.',
    todo: 'Wait.',
    stuck: false,
  },
  'with-person': {
    word: 'with a person',
    seen: 'A person who is not on a telephone has audio in the room.',
    means: 'A person talks with the caller.',
    todo: 'Nothing. A transfer would end their conversation.',
    stuck: false,
  },
  bridged: {
    word: 'bridged',
    seen: 'The call is active. A target that was dialled into the room has answered.',
    means: 'The caller talks with the target.',
    todo: 'Nothing. A transfer would end their conversation. If nobody watches (`lk-transfer transfer --detach`), hang up on the one who stays.',
    stuck: false,
  },
  'with-sip-party': {
    word: 'phone to phone',
    seen: 'The call is active. Another telephone call is in the room, and no agent.',
    means: 'The two talk with each other, as at the end of a warm transfer.',
    todo: 'Nothing. A transfer would end their conversation.',
    stuck: false,
  },
  'hanging-up': {
    word: 'hanging up',
    seen: 'LiveKit is ending the call.',
    means: 'The caller is leaving.',
    todo: 'Nothing.',
    stuck: false,
  },
  unremarkable: {
    word: 'looks normal',
    seen: 'None of the other conditions is true.',
    means:
      'Somebody seems to serve the caller. An agent that hears nothing looks the same in LiveKit.',
    todo: 'Nothing.',
    stuck: false,
  },
};

function hungAfterSeconds(state: string): number {
  return (HUNG_AFTER_MS.get(state) ?? 0) / 1000;
}

/** The condition of a call in a word or two that a lead knows. */
export function conditionWord({ condition }: Pick<Call, 'condition'>): string {
  return CONDITIONS[condition].word;
}

/** The sign of a call in a list: it is stuck, or that is not yet known; else none. */
export function stuckMark({ stuck }: Pick<Call, 'stuck'>): '!' | '?' | '' {
  if (stuck === null) return '?';
  return stuck ? '!' : '';
}

/** Whether it is known when a condition began: of others one knows no more than since when it was seen. */
export function showsItsBeginning(condition: Condition): boolean {
  return ['unanswered', 'agent-starting', 'transfer-open'].includes(condition);
}

/**
 * The order of a list: stuck calls, those of which it is not yet known, those at whose target somebody has
 * to ask, the rest; each by age.
 */
export function stuckFirst(a: Call, b: Call): number {
  const rank = ({ stuck, condition }: Call) => {
    if (stuck !== false) return stuck ? 0 : 1;
    return condition === 'transfer-open' ? 2 : 3;
  };
  return rank(a) - rank(b) || longestWaitingFirst(a, b);
}

/** Whether this condition makes a call stuck, where it is more than a moment between two agents. */
export function isStuckCondition(condition: Condition): boolean {
  return CONDITIONS[condition].stuck === true;
}

/** Set by avatars and other workers that publish for an agent: its value is that agent's identity. */
export const ON_BEHALF = 'lk.publish_on_behalf';

/** Says whether an identity is an agent's without its kind saying so (`agents` of the config). */
export type IsAgentIdentity = (identity: string) => boolean;

/**
 * Makes the test for `agents: ["bot-*"]`.
 * @param patterns identities, in which `*` stands for any run of characters
 */
export function agentIdentities(patterns: readonly string[]): IsAgentIdentity {
  return wildcardMatcher(patterns);
}

const audioTracks = (participant: Participant) =>
  participant.tracks.filter((track) => track.type === 'AUDIO');

/** Recorders and streams keep nobody company, nor does what an agent has left behind. */
const isCompany = ({ kind, attributes }: Participant) =>
  !['AGENT', 'EGRESS', 'INGRESS'].includes(kind) && !attributes.has(ON_BEHALF);

/** A target that still rings changes nothing for the caller. */
function isAnsweredTarget(participant: Participant): boolean {
  return isBridgeLeg(participant) && participant.attributes.get('sip.callStatus') === 'active';
}

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

/** Whether an agent is connected and has audio that is not muted: its own, or an avatar's for it. */
export function canBeHeard(agent: Participant, room: readonly Participant[]): boolean {
  return room.some(
    (each) =>
      (each.sid === agent.sid || each.attributes.get(ON_BEHALF) === agent.identity) &&
      each.state === 'ACTIVE' &&
      audioTracks(each).some(({ muted }) => !muted),
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
  const own = participants.find((participant) => callIdOf(participant) === call.callId);
  const isTarget = own !== undefined && isBridgeLeg(own);
  const partners = others.filter(({ kind }) => kind === 'SIP');
  if (isTarget ? partners.length > 0 : partners.some(isAnsweredTarget)) return 'bridged';
  const personTalks = others.some(
    (participant) =>
      participant.kind === 'STANDARD' &&
      !participant.attributes.has(ON_BEHALF) &&
      !agents.includes(participant) &&
      audioTracks(participant).length > 0,
  );
  if (personTalks) return 'with-person';

  if (agents.length === 0) {
    if (partners.some((partner) => !isBridgeLeg(partner))) return 'with-sip-party';
    const company = others.filter(isCompany);
    if (company.length === 0) return 'no-agent';
    // A target that rings talks with nobody yet; whoever had it dialled sees to the caller.
    return company.every((each) => isBridgeLeg(each)) ? 'connecting' : 'unremarkable';
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
