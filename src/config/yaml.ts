/**
 * A config as YAML that explains itself. Every value is quoted: YAML has too many texts that are
 * something else without (`no`, `1e3`, `2026-01-01`), and readers that differ about them.
 */
import { loadYaml } from 'cosmiconfig/dist/loaders.js';
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import type { ConfigProblem } from '../core/errors.ts';
import { namesIn } from './check.ts';
import { SyntaxProblem } from './json.ts';
import { writePath } from './problems.ts';
import { DESCRIPTIONS, SAMPLE } from './reference.ts';
import { quoteName, quoteText } from './text.ts';
import type { TransferConfig } from './types.ts';

// YAML as data: js-yaml, which knows no code since its version 4, through cosmiconfig's loader.
// Whoever needs this imports it lazily, since most configs are JSON. (Here the loader is imported
// statically: a bundle gives a lazy import of CommonJS no names.)

/**
 * Parses YAML.
 * @returns the value; undefined when there is none, as in a file of comments
 * @throws SyntaxProblem with the line and column, without the lines around them
 */
export function parseYaml(text: string): unknown {
  try {
    return loadYaml('', text) ?? undefined;
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'YAMLException') throw cause;
    const { reason, mark } = cause as YamlFailure;
    const place = mark && { line: mark.line + 1, column: mark.column + 1 };
    throw new SyntaxProblem(place ?? null, reason ?? 'not YAML');
  }
}

/** js-yaml's YAMLException; its message and mark quote the file, which may hold what is secret. */
interface YamlFailure extends Error {
  reason?: string;
  mark?: { line: number; column: number };
}

// What a file says letter by letter, before YAML makes numbers of it: `0123` is read as 123, and
// `+442079460958` loses its plus. Looked at only where a number stands in the place of a text.

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
    const message = `YAML makes a number of this name, and so another name; put it in quotes: ${quoteName(name)}`;
    return [{ path: writePath([section, name]), message }];
  });
}

const HEAD = `# Configuration of lk-transfer. Check it with: lk-transfer config check
# Credentials never stand here.
# Lines such as "#key: value" are examples: take away the # to use them.`;

/** Words that a reader could take for something else than a name, or not find in a line. */
const PLAIN_KEY = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][\w-]{0,100}$/i;

/** What a department of one line does not show. */
const LONG_FORM = `# More can be said of one: support: ${flow(SAMPLE.departments.support)}`;

/**
 * Writes a config as YAML: each part with what it means, and what it does not say as an example
 * behind a `#`.
 * @param config as it was checked; its `$schema` becomes the comment that YAML editors look for
 * @returns the text of a file, which reads back as the same config without that key
 */
export function writeYaml({ $schema, ...config }: TransferConfig): string {
  const blocks: string[] = [];
  const hasModeline = $schema !== undefined && /^[!-~]+$/.test($schema);
  if (hasModeline) blocks.push(`# yaml-language-server: $schema=${$schema}\n${HEAD}`);
  else blocks.push(HEAD);
  if ($schema !== undefined && !hasModeline) blocks.push(`$schema: ${quoteText($schema)}`);
  const told = new Set<string>();
  for (const key of Object.keys(SAMPLE) as (keyof typeof SAMPLE)[]) {
    const about = `# ${DESCRIPTIONS[key]}`;
    const value = config[key];
    if (value === undefined) {
      const sample = entryLines(key, SAMPLE[key], '', () => []);
      blocks.push([about, ...sample.map((line) => `#${line}`)].join('\n'));
    } else {
      const explain = (path: string) => commentOn(path, told);
      const more = key === 'departments' ? [LONG_FORM] : [];
      blocks.push([about, ...more, ...entryLines(key, value, key, explain)].join('\n'));
    }
  }
  return `${blocks.join('\n\n')}\n`;
}

/** What a key means, once in a file: the tenth department needs no explanation any more. */
function commentOn(path: string, told: Set<string>): string[] {
  const description = DESCRIPTIONS[path];
  if (description === undefined || told.has(path)) return [];
  told.add(path);
  return [`# ${description}`];
}

type Explain = (path: string) => string[];

/** A key with its value, without indentation; what is below it is indented by two blanks. */
function entryLines(key: string, value: unknown, path: string, explain: Explain): string[] {
  const name = plainKey(key);
  // YAML looks for the colon of a plain entry within 1024 characters only.
  const long = name.length > 1000;
  const start = long ? [`? ${name}`, ':'] : [`${name}:`];
  const last = start.pop() ?? '';
  if (!isBlock(value)) return [...start, `${last} ${flow(value)}`];
  const inner = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .flatMap(([innerKey, each]) => {
      const named = DESCRIPTIONS[`${path}.*`] === undefined;
      const innerPath = `${path}.${named ? innerKey : '*'}`;
      return [...explain(innerPath), ...entryLines(innerKey, each, innerPath, explain)];
    });
  return [...start, last, ...inner.map((line) => `  ${line}`)];
}

/** An object with something in it. */
function isBlock(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).some((each) => each !== undefined)
  );
}

/** A value on one line. */
function flow(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = Object.entries(value).filter(([, each]) => each !== undefined);
  if (inner.length === 0) return '{}';
  return `{ ${inner.map(([key, each]) => `${plainKey(key)}: ${flow(each)}`).join(', ')} }`;
}

function plainKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : quoteText(key);
}
