/** Proves that every department of a config leads somewhere, on every trunk it names. */
import type { TransferConfig } from '../config/types.ts';
import type { ConfigProblem } from '../errors.ts';
import { listDepartments } from './departments.ts';
import { resolveOnEveryTrunk } from './every-trunk.ts';

export interface Proof {
  /** Departments that lead nowhere, or where they may not. */
  problems: ConfigProblem[];
  /** What is worth knowing and wrong nowhere, each with its place. */
  warnings: string[];
}

/** Resolves all departments of a config, as it was checked, on all of its trunks and the others. */
export function proveDepartments(config: TransferConfig): Proof {
  const proofs = listDepartments(config).map(({ name }) => proveDepartment(name, config));
  return {
    problems: proofs.flatMap(({ problems }) => problems),
    warnings: proofs.flatMap(({ warnings }) => warnings),
  };
}

/**
 * Proves a department on every trunk. That it leads nowhere, or may not be called, is wrong; that a
 * trunk cannot dial it is what the config says of that trunk, and worth knowing.
 * @param department its name as the config spells it
 */
export function proveDepartment(department: string, config: TransferConfig): Proof {
  const path = `departments.${department}`;
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const saidOfAll = new Set<string>();
  for (const each of resolveOnEveryTrunk(`department:${department}`, config)) {
    const { trunk, destination, failure } = each;
    const where = trunk === null ? path : `${path} on trunk ${trunk}`;
    for (const warning of destination?.warnings ?? []) {
      if (saidOfAll.has(warning)) continue;
      if (trunk === null) saidOfAll.add(warning);
      warnings.push(`${where}: ${warning}`);
    }
    if (failure === null) continue;
    const { code, message } = failure;
    if (trunk !== null && code === 'destination') warnings.push(`${where}: ${message}`);
    // Some problems name their place themselves.
    else problems.push({ path: message.startsWith(path) ? '' : where, message });
  }
  return { problems, warnings };
}
