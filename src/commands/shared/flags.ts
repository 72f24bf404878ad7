/**
 * What the values of flags are read as, and which are refused as they are read: each of these takes
 * the text behind a flag and throws commander's InvalidArgumentError, which says what it takes.
 */
import { InvalidArgumentError } from 'commander';
import { LONGEST_TIMER_MS, parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/errors.ts';

/** How long to pause. @returns ms, no more than a timer can count */
export function pause(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write it as 45s, 2m, or whole seconds.');
  if (ms > LONGEST_TIMER_MS) throw new InvalidArgumentError('It takes 24 days at most.');
  return ms;
}

/** How long to wait for something. @returns ms, at least 1 */
export function duration(text: string): number {
  const ms = pause(text);
  if (ms === 0) throw new InvalidArgumentError('Without any time nothing can be done.');
  return ms;
}

/** How long ago. @returns ms */
export function period(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write how long ago, as 30m, 6h or 7d.');
  return ms;
}

/** From 0 to 999999. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

/** A rate. @returns from 0.01 to 50 a second */
export function perSecond(text: string): number {
  const rate = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate >= 0.01 && rate <= 50) return rate;
  throw new InvalidArgumentError('It takes a number a second, from 0.01 to 50.');
}

/** From 1 to 999999. */
export function atLeastOne(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return number;
}

/** Collects a flag that may be given more than once; a variadic option would eat the next words. */
export function collect(text: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), text];
}

/** A secret on the command line stands in the process list: refused, and never echoed. */
export function refuseSecret(): never {
  throw new UsageError('A secret does not go on the command line, where others can read it.', {
    hint: 'Use the environment variable LIVEKIT_API_SECRET, or --api-secret-file FILE.',
  });
}

/** What `transfer` and `resolve` change for once is here a choice of what to look at. */
export function refuseVia(): never {
  throw new UsageError('`departments` has no --via: nothing is sent.', {
    hint: '--trunk shows where they lead on one trunk, --all-trunks on all of the config.',
  });
}
