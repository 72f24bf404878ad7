/** `departments`: what the config names, and how each one becomes the address a trunk gets. */

import { type ConfigSession, openConfig } from '../../config/load.ts';
import { type ExitCode, isKnownError, type KnownError } from '../../core/errors.ts';
import type { ResolveStep } from '../../destinations/destination.ts';
import {
  type BridgePreview,
  resolveOnEveryTrunk,
  resolveOnTrunk,
  type TrunkResolution,
} from '../../destinations/on-trunks.ts';
import { type Department, listDepartments, withoutDepartment } from '../../destinations/reading.ts';
import type { Column } from '../../terminal/table.ts';
import type { Context } from '../shared/context.ts';
import {
  BRIDGE_COLUMN,
  REFER_TO_COLUMN,
  RULE_COLUMN,
  referToOf,
  resolveForTrunk,
  TRUNK_COLUMN,
} from '../shared/trunk-choice.ts';
import { DEPARTMENT_FIELDS, DEPARTMENT_TRUNK_FIELDS, type DepartmentsOptions } from './command.ts';

/** One department, in the field names of the JSON output. */
export interface DepartmentRecord {
  /** Its name. */
  department: string;
  /** Where the config sends its callers. */
  to: string;
  /** E.164, when a phone number is what is dialled. */
  number: string | null;
  /** What goes out: `sip:100@pbx.company.com`; null where it does not resolve, or a bridge dials. */
  referTo: string | null;
  /** The place in the config, or the preset, that made the address. */
  rule: string | null;
  /** How the address was made, step by step. */
  steps: ResolveStep[];
  /** Headers for the REFER. */
  headers: Record<string, string>;
  /** Its other names. */
  aliases: string[];
  /** The departments to try after it. */
  fallback: string[];
  /** For people. */
  description: string | null;
  /** What a voice agent says before the transfer. */
  announce: string | null;
  /** Legal, and worth a word before it is sent. */
  warnings: string[];
  /** Why it does not resolve; null when it does. */
  problem: string | null;
  /** What is dialled, where the config has the callers of the trunk bridged; null: a REFER goes out. */
  bridge: BridgePreview | null;
}

/** A department on one trunk. */
export interface DepartmentOnTrunk extends DepartmentRecord {
  /** Its key in the config’s `trunks`; null: every trunk that the config does not name. */
  trunkKey: string | null;
}

/** A department, and what became of it: destination or failure is null. */
interface Resolved extends Pick<TrunkResolution, 'destination' | 'bridge'> {
  department: Department;
  failure: KnownError | null;
}

const DEPARTMENT: Column<DepartmentRecord> = {
  field: 'department',
  heading: 'Department',
  value: ({ department }) => department,
};

const COLUMNS: readonly Column<DepartmentRecord>[] = [
  DEPARTMENT,
  { field: 'to', heading: 'To', value: ({ to }) => to, optional: true },
  REFER_TO_COLUMN,
  RULE_COLUMN,
  {
    field: 'aliases',
    heading: 'Also',
    value: ({ aliases }) => aliases.join(', '),
    shrinks: true,
    optional: true,
  },
  {
    field: 'description',
    heading: 'Description',
    value: ({ description }) => description ?? '',
    shrinks: true,
    optional: true,
  },
  BRIDGE_COLUMN,
];
const TRUNK_COLUMNS: readonly Column<DepartmentOnTrunk>[] = [
  DEPARTMENT,
  TRUNK_COLUMN,
  REFER_TO_COLUMN,
  RULE_COLUMN,
  BRIDGE_COLUMN,
];

function recordOf({ department, destination, bridge, failure }: Resolved): DepartmentRecord {
  return {
    department: department.name,
    to: department.to,
    number: destination?.number ?? null,
    referTo: referToOf({ destination, bridge }),
    rule: destination?.rule ?? null,
    steps: destination?.steps ?? [],
    headers: destination?.headers ?? {},
    aliases: department.aliases ?? [],
    fallback: department.fallback ?? [],
    description: department.description ?? null,
    announce: department.announce ?? null,
    warnings: destination?.warnings ?? [],
    problem: failure?.message ?? null,
    bridge,
  };
}

/** The forced reading: a department is meant, whatever else its name may look like. */
function inputFor({ name }: Department): string {
  return `department:${name}`;
}

async function resolveAll(
  options: DepartmentsOptions,
  context: Context,
): Promise<{ session: ConfigSession; resolved: Resolved[] }> {
  return resolveForTrunk(
    options,
    context,
    ({ config }, trunk) =>
      listDepartments(config).map((department): Resolved => {
        try {
          return {
            department,
            ...resolveOnTrunk(inputFor(department), config, trunk),
            failure: null,
          };
        } catch (failure) {
          if (!isKnownError(failure)) throw failure;
          return { department, destination: null, bridge: null, failure };
        }
      }),
    (resolved) => resolved.flatMap(({ destination }) => destination ?? []),
  );
}

function trunkRecordsOf({ config }: ConfigSession): DepartmentOnTrunk[] {
  return listDepartments(config).flatMap((department) =>
    resolveOnEveryTrunk(inputFor(department), config).map((each: TrunkResolution) => ({
      ...recordOf({ department, ...each }),
      trunkKey: each.trunk,
    })),
  );
}

/** Tells of doubts, and why something does not resolve. In JSON the records say both. */
function reportDepartments(
  { output }: Context,
  records: readonly (DepartmentRecord | DepartmentOnTrunk)[],
): void {
  // What holds for the unnamed trunks, which come first, is not said again for each of the others.
  const said = new Set<string>();
  for (const record of records) {
    const { department, warnings, problem } = record;
    const trunk = 'trunkKey' in record ? record.trunkKey : null;
    const where = trunk === null ? department : `${department} on trunk ${trunk}`;
    for (const warning of warnings) {
      const isKnown = said.has(`${department}\0${warning}`);
      if (!isKnown) output.notice(`warning: ${where}: ${warning}`);
      if (trunk === null) said.add(`${department}\0${warning}`);
    }
    if (problem !== null && !output.json) {
      output.warn(`${where}: ${withoutDepartment(problem, department)}`);
    }
  }
}

/** @returns 0; 2 when a department leads nowhere, on the trunk in question or on one of them all */
export async function run(options: DepartmentsOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(options.allTrunks === true ? DEPARTMENT_TRUNK_FIELDS : DEPARTMENT_FIELDS);
  let session: ConfigSession;
  let records: (DepartmentRecord | DepartmentOnTrunk)[];
  if (options.allTrunks === true) {
    session = await openConfig(options, context);
    const trunkRecords = trunkRecordsOf(session);
    await output.list(trunkRecords, TRUNK_COLUMNS, DEPARTMENT_TRUNK_FIELDS);
    records = trunkRecords;
  } else {
    const resolved = await resolveAll(options, context);
    session = resolved.session;
    records = resolved.resolved.map(recordOf);
    await output.list(records, COLUMNS, DEPARTMENT_FIELDS);
  }
  reportDepartments(context, records);
  const { file } = session.loaded;
  if (records.length === 0) {
    output.notice(
      file === null
        ? 'No departments: there is no config file. Write a first one with `lk-transfer config init`, or name one with --config.'
        : `No departments in ${file}.`,
    );
  }
  return records.some(({ problem }) => problem !== null) ? 2 : 0;
}
