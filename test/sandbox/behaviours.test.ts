/** The troubles that a seed can ask for, each as a client meets it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Seed, TransferAnswer, TrunkBehaviour } from '../../src/sandbox/demo/rooms.ts';
import { type Era, type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { ask, CALLER, look, oneCall, ROOM, transfer, warmUp } from './requests.ts';

const SPEED = 20;
const TARGET = 'sip:100@pbx.company.com';
const BUSY = 'sip:486@pbx.company.com';

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function start(seed: Seed, speed = SPEED, lingersMs?: number, era?: Era): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed, speed, lingersMs, era });
  open.push(sandbox);
  return sandbox;
}

const startAnswering = (transferAnswer: TransferAnswer, behaviour?: TrunkBehaviour) =>
  start(oneCall(behaviour ? { behaviour } : {}, { transferAnswer }));

const startIn = (era: Era, behaviour?: TrunkBehaviour) =>
  start(oneCall(behaviour ? { behaviour } : {}), SPEED, undefined, era);

/** Waits until the caller has left. */
const untilGone = (sandbox: Sandbox) =>
  vi.waitUntil(async () => (await look(sandbox)) === 404, { timeout: 15_000 });

const listParticipants = (sandbox: Sandbox) =>
  ask(sandbox, 'RoomService/ListParticipants', { room: ROOM });

describe.concurrent('a room', () => {
  it('can be unreadable', async () => {
    const sandbox = await start(oneCall({}, { reading: { unavailable: 'always' } }));
    const answer = await listParticipants(sandbox);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      code: 'unavailable',
      msg: 'no response from servers',
    });
    expect(await look(sandbox)).toBe(503);
  });

  it('can be unreadable once', async () => {
    const sandbox = await start(oneCall({}, { reading: { unavailable: 'first-read' } }));
    expect(await look(sandbox)).toBe(503);
    expect(await look(sandbox)).toBe(200);
  });

  it('can be unreadable once a transfer was asked for', async () => {
    const sandbox = await start(oneCall({}, { reading: { unavailable: 'after-transfer' } }));
    expect(await look(sandbox)).toBe(200);
    expect((await transfer(sandbox, TARGET)).status).toBe(200);
    expect(await look(sandbox)).toBe(503);
  });

  it('can be slow to read', async () => {
    const sandbox = await start(oneCall({}, { reading: { delayMs: 4_000 } }));
    const started = performance.now();
    expect(await look(sandbox)).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(180);
  });

  it('can be deleted a while after a transfer was asked for', async () => {
    const seed = oneCall({ behaviour: 'never-notifies' }, { closes: { afterTransferMs: 2_000 } });
    const sandbox = await start(seed);
    expect((await transfer(sandbox, TARGET)).status).toBe(409);
    expect(await look(sandbox)).toBe(404);
    expect(await look(sandbox, 'agent')).toBe(404);
    expect(await (await ask(sandbox, 'RoomService/ListRooms', {})).json()).toEqual({ rooms: [] });
  });

  it('can look, for good, as it was when a transfer was asked for', async () => {
    // The room, which is no part of it, closes later than a busy machine looks.
    const sandbox = await start(oneCall({}, { reading: { stale: 'after-transfer' } }), 4);
    expect((await transfer(sandbox, TARGET)).status).toBe(200);
    await sleep(1_300);
    expect(await look(sandbox)).toBe(200);
    expect(await (await listParticipants(sandbox)).json()).toMatchObject({
      participants: [{ identity: 'agent' }, { identity: CALLER }],
    });
  });

  it('can have vanished since it was listed', async () => {
    const sandbox = await start(oneCall({}, { vanished: true }));
    const listed = await (await ask(sandbox, 'RoomService/ListRooms', {})).json();
    expect(listed).toMatchObject({ rooms: [{ name: ROOM }] });
    expect(await (await listParticipants(sandbox)).json()).toEqual({ participants: [] });
    expect(await look(sandbox)).toBe(404);
    expect((await transfer(sandbox, TARGET)).status).toBe(404);
  });

  it('closes 20 s after its last caller left, agents or not', async () => {
    // Slow enough that a busy machine gets to see the room before it closes.
    const speed = 5;
    const sandbox = await start(oneCall({ behaviour: 'hangs-up-before-notify' }), speed);
    // From before the transfer, which takes a moment: an answer may be late on a busy machine.
    const asked = performance.now();
    await transfer(sandbox, TARGET);
    expect(await look(sandbox, 'agent')).toBe(200);
    await vi.waitUntil(async () => (await look(sandbox, 'agent')) === 404, { timeout: 15_000 });
    expect((performance.now() - asked) * speed).toBeGreaterThan(20_000);
    const listed = await (await ask(sandbox, 'RoomService/ListRooms', {})).json();
    expect(listed).toEqual({ rooms: [] });
  });
});

describe.concurrent('ListRooms', () => {
  it('can fail', async () => {
    const sandbox = await start({ ...oneCall(), listing: { unavailable: 'first-read' } });
    expect((await ask(sandbox, 'RoomService/ListRooms', {})).status).toBe(503);
    expect((await ask(sandbox, 'RoomService/ListRooms', {})).status).toBe(200);
  });
});

describe.concurrent('a caller', () => {
  it('can hang up after a while', async () => {
    const sandbox = await start(oneCall({}, {}, { leaves: { afterMs: 30_000 } }));
    expect(await look(sandbox)).toBe(200);
    await untilGone(sandbox);
  });

  it('can hang up between the list and the first look', async () => {
    const sandbox = await start(oneCall({}, {}, { leaves: 'at-first-read' }));
    const listed = await (await listParticipants(sandbox)).json();
    expect(listed).toMatchObject({ participants: [{ identity: 'agent' }, { identity: CALLER }] });
    expect(await look(sandbox)).toBe(404);
    expect(await (await listParticipants(sandbox)).json()).toMatchObject({
      participants: [{ identity: 'agent' }],
    });
  });

  it('can hang up between a look and the transfer', async () => {
    const sandbox = await start(oneCall({}, {}, { leaves: 'at-second-read' }));
    expect(await look(sandbox)).toBe(200);
    expect((await transfer(sandbox, TARGET)).status).toBe(404);
    expect(await look(sandbox)).toBe(404);
  });

  it('can hang up a while after a transfer was asked for', async () => {
    const seed = oneCall(
      { behaviour: { refuses: 603 } },
      {},
      { leaves: { afterTransferMs: 30_000 } },
    );
    const sandbox = await start(seed);
    await sleep(400);
    expect((await transfer(sandbox, TARGET)).status).toBe(403);
    expect(await look(sandbox)).toBe(200);
    await untilGone(sandbox);
  });

  it('can be back under another identity, with the same call, before the target answers', async () => {
    const rejoins = { as: 'sip_again', afterTransferMs: 600 };
    const sandbox = await start(oneCall({}, {}, { rejoins }), SPEED, 3000);
    const callIdOf = async (identity: string) => {
      const answer = await ask(sandbox, 'RoomService/GetParticipant', { room: ROOM, identity });
      const { attributes } = (await answer.json()) as { attributes: Record<string, string> };
      return attributes['sip.callID'];
    };
    expect(await callIdOf(CALLER)).toBe('SCL_one');
    expect((await transfer(sandbox, TARGET)).status).toBe(200);
    expect(await look(sandbox)).toBe(404);
    expect(await callIdOf('sip_again')).toBe('SCL_one');
    await vi.waitUntil(async () => (await look(sandbox, 'sip_again')) === 404, { timeout: 15_000 });
  });

  it.each([
    ['1.13', 200],
    ['1.13.11-august', 200],
    ['1.13.11', 409],
  ] as const)('who hangs up in the middle of a transfer: %s says %i', async (era, status) => {
    const leaves = { afterTransferMs: 2_000 };
    const seed = oneCall({ behaviour: 'never-notifies' }, {}, { leaves });
    const sandbox = await start(seed, SPEED, undefined, era);
    expect((await transfer(sandbox, TARGET)).status).toBe(status);
    expect(await look(sandbox)).toBe(404);
  });
});

describe.concurrent('a trunk', () => {
  it('that drops calls before it reports drops busy ones too', async () => {
    const sandbox = await start(oneCall({ behaviour: 'hangs-up-before-notify' }));
    expect((await transfer(sandbox, BUSY)).status).toBe(409);
    expect(await look(sandbox)).toBe(404);
  });

  it('that hangs up first keeps the call when the target is busy', async () => {
    const sandbox = await start(oneCall({ behaviour: 'hangs-up-after-notify' }));
    expect((await transfer(sandbox, BUSY)).status).toBe(412);
    expect(await look(sandbox)).toBe(200);
  });

  it('reports 408 when the target rings on for a minute', async () => {
    const sandbox = await start(oneCall());
    const answer = await transfer(sandbox, 'sip:408@pbx', '90s');
    expect(answer.status).toBe(408);
    expect(await answer.json()).toMatchObject({
      code: 'deadline_exceeded',
      msg: 'call transfer failed: sip status: 408: Request Timeout',
      meta: { sip_status_code: '408' },
    });
    expect(await look(sandbox)).toBe(200);
  });

  it('can report a final status that proves nothing', async () => {
    const sandbox = await start(oneCall({ behaviour: { notifies: 202 } }));
    const answer = await transfer(sandbox, TARGET);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({
      msg: 'call transfer failed: sip status: 202: Accepted',
    });
  });

  it('that never answered a first REFER does not end the wait for a second one', async () => {
    // Slow enough for a machine that is late by some tenths of a second.
    const speed = SPEED / 2;
    const sandbox = await start(oneCall({ behaviour: 'never-answers' }), speed);
    expect((await transfer(sandbox, TARGET, '5s')).status).toBe(408);
    const second = transfer(sandbox, BUSY);
    // The first REFER's transaction ends after 32 s, the second one's five later.
    await sleep(28_000 / speed);
    expect(await (await transfer(sandbox, TARGET)).json()).toMatchObject({
      msg: 'call already being transferred elsewhere',
    });
    expect(await (await second).json()).toMatchObject({ code: 'canceled' });
  });

  it('does not get a REFER in an outgoing call that nobody has answered', async () => {
    const seed = oneCall({ direction: 'outbound' }, {}, { status: 'dialing' });
    const sandbox = await start(seed);
    expect((await transfer(sandbox, TARGET, '4s')).status).toBe(408);
    expect(await look(sandbox)).toBe(200);
  });
});

describe.concurrent('the answer to a transfer', () => {
  it('can be a reset connection, with the transfer under way', async () => {
    const sandbox = await startAnswering('connection-reset');
    await expect(transfer(sandbox, TARGET)).rejects.toMatchObject({
      cause: { code: 'ECONNRESET' },
    });
    expect(sandbox.requests).toMatchObject([{ mutating: true, status: 0 }]);
    expect(await look(sandbox)).toBe(200);
    await untilGone(sandbox);
  });

  it("can be a proxy's page, with the transfer under way", async () => {
    const sandbox = await startAnswering('bad-gateway-page');
    const answer = await transfer(sandbox, TARGET);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toBe('text/html');
    await untilGone(sandbox);
  });

  it.each(['garbage', 'truncated-json'] as const)('can be %s', async (manner) => {
    const sandbox = await startAnswering(manner);
    const answer = await transfer(sandbox, TARGET);
    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
  });

  it('can be a failure inside a 200', async () => {
    const answer = await transfer(await startAnswering('failure-in-200'), BUSY);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      transfer_id: '',
      status: 'STS_TRANSFER_FAILED',
      reason: 'STR_REJECTED',
      sip_status: { code: 'SIP_STATUS_BUSY_HERE', status: 'Busy Here' },
    });
  });

  it('can be a failure of the SIP service, without any REFER', async () => {
    const sandbox = await startAnswering({
      fails: 'unimplemented',
      message: "we don't yet support transfers for this phone number type",
    });
    const answer = await transfer(sandbox, TARGET);
    expect(answer.status).toBe(501);
    await sleep(1_300);
    expect(await look(sandbox)).toBe(200);
  });

  it('can come long after the transfer ended', async () => {
    const sandbox = await start(oneCall({}, { transferAnswerDelayMs: 6_000 }));
    const started = performance.now();
    expect((await transfer(sandbox, TARGET)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan((1_500 + 6_000) / SPEED - 10);
  });
});

describe.concurrent('an era', () => {
  it('before November 2025 answers a success without any field', async () => {
    expect(await (await transfer(await startIn('2025'), TARGET)).text()).toBe('{}');
  });

  it('of late August 2026 states what became of a transfer', async () => {
    const completed = await transfer(await startIn('1.13.11-august'), TARGET);
    expect(await completed.json()).toMatchObject({
      transfer_id: expect.stringMatching(/^STR_\w{12}$/),
      status: 'STS_TRANSFER_SUCCESSFUL',
      reason: 'STR_COMPLETED',
    });
    const sandbox = await startIn('1.13.11-august', 'hangs-up-before-notify');
    const ended = await transfer(sandbox, TARGET);
    expect(ended.status).toBe(200);
    expect(await ended.json()).toMatchObject({
      status: 'STS_TRANSFER_FAILED',
      reason: 'STR_CALL_ENDED',
    });
  });

  it('of today attaches its reason to what failed, and nothing to a success', async () => {
    const completed = await transfer(await startIn('1.13.11'), TARGET);
    expect(await completed.json()).toMatchObject({ transfer_id: '', reason: 'STR_UNSPECIFIED' });

    const rejected = await transfer(await startIn('1.13.11'), BUSY);
    expect(rejected.status).toBe(412);
    const refusal = await rejected.json();
    expect(detailsOf(refusal)).toContain('livekit.SIPTransferError');
    expect(refusal).toMatchObject({ meta: { sip_transfer_reason: 'STR_REJECTED' } });

    const unanswered = await transfer(await startIn('1.13.11', 'never-answers'), TARGET);
    expect(await unanswered.json()).toMatchObject({
      code: 'canceled',
      meta: {
        sip_transfer_id: expect.stringMatching(/^STR_\w{12}$/),
        sip_transfer_reason: 'STR_UNSPECIFIED',
      },
    });

    const sandbox = await startIn('1.13.11', 'never-notifies');
    const timedOut = await transfer(sandbox, TARGET, '2s');
    expect(timedOut.status).toBe(408);
    expect(await timedOut.json()).toEqual({ code: 'deadline_exceeded', msg: 'request timed out' });
  });

  it.each([
    ['1.13', []],
    ['1.13.11', ['hangup']],
  ] as const)('%s shows a leg that it hangs up as %j', async (era, expected) => {
    const sandbox = await start(oneCall(), SPEED, 10_000, era);
    await transfer(sandbox, TARGET);
    const seen = new Set<string>();
    await vi.waitUntil(
      async () => {
        const { attributes } = await readCaller(sandbox);
        if (attributes) seen.add(attributes['sip.callStatus'] ?? '');
        return attributes === undefined;
      },
      { timeout: 30_000, interval: 20 },
    );
    seen.delete('active');
    expect([...seen]).toEqual(expected);
  });

  it.each([
    ['1.13', [false, false, false]],
    ['1.13.11-august', [false, false, false]],
    ['1.13.11', [true, true, true]],
  ] as const)('%s tells the times of a call: %j', async (era, expected) => {
    const startedMs = Date.now();
    const sandbox = await start(oneCall({}, {}, { pinEntered: true }), SPEED, undefined, era);
    const { attributes = {} } = await readCaller(sandbox);
    const times = ['inviteTime', 'answerTime', 'pinEnteredTime'].map(
      (name) => attributes[`lk.sip.${name}`],
    );
    expect(times.map((time) => time !== undefined)).toEqual(expected);
    // One after the other, and all before the caller was in the room, a minute ago.
    const known = times.filter((time) => time !== undefined).map(Number);
    expect(known).toEqual(known.toSorted((one, other) => one - other));
    for (const time of known) expect(time).toBeLessThanOrEqual(startedMs - 59_000);
  });

  it('of today tells when a call was answered that rang before', async () => {
    const seed = oneCall({}, {}, { status: 'ringing' });
    const sandbox = await start(seed);
    const { attributes = {} } = await readCaller(sandbox);
    expect(Object.keys(attributes)).toContain('lk.sip.inviteTime');
    expect(Object.keys(attributes)).not.toContain('lk.sip.answerTime');
  });
});

async function readCaller(sandbox: Sandbox): Promise<{ attributes?: Record<string, string> }> {
  const request = { room: ROOM, identity: CALLER };
  const answer = await ask(sandbox, 'RoomService/GetParticipant', request);
  return (await answer.json()) as { attributes?: Record<string, string> };
}

describe.concurrent('a request', () => {
  it('may have fields and names that the server does not know, which are recorded', async () => {
    const sandbox = await start(oneCall({ behaviour: { refuses: 603 } }));
    const answer = await ask(sandbox, 'SIP/TransferSIPParticipant', {
      room_name: ROOM,
      participant_identity: CALLER,
      transfer_to: TARGET,
      play_dialtone: true,
      dialtone: 'SIP_DIALTONE_JP',
    });
    expect(answer.status).toBe(403);
    expect(sandbox.requests).toMatchObject([
      { body: { dialtone: 'SIP_DIALTONE_JP', play_dialtone: true } },
    ]);
    const dialled = await ask(sandbox, 'SIP/CreateSIPParticipant', {
      sip_trunk_id: 'ST_nobody',
      sip_call_to: '+15105550177',
      room_name: 'dialled',
      dialtone: 'SIP_DIALTONE_AUTO',
      media_encryption: 'SIP_MEDIA_ENCRYPT_SOME_DAY',
    });
    expect(dialled.status).toBe(404);
    expect(sandbox.requests.at(-1)).toMatchObject({ body: { dialtone: 'SIP_DIALTONE_AUTO' } });
  });
});

describe.concurrent('trunks and rooms', () => {
  it('can be added while it runs', async () => {
    const sandbox = await start({ trunks: [], rooms: [] });
    expect(await look(sandbox)).toBe(404);
    sandbox.add(oneCall());
    expect(await look(sandbox)).toBe(200);
    const trunks = await (await ask(sandbox, 'SIP/ListSIPInboundTrunk', {})).json();
    expect(trunks).toMatchObject({ items: [{ sip_trunk_id: 'ST_one' }] });
    expect((await transfer(sandbox, TARGET)).status).toBe(200);
  });
});

function detailsOf(body: unknown): string {
  const { meta } = body as { meta: { error_details: string } };
  return Buffer.from(meta.error_details, 'base64').toString('latin1');
}
