/** Somebody is dialled into a room with a caller in it: what becomes of both legs. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AgentSeed,
  CallerSeed,
  RoomSeed,
  Seed,
  TrunkSeed,
} from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Seen, seenIn, trunks, until } from './dialled.ts';
import { ask, CALLER, ROOM, warmUp } from './requests.ts';

const SPEED = 20;
const TARGET = 'target-1';
const PICKS_UP = '+15105550177';
const PATIENT = { calleeAnswersAfterMs: 10_000_000 };

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

interface Scene {
  outbound?: Partial<TrunkSeed>;
  caller?: Partial<CallerSeed>;
  agent?: Partial<AgentSeed> | null;
  room?: Partial<RoomSeed>;
  speed?: number;
  webhook?: string;
}

/** A caller and an agent in a room, and a trunk to dial over. */
async function start({ outbound, caller, agent, room, speed = SPEED, webhook }: Scene = {}) {
  const seed: Seed = {
    ...trunks(outbound),
    rooms: [
      {
        name: ROOM,
        participants: [
          ...(agent === null
            ? []
            : [
                {
                  kind: 'agent',
                  identity: 'agent',
                  audio: 'published',
                  age: 60,
                  ...agent,
                } as const,
              ]),
          {
            kind: 'caller',
            callId: 'SCL_one',
            trunk: 'ST_in',
            number: '+15105550142',
            age: 60,
            ...caller,
          },
        ],
        ...room,
      },
    ],
  };
  const sandbox = await startSandbox({ seed, speed, webhook });
  open.push(sandbox);
  return sandbox;
}

const dial = (sandbox: Sandbox, more: object = {}) =>
  ask(sandbox, 'SIP/CreateSIPParticipant', {
    sip_trunk_id: 'ST_out',
    sip_call_to: PICKS_UP,
    room_name: ROOM,
    participant_identity: TARGET,
    wait_until_answered: true,
    ringing_timeout: '60s',
    ...more,
  });

const remove = (sandbox: Sandbox, identity: string) =>
  ask(sandbox, 'RoomService/RemoveParticipant', { room: ROOM, identity });

/** Everybody in the room by identity, with the status of their calls. */
async function statuses(sandbox: Sandbox): Promise<Record<string, string | undefined>> {
  const seen = await seenIn(sandbox, ROOM);
  return Object.fromEntries(
    seen.map(({ identity, attributes }) => [identity, attributes['sip.callStatus']]),
  );
}

const untilThere = (sandbox: Sandbox, expected: Record<string, string | undefined>) =>
  until(async () => expect(await statuses(sandbox)).toEqual(expected));

const sent = (sandbox: Sandbox) =>
  sandbox.signals.map(({ number, signal }) => `${signal} ${number}`);

const seenAs = async (sandbox: Sandbox, identity: string): Promise<Seen | undefined> =>
  (await seenIn(sandbox, ROOM)).find((each) => each.identity === identity);

describe.concurrent('somebody who is dialled into a room', () => {
  it('is listed while it rings, and everybody else is left as they were', async () => {
    const sandbox = await start({ outbound: PATIENT });
    void dial(sandbox, { ringing_timeout: '100000s' });
    await untilThere(sandbox, { agent: undefined, [CALLER]: 'active', [TARGET]: 'ringing' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`]);
  });

  it('is shown with what was asked for, and without what LiveKit shows nowhere', async () => {
    const sandbox = await start();
    const answer = await dial(sandbox, {
      participant_attributes: { purpose: 'bridge' },
      participant_metadata: 'for the lead',
      participant_name: 'Sales',
      display_name: 'ACME',
      play_dialtone: true,
      dialtone: 'SIP_DIALTONE_US',
      headers: { 'X-Call': 'SCL_one' },
    });
    expect(answer.status).toBe(200);
    const target = await seenAs(sandbox, TARGET);
    expect(target).toMatchObject({ name: 'Sales', metadata: 'for the lead' });
    expect(target?.attributes).toMatchObject({ purpose: 'bridge', 'sip.callStatus': 'active' });
    expect(JSON.stringify(target)).not.toMatch(/ACME|DIALTONE|X-Call/);
    expect(sandbox.requests[0]?.body).toMatchObject({ dialtone: 'SIP_DIALTONE_US' });
  });

  it('is cancelled by their removal while it rings, which the dial tells 1.5 s later', async () => {
    const sandbox = await start({ outbound: PATIENT });
    const pending = dial(sandbox, { ringing_timeout: '100000s' });
    await until(async () => expect(await seenAs(sandbox, TARGET)).toBeDefined());
    const started = performance.now();
    expect((await remove(sandbox, TARGET)).status).toBe(200);
    expect(await seenAs(sandbox, TARGET)).toBeUndefined();
    const answer = await pending;
    expect((performance.now() - started) * SPEED).toBeGreaterThan(1_450);
    expect(answer.status).toBe(408);
    expect(await answer.json()).toEqual({ code: 'canceled', msg: 'sip request timed out' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, `CANCEL ${PICKS_UP}`]);
  });

  it('gets a BYE when they have answered', async () => {
    const sandbox = await start();
    await dial(sandbox);
    await remove(sandbox, TARGET);
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, `BYE ${PICKS_UP}`]);
  });

  it('rings on when the caller goes, and joins all the same', async () => {
    const outbound = { calleeAnswersAfterMs: 6_000 };
    const sandbox = await start({ outbound, caller: { leaves: { afterDialMs: 1_000 } } });
    expect((await dial(sandbox)).status).toBe(200);
    expect(await statuses(sandbox)).toEqual({ agent: undefined, [TARGET]: 'active' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`]);
  });

  it('joins as well when whoever asked for it is gone', async () => {
    // Slowly: it must not be answered before it is given up.
    const sandbox = await start({ outbound: { calleeAnswersAfterMs: 4_000 }, speed: 1 });
    const { AccessToken } = await import('livekit-server-sdk');
    const token = new AccessToken(sandbox.apiKey, sandbox.apiSecret);
    token.addSIPGrant({ call: true });
    const going = new AbortController();
    const pending = fetch(`${sandbox.url}/twirp/livekit.SIP/CreateSIPParticipant`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${await token.toJwt()}`,
      },
      body: JSON.stringify({
        sip_trunk_id: 'ST_out',
        sip_call_to: PICKS_UP,
        room_name: ROOM,
        participant_identity: TARGET,
        wait_until_answered: true,
      }),
      signal: going.signal,
    });
    await until(async () => expect(await seenAs(sandbox, TARGET)).toBeDefined());
    going.abort();
    await expect(pending).rejects.toThrow();
    await untilThere(sandbox, { agent: undefined, [CALLER]: 'active', [TARGET]: 'active' });
  });

  it('leaves the caller alone when they hang up, and LiveKit ends nothing', async () => {
    const sandbox = await start({ outbound: { calleeHangsUpAfterMs: 1_000 } });
    await dial(sandbox);
    await remove(sandbox, 'agent');
    await untilThere(sandbox, { [CALLER]: 'active' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`]);
  });

  it('hangs up after a while at a number that says so', async () => {
    const sandbox = await start();
    await dial(sandbox, { sip_call_to: '+15105550293' });
    await untilThere(sandbox, { agent: undefined, [CALLER]: 'active' });
    expect(sent(sandbox)).toEqual(['INVITE +15105550293']);
  });

  it('stays when the caller hangs up, until the longest duration has passed', async () => {
    const sandbox = await start({ caller: { leaves: { afterAnswerMs: 200 } } });
    const started = performance.now();
    await dial(sandbox, { max_call_duration: '60s' });
    await untilThere(sandbox, { agent: undefined, [TARGET]: 'active' });
    await until(async () => expect(await seenAs(sandbox, TARGET)).toBeUndefined());
    expect((performance.now() - started) * SPEED).toBeGreaterThan(59_000);
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, `BYE ${PICKS_UP}`]);
  });

  it('has the longest duration counted from the request', async () => {
    const sandbox = await start({ outbound: PATIENT });
    expect((await dial(sandbox, { max_call_duration: '20s' })).status).toBe(408);
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, `CANCEL ${PICKS_UP}`]);
  });

  it('is ended after the media time-out when they send no audio, and nobody else is', async () => {
    const sandbox = await start({ outbound: { calleeIsSilent: true } });
    await dial(sandbox, { media: { media_timeout: '2s' } });
    await untilThere(sandbox, { agent: undefined, [CALLER]: 'active' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, `BYE ${PICKS_UP}`]);
  });

  it('takes the place of whoever has that identity, and that leg is gone', async () => {
    const sandbox = await start();
    await dial(sandbox);
    const before = await seenAs(sandbox, TARGET);
    expect((await dial(sandbox, { sip_call_to: '+15105550178' })).status).toBe(200);
    expect((await seenAs(sandbox, TARGET))?.attributes['sip.callID']).not.toBe(
      before?.attributes['sip.callID'],
    );
    expect(sent(sandbox)).toContain(`BYE ${PICKS_UP}`);
  });

  it('hangs up the caller when it is the caller’s identity that was asked for', async () => {
    const sandbox = await start();
    expect((await dial(sandbox, { participant_identity: CALLER })).status).toBe(200);
    expect((await seenAs(sandbox, CALLER))?.attributes['sip.phoneNumber']).toBe(PICKS_UP);
    expect(sent(sandbox)).toEqual(['BYE +15105550142', `INVITE ${PICKS_UP}`]);
  });

  it.each([
    ['is busy', '+15105550486', {}, 412],
    ['does not answer', PICKS_UP, { ringing_timeout: '4s' }, 408],
  ] as const)('leaves no trace when they are not reached: %s', async (_, to, more, status) => {
    const sandbox = await start({ outbound: PATIENT });
    expect((await dial(sandbox, { sip_call_to: to, ...more })).status).toBe(status);
    expect(await statuses(sandbox)).toEqual({ agent: undefined, [CALLER]: 'active' });
  });

  it('is not waited for beyond 80 s, and rings on', async () => {
    const sandbox = await start({ outbound: PATIENT, speed: 100 });
    const answer = await dial(sandbox, { ringing_timeout: '100000s' });
    expect(answer.status).toBe(408);
    expect(await answer.json()).toEqual({ code: 'deadline_exceeded', msg: 'request timed out' });
    expect((await seenAs(sandbox, TARGET))?.attributes['sip.callStatus']).toBe('ringing');
  });

  it.each([
    ['sip:100@pbx.company.com', 400, 'not a full SIP URI'],
    ['sip:100', 400, 'not a full SIP URI'],
    ['tel:+15105550177', 400, 'INVITE failed: sip status: 400'],
  ])('is called by a number: %s', async (to, status, words) => {
    const sandbox = await start();
    const answer = await dial(sandbox, { sip_call_to: to });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(words);
  });

  it.each([
    ['connection-refused', 412, 'transport<TCP> dial err='],
    ['unknown-host', 400, 'fail to resolve target'],
  ] as const)('is not reached over a trunk that is away: %s', async (way, status, words) => {
    const sandbox = await start({ outbound: { dial: way } });
    const answer = await dial(sandbox);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ msg: expect.stringContaining(words) });
    expect(await seenAs(sandbox, TARGET)).toBeUndefined();
  });
});

describe.concurrent('a caller who rings while somebody is dialled into their room', () => {
  const RINGING = { caller: { status: 'ringing' as const }, agent: null };

  it('is answered before anybody has picked up, and stays', async () => {
    const sandbox = await start({ ...RINGING, outbound: PATIENT });
    void dial(sandbox, { ringing_timeout: '100000s' });
    await untilThere(sandbox, { [CALLER]: 'active', [TARGET]: 'ringing' });
    expect(sent(sandbox)).toEqual([`INVITE ${PICKS_UP}`, 'ANSWER +15105550142']);
    await remove(sandbox, TARGET);
    expect(await statuses(sandbox)).toEqual({ [CALLER]: 'active' });
  });

  it('is not when the dial failed at once', async () => {
    const sandbox = await start(RINGING);
    await dial(sandbox, { sip_call_to: '+15105550486' });
    // Beyond the moment at which the caller would have been answered.
    await dial(sandbox, { room_name: 'other', sip_call_to: PICKS_UP, dtmf: '1234' });
    await until(async () => {
      const [other] = await seenIn(sandbox, 'other');
      expect(other?.attributes['sip.callStatus']).toBe('active');
    });
    expect(await statuses(sandbox)).toEqual({ [CALLER]: 'ringing' });
  });

  it('is rejected by their removal', async () => {
    const sandbox = await start(RINGING);
    expect((await remove(sandbox, CALLER)).status).toBe(200);
    expect(sent(sandbox)).toEqual(['486 +15105550142']);
    expect((await remove(sandbox, CALLER)).status).toBe(404);
  });
});

describe.concurrent('the agent of a bridged caller', () => {
  it('can leave when somebody is dialled, and come back when it was answered', async () => {
    const agent = { leaves: { afterDialMs: 100 }, returns: { as: 'agent-2', afterMs: 2_000 } };
    const sandbox = await start({ agent });
    await dial(sandbox);
    await untilThere(sandbox, {
      'agent-2': undefined,
      [CALLER]: 'active',
      [TARGET]: 'active',
    });
  });
});

describe.concurrent('a webhook of a leg', () => {
  /** Who left the room, and why, as they were told. */
  async function leftIn(scene: Scene, act: (sandbox: Sandbox) => Promise<unknown>) {
    const events: { identity: string; disconnectReason?: string; state?: string }[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { event, participant } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      if (event === 'participant_left') events.push(participant);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const sandbox = await start({ ...scene, webhook: `http://127.0.0.1:${port}/` });
      await act(sandbox);
      await until(async () => expect(events).not.toEqual([]));
      const [{ identity, disconnectReason, state } = { identity: '' }] = events;
      expect(state).toBe('DISCONNECTED');
      return `${identity} ${disconnectReason}`;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it.each<[string, Scene, (sandbox: Sandbox) => Promise<unknown>, string]>([
    ['is busy', {}, (s) => dial(s, { sip_call_to: '+15105550486' }), `${TARGET} USER_REJECTED`],
    [
      'does not answer',
      { outbound: PATIENT },
      (s) => dial(s, { ringing_timeout: '4s' }),
      `${TARGET} USER_UNAVAILABLE`,
    ],
    [
      'is not there',
      {},
      (s) => dial(s, { sip_call_to: '+15105550480' }),
      `${TARGET} USER_UNAVAILABLE`,
    ],
    [
      'is not reached',
      { outbound: { dial: 'refuses-password' } },
      dial,
      `${TARGET} SIP_TRUNK_FAILURE`,
    ],
    ['hangs up', { outbound: { calleeHangsUpAfterMs: 100 } }, dial, `${TARGET} CLIENT_INITIATED`],
    ['is removed', {}, (s) => remove(s, CALLER), `${CALLER} PARTICIPANT_REMOVED`],
    [
      'is replaced',
      {},
      (s) => dial(s, { participant_identity: CALLER }),
      `${CALLER} DUPLICATE_IDENTITY`,
    ],
    [
      'goes with its room',
      { agent: null },
      (s) => ask(s, 'RoomService/DeleteRoom', { room: ROOM }),
      `${CALLER} ROOM_DELETED`,
    ],
  ])('tells why somebody left who %s', async (_, scene, act, expected) => {
    expect(await leftIn(scene, act)).toBe(expected);
  });
});
