/** The sandbox: a server on loopback that speaks LiveKit's API, with calls on it. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { agentDispatchService, rpcMethods } from './api/agents.ts';
import { dialMethod } from './api/dial.ts';
import { DEFAULT_ERA, ERAS, type Era, type EraTraits } from './api/era.ts';
import { AimedFaults, ReadFaults } from './api/fault-injection.ts';
import { type Methods, writeJson, writeNotFound, writeText } from './api/method.ts';
import { roomService, sipService } from './api/services.ts';
import { transferMethod } from './api/transfer.ts';
import { answerTwirp, isTwirpPath, type RecordedRequest, type TwirpServer } from './api/twirp.ts';
import { loopbackUrl, Webhooks } from './api/webhooks.ts';
import { demoSeed } from './demo/rooms.ts';
import { Bridges, IncomingCalls, PhoneNetwork } from './provider/phone-network.ts';
import { LINGERS_MS, OngoingTransfers } from './provider/transfers.ts';
import { Dialling } from './provider/trunk.ts';
import { Clock, REAL_TIME, type Time } from './world/clock.ts';
import type { PhoneSignal } from './world/open-rooms.ts';
import type { AimedFault, Seed } from './world/seed-types.ts';
import { World } from './world/world.ts';

export { DEFAULT_ERA, type Era } from './api/era.ts';
export type { RecordedRequest } from './api/twirp.ts';
export type { Time } from './world/clock.ts';
export type { PhoneSignal } from './world/open-rooms.ts';

export interface SandboxOptions {
  /** The port to listen on; 0, the default, takes any that is free. */
  port?: number | undefined;
  /** How many times as fast as real time: 1 by default. */
  speed?: number | undefined;
  /** Trunks, rooms and calls; the demo's by default. */
  seed?: Seed | undefined;
  /** The generation of LiveKit that it answers as: today's by default. */
  era?: Era | undefined;
  /** How long a leg stays listed after its target has answered, in real ms: LiveKit's second. */
  lingersMs?: number | undefined;
  /** What its time is told by, and `lingersMs` as well; this machine's by default. */
  time?: Time | undefined;
  /** Where it sends webhooks to, signed with its key: an http:// address of the loopback. */
  webhook?: string | undefined;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** The Twirp requests so far, in the order of arrival (the last 50,000 at least). */
  requests: readonly RecordedRequest[];
  /** What LiveKit's SIP service told the phones so far (the last 50,000 at least). */
  signals: readonly PhoneSignal[];
  /**
   * Adds trunks, and rooms with calls on them; ages count from now.
   * @throws Error when a caller is on none of these trunks
   */
  add(seed: Pick<Seed, 'trunks' | 'rooms'>): void;
  /** Puts these faults in the place of those there are, each counting its requests from here on. */
  aim(faults: readonly AimedFault[]): void;
  /** Hangs up everything and stops listening. */
  close(): Promise<void>;
}

/** The same at every start, and of no use anywhere else: only loopback reaches the sandbox. */
const KEYS = {
  apiKey: 'APIsandboxKey01',
  apiSecret: 'sandboxSecretOfNoUseOutsideThisComputer0001',
};

const LOOPBACK = '127.0.0.1';

/** Not LiveKit's paths: the requests and signals so far, for tests in another process. */
const REQUESTS_PATH = '/sandbox/requests';
const SIGNALS_PATH = '/sandbox/signals';

/**
 * Starts a sandbox.
 * @throws Error when the port is taken (EADDRINUSE); RangeError when the speed is not positive, or
 *   webhooks are to go anywhere but to the loopback
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, speed = 1, lingersMs = LINGERS_MS, time = REAL_TIME } = options;
  const webhookUrl = options.webhook === undefined ? null : loopbackUrl(options.webhook);
  const { trunks: seededTrunks, ...seeded } = options.seed ?? demoSeed;
  const trunks = [...seededTrunks];
  const seed: Seed = { ...seeded, trunks };
  const era = ERAS[options.era ?? DEFAULT_ERA];
  const clock = new Clock(speed, time);
  const world = new World(seed, clock, Date.now(), era);
  const twirp: TwirpServer = {
    keys: KEYS,
    time,
    withheld: seed.withheldGrants ?? [],
    methods: {
      ...roomService(world, new ReadFaults(seed.listing, clock)),
      ...rpcMethods(world, clock, era),
      ...agentDispatchService(seed, world, clock),
      ...telephony(seed, world, clock, lingersMs, era),
    },
    wrapper: era.wrapper,
    faults: new AimedFaults(seed.faults, clock),
    requests: [],
  };
  const server = createServer((request, response) => answer(twirp, world, request, response));
  // Go keeps idle connections open; Node would close them after 5 s, in the middle of a next request.
  server.keepAliveTimeout = 0;
  try {
    await listen(server, port);
  } catch (error) {
    clock.stop();
    throw error;
  }
  const webhooks = webhookUrl && new Webhooks(world, webhookUrl, KEYS);
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    ...KEYS,
    requests: twirp.requests,
    signals: world.signals,
    add: (more) => {
      trunks.push(...more.trunks);
      world.open(more, Date.now());
    },
    aim: (faults) => twirp.faults.aim(faults),
    close: () => {
      webhooks?.close();
      return close(server, clock);
    },
  };
}

/** The SIP service, and the telephone network that it is on. */
function telephony(
  seed: Seed,
  world: World,
  clock: Clock,
  lingersMs: number,
  era: EraTraits,
): Methods {
  const bridges = new Bridges(world);
  const network = new PhoneNetwork(seed.trunks, new IncomingCalls(world, clock), clock);
  const transfers = new OngoingTransfers(world, network, bridges, clock, lingersMs, era);
  const dialling = new Dialling(world, network, bridges, clock);
  return sipService(
    seed,
    dialMethod(seed, world, dialling, clock, era),
    transferMethod(world, transfers, clock, era),
  );
}

function answer(
  twirp: TwirpServer,
  { signals }: World,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (isTwirpPath(path)) {
    // Reading the body fails when the client goes away: then there is nobody to answer.
    answerTwirp(twirp, path, request, response).catch(() => response.destroy());
    return;
  }
  request.resume();
  if (path === REQUESTS_PATH) writeJson(response, 200, twirp.requests);
  else if (path === SIGNALS_PATH) writeJson(response, 200, signals);
  else if (path === '/') writeText(response, 200, 'OK');
  else writeNotFound(response);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, clock: Clock): Promise<void> {
  clock.stop();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
