/**
 * Performance data: `'label'=value[UOM];[warn];[crit];[min];[max]`, blanks between (Monitoring
 * Plugins guidelines, "Performance data"). No thresholds: whoever sets up the check knows them.
 */
import { escapeText } from '../../core/foreign-text.ts';
import type { SmokeResult } from '../result.ts';
import { seconds, trunkTitle } from './facts.ts';

/**
 * The times of the tests, as far as there are any: of a dial that was answered, of the transfer,
 * and of all of it.
 * @param results one: labels are `dial`, `transfer`, `total`; several: with the trunk in front
 * @returns an item each
 */
export function performanceData(results: readonly SmokeResult[]): string[] {
  const titles = results.length === 1 ? [''] : distinct(results.map(trunkTitle));
  return results.flatMap((result, index) =>
    times(result).map(
      ([name, milliseconds]) => `${label(titles[index] ?? '', name)}=${seconds(milliseconds)}s;;;0`,
    ),
  );
}

function times({ dial, transfer, durationMs }: SmokeResult): [string, number][] {
  return [
    // How long a dial that failed was waited for says nothing about how long dialling takes.
    ...(dial?.ok ? [['dial', dial.durationMs] satisfies [string, number]] : []),
    ...(transfer === null ? [] : [['transfer', transfer.durationMs] satisfies [string, number]]),
    ['total', durationMs],
  ];
}

/** The same trunk again is numbered: of two equal labels a graph shows one. */
function distinct(titles: readonly string[]): string[] {
  const used = new Set<string>();
  return titles.map((title) => {
    const safe = safeLabel(title);
    let name = safe;
    for (let count = 2; used.has(name); count++) name = `${safe} #${count}`;
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
