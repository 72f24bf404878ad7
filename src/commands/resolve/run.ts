/** `resolve`: how a destination becomes the address a trunk gets. */

import { type ExitCode, worstExitCode } from '../../core/errors.ts';
import { findDepartment } from '../../destinations/departments.ts';
import type { Destination } from '../../destinations/destination.ts';
import { resolveDestination, resolveOnEveryTrunk } from '../../destinations/resolve.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import { type ConfigSession, openConfig } from '../shared/config-session.ts';
import type { Context } from '../shared/context.ts';
import { ANY_OTHER_TRUNK, checkTrunkChoice, resolveForTrunk } from '../shared/trunk-choice.ts';
import type { ResolveCommandOptions } from './command.ts';

/** One trunk, in the field names of the JSON output. */
interface TrunkRecord {
  /** null: every trunk that the config does not name. */
  trunk: string | null;
  referTo: string | null;
  rule: string | null;
  warnings: string[];
  /** Why it does not resolve there; null when it does. */
  problem: string | null;
}

const TRUNK_COLUMNS: readonly Column<TrunkRecord>[] = [
  {
    field: 'trunk',
    heading: 'Trunk',
    value: ({ trunk }) => trunk ?? ANY_OTHER_TRUNK,
    text: ({ trunk }) => trunk ?? '(any other)',
  },
  {
    field: 'referTo',
    heading: 'Refer-To',
    value: ({ referTo }) => referTo ?? '',
    // The reason, a sentence, stands below the table.
    text: ({ referTo }) => referTo ?? 'does not resolve',
  },
  {
    field: 'rule',
    heading: 'Rule',
    value: ({ rule }) => rule ?? '',
    shrinks: true,
    optional: true,
  },
];
const TRUNK_FIELDS = ['trunk', 'referTo', 'rule', 'warnings', 'problem'];

/** The result in the field names of the JSON output. */
function recordOf(destination: Destination, announce: string | null): object {
  const { input, kind, department, number, referTo, rule, headers, steps, fallback, warnings } =
    destination;
  const address = { input, kind, department, number, referTo, rule, headers, steps };
  return { ...address, fallback, announce, warnings };
}

async function show(options: ResolveCommandOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  const { session, resolved: destination } = await resolveForTrunk(
    options,
    context,
    ({ config }, trunk) =>
      resolveDestination(options.destination, config, trunk, { via: options.via }),
    (resolved) => [resolved],
  );
  const { config } = session;
  const { department } = destination;
  // What a voice agent says before the transfer: nothing of the address depends on it.
  const announce = (department && findDepartment(config, department)?.announce) ?? null;
  if (output.json) {
    output.record(recordOf(destination, announce));
    return 0;
  }
  if (output.forPeople) {
    const { dim } = await output.palette('stdout');
    for (const { what, detail } of destination.steps) {
      output.line(`${dim(what.padEnd(12))} ${escapeText(detail)}`);
    }
    if (announce !== null) output.line(`${dim('announce'.padEnd(12))} ${escapeText(announce)}`);
  } else {
    output.line(escapeText(destination.referTo));
  }
  for (const warning of destination.warnings) output.warn(`warning: ${warning}`);
  return 0;
}

/** What holds wherever it resolves: said once, and of no trunk. */
function warningsOfAll(records: readonly TrunkRecord[]): string[] {
  const [first, ...others] = records.filter(({ referTo }) => referTo !== null);
  return (first?.warnings ?? []).filter((warning) =>
    others.every(({ warnings }) => warnings.includes(warning)),
  );
}

/**
 * A line for every trunk.
 * @throws KnownError when it resolves on none: then the destination is what is wrong
 */
async function showAllTrunks(
  { destination, via }: ResolveCommandOptions,
  { output }: Context,
  { config }: ConfigSession,
): Promise<ExitCode> {
  const resolutions = resolveOnEveryTrunk(destination, config, { via });
  const failures = resolutions.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  const [first] = failures;
  if (first !== undefined && failures.length === resolutions.length) throw first;
  const records = resolutions.map(
    ({ trunk, destination: resolved, failure }): TrunkRecord => ({
      trunk,
      referTo: resolved?.referTo ?? null,
      rule: resolved?.rule ?? null,
      warnings: resolved?.warnings ?? [],
      problem: failure?.message ?? null,
    }),
  );
  await output.list(records, TRUNK_COLUMNS, TRUNK_FIELDS);
  const everywhere = warningsOfAll(records);
  for (const warning of everywhere) output.notice(`warning: ${warning}`);
  for (const { trunk, warnings, problem } of records) {
    const where = trunk ?? 'any other trunk';
    for (const warning of warnings) {
      if (!everywhere.includes(warning)) output.notice(`warning: ${where}: ${warning}`);
    }
    if (problem !== null && !output.json) output.warn(`${where}: ${problem}`);
  }
  return worstExitCode(failures.map(({ exitCode }) => exitCode));
}

/** @returns 0; what does not resolve is thrown, with exit code 2 or 5 */
export async function run(options: ResolveCommandOptions, context: Context): Promise<ExitCode> {
  checkTrunkChoice(options);
  if (options.allTrunks !== true) return show(options, context);
  context.output.checkFields(TRUNK_FIELDS);
  return showAllTrunks(options, context, await openConfig(options, context));
}
