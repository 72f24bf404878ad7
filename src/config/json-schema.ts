/** The JSON Schema of a config file, for editors. Loaded only to print it: it costs start-up time. */
import { toJSONSchema } from 'zod/mini';
import { DESCRIPTIONS } from './descriptions.ts';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that matters here. */
interface Node {
  description?: string;
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
  const generated = toJSONSchema(configSchema, { target: 'draft-7', io: 'input' });
  const { $schema, ...root } = generated as Node & { $schema?: string };
  describeKeys(root, '');
  return { $schema, title: 'lk-transfer configuration', ...root };
}

/** The text of the schema file. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
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
