/** `trunks`: every trunk of the project, what is known of REFER there, and what to do next. */
import type { TransferConfig } from '../../config/types.ts';
import type { ExitCode } from '../../core/errors.ts';
import { asSentence, isKnownError, type KnownError, worstExitCode } from '../../core/errors.ts';
import { formatDuration, MEDIA_TIMEOUT_MS, shellWord, startSentence } from '../../core/text.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { DAY_MS } from '../../history/files.ts';
import { countRefers } from '../../history/summary.ts';
import { lastVerdicts, type TrunkMemory, type TrunkVerdict } from '../../history/trunk-verdicts.ts';
import { escapeText } from '../../terminal/style.ts';
import { type Column, formatAgeShortly } from '../../terminal/table.ts';
import { NO_REFER_CODES } from '../../transfer/explain/advice.ts';
import { reportTrunks, type TrunkReport } from '../doctor/trunks.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { readSessionMemory } from '../shared/session-history.ts';
import { listedIn, readTrunkLists } from '../shared/trunk-choice.ts';
import { TRUNK_FIELDS, type TrunkRecord, type TrunksOptions } from './command.ts';

/** How far back the record is counted. */
const COUNTED_DAYS = 30;

// What to do about a trunk.

/** What advice is made from beside the trunk itself. */
interface Surroundings {
  /** An outbound trunk to dial by; null where none was listed. */
  outbound: string | null;
  /** A department to send a test to; null: the config names none. */
  department: string | null;
  /** How long a transfer waits for its target, in ms. */
  waitMs: number;
  /** Some of what this machine has seen of trunks could not be read. */
  isUnread: boolean;
}

/** The test that proves REFER on a trunk. What is not known is left to fill in, in capitals. */
function proof(
  { id, direction, numbers }: TrunkReport,
  { outbound, department }: Surroundings,
): string {
  const to = `--to ${department === null ? 'DESTINATION' : shellWord(department)}`;
  if (direction === 'outbound') {
    return `lk-transfer smoke --trunk ${shellWord(id)} --dial NUMBER ${to}`;
  }
  const number = numbers[0] === undefined ? 'OUR-NUMBER' : shellWord(numbers[0]);
  return outbound === null
    ? `lk-transfer smoke --wait-call ${number} ${to}`
    : `lk-transfer smoke --trunk ${shellWord(outbound)} --loop ${number} ${to}`;
}

/** The next step with a trunk, the most pressing alone. */
export function nextFor(
  report: TrunkReport,
  smoke: readonly TrunkVerdict[],
  around: Surroundings,
): Pick<TrunkRecord, 'next' | 'command'> {
  const { knownRefer: known, refer, provider } = report;
  const bridge = {
    next: 'bridge its callers',
    command: 'lk-transfer transfer CALLER --to DESTINATION --method bridge',
  };
  if (refer === false) return bridge;
  const command = proof(report, around);
  if (known?.verdict === 'refused') {
    if (known.code === null || NO_REFER_CODES.includes(known.code)) return bridge;
    const setting = provider === null ? null : providerPresets[provider].setting;
    const where = setting === null ? 'at the provider' : `(${setting})`;
    return { next: `switch REFER on ${where} and test again`, command };
  }
  const last = smoke.find(({ transferMethod }) => transferMethod === 'refer')?.verdict;
  if (known === null) {
    if (around.isUnread) {
      return { next: 'first see why this machine’s record cannot be read', command: null };
    }
    if (last === undefined) return { next: 'test whether it takes REFER', command };
    const next =
      last === 'call-failed'
        ? 'the test call failed: see why, and test again'
        : 'the last test was inconclusive: watch its target, and test again';
    return { next, command };
  }
  if ((report.mediaTimeoutMs ?? MEDIA_TIMEOUT_MS) < around.waitMs) {
    const wait = formatDuration(around.waitMs);
    return { next: `set media.media_timeout to ${wait} or more in LiveKit`, command: null };
  }
  return { next: null, command: null };
}

/** Puts together what is known of each trunk. */
export function describeTrunks(
  reports: readonly TrunkReport[],
  memory: TrunkMemory,
  { config, waitMs, nowMs }: { config: TransferConfig; waitMs: number; nowMs: number },
): TrunkRecord[] {
  const { recordUnread, testsUnread } = memory;
  const sinceMs = nowMs - COUNTED_DAYS * DAY_MS;
  const around: Surroundings = {
    outbound:
      reports.find(({ direction, id }) => direction === 'outbound' && id !== '')?.id ?? null,
    department: listDepartments(config)[0]?.name ?? null,
    waitMs,
    isUnread: recordUnread !== null || testsUnread !== null,
  };
  return reports.map((report) => {
    const { id, name, direction, numbers, address, provider, trunkKey } = report;
    const tests = lastVerdicts(report, memory.verdicts);
    return {
      ...{ trunkId: id, name, direction, numbers, address, provider, trunkKey },
      mediaTimeoutMs: report.mediaTimeoutMs,
      smoke: testsUnread === null ? tests : null,
      refers: recordUnread === null ? countRefers(memory.attempts, id, sinceMs) : null,
      knownRefer: report.knownRefer,
      ...nextFor(report, tests, around),
    };
  });
}

// The table.

const WORDS: Readonly<Record<TrunkVerdict['verdict'], string>> = {
  supported: 'yes',
  unsupported: 'no',
  refused: 'no',
  'needs-configuration': 'no',
  inconclusive: 'unclear',
  'call-failed': 'no call',
};

/** `REFER no (405, 3d), bridge yes (2h)` */
function smokeText({ smoke }: TrunkRecord, nowMs: number): string {
  if (smoke === null) return 'not read';
  return smoke
    .map(({ transferMethod: method, verdict, code, at }) => {
      const age = formatAgeShortly(Math.max(0, (nowMs - Date.parse(at)) / 1000));
      const seen = [...(code === null ? [] : [code]), age].join(', ');
      return `${method === 'refer' ? 'REFER' : method} ${WORDS[verdict]} (${seen})`;
    })
    .join(', ');
}

/** `8 of 10 + 2 ?`: what nobody knows counts as neither. */
function refersText({ refers }: TrunkRecord): string {
  if (refers === null) return 'not read';
  const { honoured, refused, unknown } = refers;
  if (honoured + refused + unknown === 0) return '';
  const known = `${honoured} of ${honoured + refused}`;
  return unknown === 0 ? known : `${known} + ${unknown} ?`;
}

const label = ({ name, trunkId }: TrunkRecord) => name || trunkId;

function columns(nowMs: number): Column<TrunkRecord>[] {
  return [
    {
      field: 'name',
      heading: 'Trunk',
      value: ({ name }) => name,
      text: label,
      ...{ shrinks: true, atLeast: 12 },
    },
    {
      field: 'direction',
      heading: 'Way',
      value: ({ direction }) => direction,
      text: ({ direction }) => direction.replace('bound', ''),
    },
    {
      field: 'smoke',
      heading: 'Smoke test',
      value: ({ smoke }) =>
        smoke === null
          ? 'unknown'
          : smoke
              .map(({ transferMethod, verdict, at }) => `${transferMethod} ${verdict} ${at}`)
              .join(', '),
      text: (record) => smokeText(record, nowMs),
      ...{ shrinks: true, atLeast: 14 },
    },
    {
      field: 'refers',
      heading: 'REFERs in 30d',
      value: ({ refers }) =>
        refers === null ? 'unknown' : `${refers.honoured} ${refers.refused} ${refers.unknown}`,
      text: refersText,
    },
    {
      field: 'mediaTimeoutMs',
      heading: 'Silence',
      value: ({ mediaTimeoutMs }) => String(mediaTimeoutMs ?? ''),
      text: ({ mediaTimeoutMs }) => formatDuration(mediaTimeoutMs ?? MEDIA_TIMEOUT_MS),
    },
    {
      field: 'numbers',
      heading: 'Numbers',
      value: ({ numbers }) => numbers.join(','),
      text: ({ numbers }) => numbers.join(', ') || 'any',
      ...{ shrinks: true, atLeast: 12, optional: true },
    },
    {
      field: 'provider',
      heading: 'Provider',
      value: ({ provider }) => provider ?? '',
      optional: true,
    },
    { field: 'trunkId', heading: 'Id', value: ({ trunkId }) => trunkId, optional: true },
    ...(['next', 'command'] as const).map((field) => ({
      ...{ field, heading: field, forPrograms: true },
      value: (record: TrunkRecord) => record[field] ?? '',
    })),
  ];
}

const nameWithId = (record: TrunkRecord) => {
  const more = [record.trunkId, record.provider].filter((text) => text && text !== label(record));
  return more.length === 0 ? label(record) : `${label(record)} (${more.join(', ')})`;
};

/** Below the table: what to do, trunks with the same to do together, and each line to type once. */
function showNext(records: readonly TrunkRecord[], { output }: Context): void {
  const steps = new Map<string, Map<string | null, TrunkRecord[]>>();
  for (const record of records) {
    const { next, command } = record;
    if (next === null) continue;
    const lines = steps.get(next) ?? new Map<string | null, TrunkRecord[]>();
    lines.set(command, [...(lines.get(command) ?? []), record]);
    steps.set(next, lines);
  }
  for (const [next, lines] of steps) {
    output.line('');
    output.sentence(`${startSentence(next)}:`);
    for (const [command, ofThem] of lines) {
      output.sentence(ofThem.map(nameWithId).join(', '));
      // A line to copy: never broken here.
      if (command !== null) output.line(`  ${escapeText(output.commands.inLine(command))}`);
    }
  }
}

/**
 * The trunks that LiveKit lists.
 * @returns also why a list is missing, where one is
 * @throws KnownError when neither could be read
 */
async function readReports(
  session: Session,
  memory: Promise<TrunkMemory>,
  context: Context,
): Promise<{ reports: TrunkReport[]; failed: KnownError[] }> {
  const lists = await readTrunkLists(session.client);
  throwIfInterrupted(context);
  const failed = Object.values(lists).filter(isKnownError);
  const [first, second] = failed;
  if (first !== undefined && second !== undefined) throw first;
  for (const [direction, list] of Object.entries(lists)) {
    if (!isKnownError(list)) continue;
    context.output.warn(
      `The ${direction} trunks could not be read, so some may be missing. ${asSentence(list.message)}`,
    );
  }
  return { reports: reportTrunks(listedIn(lists), session.config, await memory), failed };
}

/**
 * @returns 0, also when there are no trunks; else the exit code of what could not be read
 * @throws KnownError when no list of trunks could be read
 */
export function run(options: TrunksOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(TRUNK_FIELDS);
  return withSession(openSession(options, context), async (session) => {
    const memory = readSessionMemory(session, host);
    const { reports, failed } = await readReports(session, memory, context);
    const { recordUnread, testsUnread } = await memory;
    const nowMs = host.now();
    const around = { config: session.config, waitMs: session.settings.wait.value, nowMs };
    const records = describeTrunks(reports, await memory, around);
    const exitCodes: ExitCode[] = failed.map(({ exitCode }) => exitCode);
    for (const why of [recordUnread, testsUnread].filter((each) => each !== null)) {
      output.warn(why);
      exitCodes.push(1);
    }
    await output.list(records, columns(nowMs), TRUNK_FIELDS);
    if (records.length === 0) {
      output.notice(failed.length === 0 ? 'No trunks.' : 'No trunks were seen.');
    }
    if (session.sandbox) {
      output.notice('The sandbox starts new each time: nothing is remembered about its trunks.');
    }
    if (output.forPeople && !output.selects) showNext(records, context);
    return worstExitCode(exitCodes);
  });
}
