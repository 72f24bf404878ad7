/** The departments a config names: short and long form alike, found by name or alias. */
import type { DepartmentConfig, TransferConfig } from '../config/types.ts';
import { foldName, nearestNames } from '../core/text.ts';

/** A department in its long form, with the name as the config spells it. */
export interface Department extends DepartmentConfig {
  name: string;
}

interface Directory {
  list: Department[];
  byFoldedName: Map<string, Department>;
}

const directories = new WeakMap<object, Directory>();
const EMPTY: Directory = { list: [], byFoldedName: new Map() };

/** Lists the departments in the config's own order, each in its long form. */
export function listDepartments(config: TransferConfig): Department[] {
  return directoryOf(config).list;
}

/**
 * Finds a department by its name or one of its aliases, case and blanks folded.
 * @returns the department, or null; it is never guessed
 */
export function findDepartment(config: TransferConfig, name: string): Department | null {
  return directoryOf(config).byFoldedName.get(foldName(name)) ?? null;
}

/** Names the departments that a mistyped name probably meant, nearest first. */
export function nearestDepartments(config: TransferConfig, name: string): string[] {
  const { list } = directoryOf(config);
  const owners = new Map<string, string>();
  for (const department of list) {
    for (const alias of department.aliases ?? []) owners.set(alias, department.name);
    owners.set(department.name, department.name);
  }
  const near = nearestNames(name, [...owners.keys()]);
  return [...new Set(near.map((found) => owners.get(found) ?? found))];
}

/** The config is the same object for many lookups: the directory is kept with it. */
function directoryOf(config: TransferConfig): Directory {
  const { departments } = config;
  if (departments === undefined) return EMPTY;
  const known = directories.get(departments);
  if (known !== undefined) return known;
  const list = Object.entries(departments).map(
    ([name, entry]): Department =>
      typeof entry === 'string' ? { name, to: entry } : { ...entry, name },
  );
  const byFoldedName = new Map<string, Department>();
  // Names before aliases: an alias never takes a call away from the department of that name.
  for (const department of list) addName(byFoldedName, department.name, department);
  for (const department of list) {
    for (const alias of department.aliases ?? []) addName(byFoldedName, alias, department);
  }
  const directory = { list, byFoldedName };
  directories.set(departments, directory);
  return directory;
}

function addName(names: Map<string, Department>, name: string, department: Department): void {
  const folded = foldName(name);
  if (!names.has(folded)) names.set(folded, department);
}
