/** `calls --watch` for programs: what happens, an event a line. */
import type { Call } from '../../calls/call.ts';
import { conditionWord } from '../../calls/condition.ts';
import type { WatchEvent } from '../../calls/watched-calls.ts';
import type { ExitCode } from '../../core/errors.ts';
import { CALL_FIELDS } from '../shared/calls.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openWatch } from '../shared/watch.ts';
import type { CallsOptions } from './command.ts';

/** A terminal that only shows lines, one below the other. */
function isDumb({ host }: Context): boolean {
  return host.env.TERM === 'dumb';
}

/** An event in words, for a terminal without a board. */
function describeEvent(event: WatchEvent): string {
  const at = event.time.slice(11, 19);
  switch (event.type) {
    case 'call-started':
    case 'call-changed':
    case 'call-ended': {
      const { callId, phoneNumberRaw, name, room, stuck } = event.call;
      const what = { 'call-started': 'up', 'call-changed': 'now', 'call-ended': 'ended' }[
        event.type
      ];
      const state = event.type === 'call-ended' ? '' : `  ${conditionWord(event.call)}`;
      const mark = stuck === true && event.type !== 'call-ended' ? '  stuck' : '';
      return `${at}  ${what}  ${phoneNumberRaw ?? name}${state}${mark}  ${callId}  room ${room}`;
    }
    case 'room-unreadable':
      return `${at}  room ${event.room} cannot be read: ${event.message}`;
    case 'connection-lost':
      return `${at}  connection lost: ${event.message}`;
    case 'connection-restored':
      return `${at}  connection restored after ${event.lostSeconds} s`;
  }
}

/**
 * Whether the filters of a run leave an event. A call that leaves the list by a change is told of once
 * more: it has not ended, and whoever reads along must see why nothing more comes of it.
 */
function eventFilter({ status, direction, stuck }: CallsOptions): (event: WatchEvent) => boolean {
  const listed = new Set<string>();
  const passes = (call: Call) =>
    (status === undefined || call.status === status) &&
    (direction === undefined || call.direction === direction) &&
    (stuck !== true || call.stuck === true);
  return (event) => {
    if (!('call' in event)) return true;
    const key = event.call.callId || `${event.call.roomSid} ${event.call.identity}`;
    const wasListed = listed.has(key);
    const isListed = event.type !== 'call-ended' && passes(event.call);
    if (isListed) listed.add(key);
    else listed.delete(key);
    return isListed || wasListed;
  };
}

/**
 * Prints what happens until a signal comes, or nobody reads it any more.
 * @returns 130 or 143 for a signal; 0 when the reader has gone
 */
export async function streamEvents(
  options: CallsOptions,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  const { host, output, interruption } = context;
  const ending = new AbortController();
  const end = () => ending.abort();
  interruption.abort.addEventListener('abort', end);
  if (interruption.signal !== null) end();
  const { watch, close } = await openWatch(options, session, context, ending.signal, (why) =>
    output.warn(
      `The record of transfers could not be read (${why}): a call whose transfer may still come about is not marked as such here.`,
    ),
  );
  const inWords = host.stdout.isTTY && !output.json && isDumb(context);
  const passes = eventFilter(options);
  watch.onEvent((event) => {
    if (ending.signal.aborted || !passes(event)) return;
    if (inWords) output.sentence(describeEvent(event));
    else {
      const { type, time, ...rest } = event;
      const call = 'call' in event && { call: output.select(event.call, CALL_FIELDS) };
      output.event({ type, time, ...rest, ...call });
    }
    // Whoever reads no more has seen enough: `| head -1`.
    void host.stdout.drained().then((lost) => {
      if (lost !== null) end();
    });
  });
  try {
    await watch.run();
  } finally {
    close();
    interruption.abort.removeEventListener('abort', end);
  }
  if (interruption.signal === null) return 0;
  return interruption.signal === 'SIGTERM' ? 143 : 130;
}
