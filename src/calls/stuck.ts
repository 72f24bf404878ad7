/**
 * Since when a call is as it is, and so whether it is stuck: by one look, by earlier looks, and by many
 * looks at its agent.
 */
import type { Participant } from '../livekit/messages.ts';
import { type Call, type Condition, callIdOf, momentOf } from './call.ts';
import {
  agentsAmong,
  CONDITIONS,
  HUNG_AFTER_MS,
  type IsAgentIdentity,
  isStuckCondition,
  ON_BEHALF,
} from './condition.ts';

/** How long an agent may take to hand over to the next before that looks like a stuck call, in ms. */
export const HANDOVER_MS = 3000;
/** An agent that runs for this long is not about to publish its first track, in ms. */
const AGENT_SETTLED_MS = 15_000;

/** What one look tells beside the condition. */
interface FirstLook {
  /** null where only a second look tells. */
  stuck: boolean | null;
  /** Since when the condition is shown to be so, in ms since 1970; null where nothing shows it. */
  sinceMs: number | null;
}

/**
 * Whether one look shows a call to be stuck. Whoever has left a room leaves no trace there: of a room
 * without an agent, and of tracks that are muted, one look cannot tell for how long.
 * @param call with its condition, as judged from the same look
 */
export function judgeFirstLook(
  call: Pick<Call, 'callId' | 'condition' | 'direction' | 'joinedAt'>,
  participants: readonly Participant[],
  isAgent: IsAgentIdentity,
  nowMs: number,
): FirstLook {
  const { condition, joinedAt } = call;
  const stuck = isStuckCondition(condition) ? null : CONDITIONS[condition].stuck;
  switch (condition) {
    case 'unanswered':
      return { stuck: true, sinceMs: joinedAt === null ? null : Date.parse(joinedAt) };
    case 'agent-starting': {
      const sinceMs = lastJoinedMs(agentsAmong(participants, isAgent));
      return { stuck: sinceMs === null ? stuck : true, sinceMs };
    }
    case 'agent-silent': {
      const agents = agentsAmong(participants, isAgent);
      const joinedMs = lastJoinedMs(agents);
      const settled = joinedMs !== null && nowMs - joinedMs > AGENT_SETTLED_MS;
      return {
        stuck: settled && hasLostItsVoice(agents, participants) ? true : stuck,
        sinceMs: joinedMs === null || mayHaveSpoken(call, participants, joinedMs) ? null : joinedMs,
      };
    }
    default:
      return { stuck, sinceMs: null };
  }
}

/** When the last of them joined, in ms since 1970; null where LiveKit does not say it of all. */
function lastJoinedMs(agents: readonly Participant[]): number | null {
  const joined = agents.map(({ joinedAtMs }) => joinedAtMs);
  return joined.length === 0 || joined.includes(0) ? null : Math.max(...joined);
}

/**
 * Whether the only agent is connected, runs by its own word, and has no audio: no handover looks like
 * this. One that says nothing may only transcribe, as one of several may; one that is not connected
 * may be leaving, and an avatar may be on its way.
 */
function hasLostItsVoice(agents: readonly Participant[], room: readonly Participant[]): boolean {
  const [agent, second] = agents;
  if (agent === undefined || second !== undefined || agent.state !== 'ACTIVE') return false;
  if (room.some(({ attributes }) => attributes.has(ON_BEHALF))) return false;
  return ['listening', 'thinking', 'speaking'].includes(
    agent.attributes.get('lk.agent.state') ?? '',
  );
}

/**
 * Whether an agent that has no audio now may have had some: an inbound call is answered by somebody’s
 * audio, which may have been that of an agent who was there by then (LiveKit SIP 1.11).
 */
function mayHaveSpoken(
  { callId, direction }: Pick<Call, 'callId' | 'direction'>,
  participants: readonly Participant[],
  joinedMs: number,
): boolean {
  if (direction === 'outbound') return false;
  const caller = participants.find((participant) => callIdOf(participant) === callId);
  const answeredMs = caller === undefined ? null : momentOf(caller, 'lk.sip.answerTime');
  return answeredMs === null || joinedMs <= answeredMs;
}

// What earlier looks saw, those of other runs on this machine included.

/** An earlier look older than this says nothing of now, in ms. */
const SEEN_FOR_MS = 60_000;
/** More calls than this are not kept. */
const MOST_SEEN = 10_000;

/** A call in a condition that may make it stuck. */
interface SeenCall {
  condition: Condition;
  /** When the first look, and the last one, saw it so, in ms since 1970. */
  sinceMs: number;
  lastMs: number;
}

/** What earlier looks saw of calls that may be stuck. A call that is seen again so is stuck. */
export class SeenCalls {
  readonly #calls: Map<string, SeenCall>;
  readonly #hadAny: boolean;

  /** @param text as `write` wrote it; whatever else it is, nothing was seen */
  constructor(text: string | null = null) {
    this.#calls = new Map(readSeen(text));
    this.#hadAny = this.#calls.size > 0;
  }

  /** Notes a call as a look shows it, and tells in it (in place) what this and an earlier look tell. */
  note(call: Call, nowMs: number): void {
    const { callId, condition } = call;
    if (callId === '') return;
    const before = this.#calls.get(callId);
    this.#calls.delete(callId);
    if (!isStuckCondition(condition)) return;
    const counts = before !== undefined && isRecent(before, nowMs);
    const sinceMs = counts && before.condition === condition ? before.sinceMs : nowMs;
    this.#calls.set(callId, { condition, sinceMs, lastMs: nowMs });
    // Calls that have ended are seen no more, and a watch runs for months.
    const [oldest] = this.#calls.size > MOST_SEEN ? this.#calls.keys() : [];
    if (oldest !== undefined) this.#calls.delete(oldest);
    if (sinceMs < nowMs) call.conditionSince ??= new Date(sinceMs).toISOString();
    if (nowMs - sinceMs >= HANDOVER_MS) call.stuck = true;
  }

  /** What the next run is to know, as text; null: nothing, as before. */
  write(nowMs: number): string | null {
    const kept = [...this.#calls].filter(([, seen]) => isRecent(seen, nowMs)).slice(-MOST_SEEN);
    return kept.length === 0 && !this.#hadAny ? null : JSON.stringify(kept);
  }
}

function isRecent({ lastMs }: SeenCall, nowMs: number): boolean {
  return lastMs <= nowMs && nowMs - lastMs <= SEEN_FOR_MS;
}

function readSeen(text: string | null): [string, SeenCall][] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry): [string, SeenCall][] => {
    if (!Array.isArray(entry)) return [];
    const [callId, seen] = entry as unknown[];
    return typeof callId === 'string' && isSeenCall(seen) ? [[callId, seen]] : [];
  });
}

function isSeenCall(value: unknown): value is SeenCall {
  if (typeof value !== 'object' || value === null) return false;
  const { condition, sinceMs, lastMs } = value as Record<string, unknown>;
  if (typeof condition !== 'string' || !Object.hasOwn(CONDITIONS, condition)) return false;
  if (!Number.isSafeInteger(sinceMs) || !Number.isSafeInteger(lastMs)) return false;
  return 0 < Number(sinceMs) && Number(sinceMs) <= Number(lastMs);
}

// What many looks at an agent show.

/** An agent at one moment. */
export interface AgentSample {
  /** Another one after a reconnect, with a count of its own. */
  sid: string;
  state: string | null;
  /** LiveKit counts up at every change of a participant; 0 when not given. */
  version: number;
  /** In ms since 1970. */
  atMs: number;
}

export function sampleAgent({ sid, attributes, version }: Participant, atMs: number): AgentSample {
  return { sid, version, state: attributes.get('lk.agent.state') ?? null, atMs };
}

/**
 * Since when an agent hangs: its version stays the same while it claims to think or to speak. What
 * happens between two samples shows in the version, however far apart they are.
 * @param samples of one agent, the oldest first; beside the last, only those it is like are looked at
 * @returns the time of the first such sample, in ms since 1970; null: it does not hang, for all one knows
 */
export function hungSince(samples: readonly AgentSample[]): number | null {
  const last = samples.at(-1);
  const limitMs = HUNG_AFTER_MS.get(last?.state ?? null);
  if (last === undefined || limitMs === undefined || last.version === 0) return null;
  const change = samples.findLastIndex(
    ({ sid, state, version }) =>
      sid !== last.sid || state !== last.state || version !== last.version,
  );
  const first = samples[change + 1] ?? last;
  return last.atMs - first.atMs >= limitMs ? first.atMs : null;
}
