/** The live list of calls on a terminal: to look at (`calls --watch`), or to act on (the desk). */
import type { Call } from '../../calls/call.ts';
import type { CallWatch, WatchState } from '../../calls/watched-calls.ts';
import { type ExitCode, InterruptedError, UsageError } from '../../core/errors.ts';
import {
  composeLine,
  type Key,
  openScreen,
  type Screen,
  type Size,
} from '../../terminal/screen.ts';
import type { Palette } from '../../terminal/style.ts';
import { NOTHING_SENT } from '../../transfer/explain/errors.ts';
import { openWatch, type WatchFlags } from '../calls/watch.ts';
import type { DeskOptions } from '../help/command.ts';
import { readTrunkNames } from '../shared/choices.ts';
import type { Context, GlobalOptions } from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { Board } from './board.ts';
import { type Surroundings, statusLine, totalsLine } from './board-view.ts';
import type { Flow } from './flow.ts';

/** Whether the whole terminal can be drawn on, and keys be read. */
export function canDraw({ host, output }: Context, options: GlobalOptions): boolean {
  const isTerminal = host.stdout.isTTY && host.stdin.isTTY;
  return isTerminal && host.env.TERM !== 'dumb' && !output.json && options.input;
}

/** Fewer lines of the list beside what is done with a call tell nothing. */
const LEAST_LIST = 4;
/** Ages go on while nothing else changes, in ms. */
const AGES_MS = 1000;

/** What stands around the list: two lines above, two below. */
const FRAME = 4;

interface Live {
  watch: CallWatch;
  board: Board;
  palette: Palette;
  place: string;
  /** Only these calls are shown; null: all. */
  isListed: ((call: Call) => boolean) | null;
  /** What else must be known. */
  notices: string[];
  /** What is done with a call; null where the list is only looked at. */
  flow: Flow | null;
}

/** The calls that are shown, as one list for as long as the watch has no other. */
const listed = new WeakMap<WatchState, WatchState>();

function stateOf({ watch, isListed }: Live): WatchState {
  const { state } = watch;
  if (isListed === null) return state;
  const known = listed.get(state);
  if (known !== undefined) return known;
  const narrowed = { ...state, calls: state.calls.filter(({ call }) => isListed(call)) };
  listed.set(state, narrowed);
  return narrowed;
}

function keysOf({ board, flow }: Live): string {
  if (flow?.isOpen === true) return flow.keys;
  const leave = board.isSearching ? 'Esc ends search' : 'q leaves';
  const act = flow === null ? '' : ' · Enter acts';
  const bridges = flow?.controls.going.length ?? 0;
  const watched =
    bridges === 0 ? '' : ` · watches ${bridges} bridge${bridges === 1 ? '' : 's'} of its own`;
  return `↑↓ choose${act} · ${leave}${watched}`;
}

/** The picture at this moment. */
export function drawLive(live: Live, size: Size, nowMs: number): string[] {
  const { board, palette, place, flow, notices } = live;
  const state = stateOf(live);
  const around: Surroundings = { palette, nowMs, place };
  const middle = Math.max(0, size.rows - FRAME);
  const most = middle - LEAST_LIST >= 8 ? middle - LEAST_LIST : middle;
  const panel = flow?.lines({ ...size, rows: most }, palette) ?? [];
  const list = board.lines(state, { ...size, rows: middle - panel.length }, around);
  const notice = flow?.controls.news ?? notices.at(-1);
  const status =
    notice === undefined
      ? statusLine(state, size, around)
      : composeLine([[notice, palette.yellow]], size.columns);
  const lines = [totalsLine(state, size, around), board.searchLine(state, size, around), ...list];
  while (lines.length < 2 + middle - panel.length) lines.push('');
  return [
    ...lines.slice(0, 2 + middle - panel.length),
    ...panel,
    status,
    composeLine([[keysOf(live), palette.dim]], size.columns),
  ];
}

/**
 * Shows the list until somebody leaves it.
 * @param openFlow makes what is done with a call
 * @returns 0
 * @throws InterruptedError on Ctrl-C and SIGTERM; what ends the watch
 */
export async function showLive(
  flags: WatchFlags,
  session: Session,
  context: Context,
  isListed: ((call: Call) => boolean) | null = null,
  openFlow?: (watch: CallWatch, refresh: () => void) => Flow,
): Promise<ExitCode> {
  const { host, output, interruption } = context;
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, interruption.abort]);
  const notices: string[] = [];
  const opened = await openWatch(flags, session, context, signal, (why) => {
    notices.push(
      `The record of transfers could not be read (${why}): open transfers are not marked.`,
    );
  });
  const { watch } = opened;
  const board = new Board(session.config);
  let screen: Screen | null = null;
  const refresh = () => screen?.refresh();
  const flow = openFlow?.(watch, refresh) ?? null;
  const palette = await output.palette('stdout');
  const live: Live = {
    watch,
    board,
    palette,
    place: session.place + session.scannedRooms,
    isListed,
    notices,
    flow,
  };

  let leave: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let pageSize = 10;
  const onKey = (key: Key) => {
    const state = stateOf(live);
    const isQ = key.text === 'q' && key.name !== 'paste' && !board.isSearching;
    const leaves = flow?.isOpen !== true && (isQ || (key.ctrl && key.name === 'd'));
    if (leaves) {
      if (flow?.mayLeave !== false) leave();
      refresh();
      return;
    }
    flow?.controls.forgetNews();
    if (flow?.isOpen === true) flow.onKey(key);
    else if (key.name === 'return') {
      const chosen = board.chosen(state);
      if (chosen !== null) flow?.open(chosen.call);
    } else {
      board.hold(state, host.now());
      board.onKey(key, state, pageSize);
    }
    refresh();
  };
  /** When no transfer is under way, however it ends: that is told by itself. */
  const whenIdle = () => flow?.settled().catch(() => {}) ?? Promise.resolve();
  const stopListening = watch.onState(refresh);
  const ages = setInterval(refresh, AGES_MS);
  try {
    output.close();
    screen = openScreen(host, {
      render: (size) => {
        pageSize = Math.max(1, size.rows - FRAME - 2);
        return drawLive(live, size, host.now());
      },
      onKey,
      onInterrupt: () => {
        const goesOn = flow?.mayLeave !== false;
        refresh();
        return goesOn;
      },
      onDrawn: () => flow?.onDrawn(),
      onReturn: () => flow?.onReturn(),
      // Nobody is left to see it, and the record has how it ends all the same.
      onGone: () => {
        flow?.controls.terminalGone();
        void whenIdle().then(leave);
      },
    });
    void readTrunkNames(session.client, host, signal).then(
      (names) => {
        board.trunkNames = names;
      },
      // They only help to find a call.
      () => {},
    );
    interruption.onLeaving(() => {
      screen?.close();
      const words = flow?.lastWords ?? null;
      if (words !== null) output.warn(words);
    });
    // What ends the watch ends no transfer: how that ends is told first.
    const watching = watch.run().catch(async (error: unknown) => {
      await whenIdle();
      throw error;
    });
    await Promise.race([watching, left, ...(flow === null ? [] : [flow.failed])]);
    if (interruption.signal !== null) {
      screen.close();
      // A transfer that is out says itself that it goes on.
      await flow?.settled();
      const words = flow?.hasSentNothing === true ? NOTHING_SENT : 'Interrupted.';
      throw new InterruptedError(interruption.signal, words);
    }
    return 0;
  } finally {
    clearInterval(ages);
    stopListening();
    screen?.close();
    ending.abort();
    opened.close();
  }
}

/**
 * The desk.
 * @returns 0 when it is left
 * @throws UsageError where there is no terminal
 */
export async function run(options: DeskOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  if (host.env.TERM === 'dumb' && host.stdin.isTTY) {
    return (await import('../transfer/run.ts')).run(options, context);
  }
  if (!canDraw(context, options)) {
    throw new UsageError('The desk needs a terminal, and somebody who answers questions.', {
      hint: '`lk-transfer calls --watch` reports what happens to programs, and `lk-transfer transfer` transfers a call.',
    });
  }
  output.progress('Looking for calls');
  const flags = { rooms: options.rooms };
  const opened = openSession(options, context, { mutates: true, flags });
  return withSession(opened, async (session) => {
    const [{ Flow }, { SessionTransfers }, { SessionControls }] = await Promise.all([
      import('./flow.ts'),
      import('./transfers.ts'),
      import('./controls.ts'),
    ]);
    const transfers = new SessionTransfers(session, context);
    const controls = new SessionControls(session, context, transfers);
    try {
      return await showLive(
        options,
        session,
        context,
        null,
        (watch, refresh) => new Flow({ session, context, watch, transfers, controls, refresh }),
      );
    } finally {
      const stopped = controls.stop();
      transfers.sumUp();
      await stopped;
      for (const words of controls.wordsOnLeaving) output.warn(words);
    }
  });
}
