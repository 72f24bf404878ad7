/**
 * What a file says letter by letter, before YAML makes numbers of it: `0123` is read as 123, and
 * `+442079460958` loses its plus. Looked at only where a number stands in the place of a text.
 */
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import type { ConfigProblem } from '../core/errors.ts';
import { namesIn } from './number-names.ts';
import { writePath } from './problems.ts';
import { quoted } from './text.ts';

/**
 * Reads a config file once more, with every value as the text that stands there.
 * @param text YAML, or JSON, which is YAML as well
 * @returns the same tree of texts; undefined where it cannot be had (a tag such as `!!int`)
 */
export function writtenTexts(text: string): unknown {
  try {
    return load(text.replace(/^\uFEFF/, ''), { schema: FAILSAFE_SCHEMA });
  } catch {
    return undefined;
  }
}

/**
 * Finds the names of departments and trunks that the file writes otherwise than they are read.
 * @param written as `writtenTexts` has it
 */
export function changedNames(parsed: unknown, written: unknown): ConfigProblem[] {
  const read = new Set(namesIn(parsed).map((path) => path.join('\0')));
  return namesIn(written).flatMap(([section, name]) => {
    const isSame = read.has(`${section}\0${name}`) || name === '<<';
    if (isSame || !/\d|inf|nan/i.test(name)) return [];
    const message = `YAML makes a number of this name, and so another name; put it in quotes: ${quoted(name)}`;
    return [{ path: writePath([section, name]), message }];
  });
}
