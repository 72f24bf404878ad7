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
function finderOver(answer: () => Promise<Trunk[]>, config: TransferConfig = CONFIG) {
  const requests: string[] = [];
  const listTrunks = (direction: Trunk['direction']) => {
    requests.push(direction);
    return answer();
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
  return { requests, warningsOf };
}

const answering = async () => INBOUND;
const LOOP =
  '+15105550002 is a number of our own (inbound trunk ST_2): it may loop to the same agent';

describe('the numbers of our own inbound trunks', () => {
  it.each([
    ['+15105550002', LOOP],
    ['mobile', LOOP],
    ['sip:5105550002@x.com', LOOP.replace('+15105550002', '5105550002')],
    ['sip:+1-510-555-0002;x=y@x.com', LOOP],
    ['tel:+15105550002', LOOP],
    ['+15105550001', '+15105550001 is the number the caller called: it may loop'],
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
    ['are none', async () => []],
  ])('are done without where they %s', async (_, answer) => {
    const { requests, warningsOf } = finderOver(answer);
    const started = performance.now();
    expect(await warningsOf('mobile')).toEqual([]);
    expect(await warningsOf('mobile')).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(requests).toEqual(['inbound']);
  });

  it('are not known by name where the key may not see them, which is said', async () => {
    const denied = () => Promise.reject(new KnownError('permission', 'no'));
    const warning =
      'the API key may not list trunks: what the config says of trunks by name was not looked at';
    const warningsWith = (trunks: TransferConfig['trunks']) =>
      finderOver(denied, { ...CONFIG, trunks }).warningsOf('sales');
    expect(await warningsWith({ Main: { refer: false } })).toEqual([warning]);
    expect(await warningsWith({ Main: {}, 'sip.example.net': {} })).toEqual([warning]);
    expect(await warningsWith({ Main: {}, ST_1: {} })).toEqual([]);
    expect(await warningsWith({ ST_9: {} })).toEqual([]);
  });

  it('hide no fault of this program', async () => {
    const { warningsOf } = finderOver(() => Promise.reject(new TypeError('a bug')));
    await expect(warningsOf('mobile')).rejects.toThrow('a bug');
  });
});
