/** The flags of `smoke`, and which of them go together. */

import type { SmokeTestConfig } from '../../config/types.ts';
import { KnownError, UsageError } from '../../core/errors.ts';
import { parseDuration } from '../../core/text.ts';
import { SHORTEST_SMOKE_WAIT_MS } from '../../smoke/plan.ts';
import type { TestName } from '../../smoke/result.ts';
import type { PlanRequest } from '../../transfer/plan.ts';
import { type Context, canPrompt } from '../shared/context.ts';
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
