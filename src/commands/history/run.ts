/** `history`: the transfers made from this machine, and which of them are still open. */

import { openConfig } from '../../config/load.ts';
import type { ExitCode } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import { type RecordedAttempt, readAttempts, withinDays } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import {
  type CallerFilter,
  HIDDEN_WORDS,
  isTransferOf,
  type SummaryRow,
  summarizeAttempts,
} from '../../history/summary.ts';
import { type Column, formatAge } from '../../terminal/table.ts';
import { describeUnderWay } from '../../transfer/explain/facts.ts';
import { isOpen } from '../../transfer/outcome.ts';
import type { Context } from '../shared/context.ts';
import { HISTORY_FIELDS, type HistoryOptions, SUMMARY_FIELDS } from './command.ts';

const DEFAULT_LIMIT = 50;

/** The word for a transfer that was sent, and whose outcome was never recorded. */
const UNRECORDED = 'unrecorded';

function describeKnown({ outcome, underWay, message, closed }: RecordedAttempt): string {
  if (underWay !== null) return describeUnderWay(underWay);
  if (closed !== null && (outcome === null || isOpen(outcome))) {
    return `closed by ${closed.by} on ${closed.at.slice(0, 10)}: ${closed.reason}`;
  }
  return outcome === null ? 'sent, outcome not recorded' : message;
}

function columns(nowMs: number): Column<RecordedAttempt>[] {
  const age = (startedAt: string) =>
    Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000));
  return [
    {
      field: 'startedAt',
      heading: 'Age',
      value: ({ startedAt }) => startedAt,
      text: ({ startedAt }) => formatAge(age(startedAt)),
    },
    { field: 'callId', heading: 'Call', value: ({ callId }) => callId },
    {
      field: 'phoneNumber',
      heading: 'Caller',
      value: ({ phoneNumber, phoneNumberRaw, callerName }) =>
        phoneNumber ?? phoneNumberRaw ?? callerName ?? '',
    },
    { field: 'to', heading: 'To', value: ({ to }) => to },
    {
      field: 'outcome',
      heading: 'Outcome',
      value: ({ outcome }) => outcome ?? UNRECORDED,
      text: ({ outcome, underWay, closed }) => {
        const word = outcome ?? (underWay === null ? UNRECORDED : 'under way');
        return closed === null ? word : `${word}, closed`;
      },
    },
    {
      field: 'sip',
      heading: 'SIP',
      value: ({ sip }) => (sip === null ? '' : String(sip.code)),
    },
    { field: 'room', heading: 'Room', value: ({ room }) => room, shrinks: true, optional: true },
    {
      field: 'message',
      heading: 'What is known',
      value: ({ message }) => message,
      text: describeKnown,
      shrinks: true,
      atLeast: 30,
      optional: true,
    },
  ];
}

// Which of them are meant.

export async function readCallerFilter(
  text: string | undefined,
  country: string | null,
): Promise<CallerFilter | null> {
  if (text === undefined) return null;
  const { mayBeNumber } = await import('../../calls/find.ts');
  const { readCallerNumber } = await import('../../destinations/address/numbers.ts');
  const readNumber = (raw: string) => (mayBeNumber(raw) ? readCallerNumber(raw, country) : null);
  const [name, phoneNumber] = [text.trim(), readNumber(text)];
  return { text: name, phoneNumber, hidden: HIDDEN_WORDS.test(name), readNumber };
}

function passes(attempt: RecordedAttempt, options: HistoryOptions, nowMs: number): boolean {
  const { call, outcome, open, since } = options;
  return (
    (call === undefined || attempt.callId === call) &&
    (outcome === undefined || outcome.includes(attempt.outcome ?? UNRECORDED)) &&
    (open !== true || attempt.open) &&
    (since === undefined || Date.parse(attempt.startedAt) >= nowMs - since)
  );
}

/** What the filters of a run say, for the line that there is nothing. */
function describeFilters({ call, caller, outcome, open, since }: HistoryOptions): string {
  const filters = [
    call === undefined ? '' : `of call ${call}`,
    caller === undefined ? '' : `of caller ${caller}`,
    outcome === undefined ? '' : `with outcome ${outcome.join(' or ')}`,
    open === true ? 'that are open' : '',
    since === undefined ? '' : `in the last ${formatAge(since / 1000)}`,
  ].filter((text) => text !== '');
  return filters.length === 0 ? '' : ` ${filters.join(', ')}`;
}

/** Every transfer that may be listed. */
async function readRecord(options: HistoryOptions, context: Context): Promise<RecordedAttempt[]> {
  const { host, output } = context;
  if (options.sandbox) {
    output.notice('The sandbox starts new each time: its transfers are not recorded.');
    return [];
  }
  const { settings } = await openConfig(options, context);
  const { days, enabled } = settings.history;
  const filter = await readCallerFilter(options.caller, settings.defaultCountry.value);
  // In another writing there may be transfers of it, and they would not be found.
  if (filter?.phoneNumber === null && /^[^a-z]*\d[^a-z]*$/i.test(filter.text)) {
    output.warn(
      `“${filter.text}” could not be read as a phone number, so other writings of it are not found. Write it with + and its country code, or set "defaultCountry" in the config.`,
    );
  }
  const recorded = await readAttempts(historyFolder(host), host);
  const nowMs = host.now();
  const passing = withinDays(recorded, days.value, nowMs).filter((attempt) =>
    passes(attempt, options, nowMs),
  );
  const matches = passing.map((attempt) =>
    filter === null ? true : isTransferOf(attempt, filter),
  );
  const unsure = matches.filter((match) => match === null).length;
  if (unsure > 0) {
    output.warn(
      `${unsure} of these may be of another caller: only the length and the last two digits of the number were recorded.`,
    );
  }
  if (!enabled.value) output.notice(`Transfers are not recorded at present (${enabled.origin}).`);
  return passing.filter((_, index) => matches[index] !== false);
}

// The summary.

/** How a bar is drawn: completed or bridged, ended, refused or failed, not sent, unknown. */
const BAR_SIGNS = ['#', '=', 'x', '-', '?'] as const;
const LEGEND = '# completed or bridged, = ended, x refused or failed, - not sent, ? nobody knows';
/** Narrower than this there is room for the short headings alone, and for no bar. */
const WIDE_ENOUGH = 76;

/** Cut where the parts end, rounded once each, so that the bar has the length of its whole. */
function drawBar(row: SummaryRow, most: number, width: number): string {
  const { transfers, ended, refused, failed, notSent, unknown } = row;
  const length = Math.max(1, Math.round((transfers / most) * width));
  let seen = 0;
  let drawn = '';
  [countDone(row), ended, refused + failed, notSent, unknown].forEach((part, index) => {
    seen += part;
    drawn = drawn.padEnd(Math.round((seen / transfers) * length), BAR_SIGNS[index]);
  });
  return drawn;
}

/** The target answered, whichever way it was reached. */
const countDone = ({ completed, bridged }: SummaryRow) => completed + bridged;
const countOthers = ({ ended, notSent }: SummaryRow) => ended + notSent;

function summaryColumns(
  rows: readonly SummaryRow[],
  heading: string,
  terminalColumns: number,
): Column<SummaryRow>[] {
  const isWide = terminalColumns >= WIDE_ENOUGH;
  const width = terminalColumns >= 110 ? 36 : 10;
  const most = Math.max(1, ...rows.filter(({ by }) => by !== 'all').map((row) => row.transfers));
  const count = (
    field: 'transfers' | 'completed' | 'refused' | 'failed' | 'unknown',
    [short, long]: [string, string],
    of = (row: SummaryRow) => row[field],
  ): Column<SummaryRow> => ({
    field,
    heading: isWide ? long : short,
    value: (row) => String(of(row)),
  });
  const other: Column<SummaryRow> = {
    field: 'other',
    heading: isWide ? 'Other' : 'Oth',
    value: (row) => String(countOthers(row)),
  };
  return [
    {
      field: 'name',
      heading,
      value: ({ by, name }) => name ?? (by === 'all' ? 'all' : '(none)'),
      shrinks: true,
      atLeast: isWide ? 15 : 6,
    },
    count('transfers', ['All', 'All']),
    count('completed', ['Done', 'Done'], countDone),
    count('refused', ['Ref', 'Refused']),
    count('failed', ['Fail', 'Failed']),
    count('unknown', ['Unk', 'Unknown']),
    ...(rows.some((row) => countOthers(row) > 0) ? [other] : []),
    {
      field: 'medianMs',
      heading: 'Median',
      value: ({ medianMs }) => (medianMs === null ? '' : formatDuration(medianMs)),
      optional: true,
    },
    ...(isWide
      ? [
          {
            field: 'bar',
            heading: '',
            value: (row: SummaryRow) => (row.by === 'all' ? ' ' : drawBar(row, most, width)),
            optional: true,
          },
        ]
      : []),
  ];
}

async function showSummary(
  attempts: readonly RecordedAttempt[],
  { host, output }: Context,
): Promise<void> {
  const rows = summarizeAttempts(attempts);
  if (!output.forPeople || output.selects) {
    const columns = SUMMARY_FIELDS.map((field) => ({
      field,
      heading: field,
      value: (row: SummaryRow) => String(row[field] ?? ''),
    }));
    await output.list(rows, columns, SUMMARY_FIELDS);
    return;
  }
  const terminalColumns = host.stdout.columns ?? WIDE_ENOUGH;
  const all = rows.filter(({ by }) => by === 'all');
  const tables = [
    ['department', 'Department'],
    ['trunk', 'Trunk'],
  ] as const;
  for (const [by, heading] of tables) {
    const some = rows.filter((row) => row.by === by);
    // The sum once, below the first.
    const shown = by === 'department' ? [...some, ...all] : some;
    await output.list(shown, summaryColumns(shown, heading, terminalColumns), SUMMARY_FIELDS);
    output.line('');
  }
  if (terminalColumns >= WIDE_ENOUGH) output.sentence(LEGEND);
  if (all.some((row) => countOthers(row) > 0)) {
    output.sentence(
      'Other: nothing was sent, or the call ended and nothing shows whether the target answered.',
    );
  }
}

/** @returns 0, also when there are no transfers */
export async function run(options: HistoryOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(options.summary === true ? SUMMARY_FIELDS : HISTORY_FIELDS);
  const found = await readRecord(options, context);
  if (found.length === 0) {
    const filters = describeFilters(options);
    const isPlain = filters === '' && !options.sandbox;
    const notHere = isPlain ? ' Those with --sandbox are never recorded.' : '';
    output.notice(`No transfers recorded${filters}.${notHere}`);
  }
  if (options.summary === true) {
    const counted = options.limit === undefined ? found : found.slice(-options.limit);
    if (!output.forPeople || found.length > 0) await showSummary(counted, context);
    return 0;
  }
  const shown = found.slice(-(options.limit ?? DEFAULT_LIMIT));
  // Whoever asks for phoneNumber by name gets that, and no other way to tell the caller.
  const usual = columns(host.now()).filter(
    ({ field }) => !output.selects || field !== 'phoneNumber',
  );
  // On a terminal that is narrow what is known matters more than the room.
  const isRoom = ({ field }: { field: string }) => field === 'room';
  const forPeople = [...usual.filter((column) => !isRoom(column)), ...usual.filter(isRoom)];
  await output.list(shown, output.forPeople ? forPeople : usual, HISTORY_FIELDS);
  if (shown.length < found.length && options.limit === undefined) {
    // Nobody asked for less than all: a program that reads this has to know as well.
    output.warn(
      `These are the newest ${shown.length} of ${found.length} transfers; --limit ${found.length} lists them all.`,
    );
  }
  return 0;
}
