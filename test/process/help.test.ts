import { describe, expect, it } from 'vitest';
import { cliAgainst } from '../cli/run-cli.ts';
import { openTerminal, stylesIn, withoutEscapes } from './open-terminal.ts';
import { openSandbox, ROOT, runProgram } from './run-program.ts';

describe.concurrent('help', () => {
  const cli = cliAgainst();

  it.each([[''], ['-h'], ['--help'], ['help'], ['calls --help'], ['help calls']])(
    '1: `lk-transfer %s` off a terminal prints help on stdout',
    async (line) => {
      const sandbox = await openSandbox();
      const words = line.split(' ').filter((word) => word !== '');
      const result = await runProgram(words, {
        // A config that cannot be read: help must not look at it.
        env: { ...sandbox.env, LK_TRANSFER_CONFIG: '/nowhere/transfer.config.json' },
      });
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      const command = line.includes('calls') ? 'lk-transfer calls' : 'lk-transfer [command]';
      expect(result.stdout).toContain(`Usage: ${command}`);
      expect(result.stdout).toMatch(/[^\n]\n$/);
      expect(sandbox.methods()).toEqual([]);
    },
  );

  it('1: help of a command is the same in every writing', async () => {
    const [first, second] = [await cli('calls --help'), await cli('help calls')];
    expect(second.stdout).toBe(first.stdout);
  });

  it.each([
    ['calls --bogus --help'],
    ['transfer --to --help'],
    ['calls --status --help'],
    ['config --help nonsense'],
  ])('2: `%s` is a wish for help, whatever else is wrong', async (line) => {
    const result = await cli(line);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain(`Usage: lk-transfer ${line.split(' ')[0]}`);
  });

  it.each(['--version', '-V'])('3: %s prints the bare version', async (flag) => {
    const { version } = (await import(`${ROOT}/package.json`, { with: { type: 'json' } })).default;
    const result = await runProgram([flag]);
    expect(result).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('5: help is as wide as the terminal', async () => {
    const terminal = openTerminal('lk-transfer --help', { columns: 60 });
    expect(await terminal.left).toBe(0);
    const lines = withoutEscapes(terminal.sent()).split('\r\n');
    const prose = lines.slice(0, lines.indexOf('Examples:'));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('28: NO_COLOR=1 leaves no colour in help on a terminal', async () => {
    const terminal = openTerminal('lk-transfer --help', { env: { NO_COLOR: '1' } });
    expect(await terminal.left).toBe(0);
    expect(stylesIn(terminal.sent())).toEqual([]);
  });
});
