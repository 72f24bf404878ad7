/** What is known of a transfer: everything that the sentences about it are made from. */
import type { Call, Condition } from '../../calls/call.ts';
import { agentsAmong, type IsAgentIdentity, judgeCondition } from '../../calls/condition.ts';
import { formatDuration } from '../../core/text.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { ProviderName } from '../../destinations/providers.ts';
import type { Participant } from '../../livekit/messages.ts';
import type {
  Bridge,
  CallerLocation,
  Classification,
  Evidence,
  Leg,
  OpenTransfer,
  Outcome,
  SipStatus,
  StepMethod,
  UnderWay,
} from '../outcome.ts';
import { type Advice, NO_REFER_CODES } from './advice.ts';

export interface TransferFacts {
  outcome: Outcome;
  method: StepMethod;
  /** What proves that the target answered; null after anything but a success. */
  evidence: Evidence | null;
  caller: CallerLocation;
  leg: Leg;
  classification: Classification;
  call: Call;
  destination: Destination;
  /** The provider that the config names for the call's trunk; absent or null when it names none. */
  provider?: ProviderName | null | undefined;
  /** Earlier transfers of this call whose outcome nobody knows, the oldest first. */
  openTransfers?: readonly OpenTransfer[] | undefined;
  durationMs: number;
  waitMs: number;
  /** Who is in the room now; null when that could not be read. */
  room: Participant[] | null;
  isAgent: IsAgentIdentity;
  nowMs: number;
  /** The target's leg, where one was dialled. */
  bridge: Bridge | null;
}

/** What is said about a transfer. */
export interface Words {
  /** Who, where to, what happened, and where the caller is: to be read in a second. */
  headline: string;
  /** The same, explained. */
  message: string;
  hint: string | null;
  /** The hint as data. */
  advice: Advice;
}

// Names, as people know them.

/** A name longer than this pushes what matters off the line. */
const LONGEST_NAME = 40;

export function inBrief(name: string): string {
  const characters = [...name];
  return characters.length <= LONGEST_NAME
    ? name
    : `${characters.slice(0, LONGEST_NAME - 1).join('')}…`;
}

/** Who, and where to. */
export function subjectOf({
  call,
  destination,
}: Pick<TransferFacts, 'call' | 'destination'>): string {
  const who = inBrief(call.phoneNumberRaw ?? (call.name || call.callId));
  return `${who} → ${inBrief(destination.department ?? destination.number ?? destination.input)}`;
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

export interface KnownProvider {
  name: ProviderName;
  /** false: recognised by what an inbound caller's side says of itself. */
  certain: boolean;
  inConfig?: false; // Only the call shows it.
}

/** Whose trunk the call is on: the config's word, else what the call looks like. */
export function providerOf({ provider, call }: TransferFacts): KnownProvider | null {
  if (provider) return { name: provider, certain: true };
  const { provider: name, direction } = call;
  return name && { name, certain: direction === 'outbound', inConfig: false };
}

// Open transfers: earlier ones of the same call, while nobody knows how they ended.

/** A clause, for a warning before another transfer of the call is sent. */
export function describeOpenTransfer({ startedAt, to, outcome, underWay }: OpenTransfer): string {
  if (underWay !== null) {
    return `a transfer of this call to ${to} is ${describeUnderWay(underWay)}: it may succeed at any moment`;
  }
  const ended = outcome === null ? 'its outcome was never recorded' : `its outcome is ${outcome}`;
  return `a transfer of this call to ${to} was sent at ${startedAt}, and ${ended}: the caller may be talking there`;
}

/** Who is at it, and for how long. */
export function describeUnderWay({ pid, forMs }: UnderWay): string {
  // Most are seen in their first seconds, and a second is long then.
  const time = forMs < 10_000 ? `${(forMs / 1000).toFixed(1)} s` : formatDuration(forMs);
  return `under way (process ${pid}, for ${time})`;
}

/** `, to sales at 20:47 UTC,`: the last one, and how many stand before it. */
export function nameOpenTransfers({
  openTransfers = [],
}: Pick<TransferFacts, 'openTransfers'>): string {
  const last = openTransfers.at(-1);
  if (last === undefined) return '';
  const others = openTransfers.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more)`;
  return `, to ${last.to} at ${last.startedAt.slice(11, 16)} UTC${more},`;
}

/** Whether an earlier transfer of the same call may still come about. */
export function hasOpenTransfers({ openTransfers = [] }: TransferFacts): boolean {
  return openTransfers.length > 0;
}

/** Where the caller may be by an earlier transfer: `support`, `support and voicemail`. */
export function openTransferTargets({
  openTransfers = [],
}: Pick<TransferFacts, 'openTransfers'>): string {
  const names = [...new Set(openTransfers.map(({ to }) => to))];
  return names.length === 0 ? 'its target' : names.join(' and ');
}

/** Who may have the caller: this target, and those of earlier transfers that may still come about. */
export function whomToAsk({ openTransfers = [], destination }: TransferFacts): string {
  const targets = new Set([destination.referTo, ...openTransfers.map(({ referTo }) => referTo)]);
  if (targets.size === 1) return 'the target';
  return targets.size === 2 ? 'both targets' : `all ${targets.size} targets`;
}

// Where the caller is, in a sentence: what is known of it, what a leg that is still listed
// proves, and which agents stay behind.

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
  'with-sip-party': ', with another phone in the room',
  bridged: ', with a target that was dialled into the room',
  unanswered: ', and hears ringing',
};

/** Who is with them, where the room shows it. */
export function stillOnTheLine({
  call,
  room,
  isAgent,
  nowMs,
  classification,
}: TransferFacts): string {
  // What they hear is up to the other transfer, and how long they stay as well.
  if (classification.cause === 'already-transferring') {
    return 'The caller is still on the line during that transfer.';
  }
  const condition = room === null ? null : judgeCondition(call, room, isAgent, nowMs);
  if (condition === 'hanging-up')
    return 'The caller is still listed in the room, and is leaving it.';
  if (condition === 'status-unknown') return 'The caller is still listed in the room.';
  if (condition === 'connecting' && call.status !== 'active') {
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
      return `The caller has left the room: they may be talking to ${target}, or may have hung up.`;
    }
    default:
      return 'The caller is no longer in the room.';
  }
}

/** Where only an open transfer makes it doubtful that a listed caller is on the line. */
export const listedBesideOpen = (facts: TransferFacts) =>
  `The caller is still listed in the room, which proves nothing. The outcome of an earlier transfer of this call${nameOpenTransfers(facts)} is not known.`;

/** A leg that is listed after anything that may have happened. */
function whatPresenceProves(facts: TransferFacts): string {
  const listed = 'The caller is still listed in the room';
  switch (facts.outcome) {
    case 'completed':
      return `${listed}, and should leave soon.`;
    case 'ended':
      return `${listed}, which proves nothing.`;
    case 'unconfirmed':
      return `${listed}, although LiveKit ends the call about a second after a real success.`;
    case 'refused':
      return listedBesideOpen(facts);
    default:
      return `${listed}, which proves nothing: when a target answers late, LiveKit still lists the caller.`;
  }
}

/** A LiveKit room closes this long after the last participant that is no agent has left. */
const ROOM_CLOSES = 'about 20 s after its last caller left';

/**
 * Says which agents stay behind in the room after a success.
 * @returns a sentence, or null when there are none
 */
export function leftBehind({ room, isAgent }: Pick<TransferFacts, 'room' | 'isAgent'>) {
  const agents = agentsAmong(room ?? [], isAgent);
  if (agents.length === 0) return null;
  const names = agents.map(({ identity }) => identity).join(', ');
  const others = (room ?? []).filter(({ kind }) => kind === 'SIP').length;
  if (others > 0) {
    const callers = others === 1 ? 'another caller' : `${others} other callers`;
    return `The agent (${names}) and ${callers} are still in the room.`;
  }
  return `The agent (${names}) is still in the room; the room closes by itself ${ROOM_CLOSES}.`;
}

// What is known of REFER on a trunk before one is sent there.

/** What a trunk was last seen to do with a REFER. In the field names of the JSON output. */
export interface KnownRefer {
  /** Who has seen it: a smoke test, or a transfer of the record. */
  by: 'smoke' | 'transfer';
  /** What it did. */
  verdict: 'honoured' | 'refused';
  /** The trunk's answer to the REFER; null where LiveKit does not tell one. */
  code: number | null;
  /** When, ISO 8601, UTC. */
  at: string;
}

/** Whole days once it is some days ago: nobody counts the hours then. */
function describeAgo(at: string, nowMs: number): string {
  const ms = Math.max(0, nowMs - Date.parse(at));
  const days = Math.floor(ms / 86_400_000);
  return days < 2 ? `${formatDuration(ms)} ago` : `${days} days ago`;
}

/** Says it in half a sentence, and what to do where it is no: `no REFER here (405, 3 days ago): …`. */
export function describeKnownRefer({ by, verdict, code, at }: KnownRefer, nowMs: number): string {
  const seen = [
    ...(code === null ? [] : [String(code)]),
    ...(by === 'smoke' ? ['smoke test'] : []),
    describeAgo(at, nowMs),
  ].join(', ');
  if (verdict === 'honoured') return `REFER honoured here (${seen})`;
  const none = code === null || NO_REFER_CODES.includes(code);
  return `${none ? 'no REFER here' : 'REFER refused here'} (${seen}): bridge? (--method bridge)`;
}

/** `486 Busy Here`; foreign text, like all reasons. */
export function nameStatus(sip: SipStatus | null): string {
  if (sip === null) return 'no SIP status';
  return sip.reason === '' ? String(sip.code) : `${sip.code} ${sip.reason}`;
}
