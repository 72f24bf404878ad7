/** What is wrong in a config file, in words: from valibot's findings to paths and sentences. */
import type { BaseIssue } from 'valibot';
import type { ConfigProblem } from '../core/errors.ts';
import { nearestNames } from '../core/text.ts';
import { keysAt } from './schema.ts';
import { alternatives, quoteName } from './text.ts';

type Path = readonly PropertyKey[];
type Issue = BaseIssue<unknown>;

/** A place in the file: `departments.sales.to`, `agents[0]`, `trunks["sip.example.com"].dial`. */
export function writePath(path: Path): string {
  let written = '';
  for (const key of path) {
    if (typeof key === 'number') written += `[${key}]`;
    else if (/^[\w$-]{1,60}$/.test(String(key))) written += `${written && '.'}${String(key)}`;
    else written += `[${quoteName(String(key))}]`;
  }
  return written;
}

/**
 * Puts valibot's findings into words.
 * @param raw the value that was checked, to say what was found instead
 * @param written the same with every value as the text of the file; undefined where nobody knows it
 */
export function problemsFrom(
  issues: readonly Issue[],
  raw: unknown,
  written?: unknown,
): ConfigProblem[] {
  return issues.flatMap((issue) => explain(issue, [], { raw, written }));
}

/** What was checked, as a value and as the file writes it. */
interface Checked {
  raw: unknown;
  written: unknown;
}

function explain(issue: Issue, above: Path, checked: Checked): ConfigProblem[] {
  const path = [...above, ...pathOf(issue)];
  const at = (message: string): ConfigProblem[] => [{ path: writePath(path), message }];
  if (issue.kind !== 'schema' || issue.type === 'picklist') return at(issue.message);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return unknownKeys(path.slice(0, -1), checked.raw);
  }
  if (issue.type !== 'union') return at(wrongType([issue.type], path, checked));
  const branches = issue.issues ?? [];
  // A branch that got further than its very door is the one that was meant.
  const inside = branches.filter((inner) => inner.path !== undefined);
  return inside.length > 0
    ? inside.flatMap((inner) => explain(inner, path, checked))
    : at(
        wrongType(
          branches.map(({ type }) => type),
          path,
          checked,
        ),
      );
}

function pathOf({ path }: Issue): Path {
  return path?.map(({ key }) => (typeof key === 'number' ? key : String(key))) ?? [];
}

/** All of them: valibot names the first one of an object. */
function unknownKeys(path: Path, raw: unknown): ConfigProblem[] {
  const known = keysAt(path);
  return Object.keys(Object(valueAt(raw, path)))
    .filter((key) => !known.includes(key))
    .filter((key) => key !== '__proto__') // named by inspect.ts, wherever it stands
    .map((key) => ({ path: writePath([...path, key]), message: unknownKey(key, path) }));
}

function wrongType(expected: readonly string[], path: Path, { raw, written }: Checked): string {
  const found = valueAt(raw, path);
  const wanted = alternatives([...new Set(expected.map(kindInWords))]);
  if (found === undefined) {
    return path[0] === 'departments' ? 'a department needs an address' : 'is missing';
  }
  const isUnquoted =
    expected.includes('string') && typeof found === 'number' && !Number.isNaN(found);
  return `expected ${wanted}, not ${foundInWords(found)}${isUnquoted ? adviseQuotes(valueAt(written, path)) : ''}`;
}

/** The number itself may be another text than the one that stands there: YAML reads 0123 as 123. */
function adviseQuotes(text: unknown): string {
  return `; put it in quotes${typeof text === 'string' ? `: ${quoteName(text)}` : ''}`;
}

/** @param kind the type of a schema; ours of type `custom` is an object */
function kindInWords(kind: string): string {
  if (kind === 'string') return 'text';
  if (kind === 'boolean') return 'true or false';
  if (kind === 'array') return 'a list';
  return kind === 'custom' ? 'an object' : `a ${kind}`;
}

function foundInWords(found: unknown): string {
  if (found === null) return 'null';
  if (Number.isNaN(found)) return 'NaN';
  if (typeof found === 'string') return 'text';
  if (Array.isArray(found)) return 'a list';
  if (found instanceof Date) return 'a date';
  return typeof found === 'object' ? 'an object' : `a ${typeof found}`;
}

function unknownKey(key: string, path: Path): string {
  if (key === '$import') return 'a config file cannot import another one';
  if (/secret|api_?key|^token$|password/i.test(key) || (path[0] === 'livekit' && key === 'url')) {
    return 'credentials do not belong into the config; set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET';
  }
  const known = keysAt(path);
  const near = nearestNames(key, known, 1)[0];
  return near === undefined
    ? `unknown key; known here: ${known.join(', ')}`
    : `unknown key; did you mean ${quoteName(near)}?`;
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
