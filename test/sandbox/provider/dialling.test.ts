/** Calls that are dialled: how they get on, how they fail, and what is left of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Seed } from '../../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import {
  arrivalAt,
  dial,
  FROM,
  LEG,
  legIn,
  OURS,
  OUTSIDE,
  roomNames,
  seenIn,
  statusIn,
  TEST_ROOM,
  trunks,
  until,
  untilStatus,
} from '../dialled.ts';
import { ask, warmUp } from '../requests.ts';

const SPEED = 20;
/** A callee who lets it ring for as long as any of these tests takes. */
const PATIENT = { calleeAnswersAfterMs: 10_000_000 };

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function start(seed: Seed, speed = SPEED): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed, speed });
  open.push(sandbox);
  return sandbox;
}

const transferLeg = (sandbox: Sandbox, to = 'sip:100@pbx.company.com', wait = '45s') =>
  ask(
    sandbox,
    'SIP/TransferSIPParticipant',
    { room_name: TEST_ROOM, participant_identity: LEG, transfer_to: to, ringing_timeout: wait },
    TEST_ROOM,
  );

describe.concurrent('a dialled call', () => {
  it('makes its room on the way, and is active when the answer is waited for', async () => {
    const sandbox = await start(trunks());
    expect((await dial(sandbox, OUTSIDE)).status).toBe(200);
    expect(await roomNames(sandbox)).toEqual([TEST_ROOM]);
    expect(await statusIn(sandbox)).toBe('active');
  });

  it('is answered at once otherwise, and gets on by itself', async () => {
    const sandbox = await start(trunks());
    expect((await dial(sandbox, OUTSIDE, { wait_until_answered: false })).status).toBe(200);
    await untilStatus(sandbox, 'active');
  });

  it('rings as long as nobody answers', async () => {
    const sandbox = await start(trunks(PATIENT));
    await dial(sandbox, OUTSIDE, { wait_until_answered: false, ringing_timeout: '100000s' });
    await untilStatus(sandbox, 'ringing');
  });

  it('dials as long as the other side says nothing', async () => {
    const sandbox = await start(trunks({ dial: 'never-answers' }));
    await dial(sandbox, OUTSIDE, { wait_until_answered: false, ringing_timeout: '100000s' });
    expect(await statusIn(sandbox)).toBe('dialing');
  });

  it('sends its digits before it is active', async () => {
    const sandbox = await start(trunks());
    await dial(sandbox, OUTSIDE, { dtmf: 'w'.repeat(100_000) });
    expect(await statusIn(sandbox)).toBe('automation');
    await dial(sandbox, OUTSIDE, { dtmf: '1w2w', room_name: 'other' });
    await untilStatus(sandbox, 'active', 'other');
  });

  it('has the attributes of an outgoing call, and those that were asked for', async () => {
    const attributes = { 'sip.twilio.callSid': 'CA1' };
    const sandbox = await start(trunks({ attributes }));
    await dial(sandbox, OUTSIDE, {
      participant_name: 'Smoke test',
      participant_metadata: 'run 7',
      participant_attributes: { purpose: 'smoke', 'sip.callStatus': 'forged' },
    });
    expect(await legIn(sandbox)).toMatchObject({
      identity: LEG,
      name: 'Smoke test',
      metadata: 'run 7',
    });
    expect((await legIn(sandbox))?.attributes).toEqual({
      purpose: 'smoke',
      'lk.sip.answerTime': expect.stringMatching(/^\d{13}$/),
      'lk.sip.inviteTime': expect.stringMatching(/^\d{13}$/),
      'sip.callID': expect.stringMatching(/^SCL_\w{12}$/),
      'sip.callIDFull': expect.any(String),
      'sip.callStatus': 'active',
      'sip.callTag': expect.any(String),
      'sip.hostname': 'sbc.example.net',
      'sip.phoneNumber': OUTSIDE,
      'sip.trunkID': 'ST_out',
      'sip.trunkPhoneNumber': FROM,
      ...attributes,
    });
  });

  it('does not know its tag before it is answered', async () => {
    const sandbox = await start(trunks(PATIENT));
    await dial(sandbox, OUTSIDE, { wait_until_answered: false, ringing_timeout: '100000s' });
    await untilStatus(sandbox, 'ringing');
    const { attributes = {} } = (await legIn(sandbox)) ?? {};
    expect(Object.keys(attributes)).not.toContain('sip.callTag');
    expect(Object.keys(attributes)).not.toContain('sip.callIDFull');
  });

  it('can hide the numbers, and be from another number than the trunk’s', async () => {
    const sandbox = await start(trunks());
    await dial(sandbox, OUTSIDE, { hide_phone_number: true });
    const hidden = Object.keys((await legIn(sandbox))?.attributes ?? {});
    for (const name of ['sip.phoneNumber', 'sip.trunkPhoneNumber', 'sip.hostname']) {
      expect(hidden).not.toContain(name);
    }
    await dial(sandbox, OUTSIDE, { sip_number: '+15105550099', room_name: 'other' });
    const { attributes } = (await legIn(sandbox, 'other')) ?? {};
    expect(attributes?.['sip.trunkPhoneNumber']).toBe('+15105550099');
  });

  it('puts out whoever has its identity in the room', async () => {
    const sandbox = await start(trunks());
    const callIds = [];
    for (const to of [OUTSIDE, '+15105550178']) {
      await dial(sandbox, to);
      callIds.push((await legIn(sandbox))?.attributes['sip.callID']);
    }
    expect(new Set(callIds).size).toBe(2);
    expect(await seenIn(sandbox, TEST_ROOM)).toHaveLength(1);
  });

  it('ends when it has lasted as long as it may', async () => {
    const sandbox = await start(trunks());
    expect((await dial(sandbox, OUTSIDE, { max_call_duration: '2s' })).status).toBe(200);
    await untilStatus(sandbox, undefined);
  });

  it('can be dropped by the other side', async () => {
    const sandbox = await start(trunks({ calleeHangsUpAfterMs: 2_000 }));
    expect((await dial(sandbox, OUTSIDE)).status).toBe(200);
    await untilStatus(sandbox, undefined);
  });

  it('leaves an empty room behind, which closes by itself', async () => {
    const sandbox = await start(trunks({ dial: 'refuses-password' }));
    expect((await dial(sandbox, OUTSIDE)).status).toBe(412);
    expect(await statusIn(sandbox)).toBeUndefined();
    await until(async () => expect(await roomNames(sandbox)).toEqual([]));
  });

  it('keeps a room open that was about to close', async () => {
    const sandbox = await start(trunks());
    await dial(sandbox, '+15105550486');
    await dial(sandbox, OUTSIDE, { max_call_duration: '60s' });
    // Were the first departure's 20 s still counted, the call would end with the room, before its time.
    const answered = performance.now();
    await untilStatus(sandbox, undefined);
    expect(performance.now() - answered).toBeGreaterThan(40_000 / SPEED);
  });

  it('gives up when its participant is removed or its room deleted meanwhile', async () => {
    const sandbox = await start(trunks(PATIENT));
    for (const [method, request] of [
      ['RemoveParticipant', { room: TEST_ROOM, identity: LEG }],
      ['DeleteRoom', { room: TEST_ROOM }],
    ] as const) {
      const pending = dial(sandbox, OUTSIDE, { ringing_timeout: '100000s' });
      await untilStatus(sandbox, 'ringing');
      expect((await ask(sandbox, `RoomService/${method}`, request, TEST_ROOM)).status).toBe(200);
      expect((await pending).status).toBe(408);
    }
  });

  it('gets a REFER that was asked for too early once it is answered', async () => {
    // Our own number, so that the test says when it is answered: by somebody else in its room.
    const dispatch = { room: 'lobby', agentAfterMs: null };
    const sandbox = await start(trunks({}, { dispatch }), 2);
    await dial(sandbox, OURS, { wait_until_answered: false, ringing_timeout: '100000s' });
    await arrivalAt(sandbox, OURS);
    const transfer = transferLeg(sandbox, 'sip:100@pbx.company.com', '600s');
    await dial(sandbox, OUTSIDE, { room_name: 'lobby', participant_identity: 'another' });
    expect((await transfer).status).toBe(200);
  });

  it('survives a hold for as long as the dial says', async () => {
    const sandbox = await start(trunks({ behaviour: 'holds-without-audio', mediaTimeoutS: 30 }));
    await dial(sandbox, OUTSIDE, { media: { media_timeout: '120s' } });
    expect((await transferLeg(sandbox, 'sip:100@pbx.company.com', '60s')).status).toBe(408);
    expect(await statusIn(sandbox)).toBe('active');
  });

  it('takes a REFER as its trunk does', async () => {
    const sandbox = await start(trunks({ behaviour: { refuses: 405 } }));
    await dial(sandbox, OUTSIDE);
    expect((await transferLeg(sandbox)).status).toBe(400);
    expect(await statusIn(sandbox)).toBe('active');
  });
});

describe.concurrent('a room that somebody is dialled from', () => {
  it('can get an agent by itself', async () => {
    const sandbox = await start({ ...trunks(), agentInDialledRooms: { afterMs: 1_000 } });
    await dial(sandbox, OUTSIDE);
    await until(async () => {
      const kinds = (await seenIn(sandbox, TEST_ROOM)).map(({ kind }) => kind);
      expect(kinds).toEqual(['SIP', 'AGENT']);
    });
  });

  it('has the troubles that the seed gives to new rooms', async () => {
    const sandbox = await start({ ...trunks(), newRooms: { transferAnswer: 'garbage' } });
    await dial(sandbox, OUTSIDE);
    expect(await (await transferLeg(sandbox)).text()).toBe('no JSON here\n');
  });

  it('is deleted with everybody in it', async () => {
    const sandbox = await start({ ...trunks(), agentInDialledRooms: { afterMs: 0 } });
    await dial(sandbox, OUTSIDE);
    expect((await ask(sandbox, 'RoomService/DeleteRoom', { room: TEST_ROOM })).status).toBe(200);
    expect(await roomNames(sandbox)).toEqual([]);
    expect(await seenIn(sandbox, TEST_ROOM)).toEqual([]);
  });
});

describe.concurrent('the log', () => {
  it('marks dialling, removing and deleting as what changes something', async () => {
    const sandbox = await start(trunks());
    await dial(sandbox, OUTSIDE);
    await ask(
      sandbox,
      'RoomService/RemoveParticipant',
      { room: TEST_ROOM, identity: LEG },
      TEST_ROOM,
    );
    await ask(sandbox, 'RoomService/DeleteRoom', { room: TEST_ROOM });
    expect(sandbox.requests.map(({ method, mutating }) => [method, mutating])).toEqual([
      ['SIP/CreateSIPParticipant', true],
      ['RoomService/RemoveParticipant', true],
      ['RoomService/DeleteRoom', true],
    ]);
  });
});

describe.concurrent('a server that withholds grants', () => {
  it('says so to those who claim them', async () => {
    const sandbox = await start({ ...trunks(), withheldGrants: ['sip.call', 'roomCreate'] });
    expect((await dial(sandbox, OUTSIDE)).status).toBe(401);
    const deletion = await ask(sandbox, 'RoomService/DeleteRoom', { room: TEST_ROOM });
    expect(await deletion.json()).toEqual({ code: 'unauthenticated', msg: 'permissions denied' });
    expect(await roomNames(sandbox)).toEqual([]);
  });
});
