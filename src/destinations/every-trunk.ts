/** One destination on every trunk that the config knows, and on all the others. */
import type { TransferConfig } from '../config/types.ts';
import { isKnownError, type KnownError } from '../core/errors.ts';
import type { Destination, TrunkFacts } from './destination.ts';
import { type ResolveOptions, resolveDestination } from './resolve.ts';
import { trunkKeyKind } from './trunks.ts';

/** How a destination fares on one trunk: either of the two is null. */
export interface TrunkResolution {
  /** The key in `trunks`; null stands for every trunk that the config does not name. */
  trunk: string | null;
  destination: Destination | null;
  failure: KnownError | null;
}

/** What is known of a trunk by its words alone: an id, a SIP host or a name. */
export function trunkByName(words: string): TrunkFacts {
  const kind = trunkKeyKind(words);
  return {
    id: kind === 'id' ? words : null,
    host: kind === 'host' ? words : null,
    name: kind === 'name' ? words : null,
    provider: null,
    trunkNumber: null,
    callerNumber: null,
    direction: null,
  };
}

/**
 * Resolves a destination for every trunk, the unnamed ones first.
 * @param input as typed
 */
export function resolveOnEveryTrunk(
  input: string,
  config: TransferConfig,
  options: ResolveOptions = {},
): TrunkResolution[] {
  return [null, ...Object.keys(config.trunks ?? {})].map((trunk) => {
    const facts = trunk === null ? null : trunkByName(trunk);
    try {
      const destination = resolveDestination(input, config, facts, options);
      return { trunk, destination, failure: null };
    } catch (failure) {
      if (!isKnownError(failure)) throw failure;
      return { trunk, destination: null, failure };
    }
  });
}
