/** `history`: the transfers made from this machine, and which of them are still open. */

import type { ExitCode } from '../../core/errors.ts';
import { type RecordedAttempt, readAttempts, withinDays } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import { type Column, formatAge } from '../../terminal/table.ts';
import { describeUnderWay } from '../../transfer/explain/facts.ts';
import { openConfig } from '../shared/config-session.ts';
import type { Context } from '../shared/context.ts';
import type { HistoryOptions } from './command.ts';

const DEFAULT_LIMIT = 50;

/** The word for a transfer that was sent, and whose outcome was never recorded. */
const UNRECORDED = 'unrecorded';

const FIELDS: readonly (keyof RecordedAttempt)[] = [
  'id',
  'startedAt',
  'endedAt',
  'callId',
  'phoneNumber',
  'phoneNumberRaw',
  'callerName',
  'room',
  'identity',
  'direction',
  'trunkId',
  'provider',
  'to',
  'referTo',
  'livekitHost',
  'outcome',
  'caller',
  'leg',
  'stage',
  'sip',
  'evidence',
  'interrupted',
  'durationMs',
  'exitCode',
  'message',
  'open',
  'underWay',
];

function describeKnown({ outcome, underWay, message }: RecordedAttempt): string {
  if (underWay !== null) return describeUnderWay(underWay);
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
      text: ({ outcome, underWay }) => outcome ?? (underWay === null ? UNRECORDED : 'under way'),
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
      optional: true,
    },
  ];
}

function passes(attempt: RecordedAttempt, options: HistoryOptions, nowMs: number): boolean {
  const { call, outcome, open, since } = options;
  return (
    (call === undefined || attempt.callId === call) &&
    (outcome === undefined || (attempt.outcome ?? UNRECORDED) === outcome) &&
    (open !== true || attempt.open) &&
    (since === undefined || Date.parse(attempt.startedAt) >= nowMs - since)
  );
}

/** What the filters of a run say, for the line that there is nothing. */
function describeFilters({ call, outcome, open, since }: HistoryOptions): string {
  const filters = [
    call === undefined ? '' : `of call ${call}`,
    outcome === undefined ? '' : `with outcome ${outcome}`,
    open === true ? 'that are open' : '',
    since === undefined ? '' : `in the last ${formatAge(since / 1000)}`,
  ].filter((text) => text !== '');
  return filters.length === 0 ? '' : ` ${filters.join(', ')}`;
}

/** Every transfer that may be listed. */
async function readRecord(options: HistoryOptions, context: Context): Promise<RecordedAttempt[]> {
  const { host, output } = context;
  if (options.sandbox) {
    output.notice(
      'The sandbox starts afresh each time: what is transferred in it is not recorded.',
    );
    return [];
  }
  const { settings } = await openConfig(options, context);
  const { days, enabled } = settings.history;
  const recorded = await readAttempts(historyFolder(host), host);
  const attempts = withinDays(recorded, days.value, host.now());
  if (!enabled.value) output.notice(`Transfers are not recorded at present (${enabled.origin}).`);
  return attempts;
}

/** @returns 0, also when there are no transfers */
export async function run(options: HistoryOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(FIELDS);
  const attempts = await readRecord(options, context);
  const nowMs = host.now();
  const found = attempts.filter((attempt) => passes(attempt, options, nowMs));
  const shown = found.slice(-(options.limit ?? DEFAULT_LIMIT));
  // Whoever asks for phoneNumber by name gets that, and no other way to tell the caller.
  const usual = columns(nowMs).filter(({ field }) => !output.selects || field !== 'phoneNumber');
  await output.list(shown, usual, FIELDS);
  if (found.length === 0) {
    output.notice(`No transfers recorded${describeFilters(options)}.`);
  } else if (shown.length < found.length && options.limit === undefined) {
    // Nobody asked for less than all: a program that reads this has to know as well.
    output.warn(
      `These are the newest ${shown.length} of ${found.length} transfers; --limit ${found.length} lists them all.`,
    );
  }
  return 0;
}
