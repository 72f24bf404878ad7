/**
 * Flags as data. What a run of the command finds under a flag's name, and of which type, follows
 * from its declaration: a name that no flag has does not compile.
 */
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { LONGEST_TIMER_MS, parseDuration } from '../../core/text.ts';

/** @typeParam Name as in commander's options: `--dry-run` and `--no-dry-run` are `dryRun` */
export interface Flag<Name extends string = string, Value = unknown> {
  /** As commander reads them: `-y, --yes`, `--to <destination>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /**
   * Reads the text behind the flag.
   * @param before what an earlier one of the same name came to
   * @throws InvalidArgumentError, which says what the flag takes
   */
  read?(text: string, before: Value | undefined): Value;
  /** May stand on a line more than once. */
  readonly repeatable?: boolean;
  /** Not in help, nor completed. */
  readonly hidden?: boolean;
  /** In types only. */
  readonly types?: { readonly name: Name; readonly value: Value };
}

type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text;
type CamelCase<Text extends string> = Text extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Text;
type NameOf<Flags extends string> = Flags extends `${string}--no-${infer Rest}`
  ? CamelCase<FirstWord<Rest>>
  : Flags extends `${string}--${infer Rest}`
    ? CamelCase<FirstWord<Rest>>
    : never;

/** What a run is given of some flags, each only where it stands on the line. */
export type ValuesOf<Flags extends readonly Flag[]> = {
  [Each in Flags[number] as NonNullable<Each['types']>['name']]?: NonNullable<
    Each['types']
  >['value'];
};

/** A flag without a value: `--stuck`, or `--no-history`, which makes false of `history`. */
export function toggleFlag<const Flags extends string>(
  flags: Flags,
  description: string,
): Flag<NameOf<Flags>, Flags extends `${string}--no-${string}` ? false : true> {
  return { flags, description };
}

/** A flag whose value is a text, as typed. */
export function textFlag<const Flags extends string>(
  flags: Flags,
  description: string,
): Flag<NameOf<Flags>, string> {
  return { flags, description };
}

/** A flag with one of some words. */
export function choiceFlag<const Flags extends string, const Choice extends string>(
  flags: Flags,
  description: string,
  choices: readonly Choice[],
): Flag<NameOf<Flags>, Choice> {
  return { flags, description, choices };
}

/** A flag whose value is read as it is parsed. @param read throws InvalidArgumentError */
export function valueFlag<const Flags extends string, Value>(
  flags: Flags,
  description: string,
  read: (text: string) => Value,
): Flag<NameOf<Flags>, Value> {
  return { flags, description, read };
}

/** A flag that may be given more than once; a variadic option would eat the next words. */
export function repeatableFlag<const Flags extends string>(
  flags: Flags,
  description: string,
): Flag<NameOf<Flags>, string[]> {
  return {
    flags,
    description,
    repeatable: true,
    read: (text, before) => [...(before ?? []), text],
  };
}

/** A flag with some of a few words, which may stand in one text (`a,b`) or be given more than once. */
export function choicesFlag<const Flags extends string, const Choice extends string>(
  flags: Flags,
  description: string,
  choices: readonly Choice[],
): Flag<NameOf<Flags>, readonly Choice[]> {
  const read = (text: string, before: readonly Choice[] | undefined) => {
    const words = text.split(',').map((word) => word.trim());
    const found = words.map((word) => choices.find((choice) => choice === word));
    const known = found.filter((choice) => choice !== undefined);
    if (known.length < words.length) {
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    }
    return [...new Set([...(before ?? []), ...known])];
  };
  return { flags, description, choices, repeatable: true, read };
}

/** A flag that somebody may try, and that is refused with a reason. @param refuse throws it */
export function refusedFlag(flags: string, refuse: () => never): Flag<never, never> {
  return { flags, description: '', read: refuse, hidden: true };
}

/** An option that knows whether it may be given more than once. */
class FlagOption extends Option {
  readonly isRepeatable: boolean;
  constructor({ flags, description, repeatable }: Flag) {
    super(flags, description);
    this.isRepeatable = repeatable === true;
  }
}

export const isRepeatable = (option: Option): boolean =>
  option instanceof FlagOption && option.isRepeatable;

/** The flag as commander takes it. */
export function optionOf(flag: Flag): Option {
  const { choices, read, hidden } = flag;
  const option = new FlagOption(flag);
  if (choices !== undefined) option.choices(choices);
  if (read !== undefined) option.argParser(read);
  if (hidden === true) option.hideHelp();
  return option;
}

/**
 * Flags that contradict each other. What a flag makes and its `--no-` twin unmakes contradicts itself
 * without being named here. Flags that only say the same twice go together (`--yes --no-input`:
 * nobody is to be asked, and this is the consent that is needed then), and so do those of which one
 * only makes a run safer (`--dry-run --yes`).
 */
export interface Exclusion {
  /** A line has flags of one of these at most. */
  readonly oneOf: readonly (readonly string[])[];
  /** Why, in a sentence. */
  readonly why: string;
}

/** A flag that stands on a line. */
export interface GivenFlag {
  option: Option;
  /** Without what stands behind it: `--to`. */
  flag: string;
  /** null: it takes none. */
  value: string | null;
}

/** Flags of which one takes back, or leaves in doubt, what another says. */
export function contradictionIn(
  given: readonly GivenFlag[],
  exclusions: readonly Exclusion[],
): UsageError | null {
  for (const [index, { option, flag, value }] of given.entries()) {
    for (const other of given.slice(0, index)) {
      if (other.option.attributeName() !== option.attributeName()) continue;
      if (other.option.negate !== option.negate) {
        return doNotGoTogether(other.flag, flag, 'They contradict each other: give only one.');
      }
      if (other.value !== value && !isRepeatable(option)) {
        return new UsageError(`${flag} is given twice.`, {
          hint: 'Leave out one of them.',
        });
      }
    }
  }
  const flags = given.map(({ option }) => option.long ?? option.flags);
  for (const { oneOf, why } of exclusions) {
    const [first, second] = oneOf.flatMap((together) =>
      together.filter((each) => flags.includes(each)).slice(0, 1),
    );
    if (first !== undefined && second !== undefined) return doNotGoTogether(first, second, why);
  }
  return null;
}

const doNotGoTogether = (first: string, second: string, hint: string) =>
  new UsageError(`${first} does not go with ${second}.`, { hint });

// What is read of the texts behind flags.

/** How long to pause. @returns ms, no more than a timer can count */
export function readPause(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write it as 45s, 2m, or whole seconds.');
  if (ms > LONGEST_TIMER_MS) throw new InvalidArgumentError('The most is 24 days.');
  return ms;
}

/** How long to wait for something. @returns ms, at least 1 */
export function readDuration(text: string): number {
  const ms = readPause(text);
  if (ms === 0) throw new InvalidArgumentError('Give more than zero.');
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
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** A rate. @returns from 0.01 to 50 a second */
function readRate(text: string): number {
  const rate = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate >= 0.01 && rate <= 50) return rate;
  throw new InvalidArgumentError('Give a number per second, from 0.01 to 50.');
}

/** From 1 to 999999. */
export function readPositiveNumber(text: string): number {
  const number = readWholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('Give a whole number, 1 or more.');
  return number;
}

// Flags that several commands have. What one is for may differ, and then the command says it.

export const toFlag = (description: string) => textFlag('--to <destination>', description);
export const trunkFlag = (description: string) => textFlag('--trunk <trunk>', description);
export const callFlag = (description: string) => textFlag('--call <caller>', description);
export const waitFlag = (description: string) => textFlag('--wait <duration>', description);
export const viaFlag = (description = 'use the address form of this trunk or SIP domain') =>
  textFlag('--via <trunk>', description);
export const headerFlag = repeatableFlag(
  '--header <header>',
  'a SIP header for the trunk, "Name: value"; repeatable',
);
/** Patterns for rooms, each by itself or several with commas. */
export const roomsFlag: Flag<'rooms', string[]> = {
  flags: '--rooms <patterns>',
  description: 'look only in rooms whose name matches: "call-*,sip-*"; * is anything; repeatable',
  repeatable: true,
  read: (text, before) => {
    const patterns = text.split(',').map((each) => each.trim());
    if (patterns.includes('')) throw new InvalidArgumentError('Write patterns as call-*,sip-*.');
    return [...(before ?? []), ...patterns];
  },
};
export const roomFlag = textFlag('--room <name>', 'the caller in this room; no other room is read');
export const identityFlag = textFlag('--identity <identity>', 'with --room: which caller');
export const confirmFlag = valueFlag(
  '--confirm <number>',
  'with -: the number of callers, as confirmation',
  readWholeNumber,
);
export const rateFlag = valueFlag(
  '--rate <number>',
  'with -: how many to start per second (default: 1)',
  readRate,
);
export const yesFlag = toggleFlag('-y, --yes', 'do not ask for confirmation');
export const dryRunFlag = toggleFlag('--dry-run', 'show what would be done, and send nothing');
export const allTrunksFlag = (description: string) => toggleFlag('--all-trunks', description);

/** From 10 a minute, below which nothing would move, to 100000. */
function readRequestRate(text: string): number {
  const rate = readWholeNumber(text);
  if (rate >= 10 && rate <= 100_000) return rate;
  throw new InvalidArgumentError('Give a number of requests per minute, from 10 to 100000.');
}

export const maxRequestsFlag = valueFlag(
  '--max-requests <number>',
  'most requests per minute after the first look (default: 300)',
  readRequestRate,
);
export const webhooksFlag = textFlag(
  '--webhooks <address>',
  'listen here (PORT or HOST:PORT) for LiveKit’s webhooks, and read the rooms they name',
);

export const ROOM_CHOICE: Exclusion = {
  oneOf: [['--room'], ['--rooms']],
  why: '--room names the one room to read: leave out --rooms.',
};

export const TRUNK_CHOICE: Exclusion = {
  oneOf: [['--trunk'], ['--call'], ['--all-trunks']],
  why: 'Each names the trunk: give only one.',
};
