/**
 * Transfers as a tool of a voice agent, for `llm.tool(…)` of LiveKit Agents (1.9). The types are
 * structural: nothing of that package is needed here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Call } from '../calls/call.ts';
import { ConfigError, isKnownError, KnownError } from '../core/errors.ts';
import { type Department, findDepartment } from '../destinations/reading.ts';
import { fillAnnouncement } from '../transfer/announce.ts';
import type { BridgeEnd } from '../transfer/bridge/watch.ts';
import { isOpen } from '../transfer/outcome.ts';
import type { BridgeRoom } from './in-process.ts';
import { SPOKE, tellError, tellResult } from './sentences.ts';
import type { TransferOutcome, Transfers } from './transfers.ts';

/** What the session hears, or says. */
interface Switch {
  setAudioEnabled(enabled: boolean): void;
}

type StateListener = (change: { readonly newState: string }) => void;

/** What the tool needs of a `RunContext`. */
interface TransferToolContext {
  /** Waits for what the model said in this turn, before it called the tool. */
  waitForPlayout(): Promise<void>;
  readonly speechHandle: { readonly interrupted: boolean };
  readonly session: {
    say(text: string): { waitForPlayout(): Promise<void>; readonly interrupted: boolean };
    /** Absent where the model itself speaks (realtime models): then `say` would throw. */
    readonly tts?: unknown;
    readonly currentAgent?: { readonly tts?: unknown };
    /** `speaking` while the caller does. */
    readonly userState?: string;
    on?(event: string, listener: StateListener): unknown;
    off?(event: string, listener: StateListener): unknown;
    readonly input?: Switch;
    readonly output?: Switch;
  };
}

/** How the tool is to behave. */
export interface TransferToolOptions {
  /**
   * The room that the agent's own caller is in: the one that the agent is connected to, or its name.
   * The connected one watches a bridge: the agent stays in it, hears and says nothing any more, and
   * hangs up on the one when the other leaves. With a name alone the agent is sent away, and nobody
   * watches.
   */
  room: BridgeRoom | string | (() => BridgeRoom | string | undefined);
  /** Which participant, where the room holds more than one caller. */
  identity?: string | undefined;
  /**
   * What is said before the transfer, where the session has TTS; by default what the config says
   * (`departments.x.announce`, or `announce`), or else one short sentence. false: nothing.
   */
  announce?: false | ((department: Department) => string) | undefined;
  /** Told of each result, and of each error that stopped a transfer, for the log: not for callers. */
  onOutcome?: ((result: TransferOutcome | KnownError) => void | Promise<void>) | undefined;
  /** Told how a bridge ended that the agent watched: for the log. */
  onBridgeEnd?: ((end: BridgeEnd) => void | Promise<void>) | undefined;
  /**
   * The caller has left, or a bridge has ended, or nothing of it is the agent's business: the place to
   * end the job, which LiveKit leaves open for some 20 s more.
   */
  onLeft?: ((result: TransferOutcome) => void | Promise<void>) | undefined;
  /** Told when one of these throws, which changes nothing for the caller or the model. */
  onTrouble?: ((message: string) => void) | undefined;
}

/** What `llm.tool` takes. */
export interface TransferTool {
  description: string;
  parameters: {
    type: 'object';
    properties: { department: { type: 'string'; enum: string[]; description: string } };
    required: string[];
    additionalProperties: false;
  };
  onDuplicate: 'reject';
  /** @returns what the model is to know, in words that a caller may hear */
  execute(
    args: { department: string },
    options: { ctx: TransferToolContext; abortSignal?: AbortSignal },
  ): Promise<string>;
}

const LONGEST_DESCRIPTION = 200;

/** `sales (New orders; also: new business)`: what a model chooses by. */
function describeDepartment({ name, description, aliases = [] }: Department): string {
  const notes = [description ?? '', aliases.length === 0 ? '' : `also: ${aliases.join(', ')}`]
    .filter((note) => note !== '')
    .join('; ')
    .slice(0, LONGEST_DESCRIPTION);
  return notes === '' ? name : `${name} (${notes})`;
}

/** @throws ConfigError: a tool without departments could transfer nobody */
function departmentsOf({ departments, configFile }: Transfers): Department[] {
  const found = departments();
  if (found.length > 0) return found;
  const hint =
    'Name departments in transfer.config.json, in the working folder or above it; or give `config` to `openTransfers`.';
  if (configFile === null) throw new ConfigError('No config was found.', { hint });
  const file = configFile ?? null;
  const where = file === null ? 'The config that was given' : `The config ${file}`;
  throw new ConfigError(`${where} names no department.`, { file, hint });
}

const DEFAULT_ANNOUNCEMENT = 'One moment, I am putting you through to {department}.';

function announcementFor(
  department: Department,
  announce: TransferToolOptions['announce'],
  ofConfig: string | undefined,
): string | null {
  if (announce === false) return null;
  if (announce !== undefined) return announce(department);
  const words = department.announce ?? ofConfig ?? DEFAULT_ANNOUNCEMENT;
  return fillAnnouncement(words, { department: department.name, kind: 'department' });
}

/**
 * Says what is to be said, to its end.
 * @param spoke aborted once the caller speaks
 * @returns whether the caller let it be said: one who spoke may not want the transfer
 */
async function announced(
  ctx: TransferToolContext,
  words: string | null,
  spoke: AbortSignal,
): Promise<boolean> {
  const { session, speechHandle } = ctx;
  const hasSpoken = () => spoke.aborted || session.userState === 'speaking';
  // What the model itself said in this turn may have been an announcement.
  await ctx.waitForPlayout();
  if (speechHandle.interrupted || hasSpoken()) return false;
  const hasTts = (session.tts ?? session.currentAgent?.tts ?? null) !== null;
  if (words === null || !hasTts) return true;
  const speech = session.say(words);
  await speech.waitForPlayout();
  return !speech.interrupted && !hasSpoken();
}

/** Both would hear the agent, and it both. */
function silence({ session: { input, output } }: TransferToolContext): void {
  input?.setAudioEnabled(false);
  output?.setAudioEnabled(false);
}

const LISTENING_STEP_MS = 20;

/**
 * Aborts once the caller begins to speak, until `done` is. A word that is too short to interrupt the
 * agent is shown by the state of the session alone, and only for as long as it lasts.
 */
function abortOnSpeech(
  { session }: TransferToolContext,
  spoke: AbortController,
  done: AbortSignal,
): void {
  const onChange: StateListener = ({ newState }) => {
    if (newState === 'speaking') spoke.abort();
  };
  session.on?.('user_state_changed', onChange);
  done.addEventListener('abort', () => session.off?.('user_state_changed', onChange), {
    once: true,
  });
}

/** The same for whoever speaks already, and where the session tells nobody of changes. */
async function abortWhileSpeaking(
  { session }: TransferToolContext,
  spoke: AbortController,
  done: AbortSignal,
): Promise<void> {
  while (!done.aborted && !spoke.signal.aborted) {
    if (session.userState === 'speaking') spoke.abort();
    await delay(LISTENING_STEP_MS);
  }
}

/**
 * A tool that puts the agent's own caller through to a department of the config, and nowhere else:
 * `llm.tool(transferTool(transfers, { room: () => getJobContext().room }))`.
 * @throws ConfigError when no config was found, or it names no department
 */
export function transferTool(transfers: Transfers, options: TransferToolOptions): TransferTool {
  const departments = departmentsOf(transfers);
  const names = departments.map(({ name }) => name);
  const wordsFor = (department: Department) =>
    announcementFor(department, options.announce, transfers.config.announce);
  /** Rooms in which the tool is at work. */
  const atWork = new Set<string>();
  /** Calls whose last transfer may still come about: nothing more is announced there. */
  const open = new Set<string>();

  /** What became of the caller stays true when whoever is told of it throws. */
  async function tell(name: string, told: () => void | Promise<void>): Promise<void> {
    try {
      await told();
    } catch (error) {
      options.onTrouble?.(`${name} threw: ${String(error)}`);
    }
  }

  async function transfer(
    room: string,
    watched: BridgeRoom | undefined,
    department: string,
    { ctx, abortSignal }: Parameters<TransferTool['execute']>[1],
  ): Promise<string> {
    const to = `department:${department}`;
    let call: Call | null = null;
    const spoke = new AbortController();
    const sent = new AbortController();
    abortOnSpeech(ctx, spoke, sent.signal);
    try {
      call = await transfers.findCall({ room, identity: options.identity });
      await transfers.resolve(to, call);
      const found = findDepartment(transfers.config, department);
      const isPointless = found === null || !call.transferable || open.has(call.callId);
      const words = isPointless ? null : wordsFor(found);
      void abortWhileSpeaking(ctx, spoke, sent.signal);
      if (!(await announced(ctx, words, spoke.signal))) return SPOKE;
      const moving = transfers.transfer(call, to, {
        signal: AbortSignal.any([spoke.signal, ...(abortSignal ? [abortSignal] : [])]),
        room: watched,
        onSent: () => sent.abort(),
        onAnswer: ({ outcome }) => {
          if (outcome === 'bridged' && watched !== undefined) silence(ctx);
        },
        onBridgeEnd: async (end) => {
          if (end === null) return;
          await tell('onBridgeEnd', () => options.onBridgeEnd?.(end));
          await tell('onLeft', async () => options.onLeft?.(await moving));
        },
      });
      const result = await moving;
      if (isOpen(result.outcome)) open.add(call.callId);
      await tell('onOutcome', () => options.onOutcome?.(result));
      // Not waited for: ending the job waits for its tools.
      const isUnwatched = result.outcome === 'bridged' && result.bridge?.watchedBy === null;
      if (result.caller === 'left' || result.outcome === 'completed' || isUnwatched) {
        void tell('onLeft', () => options.onLeft?.(result));
      }
      return tellResult(result);
    } catch (error) {
      if (!isKnownError(error)) throw error;
      await tell('onOutcome', () => options.onOutcome?.(error));
      const wasSent = sent.signal.aborted;
      if (error.code === 'interrupted' && spoke.signal.aborted && !wasSent) return SPOKE;
      return tellError(error, names, call, wasSent);
    } finally {
      sent.abort();
    }
  }

  return {
    description: 'Puts the caller through to a department, for good. Call it once.',
    parameters: {
      type: 'object',
      properties: {
        department: {
          type: 'string',
          enum: names,
          description: `Which department: ${departments.map(describeDepartment).join('; ')}.`,
        },
      },
      required: ['department'],
      additionalProperties: false,
    },
    onDuplicate: 'reject',
    async execute({ department }, run) {
      const given = typeof options.room === 'function' ? options.room() : options.room;
      const watched = typeof given === 'object' ? given : undefined;
      const room = typeof given === 'object' ? given.name : given;
      if (!room) throw new KnownError('usage', 'The room has no name: the agent is in none.');
      if (atWork.has(room)) return 'The caller is being put through already.';
      atWork.add(room);
      try {
        return await transfer(room, watched, department, run);
      } finally {
        atWork.delete(room);
      }
    },
  };
}
