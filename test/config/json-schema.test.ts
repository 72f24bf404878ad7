import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferOutput } from 'valibot';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from '../../scripts/schema/json-schema.ts';
import { configTypesText } from '../../scripts/schema/types.js';
import { loadConfigFile } from '../../src/config/load.ts';
import { type configSchema, descriptionAt, keysAt } from '../../src/config/schema.ts';
import type { TransferConfig } from '../../src/config/types.ts';

const root = join(import.meta.dirname, '..', '..');
const exampleFile = join(root, 'transfer.config.example.json');

interface Node {
  type?: string | string[];
  pattern?: string;
  enum?: unknown[];
  description?: string;
  required?: string[];
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
}

/** As much of a JSON Schema validator as this schema needs. */
function fits(node: Node, value: unknown): boolean {
  if (node.anyOf !== undefined) return node.anyOf.some((choice) => fits(choice, value));
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (node.type !== undefined && ![node.type].flat().includes(type)) return false;
  if (node.enum !== undefined && !node.enum.includes(value)) return false;
  if (typeof value === 'string') return new RegExp(node.pattern ?? '').test(value);
  if (Array.isArray(value)) return value.every((item) => fits(node.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return true;
  if (node.required?.some((key) => !Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, inner]) => {
    const known = node.properties?.[key] ?? node.additionalProperties;
    return typeof known === 'object' ? fits(known, inner) : known !== false;
  });
}

describe('the schema for editors (conduct 50)', () => {
  it('is published as it is generated; if not, run: npm run schema', () => {
    const published = readFileSync(join(root, 'schema', 'transfer.schema.json'), 'utf8');
    expect(published).toBe(configJsonSchemaText());
  });

  it('accepts the example, and refuses what the program refuses', () => {
    const schema = configJsonSchema() as Node;
    const example = JSON.parse(readFileSync(exampleFile, 'utf8'));
    expect(fits(schema, example)).toBe(true);
    expect(fits(schema, { ...example, oops: 1 })).toBe(false);
    expect(fits(schema, { departments: { a: {} } })).toBe(false);
    expect(fits(schema, { departments: { a: { to: '1', too: 2 } } })).toBe(false);
    expect(fits(schema, { defaultCountry: 'USA' })).toBe(false);
    expect(fits(schema, { trunks: { a: { provider: 'twillio' } } })).toBe(false);
  });

  it('describes every key as a YAML file does, closes every object, and knows what may be in it', () => {
    let count = 0;
    const visit = (node: Node, path: readonly string[]) => {
      if (node.properties !== undefined) {
        expect(node.additionalProperties, path.join('.')).toBe(false);
        expect(keysAt(path), path.join('.')).toEqual(Object.keys(node.properties));
      }
      const inner = Object.entries(node.properties ?? {});
      if (typeof node.additionalProperties === 'object')
        inner.push(['*', node.additionalProperties]);
      if (node.items !== undefined) inner.push(['*', node.items]);
      for (const [key, child] of inner) {
        const childPath = [...path, key];
        expect(child.description, childPath.join('.')).toBeTruthy();
        expect(descriptionAt(childPath), childPath.join('.')).toBe(child.description);
        count += 1;
        visit(child, childPath);
      }
      for (const choice of node.anyOf ?? []) visit(choice, path);
    };
    visit(configJsonSchema() as Node, []);
    expect(count).toBeGreaterThan(50);
    expect(keysAt(['departments', 'sales', 'constructor'])).toEqual([]);
    expect(descriptionAt(['policy', 'adHok'])).toBeUndefined();
  });
});

describe('the types of a config', () => {
  it('are in src/config/types.ts as they are generated; if not, run: npm run schema', () => {
    const types = readFileSync(join(root, 'src', 'config', 'types.ts'), 'utf8');
    expect(types).toBe(configTypesText(configJsonSchema()));
  });

  it('are those of what the schema checks', () => {
    type Checked = InferOutput<typeof configSchema>;
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    // Does not compile when they differ; without `Required` a key that one lacks would pass.
    const isSame: Same<Required<Checked>, Required<TransferConfig>> &
      Same<Checked, TransferConfig> = true;
    expect(isSame).toBe(true);
  });

  it('have names for all that is in them', () => {
    const object = { type: 'object', properties: {}, additionalProperties: false };
    const schema = { type: 'object', properties: { unheardOf: object } };
    expect(() => configTypesText(schema)).toThrow('no name for unheardOf');
  });
});

describe('the example', () => {
  it('passes its own check and names what the pages tell of', async () => {
    const { config } = await loadConfigFile(exampleFile);
    expect(config.$schema).toBe('./schema/transfer.schema.json');
    expect(config.defaultCountry).toBe('US');
    expect(config.dial).toEqual({
      number: 'sip:{number}@trunk.provider.com',
      extension: 'sip:{extension}@pbx.company.com',
    });
    expect(config.departments).toMatchObject({
      sales: { to: '100', aliases: ['new business'] },
      support: { to: '200', fallback: ['voicemail'] },
      billing: 'sip:300@pbx.company.com',
      voicemail: 'sip:250@pbx.company.com',
      mobile: { to: '+1 510 555 0100' },
    });
    expect(config.transfer?.wait).toBe('90s');
  });
});
