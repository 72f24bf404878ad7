// Writes what is made from the declaration of the config in src/config/schema.ts: the JSON Schema
// that editors use, and the types that the sources use; and what is made from the types of all that is
// printed as JSON (scripts/schema/documents.ts): its JSON Schema, and the tables of docs/json.md and docs/json/.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { outputSchema, outputSchemaText } from './schema/output-schema.js';
import { fieldsPage, withDocuments } from './schema/tables.js';
import { configTypesText } from './schema/types.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['scripts/schema/json-schema.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
const { configJsonSchema, configJsonSchemaText } = await import(
  `data:text/javascript;base64,${code}`
);
await writeFile(join(root, 'schema', 'transfer.schema.json'), configJsonSchemaText());
await writeFile(join(root, 'src', 'config', 'types.ts'), configTypesText(configJsonSchema()));

const documents = outputSchema(root);
await writeFile(join(root, 'schema', 'output.schema.json'), outputSchemaText(documents));
await writeFile(join(root, 'docs', 'json', 'fields.md'), fieldsPage(documents));
const page = join(root, 'docs', 'json.md');
await writeFile(page, withDocuments(await readFile(page, 'utf8'), documents));
