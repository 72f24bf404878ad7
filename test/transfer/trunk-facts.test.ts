import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import type { TransferConfig } from '../../src/config/types.ts';
import { KnownError } from '../../src/core/errors.ts';
import { sleep } from '../../src/core/host.ts';
import type { TrunkFacts } from '../../src/destinations/destination.ts';
import { resolveDestination } from '../../src/destinations/resolve.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Trunk } from '../../src/livekit/messages.ts';
import { trunkFinder } from '../../src/transfer/trunk-facts.ts';

const PLAIN = {
  direction: 'inbound',
  address: null,
  transport: null,
  mediaTimeoutMs: null,
} as const;
const INBOUND: Trunk[] = [
  { ...PLAIN, id: 'ST_1', name: 'Main', numbers: ['+15105550001'] },
  { ...PLAIN, id: 'ST_2', name: '', numbers: ['+15105550002'] },
  { ...PLAIN, id: 'ST_3', name: 'any number', numbers: [] },
];
const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { number: 'sip:{number}@trunk.provider.com', extension: 'sip:{extension}@pbx.company.com' },
  departments: { sales: '100', mobile: '+15105550002' },
};
const call = {
  trunkId: 'ST_1',
  host: 'sip.example.net',
  provider: null,
  calledNumber: '+15105550001',
  phoneNumber: '+15105550142',
  direction: 'inbound',
} as Call;

/** A finder over a client that answers as told, and the requests it has had. */
function finderOver(
  answer: () => Promise<Trunk[]>,
  config: TransferConfig = CONFIG,
  outbound = answer,
) {
  const requests: string[] = [];
  const listTrunks = (direction: Trunk['direction']) => {
    requests.push(direction);
    return direction === 'outbound' ? outbound() : answer();
  };
  const client = { listTrunks } as unknown as LiveKitClient;
  const finder = trunkFinder(client, config, (ms, signal) => sleep(ms / 20, signal));
  const warningsOf = async (...inputs: string[]) => {
    const facts = await finder.factsOf(call);
    const resolve = (known: TrunkFacts) =>
      inputs.map((input) => resolveDestination(input, config, known));
    const resolved = await finder.resolveWith(facts, resolve, (targets) => targets);
    return resolved.flatMap(({ warnings }) => warnings);
  };
  return { finder, requests, warningsOf };
}

const answering = async () => INBOUND;
const LOOP =
  '+15105550002 is a number of our own (inbound trunk ST_2): it may come back to the same agent';

describe('the numbers of our own inbound trunks', () => {
  it.each([
    ['+15105550002', LOOP],
    ['mobile', LOOP],
    ['sip:5105550002@x.com', LOOP.replace('+15105550002', '5105550002')],
    ['sip:+1-510-555-0002;x=y@x.com', LOOP],
    ['tel:+15105550002', LOOP],
    ['+15105550001', '+15105550001 is the number the caller called: it may come back'],
  ])('are warned of as targets: %s', async (input, warning) => {
    const { requests, warningsOf } = finderOver(answering);
    expect((await warningsOf(input)).join()).toContain(warning);
    expect(requests).toEqual(['inbound']);
  });

  it.each(['sales', '100', 'sip:alice@x.com'])(
    'are not asked for where none is dialled: %s',
    async (input) => {
      const { requests, warningsOf } = finderOver(answering);
      expect(await warningsOf(input)).toEqual([]);
      expect(requests).toEqual([]);
    },
  );

  it('are asked for once, whatever is resolved', async () => {
    const { requests, warningsOf } = finderOver(answering);
    await warningsOf('+15105550142', 'mobile');
    expect(await warningsOf('+15105550002')).toEqual([LOOP]);
    expect(requests).toEqual(['inbound']);
  });

  it('come out of the list that a trunk is named by', async () => {
    const trunks = { Main: { dial: { number: 'sip:{number}@main.example.com' } } };
    const { requests, warningsOf } = finderOver(answering, { ...CONFIG, trunks });
    expect(await warningsOf('mobile')).toEqual([LOOP]);
    expect(requests).toEqual(['inbound']);
  });

  it.each<[string, () => Promise<Trunk[]>]>([
    ['may not be seen', () => Promise.reject(new KnownError('permission', 'no'))],
    ['cannot be had', () => Promise.reject(new KnownError('server', 'no response from servers'))],
    ['do not come', () => new Promise(() => {})],
  ])('are done without where they %s, which is said', async (_, answer) => {
    const { requests, warningsOf } = finderOver(answer);
    const started = performance.now();
    const unchecked = [expect.stringMatching(/^whether \+15105550002 is .* was not checked/)];
    expect(await warningsOf('mobile')).toEqual(unchecked);
    expect(await warningsOf('mobile')).toEqual(unchecked);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(requests).toEqual(['inbound']);
  });

  it('may be none', async () => {
    const { warningsOf } = finderOver(async () => []);
    expect(await warningsOf('mobile')).toEqual([]);
  });

  it('are not said to be unchecked where the target is known to be one', async () => {
    const { warningsOf } = finderOver(() => Promise.reject(new KnownError('server', 'no')));
    expect((await warningsOf('+15105550001')).join()).toContain('the number the caller called');
    expect((await warningsOf('+15105550142')).join()).toContain("the caller's own number");
  });

  it('hide no fault of this program', async () => {
    const { warningsOf } = finderOver(() => Promise.reject(new TypeError('a bug')));
    await expect(warningsOf('mobile')).rejects.toThrow('a bug');
  });
});

describe('a call’s trunk among those of the config', () => {
  const REFUSED = new KnownError('permission', 'The API key may not list trunks.');
  const DOWN = new KnownError('server', 'no response from servers');
  const place = (
    trunks: TransferConfig['trunks'],
    answer: () => Promise<Trunk[]>,
    wishes: Partial<Call> = {},
  ) => {
    const { finder, requests } = finderOver(answer, { ...CONFIG, trunks });
    return finder.factsOf({ ...call, ...wishes }).then((facts) => ({ ...facts, requests }));
  };

  it.each<[string, TransferConfig['trunks']]>([
    ['no trunks', {}],
    ['hosts', { 'sip.example.net': {} }],
    ['its id', { ST_1: {}, Main: {} }],
    ['other ids', { ST_9: {} }],
  ])('needs no list where the config has %s', async (_, trunks) => {
    const found = await place(trunks, () => Promise.reject(DOWN));
    expect(found).toMatchObject({ id: 'ST_1', name: null, requests: [] });
    expect(found.unplaced).toBeUndefined();
  });

  it('is found by its name', async () => {
    expect(await place({ main: {} }, answering)).toMatchObject({ name: 'Main' });
    expect(await place({ other: {} }, answering)).toMatchObject({ name: 'Main' });
  });

  it.each<[string, () => Promise<Trunk[]>, Partial<Call>, object]>([
    ['may not be listed', () => Promise.reject(REFUSED), {}, { cause: REFUSED }],
    ['cannot be listed', () => Promise.reject(DOWN), {}, { cause: DOWN }],
    ['is listed no more', answering, { trunkId: 'ST_gone' }, { cause: null }],
  ])('is not known where it %s', async (_, answer, wishes, unplaced) => {
    const found = await place({ Main: {} }, answer, wishes);
    expect(found).toMatchObject({ name: null, unplaced });
  });

  it.each<[string, string | null, Trunk[], string | null]>([
    ['its number', '+15105550002', INBOUND, 'ST_2'],
    ['its number, written otherwise', '15105550002', INBOUND, 'ST_2'],
    ['any number', '+15105550999', INBOUND, 'ST_3'],
    ['no number', '+15105550999', INBOUND.slice(0, 2), null],
    [
      'several',
      '+15105550001',
      [...INBOUND, { ...PLAIN, id: 'ST_4', name: '', numbers: ['+15105550001'] }],
      null,
    ],
    ['a call without one', null, INBOUND, null],
  ])(
    'is found by the number that was called, where the call does not name it: %s',
    async (_, number, list, id) => {
      for (const trunks of [{ Main: {} }, { ST_9: {} }]) {
        const found = await place(trunks, async () => list, {
          trunkId: null,
          calledNumber: number,
        });
        expect(found.id).toBe(id);
        expect(found.unplaced === undefined).toBe(id !== null);
      }
    },
  );
});

describe('what tells nothing of a trunk', () => {
  it.each<[string, Partial<Call>, string[]]>([
    ['the number that we call from', { direction: 'outbound' }, ['+15105550001']],
    [
      'a name without digits, where another has none either',
      { calledNumber: 'sales' },
      ['support'],
    ],
  ])('is %s', async (_, wishes, numbers) => {
    const listed = [{ ...PLAIN, id: 'ST_1', name: 'Main', numbers }];
    const { finder } = finderOver(async () => listed, { ...CONFIG, trunks: { Main: {} } });
    const facts = await finder.factsOf({ ...call, trunkId: null, ...wishes });
    expect(facts).toMatchObject({ id: null, name: null, unplaced: { cause: null } });
  });

  it('is the host that a caller says, where the trunk is not known and a domain is given', () => {
    const config: TransferConfig = {
      ...CONFIG,
      trunks: { Main: {}, 'sip.example.net': { refer: false, headers: { 'X-A': 'b' } } },
    };
    const facts: TrunkFacts = {
      ...{ id: 'ST_1', name: null, host: 'sip.example.net', provider: null, trunkNumber: null },
      ...{ callerNumber: null, direction: 'inbound', unplaced: { why: 'x', cause: null } },
    };
    const found = resolveDestination('+15105550199', config, facts, { via: 'pbx.example.com' });
    expect(found).toMatchObject({ referTo: 'sip:+15105550199@pbx.example.com', headers: {} });
  });
});

describe('a trunk that the config names and LiveKit does not have', () => {
  const warningsAfter = async (trunks: TransferConfig['trunks'], answer = answering) => {
    const { finder, requests } = finderOver(answer, { ...CONFIG, trunks });
    await finder.factsOf(call);
    return { warnings: await finder.warnOfMissingTrunks(), requests };
  };

  it('is told where a list was read anyway', async () => {
    const { warnings } = await warningsAfter({ Main: {}, Mian: {}, ST_2: {}, ST_9: {} });
    expect(warnings).toEqual([expect.stringContaining('LiveKit has no trunk Mian, ST_9, which')]);
  });

  it('is none where it goes out', async () => {
    const both = async () => INBOUND;
    expect((await warningsAfter({ Main: {} }, both)).requests).toEqual(['inbound']);
  });

  it('keeps nobody waiting where the list does not come, nor asks for it without need', async () => {
    const never = () => new Promise<Trunk[]>(() => {});
    const { finder, requests } = finderOver(never, CONFIG);
    const facts = await finder.factsOf(call);
    await finder.resolveWith(
      facts,
      () => resolveDestination('mobile', CONFIG, facts),
      (to) => [to],
    );
    expect(await finder.warnOfMissingTrunks()).toEqual([]);
    expect(requests).toEqual(['inbound']);
  });

  it('is not looked for otherwise', async () => {
    expect(await warningsAfter({ ST_9: {} })).toEqual({ warnings: [], requests: [] });
  });

  it.each<[string, () => Promise<Trunk[]>]>([
    ['cannot be read', () => Promise.reject(new KnownError('server', 'no'))],
    ['does not come', () => new Promise(() => {})],
  ])('is not told where the other list %s', async (_, other) => {
    const { finder } = finderOver(answering, { ...CONFIG, trunks: { Main: {}, Mian: {} } }, other);
    await finder.factsOf(call);
    expect(await finder.warnOfMissingTrunks()).toEqual([]);
  });
});
