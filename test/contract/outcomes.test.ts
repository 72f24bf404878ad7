/**
 * What is said of every transfer that the sandbox can bring about, by the engine as users have it,
 * and how many requests it took: one, or none. `npm run test:contract` prints the table.
 */
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ParticipantSeed, RoomSeed, Seed, TrunkSeed } from '../../src/sandbox/seeds.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { blackHole, closedPort, serveSockets } from '../livekit/loopback.ts';
import { isSandbox } from './livekit-under-test.ts';
import { NEVER_ARRIVED, type OutcomeCase, outcomeCases } from './outcome-cases.ts';
import { operate, SPEED } from './outcome-engine.ts';
import type { OutcomeRow } from './outcome-row.ts';

/** Where a transfer can go without arriving. */
const NOWHERE: readonly (readonly [name: string, origin: (url: string) => Promise<string>])[] = [
  ['connection refused', async () => `http://127.0.0.1:${await closedPort()}`],
  ['no such host', async () => 'http://nobody.invalid'],
  ['TLS to a server without', async (url) => url.replace('http:', 'https:')],
  ['a TLS handshake that never ends', async () => `https://${await serveSockets(() => {})}`],
  ['a connection that never stands', async () => `http://127.0.0.1:${await blackHole()}`],
];

type Scene = Omit<OutcomeCase, 'operators'>;
const scenes: readonly Scene[] = [...outcomeCases, ...NOWHERE.map(([name]) => ({ name }))];

const roomOf = (name: string) => `outcome: ${name}`;

/** A trunk, a room and a caller for every case. */
const seed: Seed = {
  trunks: scenes.map(
    ({ trunk }, index): TrunkSeed => ({
      id: `ST_${index}`,
      name: `trunk ${index}`,
      direction: 'inbound',
      number: '+15550001111',
      hostname: 'sbc.example.net',
      behaviour: 'honours-refer',
      ...trunk,
    }),
  ),
  rooms: scenes.map(({ name, room, caller }, index): RoomSeed => {
    const participants: ParticipantSeed[] = [
      // Somebody stays, so that the room does.
      { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
      {
        kind: 'caller',
        callId: `SCL_${index}`,
        trunk: `ST_${index}`,
        number: '+15105550142',
        age: 60,
        ...caller,
      },
    ];
    return { name: roomOf(name), participants, ...room };
  }),
};

let sandbox: Sandbox;
beforeAll(async () => {
  if (isSandbox) sandbox = await startSandbox({ seed, speed: SPEED });
});

let postsExpected = 0;
afterAll(async () => {
  if (!isSandbox) return;
  await sandbox.close();
  // Nobody has sent anything that no case reckons with.
  expect(transfersSeen()).toHaveLength(postsExpected);
});

interface TransferBody {
  room_name: string;
  headers: Record<string, string>;
}

function transfersSeen(): (TransferBody | null)[] {
  return sandbox.requests
    .filter(({ method }) => method === 'SIP/TransferSIPParticipant')
    .map(({ body }) => body as TransferBody | null);
}

/** Runs a case and holds every operator's row against the expected one. */
async function check({ name, operators }: OutcomeCase, { task }: Pick<TestContext, 'task'>) {
  const room = roomOf(name);
  const names = operators.map((_, index) =>
    operators.length === 1 ? name : `${name} (operator ${index + 1})`,
  );
  const told = await Promise.all(
    operators.map(([operator], index) => operate(sandbox, room, String(index), operator)),
  );
  const sent = transfersSeen().filter((body) => body?.room_name === room);
  const rows = told.map((row, index): OutcomeRow => {
    const own = sent.filter((body) => body?.headers['X-Operator'] === String(index));
    return { ...row, posts: own.length };
  });
  task.meta.outcomeRows = rows.map((row, index) => [names[index] ?? '', row]);

  const expected = operators.map(([, row]) => row);
  expect(rows).toEqual(expected);
  const posts = expected.reduce((sum, row) => sum + row.posts, 0);
  expect(sent).toHaveLength(posts);
  postsExpected += posts;
}

describe.runIf(isSandbox).concurrent('what is said of a transfer:', () => {
  it.for(outcomeCases.map((each) => [each.name, each] as const))('%s', ([, each], context) =>
    check(each, context),
  );
});

describe.runIf(isSandbox)('what is said of a transfer that never arrives:', () => {
  it.for(NOWHERE)('%s', async ([name, origin], context) => {
    // Linux alone lets whoever comes to a full queue wait.
    context.skip(name === 'a connection that never stands' && process.platform !== 'linux');
    const postsTo = await origin(sandbox.url);
    await check({ name, operators: [[{ postsTo }, NEVER_ARRIVED]] }, context);
  });
});
