import { describe, expect, it } from 'vitest';
import type { RoomSeed, TransferAnswer } from '../../src/sandbox/seeds.ts';
import { cliOnFresh, ONE_TRUNK } from './run-cli.ts';

const ANSWERS = {
  older: 'older-server',
  newer: 'newer-server',
  reset: 'connection-reset',
  gateway: 'bad-gateway-page',
  garbage: 'garbage',
  truncated: 'truncated-json',
  frozen: { fails: 'unavailable', message: 'no response from servers' },
  odd: { fails: 'internal', message: 'something nobody has listed' },
} satisfies Record<string, TransferAnswer>;

const names = [...Object.keys(ANSWERS), 'blind'];
const rooms = names.map((name, index): RoomSeed => {
  const answer = new Map<string, TransferAnswer>(Object.entries(ANSWERS)).get(name);
  return {
    name,
    ...(answer !== undefined && { transferAnswer: answer }),
    // Nobody can say where the caller is once the transfer was asked for.
    ...(name === 'blind' && { reading: { unavailable: 'after-transfer' } }),
    participants: [
      {
        kind: 'caller',
        callId: `SCL_${name.padEnd(12, '0')}`,
        trunk: 'ST_one',
        number: `+1510555010${index}`,
        age: 60,
      },
      // Somebody stays, so that the room does.
      { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
    ],
  };
});

const cli = cliOnFresh({ seed: { trunks: [ONE_TRUNK], rooms } });

describe.concurrent('an answer that is not the usual one', () => {
  it.each([
    ['older', '100', { outcome: 'completed', evidence: 'lingered', caller: 'left', exitCode: 0 }],
    ['newer', '100', { outcome: 'completed', evidence: 'reason', exitCode: 0 }],
    ['reset', '100', { outcome: 'unknown', stage: 'transport', exitCode: 7 }],
    ['gateway', '100', { outcome: 'unknown', exitCode: 7 }],
    ['garbage', '100', { outcome: 'unknown', exitCode: 7 }],
    ['truncated', '100', { outcome: 'unknown', exitCode: 7 }],
    ['frozen', '100', { outcome: 'not-sent', caller: 'on-the-line', exitCode: 1 }],
    ['odd', '100', { outcome: 'unknown', caller: 'unknown', exitCode: 7 }],
    ['blind', '100', { outcome: 'unconfirmed', leg: 'unread', caller: 'unknown', exitCode: 7 }],
  ])('%s to %s is %o, after one request', async (room, to, expected) => {
    const { exitCode, stdout, mutations } = await cli(
      `transfer --room ${room} --to ${to} --yes --json`,
    );
    const result = JSON.parse(stdout);
    expect(result).toMatchObject(expected);
    expect(result.exitCode).toBe(exitCode);
    expect(mutations).toEqual(['SIP/TransferSIPParticipant']);
  });
});
