/**
 * Results as a Nagios plugin prints them: `SIP REFER OK - text | label=value…` (or `SIP BRIDGE`), and more lines below
 * (Nagios Plugin API, "Plugin Output Spec"; Monitoring Plugins guidelines, "Plugin Output").
 */
import type { ErrorCode, KnownError } from '../../core/errors.ts';
import { escapeText } from '../../core/text.ts';
import {
  type CondensedResult,
  facts,
  isMet,
  remarks,
  seconds,
  testTitle,
  trunkTitle,
  whatTested,
} from '../result.ts';

// Performance data: `'label'=value[UOM];[warn];[crit];[min];[max]`, blanks between (Monitoring
// Plugins guidelines, "Performance data"). No thresholds: whoever sets up the check knows them.

/**
 * The times of the tests, as far as there are any: of a dial that was answered, of the transfer,
 * and of all of it.
 * @param results one: labels are `dial`, `transfer`, `total`; several: with the test in front
 * @returns an item each
 */
function performanceData(results: readonly CondensedResult[]): string[] {
  const titles = results.length === 1 ? [''] : distinct(results.map(nameWhole));
  return results.flatMap((result, index) =>
    times(result).map(
      ([name, milliseconds]) => `${label(titles[index] ?? '', name)}=${seconds(milliseconds)}s;;;0`,
    ),
  );
}

function times({ dial, transfer, durationMs }: CondensedResult): [string, number][] {
  return [
    // How long a dial that failed was waited for says nothing about how long dialling takes.
    ...(dial?.ok ? [['dial', dial.durationMs] satisfies [string, number]] : []),
    ...(transfer === null ? [] : [['transfer', transfer.durationMs] satisfies [string, number]]),
    ['total', durationMs],
  ];
}

/** The same test again is numbered: of two equal labels a graph shows one. */
function distinct(titles: readonly string[]): string[] {
  const used = new Set<string>();
  // The number from which on a title is free: a long soak has the same one thousands of times.
  const next = new Map<string, number>();
  return titles.map((title) => {
    const safe = safeLabel(title);
    let name = safe;
    let count = next.get(safe) ?? 2;
    for (; used.has(name); count++) name = `${safe} #${count}`;
    next.set(safe, count);
    used.add(name);
    return name;
  });
}

/** A label may hold anything but `=` and `'`; a bar would begin the data anew. */
function safeLabel(text: string): string {
  return escapeText(text).replace(
    /[|=']/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
}

/** Quotes are needed where there are blanks. */
function label(title: string, name: string): string {
  return title === '' ? name : `'${title} ${name}'`;
}

// What a test means to Nagios, Icinga and their kin.

/** The four states, which are the exit codes (Monitoring Plugins guidelines, "Plugin Return Codes"). */
type NagiosState = 0 | 1 | 2 | 3;

const STATE_NAMES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** CRITICAL before WARNING before OK, as the plugins' own library has it; UNKNOWN is no finding. */
function worstState(states: readonly NagiosState[]): NagiosState {
  const found = states.filter((state) => state !== 3);
  return found.length === 0 ? 3 : (Math.max(...found) as NagiosState);
}

/**
 * The state of a test. An expectation decides alone; else OK needs a target that answered, since
 * a trunk that takes a REFER and then loses callers is not in order.
 */
function stateOf(result: CondensedResult): NagiosState {
  const met = isMet(result);
  if (met !== null) return met ? 0 : 2;
  switch (result.verdict) {
    case 'supported':
      return result.answered === true ? 0 : 1;
    case 'inconclusive':
      return wasTaken(result) ? 1 : 2;
    case 'unsupported':
    case 'refused':
    case 'needs-configuration':
    case 'call-failed':
      return 2;
  }
}

/** Doubtful only in what came after: LiveKit reports success, and nothing proves it. */
function wasTaken({ refer, transfer, bridge, answered }: CondensedResult): boolean {
  if (bridge !== null) return answered === true;
  if (refer !== null) return refer.accepted;
  return transfer?.outcome === 'ended' || transfer?.outcome === 'unconfirmed';
}

/**
 * The state of a run that made no test. What lies with the network or the server is CRITICAL: the
 * guidelines keep UNKNOWN for a plugin that was called wrongly or could not do its work.
 */
function stateOfError(code: ErrorCode): NagiosState {
  return ['unreachable', 'server', 'unread-rooms'].includes(code) ? 2 : 3;
}

interface NagiosReport {
  text: string;
  /** For the process: what the monitoring reads the state from. */
  exitCode: NagiosState;
}

/** Nagios reads 8 KiB of a plugin (`MAX_PLUGIN_OUTPUT_LENGTH`); a line cut there may lie. */
const LIMIT = 8000;

/** The first line must leave room for the lines that say which trunk it is. */
const PERFORMANCE_LIMIT = 3000;

/**
 * @param results in the order of the tests
 * @returns one line and the remarks for one test; a summary, and a line each, for several
 */
export function renderNagios(results: readonly CondensedResult[]): NagiosReport {
  const [first, ...others] = results;
  if (first === undefined) return report('REFER', 3, 'no test was made');
  const data = whatFits(performanceData(results), PERFORMANCE_LIMIT, ' ').join(' ');
  if (others.length === 0) {
    return report(whatTested(first), stateOf(first), nameTest(first), data, remarks(first));
  }
  const states = results.map(stateOf);
  const tested = [...new Set(results.map(whatTested))].join('/');
  return report(tested, worstState(states), summary(states), data, linesByState(results));
}

/**
 * The plugin line for a run that failed before it had a result: wrong arguments, no credentials, no
 * call to test with.
 */
export function renderNagiosError(error: KnownError): NagiosReport {
  const more = error.hint === undefined ? error.details : [...error.details, error.hint];
  return report('REFER', stateOfError(error.code), error.message, '', more);
}

const nameWhole = (result: CondensedResult): string => `${trunkTitle(result)} ${testTitle(result)}`;

function nameTest(result: CondensedResult): string {
  return `${nameWhole(result)}: ${facts(result)}`;
}

/** `3 tests: 1 critical, 2 ok` */
function summary(states: readonly NagiosState[]): string {
  const counts = ([2, 1, 0] as const)
    .map((state) => ({ state, count: states.filter((one) => one === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${STATE_NAMES[state].toLowerCase()}`);
  return `${states.length} tests: ${counts.join(', ')}`;
}

/** Worst first: what does not fit is what matters least. */
function linesByState(results: readonly CondensedResult[]): string[] {
  return results
    .map((result) => ({ result, state: stateOf(result) }))
    .sort((one, other) => other.state - one.state)
    .map(({ result, state }) => `[${STATE_NAMES[state]}] ${nameTest(result)} - ${result.message}`);
}

/** @param tested the service, as its first word has it: `SIP REFER` */
function report(
  tested: string,
  state: NagiosState,
  text: string,
  data = '',
  more: readonly string[] = [],
): NagiosReport {
  const headline = shorten(
    plain(`SIP ${tested.toUpperCase()} ${STATE_NAMES[state]} - ${text}`),
    1000,
  );
  const first = data === '' ? headline : `${headline} | ${data}`;
  const rest = more.map((line) => shorten(plain(line), 1000));
  const kept = whatFits(rest, LIMIT - Buffer.byteLength(first), '\n');
  const lines = kept.length < rest.length ? [...kept, '...'] : kept;
  return { text: `${[first, ...lines].join('\n')}\n`, exitCode: state };
}

/** A bar begins performance data, on every line; there is no way to escape it but to write another. */
function plain(text: string): string {
  return escapeText(text).replaceAll('|', '\\x7c');
}

function shorten(text: string, characters: number): string {
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters).join('')}...`;
}

/** The first of these that stay below so many bytes together. */
function whatFits(parts: readonly string[], bytes: number, between: string): string[] {
  let left = bytes;
  const end = parts.findIndex((part) => {
    left -= Buffer.byteLength(part + between);
    return left < 0;
  });
  return end === -1 ? [...parts] : parts.slice(0, end);
}
