// The JSON Schema of all that the program prints as JSON, from the types in documents.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

/**
 * @typedef {object} Node the part of JSON Schema that documents use
 * @property {string} [$ref]
 * @property {string} [description]
 * @property {string | string[]} [type]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {string[]} [required]
 * @property {Record<string, Node>} [properties]
 * @property {Node | boolean} [additionalProperties]
 * @property {Node} [items]
 * @property {Node[]} [anyOf]
 * @property {Record<string, Node>} [definitions]
 * @property {string} [$schema]
 * @property {string} [title]
 */

/** @typedef {Node & { definitions: Record<string, Node> }} OutputSchema */

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';
/** What a reference to a definition begins with. */
export const REF = '#/definitions/';
/** Pretty, and no longer than it has to be. */
const LINE_LENGTH = 100;

const DESCRIPTION =
  'A definition whose name has no capital is a document, or a line: `lk-transfer schema NAME` prints it alone. ' +
  'Times are ISO 8601, UTC. Later versions add fields and words, so neither is closed.';

/**
 * Makes the schema of every document: by its name a definition, beside those of its types.
 * @param {string} root the folder of the project
 * @returns {OutputSchema}
 * @throws Error for a type that has no schema
 */
export function outputSchema(root) {
  const schema = /** @type {Node} */ (
    createGenerator({
      path: join(root, 'scripts', 'schema', 'documents.ts'),
      tsconfig: join(root, 'scripts', 'schema', 'documents.tsconfig.json'),
      type: 'Documents',
      topRef: false,
      expose: 'export',
      jsDoc: 'extended',
      // Later versions have more fields.
      additionalProperties: true,
      sortProps: false,
      encodeRefs: false,
      // Done by the project's own compiler.
      skipTypeCheck: true,
    }).createSchema('Documents')
  );
  const { properties: documents = {}, definitions: types = {} } = schema;
  const told = wordDescriptions(root);
  for (const [name, type] of Object.entries(types)) describeWords(type, told.get(name));
  const known = { ...documents, ...types };
  const definitions = Object.entries(known)
    .filter(([name]) => hasName(name))
    .map(([name, node]) => [name, withoutNameless(node, types)]);
  return {
    $schema: DRAFT_7,
    title: 'What lk-transfer prints with --json',
    description: DESCRIPTION,
    definitions: Object.fromEntries(definitions),
  };
}

/** Of `CallMoment<"attempt">` nobody can speak. @param {string} name */
function hasName(name) {
  return /^[\w-]+$/.test(name);
}

/**
 * Puts a type without a name of its own where it is used.
 * @param {Node} node @param {Record<string, Node>} types @returns {Node}
 */
function withoutNameless(node, types) {
  return JSON.parse(JSON.stringify(node), (_, value) => {
    const name = typeof value?.$ref === 'string' ? value.$ref.slice(REF.length) : null;
    if (name === null || hasName(name)) return value;
    const { $ref: _ref, ...beside } = value;
    return { ...withoutNameless(types[name] ?? {}, types), ...beside };
  });
}

// What the words of a type mean stands in comments before each, which the generator passes over.

/**
 * The comments of words, by the name of their type.
 * @param {string} root @returns {Map<string, Map<string, string>>}
 */
function wordDescriptions(root) {
  const src = join(root, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(src, file), 'utf8').matchAll(
        /^export type (\w+) =\n((?: {2}(?:\/\*\*|\*| \*|\| ').*\n)+)/gm,
      ),
    ]);
  return new Map(found.map(([, name = '', body = '']) => [name, commentsBefore(body)]));
}

/** @param {string} body the members of a union @returns {Map<string, string>} */
function commentsBefore(body) {
  const members = [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s*\| '([^']+)'/g)];
  return new Map(
    members.map(([, comment = '', word = '']) => [
      word,
      comment
        .replace(/\n\s*\* ?/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  );
}

/** @param {Node} type @param {Map<string, string> | undefined} told */
function describeWords(type, told) {
  if (type.enum === undefined || told === undefined || told.size === 0) return;
  const words = [...told].map(([word, text]) => `\`${word}\`: ${text}`);
  type.description = [...(type.description ? [type.description] : []), ...words].join('\n');
}

/**
 * The text of the schema file.
 * @param {unknown} value @param {string} [indent]
 * @returns {string}
 */
export function compactJson(value, indent = '') {
  const line = JSON.stringify(value)
    .replaceAll(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, text, mark) => text ?? `${mark} `)
    .replace(/^\{(.+)\}$/, '{ $1 }');
  if (indent.length + line.length <= LINE_LENGTH || typeof value !== 'object' || value === null) {
    return line;
  }
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const parts = Array.isArray(value)
    ? value.map((each) => compactJson(each, inner))
    : Object.entries(value).map(
        ([key, each]) => `${JSON.stringify(key)}: ${compactJson(each, inner)}`,
      );
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
}

/** @param {OutputSchema} schema @returns {string} */
export function outputSchemaText(schema) {
  return `${compactJson(schema)}\n`;
}
