/** `calls WORD`: who goes by a number, call id, identity or room, found in few requests. */
import { afterAll, describe, expect, it } from 'vitest';
import type { RoomSeed, Seed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const LIST = 'RoomService/ListParticipants';
const MEETINGS = 100;
const caller = (callId: string, number: string) =>
  ({ kind: 'caller', callId, trunk: 'ST_one', number, identity: `id-${callId}`, age: 60 }) as const;
const meetings = Array.from(
  { length: MEETINGS },
  (_, index): RoomSeed => ({
    name: `meeting-${index}`,
    participants: [{ kind: 'web', identity: 'bob', audio: 'none', age: 5 }],
  }),
);
const seed: Seed = {
  trunks: [ONE_TRUNK],
  rooms: [
    ...meetings,
    { name: 'with-SCL_far', participants: [caller('SCL_far', '+15105550177')] },
    { name: 'call-_+15105550142_xY', participants: [caller('SCL_one', '+15105550142')] },
    { name: 'twins', participants: [caller('SCL_a', '+15105550133')] },
    { name: 'twins-2', participants: [caller('SCL_b', '+15105550133')] },
  ],
};
const ALL = seed.rooms.length;

let opened: Promise<Sandbox> | undefined;
const sandbox = () => {
  opened ??= startSandbox({ seed });
  return opened;
};
afterAll(async () => (await opened)?.close());
const cli = cliAgainst({ seed: { trunks: [], rooms: [] } });

async function run(line: string | string[], options: CliOptions = {}) {
  const { url, apiKey, apiSecret, requests } = await sandbox();
  const before = requests.length;
  const env = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
  const result = await cli(line, { config: { defaultCountry: 'US' }, ...options, env });
  const read = requests
    .slice(before)
    .filter(({ method }) => method === LIST)
    .map(({ body }) => (body as { room: string }).room);
  return { ...result, read, ids: result.stdout.trim().split('\n') };
}

describe('calls WORD', () => {
  it.each([
    ['+15105550142', 'SCL_one'],
    ['(510) 555-0142', 'SCL_one'],
    ['id-SCL_one', 'SCL_one'],
    ['call-_+15105550142_xY', 'SCL_one'],
  ])('lists who goes by %s, and says that every room was read', async (word, callId) => {
    const { exitCode, ids, read, stderr } = await run(['calls', word, '--fields', 'callId']);
    expect([exitCode, ids]).toEqual([0, [callId]]);
    expect(read).toHaveLength(ALL);
    expect(stderr).toContain(`All ${ALL} rooms were read.`);
  });

  it('reads the rooms that mention it first', async () => {
    const { read } = await run(['calls', '+1 510-555-0142', '--fields', 'callId']);
    expect(read[0]).toBe('call-_+15105550142_xY');
    expect((await run(['calls', 'twins'])).read[0]).toBe('twins');
  });

  it('ends with a call id, which is given once', async () => {
    const { exitCode, ids, read, stderr } = await run('calls SCL_far --fields callId');
    expect([exitCode, ids]).toEqual([0, ['SCL_far']]);
    expect(read[0]).toBe('with-SCL_far');
    expect(read.length).toBeLessThan(ALL / 2);
    expect(stderr).toContain(`${read.length} rooms were read of ${ALL}: a call id is given once.`);
  });

  it('reads one room alone that is named by its SID, and says no more', async () => {
    const { stdout } = await run('calls SCL_far --json');
    const [{ roomSid }] = JSON.parse(stdout);
    const { exitCode, ids, read, stderr } = await run(['calls', roomSid, '--fields', 'callId']);
    expect([exitCode, ids, read]).toEqual([0, ['SCL_far'], ['with-SCL_far']]);
    expect(stderr).toContain('1 room was read: the SID of a room is given once.');
    expect(stderr).not.toContain('All');
  });

  it('lists all who go by a number', async () => {
    const { exitCode, ids } = await run('calls +15105550133 --fields callId');
    expect([exitCode, ids.sort()]).toEqual([0, ['SCL_a', 'SCL_b']]);
  });

  it('says it of the rooms that are looked at, where there are others', async () => {
    const line = 'calls +15105550133 --rooms twins,call-* --fields callId';
    const { ids, read, stderr } = await run(line);
    expect([ids, read.sort()]).toEqual([['SCL_a'], ['call-_+15105550142_xY', 'twins']]);
    expect(stderr).toContain('All 2 rooms that match twins or call-* were read.');
  });

  it.each(['calls +15105550199', 'calls nobody --json'])(
    'ends with 5 where nobody is: %s',
    async (line) => {
      const { exitCode, stdout, stderr } = await run(line);
      expect([exitCode, stdout]).toEqual([5, '']);
      expect(stderr).toContain('No call matches “');
    },
  );

  it.each([
    ['+15105550199', ''],
    ['+15105550142', 'SCL_one\n'],
  ])('ends with 1 where a room could not be read: %s', async (word, stdout) => {
    const { aim } = await sandbox();
    aim([{ room: 'meeting-3', method: LIST, answer: { status: 503 } }]);
    const result = await run(['calls', word, '--fields', 'callId']);
    aim([]);
    expect([result.exitCode, result.stdout]).toEqual([1, stdout]);
    expect(result.stderr).not.toMatch(/All \d+ rooms/);
    if (stdout !== '') expect(result.stderr).toContain(`${ALL - 1} rooms were read of ${ALL}.`);
  });

  it('tells whoever is at a terminal as soon as it is found', async () => {
    const { aim } = await sandbox();
    aim([{ room: 'meeting-99', method: LIST, delayMs: 1200 }]);
    const { stderr } = await run('calls +15105550142', { stderr: { isTTY: true } });
    aim([]);
    expect(stderr).toContain('Found SCL_one in room call-_+15105550142_xY, reading on: room ');
  });

  it.each([
    ['calls SCL_one --room twins', 'A caller and --room both say where to look'],
    ['calls SCL_one --watch', '--watch reports every call'],
  ])('is no `%s`', async (line, why) => {
    const { exitCode, stderr, read } = await run(line);
    expect([exitCode, read]).toEqual([2, []]);
    expect(stderr).toContain(why);
  });
});

it('transfers by a call id without reading every room', async () => {
  const { exitCode, read } = await run('transfer SCL_far --to sip:100@x.io --dry-run');
  expect(exitCode).toBe(0);
  expect(read[0]).toBe('with-SCL_far');
  expect(read.length).toBeLessThan(ALL / 2);
});
