// Writes schema/transfer.schema.json from the schema that the program checks with.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/config/json-schema.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
const { configJsonSchemaText } = await import(`data:text/javascript;base64,${code}`);
await writeFile(join(root, 'schema', 'transfer.schema.json'), configJsonSchemaText());
