/** What is known of a caller that an agent was sent for, and what is said of it. */
import { type Call, isTransferable } from '../calls/call.ts';
import {
  agentsAmong,
  CONDITIONS,
  canBeHeard,
  type IsAgentIdentity,
  judgeCondition,
} from '../calls/condition.ts';
import { formatDuration } from '../core/text.ts';
import type { Participant } from '../livekit/messages.ts';
import type { DispatchAnswer } from '../livekit/twirp.ts';
import { callBack } from '../transfer/explain/explain.ts';
import { quoteForeignText } from '../transfer/explain/not-sent.ts';
import type { LegObservation } from '../transfer/verify.ts';
import {
  type BrokenOff,
  type ControlWords,
  join,
  LOOK,
  nameBug,
  nameParty,
  told,
} from './hang-up-words.ts';

export type RescueOutcome =
  /** An agent that was not there before is in the room, and can be heard. */
  | 'rescued'
  /** None came in time, and the dispatch was taken back. */
  | 'no-agent-came'
  | 'caller-gone'
  /** Nobody was sent for. */
  | 'not-sent'
  /** An agent may have come, or may still come. */
  | 'unknown';

/**
 * The request for an agent: none was made; it stands; it was cancelled; or it may stand, since LiveKit
 * did not say.
 */
export type DispatchState = 'none' | 'stands' | 'taken-back' | 'unknown';

/** An agent that was not in the room before. */
export interface Newcomer {
  /** In the room. */
  identity: string;
  /** Connected, with audio that is not muted. */
  heard: boolean;
}

/** Agents of a session that was not there before; a new session may be under an old identity. */
export function newcomersAmong(
  room: readonly Participant[] | null,
  before: readonly Participant[],
  isAgent: IsAgentIdentity,
): Newcomer[] {
  const known = new Set(before.map(({ sid }) => sid));
  return agentsAmong(room ?? [], isAgent)
    .filter(({ sid }) => !known.has(sid))
    .map((agent) => ({ identity: agent.identity, heard: canBeHeard(agent, room ?? []) }));
}

export interface RescuePlan {
  call: Call;
  agentName: string;
  /** How long to wait for the agent to be heard, in ms. */
  waitMs: number;
  /** Removes the agents of `seen` once the new one is heard. */
  replace: boolean;
  /** Who was in the room when it was confirmed. */
  seen: readonly Participant[];
}

/** Everything that the result is made from. */
export interface RescueFacts {
  plan: RescuePlan;
  /** As it was read last. */
  call: Call;
  /** Whether it was answered when the agent was sent for. */
  wasAnswered: boolean;
  /** Why LiveKit turned the dispatch away, or gave no clear answer to it; null: it was made. */
  trouble: Exclude<DispatchAnswer, { kind: 'made' }> | null;
  dispatch: DispatchState;
  /** Why it could not be taken back. */
  leftStanding: string | null;
  /** How long after the dispatch one was first heard, in ms; null: none was. */
  heardAfterMs: number | null;
  newcomers: readonly Newcomer[];
  removed: readonly string[];
  /** Agents that should have been removed, each with why they could not be. */
  notRemoved: readonly string[];
  observation: LegObservation;
  isAgent: IsAgentIdentity;
  nowMs: number;
}

/** Whether a new agent is heard where the caller is. */
export function isRescued({
  newcomers,
  observation,
}: Pick<RescueFacts, 'newcomers' | 'observation'>): boolean {
  return observation.leg === 'listed' && newcomers.some(({ heard }) => heard);
}

export const RESCUE_DECLINED = 'No agent was requested: you did not confirm. Nothing was sent.';

/** Says what came of it, and what to do next. */
export function explainRescue(facts: RescueFacts & { outcome: RescueOutcome }): ControlWords {
  const { plan, call, outcome } = facts;
  const who = nameParty(call);
  const within = formatDuration(plan.waitMs);
  const name = `“${plan.agentName}”`;
  switch (outcome) {
    case 'rescued':
      return rescuedWords(facts, who);
    case 'no-agent-came': {
      const silent = cameSilent(facts);
      const message = join(
        silent === null ? `No agent came to ${who} within ${within}.` : null,
        silent,
        dispatchWords(facts),
        howTheyFare(facts),
      );
      const what = silent === null ? 'no agent came' : 'the agent that came cannot be heard';
      const hint =
        silent === null
          ? `LiveKit accepts a name that no worker serves: check that a worker is registered as ${name}.${movingInstead(facts)}`
          : `Read what the worker ${name} logs.${movingInstead(facts)}`;
      return told(call, what, message, hint, 'retry-later');
    }
    case 'caller-gone': {
      if (facts.dispatch === 'none' && facts.trouble === null) {
        return told(call, 'has left', `${who} has left. Nothing was sent.`, LOOK, 'look');
      }
      const message = join(
        `${who} left during the wait for an agent.`,
        cameAll(facts),
        dispatchWords(facts),
      );
      return told(call, 'left during the wait for an agent', message, callBack(call), 'call-back');
    }
    case 'not-sent':
      return notSentWords(facts, who);
    case 'unknown': {
      const { trouble, observation } = facts;
      const message = join(
        trouble === null
          ? null
          : `Whether ${name} was requested is not known: LiveKit gave no clear answer (${quoteForeignText(trouble.message)}).`,
        observation.leg === 'unread'
          ? `Whether an agent came to ${who} is not known: the room could not be read.`
          : (cameSilent(facts) ?? `No agent came to ${who} within ${within}.`),
        dispatchWords(facts),
        howTheyFare(facts),
      );
      const what =
        observation.leg === 'unread'
          ? 'not known whether an agent came'
          : 'no agent came, and whether one may still come is not known';
      return told(call, what, message, `${LOOK} Request another agent only when you know.`, 'look');
    }
  }
}

function rescuedWords(facts: RescueFacts, who: string): ControlWords {
  const { call, dispatch, trouble, newcomers, removed, notRemoved, wasAnswered } = facts;
  const heard = newcomers.filter((each) => each.heard).map(nameAgent);
  const agents = heard.join(' and ');
  const isUp = isTransferable(call.status);
  const answered = isUp
    ? 'The call is answered now.'
    : 'LiveKit does not show the call as answered yet.';
  const message = join(
    cameWhen(facts, `${agents} came to ${who}`),
    trouble === null ? null : 'LiveKit gave no clear answer to the request.',
    dispatch === 'taken-back' ? 'The request had just been cancelled; the agent stays.' : null,
    dispatch === 'unknown' ? 'The request may still be open: another agent may still come.' : null,
    wasAnswered ? null : answered,
    removed.length === 0 ? null : `Removed, because the new agent is heard: ${removed.join(', ')}.`,
    notRemoved.length === 0
      ? null
      : `Still in the room, because it could not be removed: ${notRemoved.join(', ')}.`,
  );
  const hint =
    heard.length > 1
      ? 'They may all speak to the caller: somebody else may have requested an agent too. Remove all but one of them.'
      : !wasAnswered && !isUp
        ? 'See with `lk-transfer calls` whether the call is active now.'
        : null;
  const what = wasAnswered
    ? `rescued by ${agents}`
    : isUp
      ? `answered by ${agents}`
      : `${agents} is there`;
  return told(call, what, message, hint, 'none');
}

const nameAgent = ({ identity }: Newcomer) => quoteForeignText(identity);

/** What is known of when it came: LiveKit does not show who sent for whom. */
function cameWhen({ plan, trouble, dispatch, heardAfterMs }: RescueFacts, came: string): string {
  if (trouble === null && dispatch === 'none') {
    return `${came} before it was requested, and can be heard. Nothing was sent: somebody else requested it, or it came without a request.`;
  }
  const when = heardAfterMs === null ? 'after' : `${formatDuration(heardAfterMs)} after`;
  return `${came}, ${when} “${plan.agentName}” was requested, and can be heard.`;
}

/** Whoever came, heard or not. */
function cameAll({ newcomers }: RescueFacts): string | null {
  const names = newcomers.map(nameAgent);
  return names.length === 0 ? null : `${names.join(' and ')} came, and stays in the room.`;
}

/** Agents came that nobody hears: they stay, since a dispatch that is taken back stops no agent. */
function cameSilent({ newcomers, plan }: RescueFacts): string | null {
  const names = newcomers.map(nameAgent);
  if (names.length === 0) return null;
  const within = formatDuration(plan.waitMs);
  return `${names.join(' and ')} came, and could not be heard within ${within}; it stays in the room, and may still speak.`;
}

function dispatchWords({ dispatch, leftStanding, trouble }: RescueFacts): string | null {
  switch (dispatch) {
    case 'none':
      return trouble?.kind === 'unclear' ? 'No request of ours is open in the room.' : null;
    case 'stands':
      return null;
    case 'taken-back':
      return 'The request was cancelled: only an agent that was already on its way can still come.';
    case 'unknown':
      return `The request may still be open, and an agent may still come: it could not be cancelled${leftStanding === null ? '' : ` (${quoteForeignText(leftStanding)})`}.`;
  }
}

/** What the caller hears, where the room was read. */
function howTheyFare({ call, observation, isAgent, nowMs }: RescueFacts): string | null {
  const { leg, room } = observation;
  if (leg !== 'listed' || room === null) return null;
  return CONDITIONS[judgeCondition(call, room, isAgent, nowMs)].means;
}

function movingInstead({ call, observation }: RescueFacts): string {
  const canMove = observation.leg === 'listed' && call.transferable;
  return canMove ? ` Or transfer the caller: \`lk-transfer transfer ${call.callId}\`.` : '';
}

function notSentWords(
  { plan, call, trouble, observation }: RescueFacts,
  who: string,
): ControlWords {
  const what = 'no agent was requested';
  if (trouble !== null) {
    const isDenial = trouble.kind === 'refused' && trouble.isDenial;
    const message = `“${plan.agentName}” was not requested: LiveKit rejected the request (${quoteForeignText(trouble.message)}).`;
    const hint = isDenial
      ? 'The API key must belong to this project, and may need more rights there.'
      : 'See with `lk-transfer doctor` whether LiveKit works, then try again.';
    return told(call, what, message, hint, isDenial ? 'fix-credentials' : 'retry-soon');
  }
  if (observation.leg === 'unread') {
    const message = `The room of ${who} could not be read, so no agent was requested.`;
    return told(call, what, message, 'Try again in a moment.', 'retry-soon');
  }
  return told(call, what, `${who} is hanging up: no agent was requested.`, LOOK, 'look');
}

/** Somebody left while the agent was waited for. What was done by then stands in the result. */
export function interruptedRescue(facts: RescueFacts, result: { message: string }): BrokenOff {
  if (isRescued(facts)) return { message: `Interrupted. ${result.message}`, hint: LOOK };
  const { plan, call, observation } = facts;
  const message = join(
    `Interrupted. “${plan.agentName}” was requested for ${nameParty(call)}.`,
    observation.leg === 'unread' ? 'Whether the agent came could not be read.' : null,
    cameAll(facts),
    observation.leg === 'gone' ? 'The caller has left.' : null,
    dispatchWords(facts),
  );
  return { message, hint: LOOK };
}

/** Somebody does not even wait until the dispatch is taken back. */
export function leavingRescue({ agentName }: Pick<RescuePlan, 'agentName'>): string {
  return `Stopped waiting. “${agentName}” was requested, and the request was not cancelled: an agent may still come.`;
}

/** A bug of ours after the dispatch went out. */
export function rescueLost(facts: RescueFacts, bug: unknown): BrokenOff {
  return {
    message: join(
      `“${facts.plan.agentName}” was requested for ${nameParty(facts.call)}. Then lk-transfer itself failed (${nameBug(bug)}).`,
      dispatchWords(facts),
    ),
    hint: `${LOOK} Please report this bug; --debug shows where it happened.`,
  };
}
