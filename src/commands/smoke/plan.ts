/** From the command line or the config to the tests that are to be run, each of them planned. */
import type { SmokeTestConfig } from '../../config/types.ts';
import {
  DestinationError,
  isKnownError,
  KnownError,
  NotFoundError,
  UsageError,
} from '../../core/errors.ts';
import { foldName } from '../../core/text.ts';
import { readCallerNumber } from '../../destinations/address/numbers.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Trunk } from '../../livekit/messages.ts';
import {
  isSameNumber,
  planSmoke,
  readTestNumber,
  rulesForTests,
  type SmokeRequest,
  type SmokeTest,
  type SmokeTrunk,
  smokeTrunk,
  trunkRecord,
} from '../../smoke/plan.ts';
import { commandWithId, findMeantCall } from '../shared/calls.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import { noSuchTrunk } from '../shared/trunk-choice.ts';
import type { SmokeOptions } from './command.ts';
import { nameTest, SANDBOX_TESTS, type SmokeWay, smokeRequests } from './options.ts';

// The trunks of the project, and the one that is meant.

interface KnownTrunks {
  /** null: the API key may not see them. */
  outbound: SmokeTrunk[] | null;
  inbound: SmokeTrunk[] | null;
}

async function listOrNull(
  client: LiveKitClient,
  direction: Trunk['direction'],
): Promise<SmokeTrunk[] | null> {
  try {
    return (await client.listTrunks(direction)).map(smokeTrunk);
  } catch (error) {
    if (error instanceof KnownError && error.code === 'permission') return null;
    throw error;
  }
}

/** Lists both kinds, as far as the key may. */
export async function listKnownTrunks(client: LiveKitClient): Promise<KnownTrunks> {
  const [outbound, inbound] = await Promise.all([
    listOrNull(client, 'outbound'),
    listOrNull(client, 'inbound'),
  ]);
  return { outbound, inbound };
}

const fits = (text: string) => (trunk: SmokeTrunk) =>
  trunk.id === text || (trunk.name !== null && foldName(trunk.name) === foldName(text));

/**
 * Finds the outbound trunk that is meant.
 * @param text an id, or a name
 * @throws NotFoundError; KnownError `usage` when several bear the name, `permission` when a name
 *   cannot be looked up
 */
function findOutboundTrunk(text: string, { outbound, inbound }: KnownTrunks): SmokeTrunk {
  if (outbound === null) {
    if (text.startsWith('ST_')) return unseenTrunk(text);
    throw new KnownError(
      'permission',
      `The API key may not list trunks, so “${text}” is unknown.`,
      {
        hint: 'Give the id of the trunk (ST_…), or use a key whose token may list trunks (sip.admin).',
      },
    );
  }
  const byId = outbound.find(({ id }) => id === text);
  if (byId !== undefined) return byId;
  const named = outbound.filter(fits(text));
  const [only, second] = named;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new KnownError('usage', `${named.length} trunks are called “${text}”.`, {
      details: named.map(({ id, host }) => `${id}  ${host ?? ''}`),
      data: { candidateTrunks: named.map(trunkRecord) },
      hint: 'Name one by its id.',
    });
  }
  if (inbound?.some(fits(text))) {
    throw new NotFoundError('no-such-trunk', `“${text}” is an inbound trunk: it cannot dial.`, {
      hint: 'Dial over an outbound trunk; --loop with a number of the inbound trunk tests that one.',
    });
  }
  const names = outbound.flatMap(({ id, name }) => [id, name].filter((each) => each !== null));
  throw noSuchTrunk(`There is no outbound trunk “${text}”.`, text, names, outbound);
}

function unseenTrunk(id: string): SmokeTrunk {
  return {
    id,
    name: null,
    host: null,
    transport: null,
    provider: null,
    numbers: [],
    isListed: false,
  };
}

/** A test of the config that cannot be run as it stands. */
export interface InvalidTest {
  entry: SmokeTestConfig;
  error: KnownError;
}

/** In the order in which they were asked for. */
type Planned = { test: SmokeTest } | { unrunnable: InvalidTest };

export interface SmokeTests {
  all: Planned[];
  tests: SmokeTest[];
  unrunnable: InvalidTest[];
}

function inOrder(all: Planned[]): SmokeTests {
  return {
    all,
    tests: all.flatMap((each) => ('test' in each ? [each.test] : [])),
    unrunnable: all.flatMap((each) => ('unrunnable' in each ? [each.unrunnable] : [])),
  };
}

/**
 * The smoke section that counts: the config's, and in the sandbox, where there is none of the user's
 * own, one that fits its trunks.
 */
function smokeSection({ config, loaded, sandbox }: Session): readonly SmokeTestConfig[] {
  const own = loaded.bundled ? undefined : config.smoke;
  return own ?? (sandbox ? SANDBOX_TESTS : []);
}

/** A config marks a target, and it is the same target however it is tested. */
function endsItself(to: string | null, { config }: Session): boolean {
  const marked = config.smoke?.filter((entry) => entry.endsItself === true) ?? [];
  return marked.some((entry) => to !== null && foldName(entry.to ?? '') === foldName(to));
}

async function requestFor(
  way: Exclude<SmokeWay, 'all' | 'clean'>,
  options: SmokeOptions,
  session: Session,
  trunks: KnownTrunks,
  context: Context,
): Promise<SmokeRequest> {
  const { config } = session;
  const { to = null, method: transferMethod = 'refer', expect: expected = null } = options;
  const name = nameTest({ ...options, trunk: options.trunk ?? '' });
  const common = { name, transferMethod, to, expected, endsItself: endsItself(to, session) };
  switch (way) {
    case 'dial': {
      const number = readTestNumber(options.dial ?? '', config, true);
      const trunk = findOutboundTrunk(options.trunk ?? '', trunks);
      return { ...common, method: 'outbound', trunk, number, call: null };
    }
    case 'loop': {
      const number = readLoopNumber(options.loop ?? '', session, trunks);
      const trunk = findOutboundTrunk(options.trunk ?? '', trunks);
      return { ...common, method: 'loop', trunk, number, call: null };
    }
    case 'waitCall': {
      const number = readOurNumber(options.waitCall ?? '', session);
      return { ...common, method: 'live', trunk: null, number, call: null };
    }
    case 'call': {
      const withId = commandWithId('smoke --call', options.to);
      const words = { caller: options.call ?? '' };
      const call = await findMeantCall(words, session, context, withId);
      return { ...common, method: 'live', trunk: null, number: null, call };
    }
  }
}

/** A number that LiveKit lists as ours is bound to no countries; any other is one that was typed. */
function readLoopNumber(text: string, { config }: Session, { inbound }: KnownTrunks): string {
  const number = readTestNumber(text, config, false);
  const isOurs = inbound?.some(({ numbers }) => numbers.some((each) => isSameNumber(each, number)));
  return isOurs ? number : readTestNumber(text, config, true);
}

/** @throws DestinationError for what is no number */
function readOurNumber(text: string, { config }: Session): string {
  const number = readCallerNumber(text, config.defaultCountry ?? null);
  if (number !== null) return number;
  throw new DestinationError(`"${text}" is not a phone number`, {
    hint: 'Give the number of ours that you will call: --wait-call +15105550001',
  });
}

function entryRequest(entry: SmokeTestConfig, session: Session, trunks: KnownTrunks): SmokeRequest {
  const { dial, loop, to = null, method = 'refer', expect, endsItself: marked } = entry;
  return {
    name: nameTest(entry),
    transferMethod: method,
    method: loop === undefined ? 'outbound' : 'loop',
    number: readTestNumber(loop ?? dial ?? '', session.config, false),
    trunk: findOutboundTrunk(entry.trunk, trunks),
    call: null,
    to,
    expected: expect ?? null,
    endsItself: marked === true,
  };
}

/**
 * Plans every test that is asked for.
 * @throws KnownError when the one on the command line cannot be run, or the config names none; of
 *   several in the config the others are run all the same
 */
export async function planTests(
  way: Exclude<SmokeWay, 'clean'>,
  options: SmokeOptions,
  session: Session,
  trunks: KnownTrunks,
  context: Context,
): Promise<SmokeTests> {
  const wishes = smokeRequests(options);
  const rules = rulesForTests(session);
  const seen = { inbound: trunks.inbound ?? [], outbound: trunks.outbound ?? [] };
  const plan = (wish: SmokeRequest) => planSmoke(wish, seen, wishes, rules);
  if (way !== 'all') {
    const wish = await requestFor(way, options, session, trunks, context);
    await refuseOpen(wish, session, context);
    const test = plan(wish);
    checkRepeat([test], options);
    return inOrder([{ test }]);
  }
  const entries = smokeSection(session);
  if (entries.length === 0) {
    throw new UsageError('The config has no smoke tests.', {
      hint: 'Name them under "smoke": [{ "trunk": …, "loop": …, "to": …, "expect": "supported" }]; transfer.config.example.json shows one.',
    });
  }
  const found = inOrder(
    entries.map((entry) => {
      try {
        return { test: plan(entryRequest(entry, session, trunks)) };
      } catch (error) {
        if (!isKnownError(error)) throw error;
        return { unrunnable: { entry, error } };
      }
    }),
  );
  checkRepeat(found.tests, options);
  return found;
}

/** @throws UsageError when an earlier transfer of the call is open: its late answer could pass for ours */
async function refuseOpen(
  { call }: SmokeRequest,
  session: Session,
  context: Context,
): Promise<void> {
  if (call === null) return;
  const history = openSessionHistory(session, context, { offersAgain: false });
  const [first] = await history.earlierOf(call.callId);
  if (first === undefined) return;
  throw new UsageError(
    `A transfer of this call to ${first.to} was sent at ${first.startedAt} and is still open: its answer could look like the answer to a test.`,
    { hint: 'Test with another call.' },
  );
}

/** Two ends that nobody ends would pile up with every repetition. */
function checkRepeat(tests: readonly SmokeTest[], { repeat = 1 }: SmokeOptions): void {
  const lasting = tests.filter(
    ({ endsItself, transferMethod }) => !endsItself && transferMethod === 'refer',
  );
  if (repeat < 2 || lasting.length === 0) return;
  const targets = [...new Set(lasting.map(({ to }) => to))].join(', ');
  throw new UsageError(
    `--repeat needs a target that hangs up by itself. The config does not say that about ${targets}.`,
    {
      hint: 'If it does, set "endsItself": true beside it under "smoke" in the config. Otherwise every repetition may leave a call open, and you pay for it.',
    },
  );
}
