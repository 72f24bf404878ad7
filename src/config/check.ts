/** A first look at a value from a file, whatever its shape: its size, and what no text may hold. */
import type { ConfigProblem } from '../core/errors.ts';
import { writePath } from './problems.ts';
import { forbiddenCharacter } from './text.ts';

/** Far above any config; a YAML file of a few lines can unfold into billions of values. */
const MOST_VALUES = 100_000;
const DEEPEST = 20;

export interface Inspection {
  problems: ConfigProblem[];
  /** false: too large or too deep (or a circle, which YAML can write) to be looked at further. */
  bounded: boolean;
}

interface Place {
  value: unknown;
  path: readonly PropertyKey[];
}

/** Goes through every key and text of a value, and stops at a size that no config has. */
export function inspectValue(raw: unknown): Inspection {
  const problems: ConfigProblem[] = [];
  const open: Place[] = [{ value: raw, path: [] }];
  let seen = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, path } = place;
    seen += 1;
    if (seen > MOST_VALUES || path.length > DEEPEST) {
      const limit =
        seen > MOST_VALUES ? `holds more than ${MOST_VALUES} values` : 'is nested too deeply';
      return { problems: [{ path: '', message: `the file ${limit}` }], bounded: false };
    }
    if (typeof value === 'string') report(value, path);
    else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0 && seen + open.length <= MOST_VALUES; index--) {
        open.push({ value: value[index], path: [...path, index] });
      }
      // Left over when the list alone is past the limit: counted, not visited.
      if (seen + open.length > MOST_VALUES) seen = MOST_VALUES;
    } else if (isRecord(value)) {
      for (const key of Object.keys(value).reverse()) {
        open.push({ value: value[key], path: [...path, key] });
        report(key, [...path, key]);
        if (key === '__proto__') {
          problems.push({ path: writePath([...path, key]), message: 'cannot be used as a name' });
        }
      }
      if (seen + open.length > MOST_VALUES) seen = MOST_VALUES;
    }
  }
  return { problems, bounded: true };

  function report(text: string, path: readonly PropertyKey[]): void {
    const character = forbiddenCharacter(text);
    if (character === null) return;
    problems.push({
      path: writePath(path),
      message: `contains a control character (${character})`,
    });
  }
}

/** Objects as JSON and YAML write them; dates and bytes, which YAML knows too, are not. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
