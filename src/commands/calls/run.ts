/** `calls`: who is on the line, and who is stuck. */
import type { Call } from '../../calls/call.ts';
import { showsItsBeginning, stuckFirst } from '../../calls/condition.ts';
import {
  rereadStuckCalls,
  type Scan,
  type ScanOptions,
  type SecondLook,
} from '../../calls/scan.ts';
import { type ExitCode, UsageError } from '../../core/errors.ts';
import { escapeText } from '../../terminal/style.ts';
import { type Column, formatAgeShortly, parseFields } from '../../terminal/table.ts';
import {
  CALL_COLUMNS,
  findNamedCalls,
  scanWithProgress,
  transferLine,
  unmarkedCalls,
} from '../shared/calls.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { openSession, rememberLooks, type Session, withSession } from '../shared/session.ts';
import { CALL_FIELDS, type CallsOptions } from './command.ts';

/** Those of every list of calls, what a second look brings, and the number as the carrier wrote it. */
const COLUMNS: readonly Column<Call>[] = [
  ...CALL_COLUMNS,
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

/**
 * The columns for people, in the order in which they matter. The longest number has 16 columns, and so
 * an id of LiveKit's; an agent of its own naming has 21: all of them are whole on 80 columns.
 */
const SHOWN: readonly (Partial<Column<Call>> & { field: string })[] = [
  { field: 'phoneNumber', shrinks: true, atLeast: 16 },
  { field: 'condition' },
  { field: 'conditionSince', optional: true },
  { field: 'joinedAt' },
  { field: 'agent', atLeast: 21, optional: false },
  { field: 'callId' },
  ...['room', 'status', 'direction', 'calledNumber', 'identity', 'trunkId'].map((field) => ({
    field,
    optional: true,
  })),
];

function columnsFor({ output, host }: Context): readonly Column<Call>[] {
  if (!output.forPeople) return COLUMNS;
  const nowMs = host.now();
  const since: Column<Call> = {
    field: 'conditionSince',
    heading: 'For',
    value: ({ conditionSince }) => conditionSince ?? '',
    text: ({ condition, conditionSince }) => {
      if (conditionSince === null) return '';
      const age = formatAgeShortly((nowMs - Date.parse(conditionSince)) / 1000);
      return showsItsBeginning(condition) ? age : `${age}+`;
    },
  };
  const all = [...COLUMNS, since];
  return [
    ...SHOWN.flatMap((shown) =>
      all.filter(({ field }) => field === shown.field).map((column) => ({ ...column, ...shown })),
    ),
    ...COLUMNS.filter(({ forPrograms }) => forPrograms),
  ];
}

/** What to do for the first stuck call that can be moved; null where there is none. */
function nextCommand(calls: readonly Call[], { config }: Session) {
  const first = calls.find(({ stuck, transferable }) => stuck === true && transferable);
  if (first === undefined) return null;
  const [department = 'DESTINATION'] = Object.keys(config.departments ?? {});
  return transferLine(first.callId, department);
}

/** Below the list, for people: how many there are, and the next step. */
function sumUp(
  calls: readonly Call[],
  isWhole: boolean,
  options: CallsOptions,
  session: Session,
  { output, host }: Context,
): void {
  if (!output.forPeople || output.quiet || output.selects || calls.length === 0) return;
  const count = (wanted: boolean | null) => calls.filter(({ stuck }) => stuck === wanted).length;
  const open = count(null);
  const looksTwice = options.stuck === true || options.sure === true;
  const stuck = count(true);
  const parts = [
    stuck === 0 ? `none ${open === 0 ? 'stuck' : 'known to be stuck'}` : `${stuck} stuck (!)`,
    open === 0 ? '' : `${open} not ${looksTwice ? '' : 'yet '}known (?)`,
  ].filter((part) => part !== '');
  const seen = isWhole ? '' : ' seen';
  const sure = open > 0 && !looksTwice ? '; --sure looks twice' : '';
  const all = calls.length === 1 ? '1 call' : `${calls.length} calls`;
  const sum = `${all}${seen}: ${parts.join(', ')}${sure}.`;
  const command = nextCommand(calls, session);
  const next = command === null ? '' : `Next: ${escapeText(output.commands.inLine(command))}`;
  // A command that is broken in two cannot be copied.
  const whole = `${sum} ${next}`.trimEnd();
  const fits = whole.length <= (host.stdout.columns ?? Infinity);
  for (const line of fits ? [whole] : [sum, next]) if (line !== '') output.line(line);
}

/** What the filters of a run say, for the line that there is nothing. */
function describeFilters(options: CallsOptions, { scannedRooms }: Session): string {
  const filters = [
    options.room === undefined ? scannedRooms.trim() : `in room ${options.room}`,
    options.caller === undefined ? '' : `that match “${options.caller}”`,
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
    `${have} a transfer that may still succeed, and ${open.length === 1 ? 'is' : 'are'} not listed: see \`lk-transfer calls\`.`,
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
    `Left out, because ${they} would look stuck: ${ids.join(', ')}. \`stuck\` among the --fields lists ${them}.`,
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

/** @throws UsageError for flags that only a watch has a use for */
function checkNotWatching({ maxRequests, webhooks }: CallsOptions): void {
  const flag = maxRequests !== undefined ? '--max-requests' : '--webhooks';
  if (maxRequests === undefined && webhooks === undefined) return;
  throw new UsageError(`${flag} goes with --watch.`, {
    hint: '`lk-transfer calls` looks once: it has no interval or limit.',
  });
}

/** Reads the rooms, for all calls or for those that a word names. @throws KnownError as findCall does */
function look(
  { caller, room }: CallsOptions,
  readSeen: ScanOptions['readSeen'],
  session: Session,
  context: Context,
): Promise<Scan> {
  const wishes = {
    readSeen,
    onUnreadRecord: (why: string) => context.output.warn(unmarkedCalls(why)),
  };
  return caller === undefined
    ? scanWithProgress(session, context, { ...wishes, room })
    : findNamedCalls(caller, session, context, wishes);
}

/** @throws UsageError for what does not go with the name of a caller */
function checkCaller({ caller, room, watch }: CallsOptions): void {
  if (caller === undefined) return;
  if (room !== undefined) {
    throw new UsageError('A caller and --room both say where to look: give only one.');
  }
  if (watch === true) {
    throw new UsageError('--watch reports every call, not a single caller.', {
      hint: 'Leave out one of them. Each event has the callId and the phoneNumber.',
    });
  }
}

/**
 * @returns 0, also when there are no calls; 1 when a room could not be read, when a second look does
 *   not tell of a call whether it is stuck, or when nobody knows whether it is on the trunk that was named
 * @throws NotFoundError when there is no such trunk, or nobody goes by the name that was given
 */
export function run(options: CallsOptions, context: Context): Promise<ExitCode> {
  const { host, output, interruption } = context;
  output.checkFields(CALL_FIELDS);
  checkCaller(options);
  if (options.watch !== true) checkNotWatching(options);
  const open = openSession(options, context, { flags: { rooms: options.rooms } });
  return withSession(open, async (session) => {
    if (options.watch === true) {
      const { canDraw, showLive } = await import('../desk/run.ts');
      if (canDraw(context, options) && !output.selects && !output.quiet) {
        const isListed = (call: Call) =>
          passesFilters(call, options) && (options.stuck !== true || call.stuck !== false);
        return showLive(options, session, context, isListed);
      }
      return (await import('./watch.ts')).streamEvents(options, session, context);
    }
    const { client, config, isAgent } = session;
    const { readSeen, keep } = rememberLooks(session, context);
    const whole = await look(options, readSeen, session, context);
    const { calls: onTrunk, unplaced } = await narrowToTrunk(
      whole.calls.filter((call) => passesFilters(call, options)),
      options,
      session,
      context,
    );
    const scan = { ...whole, calls: onTrunk };
    const looksTwice = options.stuck === true || options.sure === true;
    const candidates = scan.calls.filter(({ stuck }) => options.stuck !== true || stuck !== false);
    const looked = !looksTwice
      ? { calls: candidates, undecided: [] }
      : await rereadStuckCalls(client, candidates, {
          isAgent,
          country: config.defaultCountry,
          readSeen,
          now: host.now,
          sleep: (ms) => host.sleep(ms, interruption.abort),
          onSecondLook: (count) =>
            output.progress(
              `Looking again at ${count} call${count === 1 ? '' : 's'} that may be stuck`,
            ),
        });
    throwIfInterrupted(context);
    const isListed = ({ stuck }: Call) => options.stuck !== true || (stuck ?? showsStuck(options));
    const calls = looked.calls.filter(isListed).sort(stuckFirst);
    const isWhole = scan.unreadable.length === 0 && unplaced === 0;
    await output.list(calls, columnsFor(context), CALL_FIELDS);
    sumUp(calls, isWhole, options, session, context);
    tellUndecided(looked, options, context);
    if (calls.length === 0 && looked.undecided.length === 0) {
      output.notice(
        `No active SIP calls${describeFilters(options, session)}${isWhole ? '' : ' were seen'}.`,
      );
    }
    if (options.stuck === true) noteOpenTransfers(scan.calls, context);
    await keep();
    return isWhole && looked.undecided.length === 0 ? 0 : 1;
  });
}
