import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { seedManyRooms } from '../../src/sandbox/demo/rooms.ts';
import {
  cleanEnvironment,
  makeFolder,
  openSandbox,
  PROGRAM,
  runProgram,
  runShell,
  type TestSandbox,
} from './run-program.ts';

/** Calls that need no second look, so that nothing has to be waited for. */
const HEALTHY = 'calls --room conference-0042';
const ESCAPES = 'calls --room call-_+15105550109_c5HnUq8XkWpB';
const REFUSED = 'transfer SCL_refuses40501 --to sales --yes';

let demo: TestSandbox;
beforeAll(async () => {
  demo = await openSandbox();
});

describe.concurrent('stdout and stderr', () => {
  it('10: with stderr thrown away, stdout has the result and nothing else', async () => {
    for (const redirection of ['2>/dev/null', '2>&-']) {
      const { exitCode, stdout } = await runShell(
        `lk-transfer calls --room conference-0042 --sandbox --fields callId ${redirection}`,
      );
      expect(exitCode).toBe(0);
      expect(stdout.split('\n').sort()).toEqual(['', 'SCL_twoInRoom001', 'SCL_twoInRoom002']);
    }
  });

  it('10: with stdout thrown away, stderr has everything else and not the result', async () => {
    for (const redirection of ['>/dev/null', '>&-']) {
      const { exitCode, stderr } = await runShell(
        `lk-transfer calls --room conference-0042 --sandbox ${redirection}`,
      );
      expect(exitCode).toBe(0);
      expect(stderr).toBe(
        'No config file found, so this uses the example that comes with lk-transfer.\n',
      );
    }
  });

  it('10: a transfer prints its sentence on stdout, preview and hint on stderr', async () => {
    const { env } = await openSandbox();
    const folder = makeFolder();
    const { exitCode } = await runShell(`lk-transfer ${REFUSED} >out 2>err`, { env, cwd: folder });
    const [out, err] = ['out', 'err'].map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^\S+ → [^\n]*405[^\n]* still on the line[^\n]*\nThe trunk refused to transfer [^\n]* 405 [^\n]* still on the line[^\n]*\n$/,
    );
    expect(err).toMatch(/^Caller {6}\+15105550110 \(SCL_refuses40501\)/);
    expect(err).not.toContain('still on the line');
  });

  it('11: off a terminal there is TSV without heading or escape, whatever TERM says', async () => {
    const { exitCode, stdout, stderr } = await runProgram(HEALTHY.split(' '), {
      env: { ...demo.env, TERM: 'xterm-256color', COLORTERM: 'truecolor', COLUMNS: '40' },
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const records = stdout.trimEnd().split('\n');
    expect(records).toHaveLength(2);
    for (const record of records) {
      expect(record).toMatch(/^SCL_twoInRoom00[12]\t\+1510555010[78]\t/);
      expect(record).toMatch(/\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t/);
      expect(record.split('\t')).toHaveLength(13);
    }
    expect(stdout).not.toContain('\u001b');
  });

  it('13: an empty list is exit 0, an empty stdout or [], and says which filter', async () => {
    const line = ['calls', '--room', 'standup'];
    const text = await runProgram(line, { env: demo.env });
    expect(text).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No active SIP calls in room standup.\n',
    });
    const json = await runProgram([...line, '--json'], { env: demo.env });
    expect(json).toMatchObject({ exitCode: 0, stdout: '[]\n', stderr: '' });
  });

  it('16: a caller’s name cannot move the cursor or forge a record', async () => {
    for (const fields of ['callId,name', 'name,callId']) {
      const words = [...ESCAPES.split(' '), '--fields', fields];
      const { stdout } = await runProgram(words, { env: demo.env });
      expect(stdout.split('\n')).toHaveLength(2);
      expect(stdout).toContain('\\x1b[31m+15105550109\\x1b[0m\\x1b]0;owned\\x07\\r\\nSCL_forged');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
      expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it('16: control characters in JSON are escaped, and come back as they were', async () => {
    const { stdout } = await runProgram([...ESCAPES.split(' '), '--json'], { env: demo.env });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
    expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(stdout)[0].name).toContain('\u001b[31m+15105550109\u001b[0m\u001b]0;owned');
  });

  it('16: control characters in an argument come back escaped', async () => {
    const { exitCode, stderr } = await runProgram(
      ['transfer', 'SCL_x\u001b[31m\r\nforged', '--to', 'sales', '--yes'],
      { env: demo.env },
    );
    expect(exitCode).toBe(5);
    expect(stderr).toContain('SCL_x\\x1b[31m\\r\\nforged');
    expect(stderr).not.toContain('\u001b');
  });

  it.each([HEALTHY, 'resolve sales', 'departments', 'config show', 'transfer nobody --to sales'])(
    '22: `%s --json` is JSON without ANSI even with FORCE_COLOR=1',
    async (line) => {
      const words = [...line.split(' '), '--json', ...(line.includes('transfer') ? ['--yes'] : [])];
      const { stdout, stderr } = await runProgram(words, {
        env: { ...demo.env, FORCE_COLOR: '1', TERM: 'xterm-256color' },
      });
      expect(stdout + stderr).not.toContain('\u001b');
      for (const text of [stdout, stderr]) if (text !== '') JSON.parse(text);
      expect(stdout === '').toBe(line.includes('nobody'));
    },
  );

  it('27: --no-color > --color > FORCE_COLOR > NO_COLOR, off a terminal too', async () => {
    const coloured = async (flags: string[], env: Record<string, string>) => {
      const { stderr } = await runProgram(['resolve', 'nobody', ...flags], { env });
      expect(stderr).toContain('nobody');
      return stderr.includes('\u001b[31m');
    };
    const answers = await Promise.all([
      coloured([], {}),
      coloured([], { FORCE_COLOR: '1' }),
      coloured([], { FORCE_COLOR: '1', NO_COLOR: '1' }),
      coloured(['--no-color'], { FORCE_COLOR: '1' }),
      coloured(['--color'], { NO_COLOR: '1', TERM: 'dumb' }),
    ]);
    expect(answers).toEqual([false, true, true, false, true]);
  });
});

const UNWRITTEN = /The result could not be written to standard output \((ENOSPC|EPIPE): [^)]*\)\./;
const COMPLETED = 'transfer SCL_noAgent00001 --to sales --yes';

describe.concurrent('a standard output that takes nothing', () => {
  /** Runs a line with its stdout led somewhere; the exit code is the program's own. */
  async function led(line: string, where: string, input?: string) {
    const sandbox = await openSandbox();
    const given = input === undefined ? {} : { input };
    const script = `lk-transfer ${line} ${where}; exit \${PIPESTATUS[0]}`;
    const { exitCode, stderr } = await runShell(script, { env: sandbox.env, ...given });
    // No stack of ours, nor of Node's.
    expect(stderr).not.toMatch(/^\s+at |node:/m);
    return { exitCode, stderr, sent: sandbox.mutations() };
  }

  it.each([
    [COMPLETED, 0],
    [`${COMPLETED} --json`, 0],
    [REFUSED, 1],
    [`${REFUSED} --json`, 1],
  ])(
    '`%s` has the exit code of its outcome, %i, on a full disk and without a reader',
    async (line, code) => {
      for (const where of ['>/dev/full', '| :']) {
        const { exitCode, stderr, sent } = await led(line, where);
        expect({ exitCode, sent }).toEqual({
          exitCode: code,
          sent: ['SIP/TransferSIPParticipant'],
        });
        expect(stderr).toMatch(UNWRITTEN);
        expect(stderr).toContain(`A transfer was sent; exit code ${code} says how it ended.`);
        if (line.includes('--json')) {
          const [last = ''] = stderr.trimEnd().split('\n').slice(-1);
          expect(JSON.parse(last)).toHaveProperty('warning.message');
        }
      }
    },
  );

  it('a batch and a test of a trunk have theirs, too', async () => {
    const ids = 'SCL_noAgent00001\nSCL_refuses40501\n';
    const batch = 'transfer - --to sales --confirm 2 --rate 50';
    for (const line of [batch, `${batch} --json`]) {
      const { exitCode, stderr, sent } = await led(line, '>/dev/full', ids);
      expect({ exitCode, sent: sent.length }).toEqual({ exitCode: 1, sent: 2 });
      expect(stderr).toMatch(UNWRITTEN);
    }
    const smoke = await led('smoke --call SCL_refuses40501 --to sales --yes', '>/dev/full');
    expect(smoke.exitCode).toBe(1);
    expect(smoke.sent).toEqual(['SIP/TransferSIPParticipant']);
    expect(smoke.stderr).toMatch(UNWRITTEN);
  });

  it.each([
    ['hangup SCL_noAgent00001 --yes', ', who is no longer in the room.'],
    ['hangup - --confirm 1', 'Of 1 caller: 1 hung-up.'],
    ['rescue SCL_noAgent00001 --agent fallback-agent --yes', 'and can be heard.'],
    ['config init --country US --department sales=+15105550100', 'Created '],
  ])('`%s` says what was done, and succeeds all the same', async (line, done) => {
    const [text, json] = await Promise.all([
      led(line, '>/dev/full', 'SCL_noAgent00001\n'),
      led(`${line} --json`, '| :', 'SCL_noAgent00001\n'),
    ]);
    for (const { exitCode, stderr } of [text, json]) {
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stderr).toMatch(UNWRITTEN);
      expect(stderr).toContain(done);
    }
    const [last = ''] = json.stderr.trimEnd().split('\n').slice(-1);
    expect(JSON.parse(last)).toHaveProperty('warning.message');
  });

  it('a bridge is no less sent than a transfer', async () => {
    const line = 'transfer SCL_noAgent00001 --to sales --method bridge --detach --yes';
    for (const where of ['>/dev/full', '| :']) {
      const { exitCode, stderr, sent } = await led(line, where);
      expect({ exitCode, sent }).toEqual({ exitCode: 0, sent: ['SIP/CreateSIPParticipant'] });
      expect(stderr).toContain('A transfer was sent; exit code 0 says how it ended.');
    }
  });

  it('with stderr gone as well, the exit code is all that is left, and true', async () => {
    for (const where of ['>/dev/full 2>/dev/full', '2>&1 | :']) {
      expect((await led(COMPLETED, where)).exitCode).toBe(0);
      expect((await led(REFUSED, where)).exitCode).toBe(1);
    }
  });

  it('a list that could not be written is no success, and a reader who has enough no failure', async () => {
    for (const line of [HEALTHY, `${HEALTHY} --json`, 'departments', '--version', 'help calls']) {
      const full = await led(line, '>/dev/full');
      expect(full.exitCode, line).toBe(1);
      expect(full.stderr).toMatch(UNWRITTEN);
      const closed = await led(line, '| :');
      expect(closed.exitCode).toBe(0);
      expect(closed.stderr).not.toMatch(UNWRITTEN);
    }
  });

  it('a failure keeps its own exit code', async () => {
    expect((await led('transfer nobody --to sales --yes', '>/dev/full')).exitCode).toBe(5);
    expect((await led('calls --bogus', '>/dev/full 2>/dev/full')).exitCode).toBe(2);
  });
});

describe('a lot of output', () => {
  const CALLS = 3000;
  /** That many requests would be the longest of it. */
  const IN_A_ROOM = 50;
  let many: TestSandbox;
  beforeAll(async () => {
    const { trunks, rooms } = seedManyRooms(CALLS, CALLS);
    const full = Array.from({ length: CALLS / IN_A_ROOM }, (_, index) => ({
      name: `full-${index}`,
      participants: rooms
        .slice(index * IN_A_ROOM, (index + 1) * IN_A_ROOM)
        .flatMap(({ participants }) => participants),
    }));
    many = await openSandbox({ seed: { trunks, rooms: full } });
  });

  it('15: large JSON arrives complete at a slow reader', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'calls', '--json'], {
      cwd: makeFolder(),
      env: cleanEnvironment(many.env),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exitCode = new Promise((resolve) => child.on('close', resolve));
    let text = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      text += chunk;
      await pause(5);
    }
    expect(text.length).toBeGreaterThan(1_500_000);
    expect(JSON.parse(text)).toHaveLength(CALLS);
    expect(await exitCode).toBe(0);
  });

  it('14: `calls | head -1` ends quietly', async () => {
    const { exitCode, stdout, stderr } = await runShell(
      `lk-transfer calls | head -1; exit \${PIPESTATUS[0]}`,
      { env: many.env },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^SCL_many\d{8}\t[^\n]*\n$/);
    expect(exitCode).toBe(0);
  });
});
