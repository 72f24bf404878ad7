import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfigFile } from '../../src/config/load.ts';
import { folderWith } from './folders.ts';

it('loads the YAML parser for YAML only, and the others of cosmiconfig never', async () => {
  const cwd = folderWith({ 'a.json': '{}', 'a.yaml': '{}' });
  const isLoaded = (name: string) =>
    Object.keys(createRequire(import.meta.url).cache).some((file) =>
      file.includes(join('node_modules', name)),
    );
  await loadConfigFile(join(cwd, 'a.json'));
  expect(isLoaded('cosmiconfig')).toBe(true);
  expect(isLoaded('js-yaml')).toBe(false);
  await loadConfigFile(join(cwd, 'a.yaml'));
  expect(isLoaded('js-yaml')).toBe(true);
  for (const name of ['parse-json', 'import-fresh', 'typescript'])
    expect(isLoaded(name)).toBe(false);
});
