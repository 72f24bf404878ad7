/** Checks a config as a whole: every problem at once. */
import { safeParse } from 'valibot';
import type { ConfigProblem } from '../core/errors.ts';
import { inspectValue } from './check.ts';
import { problemsFrom } from './problems.ts';
import { relationProblems } from './relations.ts';
import { configSchema } from './schema.ts';
import type { TransferConfig } from './types.ts';

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
