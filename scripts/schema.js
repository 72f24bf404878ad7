// Writes what is made from the declaration of the config in src/config/schema.ts: the JSON Schema
// that editors use, and the types that the sources use.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
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
