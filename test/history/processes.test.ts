/** The record in the hands of several processes, one of them killed, one without room to write. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processHost } from '../../src/core/host.ts';
import { readAttempts, readOpenTransfers } from '../../src/history/attempts.ts';
import { NOW } from '../support/livekit.ts';
import { OUTCOME, SENT } from './entries.ts';
import {
  ended,
  filesOf,
  HOST,
  intended,
  linesOf,
  recordFolder,
  startRecord,
  textOf,
  writeRecord,
} from './records.ts';

const root = join(import.meta.dirname, '..', '..');
const workshop = mkdtempSync(join(tmpdir(), 'lk-transfer-history-processes-'));
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/** What every child begins with: its words, and a record that tells its troubles on stderr. */
const PREAMBLE = `
  import { openRecord } from './record.mjs';
  const [folder, who, ...words] = process.argv.slice(2);
  const intended = ${JSON.stringify(intended())};
  const result = ${JSON.stringify(ended())};
  const about = (callId, to) => ({
    ...intended,
    call: { ...intended.call, callId },
    destination: { ...intended.destination, department: to },
  });
  const open = (limits) => openRecord({
    folder, limits, maskNumbers: false, days: 90, livekit: 'host',
    host: { machine: 'here', pid: process.pid, isRunning: () => true, now: () => ${NOW} },
    onTrouble: (message) => console.error(message),
  });
`;

const CHILDREN = {
  writer: `
    const record = open({ partBytes: 16384, oldParts: 10000 });
    for (let count = 0; count < 50; count++) {
      const begun = await record.begin(about('SCL_' + who + '_' + count, 'sales'));
      await begun.end(result);
    }
  `,
  racer: `
    const record = open();
    const start = Number(words[0]);
    for (let round = 0; round < 20; round++) {
      // All at the same millisecond; a timer is late by some, so only the last few are counted down.
      const due = start + round * 60;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now() - 5)));
      while (Date.now() < due);
      const { earlier } = await record.begin(about('SCL_' + round, who));
      console.log(earlier.length);
    }
  `,
  victim: `
    await open().begin(about('SCL_killed', 'sales'));
    process.kill(process.pid, 'SIGKILL');
  `,
  sender: `
    await open().begin(about('SCL_going', 'sales'));
    console.log(process.pid);
    process.stdin.resume();
  `,
  locked: `
    const begun = await open().begin(about('SCL_1', 'sales'));
    await begun.end(result);
    console.log(JSON.stringify(begun.earlier));
  `,
  cramped: `
    const record = open();
    for (let count = 0; count < 20; count++) {
      const begun = await record.begin(about('SCL_' + count, 'sales'));
      await begun.end(result);
    }
    const { earlier } = await record.begin(about('SCL_1', 'sales'));
    console.log('went on, after ' + earlier.length);
  `,
};

beforeAll(async () => {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/history/record.ts'],
    outfile: join(workshop, 'record.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  for (const [name, code] of Object.entries(CHILDREN)) {
    writeFileSync(join(workshop, `${name}.mjs`), PREAMBLE + code);
  }
});

function finish(child: ChildProcess) {
  return new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) => {
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
        said[stream] += chunk;
      });
    }
    child.on('close', (exitCode) => resolve({ exitCode, ...said }));
  });
}

const run = (name: keyof typeof CHILDREN, ...words: string[]) =>
  finish(spawn(process.execPath, [join(workshop, `${name}.mjs`), ...words]));

describe('several processes', () => {
  it('write everything exactly once, while files are set aside', async () => {
    const folder = recordFolder();
    const writers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const results = await Promise.all(writers.map((who) => run('writer', folder, who)));
    for (const result of results) expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const lines = linesOf(folder);
    expect(lines).toHaveLength(textOf(folder).match(/^.+$/gm)?.length ?? 0);
    const sent = lines.filter(({ type }) => type === 'sent');
    expect(new Set(sent.map(({ callId }) => callId)).size).toBe(400);
    expect(new Set(lines.map(({ id, type }) => `${id} ${type}`)).size).toBe(800);
    expect(lines).toHaveLength(800);
    expect(filesOf(folder).length).toBeGreaterThan(10);
  }, 60_000);

  it('that send the same call at once do not all miss each other', async () => {
    const folder = recordFolder();
    const start = String(Date.now() + 600);
    const racers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((who) => run('racer', folder, who, start)),
    );
    for (const { exitCode, stderr } of racers)
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: '' });
    const seen = racers.map(({ stdout }) => stdout.trim().split('\n').map(Number));
    for (let round = 0; round < 20; round++) {
      expect(seen.map((counts) => counts[round]).sort()).toEqual([0, 1, 2, 3]);
    }
  }, 30_000);

  it('see that one of them is at a transfer, until it is gone', async () => {
    const folder = recordFolder();
    const sender = spawn(process.execPath, [join(workshop, 'sender.mjs'), folder, 'a']);
    const ended = finish(sender);
    const [line] = (await once(sender.stdout, 'data')) as [string];
    const seen = async () => {
      const { byCall } = await readOpenTransfers(folder, {
        ...HOST,
        machine: 'here',
        isRunning: processHost().isRunning,
      });
      return byCall.get('SCL_going');
    };
    expect(await seen()).toMatchObject([{ underWay: { pid: Number(line), forMs: 0 } }]);
    sender.kill('SIGKILL');
    await ended;
    expect(await seen()).toMatchObject([{ outcome: null, underWay: null }]);
  });

  it('of which one is killed leave “sent, outcome not recorded”', async () => {
    const folder = recordFolder();
    await run('victim', folder, 'a');
    expect(await readAttempts(folder, HOST)).toMatchObject([
      { outcome: null, endedAt: null, open: true },
    ]);
    expect((await readOpenTransfers(folder, HOST)).byCall.get('SCL_killed')).toMatchObject([
      { outcome: null },
    ]);
  });
});

it('a record that may only be read still tells of the past', async () => {
  const folder = recordFolder();
  writeRecord(folder, [{ v: 1, ...SENT }]);
  // Permissions bind everybody but root: who runs the tests as root lets another user try.
  const nobody = 65_534;
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    for (const path of [folder, dirname(folder), dirname(dirname(folder))]) {
      chownSync(path, nobody, nobody);
    }
    chownSync(join(folder, 'history.jsonl'), nobody, nobody);
    chmodSync(workshop, 0o755);
  }
  chmodSync(join(folder, 'history.jsonl'), 0o400);
  chmodSync(folder, 0o500);
  const words = [join(workshop, 'locked.mjs'), folder, 'a'];
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  const { exitCode, stdout, stderr } = await finish(spawn(process.execPath, words, user));
  chmodSync(folder, 0o700);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toContain('permission denied (EACCES)');
  expect(JSON.parse(stdout)).toMatchObject([{ to: 'sales', outcome: null }]);
});

it('a disk without room is told of once, and what fitted can be read and added to', async () => {
  const folder = recordFolder();
  // Files may grow to 2 kB here: the write that goes beyond it is cut short, the next one fails.
  const script = `ulimit -f 2; exec "$0" "$@"`;
  const words = [process.execPath, join(workshop, 'cramped.mjs'), folder, 'a'];
  const result = await finish(spawn('bash', ['-c', script, ...words]));
  expect(result).toMatchObject({ exitCode: 0, stdout: 'went on, after 0\n' });
  expect(result.stderr).toMatch(
    /^The record .* cannot be kept: [^\n]* \((ENOSPC|EFBIG)\)[^\n]*\n$/,
  );
  expect(statSync(join(folder, 'history.jsonl')).size).toBe(2048);
  const { record, troubles } = startRecord(folder);
  await (await record.begin(intended({ call: { callId: 'SCL_after' } }))).end(ended());
  expect(troubles).toEqual([]);
  const attempts = await readAttempts(folder, HOST);
  expect(attempts.length).toBeGreaterThan(2);
  expect(attempts.at(-1)).toMatchObject({ callId: 'SCL_after', outcome: 'refused' });
});

describe('what `calls` needs of it', () => {
  it('is little to load', async () => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ['src/history/attempts.ts'],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      write: false,
      metafile: true,
    });
    const beside = Object.keys(metafile.inputs)
      .filter((file) => !file.startsWith('src/history/'))
      .sort();
    expect(beside).toEqual(['src/core/errors.ts', 'src/core/text.ts', 'src/transfer/outcome.ts']);
    expect(Object.values(metafile.outputs)[0]?.bytes).toBeLessThan(9500);
  });

  it('is found in 2 MB of what is settled', async () => {
    const folder = recordFolder();
    const message = 'x'.repeat(250);
    for (let part = 1; part <= 5; part++) {
      const lines = Array.from({ length: 550 }, (_, count) => {
        const outcome = part === 3 && count === 7 ? 'unknown' : 'completed';
        const id = `id-${part}-${count}`;
        return [
          { v: 1, ...SENT, id, callId: `SCL_${id}` },
          { v: 1, ...OUTCOME, id, outcome, message },
        ];
      });
      writeRecord(folder, lines.flat(), `history-00000${part}-00000000.jsonl`);
    }
    expect(textOf(folder).length).toBeGreaterThan(2_000_000);
    expect([...(await readOpenTransfers(folder, HOST)).byCall.keys()]).toEqual(['SCL_id-3-7']);
  });
});
