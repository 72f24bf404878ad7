/** Calls of which LiveKit does not say all: they are listed, and what is not known is said. */
import { describe, expect, it, vi } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { cliOnFresh, ONE_TRUNK } from './run-cli.ts';

const one = (name: string, attributes: Record<string, string>) => ({
  name,
  participants: [
    {
      kind: 'caller' as const,
      callId: `SCL_${name}`,
      trunk: 'ST_one',
      number: '+15105550142',
      identity: `sip_${name}`,
      age: 60,
      attributes,
    },
  ],
});
const SEED: Seed = {
  trunks: [ONE_TRUNK],
  rooms: [
    one('nameless', { 'sip.callID': '' }),
    one('nobody', { 'sip.callID': '' }),
    one('silent', { 'sip.callStatus': '' }),
    one('strange', { 'sip.callStatus': 'teleporting' }),
    one('leaving', { 'sip.callStatus': 'hangup' }),
  ],
};
const cli = cliOnFresh({ seed: SEED });

describe.concurrent('the list has', () => {
  it('a row for each, which says what is missing', async () => {
    const ran = await cli('calls --sure --json');
    const calls: Record<string, unknown>[] = JSON.parse(ran.stdout);
    const row = (identity: string) => calls.find((each) => each.identity === identity);
    expect(calls).toHaveLength(5);
    const nameless = { callId: '', condition: 'no-call-id', transferable: false, stuck: null };
    expect(row('sip_nameless')).toMatchObject(nameless);
    expect(row('sip_nobody')).toMatchObject(nameless);
    const unknown = { status: null, condition: 'status-unknown', transferable: false, stuck: null };
    expect(row('sip_silent')).toMatchObject(unknown);
    expect(row('sip_strange')).toMatchObject(unknown);
    expect(row('sip_leaving')).toMatchObject({ condition: 'hanging-up', stuck: false });
    expect(ran.stderr).toContain('LiveKit does not say whether the call is active');
    expect(ran.exitCode).toBe(1);
  });

  it('them at the first look, which leaves open whether they are stuck', async () => {
    const ran = await cli('calls --json --fields identity,stuck');
    const calls: { stuck: boolean | null }[] = JSON.parse(ran.stdout);
    expect(calls.filter(({ stuck }) => stuck === null)).toHaveLength(4);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('them among those that may be stuck, too', async () => {
    const ran = await cli('calls --stuck --json --fields identity,stuck');
    const calls: { identity: string; stuck: boolean | null }[] = JSON.parse(ran.stdout);
    expect(calls.map(({ identity, stuck }) => `${identity} ${stuck}`).sort()).toEqual([
      'sip_nameless null',
      'sip_nobody null',
      'sip_silent null',
      'sip_strange null',
    ]);
  });
});

describe.concurrent('somebody who chooses among several', () => {
  it('is told of those that cannot be chosen', async () => {
    const ran = await cli('transfer +15105550142 --to sales', {
      isTTY: true,
      columns: 100,
      during: async (fake) => {
        await vi.waitUntil(() => fake.stderr().includes('Which caller?'), { timeout: 15_000 });
        fake.type('\u0003');
      },
    });
    expect(ran).toMatchObject({ exitCode: 130, mutations: [] });
    expect(ran.stderr).toContain('could be any of 5 calls. Not listed: 2 without a call id.');
  });
});

describe.concurrent('nothing is sent', () => {
  it.each([
    ['without a call id', 'sip_nameless', 'gives no call id'],
    ['of unknown status', 'SCL_silent', 'does not say whether the call is active'],
    ['that is ending', 'SCL_leaving', 'is being hung up'],
  ])('for a call %s', async (_, name, why) => {
    for (const flags of ['--yes', '--dry-run']) {
      const ran = await cli(`transfer ${name} --to sales --json ${flags}`);
      expect(ran.mutations).toEqual([]);
      expect(ran.stdout).toContain(flags === '--yes' ? why : '"wouldSend":false');
    }
    const told = await cli(`transfer ${name} --to sales --yes`);
    expect(told.exitCode).toBe(1);
    expect(told.stdout).not.toContain('in silence');
  });

  it('for those in the list that is handed on', async () => {
    const listed = await cli('calls --json');
    const ran = await cli('transfer - --to sales --confirm 4 --json', {
      stdin: { text: listed.stdout },
    });
    expect(ran.mutations).toEqual([]);
    const events = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const notTried = events.filter(({ type }) => type === 'not-tried');
    expect(notTried.map(({ callId, code }) => `${callId} ${code}`)).toEqual(
      expect.arrayContaining([
        ' no-call-id',
        'SCL_silent stuck-unknown',
        'SCL_strange stuck-unknown',
      ]),
    );
  });
});
