/**
 * 51: a config is data. Code beside it or named in it is never executed by the built program, nor is
 * any file that a command line names.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { allDeclared, fullName } from '../../src/commands/shared/command.ts';
import { buildProgram } from '../../src/program/program.ts';
import { cliAgainst } from '../cli/run-cli.ts';
import { makeFolder, PROGRAM, runShell } from './run-program.ts';

/** Leaves a file behind when it is executed, whatever it is executed as. */
const canary = (file: string, isModule: boolean) =>
  isModule
    ? `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(file)}, '');\nexport default { defaultCountry: 'DE' };\n`
    : `require('node:fs').writeFileSync(${JSON.stringify(file)}, '');\nmodule.exports = { defaultCountry: 'DE' };\n`;

const EXTENSIONS = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'];
const NAMES = [
  'transfer.config',
  '.transferrc',
  '.config/config',
  '.config/transferrc',
  '.config/transfer.config',
];

/** A project with all of these files, and what else is given. */
function makeProject(files: readonly string[], data: Readonly<Record<string, string>>) {
  const cwd = makeFolder();
  const traceOf = (file: string) => join(cwd, `EXECUTED-${file.replaceAll('/', '-')}`);
  for (const file of files) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    // A .js beside a package.json without a type is CommonJS.
    writeFileSync(join(cwd, file), canary(traceOf(file), /\.m?ts$|\.mjs$/.test(file)));
  }
  for (const [name, text] of Object.entries(data)) writeFileSync(join(cwd, name), text);
  /** Those of these files, all by default, that have left their trace. */
  const executed = (of = files) => of.filter((file) => existsSync(traceOf(file)));
  return { cwd, executed, wasExecuted: () => executed().length > 0 };
}

/** What several tests look at is run for the first of them. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}

const COMMANDS = ['config path', 'config show', 'departments', 'calls --room standup --sandbox'];
const EVERYTHING = COMMANDS.map((command) => `lk-transfer ${command}; echo "exit $?"`).join('\n');

describe.concurrent('config files that are code', () => {
  it.each(['js', 'cjs', 'mjs'])('51: a canary in .%s sings when it is executed', async (ext) => {
    const project = makeProject([`canary.${ext}`], {});
    await runShell(`node canary.${ext}`, project);
    expect(project.wasExecuted()).toBe(true);
  });

  const filesOf = (extension: string) => NAMES.map((name) => `${name}.${extension}`);
  // In one project: each file leaves a trace of its own.
  const all = makeProject(EXTENSIONS.flatMap(filesOf), { 'package.json': '{ "name": "project" }' });
  const everything = once(() => runShell(EVERYTHING, { cwd: all.cwd }));

  it.each(EXTENSIONS)('51: .%s files are not executed', async (extension) => {
    const { stdout } = await everything();
    expect(all.executed(filesOf(extension))).toEqual([]);
    expect(stdout).not.toContain('DE');
    expect(stdout.match(/^exit 0$/gm)).toHaveLength(COMMANDS.length);
  });

  const KEYS = ['cosmiconfig', 'transfer', 'lk-transfer'];
  const codeOf = (key: string) => [`${key}.cjs`, `${key}.js`];
  const keyed = makeProject([...KEYS.flatMap(codeOf), '.config/config.cjs'], {
    'package.json': JSON.stringify(
      Object.fromEntries(
        KEYS.map((key) => [
          key,
          { $import: `./${key}.cjs`, searchPlaces: [`${key}.js`, `${key}.cjs`] },
        ]),
      ),
    ),
  });
  const everythingKeyed = once(() => runShell(EVERYTHING, { cwd: keyed.cwd }));

  it.each(KEYS)('51: a package.json with the key %s does not lead to code', async (key) => {
    await everythingKeyed();
    expect(keyed.executed([...codeOf(key), '.config/config.cjs'])).toEqual([]);
  });

  it.each(['./canary.cjs', './canary.mjs', './canary.ts', './canary.js'])(
    '51: "$import": "%s" in a config is an error, and not executed',
    async (target) => {
      const files = ['canary.cjs', 'canary.mjs', 'canary.ts', 'canary.js'];
      for (const [name, text] of [
        ['transfer.config.json', JSON.stringify({ $import: target })],
        ['transfer.config.yaml', `$import: ${target}\n`],
      ] as const) {
        const project = makeProject(files, { [name]: text });
        const { exitCode, stderr } = await runShell('lk-transfer departments', project);
        expect(project.wasExecuted()).toBe(false);
        expect(stderr).toContain('$import');
        expect(exitCode).toBe(2);
      }
    },
  );

  it.each(EXTENSIONS)('51: --config with a .%s file is an error, and not executed', async (ext) => {
    const project = makeProject([`mine.${ext}`], {});
    const { exitCode } = await runShell(`lk-transfer departments --config mine.${ext}`, project);
    expect(project.wasExecuted()).toBe(false);
    expect(exitCode).toBe(2);
  });

  it('51: YAML tags do not make code', async () => {
    const project = makeProject([], {
      'transfer.config.yaml':
        "defaultCountry: !!js/function \"function () { require('fs').writeFileSync('EXECUTED') }\"\n",
    });
    const { exitCode } = await runShell('lk-transfer departments', project);
    expect(project.wasExecuted()).toBe(false);
    expect(exitCode).toBe(2);
  });
});

// Node looks for flags of its own even behind the script: of a file behind --env-file it takes
// NODE_OPTIONS, and runs what those name.

/**
 * The Nodes that these tests run under: this one, and those that LK_TRANSFER_TEST_NODES names, with
 * colons between them.
 */
const NODES = [process.execPath, ...(process.env.LK_TRANSFER_TEST_NODES ?? '').split(':')].filter(
  (path) => path !== '',
);

/** Everything that a flag may name, and what Node would make of it. */
const NAMED = {
  'canary.env': 'NODE_OPTIONS=--require=./canary.cjs\n',
  'node.config.json': '{ "nodeOptions": { "require": ["./canary.cjs"] } }',
};

/** Every flag with a file behind it, with the command it belongs to; those of every command once. */
function fileFlags(command: Command): string[] {
  const own = command.options
    .filter(({ flags }) => flags.includes('<file>'))
    .map(({ long }) => `${fullName(command) || 'calls'} ${long}`);
  return [...own, ...command.commands.flatMap(fileFlags)];
}

/** The words of a command, and the flag behind them. */
function splitFlag(flag: string): { command: string; name: string } {
  const words = flag.split(' ');
  return { command: words.slice(0, -1).join(' '), name: words.at(-1) ?? '' };
}

/**
 * A flag with each file behind it, in both writings: how it is written decides whether Node takes it. Of
 * what is not there nothing could be executed, but Node would leave.
 */
function writingsOf(flag: string): string[] {
  const files = ['canary.env', './canary.cjs'];
  return [...files.flatMap((file) => [`${flag} ${file}`, `${flag}=${file}`]), `${flag}=missing`];
}

/** Every line is an error in JSON. */
function expectErrors(stderr: string): void {
  for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('error');
}

const FILE_FLAGS = fileFlags(allDeclared(buildProgram({ columns: undefined }, () => {})));

/** What Node itself takes, in places where people or programs may come to write it. */
const NODE_FLAGS = [
  'calls --env-file canary.env',
  'calls --env-file=canary.env',
  '--env-file=canary.env calls',
  'calls --env-file-if-exists=canary.env',
  'resolve --env-file=canary.env',
  'transfer --room r --to --env-file=canary.env --yes',
  'transfer --room --env-file canary.env --to sales --yes',
  'transfer --room r --to=--experimental-config-file=node.config.json --yes',
  'calls --require ./canary.cjs',
  'calls --import=./canary.mjs',
];

describe.concurrent.each(NODES)('files that a command line names, under %s', (node) => {
  /** A folder with all of them, and this Node in front of any other. */
  function namedFiles() {
    const project = makeProject(['canary.cjs', 'canary.mjs'], NAMED);
    const first = makeFolder();
    symlinkSync(node, join(first, 'node'));
    const run = (script: string) => runShell(`PATH='${first}':"$PATH"\n${script}`, project);
    return { ...project, run };
  }

  it('51: Node executes what it is given so, when nobody keeps it from that', async () => {
    const { run, wasExecuted } = namedFiles();
    const { stdout } = await run(`node '${PROGRAM}' --version --env-file canary.env`);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+$/m);
    // What no program can help: see bin/lk-transfer.js.
    expect(wasExecuted()).toBe(true);
  });

  it('51: the first line of the program keeps its flags from Node', () => {
    expect(readFileSync(PROGRAM, 'utf8')).toMatch(/^#!\/usr\/bin\/env -S node --\n/);
  });

  it('51: Node takes none of the flags with a file, in no writing', async () => {
    const { run, wasExecuted } = namedFiles();
    // It looks at a whole line, and knows nothing of our commands.
    const words = FILE_FLAGS.flatMap((flag) => writingsOf(splitFlag(flag).name)).join(' ');
    const { stdout, stderr } = await run(`lk-transfer calls ${words} --json; echo "exit $?"`);
    expect(wasExecuted()).toBe(false);
    // And it is this program that answers.
    expect(stdout).toBe('exit 2\n');
    expectErrors(stderr);
  });

  it.each(FILE_FLAGS)('51: no code behind `%s` is executed', async (flag) => {
    const { run, wasExecuted } = namedFiles();
    const { stdout, stderr } = await run(`lk-transfer ${flag} ./canary.cjs --json; echo "exit $?"`);
    expect(wasExecuted()).toBe(false);
    // None of these lines has all that it needs.
    expect(stdout).toMatch(/^exit [24]$/m);
    expectErrors(stderr);
  });

  it.each(NODE_FLAGS)('51: `%s` makes Node execute nothing', async (line) => {
    const { run, wasExecuted } = namedFiles();
    const { stdout, stderr } = await run(`lk-transfer ${line} --json; echo "exit $?"`);
    expect(wasExecuted()).toBe(false);
    expect(stdout).toMatch(/^exit [24]$/m);
    expect(JSON.parse(stderr)).toHaveProperty('error.exitCode');
  });

  it('51: --env-file is an error that names --credentials', async () => {
    const { run } = namedFiles();
    const { exitCode, stdout, stderr } = await run('lk-transfer calls --env-file canary.env');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Use --credentials FILE');
  });
});

const cli = cliAgainst();
const NO_CREDENTIALS = {
  LIVEKIT_URL: undefined,
  LIVEKIT_API_KEY: undefined,
  LIVEKIT_API_SECRET: undefined,
};

it.each(FILE_FLAGS)('51: no writing of a file behind `%s` has it executed', async (flag) => {
  const { cwd, wasExecuted } = makeProject(['canary.cjs', 'canary.mjs'], NAMED);
  const { command, name } = splitFlag(flag);
  let said = '';
  for (const writing of writingsOf(name)) {
    const line = `${command} ${writing} --json`;
    const { exitCode, stderr } = await cli(line, { cwd, config: null, env: NO_CREDENTIALS });
    expect(wasExecuted()).toBe(false);
    expect([2, 4]).toContain(exitCode);
    said += stderr;
  }
  expectErrors(said);
});

it('51: every flag that takes a file is among those', () => {
  expect(FILE_FLAGS).toEqual(
    expect.arrayContaining([
      'calls --config',
      'calls --credentials',
      'calls --env-file',
      'calls --api-secret-file',
      'smoke --output',
      'config init --output',
    ]),
  );
});
