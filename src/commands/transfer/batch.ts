/** `transfer -`: callers from standard input, moved one after the other at a steady rate. */
import { hasCallId } from '../../calls/call.ts';
import type { Scan } from '../../calls/scan.ts';
import {
  type ExitCode,
  InterruptedError,
  isKnownError,
  type KnownError,
  UsageError,
  worstExitCode,
} from '../../core/errors.ts';
import type { History } from '../../history/record.ts';
import { type NotTried, runBatch } from '../../transfer/batch.ts';
import { NO_CALL_ID, NOTHING_SENT, STUCK_UNKNOWN } from '../../transfer/explain/errors.ts';
import type { Planned, PlanRequest } from '../../transfer/plan.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import { scanWithProgress } from '../shared/calls.ts';
import {
  type Context,
  type DeferredInterrupt,
  deferInterrupt,
  readStdin,
} from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { openSessionHistory, warnOfKnownRefer } from '../shared/session-history.ts';
import { Announcements } from './announce.ts';
import { BatchReport } from './batch-report.ts';
import type { TransferOptions } from './command.ts';
import { checkConfirmation, planRequest, settingFlags } from './options.ts';
import { lookAround, mayDial } from './report.ts';

// The callers of a batch, as other programs hand them over: ids, or the records of `calls --json`.

/** More callers than one person can answer for. */
const MOST = 10_000;
/** LiveKit's call ids are `SCL_` and letters and digits; what has blanks or brackets is none. */
const CALL_ID = /^[A-Za-z0-9_-]{1,128}$/;

export interface CallerList {
  /** Call ids in their order. */
  callIds: string[];
  /** Those among them that only stand in records of `calls` whose `stuck` is null. */
  undecided: ReadonlySet<string>;
}

/** One line or element. */
interface CallerEntry {
  callId: string;
  undecided: boolean;
}

/**
 * Reads a list of call ids: one a line, a JSON array, or NDJSON. Array and lines hold ids or objects
 * with a `callId`. Empty lines are passed over, and a call that is named twice counts once.
 * @param text the whole of it
 * @returns no call ids for an empty text
 * @throws UsageError naming the first line or element that is no call
 */
export function readCallerList(text: string): CallerList {
  const trimmed = text.trim();
  const entries = trimmed.startsWith('[')
    ? readArray(trimmed).map((element, index) => readEntry(element, `element ${index + 1}`))
    : trimmed.split(/\r\n|\n|\r/).flatMap((line, index) => readLine(line.trim(), index + 1));
  const callIds = [...new Set(entries.map(({ callId }) => callId))];
  if (callIds.length > MOST) {
    throw new UsageError(`Standard input names ${callIds.length} callers; ${MOST} is the most.`);
  }
  const decided = new Set(entries.filter((each) => !each.undecided).map(({ callId }) => callId));
  return { callIds, undecided: new Set(callIds.filter((callId) => !decided.has(callId))) };
}

function readArray(text: string): unknown[] {
  const value = parse(text);
  if (Array.isArray(value)) return value;
  throw notCallers('it begins like a JSON array and is none');
}

function readLine(line: string, number: number): CallerEntry[] {
  if (line === '') return [];
  const place = `line ${number}`;
  return [readEntry(/^[{"]/.test(line) ? parse(line) : line, place)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readEntry(value: unknown, place: string): CallerEntry {
  const isRecord = typeof value === 'object' && value !== null;
  const callId = isRecord && 'callId' in value ? value.callId : value;
  const undecided = isRecord && 'stuck' in value && value.stuck === null;
  if (typeof callId === 'string' && CALL_ID.test(callId)) return { callId, undecided };
  // The list has calls to which LiveKit gives no id: they are counted, and cannot be moved.
  if (isRecord && callId === '') return { callId, undecided: true };
  throw notCallers(`${place} is no call id`);
}

function notCallers(why: string): UsageError {
  return new UsageError(`Standard input is no list of callers: ${why}. Nothing was sent.`, {
    hint: 'Give call ids one a line, as `lk-transfer calls --fields callId` prints them, or the JSON of `lk-transfer calls --json`.',
  });
}

/** How many transfers are started a second: providers cap calls per second. */
const DEFAULT_RATE = 1;

/** Every caller planned, or why they cannot be. */
interface Plans {
  planned: Planned[];
  notTried: NotTried[];
  /** What is worth a word once, for all of them. */
  warnings: string[];
}

/** A caller who is listed, and of whom the list does not say that they are stuck. */
export function undecidedCaller(callId: string): NotTried {
  return hasCallId({ callId })
    ? { callId, code: 'stuck-unknown', reason: STUCK_UNKNOWN, exitCode: 1 }
    : { callId, code: 'no-call-id', reason: NO_CALL_ID, exitCode: 1 };
}

/**
 * Nobody of that id is up, or was seen.
 * @param unread how many rooms could not be read: the caller may be in one of them
 */
export function noSuchCaller(callId: string, unread: number, { scannedRooms }: Session): NotTried {
  if (unread === 0) {
    return {
      callId,
      code: 'no-such-call',
      reason: `there is no such call${scannedRooms}`,
      exitCode: 5,
    };
  }
  const rooms = unread === 1 ? 'a room' : `${unread} rooms`;
  const reason = `no such call was seen${scannedRooms}, and ${rooms} could not be read`;
  return { callId, code: 'server', reason, exitCode: 1 };
}

/** @throws what is no failure that is known */
function notTriedFor(callId: string, error: unknown): NotTried {
  if (!isKnownError(error)) throw error;
  const { code, message: reason, exitCode } = error;
  return { callId, code, reason, exitCode };
}

/**
 * Plans for everybody who is on the line.
 * @throws KnownError when nobody can be sent there: then the destination is what is wrong
 */
async function planAll(
  { callIds, undecided }: CallerList,
  { calls, unreadable }: Scan,
  to: string,
  session: Session,
  request: PlanRequest,
  { earlierOf }: History,
  context: Context,
): Promise<Plans> {
  const byId = new Map(calls.map((call) => [call.callId, call]));
  const finder = trunkFinder(session.client, session.config, context.host.sleep);
  const plans: Plans = { planned: [], notTried: [], warnings: [] };
  let failure: KnownError | null = null;
  for (const callId of callIds) {
    if (undecided.has(callId)) {
      plans.notTried.push(undecidedCaller(callId));
      continue;
    }
    const call = byId.get(callId);
    if (call === undefined) {
      plans.notTried.push(noSuchCaller(callId, unreadable.length, session));
      continue;
    }
    try {
      const trunk = await finder.factsOf(call);
      const earlier = await earlierOf(callId, request.again === true);
      plans.planned.push(await finder.planFor(call, to, trunk, session, request, earlier));
    } catch (error) {
      if (!isKnownError(error)) throw error;
      failure = error;
      plans.notTried.push(notTriedFor(callId, error));
    }
  }
  if (failure !== null && plans.planned.length === 0) throw failure;
  const planned = plans.planned.map(({ plan }) => plan.call);
  const warnings = [
    ...(await finder.warnOfMissingTrunks()),
    ...(await warnOfKnownRefer(planned, session, context.host)),
  ];
  return { ...plans, warnings };
}

async function transferAll(
  callers: CallerList,
  options: TransferOptions,
  session: Session,
  context: Context,
  deferred: DeferredInterrupt,
): Promise<ExitCode> {
  const { host, interruption } = context;
  const announcements = await Announcements.open(options, session, deferred.context);
  const record = openSessionHistory(session, deferred.context, { offersAgain: true });
  const wanted = new Set(callers.callIds);
  const scan = await scanWithProgress(session, deferred.context, { wanted });
  const request = planRequest(options);
  const plans = await planAll(callers, scan, options.to ?? '', session, request, record, context);
  plans.planned = plans.planned.map((each) => announcements.postpone(each));

  for (const text of plans.warnings) deferred.context.output.warn(text);

  const report = new BatchReport(context, callers.callIds.length);
  await report.preview(plans.planned, session.place);
  if (options.dryRun === true) {
    const seen = await Promise.all(
      plans.planned.map(({ plan }) =>
        lookAround(plan, session).catch((error) => notTriedFor(plan.call.callId, error)),
      ),
    );
    const unread = seen.filter((each) => 'reason' in each);
    return report.dryRun(
      seen.filter((each) => 'plan' in each),
      [...plans.notTried, ...unread],
    );
  }
  for (const notTried of plans.notTried) report.notTried(notTried);

  if (interruption.signal !== null) {
    throw new InterruptedError(interruption.signal, NOTHING_SENT);
  }
  const bridges = plans.planned.some(({ plan }) => mayDial(plan))
    ? await import('./bridge.ts')
    : null;
  const stays = bridges !== null && options.detach !== true;
  const watchers = stays ? new bridges.BridgeWatchers(session, context) : null;
  deferred.begin();
  report.watchInterruption();
  await runBatch(
    session.client,
    plans.planned.map(({ plan }) => plan),
    {
      clock: host,
      isAgent: session.isAgent,
      interruption: deferred.context.interruption,
      record: record.record,
      bridging: bridges?.bridgingMeans(session, context, options.detach !== true),
      rate: options.rate ?? DEFAULT_RATE,
      pause: (ms) => host.sleep(ms, interruption.abort),
      stoppingSignal: () => interruption.signal,
      // A fallback that has become the first target is announced by its own text, if it has one.
      announce: ({ announcement, ...plan }) =>
        announcements.carryOut(announcements.postpone({ plan, leftOut: [] }).plan, {
          onUnsaid: (words) => context.output.warn(words),
        }),
      onSent: (plan, step) => report.sent(plan, step),
      onResult: (plan, result) => {
        report.result(plan, result);
        // At once: the batch may take long, and either of the two may hang up meanwhile.
        watchers?.add(result);
      },
      onPassedOver: (plan, step, reason) => report.passedOver(plan, step, reason),
      onNotTried: (notTried) => report.notTried(notTried),
      onLost: (plan, error) => report.lost(plan, error),
    },
  );
  const exitCode = await report.summary();
  return watchers === null ? exitCode : worstExitCode([exitCode, await watchers.stay()]);
}

/**
 * @returns the worst exit code of all callers
 * @throws KnownError for whatever stops it before anything is sent
 */
export async function transferBatch(options: TransferOptions, context: Context): Promise<ExitCode> {
  const callers = readCallerList(await readStdin(context));
  const count = callers.callIds.length;
  checkConfirmation(options, count);
  if (count === 0) return new BatchReport(context, 0).summary();
  const deferred = deferInterrupt(context);
  const open = openSession(options, deferred.context, {
    mutates: true,
    flags: settingFlags(options),
  });
  try {
    return await withSession(open, (session) =>
      transferAll(callers, options, session, context, deferred),
    );
  } catch (error) {
    const { signal } = context.interruption;
    if (signal === null || deferred.begun) throw error;
    throw new InterruptedError(signal, NOTHING_SENT);
  }
}
