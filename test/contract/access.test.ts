/** Tokens, grants, routes and malformed requests. Needs no seeded calls: runs on any LiveKit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedAll } from './captured-answers.ts';
import {
  ALL_ERAS,
  type Answer,
  allGrants,
  bearer,
  call,
  connect,
  expectCaptured as expectCapturedIn,
  expectLike,
  inBrackets,
  type LiveKit,
  send,
  sign,
} from './livekit-under-test.ts';

describe.for(ALL_ERAS.map((era) => [inBrackets(era), era] as const))('LiveKit%s:', ([, era]) => {
  let livekit: LiveKit;
  beforeAll(async () => {
    livekit = await connect({ era: era ?? undefined });
  });
  afterAll(() => livekit.close());

  const expectCaptured = (answer: Answer, name: string) => expectCapturedIn(answer, name, era);

  const LIST_ROOMS = '/twirp/livekit.RoomService/ListRooms';

  function listRooms(authorization: string | null): Promise<Answer> {
    return send(livekit, LIST_ROOMS, '{}', { authorization });
  }

  /** The captured answer to this very transfer. */
  function capturedTransfer(name: string, request: { transfer_to: string; headers?: object }) {
    const [answer] = capturedAll(name).filter(
      ({ transfer_to, headers }) =>
        transfer_to === request.transfer_to &&
        JSON.stringify(headers) === JSON.stringify(request.headers),
    );
    if (!answer) throw new Error(`No such transfer was captured: ${JSON.stringify(request)}`);
    return answer;
  }

  describe('a token', () => {
    const now = () => Math.floor(Date.now() / 1000);

    it('of an unknown key is refused', async () => {
      const token = bearer({ ...livekit, apiKey: 'APInobodyknows' }, allGrants(''));
      expectCaptured(await listRooms(token), 'ListRooms, unknown key');
    });

    it('signed with another secret is refused', async () => {
      const token = bearer({ ...livekit, apiSecret: 'x'.repeat(40) }, allGrants(''));
      expectCaptured(await listRooms(token), 'ListRooms, wrong secret');
    });

    it('that has expired is refused', async () => {
      const token = bearer(livekit, { ...allGrants(''), exp: now() - 600 });
      expectCaptured(await listRooms(token), 'ListRooms, expired');
    });

    it('that is not valid yet is refused: the clock here runs fast', async () => {
      const token = bearer(livekit, { ...allGrants(''), nbf: now() + 200 });
      expectCaptured(await listRooms(token), 'ListRooms, nbf future');
    });

    it('that is none is refused', async () => {
      expectCaptured(await listRooms('Bearer garbage'), 'ListRooms, garbage token');
    });

    it('with a changed payload is refused', async () => {
      const [head, , signature] = sign({ iss: livekit.apiKey }, livekit.apiSecret).split('.');
      const claims = Buffer.from(
        JSON.stringify({ iss: livekit.apiKey, exp: now() + 60, video: { roomList: true } }),
      ).toString('base64url');
      const answer = await listRooms(`Bearer ${head}.${claims}.${signature}`);
      expectCaptured(answer, 'ListRooms, wrong secret');
    });

    it('is needed', async () => {
      expectCaptured(await listRooms(null), 'ListRooms, no token');
    });
  });

  describe('a grant', () => {
    it('to list rooms is needed for ListRooms', async () => {
      expectCaptured(await listRooms(bearer(livekit, {})), 'ListRooms, no grant');
    });

    it('for SIP administration is needed for the trunk lists', async () => {
      for (const method of ['ListSIPInboundTrunk', 'ListSIPOutboundTrunk']) {
        const authorization = bearer(livekit, { sip: { call: true } });
        const answer = await send(livekit, `/twirp/livekit.SIP/${method}`, '{}', { authorization });
        expectCaptured(answer, 'trunks no grant');
      }
    });

    it.each(['ListParticipants', 'GetParticipant', 'RemoveParticipant'])(
      'for another room does not open %s',
      async (method) => {
        const request = JSON.stringify({ room: 'contract-one', identity: 'nobody' });
        const authorization = bearer(livekit, allGrants('contract-two'));
        const path = `/twirp/livekit.RoomService/${method}`;
        const answer = await send(livekit, path, request, { authorization });
        expectCaptured(answer, 'ListRooms, no grant');
      },
    );

    it.each([
      ['sip.call', { video: { roomAdmin: true, room: 'contract' } }],
      ['room admin', { sip: { call: true } }],
      ['room admin of that room', { ...allGrants('another') }],
    ])('of %s is needed for a transfer, before the address is looked at', async (_, grants) => {
      const request = { room_name: 'contract', participant_identity: 'p', transfer_to: 'nonsense' };
      const answer = await send(
        livekit,
        '/twirp/livekit.SIP/TransferSIPParticipant',
        JSON.stringify(request),
        { authorization: bearer(livekit, grants) },
      );
      expectCaptured(answer, 'transfer no sip grant');
    });
  });

  describe('what is not there', () => {
    it('is an empty list for the participants of a room', async () => {
      const answer = await call(
        livekit,
        'RoomService/ListParticipants',
        { room: 'contract-none' },
        'contract-none',
      );
      expectCaptured(answer, 'participants of missing room');
    });

    it('is a 404 for a participant', async () => {
      const request = { room: 'contract-none', identity: 'nobody' };
      const answer = await call(livekit, 'RoomService/GetParticipant', request, 'contract-none');
      expectCaptured(answer, 'getparticipant missing');
    });

    it('is a 404 for a transfer', async () => {
      const request = {
        room_name: 'contract-none',
        participant_identity: 'nobody',
        transfer_to: 'tel:+15105559999',
      };
      const answer = await call(livekit, 'SIP/TransferSIPParticipant', request, 'contract-none');
      expectCaptured(answer, 'transfer missing room');
    });

    it('is not listed when rooms are asked for by name', async () => {
      const answer = await call(livekit, 'RoomService/ListRooms', { names: ['contract-none'] });
      expect(answer).toMatchObject({ status: 200, body: '{"rooms":[]}' });
    });
  });

  describe('a transfer is checked before anybody is looked for', () => {
    const nobody = { room_name: 'contract-none', participant_identity: 'nobody' };
    const transfer = (request: object, room = 'contract-none') =>
      call(livekit, 'SIP/TransferSIPParticipant', request, room);

    it('and needs a room', async () => {
      const request = { participant_identity: 'p', transfer_to: 'tel:+15105559999' };
      expectCaptured(await transfer(request, ''), 'transfer empty room');
    });

    it('and an address with a scheme in lower case, and no reserved header', async () => {
      const refused = [
        { transfer_to: '+15105559999' },
        { transfer_to: 'SIP:100@pbx' },
        { transfer_to: 'tel:+15105559999', headers: { Contact: 'x' } },
      ];
      const name = 'refused by the API before any REFER';
      for (const request of refused) {
        const answer = await transfer({ ...nobody, ...request });
        expectLike(answer, [capturedTransfer(name, request)], era);
      }
    });

    it.each([
      ['sip:100@pbx.company.com', {}],
      ['sips:100@pbx.company.com', {}],
      ['tel:', {}],
      ['sip:a@b\r\nX-Injected: 1', {}],
      ['tel:+15105559999', { 'X-Dept': 'sales', 'Referred-By': '<sip:a@b.c>' }],
    ])('and %j with headers %j passes the checks', async (transfer_to, headers) => {
      const answer = await transfer({ ...nobody, transfer_to, headers });
      expectCaptured(answer, 'transfer missing room');
    });

    it.each([
      'Contact',
      'call-id',
      'Content-Type',
      'CSeq',
      'From',
      'Refer-To',
      'Reply-To',
      'm',
      'r',
    ])('and the header %s is refused', async (name) => {
      const answer = await transfer({
        ...nobody,
        transfer_to: 'tel:+15105559999',
        headers: { [name]: 'x' },
      });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toEqual({
        code: 'invalid_argument',
        msg: `invalid header name: header name ${name} not supported`,
      });
    });

    it.each([
      ['a header name with a blank', { 'X Dept': 'sales' }],
      ['a header name that is too long', { [`X-${'a'.repeat(254)}`]: 'x' }],
      ['a header value with a line break', { 'X-Dept': 'a\r\nb' }],
      ['a header value that is too long', { 'X-Dept': 'a'.repeat(1025) }],
    ])('and %s is refused', async (_, headers) => {
      const answer = await transfer({ ...nobody, transfer_to: 'tel:+15105559999', headers });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).code).toBe('invalid_argument');
    });
  });

  describe('a request that Twirp cannot take', () => {
    const authorization = () => bearer(livekit, allGrants(''));

    it.each(['{', '', '[]', '{"names":3}', 'null'])('as JSON: %j', async (body) => {
      const answer = await send(livekit, LIST_ROOMS, body, { authorization: authorization() });
      expectCaptured(answer, 'bad json');
    });

    it('as protobuf', async () => {
      const answer = await send(livekit, LIST_ROOMS, Uint8Array.of(0xff, 0xff), {
        authorization: authorization(),
        contentType: 'application/protobuf',
      });
      expect(answer).toEqual({
        status: 400,
        contentType: 'application/json',
        body: '{"code":"malformed","msg":"the protobuf request could not be decoded"}',
      });
    });

    it('for a method that no service has', async () => {
      const answer = await send(livekit, '/twirp/livekit.SIP/Nope', '{}', {
        authorization: authorization(),
      });
      expectCaptured(answer, 'unknown method');
    });

    it.each(['/twirp/livekit.Nope/ListRooms', '/twirp/nope', '/nope', '/api/twirp/livekit.SIP/X'])(
      'for a service that is not there: %s',
      async (path) => {
        const answer = await send(livekit, path, '{}', { authorization: authorization() });
        expectCaptured(answer, 'unknown service');
      },
    );

    it('by GET, on a path of nobody and on one of its own', async () => {
      const options = { authorization: authorization(), httpMethod: 'GET' };
      expectCaptured(await send(livekit, '/nope', '', options), 'GET path 404');
      expect(await send(livekit, LIST_ROOMS, '', options)).toEqual({
        status: 404,
        contentType: 'application/json',
        body: '{"code":"bad_route","msg":"unsupported method \\"GET\\" (only POST is allowed)","meta":{"twirp_invalid_route":"GET /twirp/livekit.RoomService/ListRooms"}}',
      });
    });

    it('in another content type', async () => {
      const options = { authorization: authorization(), contentType: 'text/plain' };
      expect(await send(livekit, LIST_ROOMS, '{}', options)).toEqual({
        status: 404,
        contentType: 'application/json',
        body: '{"code":"bad_route","msg":"unexpected Content-Type: \\"text/plain\\"","meta":{"twirp_invalid_route":"POST /twirp/livekit.RoomService/ListRooms"}}',
      });
    });

    it('but takes a charset, unknown fields and either spelling', async () => {
      const options = {
        authorization: bearer(livekit, allGrants('contract-none')),
        contentType: 'application/json;charset=UTF-8',
      };
      const common = { someday: [1], transferTo: 'tel:+15105559999', ringingTimeout: '1.5s' };
      const spellings = [
        { ...common, roomName: 'contract-none', participantIdentity: 'nobody' },
        { ...common, room_name: 'contract-none', participant_identity: 'nobody' },
      ];
      for (const request of spellings) {
        const path = '/twirp/livekit.SIP/TransferSIPParticipant';
        const answer = await send(livekit, path, JSON.stringify(request), options);
        expectCaptured(answer, 'transfer missing room');
      }
    });
  });
});
