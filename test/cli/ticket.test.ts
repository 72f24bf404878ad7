/** `ticket`: what the carrier's support asks for, from the record and the call that is up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TicketRecord } from '../../src/commands/history/command.ts';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { OUTCOME, SENT } from '../history/entries.ts';
import { writeRecord } from '../history/records.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const NUMBER = '+15105550142';
const seed: Seed = {
  trunks: [
    {
      ...ONE_TRUNK,
      behaviour: { refuses: 405 },
      attributes: { 'sip.twilio.callSid': 'CA1' },
    },
  ],
  rooms: [
    {
      name: 'call',
      participants: [
        {
          ...{ kind: 'caller', callId: 'SCL_one', trunk: 'ST_one', number: NUMBER },
          ...{ identity: 'sip_one', age: 60 },
        },
      ],
    },
  ],
};
const cli = cliAgainst({ seed });

/** The lines of one user, whose record holds these. */
function user(lines: readonly object[] = [], history: object = {}) {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  if (lines.length > 0) writeRecord(join(home, '.local', 'state', 'lk-transfer'), lines);
  const config = { departments: { sales: '+15105550100' }, defaultCountry: 'US', history };
  return (line: string | string[], more: CliOptions = {}) => cli(line, { home, config, ...more });
}

const recordsOf = (stdout: string): TicketRecord[] => JSON.parse(stdout);

describe('ticket', () => {
  it('tells of a transfer what was read before it, and what the trunk answered', async () => {
    const run = user();
    expect((await run('transfer SCL_one --to sales --yes')).exitCode).toBe(1);
    const { exitCode, stdout, stderr, mutations } = await run('ticket SCL_one');
    expect({ exitCode, mutations }).toEqual({ exitCode: 0, mutations: [] });
    const block = stdout.trimEnd().split('\n');
    expect(block).toContain('From: +15105550142');
    expect(block).toContain('To: +15105550001');
    expect(block).toContain('LiveKit call id: SCL_one');
    expect(block).toContain('sip.twilio.callSid: CA1');
    expect(block).toContain('Answer to the REFER: 405 Method Not Allowed');
    expect(stdout).toMatch(/sip\.callIDFull: \S+@sbc\.example\.net/);
    expect(stdout).toMatch(/sip\.callTag: \S+/);
    expect(stdout).toMatch(/REFER requested \(UTC\): \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
    expect(stdout).toMatch(/Refer-To: <sip:|Refer-To: tel:/);
    expect(stdout).not.toContain('Not known');
    expect(stderr).toContain('The call is still in LiveKit.');
  });

  it.each([NUMBER, '(510) 555-0142', 'sip_one'])('knows the call by %s', async (name) => {
    const run = user();
    await run('transfer SCL_one --to sales --yes');
    const { exitCode, stdout } = await run(['ticket', name, '--json']);
    expect(exitCode).toBe(0);
    expect(recordsOf(stdout)).toMatchObject([
      {
        ...{ callId: 'SCL_one', isUp: true, missing: [], outcome: 'refused', notify: null },
        refer: { accepted: false, code: 405 },
        sipIds: { 'sip.twilio.callSid': 'CA1' },
      },
    ]);
  });

  it('has the ids with numbers masked, too: the provider looks the call up by them', async () => {
    const run = user([], { maskNumbers: true });
    await run('transfer SCL_one --to sales --yes');
    const [record] = recordsOf((await run('ticket SCL_one --json')).stdout);
    expect(record?.phoneNumberRaw).toBe('+*********42');
    expect(record?.calledNumber).toBe('+*********01');
    expect(record?.sipIds['sip.callIDFull']).toMatch(/^[^*]+@sbc\.example\.net$/);
  });

  const OLD = (() => {
    const { calledNumber: _number, host: _host, sipIds: _ids, ...sent } = SENT;
    const { transferId: _id, ...outcome } = OUTCOME;
    return { sent: { v: 1, ...sent }, outcome: { v: 1, ...outcome } };
  })();

  it('of an older record says what is not known, and that nobody could look', async () => {
    const { exitCode, stdout, stderr } = await user([OLD.sent, OLD.outcome])('ticket SCL_1');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Not known: SIP Call-ID, tag, our number');
    expect(stderr).toContain('could not be read: it was a call of livekit.example.com');
  });

  it('fills in the ids of a call that is up and was recorded without', async () => {
    const run = user();
    const { stdout: printed } = await run('calls --json');
    expect(JSON.parse(printed)).toHaveLength(1);
    await run('transfer SCL_one --to sales --yes');
    const livekit = JSON.parse((await run('history --json')).stdout)[0].livekitHost;
    const about = { ...OLD.sent, callId: 'SCL_one', room: 'call', livekit };
    const older = user([about, OLD.outcome]);
    const [record] = recordsOf((await older('ticket SCL_one --json')).stdout);
    expect(record).toMatchObject({ isUp: true, missing: ['our number'] });
    expect(record?.sipIds['sip.callIDFull']).toMatch(/@sbc\.example\.net$/);
    const gone = user([{ ...about, callId: 'SCL_gone' }, OLD.outcome]);
    expect((await gone('ticket SCL_gone')).stderr).toContain('The call is over');
  });

  it('works without any credentials, from the record alone', async () => {
    const env = {
      LIVEKIT_URL: undefined,
      LIVEKIT_API_KEY: undefined,
      LIVEKIT_API_SECRET: undefined,
    };
    const { exitCode, stdout } = await user([OLD.sent, OLD.outcome])('ticket SCL_1', { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Answer to the REFER: 405 Method Not Allowed');
  });

  it('prints a block for each transfer of the call, or the last one', async () => {
    const again = [
      { ...OLD.sent, id: '2', time: '2026-11-23T21:00:00.000Z' },
      { ...OLD.outcome, id: '2', outcome: 'unknown', stage: 'transport', sip: null },
    ];
    const run = user([OLD.sent, OLD.outcome, ...again]);
    expect(recordsOf((await run('ticket SCL_1 --json')).stdout)).toHaveLength(2);
    const { stdout } = await run('ticket SCL_1 --last');
    expect(stdout).toContain('Call transfer by SIP REFER: unknown');
    expect(stdout).not.toContain('405');
    const one = await run('ticket 1 --json');
    expect(recordsOf(one.stdout)).toMatchObject([{ id: '1' }]);
  });

  it('guesses among several calls of a number never', async () => {
    const other = { ...OLD.sent, id: '2', callId: 'SCL_2' };
    const { exitCode, stderr } = await user([OLD.sent, other])('ticket +15105550100');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/has 2 calls[\s\S]*SCL_1[\s\S]*SCL_2/);
  });

  it.each(['ticket SCL_none', 'ticket SCL_one --sandbox'])('`%s` is exit code 5', async (line) => {
    const { exitCode, stdout, stderr } = await user()(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain('The record has no transfer of');
  });

  it('lets nothing foreign reach the terminal as it is', async () => {
    const hostile = { ...SENT, sipIds: { 'sip.callIDFull': 'a\u001b[2Jb\nc', __proto__: 'x' } };
    const { stdout } = await user([{ v: 1, ...hostile }, OLD.outcome])('ticket SCL_1');
    expect(stdout).not.toContain('\u001b');
    expect(stdout.split('\n').filter((line) => line.startsWith('c'))).toEqual([]);
  });
});
