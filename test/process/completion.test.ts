/** Completion in the shells themselves: what Tab puts on the line, and that it runs nothing else. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { cliAgainst } from '../cli/run-cli.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { silentServer } from '../support/silent-server.ts';
import { ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import {
  cleanEnvironment,
  type Environment,
  makeFolder,
  openSandbox,
  runProgram,
  runShell,
} from './run-program.ts';

const TAB = '\t';
const CLEAR_LINE = '\u0015';

/** Each would leave a file behind if a shell ever took it for more than a name. */
const HOSTILE = [
  '$(touch HURT)',
  '`touch HURT`',
  "'; touch HURT; '",
  '"; touch HURT; "',
  '‘; touch HURT; ’',
  '; touch HURT',
  '| touch HURT',
  '> HURT',
  '<(touch HURT)',
  '~root',
  '*',
  '{a,b}',
  '!!',
  '$HOME',
  'back\\slash',
  '\\',
  '#comment',
  '%s%n',
  'a=b:c',
  'x]; touch HURT; [',
];

const CONFIG = JSON.stringify({
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  trunks: { ST_one: {}, 'Main $(touch HURT) Street': {} },
  departments: {
    sales: { to: '100', aliases: ['new business'], description: '$(touch HURT) `touch HURT`' },
    'queue:emea': '201',
    'queue:apac': '202',
    'Größe №1': '203',
    // A letter behind the number: none is the beginning of another.
    ...Object.fromEntries(HOSTILE.map((name, index) => [`h${index}x ${name}`, `3${index}`])),
  },
});

/** A folder with the config, and a file that only --config is completed to. */
function configured(): string {
  return makeFolder({ 'transfer.config.json': CONFIG, 'my config.json': CONFIG });
}

interface InteractiveShell {
  name: string;
  /** What starts it without anybody's settings. */
  start: string;
  /** Makes the completion known, and a function that shows what the program would be given. */
  setUp: string[];
}

const SHOW = 'lk-transfer() { printf "GOT<%s>\\n" "$@"; }';

const SHELLS: InteractiveShell[] = [
  {
    name: 'bash',
    start: 'bash --noprofile --norc -i',
    setUp: ['source <(lk-transfer completion bash)', SHOW],
  },
  {
    name: 'zsh',
    start: 'zsh -f -i',
    setUp: ['autoload -U compinit; compinit -u -D', 'source <(lk-transfer completion zsh)', SHOW],
  },
  {
    name: 'fish',
    start: 'fish --no-config -i',
    setUp: [
      'lk-transfer completion fish | source',
      'function lk-transfer; printf "GOT<%s>\\n" $argv; end',
    ],
  },
];

const isThere = (shell: string) =>
  spawnSync(shell, ['--version'], { env: cleanEnvironment() }).error === undefined;

/** bash is always there: CI and Debian have it. Of the others a run says whether it has seen them. */
function runIfThere(shell: string): { title: string; check: typeof it } {
  if (shell === 'bash' || isThere(shell)) return { title: shell, check: it };
  return { title: `${shell} (not checked here: there is none)`, check: it.skip as typeof it };
}

const cli = cliAgainst();

/**
 * An `lk-transfer` that has its lines run within this process, where they take a tenth of the time.
 * @param cwd where the config is
 * @returns the PATH on which it is found, and what it has been asked
 */
async function answerHere(cwd: string) {
  const asked: { words: string[]; answer: string }[] = [];
  const server = createServer((socket) => {
    let read = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', async (chunk: string) => {
      read += chunk;
      // Every word ends in a NUL; the first says how many others there are.
      const [count, ...words] = read.split('\0').slice(0, -1);
      if (words.length !== Number(count)) return;
      const { stdout } = await cli(words, { cwd, config: null });
      asked.push({ words, answer: stdout });
      socket.end(stdout);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => server.close());
  const { port } = server.address() as AddressInfo;
  const script = [
    '#!/usr/bin/env bash',
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    'printf "%s\\0" "$#" "$@" >&3',
    'exec cat <&3',
  ];
  const bin = makeFolder({ 'lk-transfer': script.join('\n') });
  chmodSync(join(bin, 'lk-transfer'), 0o755);
  return { PATH: `${bin}:${cleanEnvironment().PATH}`, asked };
}

/** Types lines with Tabs in them, and answers what the program would have been given for each. */
async function typeInto(
  shell: InteractiveShell,
  lines: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Environment },
) {
  const terminal = openTerminal(shell.start, { cwd, env, columns: 400 });
  for (const [index, step] of shell.setUp.entries()) {
    // The quotes keep what is typed from looking like what is printed.
    terminal.type(`${step}; echo RE''ADY${index}${ENTER}`);
    await terminal.until(new RegExp(`READY${index}\\r?\\n`));
  }
  const answers: string[][] = [];
  for (const [index, line] of lines.entries()) {
    const before = terminal.sent().length;
    terminal.type(`${line}${ENTER}`);
    terminal.type(`echo EN''D${index}${ENTER}`);
    await terminal.until(new RegExp(`END${index}\\r?\\n`));
    const shown = withoutEscapes(terminal.sent().slice(before));
    answers.push([...shown.matchAll(/GOT<([^\r\n]*)>\r?\n/g)].map(([, word = '']) => word));
  }
  terminal.kill('SIGKILL');
  return answers;
}

for (const shell of SHELLS) {
  const { title, check } = runIfThere(shell.name);

  describe(`in ${title}`, () => {
    check(
      '54: Tab completes commands, flags, their values, files and names of the config',
      async () => {
        const cases: [typed: string, given: string[]][] = [
          [`lk-transfer depa${TAB}`, ['departments']],
          [`lk-transfer calls --stu${TAB}`, ['calls', '--stuck']],
          [`lk-transfer calls --status dia${TAB}`, ['calls', '--status', 'dialing']],
          [`lk-transfer calls --status=dia${TAB}`, ['calls', '--status=dialing']],
          [`lk-transfer config sch${TAB}`, ['config', 'schema']],
          [`lk-transfer help exi${TAB}`, ['help', 'exit-codes']],
          [`lk-transfer resolve new${TAB}`, ['resolve', 'new business']],
          [`lk-transfer transfer x --to "new${TAB}`, ['transfer', 'x', '--to', 'new business']],
          [`lk-transfer transfer x --to 'new b${TAB}`, ['transfer', 'x', '--to', 'new business']],
          [`lk-transfer transfer --fallback=new${TAB}`, ['transfer', '--fallback=new business']],
          [`lk-transfer resolve qu${TAB}a${TAB}`, ['resolve', 'queue:apac']],
          [`lk-transfer resolve Gr${TAB}`, ['resolve', 'Größe №1']],
          [
            `lk-transfer resolve sales --via Main${TAB}`,
            ['resolve', 'sales', '--via', 'Main $(touch HURT) Street'],
          ],
          [`lk-transfer calls --config my${TAB}`, ['calls', '--config', 'my config.json']],
          [`lk-transfer calls --config=my${TAB}`, ['calls', '--config=my config.json']],
          [`lk-transfer calls --room my${TAB}`, ['calls', '--room', 'my']],
        ];
        const cwd = configured();
        const answers = await typeInto(
          shell,
          cases.map(([typed]) => typed),
          { cwd },
        );
        expect(answers).toEqual(cases.map(([, given]) => given));
        expect(readdirSync(cwd)).not.toContain('HURT');
      },
      60_000,
    );

    // zsh and fish quote by themselves, in the one way they have; for bash the program does it.
    check.each(shell.name === 'bash' ? ['', '"', "'"] : [''])(
      '54: hostile names come out as they are behind an open %j, and run nothing',
      async (quote) => {
        const cwd = configured();
        const { PATH, asked } = await answerHere(cwd);
        const list = (word: string) =>
          `lk-transfer resolve ${word}${TAB}${TAB}${CLEAR_LINE}lk-transfer rooms`;
        // Behind an open quote little means anything any more.
        const names = HOSTILE.map((name, index) => `h${index}x ${name}`).filter(
          (name) => quote === '' || /["'`$!\\]/.test(name),
        );
        const typed = names.map(
          (name) => `lk-transfer resolve ${quote}${name.split(' ')[0]}${TAB}`,
        );
        const lists = [list(''), ...(quote === '' ? [] : [list(`${quote}h`)])];
        const answers = await typeInto(shell, [...lists, ...typed], { cwd, env: { PATH } });
        expect(answers).toEqual([
          ...lists.map(() => ['rooms']),
          ...names.map((name) => ['resolve', name]),
        ]);
        // The program itself writes all of them as they were written here.
        const ofAll = asked.findLast(({ answer }) =>
          HOSTILE.every((_, index) => answer.includes(`h${index}x`)),
        );
        const { stdout } = await runProgram(ofAll?.words ?? [], { cwd });
        expect(stdout).toBe(ofAll?.answer);
        expect(readdirSync(cwd)).not.toContain('HURT');
      },
      60_000,
    );
  });
}

describe(`in ${runIfThere('pwsh').title}`, () => {
  runIfThere('pwsh').check('54: Tab completes, and hostile names run nothing', async () => {
    const cwd = configured();
    const ask = (line: string) => `
      $line = '${line}'
      foreach ($match in [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches) {
        Invoke-Expression "Write-Output $($match.CompletionText)"
      }`;
    const script = [
      'lk-transfer completion powershell | Out-String | Invoke-Expression',
      ask('lk-transfer calls --status dia'),
      ...HOSTILE.map((_, index) => ask(`lk-transfer resolve h${index}x`)),
    ].join('\n');
    const folder = makeFolder({ 'ask.ps1': script });
    const { stdout } = await runShell(`pwsh -NoProfile -File '${join(folder, 'ask.ps1')}'`, {
      cwd,
    });
    const names = HOSTILE.map((name, index) => `h${index}x ${name}`);
    expect(stdout.trimEnd().split(/\r?\n/)).toEqual(['dialing', ...names]);
    expect(readdirSync(cwd)).not.toContain('HURT');
  });
});

/** The script of bash, as a person keeps it who does not ask for it anew in every shell. */
const kept = join(makeFolder(), 'lk-transfer.bash');
beforeAll(() => runShell(`lk-transfer completion bash >'${kept}'`));

/** What the function of bash finds for a line, without a terminal. */
function askBash(line: string, replaced: string, before = '') {
  return `${before}
    source '${kept}'
    COMP_LINE='${line}' COMP_POINT=${line.length}
    _lk_transfer lk-transfer '${replaced}' ''
    printf '%s\\n' "\${COMPREPLY[@]}"`;
}

describe.concurrent('the script of bash', () => {
  it.each(['', 'set -euo pipefail', 'set -o noglob', 'IFS=ao', 'shopt -s nullglob failglob'])(
    '54: works whatever the shell is set to: %j',
    async (settings) => {
      const { PATH } = await answerHere(makeFolder());
      const script = askBash('lk-transfer calls --status a', 'a', settings);
      const { stdout, stderr } = await runShell(script, { env: { PATH } });
      expect({ stdout, stderr }).toEqual({ stdout: 'automation\nactive\n', stderr: '' });
    },
  );

  it('54: says nothing where the program is not there', async () => {
    const script = askBash('lk-transfer calls --status a', 'a').replace(
      'COMP_LINE',
      'PATH=/nowhere\nCOMP_LINE',
    );
    expect(await runShell(script)).toMatchObject({ stdout: '\n', stderr: '' });
  });

  it('54: looks at the line up to the cursor only', async () => {
    const script = askBash('lk-transfer ca --status', 'ca').replace(
      /COMP_POINT=\d+/,
      'COMP_POINT=14',
    );
    expect((await runShell(script)).stdout).toBe('calls\n');
  });
});

describe.concurrent('what the scripts ask', () => {
  it('54: reads the config, and no credentials; asks no server', async () => {
    const sandbox = await openSandbox();
    const cwd = configured();
    // Whoever opens one of these waits for ever.
    const traps = 'mkdir .livekit && mkfifo .livekit/cli-config.yaml env secret';
    const words = '--credentials env --api-secret-file secret --project p';
    const { exitCode, stdout } = await runShell(
      `${traps} && lk-transfer complete fish -- transfer ${words} --to ""`,
      { cwd, env: { ...sandbox.env, HOME: cwd, LK_TRANSFER_CONFIG: undefined } },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\nsales\t');
    expect(sandbox.methods()).toEqual([]);
  });

  it.each([
    ['a config that is no JSON', '{'],
    ['a config that is wrong', '{"departments":{"sales":{}}}'],
    ['a name with a line break in it', '{"departments":{"a\\nb":"100","sales":"101"}}'],
    ['a name with an escape sequence in it', '{"departments":{"a\\u001b[31mb":"100"}}'],
  ])('54: of %s nothing is offered, and nothing said', async (_what, config) => {
    const cwd = makeFolder({ 'transfer.config.json': config });
    const words = (shell: string) => ['complete', shell, '--', 'transfer', '--to', ''];
    const nothing = { exitCode: 0, stdout: '', stderr: '' };
    expect(await runProgram(words('fish'), { cwd })).toMatchObject(nothing);
    expect(await cli(words('zsh'), { cwd, config: null })).toMatchObject(nothing);
  });

  const LIVE = '{"completion":{"live":true}}';
  const ASK = ['complete', 'fish', '--', 'transfer', ''];

  it('asks for the calls that are up where the config wants it', async () => {
    const sandbox = await openSandbox();
    const cwd = makeFolder({ 'transfer.config.json': LIVE });
    const env = { ...sandbox.env, LK_TRANSFER_CONFIG: undefined };
    // A busy machine may miss the time of one; then nothing is offered.
    await vi.waitUntil(
      async () => /^SCL_noAgent00001\t/m.test((await runProgram(ASK, { cwd, env })).stdout),
      { timeout: 60_000 },
    );
    expect(sandbox.methods()).toContain('RoomService/ListRooms');
  }, 90_000);

  it('is over within its time where LiveKit never answers, whatever is still under way', async () => {
    const { origin, close } = await silentServer();
    const cwd = makeFolder({ 'transfer.config.json': LIVE });
    const credentials = { LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's'.repeat(32) };
    let fastest = Infinity;
    const ask = async () => {
      const { stdout, stderr, durationMs } = await runProgram(ASK, {
        cwd,
        env: { LIVEKIT_URL: origin, ...credentials },
      });
      // No candidate: as without any calls.
      expect({ stdout, stderr }).toEqual({ stdout: 'words\n', stderr: '' });
      fastest = Math.min(fastest, durationMs);
      return fastest < 600;
    };
    // A busy machine takes longer to start anything at all; what hangs is never in time.
    await vi.waitUntil(ask, { timeout: 60_000 });
    close();
    expect(fastest).toBeGreaterThan(250);
  }, 90_000);

  it('is over within its time where a file that it needs never opens', async () => {
    const cwd = makeFolder({ 'transfer.config.json': LIVE });
    // Whoever opens it waits for ever, and so would whoever leaves meanwhile.
    const words = '--url http://127.0.0.1:1 --api-key k --api-secret-file secret transfer ""';
    const ask = `$(timeout 5 lk-transfer complete fish -- ${words} 2>/dev/null </dev/null)`;
    const script = `mkfifo secret; answer=${ask}; echo "$? $answer"`;
    const { stdout, stderr } = await runShell(script, { cwd });
    // `timeout` says 124 where it had to end it.
    expect(stdout).toMatch(/^(?!124 )\d+ words\n$/);
    expect(stderr).toBe('');
  });

  it('says nothing in bash either, where it was cut off', async () => {
    const { origin, close } = await silentServer();
    const cwd = makeFolder({ 'transfer.config.json': LIVE });
    const env = { LIVEKIT_URL: origin, LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's'.repeat(32) };
    const found = await runShell(askBash('lk-transfer transfer SCL', 'SCL'), { cwd, env });
    close();
    expect(found).toMatchObject({ stdout: '\n', stderr: '' });
  });

  it.each([
    ['there is no call', 'words', 'noDefault'],
    ['a file is wanted', 'files', ''],
  ])('takes the answer of one that was cut off, where %s', async (_, answer, asked) => {
    const program = `#!/bin/sh\necho ${answer}\nkill -9 $$\n`;
    const cwd = makeFolder({ 'lk-transfer': program });
    const script = askBash('lk-transfer transfer ', '', 'compopt() { echo noDefault; }').replace(
      'COMP_LINE',
      'chmod +x lk-transfer; PATH=.:$PATH\nCOMP_LINE',
    );
    const { stdout, stderr } = await runShell(script, { cwd });
    expect({ shown: stdout.trim(), stderr }).toEqual({ shown: asked, stderr: '' });
  });
});
