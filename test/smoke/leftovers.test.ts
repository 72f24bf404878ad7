import { describe, expect, it } from 'vitest';
import { roomMaker } from '../../src/commands/smoke/leftovers.ts';
import { findLeftovers, readSmokeRoomName, smokeRoomName } from '../../src/smoke/clean-up.ts';
import { NOW, secondsAgo } from '../support/livekit.ts';

const HERE = { machine: 'abc123', pid: 100 };
const nobody = () => false;

const room = (maker: typeof HERE, ageSeconds: number) => ({
  name: smokeRoomName(maker, secondsAgo(ageSeconds), 'x1'),
  createdAtMs: secondsAgo(ageSeconds),
});

describe('the name of a test’s room', () => {
  it('tells when it was made, on which machine, and by which process', () => {
    const name = smokeRoomName(HERE, NOW, '7f');
    expect(name).toBe('lk-transfer-smoke-20261123T204915Z-abc123-100-7f');
    expect(readSmokeRoomName(name)).toEqual({ ...HERE, madeAtMs: NOW - (NOW % 1000) });
  });

  it.each([
    'call-_+15105550101_x',
    'lk-transfer-smoke-',
    'lk-transfer-smoke-soon-abc123-100-7f',
    'lk-transfer-smoke-20269923T204915Z-abc123-100-7f',
    'my-lk-transfer-smoke-20261123T204915Z-abc123-100-7f',
  ])('%s is none', (name) => {
    expect(readSmokeRoomName(name)).toBeNull();
  });
});

describe('a room that is left over', () => {
  const find = (rooms: ReturnType<typeof room>[], isRunning: (pid: number) => boolean = nobody) =>
    findLeftovers(rooms, HERE, isRunning, NOW).map(({ ageSeconds }) => ageSeconds);

  it('is one of this machine whose process is gone, however young', () => {
    expect(find([room({ machine: 'abc123', pid: 99 }, 2)])).toEqual([2]);
  });

  it('is one that bears our own number, from another life of it', () => {
    expect(find([room(HERE, 2)], () => true)).toEqual([2]);
  });

  it('is not one whose process is there', () => {
    expect(find([room({ machine: 'abc123', pid: 99 }, 300)], () => true)).toEqual([]);
  });

  it('is one of another machine only once no test can last so long', () => {
    const other = { machine: 'fff000', pid: 1 };
    expect(find([room(other, 400)])).toEqual([]);
    expect(find([room(other, 500)])).toEqual([500]);
  });

  it('is known for our own by nobody where nothing tells the machine from others', () => {
    const anywhere = { machine: null, pid: 100 };
    const [one, other] = [roomMaker(anywhere), roomMaker(anywhere)];
    expect(one.machine).not.toBe(other.machine);
    expect(findLeftovers([room(one, 300)], other, nobody, NOW)).toEqual([]);
    expect(roomMaker({ machine: 'here', pid: 1 })).toEqual(roomMaker({ machine: 'here', pid: 1 }));
  });

  it('is never somebody else’s room', () => {
    const stranger = { name: 'call-_+15105550101_x', createdAtMs: secondsAgo(9999) };
    expect(findLeftovers([stranger], HERE, nobody, NOW)).toEqual([]);
  });

  it('has its age from its name where LiveKit does not tell', () => {
    const name = smokeRoomName({ machine: 'abc123', pid: 99 }, secondsAgo(60), 'x');
    expect(findLeftovers([{ name, createdAtMs: 0 }], HERE, nobody, NOW)).toEqual([
      { room: name, ageSeconds: 61 },
    ]);
  });
});
