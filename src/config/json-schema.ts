/** The JSON Schema of a config file, for editors. Loaded only to print it: it costs start-up time. */
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { DESCRIPTIONS } from './reference.ts';
import { configSchema } from './schema.ts';

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';

/** The part of JSON Schema that matters here. */
interface Node {
  description?: string;
  type?: string | string[];
  required?: string[];
  propertyNames?: Node;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
}

/**
 * Makes the schema, draft 7: the one that every editor understands.
 * @throws Error when a key of the config has no description
 */
export function configJsonSchema(): object {
  const root = shapeOf(configSchema);
  describeKeys(root, '');
  return { $schema: DRAFT_7, title: 'lk-transfer configuration', ...root };
}

/** The text of the schema file. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

function shapeOf(schema: v.GenericSchema): Node {
  const { $schema, ...shape } = toJsonSchema(schema, {
    // What no JSON Schema can say (a template, a wait) is checked when the config is read.
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      inOurWords(valibotSchema as Unusual, jsonSchema as Node) as JsonSchema | undefined,
  });
  return shape as Node;
}

type Unusual =
  | v.MapSchema<v.GenericSchema, v.GenericSchema, undefined>
  | v.NullableSchema<v.GenericSchema, undefined>
  | v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** Maps, which the converter does not know, and what it writes at length. */
function inOurWords(schema: Unusual, converted: Node): Node | undefined {
  switch (schema.type) {
    case 'map':
      return {
        type: 'object',
        propertyNames: shapeOf(schema.key),
        additionalProperties: shapeOf(schema.value),
      };
    case 'nullable': {
      const { type = [], ...inner } = shapeOf(schema.wrapped);
      return { type: [...[type].flat(), 'null'], ...inner };
    }
    case 'strict_object': {
      const { required = [], ...rest } = converted;
      return required.length === 0 ? rest : converted;
    }
  }
}

function describeKeys(node: Node, path: string): void {
  const child = (inner: Node, key: string) => {
    const place = path === '' ? key : `${path}.${key}`;
    const description = DESCRIPTIONS[place];
    if (description === undefined) throw new Error(`no description for ${place}`);
    inner.description = description;
    describeKeys(inner, place);
  };
  for (const [key, inner] of Object.entries(node.properties ?? {})) child(inner, key);
  if (typeof node.additionalProperties === 'object') child(node.additionalProperties, '*');
  if (node.items !== undefined) child(node.items, '*');
  for (const choice of node.anyOf ?? []) describeKeys(choice, path);
}
