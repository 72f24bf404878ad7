/** `resolve`: how a destination becomes the address a trunk gets. */

import { type ConfigSession, openConfig } from '../../config/load.ts';
import { type ExitCode, worstExitCode } from '../../core/errors.ts';
import type { Destination } from '../../destinations/destination.ts';
import {
  type BridgePreview,
  type OnTrunk,
  resolveOnEveryTrunk,
  resolveOnTrunk,
} from '../../destinations/on-trunks.ts';
import { findDepartment } from '../../destinations/reading.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import type { Context } from '../shared/context.ts';
import {
  BRIDGE_COLUMN,
  dialText,
  REFER_TO_COLUMN,
  RULE_COLUMN,
  referToOf,
  resolveForTrunk,
  TRUNK_COLUMN,
} from '../shared/trunk-choice.ts';
import { RESOLVED_FIELDS, RESOLVED_TRUNK_FIELDS, type ResolveCommandOptions } from './command.ts';

/** One trunk, in the field names of the JSON output. */
export interface ResolvedOnTrunk {
  /** Its key in the config’s `trunks`; null: every trunk that the config does not name. */
  trunkKey: string | null;
  /** What goes out; null where it does not resolve, or a bridge dials. */
  referTo: string | null;
  /** The place in the config, or the preset, that made the address. */
  rule: string | null;
  /** Legal, and worth a word before it is sent. */
  warnings: string[];
  /** Why it does not resolve there; null when it does. */
  problem: string | null;
  /** What is dialled, where the config has the callers of the trunk bridged; null: a REFER goes out. */
  bridge: BridgePreview | null;
}

const TRUNK_COLUMNS: readonly Column<ResolvedOnTrunk>[] = [
  TRUNK_COLUMN,
  REFER_TO_COLUMN,
  RULE_COLUMN,
  BRIDGE_COLUMN,
];

/** How a destination becomes an address, in the field names of the JSON output. */
export interface ResolvedRecord extends Omit<Destination, 'waitMs' | 'dialtone'> {
  /** What a voice agent says before the transfer; null: nothing. Nothing of the address depends on it. */
  announce: string | null;
  /** What is dialled, where the config has the callers of the trunk bridged: of `referTo` the user part alone; null: a REFER goes out. */
  bridge: BridgePreview | null;
}

type Resolved = Destination & Pick<ResolvedRecord, 'announce' | 'bridge'>;

function recordOf(resolved: Resolved): ResolvedRecord {
  const { input, kind, department, number, referTo, rule, headers, steps } = resolved;
  const { fallback, announce, warnings, bridge } = resolved;
  const address = { input, kind, department, number, referTo, rule, headers, steps };
  return { ...address, fallback, announce, warnings, bridge };
}

/** On a terminal how it came about, step by step; for programs the address alone. */
async function showInWords(resolved: Resolved, { output }: Context): Promise<void> {
  const { referTo, announce, bridge } = resolved;
  if (!output.forPeople) {
    output.line(escapeText(bridge?.dials ?? referTo));
    return;
  }
  // The address that was made is not what goes out: of it the user part is dialled.
  const steps = resolved.steps.filter(({ what }) => bridge === null || what !== 'Refer-To');

  const { dim } = await output.palette('stdout');
  for (const { what, detail } of steps) {
    output.line(`${dim(what.padEnd(12))} ${escapeText(detail)}`);
  }
  if (bridge !== null) {
    output.line(`${dim('bridge'.padEnd(12))} ${escapeText(dialText(bridge))}`);
  }
  if (announce !== null) output.line(`${dim('announce'.padEnd(12))} ${escapeText(announce)}`);
}

async function show(options: ResolveCommandOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  const { session, resolved: onTrunk } = await resolveForTrunk(
    options,
    context,
    ({ config }, trunk) => resolveOnTrunk(options.destination, config, trunk, { via: options.via }),
    ({ destination }: OnTrunk) => [destination],
  );
  const { destination, bridge } = onTrunk;
  const { department } = destination;
  const announce = (department && findDepartment(session.config, department)?.announce) ?? null;
  const resolved: Resolved = { ...destination, announce, bridge };
  await output.record(recordOf(resolved), RESOLVED_FIELDS, () => showInWords(resolved, context));
  if (output.json) return 0;
  for (const warning of destination.warnings) output.warn(`warning: ${warning}`);
  return 0;
}

/** What holds wherever it resolves: said once, and of no trunk. */
function warningsOfAll(records: readonly ResolvedOnTrunk[]): string[] {
  const [first, ...others] = records.filter(({ problem }) => problem === null);
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
    ({ trunk, destination: resolved, bridge, failure }): ResolvedOnTrunk => ({
      trunkKey: trunk,
      referTo: referToOf({ destination: resolved, bridge }),
      rule: resolved?.rule ?? null,
      warnings: resolved?.warnings ?? [],
      problem: failure?.message ?? null,
      bridge,
    }),
  );
  await output.list(records, TRUNK_COLUMNS, RESOLVED_TRUNK_FIELDS);
  const everywhere = warningsOfAll(records);
  for (const warning of everywhere) output.notice(`warning: ${warning}`);
  for (const { trunkKey, warnings, problem } of records) {
    const where = trunkKey ?? 'any other trunk';
    for (const warning of warnings) {
      if (!everywhere.includes(warning)) output.notice(`warning: ${where}: ${warning}`);
    }
    if (problem !== null && !output.json) output.warn(`${where}: ${problem}`);
  }
  return worstExitCode(failures.map(({ exitCode }) => exitCode));
}

/** @returns 0; what does not resolve is thrown, with exit code 2 or 5 */
export async function run(options: ResolveCommandOptions, context: Context): Promise<ExitCode> {
  context.output.checkFields(options.allTrunks === true ? RESOLVED_TRUNK_FIELDS : RESOLVED_FIELDS);
  if (options.allTrunks !== true) return show(options, context);
  return showAllTrunks(options, context, await openConfig(options, context));
}
