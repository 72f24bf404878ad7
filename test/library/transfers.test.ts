/** The library as a program uses it, on a sandbox: exact requests, and the outcomes of the command. */
import { getEventListeners } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  checkConfig,
  isKnownError,
  type KnownError,
  loadConfig,
  type OpenOptions,
  openTransfers,
  resolveDestination,
  type TransferConfig,
  type TransferOutcome,
  type Transfers,
} from '../../src/index.ts';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import '../support/all-sources.ts';
import { serveInFront } from '../support/front.ts';

const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { number: 'sip:{number}@trunk.example.com', extension: 'sip:{extension}@pbx.example.com' },
  departments: {
    sales: { to: '100', aliases: ['new business'] },
    busy: { to: '486', fallback: ['sales'] },
    dead: '486',
  },
};

/** Long enough for a busy machine to see that the leg lingered after LiveKit’s 200. */
const LINGERS_MS = 2500;

/** Rooms with one caller each, by what their trunk does. */
const SEED: Seed = {
  trunks: [trunk('good', 'honours-refer'), trunk('mute', 'never-notifies')],
  rooms: [
    ...['moved', 'refused', 'chain', 'twice', 'plan', 'again', 'known', 'other'].map((name) =>
      room(name, 'good'),
    ),
    ...['silent', 'parallel'].map((name) => room(name, 'mute')),
    { name: 'crowd', participants: [...caller('crowd-1', 'good'), ...caller('crowd-2', 'good')] },
    {
      name: 'empty',
      participants: [{ kind: 'agent', identity: 'agent', audio: 'published', age: 60 }],
    },
    { ...room('hidden', 'good'), reading: { unavailable: 'always' } },
    {
      name: 'nameless',
      participants: caller('nameless', 'good').map((each) => ({
        ...each,
        attributes: { 'sip.callID': '' },
      })),
    },
  ],
};

function trunk(id: string, behaviour: 'honours-refer' | 'never-notifies') {
  return {
    id: `ST_${id}`,
    name: id,
    direction: 'inbound',
    number: '+15550001111',
    hostname: 'sbc.example.net',
    behaviour,
    answersAfterMs: 500,
  } as const;
}

function caller(name: string, on: string) {
  return [
    {
      kind: 'caller',
      callId: `SCL_${name}`,
      trunk: `ST_${on}`,
      number: '+15105550142',
      identity: `sip_${name}`,
      age: 60,
    },
  ] as const;
}

function room(name: string, on: string) {
  return { name, participants: caller(name, on) };
}

const cleanUps: (() => unknown)[] = [];
// Records are kept where nobody else's are.
vi.stubEnv('XDG_STATE_HOME', mkdtempSync(join(tmpdir(), 'lk-transfer-state-')));
cleanUps.push(() => vi.unstubAllEnvs());
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

async function start(): Promise<Sandbox> {
  const sandbox = await startSandbox({ seed: SEED, speed: 10, lingersMs: LINGERS_MS });
  cleanUps.push(() => sandbox.close());
  return sandbox;
}

/** Transfers on a sandbox of their own, and how many it was asked for. */
async function open(
  options: OpenOptions = {},
): Promise<
  Transfers & { sandbox: Record<'url' | 'apiKey' | 'apiSecret', string> } & Record<
      'sent' | 'reads',
      () => number
    >
> {
  const sandbox = await start();
  const { url, apiKey, apiSecret } = sandbox;
  const transfers = await openTransfers({ config: CONFIG, url, apiKey, apiSecret, ...options });
  cleanUps.unshift(() => transfers.close());
  return {
    ...transfers,
    sandbox: { url, apiKey, apiSecret },
    sent: () => sandbox.requests.filter((each) => each.mutating).length,
    reads: () => sandbox.requests.filter((each) => !each.mutating).length,
  };
}

const failure = (promise: Promise<unknown>): Promise<KnownError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => (isKnownError(error) ? error : Promise.reject(error)),
  );

describe.concurrent('a program', () => {
  it('moves a caller, with the outcome and the fields of the command line', async () => {
    const transfers = await open();
    const sent: string[] = [];
    const result = await transfers.transfer({ room: 'moved' }, 'department:sales', {
      onSent: () => sent.push('sent'),
    });
    expect(result).toMatchObject({
      outcome: 'completed',
      evidence: 'lingered',
      caller: 'left',
      exitCode: 0,
      call: { callId: 'SCL_moved' },
      destination: { department: 'sales', referTo: 'sip:100@pbx.example.com' },
      warnings: [],
    });
    expect(result.message).toBe(
      'Transferred +15105550142 (SCL_moved) to sales (sip:100@pbx.example.com): the target answered. The caller has left the room.',
    );
    expect(sent).toEqual(['sent']);
    expect(transfers.sent()).toBe(1);
  });

  it('finds a LiveKit under a path of its host', async () => {
    const front = await serveInFront((await start()).url, { path: '/livekit' });
    const transfers = await open({ url: `${front.origin}/livekit/` });
    expect(await transfers.findCall({ room: 'moved' })).toMatchObject({ callId: 'SCL_moved' });
    expect(front.paths.every((path) => path.startsWith('/livekit/twirp/'))).toBe(true);
    const wrong = open({ url: `${front.origin}/livekit?token=CANARY` });
    expect((await failure(wrong)).message).toMatch(/carries a query or a fragment/);
  });

  it('learns that a target did not take the call, and that the caller is still there', async () => {
    const transfers = await open();
    const result = await transfers.transfer({ room: 'refused' }, 'dead');
    expect(result).toMatchObject({
      outcome: 'target-failed',
      caller: 'on-the-line',
      sip: { code: 486 },
      attempts: [{ outcome: 'target-failed' }],
    });
    expect(transfers.sent()).toBe(1);
  });

  it('has the fallbacks of a department tried, and is told of each', async () => {
    const transfers = await open();
    const told: string[] = [];
    const result = await transfers.transfer({ room: 'chain' }, 'busy', {
      onFallback: ({ outcome }, next) => void told.push(`${outcome}, then ${next.department}`),
    });
    expect(told).toEqual(['target-failed, then sales']);
    expect(result.outcome).toBe('completed');
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['target-failed', 'completed']);
    expect(transfers.sent()).toBe(2);
  });

  it('can have none of them tried', async () => {
    const transfers = await open();
    const result = await transfers.transfer({ room: 'plan' }, 'busy', { fallback: false });
    expect(result.attempts).toHaveLength(1);
    expect(transfers.sent()).toBe(1);
  });

  it('hears of an unknown department before anything is sent', async () => {
    const transfers = await open();
    const error = await failure(transfers.transfer({ room: 'known' }, 'department:legal'));
    expect(error).toMatchObject({ code: 'unknown-department', exitCode: 5 });
    expect(transfers.sent()).toBe(0);
  });

  it('cannot send a header that LiveKit would refuse', async () => {
    const transfers = await open();
    const wishes = { headers: { Contact: '<sip:me@example.com>' } };
    const error = await failure(transfers.transfer({ room: 'known' }, 'sales', wishes));
    expect(error.code).toBe('destination');
    expect(transfers.sent()).toBe(0);
  });

  it('cannot have a wait that makes no sense', async () => {
    const transfers = await open();
    const error = await failure(transfers.transfer({ room: 'known' }, 'sales', { wait: 'soon' }));
    expect(error.exitCode).toBe(2);
    expect(transfers.sent()).toBe(0);
  });
});

describe.concurrent('a call whose transfer may still come about', () => {
  it('is not transferred again by the same program', async () => {
    const transfers = await open();
    const first = await transfers.transfer({ room: 'silent' }, 'sales', { wait: '2s' });
    expect(first).toMatchObject({ outcome: 'unknown', caller: 'unknown', exitCode: 7 });
    const second = await transfers.transfer({ room: 'silent' }, 'dead');
    expect(second).toMatchObject({
      outcome: 'not-sent',
      caller: 'unknown',
      earlier: [{ to: 'sales', outcome: 'unknown' }],
    });
    expect(transfers.sent()).toBe(1);
  });

  it('is transferred once when two ask at the same time', async () => {
    const transfers = await open();
    const call = await transfers.findCall({ room: 'parallel' });
    const outcomes = await Promise.all([
      transfers.transfer(call, 'sales', { wait: '2s' }),
      transfers.transfer(call, 'sales', { wait: '2s' }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['not-sent', 'unknown']);
    expect(transfers.sent()).toBe(1);
  });

  it('can be transferred again after a failure that is certain', async () => {
    const transfers = await open();
    expect((await transfers.transfer({ room: 'twice' }, 'dead')).outcome).toBe('target-failed');
    expect((await transfers.transfer({ room: 'twice' }, 'sales')).outcome).toBe('completed');
    expect(transfers.sent()).toBe(2);
  });
});

describe.concurrent('a transfer of the same call while one is under way', () => {
  it.each([false, true])('is told as that, with a record kept: %s', async (record) => {
    const transfers = await open({ record });
    let second: Promise<TransferOutcome> | undefined;
    const first = await transfers.transfer({ room: 'silent' }, 'sales', {
      wait: '2s',
      onSent: () => {
        second = transfers.transfer({ room: 'silent' }, 'dead');
      },
    });
    expect(first.outcome).toBe('unknown');
    expect(await second).toMatchObject({
      ...{ outcome: 'not-sent', say: 'The caller is being put through already.' },
      message: expect.stringMatching(/is under way \(process \d/),
      advice: { action: 'wait' },
    });
    expect(transfers.sent()).toBe(1);
  });

  it('is told as that to whoever opened transfers on the same LiveKit a second time', async () => {
    const transfers = await open();
    const { url, ...keys } = transfers.sandbox;
    const others = await openTransfers({ config: CONFIG, url, ...keys });
    let second: Promise<TransferOutcome> | undefined;
    await transfers.transfer({ room: 'silent' }, 'sales', {
      wait: '2s',
      onSent: () => {
        second = others.transfer({ room: 'silent' }, 'sales');
      },
    });
    expect(await second).toMatchObject({
      outcome: 'not-sent',
      message: expect.stringMatching(/is under way \(process \d/),
    });
    others.close();
    expect(transfers.sent()).toBe(1);
  });
});

describe.concurrent('a transfer that is aborted', () => {
  it('before it began: nothing is sent, and the error says so', async () => {
    const transfers = await open();
    const signal = AbortSignal.abort();
    const error = await failure(transfers.transfer({ room: 'again' }, 'sales', { signal }));
    expect(error).toMatchObject({
      code: 'interrupted',
      message: 'The transfer was aborted. Nothing was sent.',
    });
    expect(transfers.sent()).toBe(0);
  });

  it('while the caller is read once more: nothing is sent', async () => {
    const transfers = await open();
    const call = await transfers.findCall({ room: 'again' });
    const controller = new AbortController();
    const transfer = transfers.transfer(call, 'sales', { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect((await failure(transfer)).code).toBe('interrupted');
    expect(transfers.sent()).toBe(0);
    // Nothing is left open by it.
    expect((await transfers.transfer(call, 'sales')).outcome).toBe('completed');
  });

  it('once it was sent: it goes on, and its outcome is told', async () => {
    const transfers = await open();
    const controller = new AbortController();
    const result = await transfers.transfer({ room: 'again' }, 'sales', {
      signal: controller.signal,
      onSent: () => controller.abort(),
    });
    expect(result.outcome).toBe('completed');
    expect(transfers.sent()).toBe(1);
  });

  it('is heard of while its connection comes about, and leaves no listener behind', async () => {
    const transfers = await open();
    const { signal } = new AbortController();
    const listening: number[] = [];
    const onSent = () => listening.push(getEventListeners(signal, 'abort').length);
    await transfers.transfer({ room: 'chain' }, 'busy', { signal, onSent });
    expect(listening).toEqual([1, 1]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('between two targets: what became of the first is told, and no other is tried', async () => {
    const transfers = await open();
    const controller = new AbortController();
    const result = await transfers.transfer({ room: 'chain' }, 'busy', {
      signal: controller.signal,
      onFallback: () => controller.abort(),
    });
    expect(result).toMatchObject({ outcome: 'target-failed', say: 'Busy is busy.' });
    expect(result.attempts).toHaveLength(1);
    expect(transfers.sent()).toBe(1);
  });
});

describe.concurrent('the verdict, as soon as LiveKit has answered', () => {
  const fail = (): never => {
    throw new Error('no disk');
  };

  it('comes before the caller is looked for, and says what the answer says', async () => {
    const transfers = await open();
    const order: string[] = [];
    const told: unknown[] = [];
    const reads: number[] = [];
    const result = await transfers.transfer({ room: 'chain' }, 'busy', {
      onSent: () => order.push('sent'),
      onAnswer: ({ outcome, say, sip }) => {
        order.push('answer');
        told.push([outcome, say, sip?.code ?? null]);
        reads.push(transfers.reads());
      },
      onFallback: () => void order.push('fallback'),
    });
    expect(order).toEqual(['sent', 'answer', 'fallback', 'sent', 'answer']);
    expect(told).toEqual([
      ['target-failed', 'Busy is busy.', 486],
      ['accepted', 'The caller is being put through to sales.', null],
    ]);
    const readsAtTheAnswer = reads.at(-1) ?? Number.NaN;
    expect(transfers.reads()).toBeGreaterThan(readsAtTheAnswer);
    expect(result).toMatchObject({
      outcome: 'completed',
      say: 'The caller has been put through to sales.',
    });
  });

  it('does not believe what may be the answer to an earlier transfer', async () => {
    const transfers = await open();
    await transfers.transfer({ room: 'silent' }, 'sales', { wait: '2s' });
    const outcomes: string[] = [];
    const result = await transfers.transfer({ room: 'silent' }, 'dead', {
      ...{ again: true, wait: '2s' },
      onAnswer: ({ outcome }) => outcomes.push(outcome),
    });
    expect(outcomes).toEqual([result.outcome]);
    expect(outcomes).toEqual(['unknown']);
  });

  it('does not lose a transfer to a callback that throws', async () => {
    const troubles: string[] = [];
    const transfers = await open({ onTrouble: (trouble) => troubles.push(trouble) });
    const wishes = { onSent: fail, onAnswer: fail };
    expect((await transfers.transfer({ room: 'other' }, 'sales', wishes)).outcome).toBe(
      'completed',
    );
    expect(troubles).toEqual([
      'onSent threw, and the transfer went on: Error: no disk',
      'onAnswer threw, and the transfer went on: Error: no disk',
    ]);
  });

  it('does not lose a transfer to a callback that rejects', async () => {
    const troubles: string[] = [];
    const transfers = await open({ onTrouble: (trouble) => troubles.push(trouble) });
    const onSent = async () => fail();
    await transfers.transfer({ room: 'other' }, 'sales', { onSent });
    expect(troubles).toEqual(['onSent threw, and the transfer went on: Error: no disk']);
  });

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('tries the next target all the same where onFallback %s', async (_, onFallback) => {
    const troubles: string[] = [];
    const transfers = await open({ onTrouble: (trouble) => troubles.push(trouble) });
    const result = await transfers.transfer({ room: 'chain' }, 'busy', { onFallback });
    expect(result).toMatchObject({ outcome: 'completed', destination: { department: 'sales' } });
    expect(troubles).toEqual(['onFallback threw, and the transfer went on: Error: no disk']);
  });
});

describe.concurrent('finding a caller', () => {
  it('finds the only one in a room', async () => {
    const call = await (await open()).findCall({ room: 'again' });
    expect(call).toMatchObject({ callId: 'SCL_again', identity: 'sip_again', transferable: true });
  });

  it('finds one of several by identity, and says so when none is named', async () => {
    const transfers = await open();
    const call = await transfers.findCall({ room: 'crowd', identity: 'sip_crowd-2' });
    expect(call.callId).toBe('SCL_crowd-2');
    const error = await failure(transfers.findCall({ room: 'crowd' }));
    expect(error.code).toBe('ambiguous-call');
  });

  it('does not say of a call to which LiveKit gives no id that it has ended', async () => {
    const result = await (await open()).transfer({ room: 'nameless' }, 'sales');
    expect(result).toMatchObject({
      ...{ outcome: 'not-sent', caller: 'on-the-line', leg: 'listed', exitCode: 1 },
      advice: { meaning: expect.stringContaining('no call id') },
    });
  });

  it.each(['empty', 'nowhere'])('says that there is none in room %s', async (name) => {
    expect((await failure((await open()).findCall({ room: name }))).code).toBe('no-such-call');
  });

  it.each([
    [undefined, 'room'],
    [{}, 'room'],
    [{ room: '' }, 'room'],
    [{ callId: 'SCL_again' }, 'room'],
    [{ room: 'crowd', identity: 7 }, 'identity'],
    [{ room: 'again', callId: 'SCL_again' }, 'identity'],
  ])('does not take %j for a caller, as JavaScript may pass it', async (given, what) => {
    const transfers = await open();
    const transferred = await failure(transfers.transfer(given as never, 'sales'));
    expect(transferred).toMatchObject({ code: 'usage' });
    expect(transferred.message).toMatch(new RegExp(`^${what}: expected`));
    expect(transfers.sent()).toBe(0);
  });

  it.each([undefined, null, 100, {}])('does not take %j for a destination', async (to) => {
    const transfers = await open();
    const asked = [
      () => transfers.transfer({ room: 'again' }, to as never),
      () => transfers.resolve(to as never),
      async () => resolveDestination(to as never, CONFIG),
    ];
    for (const ask of asked) {
      expect(await failure(ask())).toMatchObject({
        ...{ code: 'usage', message: expect.stringMatching(/^to: expected/) },
      });
    }
    expect(transfers.sent()).toBe(0);
  });

  it('does not take a room that cannot be read for one without a caller', async () => {
    const transfers = await open();
    expect((await failure(transfers.findCall({ room: 'hidden' }))).code).toBe('server');
    const unsent = await failure(transfers.transfer({ room: 'hidden' }, 'sales'));
    expect(unsent).toMatchObject({ code: 'server', data: { candidates: [], unreadRooms: 1 } });
    expect(transfers.sent()).toBe(0);
  });

  it('finds a room by its SID beside one that cannot be read', async () => {
    const transfers = await open();
    const { roomSid } = await transfers.findCall({ room: 'known' });
    expect((await transfers.findCall({ room: roomSid })).callId).toBe('SCL_known');
  });
});

describe.concurrent('seeing where a word leads', () => {
  it('lists the departments', async () => {
    const names = (await open()).departments().map(({ name }) => name);
    expect(names).toEqual(['sales', 'busy', 'dead']);
  });

  it('resolves for the trunk of a call, and for none', async () => {
    const config = { ...CONFIG, trunks: { ST_good: { dial: { extension: 'sip:{extension}@b' } } } };
    const transfers = await open({ config });
    const call = await transfers.findCall({ room: 'known' });
    expect((await transfers.resolve('New Business', call)).referTo).toBe('sip:100@b');
    expect((await transfers.resolve('sales')).referTo).toBe('sip:100@pbx.example.com');
    const via = await transfers.resolve('+15105550100', call, { via: 'trunk.other.com' });
    expect(via.referTo).toBe('sip:+15105550100@trunk.other.com');
  });

  it('says in a sentence what is wrong with it, for another sentence to follow', async () => {
    const transfers = await open();
    const messages = await Promise.all(
      ['department:sale', '+1911', 'sip:a b@x.com'].map(
        async (to) => (await failure(transfers.resolve(to))).message,
      ),
    );
    for (const message of messages) expect(message).toMatch(/^(?:[A-Z]|\d+ is ).*[.?!]$/);
    expect(messages[0]).toBe('There is no department "sale"; did you mean "sales"?');
    const { message } = await failure(transfers.transfer({ room: 'known' }, 'department:nobody'));
    expect(message).toBe('There is no department "nobody".');
  });

  it('needs no server at all', () => {
    expect(resolveDestination('(510) 555-0100', CONFIG, null).referTo).toBe(
      'sip:+15105550100@trunk.example.com',
    );
  });
});

describe.concurrent('opening', () => {
  it('refuses a config with problems, and names them', async () => {
    const error = await failure(open({ config: { departments: { sales: ' ' } } }));
    expect(error).toMatchObject({ code: 'config', problems: [{ path: 'departments.sales' }] });
  });

  it('refuses half of the credentials, and never says any part of a secret', async () => {
    const error = await failure(
      openTransfers({ config: CONFIG, url: 'http://127.0.0.1:1', apiSecret: 'canary-0123456789' }),
    );
    expect(error).toMatchObject({ code: 'credentials', message: 'The options lack apiKey.' });
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('takes what is blank for missing, whatever the environment has', async () => {
    const none = { config: CONFIG, url: 'http://127.0.0.1:1', apiKey: '', apiSecret: '\n' };
    const error = await failure(openTransfers(none));
    expect(error).toMatchObject({
      code: 'credentials',
      message: 'The options lack apiKey and apiSecret.',
    });
    const broken = { ...none, apiKey: 'key\n', apiSecret: 'secret-0123456789' };
    expect((await failure(openTransfers(broken))).code).toBe('credentials');
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses a time-out of %d ms', async (timeoutMs) => {
    expect((await failure(open({ timeoutMs }))).code).toBe('usage');
  });

  it('refuses an address that is none', async () => {
    expect((await failure(open({ url: 'my-project' }))).code).toBe('wrong-url');
  });

  it('checks a config that a program made, as it does a file', () => {
    expect(checkConfig({ departments: { sales: '100' } }).problems).toEqual([]);
    expect(checkConfig({ dial: { number: 'sip:{nummer}@x' } }).problems).not.toEqual([]);
  });

  it('is told that it has closed them, and nothing of the network', async () => {
    const transfers = await open();
    const location = { room: 'moved' };
    const call = await transfers.findCall(location);
    const ask = () =>
      [transfers.findCall(location), transfers.transfer(location, 'sales')].map(failure);
    const underWay = ask();
    transfers.close();
    const after = [...ask(), failure(transfers.resolve('sales', call))];
    for (const error of await Promise.all([...underWay, ...after])) {
      expect(error).toMatchObject({
        ...{ code: 'usage', message: 'The transfers were closed.' },
        hint: 'Open them anew with `openTransfers`.',
      });
    }
    expect(transfers.sent()).toBe(0);
    expect(await transfers.resolve('sales')).toMatchObject({ department: 'sales' });
  });

  it('leaves the streams of the program around it alone', async () => {
    const listeners = () =>
      [process.stdout, process.stderr].map((stream) => stream.listenerCount('error'));
    const before = listeners();
    await failure(loadConfig('/nowhere/transfer.config.json'));
    const options = { config: {}, apiKey: 'key', apiSecret: 'secret'.repeat(8) };
    (await openTransfers({ ...options, url: 'http://127.0.0.1:9' })).close();
    expect(listeners()).toEqual(before);
  });

  it('names a config file that is not there', async () => {
    const error = await failure(loadConfig('/nowhere/transfer.config.json'));
    expect(error).toMatchObject({ code: 'config', file: '/nowhere/transfer.config.json' });
  });
});
