/** The flags of `smoke`: which of them go together, and what they name. */

import type { RunConfig } from '../../config/settings.ts';
import type { SmokeTestConfig } from '../../config/types.ts';
import { DestinationError, KnownError, NotFoundError, UsageError } from '../../core/errors.ts';
import { foldName, parseDuration } from '../../core/text.ts';
import { readCallerNumber } from '../../destinations/address/numbers.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Trunk } from '../../livekit/messages.ts';
import {
  SHORTEST_SMOKE_WAIT_MS,
  type SmokeTest,
  type SmokeTrunk,
  smokeTrunk,
  trunkRecord,
} from '../../smoke/plan.ts';
import type { TestName } from '../../smoke/result.ts';
import type { PlanRequest } from '../../transfer/plan.ts';
import { type Context, canPrompt } from '../shared/context.ts';
import { noSuchTrunk } from '../shared/trunk-choice.ts';
import { planRequest } from '../transfer/options.ts';
import type { SmokeOptions } from './command.ts';

const WAYS = ['dial', 'loop', 'call', 'waitCall', 'all', 'clean'] as const;
export type SmokeWay = (typeof WAYS)[number];

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** Flags that go with some ways of testing only. */
const ONLY_WITH: readonly [flag: keyof SmokeOptions, ways: readonly SmokeWay[]][] = [
  ['trunk', ['dial', 'loop']],
  ['to', ['dial', 'loop', 'call', 'waitCall']],
  ['method', ['dial', 'loop', 'call', 'waitCall']],
  ['expect', ['dial', 'loop', 'call', 'waitCall']],
  ['within', ['waitCall']],
  ['repeat', ['dial', 'loop', 'all', 'waitCall']],
  ['interval', ['dial', 'loop', 'all', 'waitCall']],
  ['format', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['header', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['via', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['wait', ['dial', 'loop', 'call', 'waitCall', 'all']],
];

/** The one way that is asked for; the parser takes no second one. @throws UsageError for none */
function wayOf(options: SmokeOptions): SmokeWay {
  const way = WAYS.find((each) => options[each] !== undefined);
  if (way === undefined) {
    throw new UsageError('What is to be tested?', {
      hint: 'Give --trunk with --dial NUMBER or --loop OUR-NUMBER; or --call CALLER, --wait-call OUR-NUMBER, --all.',
    });
  }
  return way;
}

/** A line that cannot lead to a test is refused before any word to a server. */
export function checkSmokeOptions(options: SmokeOptions): SmokeWay {
  const way = wayOf(options);
  for (const [flag, ways] of ONLY_WITH) {
    if (options[flag] === undefined || ways.includes(way)) continue;
    throw new UsageError(`${flagOf(flag)} does not go with ${flagOf(way)}.`);
  }
  if ((way === 'dial' || way === 'loop') && options.trunk === undefined) {
    throw new UsageError(`Over which trunk? ${flagOf(way)} goes with --trunk.`, {
      hint: 'Give the id or the name of an outbound trunk, as LiveKit lists it.',
    });
  }
  if (options.method === 'bridge') checkBridge(options, way);
  else if (way !== 'all' && way !== 'clean' && options.to === undefined) {
    throw new UsageError('Where to? --to is missing.', {
      hint: 'Give a department, number, extension, or SIP or tel URI that answers: --to voicemail',
    });
  }
  if (options.interval !== undefined && options.repeat === undefined) {
    throw new UsageError('--interval goes with --repeat.');
  }
  if (options.output !== undefined && options.format === undefined) {
    throw new UsageError('--output goes with --format: which format?', {
      hint: 'Give --format junit, nagios or prometheus.',
    });
  }
  const waitMs = parseDuration(options.wait ?? '');
  if (waitMs !== null && waitMs < SHORTEST_SMOKE_WAIT_MS) {
    throw new UsageError('--wait must be 40s or more: an ignored REFER shows only after 32 s.');
  }
  return way;
}

const OF_A_TRANSFER = ['to', 'header', 'via', 'wait'] as const;

/** @throws UsageError for what a bridge test has no use for */
function checkBridge(options: SmokeOptions, way: SmokeWay): void {
  if (way !== 'dial') {
    throw new UsageError(
      `--method bridge does not go with ${flagOf(way)}: it tests the calls that go out.`,
      { hint: 'Give --trunk with --dial NUMBER.' },
    );
  }
  for (const flag of OF_A_TRANSFER) {
    if (options[flag] === undefined) continue;
    throw new UsageError(
      `${flagOf(flag)} does not go with --method bridge: the number of --dial is called and hung up on, and nobody is transferred.`,
    );
  }
}

/** @throws KnownError `confirmation-needed` where nobody can be asked, and nobody said yes */
export function checkConsent(options: SmokeOptions, context: Context): void {
  if (options.yes === true || options.dryRun === true || canPrompt(context, options)) return;
  throw new KnownError(
    'confirmation-needed',
    options.clean
      ? 'A clean-up needs a confirmation, and nobody can be asked here. Nothing was removed.'
      : 'A test places and transfers a call. That needs a confirmation, and nobody can be asked here. Nothing was sent.',
    { hint: 'Confirm with --yes, or look first with --dry-run.' },
  );
}

/** Two ends that nobody ends would pile up with every repetition. */
export function checkRepeat(tests: readonly SmokeTest[], { repeat = 1 }: SmokeOptions): void {
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

/** @throws DestinationError for what is no number */
export function readOurNumber(text: string, config: RunConfig): string {
  const number = readCallerNumber(text, config.defaultCountry ?? null);
  if (number !== null) return number;
  throw new DestinationError(`"${text}" is not a phone number`, {
    hint: 'Give the number of ours that you will call: --wait-call +15105550001',
  });
}

/** @throws DestinationError for a header that may not be sent */
export function smokeRequests({ via, header, ...global }: SmokeOptions): PlanRequest {
  return planRequest({
    ...global,
    fallback: false,
    ...(via !== undefined && { via }),
    ...(header !== undefined && { header }),
  });
}

/**
 * What a test is called: in the very words in which it is asked for, so that it has its name whatever
 * becomes of it. Without a trunk where none is named.
 */
export function nameTest({
  trunk = '',
  method,
  to,
  ...ways
}: Partial<SmokeTestConfig> & Pick<SmokeOptions, 'call' | 'waitCall'>): TestName {
  const { dial, loop, call, waitCall } = ways;
  const given = Object.entries({ dial, loop, call, 'wait-call': waitCall });
  const [way] = given.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  return { trunk, name: method === 'bridge' ? `bridge, ${way}` : `${way} to ${to}` };
}

// The trunks of the project, and the one that is meant.

export interface KnownTrunks {
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
export function findOutboundTrunk(text: string, { outbound, inbound }: KnownTrunks): SmokeTrunk {
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

// The tests of the sandbox: one for every verdict, on its own trunks. They stand in for the
// smoke section of a config where there is none to use, so that `smoke --all --sandbox` shows them
// all.

/** A number outside that answers; a target that answers, and one that is busy. */
const ANSWERS = '+1 510 555 0177';
const TARGET = '+1 510 555 0100';
const BUSY = '+1 510 555 0486';
/** Numbers of the sandbox's own inbound trunks. */
const OURS = '+1 510 555 0001';
const OURS_WITHOUT_REFER = '+1 510 555 0002';
const OURS_AT_TELNYX = '+1 510 555 0003';

/** How many times as fast its providers and phones are, so that nobody waits half a minute for one. */
export const SANDBOX_SPEED = 5;

const TESTS: readonly SmokeTestConfig[] = [
  { trunk: 'Accepts and never reports', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'Ignores REFER, outbound', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Twilio outbound', loop: OURS, to: TARGET, expect: 'supported' },
  { trunk: 'Sinch', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'Sinch', dial: ANSWERS, to: BUSY, expect: 'supported' },
  { trunk: 'Plivo, hangs up first', dial: ANSWERS, to: TARGET, expect: 'supported' },
  { trunk: 'NetSapiens, BYE for NOTIFY', dial: ANSWERS, to: OURS, expect: 'supported' },
  { trunk: 'NetSapiens, BYE for NOTIFY', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Twilio outbound', loop: OURS_WITHOUT_REFER, to: TARGET, expect: 'unsupported' },
  { trunk: 'Carrier without REFER (405)', dial: ANSWERS, to: TARGET, expect: 'unsupported' },
  { trunk: 'Telnyx outbound, REFER off (603)', dial: ANSWERS, to: TARGET, expect: 'refused' },
  { trunk: 'Twilio outbound', loop: OURS_AT_TELNYX, to: TARGET, expect: 'refused' },
  { trunk: 'Twilio, PSTN transfer off (403)', dial: ANSWERS, to: TARGET, expect: 'refused' },
  {
    trunk: 'Wants a password for REFER (407)',
    dial: ANSWERS,
    to: TARGET,
    expect: 'needs-configuration',
  },
  { trunk: 'Asterisk, no such address (400)', dial: ANSWERS, to: TARGET, expect: 'inconclusive' },
  { trunk: 'Connects our numbers itself', loop: OURS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Drops its calls', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Refuses our password', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Has no number', dial: ANSWERS, to: TARGET, expect: 'call-failed' },
  { trunk: 'Sinch', dial: BUSY, to: TARGET, expect: 'call-failed' },
];

/** Nothing of them goes on at anybody's cost. */
export const SANDBOX_TESTS: readonly SmokeTestConfig[] = TESTS.map((test) => ({
  ...test,
  endsItself: true,
}));
