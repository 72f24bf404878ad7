/** Lists and participants: every field of the captured answers, in the same order and type. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from '../../src/sandbox/demo/rooms.ts';
import { callerWho, trunkWhich } from './caller-source.ts';
import { captured } from './captured-answers.ts';
import {
  call,
  connect,
  expectCaptured,
  inOneSpacing,
  isSandbox,
  type LiveKit,
} from './livekit-under-test.ts';
import { punctuation, shapeOf } from './shape.ts';

async function read(
  livekit: LiveKit,
  method: string,
  request: object = {},
  room = '',
): Promise<string> {
  const answer = await call(livekit, method, request, room);
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
  return answer.body;
}

/** Same shape, and the same text once the values are blanked out. A newer LiveKit has more fields. */
function expectLike(body: string, name: string): void {
  const shape = shapeOf(inOneOrder(body));
  const expected = shapeOf(inOneOrder(captured(name).body));
  expect({ shape }).toMatchObject({ shape: expected });
  if (isSandbox) expect(JSON.stringify(shape)).toBe(JSON.stringify(expected));
}

/** Participants come in any order. */
function inOneOrder(body: string): unknown {
  const answer = JSON.parse(body);
  answer.participants?.sort((a: { kind: string }, b: { kind: string }) =>
    a.kind.localeCompare(b.kind),
  );
  return answer;
}

describe('ListRooms', () => {
  it('answers as captured', async (context) => {
    const { livekit, room } = await callerWho('answers-with-agent', context);
    const body = await read(livekit, 'RoomService/ListRooms', { names: [room] });
    expectLike(body, 'ListRooms');
    expect(punctuationOf(body)).toBe(punctuationOf(captured('ListRooms').body));
  });

  it('lists every room, or those that are named', async (context) => {
    const { livekit, room } = await callerWho('answers', context);
    const names = async (request: object) =>
      JSON.parse(await read(livekit, 'RoomService/ListRooms', request)).rooms.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names({})).toContain(room);
    expect(await names({ names: ['contract-gone', room] })).toEqual([room]);
  });
});

describe('participants', () => {
  const CALLER = 'ListParticipants: an inbound SIP caller, active, and an agent publishing audio';

  it('are listed as captured: an agent with audio, and a caller', async (context) => {
    const { livekit, room } = await callerWho('answers-with-agent', context);
    const body = await read(livekit, 'RoomService/ListParticipants', { room }, room);
    expectLike(body, CALLER);
  });

  it('come one by one in the same form', async (context) => {
    const { livekit, room, identity } = await callerWho('answers', context);
    const request = { room, identity };
    const body = await read(livekit, 'RoomService/GetParticipant', request, room);
    expectLike(body, 'GetParticipant of a dialled leg, active');
    const dialled = captured('GetParticipant of a dialled leg, active').body;
    expect(withoutAttributes(body)).toBe(withoutAttributes(dialled));
  });

  it('carry every attribute that a captured inbound call has', async (context) => {
    const { livekit, room, identity, ...call } = await callerWho('answers', context);
    const request = { room, identity };
    const body = await read(livekit, 'RoomService/GetParticipant', request, room);
    const { attributes } = JSON.parse(body);
    const listed = JSON.parse(captured(CALLER).body);
    const names = Object.keys(listed.participants[1].attributes);
    expect(Object.keys(attributes)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(attributes)).toEqual(Object.keys(attributes).sort());
    expect(attributes['sip.callID']).toBe(call.callId);
    expect(attributes['sip.phoneNumber']).toBe(call.phoneNumber);
  });
});

const punctuationOf = (body: string): string => punctuation(inOneSpacing(body));

/** The punctuation, with the map left out whose keys differ from call to call. */
function withoutAttributes(body: string): string {
  return punctuationOf(body).replace(/"attributes":\{.*?\}/, '"attributes":{}');
}

describe('trunks', () => {
  it('that come in are listed as captured', async (context) => {
    const { livekit, room, identity } = await callerWho('answers', context);
    const caller = await read(livekit, 'RoomService/GetParticipant', { room, identity }, room);
    const trunk_ids = [JSON.parse(caller).attributes['sip.trunkID']];
    expectLike(await read(livekit, 'SIP/ListSIPInboundTrunk', { trunk_ids }), 'inbound trunks');
  });

  it('that go out are listed as captured', async (context) => {
    const { livekit, trunkId } = await trunkWhich('dial-answers', context);
    const body = await read(livekit, 'SIP/ListSIPOutboundTrunk', { trunk_ids: [trunkId] });
    expectLike(body, 'list outbound trunks');
  });

  it('can be without a number', async (context) => {
    const { livekit, trunkId } = await trunkWhich('dial-no-number', context);
    const body = await read(livekit, 'SIP/ListSIPOutboundTrunk', { trunk_ids: [trunkId] });
    expect(JSON.parse(body).items[0].numbers).toEqual([]);
  });

  it('that do not exist are an empty list', async () => {
    const livekit = await connect();
    const answer = await call(livekit, 'SIP/ListSIPOutboundTrunk', { trunk_ids: ['ST_none'] });
    await livekit.close();
    expectCaptured(answer, 'outbound trunks');
  });
});

// What only the demo's calls and trunks show: another LiveKit has others.
describe.runIf(isSandbox)('of the demo', () => {
  let livekit: LiveKit;
  beforeAll(async () => {
    livekit = await connect();
  });
  afterAll(() => livekit.close());

  it('every room is listed', async () => {
    const { rooms } = JSON.parse(await read(livekit, 'RoomService/ListRooms'));
    expect(rooms.map(({ name }: { name: string }) => name)).toEqual(
      demoSeed.rooms.map(({ name }) => name),
    );
  });

  it('trunks say how long they bear silence, where that was set', async () => {
    const request = { trunk_ids: ['ST_outSinch0001'] };
    expect(await read(livekit, 'SIP/ListSIPOutboundTrunk', request)).toContain(
      '"media":{"only_listed_codecs":false, "codecs":[], "media_timeout":"120s"}',
    );
  });

  it('trunks are listed by id and by number', async () => {
    const ids = async (request: object) =>
      JSON.parse(await read(livekit, 'SIP/ListSIPInboundTrunk', request)).items.map(
        ({ sip_trunk_id }: { sip_trunk_id: string }) => sip_trunk_id,
      );
    expect(await ids({ trunk_ids: ['ST_refuses40501', 'ST_none'] })).toEqual(['ST_refuses40501']);
    expect(await ids({ numbers: ['+15105550003'] })).toEqual(['ST_refuses60301']);
  });

  it('dispatch rules name the trunks that they are for, and not those whose calls nobody takes', async () => {
    const { items } = JSON.parse(await read(livekit, 'SIP/ListSIPDispatchRule'));
    expect(items).toHaveLength(1);
    expect(items[0].rule).toMatchObject({ dispatch_rule_individual: { room_prefix: 'call-' } });
    expect(items[0].trunk_ids).toContain('ST_honours00001');
    expect(items[0].trunk_ids).not.toContain('ST_noRule000001');
  });
});
