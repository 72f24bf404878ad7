/** Names of departments and trunks that YAML may have made a number of, and so another name. */
import { isRecord } from './check.ts';

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
