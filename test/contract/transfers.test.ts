/**
 * Every captured transfer, replayed: the same status, content type and body, after about the same
 * time, and the same call behind it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type Caller, callerWho } from './caller-source.ts';
import { answers, type CapturedAnswer, captured } from './captured-answers.ts';
import {
  ALL_ERAS,
  type Answer,
  allGrants,
  bearer,
  call,
  expectCaptured,
  expectLike,
  inBrackets,
  SPEED,
} from './livekit-under-test.ts';
import { capturedTransfers, type TransferCase, transferCases } from './transfer-cases.ts';

/** The captured media time-out had begun its count late; the sandbox takes the plain 15 s. */
const CAPTURED_MS_AT_MOST = 15_000;

function transfer(
  { livekit, room }: Pick<Caller, 'livekit' | 'room'>,
  identity: string,
  request: object,
): Promise<Answer> {
  return call(
    livekit,
    'SIP/TransferSIPParticipant',
    { room_name: room, participant_identity: identity, ...request },
    room,
  );
}

const PATIENTLY = { timeout: 15_000, interval: 20 };

/** Waits until LiveKit works at a transfer, however long the request takes to get there. */
async function untilPending({ sandbox }: Caller): Promise<void> {
  if (sandbox === null) return sleep(300);
  await vi.waitFor(() => {
    const pending = sandbox.requests.filter(
      ({ method, status }) => method === 'SIP/TransferSIPParticipant' && status === 0,
    );
    expect(pending).not.toEqual([]);
  }, PATIENTLY);
}

/** `active`, or the status of a participant who is gone. */
async function callStatus({ livekit, room, identity }: Caller): Promise<string | number> {
  const answer = await call(livekit, 'RoomService/GetParticipant', { room, identity }, room);
  if (answer.status !== 200) {
    expectCaptured(answer, 'getparticipant missing', null);
    return answer.status;
  }
  return JSON.parse(answer.body).attributes['sip.callStatus'];
}

/** The captured statuses, without the body that came with a 404. */
function statusesIn({ callStatusAfter = [] }: CapturedAnswer): (string | number)[] {
  return callStatusAfter
    .map(([, status]) => (String(status).startsWith('404') ? 404 : status))
    .filter((status) => status !== 'hangup');
}

/**
 * Looks until the call's status is this one; answers every status that was seen on the way, the one
 * apart that a leg has for the moment in which it leaves: it falls between two looks, or on one.
 */
async function statusesUntil(
  caller: Caller,
  last: string | number,
  patience = PATIENTLY,
): Promise<(string | number)[]> {
  const seen: (string | number)[] = [];
  await vi.waitFor(async () => {
    const status = await callStatus(caller);
    if (status !== seen.at(-1) && status !== 'hangup') seen.push(status);
    expect(status).toBe(last);
  }, patience);
  return seen;
}

/** A provider's BYE is on its way to a real LiveKit as the answer is; both come at once in a sandbox. */
function untilHungUp({ sandbox }: Caller): Promise<void> {
  return sandbox === null ? sleep(400) : Promise.resolve();
}

/** Whether a look right behind the answer is sure to see the first captured status. */
function lastsAWhile({ callStatusAfter: [, second] = [] }: CapturedAnswer): boolean {
  return second === undefined || second[0] > 500;
}

const titled = transferCases.map((each): [string, TransferCase] => {
  const [{ case: name }] = each.captured;
  const { transfer_to, ringing_timeout } = each.request;
  return [`${name} (${transfer_to}, waiting ${ringing_timeout})${inBrackets(each.era)}`, each];
});

// Of the oldest era nothing was captured.
describe.runIf(titled.length > 0).concurrent('a captured transfer:', () => {
  it.for(titled)('%s', async ([, { era, behaviour, request, captured }], context) => {
    // Longer than LiveKit's second, so that a busy machine sees the leg before it is gone.
    const caller = await callerWho(behaviour, context, { era, lingersMs: 2_500 });
    const started = performance.now();
    const answer = await transfer(caller, caller.identity, request);
    const elapsed = performance.now() - started;
    const [first] = captured;
    const same = captured.filter(({ status }) => status === answer.status);
    const [like = first] = same;
    const statuses = statusesIn(like);
    await untilHungUp(caller);
    const seen = await statusesUntil(caller, statuses.at(-1) ?? '');

    expectLike(answer, captured, era);
    const capturedMs = Math.min(CAPTURED_MS_AT_MOST, ...captured.map(({ ms }) => ms));
    expect(elapsed).toBeGreaterThan((capturedMs / SPEED) * 0.9 - 5);
    // A status that lasts for 60 ms may pass between two looks.
    if (lastsAWhile(like)) expect(seen[0]).toBe(statuses[0]);
    // Of a LiveKit whose era nobody knows, as in any one of those that answer so.
    const shown = [like, ...same].map((each) =>
      statusesIn(each).filter((status) => seen.includes(status)),
    );
    expect(shown).toContainEqual(seen);
  });
});

/** LiveKit's own time-out is as long as the slowest target here takes. */
const TARGET = { transfer_to: 'tel:+15105550001', ringing_timeout: '60s' };

/** What each era answered to the same thing, as far as it was captured. */
const CAPTURED_ERAS = ALL_ERAS.filter(
  (era) => era === null || answers.some((answer) => answer.era === era),
);

describe.concurrent('a call that is transferred', () => {
  it.for(CAPTURED_ERAS.map((era) => [inBrackets(era), era] as const))(
    'takes one target at a time, and two requests for the same one%s',
    async ([, era], context) => {
      const caller = await callerWho('answers-after-30-s', context, { era });
      const first = transfer(caller, caller.identity, TARGET);
      await untilPending(caller);
      const other = await transfer(caller, caller.identity, { transfer_to: 'tel:+15105550002' });
      const same = transfer(caller, caller.identity, TARGET);

      expectCaptured(other, 'second, other target', era);
      expectLike(await first, capturedTransfers(era, 'answers'), era);
      expect(await same).toEqual(await first);
    },
  );

  it('stays listed for the unscaled second after the target answered, then is gone', async (context) => {
    const caller = await callerWho('answers-after-30-s', context);
    await transfer(caller, caller.identity, TARGET);
    const answered = performance.now();
    await statusesUntil(caller, 404);
    expect(performance.now() - answered).toBeGreaterThan(500);
  });

  it('is transferred though the client went away', async (context) => {
    const caller = await callerWho('answers-after-30-s', context);
    const { livekit, room, identity } = caller;
    const abort = new AbortController();
    const request = fetch(`${livekit.url}/twirp/livekit.SIP/TransferSIPParticipant`, {
      method: 'POST',
      signal: abort.signal,
      headers: {
        'Content-Type': 'application/json',
        Authorization: bearer(livekit, allGrants(room)),
      },
      body: JSON.stringify({ room_name: room, participant_identity: identity, ...TARGET }),
    });
    const aborted = expect(request).rejects.toThrow('aborted');
    await untilPending(caller);
    abort.abort();
    await aborted;
    expect(await callStatus(caller)).toBe('active');
    const [gone] = statusesIn(captured('after client abort')).slice(-1);
    await statusesUntil(caller, gone ?? '', { timeout: 15_000 + 30_000 / SPEED, interval: 20 });
  });

  it.for(CAPTURED_ERAS.map((era) => [inBrackets(era), era] as const))(
    'and removed before the end is what a call that ended is, with the leg gone%s',
    async ([, era], context) => {
      const caller = await callerWho('answers-after-30-s', context, { era });
      const { livekit, room, identity } = caller;
      const pending = transfer(caller, identity, TARGET);
      await untilPending(caller);
      const removal = await call(
        livekit,
        'RoomService/RemoveParticipant',
        { room, identity },
        room,
      );
      expect(removal).toEqual({ status: 200, contentType: 'application/json', body: '{}' });
      expectLike(await pending, capturedTransfers(era, 'hangs-up-early'), era);
      await statusesUntil(caller, 404);
    },
  );

  it('and timed out stays listed when the target answers later', async (context) => {
    const caller = await callerWho('answers-after-8-s', context);
    const answer = await transfer(caller, caller.identity, { ...TARGET, ringing_timeout: '2s' });
    expect(answer.status).toBe(408);
    await sleep((8_000 / SPEED) * 1.2);
    expect(await callStatus(caller)).toBe('active');
  });

  it('again after a time-out is credited with the late answer of the first target', async (context) => {
    const caller = await callerWho('answers-after-30-s', context);
    const first = { ...TARGET, ringing_timeout: '2s' };
    expect((await transfer(caller, caller.identity, first)).status).toBe(408);
    // The SIP service gives up a little after the server that has answered.
    await sleep(1_000 / SPEED);
    const other = { ...TARGET, transfer_to: 'tel:+15105550408' };
    const second = await transfer(caller, caller.identity, other);
    expect(second.status).toBe(200);
  });

  it('is waited for as long as captured where nobody says how long', async (context) => {
    const expected = captured('REFER 202, no NOTIFY ever, no ringing_timeout given');
    const caller = await callerWho('never-reports', context);
    const started = performance.now();
    const { transfer_to } = TARGET;
    const { status, body } = await transfer(caller, caller.identity, { transfer_to });
    const took = (performance.now() - started) * SPEED;
    expect(status).toBe(expected.status);
    // The server gives up, or the SIP service is quicker: each has words of its own.
    expect(JSON.parse(body).msg).toMatch(/request timed out|context deadline exceeded/);
    expect(took).toBeGreaterThan(expected.ms * 0.9);
    expect(took).toBeLessThan(expected.ms * 2);
  });

  it('stays while LiveKit sends digits, though the target has answered', async (context) => {
    const [[, first] = []] =
      captured('REFER 202, NOTIFY 200 while LiveKit sends digits').callStatusAfter ?? [];
    const caller = await callerWho('answers-while-digits-are-sent', context);
    expect((await transfer(caller, caller.identity, TARGET)).status).toBe(200);
    // Longer than LiveKit's second.
    await sleep(2_500);
    expect(await callStatus(caller)).toBe(first);
  });

  it('must be a call: an agent is none', async (context) => {
    const caller = await callerWho('answers-with-agent', context);
    const { livekit, room } = caller;
    const listed = await call(livekit, 'RoomService/ListParticipants', { room }, room);
    const { participants } = JSON.parse(listed.body);
    const agent = participants.find(({ kind }: { kind: string }) => kind === 'AGENT');
    expectCaptured(await transfer(caller, agent.identity, TARGET), 'non-sip participant');
  });

  it('needs a SIP service that is up', async (context) => {
    const caller = await callerWho('sip-service-frozen', context);
    expectCaptured(await transfer(caller, caller.identity, TARGET), 'sip service frozen');
    expect(await callStatus(caller)).toBe('active');
  });
});
