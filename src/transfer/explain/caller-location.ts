/**
 * Where the caller is, in a sentence: what is known of it, what a leg that is still listed proves,
 * and which agents stay behind.
 */
import type { Condition } from '../../calls/call.ts';
import { agentsAmong, judgeCondition } from '../../calls/condition.ts';
import { nameOpenTransfers, type TransferFacts, whomToAsk } from './facts.ts';

/**
 * Says where the caller is, as far as that is known.
 * @returns a sentence
 */
export function whereCallerIs(facts: TransferFacts): string {
  if (facts.caller === 'on-the-line') return stillOnTheLine(facts);
  if (facts.caller === 'left') return whereTheyWent(facts);
  if (facts.leg === 'unread') return 'Where the caller is now could not be read.';
  return whatPresenceProves(facts);
}

/** What a caller who is still on the line has, where their condition shows it. */
const HEARS: Partial<Record<Condition, string>> = {
  'no-agent': ', in silence: the room has no agent',
  'agent-silent': ', in silence: the agent in the room has no audio',
  'agent-muted': ', in silence: the agent in the room is muted',
  'agent-starting': ', in silence: the agent in the room never started',
  'with-person': ', with a person in the room',
  'with-sip-party': ', with another caller in the room',
  unanswered: ', and hears ringing',
};

function stillOnTheLine({ call, room, isAgent, nowMs, classification }: TransferFacts): string {
  // What they hear is up to the other transfer, and how long they stay as well.
  if (classification.cause === 'already-transferring') {
    return 'The caller is still on the line while that goes on.';
  }
  const condition = room === null ? null : judgeCondition(call, room, isAgent, nowMs);
  if (condition === 'hanging-up')
    return 'The caller is still listed in the room, and is leaving it.';
  if (condition === 'status-unknown') return 'The caller is still listed in the room.';
  if (condition === 'connecting') {
    return call.direction === 'outbound'
      ? 'The call still rings at the other end: nobody has answered it yet.'
      : 'The caller is still on the line, and hears ringing.';
  }
  const [agent] = agentsAmong(room ?? [], isAgent);
  const company =
    condition === 'unremarkable' && agent !== undefined ? `, with the agent ${agent.identity}` : '';
  return `The caller is still on the line${condition === null ? '' : (HEARS[condition] ?? company)}.`;
}

/** A leg that is gone shows where the caller is not. */
function whereTheyWent(facts: TransferFacts): string {
  switch (facts.outcome) {
    case 'completed':
      return 'The caller has left the room.';
    case 'unknown':
    case 'unconfirmed': {
      const target = whomToAsk(facts) === 'the target' ? 'the target' : 'one of the targets';
      return `The caller has left the room: they may be talking to ${target}, or have hung up; nothing tells which.`;
    }
    default:
      return 'The caller is no longer in the room.';
  }
}

/** A leg that is listed after anything that may have happened. */
function whatPresenceProves(facts: TransferFacts): string {
  const listed = 'The caller is still listed in the room';
  switch (facts.outcome) {
    case 'completed':
      return `${listed}, and should leave it any moment.`;
    case 'ended':
      return `${listed}, which proves nothing either way.`;
    case 'unconfirmed':
      return `${listed}, although LiveKit hangs up about a second after a true success.`;
    case 'refused':
      // Only an open transfer makes it doubtful: else they are on the line.
      return `${listed}, which proves nothing either way: an earlier transfer of this call${nameOpenTransfers(facts)} has no known outcome.`;
    default:
      return `${listed}, which proves nothing either way: when a target answers late, LiveKit goes on showing the caller.`;
  }
}

/** A LiveKit room closes this long after the last participant that is no agent has left. */
const ROOM_CLOSES = 'about 20 s after its last caller left';

/**
 * Says which agents stay behind in the room after a success.
 * @returns a sentence, or null when there are none
 */
export function leftBehind(facts: TransferFacts): string | null {
  const room = facts.room ?? [];
  const agents = agentsAmong(room, facts.isAgent);
  if (agents.length === 0) return null;
  const names = agents.map(({ identity }) => identity).join(', ');
  const others = room.filter(({ kind }) => kind === 'SIP').length;
  if (others > 0) {
    const callers = others === 1 ? 'another caller' : `${others} other callers`;
    return `The agent (${names}) and ${callers} are still in the room.`;
  }
  return `The agent (${names}) is still in the room; the room closes by itself ${ROOM_CLOSES}.`;
}
