/**
 * A config as YAML that explains itself. Every value is quoted: YAML has too many texts that are
 * something else without (`no`, `1e3`, `2026-01-01`), and readers that differ about them.
 */

import { quoteText } from './quote.ts';
import { DESCRIPTIONS } from './reference.ts';
import { SAMPLE } from './sample.ts';
import type { TransferConfig } from './types.ts';

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
export function configYaml({ $schema, ...config }: TransferConfig): string {
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
