/** Callers whose carrier writes their number otherwise than +E.164. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RoomSeed } from '../../src/sandbox/demo/rooms.ts';
import { cliOnFresh, ONE_TRUNK } from './run-cli.ts';

/** What the carrier writes, and what it is by the default country US. */
const WRITTEN: readonly (readonly [raw: string, e164: string | null])[] = [
  ['15105558864', '+15105558864'],
  ['5105558865', '+15105558865'],
  ['0015105558866', '+15105558866'],
  ['011441632960123', '+441632960123'],
  ['+1-510-555-8867', '+15105558867'],
  ['+15105558868;npdi;rn=+15105550000', '+15105558868'],
  ['1001', null],
  ['anonymous', null],
];
/** A caller each, whose carrier writes their number so. */
const roomsOf = (written: readonly string[]): RoomSeed[] =>
  written.map((raw, index) => ({
    name: `room-${index}`,
    participants: [
      {
        kind: 'caller',
        callId: `SCL_${index}`,
        trunk: 'ST_one',
        number: '+15105550142',
        identity: `caller-${index}`,
        age: 60,
        attributes: { 'sip.phoneNumber': raw },
      },
      { kind: 'agent', identity: 'agent', audio: 'published', age: 60 },
    ],
  }));
const rooms = roomsOf(WRITTEN.map(([raw]) => raw));
const cli = cliOnFresh({ seed: { trunks: [ONE_TRUNK], rooms } });
const US = { defaultCountry: 'US', dial: { extension: 'sip:{extension}@pbx.company.com' } };
const { defaultCountry: _, ...NOWHERE } = US;

async function found(name: string, config: object = US): Promise<string | null> {
  const ran = await cli(['transfer', name, '--to', '200', '--dry-run', '--json'], { config });
  return ran.exitCode === 0 ? JSON.parse(ran.stdout).call.callId : null;
}

describe.concurrent('a caller whose carrier writes no plus', () => {
  it('has a number in JSON and TSV all the same, and as it was written beside it', async () => {
    const json = await cli('calls --json', { config: US });
    const calls: { callId: string; phoneNumber: string | null; phoneNumberRaw: string }[] =
      JSON.parse(json.stdout);
    const numbers = new Map(calls.map((each) => [each.phoneNumberRaw, each.phoneNumber]));
    expect(numbers).toEqual(new Map(WRITTEN));
    const tsv = await cli('calls', { config: US });
    const rows = tsv.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(new Map(rows.map((row) => [row.at(-1), row[1] || null]))).toEqual(new Map(WRITTEN));
  });

  it('is found by what was written, and by any writing of the number', async () => {
    for (const [index, [raw, e164]] of WRITTEN.entries()) {
      const id = `SCL_${index}`;
      expect([raw, await found(raw)]).toEqual([raw, id]);
      expect([raw, await found(raw, NOWHERE)]).toEqual([raw, id]);
      if (e164 === null) continue;
      expect([e164, await found(e164)]).toEqual([e164, id]);
      const spaced = e164.replace(/(\d{3})(\d{4})$/, ' $1-$2');
      expect([spaced, await found(spaced)]).toEqual([spaced, id]);
    }
    expect(await found('(510) 555-8864')).toBe('SCL_0');
    expect(await found('+15105550142')).toBeNull();
  });

  it('has none that would be a guess where there is no default country', async () => {
    const { stdout } = await cli('calls --json --fields phoneNumber,phoneNumberRaw', {
      config: NOWHERE,
    });
    const calls: { phoneNumber: string | null; phoneNumberRaw: string }[] = JSON.parse(stdout);
    const numbers = new Map(calls.map((each) => [each.phoneNumberRaw, each.phoneNumber]));
    expect(numbers.get('15105558864')).toBe('+15105558864');
    expect(numbers.get('0015105558866')).toBe('+15105558866');
    expect(numbers.get('5105558865')).toBeNull();
    expect(numbers.get('011441632960123')).toBeNull();
  });

  it('has none that may be a number of another country as well', async () => {
    const own = cliOnFresh({
      seed: { trunks: [ONE_TRUNK], rooms: roomsOf(['15105550142', '3612345678', '4930123456']) },
    });
    const read = async (config: object) => {
      const ran = await own('calls --json --fields phoneNumber,phoneNumberRaw', { config });
      const calls: Record<string, string | null>[] = JSON.parse(ran.stdout);
      return Object.fromEntries(calls.map((each) => [each.phoneNumberRaw, each.phoneNumber]));
    };
    // A mobile in Germany, and a telephone in California.
    expect(await read({ defaultCountry: 'DE' })).toMatchObject({ 15105550142: null });
    expect(await read({})).toMatchObject({ 15105550142: '+15105550142', 3612345678: null });
  });

  it('is the same in a transfer: its warnings, its headers, its result and its record', async () => {
    const config = {
      ...US,
      dial: { ...US.dial, number: 'sip:{number}@trunk.example.com' },
      trunks: { ST_one: { headers: { 'X-Caller': '{callerNumber}' } } },
    };
    const loop = await cli('transfer SCL_1 --to 5105558865 --dry-run', { config });
    expect(loop.stderr).toContain("+15105558865 is the caller's own number");

    let headers: unknown;
    const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'lk-transfer-numbers-')) };
    const ran = await cli('transfer 5105558865 --to 100 --yes --json', {
      config,
      env,
      during: async (_fake, sandbox) => {
        const isTransfer = ({ method }: { method: string }) => method.includes('Transfer');
        while (!sandbox.requests.some(isTransfer)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const body = sandbox.requests.find(isTransfer)?.body as { headers: unknown };
        headers = body.headers;
      },
    });
    expect(headers).toEqual({ 'X-Caller': '+15105558865' });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      outcome: 'completed',
      call: { phoneNumber: '+15105558865', phoneNumberRaw: '5105558865' },
    });
    const history = await cli('history --fields callId,phoneNumber', { config, env });
    expect(history.stdout).toBe('SCL_1\t+15105558865\n');
  });

  it('is found by a number of an old form, and by one that was copied, with a note', async () => {
    const own = cliOnFresh({
      seed: { trunks: [ONE_TRUNK], rooms: roomsOf(['+5215512345678', '+2290197123456']) },
    });
    const lookFor = (name: string) =>
      own(['transfer', name, '--to', '100', '--dry-run'], { config: US });
    const mexican = await lookFor('+52 55 1234 5678');
    expect([mexican.exitCode, mexican.stdout]).toEqual([0, expect.stringContaining('SCL_0')]);
    expect(mexican.stderr).toContain(
      '+525512345678 may be another way to write +5215512345678, who is on the line',
    );
    const african = await lookFor('\u202a+229 97 12 34 56\u202c');
    expect([african.exitCode, african.stdout]).toEqual([0, expect.stringContaining('SCL_1')]);
    expect(african.stderr).toContain(
      'left out of the phone number: the invisible character U+202A, the invisible character U+202C',
    );
    expect(african.stderr).toContain('+22997123456 may be another way to write +2290197123456');
    const plain = await lookFor('+5215512345678');
    expect(plain.stderr).not.toContain('another way');
  });
});
