import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfigFile, loadConfigFor } from '../../src/config/load.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { folderWith } from './folders.ts';

const load = (cwd: string, file?: string) =>
  loadConfigFor({ env: { XDG_CONFIG_HOME: cwd }, cwd, home: cwd, platform: 'linux' }, file);

/** The error that loading this one file ends in. */
async function failureOf(text: string, name = 'transfer.config.json'): Promise<ConfigError> {
  const error: unknown = await load(folderWith({ [name]: text })).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${error}`);
  return error;
}

describe('loading', () => {
  it('finds nothing: an empty config', async () => {
    expect(await load(folderWith())).toEqual({ file: null, config: {}, bundled: false });
  });

  it('reads JSON, with a byte order mark too', async () => {
    const cwd = folderWith({ 'transfer.config.json': '\uFEFF{"defaultCountry":"de"}' });
    const file = join(cwd, 'transfer.config.json');
    expect(await load(cwd)).toEqual({ file, config: { defaultCountry: 'DE' }, bundled: false });
  });

  it.each(['transfer.config.yaml', 'transfer.config.yml'])('reads %s', async (name) => {
    const cwd = folderWith({ [name]: 'departments:\n  sales: "100" # new orders\n' });
    expect((await load(cwd)).config).toEqual({ departments: { sales: '100' } });
  });

  it('uses the named file and no other, relative to the working folder', async () => {
    const cwd = folderWith({ 'transfer.config.json': '{"oops":1}', 'x/my.yaml': 'agents: [bot]' });
    const { file, config } = await load(cwd, 'x/my.yaml');
    expect({ file, config }).toEqual({ file: join(cwd, 'x/my.yaml'), config: { agents: ['bot'] } });
  });

  it('marks the bundled example', async () => {
    const cwd = folderWith({ 'a.json': '{}' });
    expect((await loadConfigFile(join(cwd, 'a.json'), { bundled: true })).bundled).toBe(true);
  });

  it('is not disturbed by a broken package.json beside the config', async () => {
    const cwd = folderWith({ 'transfer.config.json': '{}', 'package.json': '{ broken' });
    expect((await load(cwd)).config).toEqual({});
  });
});

describe('a file that cannot be used', () => {
  it('is missing: exit 2, and no other file is used instead (conduct 49)', async () => {
    const cwd = folderWith({ 'transfer.config.json': '{}' });
    await expect(load(cwd, 'gone.json')).rejects.toMatchObject({
      name: 'ConfigError',
      exitCode: 2,
      file: join(cwd, 'gone.json'),
      message: `There is no config file ${join(cwd, 'gone.json')}.`,
    });
  });

  it.each([
    ['is a folder', 'x.json', /x\.json is not a file/],
    ['is a program', 'x.js', /x\.js is neither \.json nor \.yaml/],
    ['describes a package', 'package.json', /package\.json describes a package/],
  ])('%s', async (_title, name, message) => {
    const cwd = folderWith({ 'x.js': '', 'package.json': '{"transfer":{}}' });
    mkdirSync(join(cwd, 'x.json'));
    await expect(load(cwd, name)).rejects.toThrow(message);
  });

  it.skipIf(process.platform === 'win32')('is a pipe: refused, not waited for', async () => {
    const cwd = folderWith();
    execFileSync('mkfifo', [join(cwd, 'transfer.config.json')]);
    await expect(load(cwd)).rejects.toThrow(/is not a file/);
  });

  it.each(['', ' \n', '\uFEFF'])('is empty: %j', async (text) => {
    expect((await failureOf(text)).message).toMatch(/is empty\.$/);
  });

  it('is YAML with nothing but comments', async () => {
    expect((await failureOf('# nothing yet\n', 'transfer.config.yml')).message).toMatch(
      /is empty\.$/,
    );
  });

  it('is larger than a config can be', async () => {
    const error = await failureOf(`{"agents":["${'x'.repeat(1_000_000)}"]}`);
    expect(error.message).toMatch(/is larger than 1 MB/);
  });

  it.each([
    [
      'JSON',
      'transfer.config.json',
      '{\n  "dial": {},\n  oops\n}',
      'line 3, column 3: expected a name in double quotes',
    ],
    ['YAML', 'transfer.config.yaml', 'a: 1\nb: [secret-word\n', 'line 3, column 1: '],
    [
      'YAML with a name twice',
      'transfer.config.yaml',
      'a: 1\na: 2\n',
      'line 2, column 1: duplicated mapping key',
    ],
    ['YAML with code in it', 'transfer.config.yaml', 'a: !!js/function x', 'unknown tag'],
    [
      'YAML of two documents',
      'transfer.config.yaml',
      '{}\n---\n{}\n',
      'expected a single document',
    ],
  ])('is broken %s: file, line and column, not its text', async (_title, name, text, expected) => {
    const error = await failureOf(text, name);
    expect(error.message).toMatch(/transfer\.config\.\w+ is not valid (?:JSON|YAML)\.$/);
    expect(error.problems[0]?.message).toContain(expected);
    expect(JSON.stringify([error.message, error.problems])).not.toContain('secret-word');
    expect(error.cause).toBeUndefined();
  });

  it('reports every problem at once', async () => {
    const error = await failureOf('{"departments":{"sales":{}},"wiat":1}');
    expect(error.problems).toEqual([
      { path: 'departments.sales.to', message: 'a department needs an address' },
      { path: 'wiat', message: expect.stringMatching(/^unknown key/) },
    ]);
    expect(error.message).toContain('has 2 problems.');
  });

  it.each([
    ['transfer.config.yaml', 'departments:\n  ops: 0123', '"0123"'],
    ['transfer.config.yaml', 'departments:\n  ops: { to: +442079460958 }', '"+442079460958"'],
    ['transfer.config.yml', 'departments: {ops: 02079460958}', '"02079460958"'],
    ['transfer.config.yaml', 'departments:\n  ops: 0x1F', '"0x1F"'],
    ['transfer.config.json', '{\n\t"departments": {\n\t\t"ops": 1.0\n\t}\n}', '"1.0"'],
  ])(
    'has a number for a text: the advice has it as it is written, %s %s',
    async (name, text, quotes) => {
      const { problems } = await failureOf(text, name);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toMatch(/not a number; put it in quotes: (.+)$/);
      expect(problems[0]?.message.split('quotes: ')[1]).toBe(quotes);
    },
  );

  it('has a number for a text, and what is written there is unknown: no value', async () => {
    const { problems } = await failureOf(
      'departments:\n  ops: !!int "012"',
      'transfer.config.yaml',
    );
    expect(problems[0]?.message).toMatch(/not a number; put it in quotes$/);
  });

  it('has a name that YAML makes another one of', async () => {
    const yaml = 'departments:\n  0123: "100"\n  7: "200"\ntrunks:\n  0x1F: {}';
    expect((await failureOf(yaml, 'transfer.config.yaml')).problems).toEqual([
      { path: 'departments.0123', message: expect.stringContaining('put it in quotes: "0123"') },
      { path: 'trunks.0x1F', message: expect.stringContaining('put it in quotes: "0x1F"') },
    ]);
    const quoted = folderWith({ 'transfer.config.yaml': yaml.replace(/0123|0x1F/g, '"$&"') });
    expect(Object.keys((await load(quoted)).config.departments ?? {})).toEqual(['7', '0123']);
  });

  const bombs: [string, string][] = [
    [
      'aliases of aliases',
      `a: &a0 [x,x,x,x,x,x,x,x,x]\n${rows((n) => `b${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`)}`,
    ],
    [
      'maps of maps',
      `a: &a0 {k: v}\n${rows((n) => `b${n}: &a${n} {${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => `k${k}: *a${n - 1}`).join(', ')}}`)}`,
    ],
    ['one big list, often', `l: &l [${'x,'.repeat(50_000)}]\nm: [${'*l,'.repeat(50_000)}]`],
    ['a circle', 'departments: &d\n  sales: *d\n'],
    ['merged maps', `a: &a {${'x'.repeat(9)}: 1}\n${rows((n) => `m${n}: {<<: *a}`)}`],
    ['deep brackets', `a: ${'['.repeat(5000)}`],
  ];
  function rows(row: (n: number) => string): string {
    return Array.from({ length: 12 }, (_, index) => row(index + 1)).join('\n');
  }
  it.each(bombs)('is a YAML bomb: %s', async (_title, text) => {
    const start = cpuMs();
    await failureOf(text, 'transfer.config.yaml');
    expect(cpuMs() - start).toBeLessThan(3000);
  });

  it('is a bomb of brackets in JSON', async () => {
    expect((await failureOf('['.repeat(500_000))).problems[0]?.message).toMatch(
      /nested too deeply/,
    );
  });
});

describe('nothing is ever executed (conduct 51)', () => {
  const canary = (name: string) =>
    `require('node:fs').writeFileSync(${JSON.stringify(name)}, ''); module.exports = {};`;
  const esmCanary = (name: string) =>
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(name)}, ''); export default {};`;

  it('neither configs that are programs, nor what else cosmiconfig would look at', async () => {
    const mark = join(folderWith(), 'executed');
    const files: Record<string, string> = {
      'package.json': JSON.stringify({ name: 'x', transfer: { $import: './x.cjs' } }),
      'x.cjs': canary(mark),
    };
    const paths = [
      'transfer.config',
      '.transferrc',
      '.config/config',
      '.config/transferrc',
      'lk-transfer/config',
      'lk-transfer/transfer.config',
    ];
    for (const path of paths) {
      for (const ending of ['js', 'cjs']) files[`${path}.${ending}`] = canary(mark);
      for (const ending of ['mjs', 'ts', 'mts']) files[`${path}.${ending}`] = esmCanary(mark);
    }
    const cwd = folderWith(files);
    expect((await load(cwd)).config).toEqual({});
    const withConfig = folderWith({ ...files, 'transfer.config.yaml': 'agents: [a]' });
    expect((await load(withConfig)).config).toEqual({ agents: ['a'] });
    for (const ending of ['js', 'cjs', 'mjs', 'ts']) {
      await expect(load(cwd, `transfer.config.${ending}`)).rejects.toThrow(ConfigError);
    }
    expect(existsSync(mark)).toBe(false);
  });

  it.each([
    ['transfer.config.json', '{"$import":"./x.cjs"}'],
    ['transfer.config.json', '{"$import":["./x.cjs","./y.json"],"oops":1}'],
    ['transfer.config.yaml', '$import: ./x.cjs\n'],
    ['transfer.config.yaml', 'a: &a\n  $import: ./x.cjs\n<<: *a\n'],
  ])('nor what $import names: %s %s', async (name, text) => {
    const mark = join(folderWith(), 'executed');
    const cwd = folderWith({ 'package.json': '{"name":"x"}', [name]: text, 'x.cjs': canary(mark) });
    await expect(load(cwd)).rejects.toMatchObject({
      problems: expect.arrayContaining([
        { path: '$import', message: 'a config file cannot import another one' },
      ]),
    });
    expect(existsSync(mark)).toBe(false);
  });
});
