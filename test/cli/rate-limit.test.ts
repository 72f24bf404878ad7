/** A LiveKit that asks for fewer requests, as Cloud does, and scans that ask for no more than they need. */
import { describe, expect, it, vi } from 'vitest';
import type { AimedFault, RoomSeed } from '../../src/sandbox/demo/rooms.ts';
import type { Era } from '../../src/sandbox/server.ts';
import { type CliOptions, cliAgainst, cliOnFresh, ONE_TRUNK } from './run-cli.ts';

const LIST = 'RoomService/ListParticipants';
const ROOMS = 120;
const rooms = Array.from(
  { length: ROOMS },
  (_, index): RoomSeed => ({
    name: `room-${index}`,
    participants: [
      {
        kind: 'caller',
        callId: `SCL_${index}`,
        trunk: 'ST_one',
        number: `+1510555${String(1000 + index)}`,
        age: 60,
      },
      { kind: 'agent', identity: `agent-${index}`, audio: 'published', age: 60 },
    ],
  }),
);

/** Runs a line against a LiveKit with this fault, and counts the rooms that were asked for. */
async function against(faults: AimedFault[], line: string, options: CliOptions = {}, era?: Era) {
  let requests: readonly { method: string }[] = [];
  const cli = cliOnFresh({
    seed: { trunks: [ONE_TRUNK], rooms, faults },
    era,
  });
  const ran = await cli(line, {
    ...options,
    during: (_fake, sandbox) => {
      requests = sandbox.requests;
    },
  });
  return { ...ran, reads: requests.filter(({ method }) => method === LIST).length };
}

const limited = (more: Partial<AimedFault>, retryAfter?: string): AimedFault => ({
  method: LIST,
  from: 6,
  answer: {
    status: 429,
    ...(retryAfter !== undefined && { headers: { 'Retry-After': retryAfter } }),
  },
  ...more,
});

describe('a LiveKit that says that there were too many requests', () => {
  it.each([
    ['says how long to wait', '2'],
    ['does not say how long', undefined],
  ])(
    'is waited for by all reads together, and every call is listed: it %s',
    async (_, retryAfter) => {
      const ran = await against([limited({ forMs: 1500 }, retryAfter)], 'calls --json');
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(ran.stdout)).toHaveLength(ROOMS);
      expect(ran.reads).toBeLessThan(2.5 * ROOMS);
    },
  );

  it.each([
    ['longer than there is time', '3600'],
    ['for good', undefined],
  ])('is told in one sentence, and not asked in vain for every room: %s', async (_, retryAfter) => {
    const ran = await against([limited({}, retryAfter)], 'calls --json');
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.stdout)).toHaveLength(5);
    const warnings = ran.stderr.trimEnd().split('\n');
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? '').warning.message).toMatch(
      /^115 rooms \(room-\d+, room-\d+, room-\d+, …\) could not be read, .*too many requests/,
    );
    // Those that were under way, as often as there was time for a pause.
    expect(ran.reads).toBeLessThan(ROOMS);
  });

  it('after a reported success leaves open where the caller is', async () => {
    const answer = { status: 429 } as const;
    const faults: AimedFault[] = [
      { method: LIST, room: 'room-7', from: 2, answer },
      { method: 'RoomService/GetParticipant', from: 2, answer },
      { method: 'RoomService/ListRooms', from: 2, answer },
    ];
    const line = 'transfer SCL_7 --to sales --yes --json';
    const stated = await against(faults, line, {}, '1.13.11-august');
    expect(JSON.parse(stated.stdout)).toMatchObject({
      ...{
        outcome: 'completed',
        evidence: 'reason',
        caller: 'unknown',
        leg: 'unread',
        exitCode: 0,
      },
    });
    expect(stated.mutations).toEqual(['SIP/TransferSIPParticipant']);
    const bare = await against(faults, line);
    expect(JSON.parse(bare.stdout)).toMatchObject({ outcome: 'unconfirmed', caller: 'unknown' });
  });

  it('is asked for a transfer once', async () => {
    const fault: AimedFault = { method: 'SIP/TransferSIPParticipant', answer: { status: 429 } };
    const ran = await against([fault], 'transfer SCL_7 --to sales --yes --json');
    expect(ran.mutations).toEqual(['SIP/TransferSIPParticipant']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'not-sent', caller: 'on-the-line' });
  });
});

describe('a call that is named by its id', () => {
  it('is looked for no further than it is found', async () => {
    const ran = await against([], 'transfer SCL_0 --to sales --dry-run --json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ call: { callId: 'SCL_0' } });
    expect(ran.reads).toBeLessThan(ROOMS / 2);
  });

  it('is found all the same where rooms after it cannot be read', async () => {
    const ran = await against(
      [limited({ from: 30 }, '3600')],
      'transfer SCL_0 --to sales --yes --json',
    );
    expect(ran.exitCode).toBe(0);
  });

  it('is not found before every room was read', async () => {
    const ran = await against([], 'transfer SCL_nobody --to sales --yes');
    expect(ran).toMatchObject({ exitCode: 5, mutations: [], reads: ROOMS });
  });

  it.each([['SCL_0\nSCL_1\n', 2]])('is one of several in a batch: %j', async (text, count) => {
    const line = `transfer - --to sales --confirm ${count} --dry-run`;
    const ran = await against([], line, { stdin: { text } });
    expect(ran.exitCode).toBe(0);
    expect(ran.reads).toBeLessThan(ROOMS / 2);
  });

  it('is a room by its SID: no other is read', async () => {
    const cli = cliAgainst({ seed: { trunks: [ONE_TRUNK], rooms } });
    const listed = await cli('calls --json --fields callId,roomSid');
    const calls: { callId: string; roomSid: string }[] = JSON.parse(listed.stdout);
    const sid = calls.find(({ callId }) => callId === 'SCL_9')?.roomSid ?? '';
    let reads = 0;
    const ran = await cli(`transfer ${sid} --to sales --dry-run --json`, {
      during: async (_fake, { requests }) => {
        const before = requests.length;
        await vi.waitUntil(
          () => requests.slice(before).some(({ method }) => method === LIST),
          15_000,
        );
        await new Promise((resolve) => setTimeout(resolve, 200));
        reads = requests.slice(before).filter(({ method }) => method === LIST).length;
      },
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ call: { callId: 'SCL_9' } });
    expect(reads).toBe(1);
  });

  it('any other name is settled only when every room was read', async () => {
    const ran = await against([], 'transfer room-0 --to sales --dry-run --json');
    expect(ran).toMatchObject({ exitCode: 0, reads: ROOMS });
  });
});
