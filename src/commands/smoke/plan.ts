/** From the command line or the config to the tests that are to be run, each of them planned. */
import { problemAt, problemBelow } from '../../config/json.ts';
import type { RunConfig } from '../../config/settings.ts';
import type { SmokeTestConfig } from '../../config/types.ts';
import {
  type ConfigProblem,
  isKnownError,
  type KnownError,
  UsageError,
} from '../../core/errors.ts';
import { foldName } from '../../core/text.ts';
import { CallNeededError, TrunkLimitError } from '../../destinations/destination.ts';
import { resolveOnEveryTrunk } from '../../destinations/on-trunks.ts';
import { findDepartment } from '../../destinations/reading.ts';
import type { Trunk } from '../../livekit/messages.ts';
import {
  isSameNumber,
  planSmoke,
  readTestNumber,
  rulesForTests,
  type SmokeRequest,
  type SmokeTest,
  smokeTrunk,
} from '../../smoke/plan.ts';
import type { Rules } from '../../transfer/plan.ts';
import { findMeantCall } from '../shared/calls.ts';
import { type Context, sameLineFor } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openSessionHistory } from '../shared/session-history.ts';
import type { SmokeOptions } from './command.ts';
import {
  checkRepeat,
  findOutboundTrunk,
  type KnownTrunks,
  nameTest,
  readOurNumber,
  SANDBOX_TESTS,
  type SmokeWay,
  smokeRequests,
} from './options.ts';

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
  const name = nameTest(options);
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
      const number = readOurNumber(options.waitCall ?? '', config);
      return { ...common, method: 'live', trunk: null, number, call: null };
    }
    case 'call': {
      const withId = sameLineFor(context, '--call');
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

function entryRequest(
  entry: SmokeTestConfig,
  config: RunConfig,
  trunks: KnownTrunks,
): SmokeRequest {
  const { dial, loop, to = null, method = 'refer', expect, endsItself: marked } = entry;
  return {
    name: nameTest(entry),
    transferMethod: method,
    method: loop === undefined ? 'outbound' : 'loop',
    number: readTestNumber(loop ?? dial ?? '', config, false),
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
        return { test: plan(entryRequest(entry, session.config, trunks)) };
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

// The tests that a config names, judged before any of them is run: by `config check` and `doctor`.

/** What keeps a test from being run that nothing but the config tells: its number, and its target. */
function judgeOffline({ dial, loop, to }: SmokeTestConfig, config: RunConfig): void {
  readTestNumber(loop ?? dial ?? '', config, false);
  // A department is judged where it stands, and a trunk may know what the general rules do not.
  if (to === undefined || findDepartment(config, to) !== null) return;
  const failures = resolveOnEveryTrunk(to, config).map(({ failure }) => failure);
  const [failure] = failures.includes(null) ? [] : failures;
  const isDoubt = failure instanceof CallNeededError || failure instanceof TrunkLimitError;
  if (failure != null && !isDoubt) throw failure;
}

/**
 * @param listed the trunks of LiveKit; null: they were not read, and only the config is judged
 * @returns what keeps tests from being run
 */
export function findTestProblems(
  { config, settings }: Rules,
  listed: readonly Omit<Trunk, 'transport'>[] | null,
): ConfigProblem[] {
  const rules = rulesForTests({ config, settings });
  const those = (way: Trunk['direction']) =>
    (listed ?? [])
      .filter(({ direction }) => direction === way)
      .map((trunk) => smokeTrunk({ ...trunk, transport: null }));
  const trunks = { inbound: those('inbound'), outbound: those('outbound') };
  return (config.smoke ?? []).flatMap((entry, index) => {
    try {
      judgeOffline(entry, config);
      if (listed === null) return [];
      planSmoke(
        entryRequest(entry, config, trunks),
        trunks,
        { via: undefined, headers: {} },
        rules,
      );
      return [];
    } catch (error) {
      const { path, message, hint } = problemAt(`smoke[${index}]`, error);
      return [problemBelow(path, `${path} (${entry.trunk}): ${message}`, hint)];
    }
  });
}
