/** `calls`: who is on the line, and who is stuck. */

import type { Call } from '../../calls/call.ts';
import { isStuckCondition } from '../../calls/condition.ts';
import { rereadStuckCalls } from '../../calls/scan.ts';
import type { ExitCode } from '../../core/errors.ts';
import { CALL_COLUMNS, CALL_FIELDS, scanWithProgress } from '../shared/calls.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { openSession, withSession } from '../shared/session.ts';
import type { CallsOptions } from './command.ts';

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

function passes(call: Call, options: CallsOptions): boolean {
  return (
    passesFilters(call, options) &&
    // Whether it is stuck takes a second look; calls that do not even seem so need none.
    (options.stuck !== true || isStuckCondition(call.condition))
  );
}

function passesFilters(call: Call, options: CallsOptions): boolean {
  return (
    (options.status === undefined || call.status === options.status) &&
    (options.trunk === undefined || call.trunkId === options.trunk) &&
    (options.direction === undefined || call.direction === options.direction)
  );
}

/** Whoever watches for stuck calls alone would never see again one whose transfer was lost. */
function noteOpenTransfers(
  calls: readonly Call[],
  options: CallsOptions,
  { output }: Context,
): void {
  const open = calls.filter(
    (call) => call.condition === 'transfer-open' && passesFilters(call, options),
  );
  if (open.length === 0) return;
  const have = open.length === 1 ? '1 call has' : `${open.length} calls have`;
  output.notice(
    `${have} a transfer that may still come about, and ${open.length === 1 ? 'is' : 'are'} not listed: see \`lk-transfer calls\`.`,
  );
}

/** @returns 0, also when there are no calls; 1 when a room could not be read */
export function run(options: CallsOptions, context: Context): Promise<ExitCode> {
  const { host, output, interruption } = context;
  output.checkFields(CALL_FIELDS);
  return withSession(openSession(options, context), async (session) => {
    const { client, isAgent } = session;
    const scan = await scanWithProgress(session, context, options.room);
    const looked = await rereadStuckCalls(
      client,
      scan.calls.filter((call) => passes(call, options)),
      {
        isAgent,
        now: host.now,
        sleep: (ms) => host.sleep(ms, interruption.abort),
        onSecondLook: (count) =>
          output.progress(
            `Looking again at ${count} call${count === 1 ? '' : 's'} that may be stuck`,
          ),
      },
    );
    throwIfInterrupted(context);
    const calls = options.stuck === true ? looked.filter(({ stuck }) => stuck) : looked;
    await output.list(calls, CALL_COLUMNS, CALL_FIELDS);
    if (calls.length === 0) output.notice(`No active SIP calls${describeFilters(options)}.`);
    if (options.stuck === true) noteOpenTransfers(scan.calls, options, context);
    return scan.unreadable.length > 0 ? 1 : 0;
  });
}
