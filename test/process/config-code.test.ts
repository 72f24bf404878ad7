/** 51: a config is data. Code beside it or named in it is never executed by the built program. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, runShell } from './run-program.ts';

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
  const trace = join(cwd, 'EXECUTED');
  for (const file of files) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    // A .js beside a package.json without a type is CommonJS.
    writeFileSync(join(cwd, file), canary(trace, /\.m?ts$|\.mjs$/.test(file)));
  }
  for (const [name, text] of Object.entries(data)) writeFileSync(join(cwd, name), text);
  return { cwd, wasExecuted: () => existsSync(trace) };
}

const COMMANDS = ['config path', 'config show', 'departments', 'calls --room standup --sandbox'];
const EVERYTHING = COMMANDS.map((command) => `lk-transfer ${command}; echo "exit $?"`).join('\n');

describe.concurrent('config files that are code', () => {
  it.each(['js', 'cjs', 'mjs'])('51: a canary in .%s sings when it is executed', async (ext) => {
    const project = makeProject([`canary.${ext}`], {});
    await runShell(`node canary.${ext}`, project);
    expect(project.wasExecuted()).toBe(true);
  });

  it.each(EXTENSIONS)('51: .%s files are not executed', async (extension) => {
    const project = makeProject(
      NAMES.map((name) => `${name}.${extension}`),
      { 'package.json': '{ "name": "project" }' },
    );
    const { stdout } = await runShell(EVERYTHING, { cwd: project.cwd });
    expect(project.wasExecuted()).toBe(false);
    expect(stdout).not.toContain('DE');
    expect(stdout.match(/^exit 0$/gm)).toHaveLength(COMMANDS.length);
  });

  it.each(['cosmiconfig', 'transfer', 'lk-transfer'])(
    '51: a package.json with the key %s does not lead to code',
    async (key) => {
      const project = makeProject(['canary.cjs', 'canary.js', '.config/config.cjs'], {
        'package.json': JSON.stringify({
          [key]: { $import: './canary.cjs', searchPlaces: ['canary.js', 'canary.cjs'] },
        }),
      });
      await runShell(EVERYTHING, { cwd: project.cwd });
      expect(project.wasExecuted()).toBe(false);
    },
  );

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
