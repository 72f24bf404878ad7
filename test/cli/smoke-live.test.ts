/** `smoke` on a call that somebody else made: nothing of it is ours to remove. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callFailureWords } from '../../src/smoke/failure-words.ts';
import { dial, FROM, OURS, OUTSIDE, roomNames, trunks, until } from '../sandbox/dialled.ts';
import { openTimed } from '../support/simulated-time.ts';
import { cliAgainst } from './run-cli.ts';
import { countOf, only, smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const smoke = smokeAgainst(trunks());

describe.concurrent('a call that somebody else made', () => {
  const seed = (status: 'active' | 'ringing' = 'active') => ({
    ...trunks({}, { behaviour: { refuses: 405 } }),
    rooms: [
      {
        name: 'call-42',
        participants: [
          {
            kind: 'caller',
            callId: 'SCL_live00000001',
            trunk: 'ST_in',
            number: '+15105550142',
            status,
            age: 60,
          },
        ],
      } as const,
    ],
  });

  it('is transferred once, and nothing of it is removed', async () => {
    const ran = await smokeAgainst(seed())(`--call SCL_live00000001 --to ${TARGET}`);
    expect(only(ran)).toMatchObject({
      verdict: 'unsupported',
      method: 'live',
      direction: 'inbound',
      dial: null,
      trunk: { id: 'ST_in', name: 'in' },
    });
    expect(countOf(ran.mutations)).toEqual({ TransferSIPParticipant: 1 });
    expect(ran.participants).toEqual(['sip_+15105550142']);
  });

  it('is on the line still where the trunk refuses, which is said', async () => {
    const ran = await smokeAgainst(seed())(`--call SCL_live00000001 --to ${TARGET}`, {
      flags: ['--yes', '--quiet'],
    });
    expect(ran.stderr).toMatch(/405 Method Not Allowed.*The caller is still on the line/s);
  });

  it('is not transferred while it rings', async () => {
    const ran = await smokeAgainst(seed('ringing'))(`--call SCL_live00000001 --to ${TARGET}`);
    expect(only(ran).verdict).toBe('call-failed');
    expect(ran.mutations).toEqual([]);
  });

  it('stands in the record of transfers, as a test call does not', async () => {
    const own = cliAgainst({ seed: seed() });
    const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'lk-transfer-cli-')) };
    await own(`smoke --trunk out --dial ${OUTSIDE} --to ${TARGET} --yes --quiet`, { env });
    await own(`smoke --call SCL_live00000001 --to ${TARGET} --yes --quiet`, { env });
    const { stdout } = await own('history --fields callId,outcome', { env });
    expect(stdout).toBe('SCL_live00000001\trefused\n');
  });

  it('is told once where what was found cannot be remembered, and tested all the same', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lk-transfer-cli-')), 'file');
    writeFileSync(file, '');
    const own = cliAgainst({ seed: seed() });
    const line = `smoke --trunk out --dial ${OUTSIDE} --to ${TARGET} --yes --quiet`;
    const ran = await own(line, { env: { XDG_STATE_HOME: file } });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain(
      `Not remembered: ${join(file, 'lk-transfer')} cannot be written to.`,
    );
  });

  it('is not tested while an earlier transfer of it is open', async () => {
    const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'lk-transfer-cli-')) };
    const silent = trunks({}, { behaviour: 'never-notifies' });
    const own = smokeAgainst({ ...silent, rooms: seed().rooms });
    const line = `--call SCL_live00000001 --to ${TARGET}`;
    const first = await own(line, { env });
    expect(only(first)).toMatchObject({ transfer: { outcome: 'unknown' } });
    const second = await own(line, { env });
    expect(second).toMatchObject({ exitCode: 2, mutations: [] });
    expect(JSON.parse(second.stderr).error.message).toContain('still open');
  });

  it('is shown as a transfer shows it, before anybody is asked', async () => {
    const ran = await smokeAgainst(seed())(`--call SCL_live00000001 --to ${TARGET}`, {
      flags: ['--dry-run'],
    });
    expect(ran.stderr).toMatch(/Caller +\+15105550142 \(SCL_live00000001\)/);
    expect(ran.stderr).toMatch(/On the line +1m[^,]*, active, no agent/);
    expect(ran.stderr).toMatch(/Afterwards +if the trunk transfers, the caller goes to the target/);
    expect(ran.mutations).toEqual([]);
  });

  it('is waited for, by its number', async () => {
    const sandbox = await openTimed({ seed: trunks({}, { behaviour: { refuses: 603 } }) });
    const own = smokeAgainst(trunks());
    const env = { LIVEKIT_URL: sandbox.url };
    const ran = await own(`--wait-call ${OURS} --to ${TARGET}`, {
      env,
      during: async (fake) => {
        await until(async () => expect(fake.stdout()).toContain('waiting-for-call'));
        await dial(sandbox, OURS, { max_call_duration: '600s' });
      },
    });
    expect(only(ran)).toMatchObject({ verdict: 'refused', method: 'live', direction: 'inbound' });
    expect(only(ran).transfer?.call.phoneNumber).toBe(FROM);
    // Whoever rang stays where they are.
    expect(await roomNames(sandbox)).toHaveLength(2);
    await sandbox.close();
  });

  it('is anybody’s where it is waited for, which is said before', async () => {
    const ran = await smoke(`--wait-call ${OURS} --to ${TARGET}`, { flags: ['--dry-run'] });
    expect(ran.stderr).toMatch(
      /Afterwards +if the trunk transfers, the first caller of the number .* even a customer/,
    );
  });

  it('is waited for no longer than asked', async () => {
    const ran = await smoke(`--wait-call ${OURS} --to ${TARGET} --within 10s`);
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', method: 'live' });
    const told = { number: OURS, method: 'live' } as const;
    expect(only(ran)).toMatchObject(callFailureWords({ kind: 'no-call' }, told));
    expect(ran.mutations).toEqual([]);
  });
});
