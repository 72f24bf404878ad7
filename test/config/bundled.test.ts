import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { folderWith } from './folders.ts';

const root = join(import.meta.dirname, '..', '..');
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** What users get is a bundle, in which CommonJS packages answer to imports in their own way. */
it('reads JSON, YAML and the projects of the lk CLI in a bundle too', async () => {
  const cwd = folderWith({
    'a.json': '{"agents":["json"]}',
    'a.yaml': 'agents: [yaml]\n',
    'broken.yaml': 'agents: [\n',
    '.livekit/cli-config.yaml': 'projects: [{name: p, url: "ws://h", api_key: k, api_secret: s}]\n',
  });
  await build({
    absWorkingDir: root,
    entryPoints: ['src/config/load.ts', 'src/livekit/credentials.ts'],
    outdir: join(cwd, 'dist'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['typescript'],
    banner: { js: REQUIRE },
  });
  const bundled = (name: string) => import(pathToFileURL(join(cwd, 'dist', name)).href);
  const { loadConfigFile } = await bundled('config/load.mjs');
  const { findCredentials } = await bundled('livekit/credentials.mjs');
  for (const kind of ['json', 'yaml']) {
    const { config } = await loadConfigFile(join(cwd, `a.${kind}`));
    expect(config).toEqual({ agents: [kind] });
  }
  await expect(loadConfigFile(join(cwd, 'broken.yaml'))).rejects.toMatchObject({
    problems: [{ path: '', message: expect.stringMatching(/^line 2, column 1: /) }],
  });
  const flags = { project: 'p', allowDefaultProject: false };
  expect(await findCredentials(flags, { env: {}, cwd, home: cwd })).toMatchObject({ apiKey: 'k' });
});
