/** The flags of `smoke`, and which of them go together. */

import { parseDuration } from '../../core/duration.ts';
import { KnownError, UsageError } from '../../core/errors.ts';
import { SHORTEST_SMOKE_WAIT_MS } from '../../smoke/plan.ts';
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
  ['expect', ['dial', 'loop', 'call', 'waitCall']],
  ['within', ['waitCall']],
  ['repeat', ['dial', 'loop', 'all', 'waitCall']],
  ['interval', ['dial', 'loop', 'all', 'waitCall']],
  ['format', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['header', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['via', ['dial', 'loop', 'call', 'waitCall', 'all']],
  ['wait', ['dial', 'loop', 'call', 'waitCall', 'all']],
];

/** The one way that is asked for. @throws UsageError for none, and for more than one */
function wayOf(options: SmokeOptions): SmokeWay {
  const given = WAYS.filter((way) => options[way] !== undefined);
  const [way, second] = given;
  if (way === undefined) {
    throw new UsageError('What is to be tested?', {
      hint: 'Give --trunk with --dial NUMBER or --loop OUR-NUMBER; or --call CALLER, --wait-call OUR-NUMBER, --all.',
    });
  }
  if (second !== undefined) {
    throw new UsageError(
      `${given.map(flagOf).join(' and ')} do not go together; give one of them.`,
    );
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
  if (way !== 'all' && way !== 'clean' && options.to === undefined) {
    throw new UsageError('Where to? --to is missing.', {
      hint: 'Give a department, number, extension, or SIP or tel URI that answers: --to voicemail',
    });
  }
  if (options.interval !== undefined && options.repeat === undefined) {
    throw new UsageError('--interval goes with --repeat.');
  }
  checkFormat(options);
  const waitMs = parseDuration(options.wait ?? '');
  if (waitMs !== null && waitMs < SHORTEST_SMOKE_WAIT_MS) {
    throw new UsageError(
      '--wait must be 40s or more: a REFER that is ignored shows after 32 s only.',
    );
  }
  return way;
}

function checkFormat({ format, output, json, fields, dryRun }: SmokeOptions): void {
  if (output !== undefined && format === undefined) {
    throw new UsageError('--output goes with --format: which one is it to be?', {
      hint: 'Give --format junit, nagios or prometheus.',
    });
  }
  if (format === undefined) return;
  const others = { '--json': json, '--fields': fields !== undefined, '--dry-run': dryRun === true };
  const [other] = Object.entries(others).flatMap(([flag, given]) => (given ? [flag] : []));
  if (other !== undefined) throw new UsageError(`--format does not go with ${other}.`);
}

/** @throws KnownError `confirmation-needed` where nobody can be asked, and nobody said yes */
export function checkConsent(options: SmokeOptions, context: Context): void {
  if (options.yes === true || options.dryRun === true || canPrompt(context, options)) return;
  throw new KnownError(
    'confirmation-needed',
    options.clean
      ? 'A clean-up wants a confirmation, and there is nobody here to ask. Nothing was removed.'
      : 'A test places and moves a call, which wants a confirmation, and there is nobody here to ask. Nothing was sent.',
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
