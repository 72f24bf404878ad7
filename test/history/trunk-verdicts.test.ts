import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeEntry } from '../../src/history/entry.ts';
import { historyFolder } from '../../src/history/files.ts';
import {
  keepTrunkVerdict,
  knownRefer,
  lastVerdicts,
  NO_MEMORY,
  readTrunkMemory,
  type TrunkVerdict,
} from '../../src/history/trunk-verdicts.ts';
import { anyText } from '../support/any-text.ts';
import { fakeHost } from '../support/fake-host.ts';
import { NOW } from '../support/livekit.ts';
import { OUTCOME, SENT } from './entries.ts';
import { DAY, writeRecord } from './records.ts';

const LIVEKIT = 'livekit.example.com';
const ago = (days: number) => new Date(NOW - days * DAY).toISOString();

const found = (wishes: Partial<TrunkVerdict> = {}): TrunkVerdict => ({
  ...{ trunkId: 'ST_1', direction: 'inbound', transferMethod: 'refer', verdict: 'unsupported' },
  ...{ code: 405, at: ago(3), provider: 'twilio' },
  ...wishes,
});

function open() {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-trunks-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const { host } = fakeHost({ home, now: () => NOW });
  const folder = historyFolder(host);
  const nameOf = () => readdirSync(folder).find((name) => name.startsWith('smoke-')) ?? 'none';
  return {
    host,
    folder,
    keep: (wishes?: Partial<TrunkVerdict>, livekit = LIVEKIT) =>
      keepTrunkVerdict(livekit, found(wishes), host),
    read: (livekit = LIVEKIT) => readTrunkMemory(livekit, host),
    file: () => join(folder, nameOf()),
    /** Puts something else in its place. */
    put: async (text: string) => {
      await keepTrunkVerdict(LIVEKIT, found(), host);
      writeFileSync(join(folder, nameOf()), text);
    },
  };
}

describe('what a smoke test found', () => {
  it('is known to the next run, a project each, and to this user alone', async () => {
    const { keep, read, file, folder } = open();
    await keep();
    await keep({ trunkId: 'ST_2', verdict: 'supported', code: null }, 'other.example.com');
    expect(await read()).toEqual({ ...NO_MEMORY, verdicts: [found()] });
    expect((await read('other.example.com')).verdicts).toMatchObject([{ trunkId: 'ST_2' }]);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).not.toContain('+1');
  });

  it('takes the place of what an earlier one did, of each direction and method by itself', async () => {
    const { keep, read } = open();
    await keep({ at: ago(5), verdict: 'supported', code: null });
    await keep();
    await keep({ transferMethod: 'bridge', verdict: 'supported', code: null });
    await keep({ direction: 'outbound', verdict: 'supported', code: null });
    const { verdicts } = await read();
    expect(verdicts).toHaveLength(3);
    const last = lastVerdicts({ id: 'ST_1', direction: 'inbound' }, verdicts);
    expect(last.map(({ transferMethod, verdict }) => `${transferMethod} ${verdict}`)).toEqual([
      'refer unsupported',
      'bridge supported',
    ]);
  });

  it('is not undone by a test that could not tell', async () => {
    const { keep, read } = open();
    await keep();
    await keep({ verdict: 'inconclusive', code: null, at: ago(1) });
    const memory = await read();
    const trunk = { id: 'ST_1', direction: 'inbound' } as const;
    expect(lastVerdicts(trunk, memory.verdicts)).toMatchObject([{ verdict: 'inconclusive' }]);
    expect(knownRefer(trunk, memory)).toEqual({
      ...{ by: 'smoke', verdict: 'refused', code: 405, at: ago(3) },
    });
  });

  it('is bounded, the oldest going first', async () => {
    const { put, keep, read } = open();
    const many = Array.from({ length: 1000 }, (_, index) => found({ trunkId: `ST_${index}` }));
    await put(JSON.stringify(many));
    await keep({ trunkId: 'ST_new' });
    const { verdicts } = await read();
    expect(verdicts).toHaveLength(1000);
    expect(verdicts.at(-1)?.trunkId).toBe('ST_new');
    expect(verdicts[0]?.trunkId).toBe('ST_1');
  });

  it.each<[string, object]>([
    ['a trunk that has no id', { trunkId: '' }],
    ['an id that is none', { trunkId: 'ST_1\u001b[2J' }],
    ['a way that there is not', { direction: 'sideways' }],
    ['a method that this version does not know', { transferMethod: 'beam' }],
    ['a verdict that it does not know', { verdict: 'constructor' }],
    ['no time', { at: 'yesterday' }],
    ['a time to come', { at: new Date(NOW + 2 * DAY).toISOString() }],
  ])('is passed over with %s', async (_, wishes) => {
    const { put, read } = open();
    await put(JSON.stringify([{ ...found(), ...wishes }, found({ trunkId: 'ST_right' }), null, 7]));
    expect((await read()).verdicts).toEqual([found({ trunkId: 'ST_right' })]);
  });

  it('keeps what is right of it', async () => {
    const { put, read } = open();
    await put(JSON.stringify([{ ...found(), code: 1e9, provider: 'toString', more: 'news' }]));
    expect((await read()).verdicts).toEqual([found({ code: null, provider: null })]);
  });

  it('never throws, whatever stands in the file, and nothing unsafe comes of it', async () => {
    const { put, read } = open();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), anyText()), async (text) => {
        await put(text);
        for (const each of (await read()).verdicts) expect(each.trunkId).toMatch(/^[\w-]+$/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what cannot be read', () => {
  it.each<[string, (file: string, folder: string) => void, string]>([
    ['makes no sense', (file) => writeFileSync(file, '{'), 'its file cannot be understood'],
    ['is no list', (file) => writeFileSync(file, '{"a":1}'), 'its file cannot be understood'],
    ['others may write', (file) => chmodSync(file, 0o666), 'does not belong to this user alone'],
    [
      'is far too large',
      (file) => writeFileSync(file, ' '.repeat(500_000)),
      'does not belong to this user alone',
    ],
    [
      'is a link',
      (file, folder) => {
        writeFileSync(join(folder, 'elsewhere'), JSON.stringify([found()]));
        rmSync(file);
        symlinkSync(join(folder, 'elsewhere'), file);
      },
      'does not belong to this user alone',
    ],
  ])('is not taken for none: a file that %s', async (_, spoil, why) => {
    const { keep, read, file, folder } = open();
    await keep();
    spoil(file(), folder);
    const memory = await read();
    expect(memory).toMatchObject({ verdicts: [], recordUnread: null });
    expect(memory.testsUnread).toContain(why);
    // The next test makes it anew.
    await keep();
    expect(await read()).toMatchObject({ verdicts: [found()], testsUnread: null });
  });

  it('is said of the record, and the tests are known all the same', async () => {
    const { keep, read, folder } = open();
    await keep();
    mkdirSync(join(folder, 'history.jsonl'));
    const memory = await read();
    expect(memory).toMatchObject({ verdicts: [found()], attempts: [], testsUnread: null });
    expect(memory.recordUnread).toMatch(/^The record of transfers cannot be read: /);
  });

  it('is nothing where there is nothing', async () => {
    expect(await open().read()).toEqual(NO_MEMORY);
  });
});

describe('what is known of REFER on a trunk', () => {
  const trunk = { id: 'ST_1', direction: 'inbound' } as const;

  it('is what the newest of tests and transfers shows', async () => {
    const { folder, read, keep } = open();
    const time = ago(2);
    writeRecord(folder, [
      { v: 1, ...SENT, time },
      { v: 1, ...OUTCOME, time, outcome: 'completed', stage: null, sip: null },
      { v: 1, ...SENT, id: '2', time: ago(1), livekit: 'other.example.com' },
      { v: 1, ...OUTCOME, id: '2', time: ago(1) },
    ]);
    await keep();
    // The refusal of a day ago is another project's.
    expect(knownRefer(trunk, await read())).toMatchObject({ by: 'transfer', verdict: 'honoured' });
    await keep({ at: ago(1), verdict: 'needs-configuration', code: 407 });
    expect(knownRefer(trunk, await read())).toEqual({
      ...{ by: 'smoke', verdict: 'refused', code: 407, at: ago(1) },
    });
  });

  it('is found among the newest transfers on the trunks that are asked for, too', async () => {
    const { folder, host } = open();
    const lines = Array.from({ length: 450 }, (_, index) => {
      const about = { id: `${index}`, time: new Date(NOW - DAY + index * 1000).toISOString() };
      const trunkId = ['ST_1', 'ST_2', null][index % 3] ?? null;
      const outcome = index < 3 ? 'completed' : 'unknown';
      return [
        writeEntry({ ...SENT, ...about, trunkId }),
        writeEntry({ ...OUTCOME, ...about, outcome }),
      ];
    });
    writeRecord(
      folder,
      lines.flat().map((line) => line.trim()),
    );
    const whole = await readTrunkMemory(LIVEKIT, host);
    const asked = await readTrunkMemory(LIVEKIT, host, ['ST_1']);
    expect(whole.attempts).toHaveLength(450);
    expect(new Set(asked.attempts.map(({ trunkId }) => trunkId))).toEqual(new Set(['ST_1']));
    expect(asked.attempts).toHaveLength(150);
    for (const memory of [whole, asked]) {
      expect(knownRefer(trunk, memory)).toMatchObject({ verdict: 'honoured', code: null });
    }
    expect((await readTrunkMemory(LIVEKIT, host, [])).attempts).toEqual([]);
  });

  it('holds for one direction, and one trunk', async () => {
    const { read, keep } = open();
    await keep();
    const memory = await read();
    expect(knownRefer({ ...trunk, direction: 'outbound' }, memory)).toBeNull();
    expect(knownRefer({ ...trunk, id: 'ST_2' }, memory)).toBeNull();
    expect(knownRefer({ ...trunk, id: '' }, memory)).toBeNull();
  });

  it('is not told by a bridge that works', () => {
    const bridge = found({ transferMethod: 'bridge', verdict: 'supported', code: null });
    expect(knownRefer(trunk, { attempts: [], verdicts: [bridge] })).toBeNull();
  });
});
