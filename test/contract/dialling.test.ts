/**
 * Dialling, as captured: the same status, content type and body to the letter, ids apart. Needs
 * trunks of its own: most of it runs on the sandbox only.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialBehaviour, Seed, TrunkSeed } from '../../src/sandbox/seeds.ts';
import { captured } from './captured-answers.ts';
import {
  type Answer,
  allGrants,
  bearer,
  call,
  connect,
  isSandbox,
  type LiveKit,
  SPEED,
  send,
} from './livekit-under-test.ts';

const LEG = 'smoke-leg';
const ANSWERS = '+15105550177';

/** What each trunk does with a dialled call; the others let the number decide. */
const DIALS: Readonly<Record<string, DialBehaviour>> = {
  ST_silent: 'never-answers',
  ST_wants: 'wants-password',
  ST_refuses: 'refuses-password',
  ST_noService: 'no-service',
  ST_full: 'cpu-exhausted',
  ST_forbids: { refuses: 403 },
  ST_phrase: { refuses: 480, phrase: 'Out Of Credit' },
};

const REFERS = { ST_603: 603, ST_405: 405 } as const;

const seed: Seed = {
  trunks: [
    outbound('ST_plain', {}),
    withoutNumber(outbound('ST_noNumber', {})),
    ...Object.entries(DIALS).map(([id, dial]) => outbound(id, { dial })),
    ...Object.entries(REFERS).map(([id, refuses]) => outbound(id, { behaviour: { refuses } })),
    outbound('ST_inbound', { direction: 'inbound', number: '+15550001111' }),
  ],
  rooms: [],
};

function outbound(id: string, more: Partial<TrunkSeed>): TrunkSeed {
  return {
    id,
    name: id,
    direction: 'outbound',
    number: '+15550002222',
    hostname: 'sbc.example.net',
    behaviour: 'honours-refer',
    ...more,
  };
}

function withoutNumber({ number, ...trunk }: TrunkSeed): TrunkSeed {
  return trunk;
}

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await connect({ seed });
});
afterAll(() => livekit.close());

const METHOD = 'SIP/CreateSIPParticipant';

let rooms = 0;

/** Dials from a room of its own, and waits for the answer. */
async function dial(request: object): Promise<{ room: string; answer: Answer }> {
  rooms += 1;
  const room = `dial-${rooms}`;
  const answer = await call(livekit, METHOD, {
    sip_call_to: ANSWERS,
    room_name: room,
    participant_identity: LEG,
    wait_until_answered: true,
    ringing_timeout: '20s',
    max_call_duration: '120s',
    ...request,
  });
  return { room, answer };
}

async function look(room: string): Promise<Answer> {
  return call(livekit, 'RoomService/GetParticipant', { room, identity: LEG }, room);
}

function expectCaptured(answer: Answer, name: string): void {
  const { status, contentType, body } = captured(name);
  expect(answer).toEqual({ status, contentType, body });
}

/** The text with ids and the room's name made the same everywhere. */
function withoutIds(body: string): string {
  return body
    .replace(/(PA|SCL)_[0-9A-Za-z]{12}/g, '$1_')
    .replace(/"room_name":"[^"]*"/, '"room_name":""');
}

describe('a dial, on any LiveKit', () => {
  it('needs a trunk', async () => {
    const { answer } = await dial({});
    expectCaptured(answer, 'create sip participant no trunk');
  });

  it('needs a trunk that exists', async () => {
    const { answer } = await dial({ sip_trunk_id: 'ST_nobody' });
    expectCaptured(answer, 'create sip participant bad trunk');
  });

  it('needs sip.call, and says so before anything else', async () => {
    const grants = { video: { roomCreate: true, roomAdmin: true }, sip: { admin: true } };
    const answer = await send(livekit, `/twirp/livekit.${METHOD}`, '{}', {
      authorization: bearer(livekit, grants),
    });
    expectCaptured(answer, 'trunks no grant');
  });

  it.each([
    ['a number', { sip_call_to: '' }],
    ['a room', { room_name: '' }],
    ['no URI', { sip_call_to: 'sip:100@pbx.company.com' }],
    ['headers that are allowed', { headers: { Contact: 'x' } }],
  ])('needs %s', async (_, request) => {
    const { answer } = await dial({ sip_trunk_id: 'ST_nobody', ...request });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).code).toBe('invalid_argument');
  });
});

describe('DeleteRoom, on any LiveKit', () => {
  const path = '/twirp/livekit.RoomService/DeleteRoom';

  it('does not know a room that is not there', async () => {
    const answer = await call(livekit, 'RoomService/DeleteRoom', { room: 'contract-none' });
    expect(answer).toMatchObject({ status: 404, contentType: 'application/json' });
    expect(JSON.parse(answer.body)).toEqual({
      code: 'not_found',
      msg: 'requested room does not exist',
    });
  });

  it('needs roomCreate, not room admin', async () => {
    const authorization = bearer(livekit, { video: { roomAdmin: true, room: 'contract-none' } });
    const answer = await send(livekit, path, '{"room":"contract-none"}', { authorization });
    expectCaptured(answer, 'ListRooms, no grant');
  });
});

describe.runIf(isSandbox)('a captured dial', () => {
  it('is answered, listed, and gone with its room', async () => {
    const { room, answer } = await dial({ sip_trunk_id: 'ST_plain' });
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(withoutIds(answer.body)).toBe(withoutIds(captured('dial: answered').body));

    const info = JSON.parse(answer.body);
    const { sid, attributes } = JSON.parse((await look(room)).body);
    expect(info).toMatchObject({ participant_id: sid, room_name: room });
    expect(info.sip_call_id).toBe(attributes['sip.callID']);
    const listed = JSON.parse(captured('GetParticipant of a dialled leg, active').body);
    expect(Object.keys(attributes)).toEqual(Object.keys(listed.attributes));

    expectCaptured(await call(livekit, 'RoomService/DeleteRoom', { room }), 'delete room');
    expectCaptured(await look(room), 'getparticipant missing');
  });

  it.each([
    ['+15105550486', 'dial: INVITE answered 486'],
    ['+15105550404', 'dial: INVITE answered 404'],
  ])('to %s: %s', async (sip_call_to, name) => {
    const { room, answer } = await dial({ sip_trunk_id: 'ST_plain', sip_call_to });
    expectCaptured(answer, name);
    expectCaptured(await look(room), 'GetParticipant after a failed dial');
  });

  it('is given up after the ringing time-out', async () => {
    const started = performance.now();
    const { room, answer } = await dial({ sip_trunk_id: 'ST_silent' });
    expectCaptured(answer, 'dial: SIP peer never answered the INVITE');
    expect(performance.now() - started).toBeGreaterThan((20_000 / SPEED) * 0.9);
    expectCaptured(await look(room), 'GetParticipant after a failed dial');
  });

  it('is transferred', async () => {
    for (const [trunk, transfer_to, name] of [
      ['ST_plain', 'tel:+15105559999', 'transfer of the dialled leg: NOTIFY 200'],
      ['ST_plain', 'tel:+15105550486', 'transfer of the dialled leg: NOTIFY 486'],
      ['ST_603', 'tel:+15105559999', 'transfer of the dialled leg: REFER 603'],
      ['ST_405', 'tel:+15105559999', 'transfer of the dialled leg: REFER 405'],
    ] as const) {
      const { room } = await dial({ sip_trunk_id: trunk });
      const request = { room_name: room, participant_identity: LEG, transfer_to };
      expectCaptured(await call(livekit, 'SIP/TransferSIPParticipant', request, room), name);
    }
  });
});

describe.runIf(isSandbox)('a dial that fails', () => {
  it.each([
    ['ST_noNumber', 412, 'failed_precondition', 'no numbers on outbound trunk'],
    ['ST_inbound', 404, 'not_found', 'requested sip trunk does not exist'],
    [
      'ST_wants',
      412,
      'failed_precondition',
      'twirp error unknown: sip server required auth, but no username or password was provided',
    ],
    [
      'ST_refuses',
      412,
      'failed_precondition',
      'twirp error unknown: max auth retry attempts reached for SIP invite',
    ],
    ['ST_noService', 503, 'unavailable', 'twirp error unknown: no response from servers'],
    ['ST_full', 503, 'unavailable', 'twirp error unknown: cpu exhausted'],
    [
      'ST_forbids',
      403,
      'permission_denied',
      'twirp error unknown: unexpected status from INVITE response: sip status: 403: Forbidden',
    ],
    [
      'ST_phrase',
      429,
      'resource_exhausted',
      'twirp error unknown: INVITE failed: sip status: 480: Out Of Credit',
    ],
  ])('on %s says %i %s: %s', async (sip_trunk_id, status, code, msg) => {
    const { room, answer } = await dial({ sip_trunk_id });
    expect(answer).toMatchObject({ status, contentType: 'application/json' });
    expect(JSON.parse(answer.body)).toMatchObject({ code, msg });
    expect((await look(room)).status).toBe(404);
  });

  it('says the SIP status beside the text, and in the details', async () => {
    const { answer } = await dial({ sip_trunk_id: 'ST_forbids' });
    const { meta } = JSON.parse(answer.body);
    expect(meta).toMatchObject({ sip_status: 'Forbidden', sip_status_code: '403' });
    const details = Buffer.from(meta.error_details, 'base64').toString('latin1');
    expect(details).toContain('unexpected status from INVITE response');
    expect(details).toContain('livekit.SIPStatus');
  });

  it('is not heard of by those who do not wait', async () => {
    for (const sip_trunk_id of ['ST_silent', 'ST_refuses', 'ST_forbids']) {
      const { answer } = await dial({ sip_trunk_id, wait_until_answered: false });
      expect(answer.status).toBe(200);
    }
  });

  it('makes no room when no SIP service takes it', async () => {
    const { room } = await dial({ sip_trunk_id: 'ST_full' });
    const answer = await call(livekit, 'RoomService/ListRooms', { names: [room] });
    expect(answer.body).toBe('{"rooms":[]}');
  });
});

describe.runIf(isSandbox)('a token for dialling', () => {
  it('need not be for the room, nor allow anything else', async () => {
    const request = {
      sip_trunk_id: 'ST_plain',
      sip_call_to: ANSWERS,
      room_name: 'token',
      participant_identity: LEG,
    };
    const answer = await send(livekit, `/twirp/livekit.${METHOD}`, JSON.stringify(request), {
      authorization: bearer(livekit, { sip: { call: true } }),
    });
    expect(answer.status).toBe(200);
    const authorization = bearer(livekit, allGrants('token'));
    const removal = JSON.stringify({ room: 'token', identity: LEG });
    const path = '/twirp/livekit.RoomService/RemoveParticipant';
    expect((await send(livekit, path, removal, { authorization })).status).toBe(200);
  });
});
