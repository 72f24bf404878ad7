import { readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HISTORY_LIMITS } from '../../src/history/files.ts';
import { rotate } from '../../src/history/lines.ts';
import { NOW } from '../support/livekit.ts';
import { SENT } from './entries.ts';
import { DAY, filesOf, intended, recordFolder, startRecord, writeRecord } from './records.ts';

const tidyUp = (folder: string, nowMs = NOW, limits = HISTORY_LIMITS) =>
  rotate(folder, { days: 40, nowMs, limits });

const entryOf = (daysAgo: number) => ({
  v: 1,
  ...SENT,
  time: new Date(NOW - daysAgo * DAY).toISOString(),
});

/** Puts a file there that was last written to so many days ago. */
function writeAged(folder: string, name: string, daysAgo: number): void {
  writeRecord(folder, [entryOf(daysAgo)], name);
  const seconds = (NOW - daysAgo * DAY) / 1000;
  utimesSync(join(folder, name), seconds, seconds);
}

describe('the current file', () => {
  it('is set aside when it is full, under the next number', async () => {
    const folder = recordFolder();
    writeRecord(folder, [], 'history-000041-00000000.jsonl');
    writeRecord(folder, [entryOf(0), 'x'.repeat(HISTORY_LIMITS.partBytes)]);
    await tidyUp(folder);
    expect(filesOf(folder)).toEqual([
      'history-000041-00000000.jsonl',
      expect.stringMatching(/^history-000042-[0-9a-f]{8}\.jsonl$/),
    ]);
  });

  it.each([
    ['goes back too far', [entryOf(11)], 0],
    ['is young', [entryOf(9)], 1],
    ['is from the future', [entryOf(-4000)], 1],
    ['goes back too far behind garbage', ['garbage', entryOf(11)], 0],
    ['is garbage', ['garbage'], 1],
    ['is empty', [], 1],
  ])('that %s stays or goes (%#)', async (_title, lines, stays) => {
    const folder = recordFolder();
    writeRecord(folder, lines);
    await tidyUp(folder);
    expect(filesOf(folder).filter((name) => name === 'history.jsonl')).toHaveLength(stays);
    expect(filesOf(folder)).toHaveLength(1);
  });

  it('is no trouble when there is none', async () => {
    await tidyUp(recordFolder());
  });
});

describe('a file that was set aside', () => {
  it('is deleted when it is too old, and no other file of that folder ever is', async () => {
    const folder = recordFolder();
    writeAged(folder, 'history-000001-00000000.jsonl', 41);
    writeAged(folder, 'history-000002-00000000.jsonl', 39);
    writeAged(folder, 'history-000003-00000000.jsonl', 41);
    writeAged(folder, 'history-000004-00000000.jsonl', -4000);
    for (const name of ['transfer.config.json', 'history-1.jsonl', 'history-000001-x.jsonl']) {
      writeAged(folder, name, 4000);
    }
    await tidyUp(folder);
    expect(filesOf(folder)).toEqual([
      'history-000001-x.jsonl',
      'history-000002-00000000.jsonl',
      'history-000004-00000000.jsonl',
      'history-1.jsonl',
      'transfer.config.json',
    ]);
  });

  it('stays if it is the newest, whatever the clock says', async () => {
    const folder = recordFolder();
    writeAged(folder, 'history-000001-00000000.jsonl', 1);
    writeAged(folder, 'history-000002-00000000.jsonl', 1);
    await tidyUp(folder, NOW + 4000 * DAY);
    expect(filesOf(folder)).toEqual(['history-000002-00000000.jsonl']);
  });

  it('is deleted, the oldest first, when there are too many', async () => {
    const folder = recordFolder();
    for (let part = 1; part <= 10; part++) {
      writeAged(folder, `history-${String(part).padStart(6, '0')}-00000000.jsonl`, 1);
    }
    writeAged(folder, 'history-1000000-00000000.jsonl', 1);
    await tidyUp(folder);
    expect(filesOf(folder)).toHaveLength(HISTORY_LIMITS.oldParts);
    expect(filesOf(folder)).toContain('history-1000000-00000000.jsonl');
    expect(filesOf(folder)).toContain('history-000005-00000000.jsonl');
  });
});

it('a record stays small however much is written to it', async () => {
  const folder = recordFolder();
  const limits = { partBytes: 2000, oldParts: 3 };
  const { record } = startRecord(folder, { limits });
  for (let count = 0; count < 100; count++) {
    await record.begin(intended({ call: { callId: `SCL_${count}` } }));
  }
  const sizes = filesOf(folder).map((name) => statSync(join(folder, name)).size);
  expect(sizes.length).toBeLessThanOrEqual(4);
  expect(Math.max(...sizes)).toBeLessThan(2500);
  expect(readFileSync(join(folder, 'history.jsonl'), 'utf8')).toContain('SCL_99');
});
