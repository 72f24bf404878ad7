/**
 * What is said of every transfer that the sandbox can bring about, by the engine as users have it,
 * and how many requests it took: one, or none. `npm run test:contract` prints the table.
 */
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Seed } from '../../src/sandbox/seeds.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { blackHole, closedPort, serveSockets } from '../livekit/loopback.ts';
import { isSandbox } from './livekit-under-test.ts';
import { NEVER_ARRIVED, type OutcomeCase, outcomeCases } from './outcome-cases.ts';
import { LINGERS_MS, type Operator, operate, SPEED } from './outcome-engine.ts';
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

const ROOM = 'the room';

/** A trunk, a room and a caller for one case. */
function seedOf({ trunk, room, caller }: Scene): Seed {
  return {
    trunks: [
      {
        id: 'ST_one',
        name: 'the trunk',
        direction: 'inbound',
        number: '+15550001111',
        hostname: 'sbc.example.net',
        behaviour: 'honours-refer',
        ...trunk,
      },
    ],
    rooms: [
      {
        name: ROOM,
        participants: [
          // Somebody stays, so that the room does.
          { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
          {
            kind: 'caller',
            callId: 'SCL_one',
            trunk: 'ST_one',
            number: '+15105550142',
            age: 60,
            ...caller,
          },
        ],
        ...room,
      },
    ],
  };
}

interface TransferBody {
  headers: Record<string, string>;
}

function transfersSeen({ requests }: Sandbox): (TransferBody | null)[] {
  return requests
    .filter(({ method }) => method === 'SIP/TransferSIPParticipant')
    .map(({ body }) => body as TransferBody | null);
}

/** Waits for what an operator comes after; the first one waits for nothing. */
async function itsTurn(
  { comesAfter }: Operator,
  index: number,
  earlier: readonly Promise<unknown>[],
  sandbox: Sandbox,
): Promise<void> {
  if (comesAfter === 'result') await earlier[index - 1];
  if (comesAfter === 'request') {
    await vi.waitUntil(() => transfersSeen(sandbox).length >= index, { timeout: 10_000 });
  }
}

/** Runs a case in a sandbox of its own and holds every operator's row against the expected one. */
async function check(
  { name, operators }: OutcomeCase,
  sandbox: Sandbox,
  { task }: Pick<TestContext, 'task'>,
): Promise<void> {
  const names = operators.map((_, index) =>
    operators.length === 1 ? name : `${name} (operator ${index + 1})`,
  );
  const telling: ReturnType<typeof operate>[] = [];
  for (const [index, [operator]] of operators.entries()) {
    await itsTurn(operator, index, telling, sandbox);
    telling.push(operate(sandbox, ROOM, String(index), operator));
  }
  const told = await Promise.all(telling);
  const sent = transfersSeen(sandbox);
  const rows = told.map((row, index): OutcomeRow => {
    const own = sent.filter((body) => body?.headers['X-Operator'] === String(index));
    return { ...row, posts: own.length };
  });
  task.meta.outcomeRows = rows.map((row, index) => [names[index] ?? '', row]);

  const expected = operators.map(([, row]) => row);
  expect(rows).toEqual(expected);
  // Nothing was sent that no operator reckons with.
  expect(sent).toHaveLength(expected.reduce((sum, row) => sum + row.posts, 0));
}

/** Does something with a sandbox that has the scene of a case. */
async function inScene(scene: Scene, work: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox({ seed: seedOf(scene), speed: SPEED, lingersMs: LINGERS_MS });
  try {
    await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

describe.runIf(isSandbox).concurrent('what is said of a transfer:', () => {
  it.for(outcomeCases.map((each) => [each.name, each] as const))('%s', ([, each], context) =>
    inScene(each, (sandbox) => check(each, sandbox, context)),
  );
});

describe.runIf(isSandbox)('what is said of a transfer that never arrives:', () => {
  it.for(NOWHERE)('%s', async ([name, origin], context) => {
    // Linux alone lets whoever comes to a full queue wait.
    context.skip(name === 'a connection that never stands' && process.platform !== 'linux');
    await inScene({ name }, async (sandbox) => {
      const postsTo = await origin(sandbox.url);
      await check({ name, operators: [[{ postsTo }, NEVER_ARRIVED]] }, sandbox, context);
    });
  });
});
