/** Lists and participants: every field of the captured answers, in the same order and type. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from '../../src/sandbox/seeds.ts';
import { captured } from './captured-answers.ts';
import { call, connect, isSandbox, type LiveKit } from './livekit-under-test.ts';
import { punctuation, shapeOf } from './shape.ts';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await connect();
});
afterAll(() => livekit.close());

/** The demo's healthy call: an agent that publishes audio and an active caller, as captured. */
const HEALTHY = 'call-_+15105550101_UXhTJCKREUsw';

async function read(method: string, request: object = {}, room = ''): Promise<string> {
  const answer = await call(livekit, method, request, room);
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
  return answer.body;
}

/** Same shape, and the same text once the values are blanked out. */
function expectLike(body: string, name: string): void {
  const expected = captured(name).body;
  const shape = shapeOf(JSON.parse(body));
  expect(shape).toEqual(shapeOf(JSON.parse(expected)));
  expect(JSON.stringify(shape)).toBe(JSON.stringify(shapeOf(JSON.parse(expected))));
}

describe.runIf(isSandbox)('ListRooms', () => {
  it('answers as captured', async () => {
    const body = await read('RoomService/ListRooms', { names: [HEALTHY] });
    expectLike(body, 'ListRooms');
    expect(punctuation(body)).toBe(punctuation(captured('ListRooms').body));
  });

  it('lists every room, or those that are named', async () => {
    const names = async (request: object) =>
      JSON.parse(await read('RoomService/ListRooms', request)).rooms.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names({})).toEqual(demoSeed.rooms.map(({ name }) => name));
    expect(await names({ names: ['standup', 'gone', HEALTHY] })).toEqual([HEALTHY, 'standup']);
  });
});

describe.runIf(isSandbox)('participants', () => {
  it('are listed as captured: an agent with audio, and a caller', async () => {
    const body = await read('RoomService/ListParticipants', { room: HEALTHY }, HEALTHY);
    const name = 'ListParticipants: an inbound SIP caller, active, and an agent publishing audio';
    expectLike(body, name);
  });

  it('come one by one in the same form', async () => {
    const request = { room: HEALTHY, identity: 'sip_+15105550101' };
    const body = await read('RoomService/GetParticipant', request, HEALTHY);
    expectLike(body, 'GetParticipant of a dialled leg, active');
    const dialled = captured('GetParticipant of a dialled leg, active').body;
    expect(withoutAttributes(body)).toBe(withoutAttributes(dialled));
  });

  it('carry every attribute that a captured inbound call has', async () => {
    const request = { room: HEALTHY, identity: 'sip_+15105550101' };
    const { attributes } = JSON.parse(await read('RoomService/GetParticipant', request, HEALTHY));
    const listed = JSON.parse(
      captured('ListParticipants: an inbound SIP caller, active, and an agent publishing audio')
        .body,
    );
    const names = Object.keys(listed.participants[1].attributes);
    expect(Object.keys(attributes)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(attributes)).toEqual(Object.keys(attributes).sort());
  });
});

/** The punctuation, with the map left out whose keys differ from call to call. */
function withoutAttributes(body: string): string {
  return punctuation(body).replace(/"attributes":\{.*?\}/, '"attributes":{}');
}

describe.runIf(isSandbox)('trunks', () => {
  it('that come in are listed as captured', async () => {
    expectLike(await read('SIP/ListSIPInboundTrunk'), 'inbound trunks');
  });

  it('that go out are listed as captured', async () => {
    const body = await read('SIP/ListSIPOutboundTrunk', { trunk_ids: ['ST_outbound0001'] });
    expectLike(body, 'list outbound trunks');
  });

  it('say how long they bear silence, where that was set', async () => {
    const body = await read('SIP/ListSIPOutboundTrunk', { trunk_ids: ['ST_outSinch0001'] });
    expect(body).toContain(
      '"media":{"only_listed_codecs":false, "codecs":[], "media_timeout":"120s"}',
    );
  });

  it('can be without a number', async () => {
    const body = await read('SIP/ListSIPOutboundTrunk', { trunk_ids: ['ST_outNoNumber1'] });
    expect(JSON.parse(body).items[0].numbers).toEqual([]);
  });

  it('are listed by id and by number', async () => {
    const ids = async (request: object) =>
      JSON.parse(await read('SIP/ListSIPInboundTrunk', request)).items.map(
        ({ sip_trunk_id }: { sip_trunk_id: string }) => sip_trunk_id,
      );
    expect(await ids({ trunk_ids: ['ST_refuses40501', 'ST_none'] })).toEqual(['ST_refuses40501']);
    expect(await ids({ numbers: ['+15105550003'] })).toEqual(['ST_refuses60301']);
  });

  it('that do not exist are an empty list', async () => {
    const body = await read('SIP/ListSIPOutboundTrunk', { trunk_ids: ['ST_none'] });
    expect(body).toBe(captured('outbound trunks').body);
  });
});

describe.runIf(isSandbox)('dispatch rules', () => {
  it('name the trunks that they are for, and not those whose calls nobody takes', async () => {
    const { items } = JSON.parse(await read('SIP/ListSIPDispatchRule'));
    expect(items).toHaveLength(1);
    expect(items[0].rule).toMatchObject({ dispatch_rule_individual: { room_prefix: 'call-' } });
    expect(items[0].trunk_ids).toContain('ST_honours00001');
    expect(items[0].trunk_ids).not.toContain('ST_noRule000001');
  });
});
