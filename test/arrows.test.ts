import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

interface Import {
  from: string;
  to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const read = (file: string) => readFileSync(join(src, file), 'utf8');

/** The room of the house a file lives in: its folder, or its own name at the top. */
const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : file);

const imports: Import[] = files.flatMap((from) =>
  [...read(from).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) => ({
    from,
    to: relative(src, resolve(dirname(join(src, from)), target)),
  })),
);

/** What each room may use besides itself. */
const ALLOWED: Record<string, string[]> = {
  'main.ts': ['cli.ts', 'host.ts'],
  'cli.ts': [
    'help-topics.ts',
    'command-line.ts',
    'program.ts',
    'commands',
    'terminal',
    'errors.ts',
    'host.ts',
    'version.ts',
  ],
  'command-line.ts': ['program.ts', 'errors.ts', 'version.ts'],
  'program.ts': ['program', 'help-topic.ts', 'errors.ts'],
  program: ['commands', 'completion', 'config', 'grammar.ts', 'help-topic.ts'].concat([
    'duration.ts',
    'errors.ts',
    'version.ts',
  ]),
  'grammar.ts': ['completion'],
  'host.ts': ['machine.ts'],
  'help-topics.ts': ['help-topic.ts', 'config', 'destinations', 'errors.ts', 'wrap.ts'],
  completion: ['config', 'destinations', 'help-topic.ts'],
  commands: [
    'limits.ts',
    'doctor',
    'engine',
    'smoke',
    'completion',
    'calls',
    'destinations',
    'transfer',
    'history',
    'config',
    'livekit',
    'terminal',
    'sandbox',
  ].concat(['errors.ts', 'duration.ts', 'host.ts', 'version.ts', 'names.ts']),
  doctor: ['limits.ts', 'destinations', 'config', 'livekit', 'errors.ts', 'duration.ts'],
  engine: ['calls', 'destinations', 'transfer', 'history', 'config', 'livekit', 'host.ts'].concat([
    'errors.ts',
    'version.ts',
  ]),
  library: [
    'duration.ts',
    'engine',
    'calls',
    'destinations',
    'transfer',
    'config',
    'livekit',
    'errors.ts',
    'host.ts',
  ],
  transfer: [
    'limits.ts',
    'calls',
    'destinations',
    'livekit',
    'errors.ts',
    'duration.ts',
    'host.ts',
  ],
  smoke: [
    'limits.ts',
    'engine',
    'transfer',
    'calls',
    'destinations',
    'config',
    'livekit',
    'errors.ts',
  ].concat(['duration.ts', 'host.ts', 'foreign-text.ts', 'whole-file.ts']),
  history: ['transfer', 'errors.ts'],
  calls: ['destinations', 'config', 'livekit', 'errors.ts', 'names.ts'],
  destinations: ['config', 'errors.ts', 'duration.ts', 'names.ts', 'trunk-keys.ts'],
  config: ['limits.ts', 'errors.ts', 'duration.ts', 'names.ts', 'trunk-keys.ts'].concat([
    'foreign-text.ts',
    'whole-file.ts',
  ]),
  livekit: ['errors.ts', 'names.ts'],
  terminal: ['errors.ts', 'duration.ts', 'host.ts', 'wrap.ts', 'foreign-text.ts'],
  sandbox: [],
};

describe('the house', () => {
  it('has imports to look at', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('has arrows that point one way', () => {
    const against = imports.filter(
      ({ from, to }) =>
        roomOf(from) !== roomOf(to) && !(ALLOWED[roomOf(from)] ?? []).includes(roomOf(to)),
    );
    expect(against).toEqual([]);
  });

  it('opens the sandbox only from the commands that start it, by its door', () => {
    const doors = imports.filter(
      ({ from, to }) => roomOf(to) === 'sandbox' && roomOf(from) !== 'sandbox',
    );
    expect(doors).toEqual([
      { from: 'commands/sandbox.ts', to: 'sandbox/server.ts' },
      { from: 'commands/session.ts', to: 'sandbox/server.ts' },
    ]);
  });

  it('lets calls and destinations see of config and destinations only what is light', () => {
    const seen = imports.filter(
      ({ from, to }) => roomOf(from) === 'calls' && ['config', 'destinations'].includes(roomOf(to)),
    );
    expect(new Set(seen.map(({ to }) => to))).toEqual(
      new Set(['config/types.ts', 'destinations/providers.ts']),
    );
  });

  it('brings no terminal code along with the library', () => {
    const reached = new Set<string>();
    const open = ['library/index.ts'];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      open.push(...imports.filter(({ from }) => from === file).map(({ to }) => to));
    }
    expect(reached).toContain('transfer/send.ts');
    const packages = [...reached].flatMap((file) =>
      [...read(file).matchAll(/(?:from|import)\s*\(?\s*'((?!node:)[@a-z][^']*)'/g)].map(
        ([, name = '']) => name,
      ),
    );
    expect([...new Set(packages)].sort()).toEqual([
      '@bufbuild/protobuf',
      '@livekit/protocol',
      'cosmiconfig/dist/ExplorerSync.js',
      'cosmiconfig/dist/loaders.js',
      'js-yaml',
      'libphonenumber-js/max',
      'livekit-server-sdk',
      'p-limit',
      'valibot',
    ]);
  });

  it('touches process and console only in host.ts and terminal/', () => {
    const touching = files.filter((file) => {
      if (/^(host\.ts|terminal\/)/.test(file)) return false;
      const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'[^'\n]*'|`[^`]*`/gm, '');
      return /\bprocess\.|\bconsole\./.test(code);
    });
    expect(touching).toEqual([]);
  });
});
