/** How earlier transfers of a call are spoken of, while nobody knows how they ended. */
import type { Account } from './facts.ts';

/** `, to sales at 20:47 UTC,`: the last one, and how many stand before it. */
export function nameEarlier({ earlier = [] }: Account): string {
  const last = earlier.at(-1);
  if (last === undefined) return '';
  const others = earlier.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more before it)`;
  return `, to ${last.to} at ${last.startedAt.slice(11, 16)} UTC${more},`;
}

export function hasEarlier({ earlier = [] }: Account): boolean {
  return earlier.length > 0;
}

/** Where the caller may be by an earlier transfer: `support`, `support and voicemail`. */
export function earlierTargets({ earlier = [] }: Account): string {
  const names = [...new Set(earlier.map(({ to }) => to))];
  return names.length === 0 ? 'its target' : names.join(' and ');
}

/** Who may have the caller: this target, and those of earlier transfers that may still come about. */
export function whomToAsk({ earlier = [], destination }: Account): string {
  const targets = new Set([destination.referTo, ...earlier.map(({ referTo }) => referTo)]);
  if (targets.size === 1) return 'the target';
  return targets.size === 2 ? 'both targets' : `all ${targets.size} targets`;
}
