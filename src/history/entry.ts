/**
 * The lines of the record, one JSON object each, in ASCII. A transfer has two: `sent`, written
 * before the request goes out, and `outcome`, when it is known what became of it. One of which nobody
 * knew may have a third, `closed`: versions that do not know it pass over the line.
 *
 * Headers are never recorded: they may carry secrets. All texts are bounded, and every field of a
 * line that is read is checked: the file may have been edited, torn, or written by another version.
 */
import { createHash } from 'node:crypto';
import type { SipIds } from '../calls/call.ts';
import type {
  CallerLocation,
  Evidence,
  Leg,
  Outcome,
  SipStatus,
  Stage,
  StepMethod,
} from '../transfer/outcome.ts';
import { boundText } from './redact.ts';

/** A transfer was about to be sent. */
export interface SentEntry {
  type: 'sent';
  /** Joins the two entries of one transfer. */
  id: string;
  /** ISO 8601, UTC. */
  time: string;
  /** LiveKit’s call id, `SCL_…`. */
  callId: string;
  /** In E.164, digits masked where the config says so; null when there is no such number. */
  phoneNumber: string | null;
  /** As LiveKit has it; null when it is hidden. */
  phoneNumberRaw: string | null;
  /** Only where there is no number to tell the caller by. */
  callerName: string | null;
  /** Its name. */
  room: string;
  /** The caller’s in the room. */
  identity: string;
  /** Our own number; null also in what older versions wrote, as of the next two there is nothing. */
  calledNumber: string | null;
  /** `inbound`: they had called us. */
  direction: 'inbound' | 'outbound' | null;
  /** `ST_…`. */
  trunkId: string | null;
  /** Whose trunk it was. */
  provider: string | null;
  /** The host of the caller's From, or of the outbound trunk. */
  host: string | null;
  /** The ids by which the provider knows the call. */
  sipIds: SipIds;
  /** The department, else the number, else what was typed. */
  to: string;
  /** What went out: `sip:100@pbx.company.com`. */
  referTo: string;
  /** How: `refer`, which is what older versions did, or `bridge`. */
  transferMethod: StepMethod;
  /** `ST_…` by which LiveKit dialled the target; null for a REFER, and in what older versions wrote. */
  bridgeTrunkId: string | null;
  /** The host of the LiveKit project. */
  livekit: string | null;
  /** The process that sent it; null in what older versions wrote. */
  pid: number | null;
  /** The machine that this is a process of, as `markMachine` names it; null when nothing tells. */
  machine: string | null;
}

/** How it ended, as far as the process that sent it saw. */
export interface OutcomeEntry {
  type: 'outcome';
  id: string;
  /** ISO 8601, UTC. */
  time: string;
  outcome: Outcome;
  /** Somebody left while it was under way. */
  interrupted: boolean;
  callerIs: CallerLocation | null;
  /** Where LiveKit listed the caller in the end. */
  leg: Leg | null;
  /** Who answered. */
  stage: Stage | null;
  /** What they answered. */
  sip: SipStatus | null;
  /** What proves that the target answered. */
  evidence: Evidence | null;
  /** Of the attempt; null: none was recorded. */
  exitCode: number | null;
  /** From the request to the outcome, in ms. */
  durationMs: number | null;
  /** What was told to people. */
  message: string;
  /** LiveKit's id of the transfer, where it gives one; null also in what older versions wrote. */
  transferId: string | null;
}

/** Somebody has found out what became of an open transfer, and says so. The outcome stays what it was. */
export interface ClosedEntry {
  type: 'closed';
  id: string;
  /** ISO 8601, UTC. */
  time: string;
  /** Who says so, by their own account. */
  by: string;
  reason: string;
}

export type Entry = SentEntry | OutcomeEntry | ClosedEntry;

/** What this version writes, and all that it reads. */
const VERSION = 1;

type Words<T extends string> = Readonly<Record<T, true>>;
const OUTCOMES: Words<Outcome> = {
  ...{ completed: true, bridged: true, ended: true, unconfirmed: true, refused: true },
  ...{ 'target-failed': true, 'not-sent': true, unknown: true },
};
const CALLER_LOCATIONS: Words<CallerLocation> = {
  ...{ left: true, 'on-the-line': true, 'with-target': true, unknown: true },
};
const LEGS: Words<Leg> = { listed: true, gone: true, unread: true };
const STAGES: Words<Stage> = {
  api: true,
  refer: true,
  notify: true,
  invite: true,
  transport: true,
};
const EVIDENCE: Words<Evidence> = { reason: true, lingered: true, trunk: true, 'in-room': true };
const METHODS: Words<StepMethod> = { refer: true, bridge: true };
const DIRECTIONS: Words<'inbound' | 'outbound'> = { inbound: true, outbound: true };

/** A machine's name as it is written down: enough to tell it again, and nobody else's business. */
export function markMachine(machine: string): string {
  return createHash('sha256').update(machine).digest('hex').slice(0, 6);
}

/** The line of an entry, its end included: only ASCII, so that it is safe to look at with `cat`. */
export function writeEntry({ type, id, time, ...rest }: Entry): string {
  const json = JSON.stringify({ v: VERSION, type, id, time, ...rest });
  return `${json.replace(/[^\x20-\x7e]/g, escapeUnit)}\n`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The entries among these lines; what is no entry of this version is passed over. */
export function readEntries(lines: readonly string[]): Entry[] {
  return lines.map(readEntry).filter((entry) => entry !== null);
}

/** @returns null for a line that is no entry of this version, or has lost what makes it one */
function readEntry(line: string): Entry | null {
  const raw = parseLine(line);
  if (raw === null || raw.v !== VERSION) return null;
  const id = text(raw.id);
  const time = moment(raw.time);
  if (id === null || time === null) return null;
  if (raw.type === 'outcome') return readOutcome(raw, id, time);
  if (raw.type === 'closed') {
    return { type: 'closed', id, time, by: text(raw.by) ?? '', reason: text(raw.reason) ?? '' };
  }
  const callId = text(raw.callId);
  return raw.type === 'sent' && callId !== null ? readSent(raw, id, time, callId) : null;
}

/** How our own lines begin. */
const BEGINNING = /^\{"v":1,"type":"(?:sent|outcome|closed)","id":"([\w-]+)"/;
const idOf = (line: string) => BEGINNING.exec(line)?.[1] ?? '';
/** Up to the end, which is that of a text: a line that is torn behind a brace in one ends otherwise. */
const SETTLED =
  /^\{"v":1,"type":"(?:outcome","id":"[\w-]+","time":"[^"]*","outcome":"(?:completed|bridged|ended|refused|target-failed|not-sent)"|closed","id":"[\w-]+","time":"\d).*[^\\]"\}$/;

/**
 * Leaves out the lines of transfers whose outcome is known, and of those that were closed, by a look
 * at their beginnings and ends: to read a whole record takes longer than the start of this program.
 * Some of them may stay.
 */
export function withoutSettled(lines: readonly string[]): string[] {
  const settled = new Set(lines.filter((line) => SETTLED.test(line)).map(idOf));
  return lines.filter((line) => !settled.has(idOf(line)));
}

/** The same for those of the newest transfers on some trunks, so many of each. */
export function onTrunks(
  lines: readonly string[],
  trunkIds: readonly string[],
  most: number,
): string[] {
  const newest = trunkIds.flatMap((trunkId) => {
    const mark = `"trunkId":${JSON.stringify(trunkId)}`;
    return lines.filter((line) => line.includes(mark)).slice(-most);
  });
  const ids = new Set(newest.map(idOf));
  return lines.filter((line) => ids.has(idOf(line)));
}

type Raw = Readonly<Record<string, unknown>>;

function parseLine(line: string): Raw | null {
  // A cheap look first: most of what is no entry is not JSON at all.
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Raw;
  } catch {
    return null;
  }
}

function readSent(raw: Raw, id: string, time: string, callId: string): SentEntry {
  return {
    type: 'sent',
    id,
    time,
    callId,
    ...readCaller(raw),
    room: text(raw.room) ?? '',
    identity: text(raw.identity) ?? '',
    calledNumber: text(raw.calledNumber),
    direction: word(raw.direction, DIRECTIONS),
    ...{ trunkId: text(raw.trunkId), provider: text(raw.provider), host: text(raw.host) },
    sipIds: sipIds(raw.sipIds),
    to: text(raw.to) ?? '',
    referTo: text(raw.referTo) ?? '',
    transferMethod: word(raw.transferMethod, METHODS) ?? 'refer',
    bridgeTrunkId: text(raw.bridgeTrunkId),
    livekit: text(raw.livekit),
    pid: wholeNumber(raw.pid),
    machine: text(raw.machine),
  };
}

/** Older versions wrote one text, `caller`: the number in E.164, else as LiveKit has it, else the name. */
function readCaller(raw: Raw): Pick<SentEntry, 'phoneNumber' | 'phoneNumberRaw' | 'callerName'> {
  const older = text(raw.caller);
  // The words are what carriers write in the place of a number that is hidden or missing.
  const isNumber = /^([+\d*() .-]+|anonymous|unknown|unavailable|restricted|private)$/i;
  const number = older !== null && isNumber.test(older) ? older : null;
  return {
    phoneNumber: text(raw.phoneNumber) ?? (number?.startsWith('+') ? number : null),
    phoneNumberRaw: text(raw.phoneNumberRaw) ?? number,
    callerName: text(raw.callerName) ?? (number === null ? older : null),
  };
}

function readOutcome(raw: Raw, id: string, time: string): OutcomeEntry {
  return {
    type: 'outcome',
    id,
    time,
    // An outcome that another version has a word for is one that nobody here knows.
    outcome: word(raw.outcome, OUTCOMES) ?? 'unknown',
    interrupted: raw.interrupted === true,
    callerIs: word(raw.callerIs, CALLER_LOCATIONS),
    leg: word(raw.leg, LEGS),
    stage: word(raw.stage, STAGES),
    sip: sipStatus(raw.sip),
    evidence: word(raw.evidence, EVIDENCE),
    exitCode: wholeNumber(raw.exitCode),
    durationMs: wholeNumber(raw.durationMs),
    message: text(raw.message) ?? '',
    transferId: text(raw.transferId),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? boundText(value) : null;
}

function word<T extends string>(value: unknown, words: Words<T>): T | null {
  return typeof value === 'string' && Object.hasOwn(words, value) ? (value as T) : null;
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function moment(value: unknown): string | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** More than any provider gives. */
const MOST_IDS = 12;

function sipIds(value: unknown): SipIds {
  const all = typeof value === 'object' ? Object.entries(value ?? {}).slice(0, MOST_IDS) : [];
  const isId = ([name, id]: [string, unknown]) => /^sip\.[\w.-]{1,80}$/.test(name) && text(id);
  return Object.fromEntries(all.filter(isId).map(([name, id]) => [name, text(id) ?? '']));
}

function sipStatus(value: unknown): SipStatus | null {
  if (typeof value !== 'object' || value === null) return null;
  const { code, reason } = value as Raw;
  const number = wholeNumber(code);
  return number === null ? null : { code: number, reason: text(reason) ?? '' };
}
