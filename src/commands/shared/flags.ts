/**
 * What the values of flags are read as, and which are refused as they are read: each of these takes
 * the text behind a flag and throws commander's InvalidArgumentError, which says what it takes.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LONGEST_TIMER_MS, parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/errors.ts';
import { version } from '../../core/package.ts';
import type { GlobalOptions } from './context.ts';

/** How long to pause. @returns ms, no more than a timer can count */
export function readPause(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write it as 45s, 2m, or whole seconds.');
  if (ms > LONGEST_TIMER_MS) throw new InvalidArgumentError('It takes 24 days at most.');
  return ms;
}

/** How long to wait for something. @returns ms, at least 1 */
export function readDuration(text: string): number {
  const ms = readPause(text);
  if (ms === 0) throw new InvalidArgumentError('Without any time nothing can be done.');
  return ms;
}

/** How long ago. @returns ms */
export function readPeriod(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write how long ago, as 30m, 6h or 7d.');
  return ms;
}

/** From 0 to 999999. */
export function readWholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

/** A rate. @returns from 0.01 to 50 a second */
export function readRate(text: string): number {
  const rate = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate >= 0.01 && rate <= 50) return rate;
  throw new InvalidArgumentError('It takes a number a second, from 0.01 to 50.');
}

/** From 1 to 999999. */
export function readPositiveNumber(text: string): number {
  const number = readWholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return number;
}

/** Collects a flag that may be given more than once; a variadic option would eat the next words. */
export function collect(text: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), text];
}

/** A secret on the command line stands in the process list: refused, and never echoed. */
function refuseSecret(): never {
  throw new UsageError('A secret does not go on the command line, where others can read it.', {
    hint: 'Use the environment variable LIVEKIT_API_SECRET, or --api-secret-file FILE.',
  });
}

/** What `transfer` and `resolve` change for once is here a choice of what to look at. */
export function refuseVia(): never {
  throw new UsageError('`departments` has no --via: nothing is sent.', {
    hint: '--trunk shows where they lead on one trunk, --all-trunks on all of the config.',
  });
}

// The flags of every command, and the options of one command as the data that it takes.

type Given = Record<string, unknown>;

export function addGlobalOptions(program: Command): void {
  program
    .optionsGroup('Options of every command:')
    .option('--json', 'print JSON')
    .option('--fields <names>', 'only these fields, comma-separated')
    .option('-q, --quiet', 'no progress and no chatter')
    .addOption(new Option('--color', 'colour, even where the stream is no terminal'))
    .addOption(new Option('--no-color', 'no colour'))
    .option('--no-input', 'ask nothing')
    .option('--debug', 'show where an unexpected error happened')
    .option('--timeout <duration>', 'how long one read may take (default: 10s)', readDuration)
    .option('--config <file>', 'the config file')
    .option('--env-file <file>', 'read LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET there')
    .option('--project <name>', 'a project of the lk CLI')
    .option('--url <url>', 'the LiveKit server')
    .option('--api-key <key>', 'the API key')
    .option('--api-secret-file <file>', 'where the API secret stands; - is standard input')
    .addOption(new Option('--api-secret <secret>').argParser(refuseSecret).hideHelp())
    .option('--sandbox', 'use a LiveKit with calls on it inside this program')
    .version(version, '-V, --version', 'show the version');
}

function globalOptions(given: Given): GlobalOptions {
  const text = (name: string) => (typeof given[name] === 'string' ? { [name]: given[name] } : {});
  return {
    json: given.json === true,
    quiet: given.quiet === true,
    input: given.input !== false,
    debug: given.debug === true,
    sandbox: given.sandbox === true,
    ...(typeof given.color === 'boolean' && { color: given.color }),
    ...(typeof given.timeout === 'number' && { timeoutMs: given.timeout }),
    ...text('fields'),
    ...text('config'),
    ...text('envFile'),
    ...text('project'),
    ...text('url'),
    ...text('apiKey'),
    ...text('apiSecretFile'),
  };
}

/** The options of one command, global ones included, as its own type. */
export function optionsOf<T extends GlobalOptions>(command: Command, extra: Given = {}): T {
  const given = command.optsWithGlobals<Given>();
  const own = Object.fromEntries(
    Object.entries(command.opts<Given>()).filter(
      // What a --no-x flag is without being given is nobody's choice, and would hide the config.
      ([name, value]) => value !== undefined && command.getOptionValueSource(name) !== 'default',
    ),
  );
  return { ...own, ...extra, ...globalOptions(given) } as unknown as T;
}

// The end of every help text.

const EXIT_CODES_LINK = '\nExit codes: `lk-transfer help exit-codes`';

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ lk-transfer ${line}`).join('\n')}\n${EXIT_CODES_LINK}`;
}

// When commands get their flags: once a line, or a help text, comes to them. To declare them all is
// a good part of what it takes to start.

export type Declare = (command: Command) => void;

const pending = new WeakMap<Command, Declare>();

/** @param declare gives a command its flags, and its own commands; called once, or never */
export function declareLater(command: Command, declare: Declare): Command {
  pending.set(command, declare);
  return command;
}

/** The command with its flags and its own commands. */
export function declared(command: Command): Command {
  const declare = pending.get(command);
  pending.delete(command);
  declare?.(command);
  return command;
}

/** The same, down to the last command below it. */
export function allDeclared(command: Command): Command {
  for (const each of declared(command).commands) allDeclared(each);
  return command;
}
