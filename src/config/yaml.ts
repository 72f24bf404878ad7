/**
 * YAML, read as data and written so that it explains itself. js-yaml, which knows no code since its
 * version 4, parses it through cosmiconfig's loader. Imported lazily, since most configs are JSON.
 * (In here the loader is imported statically: a bundle gives a lazy import of CommonJS no names.)
 */
import { loadYaml } from 'cosmiconfig/dist/loaders.js';
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import type { ConfigProblem } from '../core/errors.ts';
import { namesIn, quoteName, quoteText, SyntaxProblem, writePath } from './json.ts';
import { descriptionAt, sampleConfig } from './schema.ts';
import type { TransferConfig } from './types.ts';

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
    const { reason, mark } = cause as YamlException;
    const position = mark === undefined ? null : { line: mark.line + 1, column: mark.column + 1 };
    throw new SyntaxProblem(position, reason ?? 'not YAML');
  }
}

/** js-yaml's; its message and mark quote the file, which may hold what is secret. */
interface YamlException extends Error {
  reason?: string;
  mark?: { line: number; column: number };
}

// What a file says letter by letter, before YAML makes numbers of it: `0123` is read as 123, and
// `+442079460958` loses its plus. Needed only where a number is found instead of a text.

/**
 * Parses a config file once more, with every value as the text that the file has for it.
 * @param text YAML, or JSON, which is YAML as well
 * @returns the same tree of texts; undefined where it cannot be had (a tag such as `!!int`)
 */
export function parseAsTexts(text: string): unknown {
  try {
    return load(text.replace(/^\uFEFF/, ''), { schema: FAILSAFE_SCHEMA });
  } catch {
    return undefined;
  }
}

/**
 * Finds the names of departments and trunks that the file writes otherwise than they are read.
 * @param written as `parseAsTexts` returns it
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

// Writing. Every value is quoted: YAML has too many texts that are something else without (`no`,
// `1e3`, `2026-01-01`), and readers that differ about them.

const HEAD = `# Configuration of lk-transfer. Check it with: lk-transfer config check
# Credentials never stand here.
# Lines such as "#key: value" are examples: take away the # to use them.`;

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
  const sample = sampleConfig();
  const described = new Set<string>();
  for (const key of Object.keys(sample) as (keyof typeof config)[]) {
    const description = `# ${descriptionAt([key])}`;
    const value = config[key];
    if (value === undefined) {
      const lines = entryLines(key, sample[key], [], () => []);
      blocks.push([description, ...lines.map((line) => `#${line}`)].join('\n'));
    } else {
      const describe = (path: Path) => commentOn(path, described);
      const more = key === 'departments' ? [longFormOf(sample)] : [];
      blocks.push([description, ...more, ...entryLines(key, value, [key], describe)].join('\n'));
    }
  }
  return `${blocks.join('\n\n')}\n`;
}

/** What a department of one line does not show. */
function longFormOf(sample: TransferConfig): string {
  return `# More can be said of one: support: ${flow(sample.departments?.support)}`;
}

/** Where a key is, with `*` for a name of the user's. */
type Path = readonly string[];
type Describe = (path: Path) => string[];

/** What a key means, once in a file: the tenth department needs no explanation any more. */
function commentOn(path: Path, described: Set<string>): string[] {
  const description = descriptionAt(path);
  const written = path.join('.');
  if (description === undefined || described.has(written)) return [];
  described.add(written);
  return [`# ${description}`];
}

/** A key with its value, without indentation; what is below it is indented by two blanks. */
function entryLines(key: string, value: unknown, path: Path, describe: Describe): string[] {
  const name = plainKey(key);
  // YAML looks for the colon of a plain entry within 1024 characters only.
  const long = name.length > 1000;
  const start = long ? [`? ${name}`, ':'] : [`${name}:`];
  const last = start.pop() ?? '';
  if (!isBlock(value)) return [...start, `${last} ${flow(value)}`];
  const holdsNames = descriptionAt([...path, '*']) !== undefined;
  const inner = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .flatMap(([innerKey, each]) => {
      const innerPath = [...path, holdsNames ? '*' : innerKey];
      return [...describe(innerPath), ...entryLines(innerKey, each, innerPath, describe)];
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

/** Words that a reader could take for something else than a name, or not find in a line. */
const PLAIN_KEY = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][\w-]{0,100}$/i;

function plainKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : quoteText(key);
}
