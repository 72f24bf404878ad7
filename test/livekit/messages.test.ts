/** LiveKit's messages, as LiveKit, its SDKs and its newer and older versions write them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCall } from '../../src/calls/call.ts';
import {
  readParticipant,
  readParticipants,
  readRooms,
  readTrunks,
} from '../../src/livekit/messages.ts';
import { NOW, room } from '../support/livekit.ts';

const SNAKE = {
  sid: 'PA_1',
  identity: 'sip_1',
  name: 'Phone 1',
  kind: 'SIP',
  kind_details: ['FORWARDED'],
  state: 'ACTIVE',
  version: 7,
  joined_at: '1795466860',
  joined_at_ms: '1795466860692',
  attributes: { 'sip.callID': 'SCL_1' },
  tracks: [{ type: 'AUDIO', muted: false }],
};
const CAMEL = {
  sid: 'PA_1',
  identity: 'sip_1',
  name: 'Phone 1',
  kind: 'SIP',
  kindDetails: ['FORWARDED'],
  state: 'ACTIVE',
  version: 7,
  joinedAt: 1795466860,
  joinedAtMs: 1795466860692,
  attributes: { 'sip.callID': 'SCL_1' },
  tracks: [{ type: 'AUDIO', muted: false }],
};

describe('a participant', () => {
  it('reads the same in snake_case and in camelCase', () => {
    expect(readParticipant(SNAKE)).toEqual(readParticipant(CAMEL));
    expect(readParticipant(SNAKE)).toMatchObject({
      kind: 'SIP',
      kindDetails: ['FORWARDED'],
      joinedAtMs: 1795466860692,
      version: 7,
      tracks: [{ type: 'AUDIO', muted: false }],
    });
  });

  it.each([
    [{ version: '12' }, 12],
    [{}, 0],
    [{ version: 'x' }, 0],
    [{ version: null }, 0],
  ])('with %j has version %d', (fields, version) => {
    expect(readParticipant({ identity: 'x', ...fields })?.version).toBe(version);
  });

  it.each([
    ['STANDARD', 'STANDARD'],
    ['NOVELTY', 'NOVELTY'],
    [undefined, 'STANDARD'],
    [0, 'STANDARD'],
    [1, 'INGRESS'],
    [2, 'EGRESS'],
    [3, 'SIP'],
    [4, 'AGENT'],
    [7, 'CONNECTOR'],
    [8, 'BRIDGE'],
    [99, '99'],
  ])('of kind %j is %s', (kind, name) => {
    expect(readParticipant({ identity: 'x', kind })?.kind).toBe(name);
  });

  it.each([
    [{ joined_at_ms: '1795466860692' }, 1795466860692],
    [{ joined_at: '1795466860' }, 1795466860000],
    [{ joined_at: '1795466860', joined_at_ms: '0' }, 1795466860000],
    [{ joined_at: 'soon' }, 0],
    [{ joined_at: null }, 0],
    [{ joined_at: -5 }, 0],
    [{ joined_at_ms: '9223372036854775807' }, 0],
    [{}, 0],
  ])('with %j joined at %d', (fields, joinedAtMs) => {
    expect(readParticipant({ identity: 'x', ...fields })?.joinedAtMs).toBe(joinedAtMs);
  });

  it.each<[string, object]>([
    ['attributes that are a list', { attributes: ['sip.callID'] }],
    ['attributes that are no text', { attributes: { 'sip.callID': 7 } }],
    ['tracks that are a text', { tracks: 'AUDIO' }],
    ['tracks of nothing', { tracks: [null, 7, 'x'] }],
    ['details that are numbers', { kind_details: [1, 2] }],
    ['a name that is an object', { name: {} }],
    ['a state that is a number', { state: 2 }],
    ['a kind that is a list', { kind: [] }],
  ])('with %s is read without it', (_, fields) => {
    const read = readParticipant({ ...SNAKE, ...fields });
    expect(read?.identity).toBe('sip_1');
    expect(readParticipants({ participants: [{ ...SNAKE, ...fields }, SNAKE] })).toHaveLength(2);
  });

  it.each([null, 7, 'x', [], {}, { identity: 7 }])('cannot be made of %j', (value) => {
    expect(readParticipant(value)).toBeNull();
  });

  it('keeps attributes named like an object’s own things apart', () => {
    const read = readParticipant(
      JSON.parse('{"identity":"x","attributes":{"__proto__":"a","constructor":"b"}}'),
    );
    expect(read?.attributes.get('sip.callID')).toBeUndefined();
    expect(read?.attributes.get('constructor')).toBe('b');
  });

  it('never breaks the reading of calls, whatever it holds', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('SIP', '9223372036854775807'));
    const keys = [...Object.keys(SNAKE), ...Object.keys(CAMEL)];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), field), (fields) => {
        const read = readParticipant({ ...SNAKE, ...fields });
        if (read !== null) readCall(read, room(), NOW);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('lists', () => {
  it.each([undefined, null, 'x', 7, [], { code: 'unavailable', msg: 'x' }])(
    '%j is no list of anything',
    (body) => {
      expect([readRooms(body), readParticipants(body), readTrunks(body, 'inbound')]).toEqual([
        null,
        null,
        null,
      ]);
    },
  );

  it('are empty when they are left out', () => {
    expect(readRooms({})).toEqual([]);
    expect(readRooms({ rooms: null })).toEqual([]);
  });

  it.each([['x'], [[null, { name: 'a' }]], [[{}]], [[{ name: 'a' }, { name: '' }]], [{ 0: 'a' }]])(
    'are none where any of it cannot be read: %j',
    (rooms) => {
      expect(readRooms({ rooms })).toBeNull();
    },
  );

  it('leave passwords where they are', () => {
    const rooms = readRooms({ rooms: [{ name: 'a', turn_password: 'CANARY' }] });
    const trunks = readTrunks(
      { items: [{ sip_trunk_id: 'ST_1', auth_username: 'u', auth_password: 'CANARY' }] },
      'outbound',
    );
    expect(JSON.stringify([rooms, trunks])).not.toContain('CANARY');
  });

  it('of rooms know when each was made, how many are in it, and whether it is recorded', () => {
    const made = { name: 'a', sid: 'RM_1', num_participants: 3, active_recording: true };
    expect(readRooms({ rooms: [{ ...made, creation_time_ms: '1795466860692' }] })).toEqual([
      {
        name: 'a',
        sid: 'RM_1',
        numParticipants: 3,
        activeRecording: true,
        createdAtMs: 1795466860692,
      },
    ]);
    expect(readRooms({ rooms: [{ ...made, creation_time: '9e99' }] })?.[0]?.createdAtMs).toBe(0);
  });

  it.each([
    [{ media: { media_timeout: '120s' } }, 120_000],
    [{ media: { mediaTimeout: '1.5s' } }, 1500],
    [{ media: { media_timeout: '0s' } }, null],
    [{ media: { media_timeout: 'long' } }, null],
    [{ media: { media_timeout: null } }, null],
    [{ media: null }, null],
    [{}, null],
  ])('of trunks, %j keeps a silent call for %s ms', (media, ms) => {
    const items = [{ sip_trunk_id: 'ST_1', ...media }];
    expect(readTrunks({ items }, 'outbound')?.[0]?.mediaTimeoutMs).toBe(ms);
  });

  it('of trunks have a host only where there is one', () => {
    const items = [{ sip_trunk_id: 'ST_1', name: 'in', numbers: ['+1', 7], address: '' }];
    expect(readTrunks({ items }, 'inbound')).toEqual([
      {
        id: 'ST_1',
        name: 'in',
        direction: 'inbound',
        numbers: ['+1'],
        address: null,
        transport: null,
        mediaTimeoutMs: null,
      },
    ]);
  });
});
