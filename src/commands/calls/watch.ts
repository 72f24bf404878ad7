/** `calls --watch` for programs: what happens, an event a line. */
import type { Call } from '../../calls/call.ts';
import { conditionWord } from '../../calls/condition.ts';
import type { OpenCalls } from '../../calls/scan.ts';
import { Watch } from '../../calls/watch.ts';
import type { CallWatch, WatchEvent } from '../../calls/watched-calls.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Room } from '../../livekit/messages.ts';
import type { WebhookListener } from '../../livekit/webhooks.ts';
import type { Output } from '../../terminal/output.ts';
import { parseFields } from '../../terminal/table.ts';
import { readOpenCalls, unmarkedCalls } from '../shared/calls.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { CALL_FIELDS, type CallsOptions } from './command.ts';

/** How long nothing is written before it is asked whether somebody reads at all, at first and at most, in ms. */
const QUIET_MS = [250, 600_000] as const;

/** An event in words, for a terminal without a board. */
function describeEvent(event: WatchEvent): string {
  const at = new Date(event.time).toTimeString().slice(0, 8);
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
function eventFilter({
  status,
  direction,
  stuck,
}: CallsOptions): (event: WatchEvent) => 'inside' | 'crosses' | null {
  const listed = new Set<string>();
  const passes = (call: Call) =>
    (status === undefined || call.status === status) &&
    (direction === undefined || call.direction === direction) &&
    (stuck !== true || call.stuck === true);
  return (event) => {
    if (!('call' in event)) return 'inside';
    const key = event.call.callId || `${event.call.roomSid} ${event.call.identity}`;
    const wasListed = listed.has(key);
    const isListed = event.type !== 'call-ended' && passes(event.call);
    if (isListed) listed.add(key);
    else listed.delete(key);
    if (isListed && wasListed) return 'inside';
    return isListed || wasListed ? 'crosses' : null;
  };
}

/**
 * The event with the fields that are asked for. @returns null for a change of other fields alone
 * @param isInside the filters left the call before, and leave it now
 */
function selectFrom(
  event: WatchEvent,
  isInside: boolean,
  { fields }: CallsOptions,
  output: Output,
) {
  const { type, time, ...rest } = event;
  if (!('call' in event)) return { type, time, ...rest };
  const call = output.select(event.call, CALL_FIELDS);
  if (event.type !== 'call-changed') return { type, time, call };
  const wanted = fields === undefined ? null : parseFields(fields, CALL_FIELDS);
  const changed = event.changed.filter((field) => wanted?.includes(field) ?? true);
  return changed.length === 0 && isInside ? null : { type, time, call, changed };
}

/** Notices that nobody reads any more, also where nothing happens; less often the longer nothing does. */
class ReaderWatch {
  readonly #context: Context;
  readonly #ending: AbortController;
  #written = new AbortController();
  #hasBegun = false;

  constructor(context: Context, ending: AbortController) {
    this.#context = context;
    this.#ending = ending;
  }

  noteWritten(): void {
    this.#written.abort();
    if (!this.#hasBegun) void this.#watch();
    this.#hasBegun = true;
    void this.#context.host.stdout.drained().then((lost) => {
      if (lost !== null) this.#ending.abort();
    });
  }

  async #watch(): Promise<void> {
    const { host, output } = this.#context;
    const { signal } = this.#ending;
    const [first, longest] = QUIET_MS;
    let quietMs: number = first;
    while (!signal.aborted) {
      this.#written = new AbortController();
      const written = this.#written.signal;
      await host.sleep(quietMs, AbortSignal.any([written, signal]));
      quietMs = written.aborted ? first : Math.min(longest, quietMs * 2);
      if (!written.aborted && !signal.aborted && (await output.isUnread())) this.#ending.abort();
    }
  }
}

/**
 * Prints what happens until a signal comes, or the reader has gone.
 * @returns 130 or 143 for a signal; 0 when the reader has gone
 */
export async function streamEvents(
  options: CallsOptions,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  const { host, output, interruption } = context;
  const ending = new AbortController();
  const { signal } = ending;
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const end = () => ending.abort();
  interruption.abort.addEventListener('abort', end);
  if (interruption.signal !== null) end();
  const { watch, close } = await openWatch(options, session, context, signal, (why) =>
    output.warn(unmarkedCalls(why)),
  );
  const inWords = host.stdout.isTTY && !output.json && !output.selects;
  const filter = eventFilter(options);
  const reader = new ReaderWatch(context, ending);
  watch.onEvent((event) => {
    const told = signal.aborted ? null : filter(event);
    if (told === null) return;
    if (inWords) output.sentence(describeEvent(event));
    else {
      const selected = selectFrom(event, told === 'inside', options, output);
      if (selected === null) return;
      output.event(selected);
    }
    reader.noteWritten();
  });
  try {
    // Reads that are still under way keep nobody here.
    await Promise.race([watch.run(), ended]);
  } finally {
    end();
    close();
    interruption.abort.removeEventListener('abort', end);
  }
  if (interruption.signal === null) return 0;
  return interruption.signal === 'SIGTERM' ? 143 : 130;
}

// A watch of the calls, as the flags of a live list ask for it.

/** Requests a minute, where nobody says otherwise: a third of what LiveKit Cloud allows a project. */
const DEFAULT_MAX_REQUESTS = 300;

export interface WatchFlags {
  maxRequests?: number;
  /** `--webhooks`, as typed. */
  webhooks?: string;
  /** Only this room, by name or SID. */
  room?: string;
}

interface OpenWatch {
  watch: CallWatch;
  close(): void;
}

/**
 * Makes a watch, and listens for webhooks where that is asked for; whoever opens it runs it.
 * @param signal aborted when the watch is to end
 * @param onUnreadRecord told why calls with open transfers are not marked, once for each reason
 * @throws UsageError for an address where nobody can listen
 */
export async function openWatch(
  flags: WatchFlags,
  session: Session,
  context: Context,
  signal: AbortSignal,
  onUnreadRecord: (why: string) => void,
): Promise<OpenWatch> {
  const { client, config, isAgent, isScanned, sandbox } = session;
  const { host } = context;
  const told = new Set<string>();
  const tellOnce = (why: string) => {
    if (!told.has(why)) onUnreadRecord(why);
    told.add(why);
  };
  let open: OpenCalls = new Map();
  const readOpen = async () => {
    let isWhole = true;
    const read = await readOpenCalls(context, (why) => {
      isWhole = false;
      tellOnce(why);
    });
    // What half a record leaves out is not over for that.
    open = isWhole ? read : new Map([...open, ...read]);
    return open;
  };
  const isWatched = (room: Pick<Room, 'name' | 'sid'>) =>
    flags.room === undefined ? isScanned(room) : [room.name, room.sid].includes(flags.room);
  let webhooks: WebhookListener | null = null;
  const watch = new Watch(client, {
    isAgent,
    country: config.defaultCountry ?? null,
    maxRequests: flags.maxRequests ?? DEFAULT_MAX_REQUESTS,
    isWatched,
    byWebhooks: flags.webhooks !== undefined,
    lastWebhookMs: () => webhooks?.lastMs ?? null,
    readOpenTransfers: sandbox ? undefined : readOpen,
    clock: host,
    signal,
  });
  // Rooms that nobody watches are not listed for their sake.
  const onRoom = (room: Pick<Room, 'name' | 'sid'>) => {
    if (isWatched(room)) watch.look(room.name);
  };
  webhooks = await listen(flags.webhooks, session, onRoom, host.now);
  return { watch, close: () => webhooks?.close() };
}

async function listen(
  address: string | undefined,
  { credentials }: Session,
  onRoom: (room: Pick<Room, 'name' | 'sid'>) => void,
  now: () => number,
): Promise<WebhookListener | null> {
  if (address === undefined) return null;
  const { listenForWebhooks, readWebhookAddress } = await import('../../livekit/webhooks.ts');
  return listenForWebhooks(readWebhookAddress(address), credentials, onRoom, now);
}
