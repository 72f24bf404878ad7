/** Proves all of a config that can be proved without a server. */
import type { TransferConfig } from '../config/types.ts';
import { type Proof, proveDepartments } from './prove.ts';
import { findTemplateProblems } from './template-check.ts';

/** Tries the templates of a config, as it was checked, and where its departments lead. */
export function proveConfig(config: TransferConfig): Proof {
  const { problems, warnings } = proveDepartments(config);
  return { problems: [...findTemplateProblems(config), ...problems], warnings };
}
