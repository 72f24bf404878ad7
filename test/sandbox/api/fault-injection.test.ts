/** What can happen to the answer to a transfer on its way, each as a client meets it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RoomSeed, TransferAnswer, TrunkBehaviour } from '../../../src/sandbox/demo/rooms.ts';
import { type Era, type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { until } from '../dialled.ts';
import { look, oneCall, transfer, warmUp } from '../requests.ts';

const SPEED = 20;
const TARGET = 'sip:100@pbx.company.com';
/** A target that answers after 1.5 s, and the second that LiveKit waits, which is real. */
const UNTIL_GONE_MS = 1_500 / SPEED + 1_200;

beforeAll(warmUp);

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function start(
  transferAnswer: TransferAnswer,
  behaviour: TrunkBehaviour = 'honours-refer',
  room: Partial<RoomSeed> = {},
): Promise<Sandbox> {
  const seed = oneCall({ behaviour }, { transferAnswer, ...room });
  const sandbox = await startSandbox({ seed, speed: SPEED });
  open.push(sandbox);
  return sandbox;
}

async function startIn(era: Era, behaviour: TrunkBehaviour): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: oneCall({ behaviour }), speed: SPEED, era });
  open.push(sandbox);
  return sandbox;
}

/** How far an answer gets before it breaks off. */
async function progress(answer: Promise<Response>): Promise<string> {
  const headers = await Promise.race([answer.catch(() => null), sleep(UNTIL_GONE_MS)]);
  if (headers === null) return 'reset';
  if (headers === undefined) return 'nothing';
  const body = headers.text().then(
    () => 'whole',
    () => 'headers, then reset',
  );
  return Promise.race([body, sleep(UNTIL_GONE_MS).then(() => 'headers, then nothing')]);
}

describe.concurrent('with the transfer under way, the answer', () => {
  it('can fail to come at all', async () => {
    const sandbox = await start('silence');
    expect(await progress(transfer(sandbox, TARGET))).toBe('nothing');
    expect(sandbox.requests).toMatchObject([{ mutating: true, status: 0 }]);
    await vi.waitFor(async () => expect(await look(sandbox)).toBe(404), 15_000);
  });

  it.each([
    ['silence-mid-body', 'headers, then nothing'],
    ['reset-mid-body', 'headers, then reset'],
  ] as const)('can break off in the middle: %s', async (manner, expected) => {
    const sandbox = await start(manner);
    expect(await progress(transfer(sandbox, TARGET))).toBe(expected);
    expect(sandbox.requests).toMatchObject([{ status: 200 }]);
    await until(async () => expect(await look(sandbox)).toBe(404));
  });

  it.each([
    ['gateway-timeout-page', 504, 'text/html'],
    ['error-page-as-json', 500, 'application/json'],
  ] as const)('can be a page: %s', async (manner, status, type) => {
    const sandbox = await start(manner);
    const answer = await transfer(sandbox, TARGET);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type]);
    expect(await answer.text()).toMatch(/^<html>/);
    await until(async () => expect(await look(sandbox)).toBe(404));
  });
});

describe.concurrent('at the end of a transfer, the answer', () => {
  it('can be a page that says that it is JSON', async () => {
    const answer = await transfer(await start('page-as-json'), TARGET);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await answer.text()).toMatch(/^<html>/);
  });

  it('can be LiveKit’s own, and say that it is a page', async () => {
    const success = await transfer(await start('json-as-page'), TARGET);
    expect([success.status, success.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await success.json()).toMatchObject({ status: 'STS_TRANSFER_ONGOING' });

    const failure = await transfer(await start('json-as-page', { refuses: 603 }), TARGET);
    expect([failure.status, failure.headers.get('content-type')]).toEqual([403, 'text/html']);
    expect(await failure.json()).toMatchObject({ meta: { sip_status_code: '603' } });
  });

  it('can break off in the middle of a failure', async () => {
    const answer = transfer(await start('silence-mid-body', { refuses: 486 }), TARGET);
    expect(await progress(answer)).toBe('headers, then nothing');
    expect((await answer).status).toBe(412);
  });

  it('can be more than anybody wants to read', async () => {
    const answer = await transfer(await start('huge-body'), TARGET);
    expect(answer.status).toBe(200);
    let bytes = 0;
    for await (const chunk of answer.body ?? []) bytes += chunk.length;
    expect(bytes).toBe(70_000_000);
  });

  it('can be given up in the middle of all that', async () => {
    const sandbox = await start('huge-body');
    const answer = await transfer(sandbox, TARGET);
    await answer.body?.cancel();
    // The transfer has been made all the same, and LiveKit goes on.
    await until(async () => expect(await look(sandbox)).toBe(404));
  });
});

describe.concurrent('without any transfer, the answer', () => {
  it('can be a reset connection', async () => {
    const sandbox = await start('reset-before-refer');
    expect(await progress(transfer(sandbox, TARGET))).toBe('reset');
    await sleep(UNTIL_GONE_MS);
    expect(await look(sandbox)).toBe(200);
  });

  it.each([
    [429, 'slow down'],
    [451, 'project not allowed in this region.'],
  ])('can be a %i of whoever stands in front', async (turnsAway, text) => {
    const sandbox = await start({ turnsAway, text });
    const answer = await transfer(sandbox, TARGET);
    expect([answer.status, await answer.text()]).toEqual([turnsAway, text]);
    await sleep(UNTIL_GONE_MS);
    expect(await look(sandbox)).toBe(200);
  });
});

describe.concurrent('an older server', () => {
  it.each([
    [{ refuses: 491, phrase: '' }, 500, 'sip status 491: 491'],
    [{ notifies: 486 }, 503, 'call transfer failed: sip status 486: Busy Here'],
  ] as const)('tells %j under %i', async (behaviour, status, message) => {
    const answer = await transfer(await startIn('2025', behaviour), TARGET);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ msg: `twirp error unknown: ${message}` });
  });
});

describe.concurrent('a trunk that stops reporting', () => {
  const message = 'call transfer failed: REFER subscription terminated without a final status';
  it.each(['1.13', '1.13.11'] as const)('is told by %s', async (era) => {
    const sandbox = await startIn(era, 'stops-reporting');
    const answer = await transfer(sandbox, TARGET);
    expect(answer.status).toBe(500);
    const body = (await answer.json()) as { msg: string; meta?: object };
    expect(body.msg).toContain(message);
    expect(body.meta === undefined).toBe(era === '1.13');
    expect(await look(sandbox)).toBe(200);
  });
});
