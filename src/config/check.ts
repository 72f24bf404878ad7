/** Checks what a config says, and puts all that is wrong with it into words. */
import { type BaseIssue, safeParse } from 'valibot';
import type { ConfigProblem } from '../core/errors.ts';
import { nearestNames } from '../core/text.ts';
import { alternatives, forbiddenCharacter, isRecord, quoteName, writePath } from './json.ts';
import { relationProblems } from './relations.ts';
import { configSchema, keysAt } from './schema.ts';
import type { TransferConfig } from './types.ts';

/** Far above any config; a YAML file of a few lines can unfold into billions of values. */
const MOST_VALUES = 100_000;
const DEEPEST = 20;

type Path = readonly PropertyKey[];

/**
 * Checks what a config file says.
 * @param raw any value at all, as it was parsed
 * @param written the same with every value as the text of the file, where there is a file
 * @returns every problem, and the config with its country codes in capitals. The records in it
 *   have no prototype, so that a department may be called `constructor`. With any problem the
 *   config is empty: half a config would send callers by half of the rules.
 */
export function checkConfig(
  raw: unknown,
  written?: unknown,
): { config: TransferConfig; problems: ConfigProblem[] } {
  const { problems: textProblems, isBounded } = inspectTexts(raw);
  if (!isBounded) return { config: {}, problems: textProblems };
  const parsed = safeParse(configSchema, raw);
  const problems = [
    ...textProblems,
    ...(parsed.issues ?? []).flatMap((issue) => explain(issue, [], { raw, written })),
    ...relationProblems(raw),
  ];
  if (problems.length > 0 || !parsed.success) return { config: {}, problems: distinct(problems) };
  return { config: parsed.output, problems };
}

/** One value can break one rule in two ways of looking at it; it is reported once. */
function distinct(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const byText = new Map(
    problems.map((problem) => [`${problem.path}\0${problem.message}`, problem]),
  );
  return [...byText.values()];
}

// Keys and texts, whatever the shape: what none may hold, up to a size that no config has.

/** @returns isBounded: false where the value is too large or too deep, or a circle (YAML has them) */
function inspectTexts(raw: unknown): { problems: ConfigProblem[]; isBounded: boolean } {
  const problems: ConfigProblem[] = [];
  const open: { value: unknown; path: Path }[] = [{ value: raw, path: [] }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    seen += 1;
    if (seen > MOST_VALUES || path.length > DEEPEST) {
      const limit =
        seen > MOST_VALUES ? `holds more than ${MOST_VALUES} values` : 'is nested too deeply';
      return { problems: [{ path: '', message: `the file ${limit}` }], isBounded: false };
    }
    if (typeof value === 'string') inspectText(value, path);
    else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0 && seen + open.length <= MOST_VALUES; index--) {
        open.push({ value: value[index], path: [...path, index] });
      }
    } else if (isRecord(value)) {
      for (const key of Object.keys(value).reverse()) {
        open.push({ value: value[key], path: [...path, key] });
        inspectText(key, [...path, key]);
        if (key === '__proto__') {
          problems.push({ path: writePath([...path, key]), message: 'cannot be used as a name' });
        }
      }
    }
    // What waits is past the limit already: counted, not visited.
    if (seen + open.length > MOST_VALUES) seen = MOST_VALUES;
  }
  return { problems, isBounded: true };

  function inspectText(text: string, path: Path): void {
    const character = forbiddenCharacter(text);
    if (character === null) return;
    problems.push({
      path: writePath(path),
      message: `contains a control character (${character})`,
    });
  }
}

// From valibot's issues to paths and sentences.

type Issue = BaseIssue<unknown>;

/** What was checked, as a value and as the file writes it. */
interface Checked {
  raw: unknown;
  /** The same tree with every value as text; undefined where nobody knows it. */
  written: unknown;
}

/** @param above the path of the choice that the issue is inside of */
function explain(issue: Issue, above: Path, checked: Checked): ConfigProblem[] {
  const path = [...above, ...pathOf(issue)];
  const at = (message: string): ConfigProblem[] => [{ path: writePath(path), message }];
  if (issue.kind !== 'schema' || issue.type === 'picklist') return at(issue.message);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return unknownKeys(path.slice(0, -1), checked.raw);
  }
  if (issue.type !== 'union') return at(wrongType([issue.type], path, checked));
  const branches = issue.issues ?? [];
  // A branch that got further than its very type is the one that was meant.
  const inside = branches.filter((inner) => inner.path !== undefined);
  if (inside.length > 0) return inside.flatMap((inner) => explain(inner, path, checked));
  const types = branches.map(({ type }) => type);
  // It says all that there is to choose from, words and others.
  if (types.includes('picklist')) return at(issue.message);
  return at(wrongType(types, path, checked));
}

function pathOf({ path }: Issue): Path {
  return path?.map(({ key }) => (typeof key === 'number' ? key : String(key))) ?? [];
}

/** All of them: valibot names the first one of an object. */
function unknownKeys(path: Path, raw: unknown): ConfigProblem[] {
  const known = keysAt(path);
  return Object.keys(Object(valueAt(raw, path)))
    .filter((key) => !known.includes(key))
    .filter((key) => key !== '__proto__') // inspectTexts names it, wherever it stands
    .map((key) => ({ path: writePath([...path, key]), message: unknownKey(key, path) }));
}

function unknownKey(key: string, path: Path): string {
  if (key === '$import') return 'a config file cannot import another one';
  if (/secret|api_?key|^token$|password/i.test(key) || (path[0] === 'livekit' && key === 'url')) {
    return 'credentials do not belong in the config; set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET';
  }
  const known = keysAt(path);
  // `country` is the end of `defaultCountry`, and too short to be like it.
  const isEnd = (name: string) => key.length > 3 && name.toLowerCase().endsWith(key.toLowerCase());
  const near = nearestNames(key, known, 1)[0] ?? known.find(isEnd);
  return near === undefined
    ? `unknown key; known here: ${known.join(', ')}`
    : `unknown key; did you mean ${quoteName(near)}?`;
}

function wrongType(expected: readonly string[], path: Path, { raw, written }: Checked): string {
  const found = valueAt(raw, path);
  const wanted = alternatives([...new Set(expected.map(expectedInWords))]);
  if (found === undefined) {
    return path[0] === 'departments' ? 'a department needs an address' : 'is missing';
  }
  const isUnquoted =
    expected.includes('string') && typeof found === 'number' && !Number.isNaN(found);
  return `expected ${wanted}, not ${foundInWords(found)}${isUnquoted ? adviseQuotes(valueAt(written, path)) : ''}`;
}

/** The number itself may be another text than the one in the file: YAML reads 0123 as 123. */
function adviseQuotes(text: unknown): string {
  return `; put it in quotes${typeof text === 'string' ? `: ${quoteName(text)}` : ''}`;
}

/** @param type of a schema; ours of type `custom` is an object */
function expectedInWords(type: string): string {
  if (type === 'string') return 'text';
  if (type === 'boolean') return 'true or false';
  if (type === 'array') return 'a list';
  return type === 'custom' ? 'an object' : `a ${type}`;
}

function foundInWords(found: unknown): string {
  if (found === null) return 'null';
  if (Number.isNaN(found)) return 'NaN';
  if (typeof found === 'string') return 'text';
  if (Array.isArray(found)) return 'a list';
  if (found instanceof Date) return 'a date';
  return typeof found === 'object' ? 'an object' : `a ${typeof found}`;
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
