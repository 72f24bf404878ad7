/**
 * What is known of a trunk before a caller is moved on it: what smoke tests found, which is remembered
 * here, and what the record says. One small file beside the record for each LiveKit project, which
 * this user alone can read; whatever else it holds is passed over.
 */
import { createHash } from 'node:crypto';
import type { ProviderName } from '../config/types.ts';
import { PROVIDER_NAMES, SMOKE_VERDICTS } from '../config/words.ts';
import { isKnownError } from '../core/errors.ts';
import { type Host, userId } from '../core/host.ts';
import type { KnownRefer } from '../transfer/explain/facts.ts';
import { type RecordedAttempt, readAttempts } from './attempts.ts';
import { onTrunks } from './entry.ts';
import {
  DAY_MS,
  finishesInTime,
  historyFolder,
  isThere,
  readOwnFile,
  writeOwnFile,
} from './files.ts';
import { lastReferVerdict } from './summary.ts';

/** What a smoke test found of one trunk, in one direction. In the field names of the JSON output. */
export interface TrunkVerdict {
  /** `ST_…`. */
  trunkId: string;
  /** Of the call that was tested. */
  direction: 'inbound' | 'outbound';
  /** How callers were to be moved: by the trunk itself, or by a call to the target beside theirs. */
  transferMethod: 'refer' | 'bridge';
  /** What the test found. */
  verdict: (typeof SMOKE_VERDICTS)[number];
  /** The trunk's answer; null where LiveKit did not tell one. */
  code: number | null;
  /** ISO 8601, UTC. */
  at: string;
  /** Whose trunk it was. */
  provider: ProviderName | null;
}

/** More trunks than any project has; the oldest go. */
const MOST_VERDICTS = 1000;
/** More than so many take. */
const MOST_BYTES = 400_000;
const TRUNK_ID = /^[\w-]{1,64}$/;

/** Of one host all keys see the same trunks. */
function fileOf(livekit: string): string {
  return `smoke-${createHash('sha256').update(livekit).digest('hex').slice(0, 16)}.json`;
}

/** Whether it says how the trunk takes callers being moved; a doubt does not undo what was known. */
function isSettled({ verdict }: TrunkVerdict): boolean {
  return verdict !== 'inconclusive' && verdict !== 'call-failed';
}

const keyOf = (known: TrunkVerdict) =>
  [known.trunkId, known.direction, known.transferMethod, isSettled(known)].join(' ');

interface RememberedVerdicts {
  verdicts: readonly TrunkVerdict[];
  /** Why there may be more: half a sentence; null: these are all. */
  unread: string | null;
}

const TOO_SLOW = 'the disk does not answer';

/** Reads what smoke tests of this machine found of a project's trunks. Never throws. */
async function readVerdicts(
  folder: string,
  livekit: string,
  nowMs: number,
): Promise<RememberedVerdicts> {
  let text: string | null = null;
  let there = false;
  const read = async () => {
    text = await readOwnFile(folder, fileOf(livekit), { most: MOST_BYTES, userId });
    if (text === null) there = await isThere(folder, fileOf(livekit));
  };
  if (!(await finishesInTime(read()))) return { verdicts: [], unread: TOO_SLOW };
  if (text === null) {
    return { verdicts: [], unread: there ? 'its file does not belong to this user alone' : null };
  }
  const verdicts = parseVerdicts(text, nowMs);
  return verdicts === null
    ? { verdicts: [], unread: 'its file cannot be understood' }
    : { verdicts, unread: null };
}

/** @returns null when it is no list at all */
function parseVerdicts(text: string, nowMs: number): TrunkVerdict[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  return value.slice(-MOST_VERDICTS).flatMap((each) => readVerdict(each, nowMs) ?? []);
}

const oneOf = <Word extends string>(words: readonly Word[], value: unknown): Word | undefined =>
  words.find((word) => word === value);

/** @returns null for what is none of this version's */
function readVerdict(value: unknown, nowMs: number): TrunkVerdict | null {
  if (typeof value !== 'object' || value === null) return null;
  const { trunkId, code, at, ...raw } = value as Record<string, unknown>;
  const direction = oneOf(['inbound', 'outbound'], raw.direction);
  const transferMethod = oneOf(['refer', 'bridge'], raw.transferMethod);
  const verdict = oneOf(SMOKE_VERDICTS, raw.verdict);
  const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  // One from the future would be the last word for ever.
  if (!(atMs <= nowMs + DAY_MS) || typeof trunkId !== 'string' || !TRUNK_ID.test(trunkId)) {
    return null;
  }
  if (direction === undefined || transferMethod === undefined || verdict === undefined) return null;
  const isCode = typeof code === 'number' && Number.isInteger(code) && code >= 100 && code <= 699;
  return {
    ...{ trunkId, direction, transferMethod, verdict },
    code: isCode ? code : null,
    at: new Date(atMs).toISOString(),
    provider: oneOf(PROVIDER_NAMES, raw.provider) ?? null,
  };
}

type KeepingHost = Parameters<typeof historyFolder>[0] & Pick<Host, 'now'>;

/**
 * Remembers what a test found, in the place of what an earlier one did. The file is read anew just
 * before, so that tests of two runs both stand there. Never throws: the test was made all the same.
 * @returns whether it stands there now
 */
export async function keepTrunkVerdict(
  livekit: string,
  found: TrunkVerdict,
  host: KeepingHost,
): Promise<boolean> {
  if (!TRUNK_ID.test(found.trunkId)) return false;
  const folder = historyFolder(host);
  const { verdicts, unread } = await readVerdicts(folder, livekit, host.now());
  // A disk that answers after all would have all others replaced by this one.
  if (unread === TOO_SLOW) return false;
  const others = verdicts.filter((each) => keyOf(each) !== keyOf(found));
  const text = JSON.stringify([...others, found].slice(-MOST_VERDICTS));
  let written = false;
  const write = async () => {
    written = await writeOwnFile(folder, fileOf(livekit), text);
  };
  return (await finishesInTime(write())) && written;
}

/** The last test of a trunk by each way of moving callers. */
export function lastVerdicts(
  { id, direction }: { id: string; direction: TrunkVerdict['direction'] },
  verdicts: readonly TrunkVerdict[],
): TrunkVerdict[] {
  const own = verdicts.filter((each) => each.trunkId === id && each.direction === direction);
  return (['refer', 'bridge'] as const).flatMap(
    (method) => newest(own.filter((each) => each.transferMethod === method)) ?? [],
  );
}

function newest<Dated extends { at: string }>(all: readonly Dated[]): Dated | null {
  return all.reduce<Dated | null>(
    (last, each) => (last === null || Date.parse(each.at) >= Date.parse(last.at) ? each : last),
    null,
  );
}

// What both say together.

/** What this machine knows of a project's trunks. */
export interface TrunkMemory {
  attempts: readonly RecordedAttempt[];
  verdicts: readonly TrunkVerdict[];
  /** Why there may be more of one and the other: a sentence; null: these are all. */
  recordUnread: string | null;
  testsUnread: string | null;
}

export const NO_MEMORY: TrunkMemory = {
  ...{ attempts: [], verdicts: [], recordUnread: null, testsUnread: null },
};

/** Of so many transfers on a trunk one will show what it does. */
const MOST_TRANSFERS = 200;

/**
 * Reads what is known of the trunks of a project. Never throws for what cannot be read.
 * @param only these trunks, for somebody who waits to move a caller: of each the newest transfers, and
 *   no longer than a slow disk is waited for
 */
export async function readTrunkMemory(
  livekit: string,
  host: Host,
  only?: readonly string[],
): Promise<TrunkMemory> {
  const folder = historyFolder(host);
  let attempts: RecordedAttempt[] = [];
  let recordUnread: string | null = null;
  const choose = (lines: readonly string[]) =>
    only === undefined ? lines : onTrunks(lines, only, MOST_TRANSFERS);
  const readRecord = async () => {
    try {
      const all = await readAttempts(folder, host, choose);
      attempts = all.filter(({ livekitHost }) => livekitHost === livekit);
    } catch (error) {
      if (!isKnownError(error)) throw error;
      recordUnread = error.message;
    }
  };
  const reading = readRecord();
  const [inTime, { verdicts, unread }] = await Promise.all([
    only === undefined ? reading.then(() => true) : finishesInTime(reading),
    readVerdicts(folder, livekit, host.now()),
  ]);
  if (!inTime) recordUnread = 'The record of transfers cannot be read: the disk does not answer.';
  const testsUnread =
    unread === null ? null : `The results of earlier smoke tests here cannot be read: ${unread}.`;
  return { attempts, verdicts, recordUnread, testsUnread };
}

/** What the newest test or transfer that shows it says of REFER on a trunk; null: none shows it. */
export function knownRefer(
  trunk: { id: string; direction: TrunkVerdict['direction'] },
  {
    attempts,
    verdicts,
  }: { attempts: Parameters<typeof lastReferVerdict>[0]; verdicts: readonly TrunkVerdict[] },
): KnownRefer | null {
  if (trunk.id === '') return null;
  const settled = verdicts.filter((each) => each.transferMethod === 'refer' && isSettled(each));
  const [test] = lastVerdicts(trunk, settled);
  const tested: KnownRefer | null =
    test === undefined
      ? null
      : {
          by: 'smoke',
          verdict: test.verdict === 'supported' ? 'honoured' : 'refused',
          code: test.code,
          at: test.at,
        };
  const last = lastReferVerdict(attempts, trunk.id);
  const transferred: KnownRefer | null = last === null ? null : { by: 'transfer', ...last };
  return newest([tested, transferred].filter((each) => each !== null));
}
