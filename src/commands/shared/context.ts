/** What every command is given, and the flags that every command has. */
import type { Command } from 'commander';
import { InterruptedError, KnownError, UsageError } from '../../core/errors.ts';
import type { Host, Interruption } from '../../core/host.ts';
import { decodeText, hiddenCharacter, shellWord, wrapWords } from '../../core/text.ts';
import type { Output } from '../../terminal/output.ts';
import { confirm, PromptAborted } from '../../terminal/prompts.ts';
import {
  type Exclusion,
  type Flag,
  readDuration,
  refusedFlag,
  textFlag,
  toggleFlag,
  valueFlag,
} from './flags.ts';

/** The flags that go before or after any command. */
export interface GlobalOptions {
  json: boolean;
  quiet: boolean;
  /** `--fields`, as typed. */
  fields?: string;
  color?: boolean;
  /** false: nothing may be asked. */
  input: boolean;
  debug: boolean;
  /** For each read, in ms. */
  timeoutMs?: number;
  config?: string;
  credentials?: string;
  project?: string;
  url?: string;
  apiKey?: string;
  apiSecretFile?: string;
  sandbox: boolean;
}

/** A secret on the command line stands in the process list: refused, and never echoed. */
function refuseSecret(): never {
  throw new UsageError('Do not put a secret on the command line: others can read it there.', {
    hint: 'Use the environment variable LIVEKIT_API_SECRET, or --api-secret-file FILE.',
  });
}

/**
 * Node has a flag of that name, finds it behind the script as well, and runs what the file's
 * NODE_OPTIONS names. Our launcher keeps Node from it; in `node bin/lk-transfer.js --env-file FILE`
 * Node has read the file before this is asked.
 */
function refuseEnvFile(): never {
  throw new UsageError('There is no --env-file here: it is a flag of Node.js, and can run code.', {
    hint: 'Use --credentials FILE: it reads the same lines and runs no code.',
  });
}

/** The flags that go before or after any command. */
export const GLOBAL_FLAGS = [
  toggleFlag('--json', 'print JSON'),
  textFlag('--fields <names>', 'only these fields, comma-separated'),
  toggleFlag('-q, --quiet', 'print no progress and no notes'),
  toggleFlag('--color', 'colour, even where the stream is no terminal'),
  toggleFlag('--no-color', 'no colour'),
  toggleFlag('--no-input', 'ask nothing'),
  toggleFlag('--debug', 'show where an unexpected error happened, and count the requests'),
  valueFlag('--timeout <duration>', 'how long one read may take (default: 10s)', readDuration),
  textFlag('--config <file>', 'the config file'),
  textFlag(
    '--credentials <file>',
    'read LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET there',
  ),
  refusedFlag('--env-file <file>', refuseEnvFile),
  textFlag('--project <name>', 'a project of the lk CLI'),
  textFlag('--url <url>', 'the LiveKit server'),
  textFlag('--api-key <key>', 'the API key'),
  textFlag('--api-secret-file <file>', 'a file with the API secret; - is standard input'),
  refusedFlag('--api-secret <secret>', refuseSecret),
  toggleFlag('--sandbox', 'use a LiveKit with calls in it, inside this program'),
] as const;

export const GLOBAL_EXCLUSIONS: readonly Exclusion[] = [
  {
    oneOf: [
      ['--sandbox'],
      ['--url', '--api-key', '--api-secret-file'],
      ['--project'],
      ['--credentials'],
    ],
    why: 'Each says which LiveKit to use: give only one.',
  },
];

/** Their names alone, for the help of one command. @param columns of the help */
export function globalFlagsInShort(columns: number): string[] {
  const names = GLOBAL_FLAGS.filter((flag: Flag) => flag.hidden !== true).map(({ flags }) => flags);
  const text = `${names.join(', ')}, -V, --version: see \`lk-transfer --help\``;
  return wrapWords(text, columns - 2).map((line) => `  ${line}`);
}

/** Flags with which nobody is to be asked, or shown, anything. */
const NOT_FOR_PEOPLE = ['--json', '--no-input', '--quiet', '--version'];
/** Flags that say where the calls are, and so ask for them. */
const PLACE_FLAGS = ['--sandbox', '--config', '--credentials', '--project', '--url'];

/** Whether a line without a command asks for the desk. @param flags those that stand on it */
export function asksForDesk(flags: readonly string[]): boolean {
  if (flags.some((flag) => NOT_FOR_PEOPLE.includes(flag))) return false;
  return flags.length === 0 || flags.some((flag) => PLACE_FLAGS.includes(flag));
}

export interface RunInterruption extends Interruption {
  /** Has something said when a second signal comes, before the program leaves at once. */
  onLeaving(say: () => void): void;
}

export interface Context {
  host: Host;
  output: Output;
  interruption: RunInterruption;
  /** Left out where nobody has typed one. */
  line?: ReturnType<typeof lineOf>;
  /** A REFER goes out: from here on a failure of ours leaves it open what became of the caller. */
  noteSent(): void;
  /** Something else was done, as the result says: told where nobody can read that one. */
  noteDone(what: string): void;
}

// The line of a run, for one that is the same but for the caller.

/** @returns the words behind the command, each as it is to be typed again, a flag with its value */
export function lineOf(command: Command): { command: string; words: readonly string[] } {
  const path = [command];
  for (let { parent } = command; parent !== null; { parent } = parent) path.unshift(parent);
  const options = path.flatMap((each) => each.options);
  const { rawArgs: argv = [] } = path[0] as Command & { rawArgs?: readonly string[] };
  const words: string[] = [];
  const left = [...argv];
  for (let names = path.length - 1, word = left.shift(); word !== undefined; word = left.shift()) {
    const takesNext = options.some(({ long, required }) => required && long === word);
    if (takesNext) words.push(`${word} ${shellWord(left.shift() ?? '')}`);
    else if (names > 0 && !word.startsWith('-')) names -= 1;
    else if (!/^(?:--yes|-y+)$/.test(word)) words.push(shellWord(word.replace(/^-\w+$/, noYes)));
  }
  return { command: path.flatMap((each) => (each.parent ? each.name() : [])).join(' '), words };
}

/** Whoever pastes it is asked. Short flags may stand in one word: `-qy`. */
const noYes = (flags: string) => flags.replaceAll('y', '');

/**
 * The line of this run with a call id in the caller's place.
 * @param flag what the caller stands behind; empty: nothing
 * @returns undefined where a sentence cannot show it as it has to be typed, or would show a secret
 */
export function sameLineFor({ line }: Context, flag = ''): ((id: string) => string) | undefined {
  const { command = '', words = [] } = line ?? {};
  const isCaller = flag === '' ? /^'?[^'-]/ : new RegExp(`^${flag}[ =]`);
  const at = words.findIndex((word) => isCaller.test(word.replace(/^'(?=--)/, '')));
  const isUnprintable = (word: string) =>
    /`| \| |^'?--header\b|sips?:[^@]*:[^@]*@/i.test(word) || hiddenCharacter(word) !== null;
  if (at === -1 || words.toSpliced(at, 1).some(isUnprintable)) return undefined;
  const who = (id: string) => `${flag} ${shellWord(id)}`.trim();
  return (id) => ['lk-transfer', command, ...words.with(at, who(id))].join(' ');
}

/** Whether a question can be asked: somebody sees it, somebody can answer, and nobody forbade it. */
export function canPrompt(
  { host, output }: Context,
  options: Pick<GlobalOptions, 'input'>,
): boolean {
  return host.stdin.isTTY && host.stderr.isTTY && options.input && !output.json;
}

/** Stops a run whose reads a signal has cut off: what they brought is not the truth. */
export function throwIfInterrupted({ interruption }: Context): void {
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
}

// Questions to whoever runs a command.

/**
 * Waits for an answer; a Ctrl-C at the question ends the run.
 * @param consequence what is said then, behind “Interrupted.”
 * @throws InterruptedError
 */
export async function awaitAnswer<Answer>(
  asked: Promise<Answer>,
  { interruption }: Context,
  consequence = 'Nothing was sent.',
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', `Interrupted. ${consequence}`);
  }
}

/**
 * Asks for consent; whatever is not a yes is none.
 * @param declined what is said then
 * @throws KnownError `declined`, or InterruptedError; in both cases nothing was sent
 */
export async function confirmOrDecline(
  context: Context,
  question: string,
  declined: string,
  consequence?: string,
): Promise<void> {
  const { host, interruption } = context;
  const asked = confirm(host, question, interruption.abort);
  if (await awaitAnswer(asked, context, consequence)) return;
  throw new KnownError('declined', declined);
}

/** Tells a warning by that name, which in JSON the key has already. */
export const tellWarning = (text: string, { output }: Context): void =>
  output.warn(output.json ? text : `warning: ${text}`);

/** Tells an event of a stream (NDJSON): its kind, the moment when it is told, and the rest. */
export function tellEvent<Event extends { type: string }>(
  { type, ...content }: Event,
  { host, output }: Context,
): void {
  output.event({ type, time: new Date(host.now()).toISOString(), ...content });
}

// Standard input, read whole.

/** More than any list of callers, and than any secret. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads standard input to its end, whatever encoding its byte order mark says.
 * @throws UsageError when there is more of it than anything we read; InterruptedError when a signal
 *   comes first
 */
export async function readStdin({ host, interruption }: Context): Promise<string> {
  // One that came before anybody listened is not told again.
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  const { raw } = host.stdin;
  const stop = () => raw.destroy();
  interruption.abort.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of raw) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BYTES) throw new UsageError('Standard input is longer than expected here.');
      chunks.push(bytes);
    }
  } catch (error) {
    // A stream that was taken away is no failure of its own.
    if (interruption.signal === null) throw error;
  } finally {
    interruption.abort.removeEventListener('abort', stop);
  }
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  return decodeText(Buffer.concat(chunks));
}

// A Ctrl-C that waits. Once transfers of a batch are under way, the first signal must not cut them
// off: it only starts no more of them, and whoever cannot wait sends a second one.

export interface DeferredInterrupt {
  /** The same context, whose interruption ends reads only until `begin` was called. */
  context: Context;
  /** From here on signals wait. */
  begin(): void;
  readonly begun: boolean;
}

/** @param context of the run; its own interruption goes on telling of every signal */
export function deferInterrupt(context: Context): DeferredInterrupt {
  const { interruption } = context;
  const controller = new AbortController();
  let waits = false;
  interruption.abort.addEventListener('abort', () => {
    if (!waits) controller.abort();
  });
  const patient: RunInterruption = {
    abort: controller.signal,
    happened: interruption.happened,
    onLeaving: interruption.onLeaving,
    get signal() {
      return controller.signal.aborted ? interruption.signal : null;
    },
  };
  return {
    context: { ...context, interruption: patient },
    begin: () => {
      waits = true;
    },
    get begun() {
      return waits;
    },
  };
}
