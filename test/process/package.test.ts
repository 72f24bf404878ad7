/** The package as npm would publish it, installed into an empty folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { manPage } from '../../scripts/build/man-page.ts';
import { ROOM as CALLERS_ROOM, oneCall } from '../sandbox/requests.ts';
import { COMPILES_ONCE, makeFolder, openSandbox, ROOT, runShell } from './run-program.ts';

interface Packed {
  filename: string;
  /** Bytes, as it is fetched. */
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

const folder = makeFolder();
const project = join(folder, 'project');
const env = { npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' };
let packed: Packed;
const about: { name: string; version: string; scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** Beside the packed file, and of no project. */
function makeFolderIn(parent: string): string {
  const empty = join(parent, 'empty');
  mkdirSync(empty, { recursive: true });
  return empty;
}

/** What npx is asked for in the project, at once: it takes longer to start than the program. */
async function runByNpx() {
  const npx = join(process.execPath, '..', 'npx');
  const commands = [
    'lk-transfer --version',
    'lk-transfer calls --room conference-0042 --fields callId --sandbox',
    'lk-transfer resolve sales --sandbox',
    'lk-transfer config init --country US',
  ].join(' && ');
  return runShell(`'${npx}' --offline -c '${commands}'`, { cwd: project, env });
}
let running: ReturnType<typeof runByNpx> | undefined;
function byNpx() {
  running ??= runByNpx();
  return running;
}

beforeAll(async () => {
  // dist/ is built: packing must not build it again under the feet of the other tests.
  const pack = `npm pack --json --ignore-scripts --pack-destination '${folder}'`;
  const { stdout, stderr, exitCode } = await runShell(pack, { cwd: ROOT, env });
  expect(exitCode, stderr).toBe(0);
  const answer: Packed[] | Record<string, Packed> = JSON.parse(stdout);
  const [only] = Object.values(answer);
  if (only === undefined) throw new Error(stdout);
  packed = only;

  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "version": "1.0.0" }');
  const install = `npm install --offline --ignore-scripts '../${packed.filename}'`;
  const installed = await runShell(install, { cwd: project, env });
  expect(installed.exitCode, installed.stderr).toBe(0);
}, 60_000);

describe('the package', () => {
  it('holds what a user needs, and the licences', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'package.json',
        'bin/lk-transfer.js',
        'dist/program/main.cjs',
        'dist/library/index.js',
        'dist/program/index.cjs',
        'dist/types/index.d.ts',
        'dist/types/index.d.mts',
        'dist/THIRD-PARTY-NOTICES.txt',
        'dist/man/lk-transfer.1',
        'schema/transfer.schema.json',
        'transfer.config.example.json',
      ]),
    );
  });

  it('holds the pictures that its README shows', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const shown = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path]) => path);
    expect(shown.length).toBeGreaterThan(0);
    expect(packed.files.map(({ path }) => path)).toEqual(expect.arrayContaining(shown));
  });

  it('has an error that nobody catches stand where it can be seen, behind one short line', async () => {
    const script = "import('lk-transfer').then((it) => it.resolveDestination('nobody', {}, null))";
    const { exitCode, stderr } = await runShell(`node -e "${script}"`, { cwd: project, env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('NotFoundError: ');
    expect(stderr.indexOf('NotFoundError: ')).toBeLessThan(1000);
    // The names of functions are kept: a report of a bug is read by them.
    expect(stderr).toMatch(/^ +at readInput .*\n(?: +at .*\n)* +at Object\.resolveDestination /m);
  });

  it('holds no source, no tests and nothing of the workshop', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(
      paths.filter((path) => !/^(bin|dist|schema|docs\/pictures)\/|^[\w.]+$/.test(path)),
    ).toEqual([]);
    const declarations = /^dist\/types\/.*\.d\.m?ts$/;
    const others = paths.filter((path) => !declarations.test(path));
    expect(others.filter((path) => /\.m?ts$|\.map$|test/.test(path))).toEqual([]);
  });

  it('would be published as it is, asking nobody', async () => {
    // A registry that is not there: of the answer nothing can come from it.
    const away = '--registry http://127.0.0.1:9 --fetch-retries 0';
    const words = `npm publish '${join(folder, packed.filename)}' --dry-run --json ${away}`;
    const { exitCode, stdout, stderr } = await runShell(words, { cwd: folder, env });
    expect(exitCode, stderr).toBe(0);
    const answer: Record<string, Packed & { name: string; version: string }> = JSON.parse(stdout);
    const { name, version, scripts } = about;
    expect(Object.values(answer)).toMatchObject([{ name, version, size: packed.size }]);
    const entries = Object.values(answer).flatMap(({ files }) =>
      files.map(({ path }) => path.split('/')[0]),
    );
    expect([...new Set(entries)].sort()).toEqual([
      ...['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'schema'],
      'transfer.config.example.json',
    ]);
    // From a checkout it is built before.
    expect(scripts.prepack).toBe(scripts.build);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(550_000);
    expect(packed.unpackedSize).toBeLessThan(2_000_000);
  });

  it('has the notices of every package that is bundled', () => {
    const home = join(project, 'node_modules', 'lk-transfer');
    const notices = readFileSync(join(home, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of [
      'commander',
      'chalk',
      'cosmiconfig',
      'inquirer',
      'libphonenumber-js',
      'valibot',
    ])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    const texts = notices.split(/^-{72}$/m).map((notice) => notice.trim().split('\n').slice(1));
    expect(texts.filter((lines) => lines.join('').trim().length < 200)).toEqual([]);
  });

  it('wants nothing else to be installed', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/lk-transfer']);
  });

  it('is a library too, which prints nothing of its own', async () => {
    const script = `
      import * as library from 'lk-transfer';
      const { referTo } = library.resolveDestination('+15105550100', {}, null);
      process.stdout.write(JSON.stringify([Object.keys(library).sort(), referTo]));
    `;
    writeFileSync(join(project, 'use.mjs'), script);
    const { exitCode, stdout, stderr } = await runShell('node use.mjs', { cwd: project, env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      [
        'ConfigError',
        'CredentialsError',
        'DestinationError',
        'KnownError',
        'NotFoundError',
        'PolicyError',
        'checkConfig',
        'checkUri',
        'findDepartment',
        'isKnownError',
        'listDepartments',
        'loadConfig',
        'nearestDepartments',
        'openTransfers',
        'parsePhone',
        'registerAnnouncer',
        'resolveDestination',
        'resolveOnEveryTrunk',
        'transferTool',
      ],
      'tel:+15105550100',
    ]);
  });

  it('has nothing run when it is installed', () => {
    const home = join(project, 'node_modules', 'lk-transfer', 'package.json');
    const { scripts } = JSON.parse(readFileSync(home, 'utf8'));
    const atInstallation = /^(?:pre|post)?install$|^(?:pre|post)?prepare$/;
    expect(Object.keys(scripts).filter((name) => atInstallation.test(name))).toEqual([]);
  });

  describe.concurrent('in a program', () => {
    // What is loaded late is loaded, too: the reader of YAML files is a chunk of its own.
    const USE = `
      const { referTo } = library.resolveDestination('sales', config, null);
      process.stdout.write(referTo);
    `;
    const LOAD = "library.loadConfig('calls.yaml').then(({ config }) => {";
    const FILE = 'dial:\n  extension: sip:{extension}@b.com\ndepartments:\n  sales: "100"\n';
    const PROGRAMS = {
      'import.mjs': `import * as library from 'lk-transfer'; ${LOAD} ${USE} });`,
      'require.cjs': `const library = require('lk-transfer'); ${LOAD} ${USE} });`,
    };
    beforeAll(() => {
      writeFileSync(join(project, 'calls.yaml'), FILE);
      for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(project, name), text);
    });
    const runs = async (words: string) => {
      const { exitCode, stdout, stderr } = await runShell(words, { cwd: project, env });
      expect({ exitCode, stdout, stderr }).toEqual({
        ...{ exitCode: 0, stdout: 'sip:100@b.com', stderr: '' },
      });
    };

    // Node 22 before 22.12 cannot require ES modules; newer ones can do without.
    const OLD = process.allowedNodeEnvironmentFlags.has('--experimental-require-module')
      ? '--no-experimental-require-module'
      : '';
    it.each(Object.keys(PROGRAMS))('%s loads it, on an older Node as well', async (name) => {
      await runs(`node ${OLD} ${name}`);
    });

    it.each(
      Object.keys(PROGRAMS).flatMap((name) =>
        (['esm', 'cjs'] as const).map((format) => [name, format] as const),
      ),
    )('%s loads it when bundled as %s', async (name, format) => {
      const outfile = `bundled-${name.replace('.', '-')}.${format === 'esm' ? 'mjs' : 'cjs'}`;
      // An ES module has no require of its own, which is for whoever bundles CommonJS into one.
      const banner =
        format === 'esm' && name.endsWith('.cjs')
          ? "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
          : '';
      await build({
        ...{ bundle: true, platform: 'node', format, logLevel: 'error' },
        absWorkingDir: project,
        entryPoints: [name],
        outfile,
        banner: { js: banner },
      });
      await runs(`node ${OLD} ${outfile}`);
    });

    const BY_REQUIRE = ['use.cts', "import library = require('lk-transfer');"];
    const BY_IMPORT = ['use.mts', "import * as library from 'lk-transfer';"];
    it.each([
      ['node16', [BY_REQUIRE, BY_IMPORT]],
      ['nodenext', [BY_REQUIRE]],
    ])('has types for %s', async (module, files) => {
      const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const names = files.map(([file, line]) => {
        const text = `${line}\nconst { referTo } = library.resolveDestination('1', {}, null);\nexport const to: string = referTo;\n`;
        writeFileSync(join(project, `${module}-${file}`), text);
        return `${module}-${file}`;
      });
      const flags = `--singleThreaded --noEmit --strict --skipLibCheck false --types "" --lib es2023,dom --target es2023 --module ${module} --moduleResolution ${module}`;
      const line = `node '${compiler}' ${flags} ${names.join(' ')}`;
      const compiled = await runShell(line, { cwd: project, env: { ...env, ...COMPILES_ONCE } });
      expect(compiled).toMatchObject({ exitCode: 0, stdout: '' });
    });
  });

  it('brings no terminal code into a program', () => {
    const reached = new Set<string>();
    const open = ['index.cjs'];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      const text = readFileSync(join(ROOT, 'dist', 'program', file), 'utf8');
      expect(text, file).not.toMatch(/Looking for calls|navigate • |outputHelp/);
      open.push(...[...text.matchAll(/["']\.\/([\w.-]+\.cjs)["']/g)].map(([, name = '']) => name));
    }
    expect(reached.size).toBeGreaterThan(3);
  });

  it('keeps a record of what a program transfers, where it is asked for', async () => {
    const sandbox = await openSandbox({ seed: oneCall(), speed: 10 });
    const script = `
      import { openTransfers } from 'lk-transfer';
      const transfers = await openTransfers({ record: process.argv[2] === 'record' });
      const { outcome } = await transfers.transfer({ room: '${CALLERS_ROOM}' }, '+15105550486');
      transfers.close();
      process.stdout.write(outcome);
    `;
    writeFileSync(join(project, 'move.mjs'), script);
    const state = { XDG_STATE_HOME: makeFolder() };
    const run = (words: string) =>
      runShell(words, { cwd: project, env: { ...env, ...sandbox.env, ...state } });
    for (const wish of ['none', 'record']) {
      const { stdout, stderr } = await run(`node move.mjs ${wish}`);
      expect({ stdout, stderr }).toEqual({ stdout: 'target-failed', stderr: '' });
    }
    const { stdout } = await run('lk-transfer history --json');
    expect(JSON.parse(stdout)).toMatchObject([{ outcome: 'target-failed', to: '+15105550486' }]);
  });

  it('runs by npx', async () => {
    const { exitCode, stdout, stderr } = await byNpx();
    expect(exitCode, stderr).toBe(0);
    const [version, ...lines] = stdout.trimEnd().split('\n');
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lines.slice(0, 2).sort()).toEqual(['SCL_twoInRoom001', 'SCL_twoInRoom002']);
    expect(lines[2]).toBe('sip:100@pbx.company.com');
  });

  it.each([
    ['what the project has installed', () => 'lk-transfer', 'npx lk-transfer'],
    ['a packed file', () => `'../${packed.filename}'`, `npx file:${join(folder, 'lk-transfer')}`],
  ])('shows lines that can be pasted when npx runs %s', async (_, word, name) => {
    const bin = join(process.execPath, '..');
    const run = (line: string, cwd: string) =>
      runShell(line, {
        cwd,
        env: { ...env, npm_config_yes: 'true', PATH: `${bin}:/usr/bin:/bin` },
      });
    const cwd = word() === 'lk-transfer' ? project : makeFolderIn(folder);
    const { exitCode, stderr } = await run(`npx --offline ${word()} calls --nonsense`, cwd);
    expect(exitCode, stderr).toBe(2);
    const [, hint = ''] = /See `([^`]*)`/.exec(stderr) ?? [];
    expect(hint).toContain(name);
    expect(hint).toMatch(/^npx \S+ calls --help$/);
    const pasted = await run(hint, cwd);
    expect(pasted.exitCode, pasted.stderr).toBe(0);
    expect(pasted.stdout).toContain(`Usage: ${name}`);
  });

  it('installs for a whole machine: on the PATH, with its manual page', async () => {
    const prefix = join(folder, 'machine');
    const install = `npm install --global --prefix '${prefix}' --offline --ignore-scripts '${folder}/${packed.filename}'`;
    const { exitCode, stderr } = await runShell(install, { cwd: folder, env });
    expect(exitCode, stderr).toBe(0);
    const page = readFileSync(join(prefix, 'share', 'man', 'man1', 'lk-transfer.1'), 'utf8');
    expect(page).toContain(
      `.TH LK\\-TRANSFER 1 "" "lk\\-transfer ${about.version}" "User Commands"\n`,
    );
    const untitled = (text: string) => text.replace(/^\.TH .*$/m, '');
    expect(untitled(page)).toBe(untitled(manPage()));
    const PATH = `${prefix}/bin:${dirname(process.execPath)}:/usr/bin:/bin`;
    const wrong = await runShell('lk-transfer calls --nonsense', { env: { ...env, PATH } });
    expect(wrong.stderr).toContain('See `lk-transfer calls --help`.');
  });

  it('writes a first config that leads an editor to the schema it has installed', async () => {
    const { exitCode, stderr } = await byNpx();
    expect(exitCode, stderr).toBe(0);
    const { $schema } = JSON.parse(readFileSync(join(project, 'transfer.config.json'), 'utf8'));
    expect($schema).toBe('./node_modules/lk-transfer/schema/transfer.schema.json');
    expect(readFileSync(join(project, $schema), 'utf8')).toContain('lk-transfer configuration');
  });
});
