/**
 * Every captured transfer, replayed: the same status, content type and body to the letter, after
 * about the same time, and the same call behind it. Needs seeded calls: runs on the sandbox only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RecordedRequest } from '../../src/sandbox/api/twirp.ts';
import type { ParticipantSeed, RoomSeed, Seed, TrunkSeed } from '../../src/sandbox/seeds.ts';
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
} from './livekit-under-test.ts';
import { GONE, type TransferCase, transferCases, transferSeed } from './transfer-cases.ts';

/** The captured media time-out had begun its count late; the sandbox takes the plain 15 s. */
const CAPTURED_MS_AT_MOST = 15_000;

const SUCCESS = captured('first of concurrent');

interface Target {
  room: string;
  identity: string;
}

function transfer(server: LiveKit, { room, identity }: Target, request: object): Promise<Answer> {
  return call(
    server,
    'SIP/TransferSIPParticipant',
    { room_name: room, participant_identity: identity, ...request },
    room,
  );
}

const PATIENTLY = { timeout: 10_000, interval: 20 };

/** Waits until the sandbox works at a transfer in a room, however long a request takes to get there. */
async function untilPending({ url }: LiveKit, { room }: Target): Promise<void> {
  await vi.waitFor(async () => {
    const requests = (await (await fetch(`${url}/sandbox/requests`)).json()) as RecordedRequest[];
    const pending = requests
      .filter(({ method, status }) => method === 'SIP/TransferSIPParticipant' && status === 0)
      .map(({ body }) => (body as { room_name?: string } | null)?.room_name);
    expect(pending).toContain(room);
  }, PATIENTLY);
}

/** Waits until the caller's status is this one. */
async function untilStatus(server: LiveKit, target: Target, status?: string | number) {
  await vi.waitFor(async () => {
    expect(await callStatus(server, target)).toBe(status);
  }, PATIENTLY);
}

const opened: LiveKit[] = [];
afterAll(() => Promise.all(opened.map((livekit) => livekit.close())));

/** One for each test, so that a second try finds the calls as the first one did. */
async function open(seed: Seed): Promise<LiveKit> {
  const livekit = await connect({ seed });
  opened.push(livekit);
  return livekit;
}

/** `active`, or the status of a participant who is gone. */
async function callStatus(server: LiveKit, { room, identity }: Target): Promise<string | number> {
  const answer = await call(server, 'RoomService/GetParticipant', { room, identity }, room);
  if (answer.status !== 200) {
    expect(answer.body).toBe(GONE.body);
    return answer.status;
  }
  return JSON.parse(answer.body).attributes['sip.callStatus'];
}

/** The captured statuses, without the body that came with a 404. */
function statusesIn({ answer }: TransferCase): (string | number)[] {
  return (answer.callStatusAfter ?? []).map(([, status]) =>
    String(status).startsWith('404') ? 404 : status,
  );
}

const titled = transferCases.map((each): [string, TransferCase] => {
  const { case: name, transfer_to, ringing_timeout } = each.answer;
  return [`${name} (${transfer_to}, waiting ${ringing_timeout})`, each];
});

describe.runIf(isSandbox).concurrent('a captured transfer:', () => {
  it.each(titled)('%s', async (_, transferCase) => {
    const livekit = await open(transferSeed);
    const { answer: expected, transferTo } = transferCase;
    const started = performance.now();
    const answer = await transfer(livekit, transferCase, {
      transfer_to: transferTo,
      ringing_timeout: expected.ringing_timeout,
      ...(expected.headers ? { headers: expected.headers } : {}),
    });
    const elapsed = performance.now() - started;
    const after = [await callStatus(livekit, transferCase)];

    const { status, contentType, body } = expected;
    expect(answer).toEqual({ status, contentType, body });
    expect(elapsed).toBeGreaterThan((Math.min(expected.ms, CAPTURED_MS_AT_MOST) / SPEED) * 0.9 - 5);

    // The second look was captured a second after the answer, and that second is not scaled.
    if (expected.callStatusAfter?.length === 2) {
      await sleep(1_200);
      after.push(await callStatus(livekit, transferCase));
    }
    expect(after).toEqual(statusesIn(transferCase));
  });
});

describe.runIf(isSandbox).concurrent('a call that is transferred', () => {
  it('takes one target at a time, and two requests for the same one', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('concurrent');
    const first = transfer(livekit, target, { transfer_to: 'tel:+15105550001' });
    await untilPending(livekit, target);
    const other = await transfer(livekit, target, { transfer_to: 'tel:+15105550002' });
    const same = transfer(livekit, target, { transfer_to: 'tel:+15105550001' });

    const { status, contentType, body } = captured('second, other target');
    expect(other).toEqual({ status, contentType, body });
    expect((await first).body).toBe(SUCCESS.body);
    expect((await same).body).toBe(captured('third, same target').body);
  });

  it('stays listed for the unscaled second after the target answered, then is gone', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('lingering');
    await transfer(livekit, target, { transfer_to: 'tel:+15105550001' });
    await sleep(500);
    expect(await callStatus(livekit, target)).toBe('active');
    await untilStatus(livekit, target, 404);
  });

  it('is transferred though the client went away', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('abandoned');
    const abort = new AbortController();
    const request = fetch(`${livekit.url}/twirp/livekit.SIP/TransferSIPParticipant`, {
      method: 'POST',
      signal: abort.signal,
      headers: {
        'Content-Type': 'application/json',
        Authorization: bearer(livekit, allGrants(target.room)),
      },
      body: JSON.stringify({
        room_name: target.room,
        participant_identity: target.identity,
        transfer_to: 'tel:+15105550001',
      }),
    });
    await untilPending(livekit, target);
    abort.abort();
    await expect(request).rejects.toThrow('aborted');
    expect(await callStatus(livekit, target)).toBe('active');
    const [, [, gone] = []] = captured('after client abort').callStatusAfter ?? [];
    await untilStatus(livekit, target, gone);
  });

  it('and removed before the end is a success to LiveKit, with the leg gone at once', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('removed');
    const pending = transfer(livekit, target, { transfer_to: 'tel:+15105550001' });
    await untilPending(livekit, target);
    const removal = await call(livekit, 'RoomService/RemoveParticipant', target, target.room);
    expect(removal).toEqual({ status: 200, contentType: 'application/json', body: '{}' });
    expect((await pending).body).toBe(captured('room deleted while pending').body);
    expect(await callStatus(livekit, target)).toBe(404);
  });

  it('and timed out stays listed when the target answers later', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('late');
    const answer = await transfer(livekit, target, {
      transfer_to: 'tel:+15105550001',
      ringing_timeout: '2s',
    });
    expect(answer.status).toBe(408);
    await sleep((ANSWERS_AFTER_MS / SPEED) * 1.2);
    expect(await callStatus(livekit, target)).toBe('active');
  });

  it('again after a time-out is credited with the late answer of the first target', async () => {
    const livekit = await open(slowSeed);
    const target = inRoom('credited');
    const first = { transfer_to: 'tel:+15105550001', ringing_timeout: '2s' };
    expect((await transfer(livekit, target, first)).status).toBe(408);
    const second = await transfer(livekit, target, { transfer_to: 'tel:+15105550408' });
    expect(second.body).toBe(SUCCESS.body);
  });

  it('must be a call: an agent is none', async () => {
    const livekit = await open(slowSeed);
    const answer = await transfer(
      livekit,
      { room: 'removed', identity: 'agent' },
      { transfer_to: 'tel:+15105550001' },
    );
    const { status, contentType, body } = captured('non-sip participant');
    expect(answer).toEqual({ status, contentType, body });
  });

  it('needs a SIP service that is up', async () => {
    const livekit = await open(slowSeed);
    const answer = await transfer(livekit, inRoom('frozen'), { transfer_to: 'tel:+15105550001' });
    const { status, contentType, body } = captured('sip service frozen');
    expect(answer).toEqual({ status, contentType, body });
    expect(await callStatus(livekit, inRoom('frozen'))).toBe('active');
  });
});

function inRoom(room: string): Target {
  return { room, identity: `sip_${room}` };
}

/** Long enough for whatever a test does meanwhile, on a busy machine too: 1.5 s at the suite's speed. */
const ANSWERS_AFTER_MS = 15_000;

const slowTrunk: TrunkSeed = {
  id: 'ST_slow',
  name: 'slow',
  direction: 'inbound',
  number: '+15550001111',
  hostname: 'sbc.example.net',
  behaviour: 'honours-refer',
  answersAfterMs: ANSWERS_AFTER_MS,
};

const slowRooms = ['concurrent', 'lingering', 'abandoned', 'removed', 'late', 'credited'];

const slowSeed: Seed = {
  trunks: [slowTrunk],
  rooms: [
    ...slowRooms.map(callRoom),
    {
      ...callRoom('frozen'),
      transferAnswer: { fails: 'unavailable', message: 'no response from servers' },
    },
  ],
};

function callRoom(name: string): RoomSeed {
  const participants: ParticipantSeed[] = [
    { kind: 'agent', identity: 'agent', audio: 'published', age: 60 },
    {
      kind: 'caller',
      callId: `SCL_${name}`,
      trunk: slowTrunk.id,
      number: '+15105550142',
      identity: `sip_${name}`,
      age: 60,
    },
  ];
  return { name, participants };
}
