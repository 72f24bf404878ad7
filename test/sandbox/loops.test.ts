/** Calls to our own numbers: they come back in, by dialling and by transfer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Seed, TrunkBehaviour } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import {
  arrivalAt,
  dial,
  FROM,
  LEG,
  legIn,
  OUR_TARGET,
  OURS,
  OUTSIDE,
  roomNames,
  seenIn,
  statusIn,
  TEST_ROOM,
  trunks,
  until,
  untilStatus,
} from './dialled.ts';
import { ask, warmUp } from './requests.ts';

const SPEED = 20;
/** Where a test must see a call ring: half a minute is enough on a busy machine. */
const UNHURRIED = 2;
/** No agent ever answers; a test does, by dialling somebody else into the room. */
const NOBODY = { agentAfterMs: null };

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function start(seed: Seed, speed = SPEED): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed, speed });
  open.push(sandbox);
  return sandbox;
}

async function remove(sandbox: Sandbox, room: string): Promise<void> {
  const { identity } = (await legIn(sandbox, room)) ?? {};
  const answer = await ask(sandbox, 'RoomService/RemoveParticipant', { room, identity }, room);
  expect(answer.status).toBe(200);
}

async function transferFrom(
  sandbox: Sandbox,
  room: string,
  to = `tel:${OUR_TARGET}`,
  wait = '90s',
): Promise<Response> {
  const { identity } = (await legIn(sandbox, room)) ?? {};
  const request = {
    room_name: room,
    participant_identity: identity,
    transfer_to: to,
    ringing_timeout: wait,
  };
  return ask(sandbox, 'SIP/TransferSIPParticipant', request, room);
}

async function inboundRooms(sandbox: Sandbox): Promise<string[]> {
  return (await roomNames(sandbox)).filter((name) => name.startsWith('call-'));
}

/** Dials our own number, and says where that call came in. */
async function loop(sandbox: Sandbox): Promise<string> {
  expect((await dial(sandbox, OURS)).status).toBe(200);
  return arrivalAt(sandbox, OURS);
}

describe.concurrent('one of our numbers, dialled', () => {
  it('is an inbound call in a room of its own, answered by an agent', async () => {
    const sandbox = await start(trunks());
    const room = await loop(sandbox);
    expect(room).toMatch(/^call-_\+15105550009_\w{12}$/);
    const people = await seenIn(sandbox, room);
    expect(people.map(({ kind }) => kind)).toEqual(['SIP', 'AGENT']);
    expect(people[0]).toMatchObject({
      identity: `sip_${FROM}`,
      name: `Phone ${FROM}`,
      attributes: {
        'sip.callStatus': 'active',
        'sip.phoneNumber': FROM,
        'sip.ruleID': expect.any(String),
        'sip.trunkID': 'ST_in',
        'sip.trunkPhoneNumber': OURS,
      },
    });
    expect(await statusIn(sandbox)).toBe('active');
  });

  it('rings on both sides until somebody else in its room is heard', async () => {
    const sandbox = await start(trunks({}, { dispatch: NOBODY }), UNHURRIED);
    await dial(sandbox, OURS, { wait_until_answered: false, ringing_timeout: '100000s' });
    const room = await arrivalAt(sandbox, OURS);
    expect(await statusIn(sandbox, room)).toBe('ringing');
    expect(await statusIn(sandbox)).toBe('ringing');
    await dial(sandbox, OUTSIDE, { room_name: room });
    await untilStatus(sandbox, 'active', room);
    await untilStatus(sandbox, 'active');
  });

  it('is answered at once by another party on the phone in its room', async () => {
    const dispatch = { room: 'lobby', agentAfterMs: null };
    const sandbox = await start(trunks({}, { dispatch }));
    await dial(sandbox, OUTSIDE, { room_name: 'lobby' });
    expect((await dial(sandbox, OURS)).status).toBe(200);
    const statuses = (await seenIn(sandbox, 'lobby')).map(
      ({ attributes }) => attributes['sip.callStatus'],
    );
    expect(statuses).toEqual(['active', 'active']);
  });

  it('takes a REFER as its own trunk does', async () => {
    const sandbox = await start(trunks({}, { behaviour: { refuses: 603 } }));
    const room = await loop(sandbox);
    expect((await transferFrom(sandbox, room)).status).toBe(403);
    expect(await statusIn(sandbox, room)).toBe('active');
  });

  it.each(['the dialled leg', 'the one that came in'])('ends as a whole with %s', async (which) => {
    const sandbox = await start(trunks());
    const room = await loop(sandbox);
    await remove(sandbox, which === 'the dialled leg' ? TEST_ROOM : room);
    await untilStatus(sandbox, undefined, room);
    await untilStatus(sandbox, undefined);
    await until(async () => expect(await roomNames(sandbox)).toEqual([]));
  });

  it('stops ringing when the call is given up', async () => {
    const sandbox = await start(trunks({}, { dispatch: NOBODY }), UNHURRIED);
    const pending = dial(sandbox, OURS);
    const room = await arrivalAt(sandbox, OURS);
    await remove(sandbox, TEST_ROOM);
    await untilStatus(sandbox, undefined, room);
    expect((await pending).status).toBe(408);
  });

  it('is given up when nobody answers in time', async () => {
    const sandbox = await start(trunks({}, { dispatch: NOBODY }));
    const answer = await dial(sandbox, OURS, { ringing_timeout: '30s' });
    expect(await answer.json()).toMatchObject({
      msg: 'sip request timed out',
    });
    for (const room of await roomNames(sandbox)) expect(await seenIn(sandbox, room)).toEqual([]);
  });

  it('is rejected when its call is removed while it rings', async () => {
    const sandbox = await start(trunks({}, { dispatch: NOBODY }), UNHURRIED);
    const pending = dial(sandbox, OURS);
    await remove(sandbox, await arrivalAt(sandbox, OURS));
    expect(await (await pending).json()).toMatchObject({ meta: { sip_status_code: '486' } });
  });

  it('is not found without a dispatch rule', async () => {
    const sandbox = await start(trunks({}, { dispatch: 'rejected' }));
    expect(await (await dial(sandbox, OURS)).json()).toMatchObject({
      msg: 'INVITE failed: sip status: 404: Not Found',
    });
  });

  it('is not answered when the call is dropped', async () => {
    const sandbox = await start(trunks({}, { dispatch: 'dropped' }));
    const answer = await dial(sandbox, OURS, { ringing_timeout: '20s' });
    expect(answer.status).toBe(408);
    expect(await inboundRooms(sandbox)).toEqual([]);
  });

  it('does not come in when the provider connects it itself', async () => {
    const sandbox = await start(trunks({ connectsInternally: true }));
    expect((await dial(sandbox, OURS)).status).toBe(200);
    expect(await inboundRooms(sandbox)).toEqual([]);
  });
});

describe.concurrent('one of our numbers, as the target of a transfer', () => {
  const DIALLED: readonly TrunkBehaviour[] = [
    'honours-refer',
    'hangs-up-after-notify',
    'hangs-up-before-notify',
    'holds-without-audio',
    'stops-reporting',
    'never-notifies',
  ];

  it.each(DIALLED)('is called by a trunk that %s', async (behaviour) => {
    const sandbox = await start(trunks({ behaviour }));
    await dial(sandbox, OUTSIDE);
    const pending = transferFrom(sandbox, TEST_ROOM, `tel:${OUR_TARGET}`, '40s');
    const room = await arrivalAt(sandbox, OUR_TARGET);
    await untilStatus(sandbox, 'active', room);
    expect((await legIn(sandbox, room))?.attributes['sip.phoneNumber']).toBe(OUTSIDE);
    await pending;
    expect(await statusIn(sandbox, room)).toBe('active');
  });

  it.each([{ refuses: 405 }, 'never-answers'] as const)(
    'is not called by a trunk that %j',
    async (behaviour) => {
      const sandbox = await start(trunks({ behaviour }));
      await dial(sandbox, OUTSIDE);
      await transferFrom(sandbox, TEST_ROOM);
      expect(await inboundRooms(sandbox)).toEqual([]);
    },
  );

  it('can see the number of the trunk instead of the caller’s', async () => {
    const sandbox = await start(trunks({ transferCallerId: 'transferor' }));
    await dial(sandbox, OUTSIDE);
    expect((await transferFrom(sandbox, TEST_ROOM)).status).toBe(200);
    const room = await arrivalAt(sandbox, OUR_TARGET);
    expect((await legIn(sandbox, room))?.attributes['sip.phoneNumber']).toBe(FROM);
  });

  it('that nobody answers is reported as such', async () => {
    const sandbox = await start(trunks({}, {}, { dispatch: NOBODY }));
    await dial(sandbox, OUTSIDE);
    const answer = await transferFrom(sandbox, TEST_ROOM);
    expect(await answer.json()).toMatchObject({
      msg: 'call transfer failed: sip status: 408: Request Timeout',
    });
    expect(await statusIn(sandbox)).toBe('active');
  });

  it('keeps the dialled leg of a loop when the one that came in leaves, and ends with it', async () => {
    const sandbox = await start(trunks());
    const arrived = await loop(sandbox);
    expect((await transferFrom(sandbox, arrived)).status).toBe(200);
    await untilStatus(sandbox, undefined, arrived);
    const target = await arrivalAt(sandbox, OUR_TARGET);
    expect(await statusIn(sandbox)).toBe('active');
    expect(await statusIn(sandbox, target)).toBe('active');

    await remove(sandbox, TEST_ROOM);
    await untilStatus(sandbox, undefined, target);
  });

  it('keeps the dialled leg of a loop with a provider that sends BYE before it reports', async () => {
    const inbound = { behaviour: 'hangs-up-before-notify' } as const;
    const sandbox = await start(trunks({}, inbound, { dispatch: NOBODY }), UNHURRIED);
    const arrived = await loop(sandbox);
    expect((await transferFrom(sandbox, arrived)).status).toBe(409);
    expect(await statusIn(sandbox, arrived)).toBeUndefined();
    expect(await statusIn(sandbox)).toBe('active');
    const target = await arrivalAt(sandbox, OUR_TARGET);
    await dial(sandbox, OUTSIDE, { room_name: target });
    await untilStatus(sandbox, 'active', target);
    expect(await statusIn(sandbox)).toBe('active');
  });

  it('and a busy one ends a loop whose provider has let go of it', async () => {
    const sandbox = await start(trunks({}, { behaviour: 'hangs-up-before-notify' }));
    const arrived = await loop(sandbox);
    await transferFrom(sandbox, arrived, 'sip:486@pbx.company.com');
    await untilStatus(sandbox, undefined);
  });

  it('is put down when the dialled leg of the loop is gone before it answers', async () => {
    const sandbox = await start(trunks({}, {}, { dispatch: NOBODY }), UNHURRIED);
    const arrived = await loop(sandbox);
    const pending = transferFrom(sandbox, arrived);
    const target = await arrivalAt(sandbox, OUR_TARGET);
    await remove(sandbox, TEST_ROOM);
    // To LiveKit the call that was being transferred merely ended.
    expect((await pending).status).toBe(409);
    await dial(sandbox, OUTSIDE, { room_name: target });
    await until(async () => {
      const callers = (await seenIn(sandbox, target)).map(({ identity }) => identity);
      expect(callers).toEqual([LEG]);
    });
  });
});
