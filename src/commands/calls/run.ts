/** `calls`: who is on the line, and who is stuck. */

import type { Call } from '../../calls/call.ts';
import { rereadStuckCalls, type SecondLook } from '../../calls/scan.ts';
import type { ExitCode } from '../../core/errors.ts';
import { type Column, parseFields } from '../../terminal/table.ts';
import { CALL_COLUMNS, CALL_FIELDS, scanWithProgress } from '../shared/calls.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import type { CallsOptions } from './command.ts';

/** What stands before a condition, on a terminal. */
const STUCK_WORDS = { true: 'stuck: ', null: 'maybe stuck: ', false: '' } as const;

/** Those of every list of calls, what a second look brings, and the number as the carrier wrote it. */
const COLUMNS: readonly Column<Call>[] = [
  ...CALL_COLUMNS.map((column) =>
    column.field === 'condition'
      ? {
          ...column,
          text: ({ condition, stuck }: Call) => `${STUCK_WORDS[`${stuck}`]}${condition}`,
        }
      : column,
  ),
  {
    field: 'stuck',
    heading: 'Stuck',
    value: ({ stuck }) => (stuck === null ? 'unknown' : String(stuck)),
    forPrograms: true,
  },
  {
    field: 'phoneNumberRaw',
    heading: 'Number as written',
    value: ({ phoneNumberRaw }) => phoneNumberRaw ?? '',
    forPrograms: true,
  },
];

/** What the filters of a run say, for the line that there is nothing. */
function describeFilters(options: CallsOptions): string {
  const filters = [
    options.room === undefined ? '' : `in room ${options.room}`,
    options.status === undefined ? '' : `with status ${options.status}`,
    options.trunk === undefined ? '' : `on trunk ${options.trunk}`,
    options.direction ?? '',
    options.stuck === true ? 'that are stuck' : '',
  ].filter((text) => text !== '');
  return filters.length === 0 ? '' : ` ${filters.join(', ')}`;
}

function passesFilters(call: Call, options: CallsOptions): boolean {
  return (
    (options.status === undefined || call.status === options.status) &&
    (options.direction === undefined || call.direction === options.direction)
  );
}

/** Whoever watches for stuck calls alone would never see again one whose transfer was lost. */
function noteOpenTransfers(calls: readonly Call[], { output }: Context): void {
  const open = calls.filter(({ condition }) => condition === 'transfer-open');
  if (open.length === 0) return;
  const have = open.length === 1 ? '1 call has' : `${open.length} calls have`;
  output.notice(
    `${have} a transfer that may still come about, and ${open.length === 1 ? 'is' : 'are'} not listed: see \`lk-transfer calls\`.`,
  );
}

/** Whether the list itself tells a call of which nothing is known from one that is stuck. */
function showsStuck({ fields }: CallsOptions): boolean {
  return fields === undefined || parseFields(fields, CALL_FIELDS).includes('stuck');
}

/** An alarm that could not be checked is told, whatever becomes of the list. */
function tellUndecided(
  { calls, undecided }: SecondLook,
  options: CallsOptions,
  { output }: Context,
): void {
  for (const { callIds, reason } of undecided) {
    const are = callIds.length === 1 ? 'is' : 'are';
    output.warn(`Whether ${callIds.join(', ')} ${are} stuck is not known: ${reason}`);
  }
  if (undecided.length === 0 || options.stuck !== true || showsStuck(options)) return;
  const ids = calls.filter(({ stuck }) => stuck === null).map(({ callId }) => callId);
  const [they, them] = ids.length === 1 ? ['it', 'it'] : ['they', 'them'];
  output.warn(
    `Left out, since ${they} would look stuck: ${ids.join(', ')}. \`stuck\` among the --fields lists ${them}.`,
  );
}

/** @returns the calls that --trunk leaves, and how many may be on it, which nobody can tell */
async function narrowToTrunk(
  calls: readonly Call[],
  { trunk, direction }: CallsOptions,
  session: Session,
  context: Context,
): Promise<{ calls: readonly Call[]; unplaced: number }> {
  if (trunk === undefined) return { calls, unplaced: 0 };
  const { callsOnTrunk } = await import('../shared/trunk-choice.ts');
  return callsOnTrunk({ trunk, direction }, calls, session, context);
}

/**
 * @returns 0, also when there are no calls; 1 when a room could not be read, or when it is not known
 *   of a call whether it is stuck, or on the trunk that was named
 * @throws NotFoundError when there is no such trunk
 */
export function run(options: CallsOptions, context: Context): Promise<ExitCode> {
  const { host, output, interruption } = context;
  output.checkFields(CALL_FIELDS);
  return withSession(openSession(options, context), async (session) => {
    const { client, config, isAgent } = session;
    const whole = await scanWithProgress(session, context, { room: options.room });
    const { calls: onTrunk, unplaced } = await narrowToTrunk(
      whole.calls.filter((call) => passesFilters(call, options)),
      options,
      session,
      context,
    );
    const scan = { ...whole, calls: onTrunk };
    const looked = await rereadStuckCalls(
      client,
      // Whether it is stuck takes a second look; calls that do not even seem so need none.
      scan.calls.filter(({ stuck }) => options.stuck !== true || stuck === null),
      {
        isAgent,
        country: config.defaultCountry,
        unread: scan.unreadable.length,
        now: host.now,
        sleep: (ms) => host.sleep(ms, interruption.abort),
        onSecondLook: (count) =>
          output.progress(
            `Looking again at ${count} call${count === 1 ? '' : 's'} that may be stuck`,
          ),
      },
    );
    throwIfInterrupted(context);
    const isListed = ({ stuck }: Call) => options.stuck !== true || (stuck ?? showsStuck(options));
    const calls = looked.calls.filter(isListed);
    await output.list(calls, COLUMNS, CALL_FIELDS);
    tellUndecided(looked, options, context);
    const isWhole = scan.unreadable.length === 0 && unplaced === 0;
    if (calls.length === 0 && looked.undecided.length === 0) {
      output.notice(
        `No active SIP calls${describeFilters(options)}${isWhole ? '' : ' were seen'}.`,
      );
    }
    if (options.stuck === true) noteOpenTransfers(scan.calls, context);
    return isWhole && looked.undecided.length === 0 ? 0 : 1;
  });
}
