/** Dialling, as captured: the same status, content type and body, ids apart. */
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import type { Era } from '../../src/sandbox/server.ts';
import { trunkWhich } from './caller-source.ts';
import { type CapturedAnswer, captured } from './captured-answers.ts';
import {
  ALL_ERAS,
  type Answer,
  allGrants,
  bearer,
  call,
  connect,
  expectCaptured,
  expectLike,
  inBrackets,
  inOneSpacing,
  type LiveKit,
  ONE_ERA,
  SPEED,
  send,
} from './livekit-under-test.ts';
import { capturedTransfers } from './transfer-cases.ts';

const LEG = 'smoke-leg';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await connect();
});
afterAll(() => livekit.close());

const METHOD = 'SIP/CreateSIPParticipant';

let rooms = 0;

/** Dials from a room of its own, and waits for the answer. */
async function dial(server: LiveKit, request: object): Promise<{ room: string; answer: Answer }> {
  rooms += 1;
  const room = `contract-dial-${process.pid}-${rooms}`;
  const answer = await call(server, METHOD, {
    sip_call_to: '+15105550177',
    room_name: room,
    participant_identity: LEG,
    wait_until_answered: true,
    ringing_timeout: '20s',
    max_call_duration: '120s',
    ...request,
  });
  return { room, answer };
}

/** The same over a trunk that behaves in some way; the room is deleted with the end of the test. */
async function dialOver(
  behaviour: string,
  context: Pick<TestContext, 'skip' | 'onTestFinished'>,
  { era = ONE_ERA, ...request }: { era?: Era | null; wait_until_answered?: boolean } = {},
) {
  const trunk = await trunkWhich(behaviour, context, { era });
  const { trunkId: sip_trunk_id, phoneNumber: sip_call_to } = trunk;
  const dialled = await dial(trunk.livekit, { sip_trunk_id, sip_call_to, ...request });
  context.onTestFinished(async () => {
    await call(trunk.livekit, 'RoomService/DeleteRoom', { room: dialled.room }).catch(() => {});
  });
  return { ...trunk, ...dialled };
}

/** Looks until the leg is gone: the answer to a dial may be quicker than the leg. */
function lookUntilGone(server: LiveKit, room: string): Promise<Answer> {
  return vi.waitFor(
    async () => {
      const answer = await look(server, room);
      expect(answer.status).toBe(404);
      return answer;
    },
    { timeout: 15_000, interval: 50 },
  );
}

function look(server: LiveKit, room: string): Promise<Answer> {
  return call(server, 'RoomService/GetParticipant', { room, identity: LEG }, room);
}

/** The text with ids and the room's name made the same everywhere. */
function withoutIds(body: string): string {
  return inOneSpacing(body)
    .replace(/(PA|SCL)_[0-9A-Za-z]{12}/g, '$1_')
    .replace(/"room_name":"[^"]*"/, '"room_name":""');
}

describe('a dial, on any LiveKit', () => {
  it('needs a trunk', async () => {
    const { answer } = await dial(livekit, {});
    expectCaptured(answer, 'create sip participant no trunk');
  });

  it('needs a trunk that exists', async () => {
    const { answer } = await dial(livekit, { sip_trunk_id: 'ST_nobody' });
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
    const { answer } = await dial(livekit, { sip_trunk_id: 'ST_nobody', ...request });
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

/** Eras whose dials were captured; the others differ from them in nothing that dialling shows. */
const DIALLED = ALL_ERAS.filter(
  (era) => ALL_ERAS.length === 1 || era === '1.13' || era === ONE_ERA,
);
const eras = DIALLED.map((era) => [inBrackets(era), era] as const);

/** Who is busy is told under another status since 1.13.11. */
function busyIn(era: Era | null): CapturedAnswer[] {
  const before = captured('dial: INVITE answered 486');
  const since = captured('… the target is busy');
  if (era === null) return [before, since];
  return [era === '2025' || era === '1.13' ? before : since];
}

/** What a dialled leg does when it is transferred, and the same of a call that is up. */
const THEN: readonly (readonly [dialled: string, asCall: string])[] = [
  ['dial-answers', 'answers'],
  ['dial-answers-then-busy-486', 'busy-486'],
  ['dial-answers-then-refuses-603', 'refuses-603'],
  ['dial-answers-then-refuses-405', 'refuses-405'],
];
const transfersOfLegs = DIALLED.flatMap((era) =>
  THEN.map(
    ([dialled, asCall]) => [dialled, inBrackets(era), era, capturedTransfers(era, asCall)] as const,
  ),
).filter(([, , , expected]) => expected.length > 0);

describe.concurrent('a captured dial', () => {
  it('is answered, listed, and gone with its room', async (context) => {
    const { livekit, room, answer } = await dialOver('dial-answers', context);
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(withoutIds(answer.body)).toBe(withoutIds(captured('dial: answered').body));

    const info = JSON.parse(answer.body);
    const { sid, attributes } = JSON.parse((await look(livekit, room)).body);
    expect(info).toMatchObject({ participant_id: sid, room_name: room });
    expect(info.sip_call_id).toBe(attributes['sip.callID']);
    const listed = JSON.parse(captured('GetParticipant of a dialled leg, active').body);
    expect(Object.keys(attributes)).toEqual(expect.arrayContaining(Object.keys(listed.attributes)));

    expectCaptured(await call(livekit, 'RoomService/DeleteRoom', { room }), 'delete room');
    expectCaptured(await lookUntilGone(livekit, room), 'getparticipant missing');
  });

  it.for(eras)('to somebody who is busy%s', async ([, era], context) => {
    const { livekit, room, answer } = await dialOver('dial-busy-486', context, { era });
    expectLike(answer, busyIn(era), era);
    expectCaptured(await lookUntilGone(livekit, room), 'GetParticipant after a failed dial', era);
  });

  it.for(eras)('to a number that nobody has%s', async ([, era], context) => {
    const { livekit, room, answer } = await dialOver('dial-refuses-404', context, { era });
    expectCaptured(answer, 'dial: INVITE answered 404', era);
    expectCaptured(await lookUntilGone(livekit, room), 'GetParticipant after a failed dial', era);
  });

  it.for(eras)('is given up after the ringing time-out%s', async ([, era], context) => {
    const started = performance.now();
    const { livekit, room, answer } = await dialOver('dial-never-answers', context, { era });
    expectCaptured(answer, 'dial: SIP peer never answered the INVITE', era);
    expect(performance.now() - started).toBeGreaterThan((20_000 / SPEED) * 0.9);
    expectCaptured(await lookUntilGone(livekit, room), 'GetParticipant after a failed dial', era);
  });

  it.for(transfersOfLegs)('is transferred: %s%s', async ([behaviour, , era, expected], context) => {
    const { livekit, room } = await dialOver(behaviour, context, { era });
    const request = {
      room_name: room,
      participant_identity: LEG,
      transfer_to: 'tel:+15105559999',
    };
    expectLike(await call(livekit, 'SIP/TransferSIPParticipant', request, room), expected, era);
  });
});

/** The message without the words that one era puts in front of it. */
function messageOf({ body }: Answer): string {
  return JSON.parse(body).msg.replace(/^twirp error unknown: /, '');
}

describe.concurrent('a dial that fails', () => {
  it.for<readonly [string, readonly number[], string | null, string]>([
    ['dial-no-number', [412], 'failed_precondition', 'no numbers on outbound trunk'],
    ['dial-inbound-trunk', [404], 'not_found', 'requested sip trunk does not exist'],
    [
      'dial-wants-password',
      [412],
      'failed_precondition',
      'sip server required auth, but no username or password was provided',
    ],
    [
      'dial-refuses-password',
      [412],
      'failed_precondition',
      'max auth retry attempts reached for SIP invite',
    ],
    ['dial-no-service', [503], 'unavailable', 'no response from servers'],
    ['dial-service-full', [503], 'unavailable', 'cpu exhausted'],
    [
      'dial-refuses-403',
      [403],
      'permission_denied',
      'unexpected status from INVITE response: sip status: 403: Forbidden',
    ],
    [
      'dial-refuses-480-with-own-phrase',
      [412, 429],
      null,
      'INVITE failed: sip status: 480: Out Of Credit',
    ],
  ])('%s says %j %s: %s', async ([behaviour, statuses, code, msg], context) => {
    const { livekit, room, answer } = await dialOver(behaviour, context);
    expect(statuses).toContain(answer.status);
    expect(answer.contentType).toBe('application/json');
    if (code !== null) expect(JSON.parse(answer.body).code).toBe(code);
    expect(messageOf(answer)).toBe(msg);
    await lookUntilGone(livekit, room);
  });

  it('says the SIP status beside the text, and in the details', async (context) => {
    const { answer } = await dialOver('dial-refuses-403', context);
    const { meta } = JSON.parse(answer.body);
    expect(meta).toMatchObject({ sip_status: 'Forbidden', sip_status_code: '403' });
    const details = Buffer.from(meta.error_details, 'base64').toString('latin1');
    expect(details).toContain('unexpected status from INVITE response');
    expect(details).toContain('livekit.SIPStatus');
  });

  it.for(['dial-never-answers', 'dial-refuses-password', 'dial-refuses-403'])(
    'is not heard of by those who do not wait: %s',
    async (behaviour, context) => {
      const { answer } = await dialOver(behaviour, context, { wait_until_answered: false });
      expect(answer.status).toBe(200);
    },
  );

  it('makes no room when no SIP service takes it', async (context) => {
    const { livekit, room } = await dialOver('dial-service-full', context);
    const answer = await call(livekit, 'RoomService/ListRooms', { names: [room] });
    expect(answer.body).toBe('{"rooms":[]}');
  });
});

describe('a token for dialling', () => {
  it('need not be for the room, nor allow anything else', async (context) => {
    const { livekit, trunkId, phoneNumber } = await trunkWhich('dial-answers', context);
    const room = `contract-token-${process.pid}`;
    const request = {
      sip_trunk_id: trunkId,
      sip_call_to: phoneNumber,
      room_name: room,
      participant_identity: LEG,
    };
    const answer = await send(livekit, `/twirp/livekit.${METHOD}`, JSON.stringify(request), {
      authorization: bearer(livekit, { sip: { call: true } }),
    });
    expect(answer.status).toBe(200);
    const authorization = bearer(livekit, allGrants(room));
    const removal = JSON.stringify({ room, identity: LEG });
    const path = '/twirp/livekit.RoomService/RemoveParticipant';
    expect((await send(livekit, path, removal, { authorization })).status).toBe(200);
  });
});
