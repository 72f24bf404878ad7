/** The JSON Schema of a config file, for editors, made from the declaration in src/config/schema.ts. */
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { configSchema } from '../../src/config/schema.ts';

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';

/** The part of JSON Schema that is looked at here. */
interface Node {
  type?: string | string[];
  required?: string[];
}

/** Makes the schema, draft 7: the one that every editor understands. */
export function configJsonSchema(): object {
  return { $schema: DRAFT_7, title: 'lk-transfer configuration', ...convert(configSchema) };
}

/** The text of the schema file. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

function convert(schema: v.GenericSchema): Node {
  const { $schema, ...converted } = toJsonSchema(schema, {
    // What no JSON Schema can say (a template, a wait) is checked when the config is read.
    errorMode: 'ignore',
    // The samples: they would stand there under a name that JSON Schema does not know.
    ignoreActions: ['metadata'],
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      override(valibotSchema as Overridden, jsonSchema as Node) as JsonSchema | undefined,
  });
  return converted as Node;
}

type Overridden =
  | v.MapSchema<v.GenericSchema, v.GenericSchema, undefined>
  | v.NullableSchema<v.GenericSchema, undefined>
  | v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** Maps, which the converter does not know, and what it writes at length. */
function override(schema: Overridden, converted: Node): object | undefined {
  switch (schema.type) {
    case 'map':
      return {
        type: 'object',
        propertyNames: convert(schema.key),
        additionalProperties: convert(schema.value),
      };
    case 'nullable': {
      const { type = [], ...inner } = convert(schema.wrapped);
      return { type: [...[type].flat(), 'null'], ...inner };
    }
    case 'strict_object': {
      const { required = [], ...rest } = converted;
      return required.length === 0 ? rest : converted;
    }
  }
}
