import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from '../../src/config/json-schema.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import { DESCRIPTIONS } from '../../src/config/reference.ts';

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
  it('is published as it is generated; if not, run: node scripts/schema.js', () => {
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

  it('describes every key, closes every object, and has no description left over', () => {
    const described = new Set<string>();
    const visit = (node: Node, path: string) => {
      if (node.properties !== undefined) expect(node.additionalProperties, path).toBe(false);
      const inner = Object.entries(node.properties ?? {});
      if (typeof node.additionalProperties === 'object')
        inner.push(['*', node.additionalProperties]);
      if (node.items !== undefined) inner.push(['*', node.items]);
      for (const [key, child] of inner) {
        const place = path === '' ? key : `${path}.${key}`;
        expect(child.description, place).toBeTruthy();
        described.add(place);
        visit(child, place);
      }
      for (const choice of node.anyOf ?? []) visit(choice, path);
    };
    visit(configJsonSchema() as Node, '');
    expect([...described].sort()).toEqual(Object.keys(DESCRIPTIONS).sort());
  });
});

describe('the example', () => {
  it('passes its own check and names what the README tells of', async () => {
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
      voicemail: 'sip:999@pbx.company.com',
      mobile: { to: '+1 510 555 0100' },
    });
    expect(config.transfer?.wait).toBe('90s');
  });
});
