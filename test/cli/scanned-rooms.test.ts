/** `rooms` of the config and --rooms: fewer rooms are read, and nobody is told that others are empty. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { openTimed } from '../support/simulated-time.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const callRoom = (name: string, callId: string, number: string): Seed['rooms'][number] => ({
  name,
  participants: [
    { kind: 'caller', callId, trunk: 'ST_one', number, identity: `id-${callId}`, age: 60 },
  ],
});
const seed: Seed = {
  trunks: [ONE_TRUNK],
  rooms: [
    callRoom('meeting-7', 'SCL_hall', '+15105550133'),
    callRoom('call-1', 'SCL_one', '+15105550142'),
    callRoom('sip-2', 'SCL_two', '+15105550177'),
    { name: 'meeting-8', participants: [{ kind: 'web', identity: 'bob', audio: 'none', age: 5 }] },
  ],
};

let opened: Promise<Sandbox> | undefined;
const sandbox = () => {
  opened ??= openTimed({ seed });
  return opened;
};
afterAll(async () => (await opened)?.close());
const cli = cliAgainst({ seed: { trunks: [], rooms: [] } });

/** A run, and the rooms that it read. */
async function run(line: string, options: CliOptions = {}) {
  const { url, apiKey, apiSecret, requests } = await sandbox();
  const before = requests.length;
  const env = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
  const result = await cli(line, { ...options, env });
  const made = requests.slice(before);
  const read = made
    .filter(({ method }) => method === 'RoomService/ListParticipants')
    .map(({ body }) => (body as { room: string }).room);
  return { ...result, made: made.length, read: read.sort() };
}

const CALL_ROOMS = { rooms: ['call-*', 'sip-*'] };
const ids = (stdout: string) => stdout.trim().split('\n').sort();

describe('rooms that can hold callers', () => {
  it.each([
    ['calls --fields callId', CALL_ROOMS],
    ['calls --fields callId --rooms call-*,sip-*', {}],
    ['calls --fields callId --rooms call-* --rooms sip-*', { rooms: ['meeting-*'] }],
  ])('are all that `%s` reads', async (line, config) => {
    const { stdout, read } = await run(line, { config });
    expect(ids(stdout)).toEqual(['SCL_one', 'SCL_two']);
    expect(read).toEqual(['call-1', 'sip-2']);
  });

  it('are all that `rooms` reads', async () => {
    const { stdout, read } = await run('rooms --fields room --rooms sip-*', { config: {} });
    expect([ids(stdout), read]).toEqual([['sip-2'], ['sip-2']]);
  });

  it('are named where there is nobody in them', async () => {
    const { stderr } = await run('calls --rooms nowhere-*', { config: {} });
    expect(stderr).toContain('No active SIP calls in rooms that match nowhere-*.');
    const none = await run('rooms --rooms nowhere-*', { config: {} });
    expect(none.stderr).toContain('No rooms with SIP callers in rooms that match nowhere-*.');
  });

  it('are where a caller is looked for, and it is said', async () => {
    const line = 'transfer +15105550133 --to 100 --dry-run';
    const config = {
      ...CALL_ROOMS,
      defaultCountry: 'US',
      dial: { extension: 'sip:{extension}@x.io' },
    };
    const { exitCode, stderr, read } = await run(line, { config });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('No call matches “+15105550133” in rooms that match call-* or sip-*.');
    expect(stderr).toContain('Other rooms were not read');
    expect(read).toEqual(['call-1', 'sip-2']);
    const found = await run('transfer +15105550142 --to 100 --dry-run', { config });
    expect(found.exitCode).toBe(0);
  });

  it('do not hide a room that is named outright', async () => {
    const dial = { extension: 'sip:{extension}@x.io' };
    for (const named of ['--room meeting-7', 'meeting-7']) {
      const line = `transfer ${named} --to 100 --dry-run --json`;
      const { stdout } = await run(line, { config: { ...CALL_ROOMS, dial } });
      expect(stdout).toContain('SCL_hall');
    }
    const { stdout } = await run('calls --room meeting-7 --fields callId', { config: CALL_ROOMS });
    expect(stdout).toBe('SCL_hall\n');
  });

  it('are told of by the callers of a batch that are not in them', async () => {
    const { exitCode, stdout } = await run('transfer - --to sip:1@x.io --dry-run --json', {
      config: CALL_ROOMS,
      stdin: { text: 'SCL_hall\nSCL_one\n' },
    });
    expect(exitCode).toBe(5);
    expect(stdout).toContain('there is no such call in rooms that match call-* or sip-*');
  });

  it.each([
    ['calls --rooms ,', 'Write patterns as call-*,sip-*.'],
    ['calls --room a --rooms b', '--room names the one room to read'],
  ])('are not taken from `%s`', async (line, why) => {
    const { exitCode, stderr, made } = await run(line);
    expect([exitCode, made]).toEqual([2, 0]);
    expect(stderr).toContain(why);
  });

  it('stand in `config show` with where they come from', async () => {
    const { stdout } = await run('config show --json', { config: CALL_ROOMS });
    const settings = JSON.parse(stdout);
    const row = settings.find(({ key }: { key: string }) => key === 'rooms');
    expect(row).toEqual({ key: 'rooms', value: CALL_ROOMS.rooms, origin: 'file' });
  });
});

describe('--debug', () => {
  it('says how many requests were made', async () => {
    const { stderr, made } = await run('calls --debug --rooms call-*', { config: {} });
    expect(made).toBe(2);
    expect(stderr).toContain('2 requests were made to LiveKit.');
    const json = await run('calls --debug --json --rooms nowhere', { config: {} });
    expect(json.stderr).toContain('1 request was made to LiveKit.');
    expect(JSON.parse(json.stdout)).toEqual([]);
  });
});
