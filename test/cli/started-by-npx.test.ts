/** What the program prints when npx has started it: every command can be pasted. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oneCall } from '../sandbox/requests.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { commandTree } from '../support/command-tree.ts';
import { cliOnFresh, EXAMPLE } from './run-cli.ts';

const cli = cliOnFresh();
/** As npx starts what a project has installed. */
const BY_NPX = {
  script: '/app/node_modules/.bin/lk-transfer',
  env: { npm_config_user_agent: 'npm/11.0.0 node/v20.17.0 linux x64 workspaces/false' },
};
const [, ...commands] = commandTree().map(({ name }) => name);
/** A command that does not begin as this one has to. Prose names the program as well. */
const PLAIN = new RegExp(`(?<!npx )lk-transfer (?:${commands.join('|')}|-)`);

describe.concurrent('started by npx', () => {
  it.each(['--help', 'transfer --help', 'help conditions', 'help cold-or-warm', 'config --help'])(
    '`%s` shows lines that can be pasted',
    async (line) => {
      const { stdout } = await cli(line, BY_NPX);
      expect(stdout).toContain('npx lk-transfer');
      expect(stdout).not.toMatch(PLAIN);
    },
  );

  it('keeps help within the terminal', async () => {
    const wide = { ...BY_NPX, stdout: { isTTY: true, columns: 60 } };
    for (const line of ['transfer --help', 'help conditions', 'help cold-or-warm']) {
      const { stdout } = await cli(line, wide);
      const [prose = ''] = stdout.split('\nExamples:');
      expect(Math.max(...prose.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(60);
    }
  });

  it('names it in the hint of a wrong line, and in that of the JSON error', async () => {
    const said = await cli('calls --bogus', BY_NPX);
    expect(said.stderr).toContain('See `npx lk-transfer calls --help`.');
    const { stderr } = await cli('transfer SCL_gone --to sales --yes --json', BY_NPX);
    expect(JSON.parse(stderr).error.hint).toContain('`npx lk-transfer calls`');
  });

  it('names it in the command of an advice', async () => {
    const { stdout } = await cli('transfer SCL_refuses40501 --to sales --yes --json', BY_NPX);
    const { advice, hint } = JSON.parse(stdout);
    const command = 'npx lk-transfer transfer SCL_refuses40501 --to sales --method bridge';
    expect(advice.command).toBe(command);
    expect(hint).toContain(`\`${command}\``);
  });

  it('names the sandbox and the config of the run in the same commands', async () => {
    const line = 'transfer SCL_refuses40501 --to sales --yes --json --sandbox --config here.json';
    const cwd = mkdtempSync(join(tmpdir(), 'lk-transfer-place-'));
    atTheEnd(() => rmSync(cwd, { recursive: true, force: true }));
    copyFileSync(EXAMPLE, join(cwd, 'here.json'));
    const { advice, hint } = JSON.parse((await cli(line, { ...BY_NPX, cwd })).stdout);
    const place = '--config here.json --sandbox';
    const command = `npx lk-transfer transfer SCL_refuses40501 --to sales --method bridge ${place}`;
    expect(advice.command).toBe(command);
    expect(hint).toContain(`\`${command}\``);
    const onTerminal = { ...BY_NPX, cwd, stdout: { isTTY: true, columns: 200 } };
    const calls = await cli(`calls --sandbox --config here.json`, onTerminal);
    expect(calls.stdout).toMatch(new RegExp(`Next: npx lk-transfer transfer .* ${place}$`, 'm'));
  });

  it('names it in the next steps of trunks, as a table, as fields and as JSON', async () => {
    const onTerminal = { ...BY_NPX, stdout: { isTTY: true, columns: 200 } };
    const [table, fields, json] = await Promise.all([
      cli('trunks', onTerminal),
      cli('trunks --fields command', BY_NPX),
      cli('trunks --json', BY_NPX),
    ]);
    for (const { stdout } of [table, fields, json]) {
      expect(stdout).toContain('npx lk-transfer smoke --trunk');
      expect(stdout).not.toMatch(PLAIN);
    }
  });

  it('names it below the calls, and after a first config was written', async () => {
    const calls = await cli('calls', { ...BY_NPX, stdout: { isTTY: true, columns: 200 } });
    expect(calls.stdout).toMatch(/Next: npx lk-transfer transfer SCL_\w+ --to \w+$/m);
    const init = await cli('config init --country US', { ...BY_NPX, config: null });
    expect(init.stderr).toContain('\n  npx lk-transfer config check\n');
    expect(init.stderr).not.toMatch(PLAIN);
  });

  it('names it in what doctor finds to do', async () => {
    const { stdout } = await cli('doctor', {
      ...BY_NPX,
      config: null,
      stdout: { isTTY: true, columns: 200 },
    });
    expect(stdout).toContain('→ Write one with `npx lk-transfer config init`');
  });

  it('leaves a name that somebody has given alone', async () => {
    const name = 'See `lk-transfer calls`';
    const seed = oneCall({}, { name }, { name });
    const { stdout } = await cliOnFresh({ seed })('calls --json', BY_NPX);
    expect(JSON.parse(stdout)).toMatchObject([{ room: name, name }]);
  });

  it('completes the command on the PATH: there is none for npx', async () => {
    const [script, help] = await Promise.all([
      cli('completion bash', BY_NPX),
      cli('completion --help', BY_NPX),
    ]);
    expect(script.stdout).toBe((await cli('completion bash')).stdout);
    expect(help.stdout).toContain('source <(lk-transfer completion bash)');
  });
});
