import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAttempts, readOpenTransfers } from '../../src/history/attempts.ts';
import { markMachine } from '../../src/history/entry.ts';
import { readOnlyRecord } from '../../src/history/record.ts';
import { NOW } from '../support/livekit.ts';
import { OUTCOME, SENT } from './entries.ts';
import {
  DAY,
  ended,
  HOST,
  intended,
  linesOf,
  recordFolder,
  startRecord,
  textOf,
  writeRecord,
} from './records.ts';

const current = (folder: string) => join(folder, 'history.jsonl');

describe('a transfer that is under way', () => {
  const other = { ...HOST, pid: 5000, isRunning: (pid: number) => pid === HOST.pid };
  const underWay = { pid: HOST.pid, forMs: 0 };

  it('is seen by its own process and by others, until it has ended', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const begun = await record.begin(intended());
    for (const who of [HOST, other]) {
      expect((await readOpenTransfers(folder, who)).byCall.get('SCL_1')).toMatchObject([
        { outcome: null, underWay },
      ]);
    }
    expect((await record.begin(intended())).earlier).toMatchObject([{ underWay }]);
    expect((await readOnlyRecord(folder, other, true).begin(intended())).earlier).toMatchObject([
      { underWay },
      { underWay },
    ]);

    await begun.end(ended({ outcome: 'unknown' }));
    const [first, second] = await readAttempts(folder, other);
    expect(first).toMatchObject({ open: true, outcome: 'unknown', underWay: null });
    expect(second).toMatchObject({ outcome: null, underWay });
  });

  it('is none any more for its own process where its outcome could not be written', async () => {
    const folder = recordFolder();
    const begun = await startRecord(folder).record.begin(intended());
    const [line] = linesOf(folder);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in its place');
    await begun.end(ended());
    rmSync(folder);
    writeRecord(folder, [line ?? '']);
    expect(await readAttempts(folder, HOST)).toMatchObject([{ outcome: null, underWay: null }]);
  });

  it('is written down with its process, and not with the name of the machine', async () => {
    const folder = recordFolder();
    await startRecord(folder).record.begin(intended());
    expect(linesOf(folder)).toMatchObject([
      { type: 'sent', pid: HOST.pid, machine: expect.stringMatching(/^[0-9a-f]{6}$/) },
    ]);
    expect(textOf(folder)).not.toContain(HOST.machine);
  });
});

describe('the record', () => {
  it('has an entry before a transfer and one after it', async () => {
    const folder = recordFolder();
    const { record, troubles } = startRecord(folder);
    const call = { sipIds: { 'sip.callIDFull': 'abc@10.0.0.1' } };
    const begun = await record.begin(intended({ call }));
    expect(begun.earlier).toEqual([]);
    expect(linesOf(folder)).toEqual([
      {
        v: 1,
        type: 'sent',
        id: expect.stringMatching(/^[\w-]{36}$/),
        time: new Date(NOW).toISOString(),
        callId: 'SCL_1',
        phoneNumber: '+15105550100',
        phoneNumberRaw: '+15105550100',
        callerName: null,
        room: 'room-1',
        identity: 'sip_+15105550100',
        calledNumber: '+15550001111',
        direction: 'inbound',
        trunkId: 'ST_1',
        bridgeTrunkId: null,
        provider: null,
        host: 'sip.example.com',
        sipIds: { 'sip.callIDFull': 'abc@10.0.0.1' },
        to: 'sales',
        referTo: 'sip:100@pbx.company.com',
        transferMethod: 'refer',
        livekit: 'livekit.example.com',
        pid: HOST.pid,
        machine: markMachine('machine-of-the-test'),
      },
    ]);
    await begun.end(ended());
    const [sent, outcome] = linesOf(folder);
    expect(outcome).toEqual({
      v: 1,
      type: 'outcome',
      id: sent?.id,
      time: new Date(NOW).toISOString(),
      outcome: 'refused',
      interrupted: false,
      callerIs: 'on-the-line',
      leg: 'listed',
      stage: 'refer',
      sip: { code: 405, reason: 'Method Not Allowed' },
      evidence: null,
      exitCode: 1,
      durationMs: 7,
      message: 'The trunk refused it.',
      transferId: null,
    });
    expect(await readAttempts(folder, HOST)).toMatchObject([{ outcome: 'refused', open: false }]);
    expect(troubles).toEqual([]);
  });

  it('tells a transfer that was given up from one that goes on without us', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const givenUp = await record.begin(intended());
    await givenUp.end({ kind: 'not-sent', reason: 'Somebody else has sent it.' });
    const left = await record.begin(intended());
    await left.end({ kind: 'interrupted' });
    expect(await readAttempts(folder, HOST)).toMatchObject([
      {
        outcome: 'not-sent',
        interrupted: false,
        open: false,
        message: 'Somebody else has sent it.',
      },
      { outcome: 'unknown', interrupted: true, open: true, exitCode: null },
    ]);
  });

  it('names the target as people know it', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const number = '+15105550199';
    const none = { department: null, input: '(510) 555-0199' } as const;
    await record.begin(intended({ to: none }));
    await record.begin(intended({ to: { ...none, number } }));
    await record.begin(intended({ to: { department: 'Sales', input: 'SALES' } }));
    expect(linesOf(folder).map(({ to }) => to)).toEqual(['(510) 555-0199', number, 'Sales']);
  });

  it('names a caller whose number is hidden, if anything does', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const hidden = { phoneNumber: null, phoneNumberRaw: null };
    await record.begin(intended({ call: { ...hidden, name: 'Ann' } }));
    await record.begin(intended({ call: { ...hidden, name: '' } }));
    const names = (await readAttempts(folder, HOST)).map(({ callerName }) => callerName);
    expect(names).toEqual(['Ann', null]);
  });

  it('can be read by nobody else, also where it could', async () => {
    const folder = recordFolder();
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    await startRecord(folder).record.begin(intended());
    expect([mode(dirname(folder)), mode(folder), mode(current(folder))]).toEqual([
      '700',
      '700',
      '600',
    ]);
    chmodSync(current(folder), 0o644);
    await startRecord(folder).record.begin(intended());
    expect(mode(current(folder))).toBe('600');
  });
});

describe('an earlier transfer of the same call', () => {
  it('is told of while nobody knows how it ended', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const first = await record.begin(intended());
    const other = await record.begin(intended({ call: { callId: 'SCL_2' } }));
    expect(other.earlier).toEqual([]);
    const second = await record.begin(intended({ to: { department: 'support' } }));
    const sent = { startedAt: new Date(NOW).toISOString(), to: 'sales', referTo: SENT.referTo };
    const open = { ...sent, transferMethod: 'refer' };
    expect(second.earlier).toEqual([{ ...open, outcome: null, underWay: { pid: 4711, forMs: 0 } }]);
    await first.end(ended({ outcome: 'unknown' }));
    await second.end(ended({ outcome: 'refused' }));
    const third = await record.begin(intended());
    expect(third.earlier).toEqual([{ ...open, outcome: 'unknown', underWay: null }]);
  });

  it('is told of to a run that records nothing', async () => {
    const folder = recordFolder();
    await startRecord(folder).record.begin(intended());
    const before = textOf(folder);
    const begun = await readOnlyRecord(folder, HOST, true).begin(intended());
    expect(begun.refusal).toBeNull();
    expect(begun.earlier).toMatchObject([{ to: 'sales', outcome: null }]);
    await begun.end(ended());
    expect(textOf(folder)).toBe(before);
  });

  it('is seen by exactly one of two that begin at the same time', async () => {
    for (let round = 0; round < 25; round++) {
      const folder = recordFolder();
      const begun = await Promise.all(
        Array.from({ length: 8 }, () => startRecord(folder).record.begin(intended())),
      );
      const seen = begun.map(({ earlier }) => earlier.length).sort();
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('is seen by at least one of two, also where the file is set aside that moment', async () => {
    for (let round = 0; round < 25; round++) {
      const folder = recordFolder();
      const limits = { partBytes: 300, oldParts: 100 };
      const names = Array.from({ length: 6 }, (_, index) => `to-${index}`);
      const begun = await Promise.all(
        names.map((department) =>
          startRecord(folder, { limits }).record.begin(intended({ to: { department } })),
        ),
      );
      const seen = new Map(names.map((name, index) => [name, begun[index]?.earlier ?? []]));
      const sees = (one: string, other: string) =>
        seen.get(one)?.some(({ to }) => to === other) === true;
      for (const [index, one] of names.entries()) {
        for (const other of names.slice(index + 1)) {
          expect(sees(one, other) || sees(other, one), `${one} and ${other}`).toBe(true);
        }
      }
    }
  });
});

describe('what is not recorded', () => {
  const CANARY = 'canary-4f9a';
  const address = `sip:ann:${CANARY}@pbx.company.com?X-Key=${CANARY}`;
  const secretive = intended({
    call: { room: `room sip:x:${CANARY}@y` },
    to: {
      input: address,
      department: null,
      referTo: address,
      headers: { 'X-Key': CANARY },
      steps: [{ what: 'headers', detail: CANARY }],
    },
  });

  it('are passwords and headers', async () => {
    const folder = recordFolder();
    const begun = await startRecord(folder).record.begin(secretive);
    await begun.end(
      ended({
        message: `Not transferred to ${address}: it said <sip:${CANARY}:${CANARY}@x>.`,
        sip: { code: 500, reason: `no route to ${address}` },
        livekit: {
          httpStatus: 500,
          code: CANARY,
          message: CANARY,
          transferId: null,
          reason: null,
          redirectsTo: null,
          meta: { CANARY },
        },
        hint: CANARY,
      }),
    );
    const [, outcome] = linesOf(folder);
    expect(outcome?.sip).toEqual({
      code: 500,
      reason: 'no route to sip:ann:***@pbx.company.com?***',
    });
    expect(textOf(folder).replace(`<sip:${CANARY}:***`, '')).not.toContain(CANARY);
  });

  it('are phone numbers, if the config says so; what a call is found by stays', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder, { maskNumbers: true });
    const number = '+15105550142';
    const callId = 'SCL_00012345678';
    const begun = await record.begin(
      intended({
        call: {
          callId,
          trunkId: 'ST_98765432100',
          phoneNumber: number,
          phoneNumberRaw: number,
          room: `call-_${number}_x`,
          identity: `sip_${number}`,
          name: number,
        },
        to: { department: null, input: '510 555 0142', number, referTo: `tel:${number}` },
      }),
    );
    await begun.end(
      ended({
        message: `Not ${number} (${callId}) to 510-555-0142.`,
        sip: { code: 404, reason: `${number} unknown` },
      }),
    );
    const [sent, outcome] = linesOf(folder);
    expect(sent).toMatchObject({
      callId,
      trunkId: 'ST_98765432100',
      phoneNumber: '+*********42',
      phoneNumberRaw: '+*********42',
      callerName: null,
      room: 'call-_+*********42_x',
      identity: 'sip_+*********42',
      to: '+*********42',
      referTo: 'tel:+*********42',
    });
    expect(outcome).toMatchObject({
      message: `Not +*********42 (${callId}) to ***-***-**42.`,
      sip: { code: 404, reason: '+*********42 unknown' },
    });
    expect(textOf(folder)).not.toContain('5550');
    expect((await record.begin(intended({ call: { callId } }))).earlier).toEqual([]);
  });

  it('is foreign text without end, or in bytes that a terminal obeys', async () => {
    const folder = recordFolder();
    const foreign = `\u001b[2J\u202e\u009b${'é'.repeat(5000)}`;
    const { record } = startRecord(folder);
    const begun = await record.begin(intended({ call: { room: foreign, identity: foreign } }));
    await begun.end(ended({ message: foreign }));
    expect(textOf(folder)).toMatch(/^[\x20-\x7e\n]+$/);
    expect(textOf(folder).length).toBeLessThan(8000);
  });
});

describe('a file that is damaged', () => {
  it('swallows no entry behind a torn line', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    const begun = await record.begin(intended());
    appendFileSync(current(folder), '{"v":1,"type":"sent","id":"torn","ti');
    await begun.end(ended());
    await record.begin(intended());
    expect(await readAttempts(folder, HOST)).toMatchObject([
      { outcome: 'refused' },
      { outcome: null },
    ]);
  });

  it('leaves a transfer open whose outcome is torn', async () => {
    const folder = recordFolder();
    const { record } = startRecord(folder);
    await (await record.begin(intended())).end(ended({ outcome: 'completed' }));
    truncateSync(current(folder), statSync(current(folder)).size - 2);
    expect(await readAttempts(folder, HOST)).toMatchObject([{ outcome: null, open: true }]);
    expect((await readOpenTransfers(folder, HOST)).byCall.get('SCL_1')).toHaveLength(1);
  });

  it('is read as far as it goes, whatever bytes lie in it', async () => {
    const folder = recordFolder();
    await startRecord(folder).record.begin(intended());
    const entry = readFileSync(current(folder));
    const around = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(around, around, async (before, after) => {
        const newline = Buffer.from('\n');
        writeFileSync(current(folder), Buffer.concat([before, newline, entry, after]));
        const attempts = await readAttempts(folder, HOST);
        expect(attempts.some(({ callId }) => callId === 'SCL_1')).toBe(true);
        expect((await readOpenTransfers(folder, HOST)).byCall.has('SCL_1')).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is read at its end only when it is far too large', async () => {
    const folder = recordFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(current(folder), 'x'.repeat(30_000_000));
    writeRecord(folder, [{ v: 1, ...SENT }], 'history-000001-0badcafe.jsonl');
    appendFileSync(current(folder), `\n${JSON.stringify({ v: 1, ...SENT, id: '2' })}\n`);
    const attempts = await readAttempts(folder, HOST);
    expect(attempts.map(({ id }) => id)).toEqual(['1', '2']);
  });
});

describe('a clock that jumps', () => {
  const years = (count: number) => NOW + count * 365 * DAY;

  it.each([[[0, 10]], [[0, -10]], [[10, 0]], [[0, 10, 0, 10, -10]]])(
    'by %j years loses no open transfer',
    async (jumps) => {
      const folder = recordFolder();
      for (const [index, jump] of jumps.entries()) {
        const now = () => years(jump);
        const { record, troubles } = startRecord(folder, { host: { ...HOST, now } });
        const startedAt = new Date(now()).toISOString();
        const begun = await record.begin(intended({ startedAt }));
        expect(begun.earlier.length).toBeGreaterThanOrEqual(Math.min(index, 2));
        expect(troubles).toEqual([]);
      }
    },
  );
});

describe('a record that cannot be kept', () => {
  const NOTHING_KEPT =
    /^The record of transfers in \S+ cannot be kept: .*\. The transfer continues,/;

  /** Begins and ends a transfer, which must work. */
  async function transferInto(folder: string) {
    const { record, troubles } = startRecord(folder);
    const start = performance.now();
    const begun = await record.begin(intended({ again: true }));
    expect(begun.refusal).toBeNull();
    await begun.end(ended());
    await (await record.begin(intended({ again: true }))).end(ended());
    expect(performance.now() - start).toBeLessThan(1500);
    return { earlier: begun.earlier, troubles };
  }

  it.each<[string, (folder: string) => void, string]>([
    [
      'there is a file in place of its folder',
      (folder) => writeRecord(dirname(folder), [], 'lk-transfer'),
      'ENOTDIR',
    ],
    [
      'there is a file in place of a folder above',
      (folder) => {
        mkdirSync(dirname(dirname(folder)), { recursive: true });
        writeFileSync(dirname(folder), '');
      },
      'ENOTDIR',
    ],
    ['a folder lies in its place', (folder) => writeRecord(current(folder), []), 'not a file'],
    [
      'a pipe lies in its place',
      (folder) => {
        mkdirSync(folder, { recursive: true });
        execFileSync('mkfifo', [current(folder)]);
      },
      'not a file',
    ],
    [
      'there is a symbolic link in its place',
      (folder) => {
        mkdirSync(folder, { recursive: true });
        symlinkSync('/dev/full', current(folder));
      },
      'ELOOP',
    ],
  ])('because %s warns once, and holds nothing up', async (_title, prepare, why) => {
    const folder = recordFolder();
    prepare(folder);
    const { earlier, troubles } = await transferInto(folder);
    expect(earlier).toEqual([]);
    expect(troubles).toEqual([expect.stringMatching(NOTHING_KEPT)]);
    expect(troubles[0]).toContain(why);
    expect(await readOpenTransfers(folder, HOST)).toEqual({
      byCall: new Map(),
      unread: expect.stringContaining(why),
    });
    const readOnly = readOnlyRecord(folder, HOST, true);
    for (const record of [startRecord(folder).record, readOnly]) {
      expect(await record.begin(intended())).toMatchObject({
        earlier: [],
        refusal: {
          code: 'unreadable-record',
          reason: expect.stringContaining(why),
          hint: expect.stringContaining('--again'),
        },
      });
    }
    expect((await readOnly.begin(intended({ again: true }))).refusal).toBeNull();
    await expect(readAttempts(folder, HOST)).rejects.toMatchObject({
      code: 'unreadable-record',
      exitCode: 1,
      hint: expect.stringContaining(folder),
    });
  });

  it.runIf(process.platform === 'linux')(
    'because its folder cannot be created says so',
    async () => {
      const { troubles } = await transferInto('/proc/nowhere/lk-transfer');
      expect(troubles).toEqual([expect.stringMatching(NOTHING_KEPT)]);
      expect(troubles[0]).toContain('its folder cannot be created (ENOENT)');
    },
  );

  it('is not told as well where it could not be read, and nothing is sent for that', async () => {
    const folder = recordFolder();
    writeRecord(current(folder), []);
    const { record, troubles } = startRecord(folder, { offersAgain: false });
    const begun = await record.begin(intended());
    await begun.end({ kind: 'not-sent', reason: 'It could not be read.' });
    expect(begun.refusal?.hint).not.toContain('again');
    expect(troubles).toEqual([]);
  });

  it('does not make the run’s own transfers look open to it', async () => {
    const folder = recordFolder();
    const { record, troubles } = startRecord(folder);
    const first = await record.begin(intended());
    // The outcome cannot be written any more.
    const kept = readFileSync(current(folder));
    rmSync(current(folder));
    mkdirSync(current(folder));
    await first.end(ended({ outcome: 'target-failed' }));
    rmdirSync(current(folder));
    writeFileSync(current(folder), kept);
    expect((await record.begin(intended())).earlier).toEqual([]);
    expect((await readOnlyRecord(folder, HOST, true).begin(intended())).earlier).toHaveLength(2);
    expect(troubles).toHaveLength(1);
  });

  it('keeps what it can as soon as it can', async () => {
    const folder = recordFolder();
    writeRecord(dirname(folder), [], 'lk-transfer');
    const { record, troubles } = startRecord(folder);
    const begun = await record.begin(intended({ again: true }));
    rmSync(folder);
    await begun.end(ended());
    expect(troubles).toHaveLength(1);
    expect(await readAttempts(folder, HOST)).toMatchObject([{ outcome: 'refused' }]);
  });
});

describe('reading', () => {
  it('finds nothing where there is nothing', async () => {
    const folder = recordFolder();
    expect(await readAttempts(folder, HOST)).toEqual([]);
    expect(await readOpenTransfers(folder, HOST)).toEqual({ byCall: new Map(), unread: null });
  });

  it('looks at all files, in their order, and at no others', async () => {
    const folder = recordFolder();
    const named = (id: string) => [{ v: 1, ...SENT, id }];
    writeRecord(folder, named('d'));
    writeRecord(folder, named('b'), 'history-000009-ffffffff.jsonl');
    writeRecord(folder, named('c'), 'history-000010-00000000.jsonl');
    writeRecord(folder, named('a'), 'history-000002-12345678.jsonl');
    writeRecord(folder, named('x'), 'history-000003.jsonl');
    writeRecord(folder, named('y'), 'history.jsonl.bak');
    const attempts = await readAttempts(folder, HOST);
    expect(attempts.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('finds an outcome in a file that was set aside after it', async () => {
    const folder = recordFolder();
    writeRecord(folder, [{ v: 1, ...OUTCOME }], 'history-000001-00000000.jsonl');
    writeRecord(folder, [{ v: 1, ...SENT }]);
    expect(await readAttempts(folder, HOST)).toMatchObject([{ outcome: 'refused' }]);
  });

  it('misses nothing of a file that is set aside that moment', async () => {
    for (let round = 0; round < 100; round++) {
      const folder = recordFolder();
      writeRecord(folder, [{ v: 1, ...SENT }]);
      const reading = readOpenTransfers(folder, HOST);
      for (let steps = 0; steps < round / 4; steps++) await new Promise(setImmediate);
      renameSync(current(folder), join(folder, 'history-000001-00000000.jsonl'));
      writeRecord(folder, [{ v: 1, ...SENT, id: '2' }]);
      const found = (await reading).byCall.get('SCL_1');
      expect(found?.length, `round ${round}`).toBeGreaterThanOrEqual(1);
    }
  });
});
