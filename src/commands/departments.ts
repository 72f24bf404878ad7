/** `departments`: what the config names, and where each one leads. */

import type { TransferConfig } from '../config/types.ts';
import { listDepartments } from '../destinations/departments.ts';
import { resolveDestination } from '../destinations/resolve.ts';
import { type ExitCode, isKnownError } from '../errors.ts';
import type { Column } from '../terminal/table.ts';
import type { Context, GlobalOptions } from './context.ts';
import { openConfig } from './session.ts';

export type DepartmentsOptions = GlobalOptions;

/** One department, in the field names of the JSON output. */
interface DepartmentRecord {
  department: string;
  to: string;
  referTo: string | null;
  aliases: string[];
  fallback: string[];
  description: string | null;
  warnings: string[];
  /** Why it does not resolve; null when it does. */
  problem: string | null;
}

const COLUMNS: readonly Column<DepartmentRecord>[] = [
  { field: 'department', heading: 'Department', value: ({ department }) => department },
  { field: 'to', heading: 'To', value: ({ to }) => to },
  {
    field: 'referTo',
    heading: 'Refer-To',
    value: ({ referTo }) => referTo ?? '',
    text: ({ referTo, problem }) => referTo ?? `does not resolve: ${problem}`,
  },
  { field: 'aliases', heading: 'Also', value: ({ aliases }) => aliases.join(', '), shrinks: true },
  {
    field: 'description',
    heading: 'Description',
    value: ({ description }) => description ?? '',
    shrinks: true,
  },
];
const FIELDS = [
  'department',
  'to',
  'referTo',
  'aliases',
  'fallback',
  'description',
  'warnings',
  'problem',
];

/** Resolves every department for a trunk of which nothing is known. */
export function describeDepartments(config: TransferConfig): DepartmentRecord[] {
  return listDepartments(config).map((department) => {
    const record: DepartmentRecord = {
      department: department.name,
      to: department.to,
      referTo: null,
      aliases: department.aliases ?? [],
      fallback: department.fallback ?? [],
      description: department.description ?? null,
      warnings: [],
      problem: null,
    };
    try {
      const { referTo, warnings } = resolveDestination(
        `department:${department.name}`,
        config,
        null,
      );
      return { ...record, referTo, warnings };
    } catch (error) {
      if (!isKnownError(error)) throw error;
      return { ...record, problem: error.message };
    }
  });
}

/** @returns 0; 2 when a department leads nowhere */
export async function run(options: DepartmentsOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(FIELDS);
  const { config, loaded } = await openConfig(options, context);
  const records = describeDepartments(config);
  await output.list(records, COLUMNS, FIELDS);
  if (records.length === 0) {
    output.notice(
      loaded.file === null
        ? 'No departments: there is no config file. Write a first one with `lk-transfer config init`, or name one with --config.'
        : `No departments in ${loaded.file}.`,
    );
  }
  return records.some(({ problem }) => problem !== null) ? 2 : 0;
}
