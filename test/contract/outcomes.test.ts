/**
 * What is said of every transfer that the sandbox can bring about, by the engine as users have it,
 * and how many requests it took: one, or none. `npm run test:contract` prints the table.
 */
import { describe, expect, it, type TestContext, vi } from 'vitest';
import type { Era } from '../../src/sandbox/server.ts';
import { blackHole, closedPort, serveSockets } from '../livekit/loopback.ts';
import { clockAt, LINGERS_MS } from '../support/fake-host.ts';
import { SimulatedTime } from '../support/simulated-time.ts';
import { BEHAVIOURS } from './behaviours.ts';
import { type Caller, callerWho } from './caller-source.ts';
import {
  ALL_ERAS,
  inBrackets,
  isOverTls,
  isSandbox,
  ONE_ERA,
  SPEED,
} from './livekit-under-test.ts';
import {
  differsByEra,
  NEVER_ARRIVED,
  type OutcomeCase,
  outcomeCases,
  rowsIn,
} from './outcome-cases.ts';
import { type Operator, operate } from './outcome-engine.ts';
import type { OutcomeRow } from './outcome-row.ts';

/** Where a transfer can go without arriving. */
const NOWHERE: readonly (readonly [name: string, origin: (url: string) => Promise<string>])[] = [
  ['connection refused', async () => `http://127.0.0.1:${await closedPort()}`],
  ['no such host', async () => 'http://nobody.invalid'],
  ['TLS to a server without', async (url) => url.replace('http:', 'https:')],
  ['a TLS handshake that never ends', async () => `https://${await serveSockets(() => {})}`],
  ['a connection that never stands', async () => `http://127.0.0.1:${await blackHole()}`],
];

/** Until a request that went out is at work on a LiveKit of which nobody can ask what it has got. */
const ARRIVES_WITHIN_MS = 300;

/** How many transfer requests the sandbox has got; null where nobody can ask. */
function transfersSeen({ sandbox }: Caller): number | null {
  if (sandbox === null) return null;
  return sandbox.requests.filter(({ method }) => method === 'SIP/TransferSIPParticipant').length;
}

/** Waits for what an operator comes after; the first one waits for nothing. */
async function itsTurn(
  { comesAfter }: Operator,
  earlier: readonly Promise<unknown>[],
  sent: () => number,
  caller: Caller,
): Promise<void> {
  const index = earlier.length;
  if (comesAfter === 'result') await earlier[index - 1];
  if (comesAfter !== 'request') return;
  await vi.waitUntil(() => (transfersSeen(caller) ?? sent()) >= index, { timeout: 15_000 });
  if (caller.sandbox === null) {
    await new Promise((resolve) => setTimeout(resolve, ARRIVES_WITHIN_MS));
  }
}

/** Runs a case on a call of its own and holds every operator's row against the expected one. */
async function check(
  { name, operators }: Pick<OutcomeCase, 'name' | 'operators'>,
  era: Era | null,
  caller: Caller,
  { task }: Pick<TestContext, 'task'>,
  time: SimulatedTime | null,
): Promise<void> {
  const clock = time?.clock ?? clockAt(SPEED);
  let sent = 0;
  const telling: Promise<OutcomeRow>[] = [];
  for (const [operator] of operators) {
    const come = () => itsTurn(operator, telling, () => sent, caller);
    // Whoever comes later is there before all is over.
    await (time?.paced(come) ?? come());
    const onPost = () => {
      sent += 1;
    };
    telling.push(operate(caller.livekit, caller.room, operator, onPost, clock));
  }
  const rows = await Promise.all(telling);
  task.meta.outcomeRows = rows.map((row, index) => {
    const which = operators.length === 1 ? '' : ` (operator ${index + 1})`;
    return [`${name}${which}${inBrackets(era)}`, row];
  });
  for (const [index, [, expected]] of operators.entries()) {
    const allowed = rowsIn(era, expected);
    if (allowed.length === 1) expect(rows[index]).toEqual(allowed[0]);
    else expect(allowed).toContainEqual(rows[index]);
  }
  // The server saw what was sent, and nothing else.
  expect(transfersSeen(caller) ?? sent).toBe(sent);
}

const titled = outcomeCases.flatMap((each) =>
  (differsByEra(each) ? ALL_ERAS : [ONE_ERA]).map(
    (era) => [each.name + inBrackets(era), era, each] as const,
  ),
);

describe.concurrent('what is said of a transfer:', () => {
  it.for(titled)('%s', async ([, era, each], context) => {
    const time = isSandbox ? new SimulatedTime() : null;
    const options = time === null ? { era } : { era, time };
    const caller = await callerWho(each.behaviour, context, options, each.scene);
    await check(each, era, caller, context, time);
  });
});

describe('what is said of a transfer that never arrives:', () => {
  it.for(NOWHERE)('%s', async ([name, origin], context) => {
    // Linux alone lets whoever comes to a full queue wait.
    context.skip(name === 'a connection that never stands' && process.platform !== 'linux');
    context.skip(name === 'TLS to a server without' && isOverTls);
    const caller = await callerWho('answers', context, { speed: SPEED, lingersMs: LINGERS_MS });
    const postsTo = await origin(caller.livekit.url);
    const operators: OutcomeCase['operators'] = [[{ postsTo }, NEVER_ARRIVED]];
    await check({ name, operators }, ONE_ERA, caller, context, null);
  });
});

describe('the cases', () => {
  it('ask a caller source for one thing by one name', () => {
    const scenes = new Map(Object.entries(BEHAVIOURS));
    for (const { behaviour, scene } of outcomeCases) {
      expect(scenes.get(behaviour) ?? scene).toBe(scene);
      scenes.set(behaviour, scene);
    }
  });
});
