/**
 * Results as a Nagios plugin prints them: `SIP REFER OK - text | label=value…`, and more lines below
 * (Nagios Plugin API, "Plugin Output Spec"; Monitoring Plugins guidelines, "Plugin Output").
 */
import type { KnownError } from '../../core/errors.ts';
import { escapeText } from '../../core/foreign-text.ts';
import type { SmokeResult } from '../result.ts';
import { facts, remarks, testTitle, trunkTitle } from './facts.ts';
import { performanceData } from './nagios-performance.ts';
import {
  type NagiosState,
  STATE_NAMES,
  stateOf,
  stateOfError,
  worstState,
} from './nagios-state.ts';

export interface NagiosReport {
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
export function renderNagios(results: readonly SmokeResult[]): NagiosReport {
  const [first, ...others] = results;
  if (first === undefined) return report(3, 'no test was made');
  const data = whatFits(performanceData(results), PERFORMANCE_LIMIT, ' ').join(' ');
  if (others.length === 0) {
    return report(stateOf(first), nameTest(first), data, remarks(first));
  }
  const states = results.map(stateOf);
  return report(worstState(states), summary(states), data, linesByState(results));
}

/**
 * The plugin line for a run that failed before it had a result: wrong arguments, no credentials, no
 * call to test with.
 */
export function renderNagiosError(error: KnownError): NagiosReport {
  const more = error.hint === undefined ? error.details : [...error.details, error.hint];
  return report(stateOfError(error.code), error.message, '', more);
}

function nameTest(result: SmokeResult): string {
  return `${trunkTitle(result)} ${testTitle(result)}: ${facts(result)}`;
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
function linesByState(results: readonly SmokeResult[]): string[] {
  return results
    .map((result) => ({ result, state: stateOf(result) }))
    .sort((one, other) => other.state - one.state)
    .map(({ result, state }) => `[${STATE_NAMES[state]}] ${nameTest(result)} - ${result.message}`);
}

function report(
  state: NagiosState,
  text: string,
  data = '',
  more: readonly string[] = [],
): NagiosReport {
  const headline = shorten(plain(`SIP REFER ${STATE_NAMES[state]} - ${text}`), 1000);
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
