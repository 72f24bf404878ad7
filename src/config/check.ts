/** A first look at a value from a file, whatever its shape: its size, and what no text may hold. */
import { safeParse } from 'valibot';
import type { ConfigProblem } from '../core/errors.ts';
import { problemsFrom, writePath } from './problems.ts';
import { relationProblems } from './relations.ts';
import { configSchema } from './schema.ts';
import { forbiddenCharacter, isRecord } from './text.ts';
import type { TransferConfig } from './types.ts';

/** Far above any config; a YAML file of a few lines can unfold into billions of values. */
const MOST_VALUES = 100_000;
const DEEPEST = 20;

interface Inspection {
  problems: ConfigProblem[];
  /** false: too large or too deep (or a circle, which YAML can write) to be looked at further. */
  bounded: boolean;
}

interface Place {
  value: unknown;
  path: readonly PropertyKey[];
}

/** Goes through every key and text of a value, and stops at a size that no config has. */
function inspectValue(raw: unknown): Inspection {
  const problems: ConfigProblem[] = [];
  const open: Place[] = [{ value: raw, path: [] }];
  let seen = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, path } = place;
    seen += 1;
    if (seen > MOST_VALUES || path.length > DEEPEST) {
      const limit =
        seen > MOST_VALUES ? `holds more than ${MOST_VALUES} values` : 'is nested too deeply';
      return { problems: [{ path: '', message: `the file ${limit}` }], bounded: false };
    }
    if (typeof value === 'string') report(value, path);
    else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0 && seen + open.length <= MOST_VALUES; index--) {
        open.push({ value: value[index], path: [...path, index] });
      }
      // Left over when the list alone is past the limit: counted, not visited.
      if (seen + open.length > MOST_VALUES) seen = MOST_VALUES;
    } else if (isRecord(value)) {
      for (const key of Object.keys(value).reverse()) {
        open.push({ value: value[key], path: [...path, key] });
        report(key, [...path, key]);
        if (key === '__proto__') {
          problems.push({ path: writePath([...path, key]), message: 'cannot be used as a name' });
        }
      }
      if (seen + open.length > MOST_VALUES) seen = MOST_VALUES;
    }
  }
  return { problems, bounded: true };

  function report(text: string, path: readonly PropertyKey[]): void {
    const character = forbiddenCharacter(text);
    if (character === null) return;
    problems.push({
      path: writePath(path),
      message: `contains a control character (${character})`,
    });
  }
}

// Checks a config as a whole: every problem at once.

/**
 * Checks what a config file says.
 * @param raw any value at all, as it was parsed
 * @param written the same with every value as the text of the file, where there is a file
 * @returns every problem, and the config with its country codes in capitals. The records in it
 *   have no prototype, so that a department may be called `constructor`. With any problem the
 *   config is empty: half a config would send callers by half of the rules.
 */
export function checkConfig(
  raw: unknown,
  written?: unknown,
): { config: TransferConfig; problems: ConfigProblem[] } {
  const inspection = inspectValue(raw);
  if (!inspection.bounded) return { config: {}, problems: inspection.problems };
  const parsed = safeParse(configSchema, raw);
  const problems = [
    ...inspection.problems,
    ...(parsed.success ? [] : problemsFrom(parsed.issues, raw, written)),
    ...relationProblems(raw),
  ];
  if (problems.length > 0 || !parsed.success) return { config: {}, problems: distinct(problems) };
  return { config: parsed.output, problems };
}

/** One place can break one rule in two ways of looking at it; it is told once. */
function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const told = new Map(problems.map((problem) => [`${problem.path}\0${problem.message}`, problem]));
  return [...told.values()];
}

// Names of departments and trunks that YAML may have made a number of, and so another name.

/** Whether any name is what a number looks like once it has been read as one. */
export function hasNumberNames(config: unknown): boolean {
  return namesIn(config).some(([, name]) => String(Number(name)) === name);
}

/** The names of departments and trunks, whatever the shape of the rest. */
export function namesIn(config: unknown): [section: string, name: string][] {
  return ['departments', 'trunks'].flatMap((section) => {
    const names = isRecord(config) ? config[section] : undefined;
    return isRecord(names)
      ? Object.keys(names).map((name): [string, string] => [section, name])
      : [];
  });
}
