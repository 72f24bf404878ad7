/** A transfer told in a sentence or two: what happened, where the caller is, what to do next. */

import type { Call } from '../calls/call.ts';
import { agentsAmong, type IsAgentIdentity, judgeCondition } from '../calls/condition.ts';
import type { Destination } from '../destinations/destination.ts';
import { formatDuration } from '../duration.ts';
import type { Participant } from '../livekit/messages.ts';
import type { Cause, Verdict } from './classify.ts';
import type { CallerWhereabouts, Evidence, Leg, Outcome } from './outcome.ts';
import { sipWords } from './sip-words.ts';

/** Everything the words are made from. */
export interface Account {
  outcome: Outcome;
  evidence: Evidence | null;
  caller: CallerWhereabouts;
  leg: Leg;
  verdict: Verdict;
  call: Call;
  destination: Destination;
  durationMs: number;
  waitMs: number;
  /** Who is in the room now; null when that could not be read. */
  room: Participant[] | null;
  isAgent: IsAgentIdentity;
  nowMs: number;
}

export interface Words {
  message: string;
  hint: string | null;
}

/** The caller as people know them: by number, else by name, else by call id. */
export function nameCaller(call: Call): string {
  const known = call.phoneNumberRaw ?? (call.name || null);
  return known === null ? call.callId : `${known} (${call.callId})`;
}

/** The destination as people know it, with the address the trunk was given. */
export function nameDestination(destination: Destination): string {
  const { department, number, referTo, input } = destination;
  const known = department ?? number ?? input;
  return known === referTo ? referTo : `${known} (${referTo})`;
}

/** A LiveKit room closes this long after the last participant that is no agent has left. */
const ROOM_CLOSES = 'about 20 s after its last caller left';
/** Without audio for this long, LiveKit's SIP service ends a leg. */
const MEDIA_TIMEOUT_MS = 15_000;

const DO_NOT_REPEAT =
  'Do not transfer again before you know: ask at the target whether the call arrived. `lk-transfer calls` shows when the caller leaves the room; that they are still listed proves nothing.';
const LOOK = 'See who is on the line with `lk-transfer calls`.';

/** What a caller who is still on the line hears, from who is in the room with them. */
function whatCallerHears(account: Account): string {
  const { call, room, isAgent, nowMs } = account;
  if (room === null) return '';
  const condition = judgeCondition(call, room, isAgent, nowMs);
  const [agent] = agentsAmong(room, isAgent);
  switch (condition) {
    case 'no-agent':
      return ', in silence: the room has no agent';
    case 'agent-silent':
      return ', in silence: the agent in the room has no audio';
    case 'agent-muted':
      return ', in silence: the agent in the room is muted';
    case 'agent-starting':
      return ', in silence: the agent in the room never started';
    case 'with-person':
      return ', with a person in the room';
    case 'with-sip-party':
      return ', with another caller in the room';
    case 'unanswered':
    case 'connecting':
      return ', and hears ringing';
    case 'unremarkable':
      return agent === undefined ? '' : `, with the agent ${agent.identity}`;
  }
}

function whereCallerIs(account: Account): string {
  const { caller, leg, outcome } = account;
  if (caller === 'on-the-line') {
    return `The caller is still on the line${whatCallerHears(account)}.`;
  }
  if (caller === 'left') {
    return outcome === 'completed'
      ? 'The caller has left the room.'
      : 'The caller is no longer in the room.';
  }
  if (leg === 'unread') return 'Where the caller is now could not be read.';
  if (outcome === 'completed')
    return 'The caller is still listed in the room, and should leave it any moment.';
  return 'The caller is still listed in the room, which proves nothing either way.';
}

function leftBehind(account: Account): string | null {
  const agents = agentsAmong(account.room ?? [], account.isAgent);
  if (agents.length === 0) return null;
  const names = agents.map(({ identity }) => identity).join(', ');
  const others = (account.room ?? []).filter(({ kind }) => kind === 'SIP').length;
  if (others > 0) {
    const callers = others === 1 ? 'another caller' : `${others} other callers`;
    return `The agent (${names}) and ${callers} are still in the room.`;
  }
  return `The agent (${names}) is still in the room; the room closes by itself ${ROOM_CLOSES}.`;
}

/** Why LiveKit rejected the request, and what to do, by cause. */
const NOT_SENT: Partial<Record<Cause, (account: Account) => Words>> = {
  credentials: () => ({
    message: 'LiveKit does not accept the API key or its secret.',
    hint: 'Check URL, key and secret, and the clock of this machine.',
  }),
  permission: () => ({
    message: 'The API key may not transfer calls.',
    hint: 'Use a key of this project with the SIP call grant and admin rights for the room.',
  }),
  'bad-address': ({ destination }) => ({
    message: `LiveKit does not take ${destination.referTo} as an address.`,
    hint: 'An address starts with sip:, sips: or tel:.',
  }),
  'bad-header': ({ verdict }) => ({
    message: `LiveKit does not take a header: ${verdict.livekit.message}.`,
    hint: 'Referred-By, Diversion, User-to-User and X- headers are allowed.',
  }),
  'caller-gone': () => ({
    message: 'The caller left before the transfer was asked for.',
    hint: LOOK,
  }),
  'not-sip': () => ({
    message: 'This participant is not a SIP call, so there is nothing to transfer.',
    hint: LOOK,
  }),
  'no-sip-service': () => ({
    message: 'LiveKit’s SIP service did not answer: it is down, or it has lost this call.',
    hint: 'Look at the state of the SIP service, then try again.',
  }),
  'not-answered-yet': () => ({
    message: 'The call is not answered yet, and LiveKit can only transfer an answered call.',
    hint: 'It is answered when an agent or a person in the room publishes audio.',
  }),
  'hanging-up': () => ({
    message: 'The call is being hung up.',
    hint: LOOK,
  }),
  'status-unknown': () => ({
    message: 'LiveKit does not say whether the call is up, and only a call that is can be moved.',
    hint: 'Right after a call comes in this can last a moment: try again.',
  }),
  'already-transferring': () => ({
    message: 'A transfer of this call to somewhere else is already under way.',
    hint: 'Wait for its end, then look with `lk-transfer calls`.',
  }),
  'livekit-number': () => ({
    message: 'LiveKit’s own phone numbers cannot transfer calls yet.',
    hint: 'Use a SIP trunk of a provider, or a warm transfer.',
  }),
  'wrong-url': () => ({
    message: 'What answered is not this project’s LiveKit server.',
    hint: 'Check LIVEKIT_URL or --url: the URL that LiveKit shows for the project, without a path.',
  }),
  unreachable: ({ verdict }) => ({
    message: `LiveKit could not be reached (${verdict.livekit.code}).`,
    hint: 'Check the network and LIVEKIT_URL or --url, then try again.',
  }),
};

/** Why nobody knows how it ended, by cause. */
const NO_VERDICT: Partial<Record<Cause, (account: Account) => string>> = {
  'no-verdict-in-time': ({ waitMs }) =>
    `no answer came within ${formatDuration(waitMs)}, and the transfer cannot be called back`,
  'refer-unanswered': () => 'the trunk never answered the REFER (it probably ignores REFER)',
  'reports-stopped': () => 'the trunk stopped reporting before the end',
  cancelled: () => 'somebody cancelled it through LiveKit’s API',
  'service-stopping': () => 'LiveKit’s SIP service was stopping',
  'connection-lost': ({ verdict }) =>
    `the connection to LiveKit broke before its answer came (${verdict.livekit.code})`,
};

function explainNotSent(account: Account): Words {
  const { verdict } = account;
  const words = NOT_SENT[verdict.cause]?.(account) ?? {
    message: `LiveKit rejected the request (HTTP ${verdict.livekit.httpStatus}${
      verdict.livekit.message === '' ? '' : `: ${verdict.livekit.message}`
    }).`,
    hint: 'Nothing has reached the trunk. Try again in a moment.',
  };
  return { message: `Nothing was sent: ${lowerFirst(words.message)}`, hint: words.hint };
}

/** Sentences that start with a name keep its capital. */
function lowerFirst(sentence: string): string {
  return /^(LiveKit|SIP|API)\b/.test(sentence)
    ? sentence
    : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function sipNumber(account: Account): string {
  const { sip } = account.verdict;
  if (sip === null) return 'no SIP status';
  return sip.reason === '' ? String(sip.code) : `${sip.code} ${sip.reason}`;
}

function explainEnded(account: Account): Words {
  const { call, destination, durationMs } = account;
  const message = `The call with ${nameCaller(call)} is over, and nothing shows whether ${nameDestination(destination)} answered.`;
  const check = 'Ask at the target, or call the caller back.';
  if (account.verdict.cause === 'call-ended') {
    return { message, hint: `LiveKit says that the call ended before the transfer did. ${check}` };
  }
  const hold =
    durationMs > MEDIA_TIMEOUT_MS
      ? ' More than 15 s had passed: if the trunk put the caller on hold, LiveKit cut the silent leg (a longer media_timeout on the trunk prevents that).'
      : '';
  const trunk = call.trunkId ?? call.host ?? 'this trunk';
  return {
    message,
    hint: `Either the caller hung up, or the trunk hung up first, as some do after a good transfer.${hold} ${check} If this trunk always hangs up first, set "hangsUpFirst": true for ${trunk} in the config.`,
  };
}

/** The words for one outcome; where the caller is goes on the end, except where it is the message. */
function explainOutcome(account: Account): Words {
  const { call, destination, outcome, verdict } = account;
  const target = nameDestination(destination);
  switch (outcome) {
    case 'completed':
      return {
        message: `Transferred ${nameCaller(call)} to ${target}: the target answered.`,
        hint: leftBehind(account),
      };
    case 'ended':
      return explainEnded(account);
    case 'unconfirmed':
      return {
        message: `LiveKit reports that ${nameCaller(call)} was transferred to ${target}, but nothing else shows it.`,
        hint: DO_NOT_REPEAT,
      };
    case 'refused': {
      const words = sipWords(verdict.sip?.code ?? 0, false);
      return {
        message: `The trunk refused to transfer ${nameCaller(call)} to ${target}: it answered the REFER (SIP’s transfer request) with ${sipNumber(account)}: ${words.meaning}.`,
        hint: words.hint,
      };
    }
    case 'target-failed': {
      const words = sipWords(verdict.sip?.code ?? 0, true);
      return {
        message: `The trunk tried to transfer ${nameCaller(call)}, but ${target} did not take the call: ${sipNumber(account)} (${words.meaning}).`,
        hint: words.hint,
      };
    }
    case 'not-sent':
      return explainNotSent(account);
    case 'unknown': {
      const why = NO_VERDICT[verdict.cause]?.(account) ?? 'LiveKit’s answer says nothing certain';
      return {
        message: `Whether ${nameCaller(call)} was transferred to ${target} is not known: ${why}. The target may be ringing, or talking.`,
        hint: DO_NOT_REPEAT,
      };
    }
  }
}

/** Tells what became of a transfer. */
export function explain(account: Account): Words {
  const { message, hint } = explainOutcome(account);
  // "The call is over" has said it already.
  if (account.outcome === 'ended' && account.caller === 'left') return { message, hint };
  return { message: `${message} ${whereCallerIs(account)}`, hint };
}
