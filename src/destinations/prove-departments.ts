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
  const proof: Proof = { problems: [], warnings: [] };
  for (const { name } of listDepartments(config)) prove(name, config, proof);
  return proof;
}

/**
 * Proves a department on every trunk. That it leads nowhere, or may not be called, is wrong; that a
 * trunk cannot dial it is what the config says of that trunk, and worth knowing.
 */
function prove(department: string, config: TransferConfig, { problems, warnings }: Proof): void {
  const path = `departments.${department}`;
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
}
