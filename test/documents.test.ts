/** The JSON Schema of all that is printed as JSON: made anew, told whole, and never poorer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { outputSchema, outputSchemaText, REF } from '../scripts/schema/output-schema.js';
import { fieldsPage, withDocuments } from '../scripts/schema/tables.js';
import { DEFINITIONS, DOCUMENT_NAMES, SCHEMA_TEXT, type SchemaNode } from './support/documents.ts';
import { isUpdating } from './support/pages.ts';

const ROOT = join(import.meta.dirname, '..');
const FIELDS_FILE = join(import.meta.dirname, 'documents-fields.txt');

const definitionOf = ({ $ref }: SchemaNode): SchemaNode | undefined =>
  $ref === undefined ? undefined : DEFINITIONS[$ref.slice(REF.length)];

/** The type that a field shows, if it shows one: itself, a list of it, or nothing. */
function typeOf(field: SchemaNode): SchemaNode | undefined {
  const choices = field.anyOf ?? [field.items ?? field];
  return choices.map(definitionOf).find((each) => each !== undefined);
}

interface Field {
  path: string;
  node: SchemaNode;
  /** It may be left out. */
  optional: boolean;
  /** It stands in an object that has no name of its own. */
  inner: boolean;
}

/** Every field of a definition, and of the objects in it that have no name. */
function fieldsIn(node: SchemaNode, path: string, inner = false): Field[] {
  const { properties = {}, required = [], anyOf = [], items } = node;
  return [
    ...Object.entries(properties).flatMap(([name, field]) => {
      const own = `${path}.${name}`;
      const optional = !required.includes(name);
      return [{ path: own, node: field, optional, inner }, ...fieldsIn(field, own, true)];
    }),
    ...anyOf.flatMap((each) => fieldsIn(each, path, true)),
    ...(items === undefined ? [] : fieldsIn(items, `${path}[]`, true)),
  ];
}

const FIELDS = Object.entries(DEFINITIONS).flatMap(([name, node]) => fieldsIn(node, name));

/** The words that a value may be, or that there are none to choose from. */
function wordsOf({ enum: words, const: word }: SchemaNode): unknown[] {
  return words ?? (word === undefined ? [] : [word]);
}

const MAY_MISS = ' (may be missing)';

/** What stands in the place of a value: not less, and not something else, later on. */
function kindOf({ $ref, anyOf, items, type, additionalProperties: values }: SchemaNode): string {
  if ($ref !== undefined) return $ref.slice(REF.length);
  if (anyOf !== undefined) return anyOf.map(kindOf).join('|');
  if (items !== undefined) return `${[type].flat().join('|')} of ${kindOf(items)}`;
  if (typeof values === 'object') return `object by name of ${kindOf(values)}`;
  return [type].flat().join('|');
}

/** What a program may have come to rely on, a line each. */
function promises(): string[] {
  const documents = DOCUMENT_NAMES.map((name) => {
    return `${name}: ${kindOf(DEFINITIONS[name] ?? {})}`;
  });
  const fields = FIELDS.flatMap(({ path, node, optional }) => [
    `${path}: ${kindOf(node)}${optional ? MAY_MISS : ''}`,
    ...wordsOf(node).map((word) => `${path} = ${word}`),
  ]);
  const words = Object.entries(DEFINITIONS).flatMap(([name, node]) =>
    wordsOf(node).map((word) => `${name} = ${word}`),
  );
  return [...new Set([...documents, ...fields, ...words])].sort();
}

const PROMISE =
  'Programs read these fields and words: what is gone, renamed, or may be missing now breaks them. Keep it, ' +
  'or release a new major version and say so in CHANGELOG.md. What is new is added to the list by ' +
  '`npx vitest run test/documents.test.ts --update`, which takes nothing away';

describe('schema/output.schema.json', () => {
  let made: ReturnType<typeof outputSchema>;
  beforeAll(() => {
    made = outputSchema(ROOT);
  });

  it('is published as it is generated; if not, run: npm run schema', () => {
    expect(SCHEMA_TEXT).toBe(outputSchemaText(made));
    expect(JSON.parse(SCHEMA_TEXT)).toEqual(made);
  });

  it('is told in docs/ as it is generated; if not, run: npm run schema', () => {
    const read = (...path: string[]) => readFileSync(join(ROOT, 'docs', ...path), 'utf8');
    expect(read('json', 'fields.md')).toBe(fieldsPage(made));
    expect(read('json.md')).toBe(withDocuments(read('json.md'), made));
    expect(read('json.md')).toContain('| [warning](json/fields.md#warning) |');
  });

  it('is small', () => {
    expect(SCHEMA_TEXT.length).toBeLessThan(150_000);
  });
});

describe('the fields of all documents', () => {
  it('are promised', () => {
    const text = readFileSync(FIELDS_FILE, 'utf8');
    const known = text.split('\n').filter((line) => line !== '');
    const now = promises();
    // What may no longer be missing is no less than it was.
    const isKept = (line: string) => now.includes(line) || now.includes(line.replace(MAY_MISS, ''));
    expect(
      known.filter((line) => !isKept(line)),
      PROMISE,
    ).toEqual([]);
    if (isUpdating()) writeFileSync(FIELDS_FILE, `${now.join('\n')}\n`);
    else
      expect(
        now.filter((line) => !known.includes(line)),
        PROMISE,
      ).toEqual([]);
  });

  it('are described, all that have a name', () => {
    const untold = FIELDS.filter(
      ({ node, inner }) => !inner && !node.description && !typeOf(node)?.description,
    );
    expect(untold.map(({ path }) => path)).toEqual([]);
  });

  it('say in what unit they are', () => {
    const named = (pattern: RegExp) =>
      FIELDS.filter(({ path }) => pattern.test(path.split('.').at(-1) ?? ''));
    const without = (fields: Field[], unit: RegExp) =>
      fields.filter(({ node }) => !unit.test(node.description ?? '')).map(({ path }) => path);
    const [times, spans] = [named(/(?:At|^at|^time|^since|Since)$/), named(/Ms$/)];
    expect([times.length, spans.length].every((count) => count > 10)).toBe(true);
    expect(without(times, /ISO 8601/)).toEqual([]);
    expect(without(spans, /\bms\b/)).toEqual([]);
    expect(without(named(/Seconds$/), /second|joinedAt|Since then/i)).toEqual([]);
  });

  it('of documents have a name and a line each', () => {
    for (const name of DOCUMENT_NAMES) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(DEFINITIONS[name]?.description, name).toMatch(/--json|--report/);
    }
    expect(DOCUMENT_NAMES.length).toBeGreaterThan(30);
  });
});
