/** A call whose earlier transfer may still come about, from one run of the program to the next. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RoomSeed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { cliAgainst, cliOnFresh, ONE_TRUNK } from './run-cli.ts';

/** Late enough for a second transfer to come before the answer, on a busy machine too. */
const LATE: TrunkSeed = {
  ...ONE_TRUNK,
  id: 'ST_late',
  name: 'late',
  behaviour: 'honours-refer',
  answersAfterMs: 60_000,
};
const SILENT: TrunkSeed = {
  ...ONE_TRUNK,
  id: 'ST_silent',
  name: 'silent',
  behaviour: 'never-notifies',
};

const LATE_BUSY: TrunkSeed = {
  ...LATE,
  id: 'ST_lateBusy',
  name: 'late busy',
  behaviour: { notifies: 486 },
};

const calls: [string, TrunkSeed][] = [
  ['SCL_late', LATE],
  ['SCL_lateBusy', LATE_BUSY],
  ['SCL_silent', SILENT],
  ['SCL_fine', ONE_TRUNK],
  ['SCL_both', LATE],
  ['SCL_unread', ONE_TRUNK],
];
const rooms = calls.map(
  ([callId, trunk], index): RoomSeed => ({
    name: `room-${index}`,
    participants: [
      { kind: 'caller', callId, trunk: trunk.id, number: `+1510555010${index}`, age: 60 },
      { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
    ],
  }),
);

const SEED = { trunks: [ONE_TRUNK, LATE, LATE_BUSY, SILENT], rooms };

/** A machine of its own, with its record of transfers, and a LiveKit of its own. */
function machine() {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-again-'));
  atTheEnd(() => rmSync(home, { recursive: true, force: true }));
  const run = cliAgainst({ seed: SEED });
  const cli = (line: string) => run(line, { home });
  const outcome = async (line: string) => {
    const { exitCode, stdout } = await cli(`${line} --yes --json`);
    return { ...JSON.parse(stdout), exitCode };
  };
  return { home, run, cli, outcome };
}

describe.concurrent('after a transfer whose outcome is not known', () => {
  it('the call is shown as such, and another transfer needs --again', async () => {
    const { run, cli, outcome } = machine();
    expect(await outcome('transfer SCL_silent --to 100 --wait 2s')).toMatchObject({
      outcome: 'unknown',
      exitCode: 7,
    });

    const listed = JSON.parse((await cli('calls --json')).stdout);
    expect(listed).toContainEqual(
      expect.objectContaining({
        callId: 'SCL_silent',
        condition: 'transfer-open',
        conditionSince: expect.stringMatching(/^20.*Z$/),
        stuck: false,
      }),
    );
    const stuck = await cli('calls --stuck');
    expect(stuck).toMatchObject({ exitCode: 0, stdout: '' });
    expect(stuck.stderr).toContain(
      '1 call has a transfer that may still succeed, and is not listed: see `lk-transfer calls`.\n',
    );
    for (const flags of ['--json', '--quiet', '--direction outbound']) {
      expect((await cli(`calls --stuck ${flags}`)).stderr).not.toContain('transfer that may');
    }
    const others = await run('calls --json', {});
    expect(JSON.parse(others.stdout)).not.toContainEqual(
      expect.objectContaining({ condition: 'transfer-open' }),
    );

    const dry = await cli('transfer SCL_silent --to 200 --dry-run');
    expect(dry.stdout).toContain('Would not transfer SCL_silent now: an earlier transfer');
    expect((await cli('transfer SCL_silent --to 200 --dry-run --again')).stdout).toContain(
      'Would transfer SCL_silent to sip:200@pbx.company.com.',
    );

    const second = await cli('transfer SCL_silent --to 200 --yes');
    expect(second).toMatchObject({ exitCode: 2, mutations: [] });
    expect(second.stderr).toMatch(/Warning +a transfer of this call to 100 was sent at 20/);
    expect(second.stderr).toContain('--again');
  });

  it('the success of another transfer proves nothing', async () => {
    const { outcome } = machine();
    expect(await outcome('transfer SCL_late --to 100 --wait 2s')).toMatchObject({
      outcome: 'unknown',
      exitCode: 7,
    });
    // The target of the first one answers now, and LiveKit credits it to the second.
    expect(await outcome('transfer SCL_late --to 408 --again')).toMatchObject({
      outcome: 'unconfirmed',
      exitCode: 7,
      earlier: [{ to: '100', referTo: 'sip:100@pbx.company.com', outcome: 'unknown' }],
    });
  });

  it('the failure of another target proves nothing either', async () => {
    const { outcome } = machine();
    await outcome('transfer SCL_lateBusy --to 100 --wait 2s');
    expect(await outcome('transfer SCL_lateBusy --to 200 --again')).toMatchObject({
      outcome: 'unknown',
      stage: 'notify',
      sip: { code: 486 },
      caller: 'unknown',
      exitCode: 7,
    });
  });

  it('and an interrupted one, it needs --again as well', async () => {
    const { home, run, cli } = machine();
    const { exitCode } = await run('transfer SCL_silent --to 100 --yes --quiet', {
      home,
      during: async (fake, sandbox) => {
        const before = sandbox.requests.length;
        while (!sandbox.requests.slice(before).some(({ mutating }) => mutating)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        fake.raise('SIGINT');
      },
    });
    expect(exitCode).toBe(130);
    expect(await cli('transfer SCL_silent --to 100 --yes')).toMatchObject({
      exitCode: 2,
      mutations: [],
    });
  });
});

describe.concurrent('a transfer that is settled', () => {
  it('leaves the call free for another', async () => {
    const { cli, outcome } = machine();
    expect(await outcome('transfer SCL_fine --to 486')).toMatchObject({ outcome: 'target-failed' });
    expect(await outcome('transfer SCL_fine --to 100')).toMatchObject({ outcome: 'completed' });
    const { stdout } = await cli('history --json --call SCL_fine');
    expect(JSON.parse(stdout)).toMatchObject([
      { outcome: 'target-failed', open: false },
      { outcome: 'completed', open: false },
    ]);
  });
});

describe.concurrent('while the first transfer of a call is under way', () => {
  it('a second one says by whom and since when, and the next says nothing once that is gone', async () => {
    const { home, run } = machine();
    const first = { pid: 4711 };
    const second = { home, pid: 5000, isRunning: (pid: number) => pid === first.pid };
    const UNDER_WAY = /under way \(process 4711, for \d+\S*( \S+)?\)/;
    const { exitCode } = await run('transfer SCL_silent --to 100 --yes --quiet --wait 290s', {
      home,
      ...first,
      during: async (fake, sandbox) => {
        const before = sandbox.requests.length;
        while (!sandbox.requests.slice(before).some(({ mutating }) => mutating)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const refused = await run('transfer SCL_silent --to 200 --yes --json', second);
        const { outcome, message, hint, advice, earlier } = JSON.parse(refused.stdout);
        expect(refused.exitCode).toBe(2);
        expect(outcome).toBe('not-sent');
        expect(message).toMatch(UNDER_WAY);
        expect(message).not.toContain('nobody knows');
        expect(hint).toContain('Wait until it ends');
        expect(advice.action).toBe('wait');
        expect(earlier).toMatchObject([{ to: '100', outcome: null, underWay: { pid: 4711 } }]);
        expect(refused.stderr).toMatch(UNDER_WAY);

        const dry = await run('transfer SCL_silent --to 200 --dry-run --json', second);
        expect(JSON.parse(dry.stdout)).toMatchObject({ wouldSend: false });
        const calls = await run('calls --json --fields callId,condition', second);
        expect(JSON.parse(calls.stdout)).toContainEqual({
          callId: 'SCL_silent',
          condition: 'transfer-open',
        });

        // As a process that was killed would leave it.
        const alone = await run('transfer SCL_silent --to 200 --yes --json', { home, pid: 5000 });
        expect(JSON.parse(alone.stdout)).toMatchObject({
          outcome: 'not-sent',
          message: expect.stringContaining('is still open (outcome not known)'),
          advice: { action: 'ask-target' },
          earlier: [{ underWay: null }],
        });
        fake.raise('SIGINT');
      },
    });
    expect(exitCode).toBe(130);
  });
});

describe.concurrent('two operators on one machine', () => {
  it('send one transfer of a call between them', async () => {
    const { cli } = machine();
    const both = await Promise.all([
      cli('transfer SCL_both --to 100 --yes --json'),
      cli('transfer SCL_both --to 200 --yes --json'),
    ]);
    const outcomes = both.map(({ stdout }) => JSON.parse(stdout).outcome);
    expect(outcomes.sort()).toEqual(['completed', 'not-sent']);
  });
});

describe.concurrent('a bridge beside a transfer whose outcome is not known', () => {
  const OUT: TrunkSeed = { ...ONE_TRUNK, id: 'ST_out', name: 'Out', direction: 'outbound' };
  const room = rooms.filter(({ participants }) =>
    participants.some((each) => 'callId' in each && each.callId === 'SCL_silent'),
  );
  const run = cliOnFresh({ seed: { trunks: [SILENT, OUT], rooms: room } });
  const config = {
    defaultCountry: 'US',
    dial: { extension: 'sip:{extension}@pbx.company.com', number: 'sip:{number}@pbx.company.com' },
    bridge: { trunk: 'Out' },
    departments: { sales: '100', busy: { to: '486', fallback: ['support'] }, support: '200' },
  };

  it('does not show where the caller is: no other target is tried, and the first one is to be asked', async () => {
    const home = mkdtempSync(join(tmpdir(), 'lk-transfer-again-'));
    atTheEnd(() => rmSync(home, { recursive: true, force: true }));
    const cli = cliAgainst({ seed: { trunks: [SILENT, OUT], rooms: room } });
    const open = await cli('transfer SCL_silent --to sales --wait 5s --yes', { config, home });
    expect(open.exitCode).toBe(7);
    const line = 'transfer SCL_silent --to busy --method bridge --again --yes --json';
    const { stdout, exitCode, mutations } = await cli(line, { config, home });
    const events = stdout
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each));
    expect(mutations).toEqual(['SIP/CreateSIPParticipant']);
    expect(exitCode).toBe(1);
    expect(events.at(-1)).toMatchObject({
      outcome: 'target-failed',
      caller: 'unknown',
      leg: 'listed',
      headline: expect.stringMatching(/busy \(486\)\. The caller is still listed in the room\.$/),
      message: expect.stringMatching(
        /proves nothing\. The outcome of an earlier transfer .* not known\.$/,
      ),
      hint: expect.stringMatching(/^First ask at sales: the caller may be there\. /),
      advice: { action: 'ask-target' },
    });
  });

  it('and without one it does', async () => {
    const line = 'transfer SCL_silent --to busy --method bridge --yes --json --detach';
    const { mutations } = await run(line, { config });
    expect(mutations).toEqual(['SIP/CreateSIPParticipant', 'SIP/CreateSIPParticipant']);
  });
});

describe.concurrent('a record of transfers that cannot be read', () => {
  const run = cliOnFresh({ seed: SEED });
  /** A folder in the place of its file: root could read anything else. */
  const unreadable = () => {
    const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-again-'));
    atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, '.local', 'state', 'lk-transfer', 'history.jsonl'), { recursive: true });
    return folder;
  };
  const NOT_KNOWN = {
    code: 'unreadable-record',
    message: expect.stringMatching(
      /^The record of transfers could not be read .*Nothing was sent\.$/,
    ),
    hint: expect.stringContaining('--again'),
  };

  it.each(['', '--no-history', '--dry-run', '--no-history --dry-run'])(
    'is no proof that no transfer is open: nothing is sent (%s)',
    async (flags) => {
      const line = `transfer SCL_unread --to 100 --yes --json ${flags}`.trim();
      const { exitCode, stdout, stderr, mutations } = await run(line, { home: unreadable() });
      expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 1, stdout: '', mutations: [] });
      // That, and nothing before it.
      expect(JSON.parse(stderr).error).toMatchObject(NOT_KNOWN);
    },
  );

  it.each<[string, (text: string) => string]>([
    ['random bytes', () => '\u0007\ufffdx'.repeat(500)],
    ['nothing but zeros', (text) => '\0'.repeat(text.length)],
    ['lines that were cut', (text) => text.replace(/^.{80}(.*)$/gm, '$1')],
    ['lines with a byte that flipped', (text) => text.replace(/^\{/gm, '[')],
    ['the lines of a later version', (text) => text.replaceAll('"v":1', '"v":2')],
  ])('is one that has %s in the place of its entries', async (_, damage) => {
    const { home, cli, outcome } = machine();
    await outcome('transfer SCL_silent --to 100 --wait 2s');
    const file = join(home, '.local', 'state', 'lk-transfer', 'history.jsonl');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const { exitCode, stderr, mutations } = await cli('transfer SCL_silent --to 200 --yes --json');
    expect({ exitCode, mutations }).toEqual({ exitCode: 1, mutations: [] });
    expect(JSON.parse(stderr).error).toMatchObject(NOT_KNOWN);
    expect(stderr).toContain('its content is damaged');
    expect(await cli('history --json')).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await cli('calls')).stderr).toContain('its content is damaged');
  });

  it('stops a batch before anything is sent', async () => {
    const { exitCode, stderr, mutations } = await run('transfer - --to 100 --confirm 1 --json', {
      home: unreadable(),
      stdin: { text: 'SCL_unread\n' },
    });
    expect({ exitCode, mutations }).toEqual({ exitCode: 1, mutations: [] });
    expect(JSON.parse(stderr).error.code).toBe('unreadable-record');
  });

  it('is told by `calls`, which cannot mark such calls', async () => {
    const { exitCode, stderr } = await run('calls', { home: unreadable() });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The record of transfers could not be read');
  });

  it.each(['rooms', 'resolve 100 --call SCL_unread'])('is nothing to `%s`', async (line) => {
    expect(await run(line, { home: unreadable() })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('is passed over by --again', async () => {
    const line = 'transfer SCL_unread --to 100 --yes --json --again';
    const { exitCode, stdout, mutations } = await run(line, { home: unreadable() });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed' });
    expect({ exitCode, mutations }).toEqual({
      exitCode: 0,
      mutations: ['SIP/TransferSIPParticipant'],
    });
  });
});
