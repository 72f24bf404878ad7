/** Trunks: which entry of the config belongs to one, and what `--via` may name. */
import type { TransferConfig, TrunkConfig } from '../config/types.ts';
import { bareHost, foldTrunkKey, trunkKeyKind } from '../config/values.ts';
import { isKnownError, type KnownError } from '../core/errors.ts';
import type { TrunkFacts } from './destination.ts';

export { bareHost, trunkKeyKind };

export interface TrunkMatch {
  /** The key in `trunks`, or null when the config says nothing of this trunk. */
  key: string | null;
  trunk: TrunkConfig;
}

/** The config says nothing of it. */
export const NO_MATCH: TrunkMatch = { key: null, trunk: {} };

/**
 * Finds what the config says of a trunk. The id wins, then the name; the host comes last, since
 * that of an inbound call is the caller's own word. Of hosts the exact one wins, then the longest
 * pattern. Case does not count, save between two keys that differ in nothing else.
 * @param trunk what is known of the call's trunk; null when there is no call in question
 */
export function trunkConfigFor(config: TransferConfig, trunk: TrunkFacts | null): TrunkMatch {
  if (trunk === null || config.trunks === undefined) return NO_MATCH;
  const entries = Object.entries(config.trunks);
  const byId = entries.find(([key]) => trunkKeyKind(key) === 'id' && key === trunk.id);
  if (byId !== undefined) return { key: byId[0], trunk: byId[1] };

  const { name } = trunk;
  const sameName = entries.filter(
    ([key]) => trunkKeyKind(key) === 'name' && foldTrunkKey(key) === name?.trim().toLowerCase(),
  );
  const byName = sameName.find(([key]) => key === name) ?? sameName[0];
  if (byName !== undefined) return { key: byName[0], trunk: byName[1] };

  const host = trunk.host === null ? null : bareHost(trunk.host);
  if (host === null) return NO_MATCH;
  const byHost = entries
    .filter(([key]) => trunkKeyKind(key) === 'host' && hostMatches(key, host))
    .sort(
      ([a], [b]) =>
        Number(a.startsWith('*.')) - Number(b.startsWith('*.')) ||
        Number(b === trunk.host) - Number(a === trunk.host) ||
        b.length - a.length,
    )
    .at(0);
  return byHost === undefined ? NO_MATCH : { key: byHost[0], trunk: byHost[1] };
}

/**
 * Says whether a host fits a key: the same host, or for `*.example.com` a host below it.
 * @param host as `bareHost` gives it
 */
export function hostMatches(key: string, host: string): boolean {
  const pattern = bareHost(key);
  if (!pattern.startsWith('*.')) return pattern === host;
  return host.length > pattern.length - 1 && host.endsWith(pattern.slice(1));
}

/** What `--via` names: a trunk of the config, or a domain to dial at. */
export type Via = { kind: 'trunk'; match: TrunkMatch } | { kind: 'domain'; domain: string };

// A call's trunk among those of the config: by its id, by the name that LiveKit lists it under, or,
// where the call names no trunk, by the number that was called.

/** A trunk as LiveKit lists it. */
interface ListedTrunk {
  /** null: no call is placed by it. */
  id: string | null;
  name: string | null;
  /** None: it takes calls to any number. */
  numbers: readonly string[];
}

/** How a trunk is known where the config has entries for trunks. */
export type TrunkPlace = Pick<TrunkFacts, 'id' | 'name' | 'unplaced'>;

/** Keys of `trunks` that are an id or a name: what they say does not depend on a caller's word. */
export function listedTrunkKeys(config: TransferConfig): string[] {
  return Object.keys(config.trunks ?? {}).filter((key) => trunkKeyKind(key) !== 'host');
}

/** Whether LiveKit's list of trunks is needed to find a trunk among those of the config. */
export function needsTrunkList(config: TransferConfig, trunkId: string | null): boolean {
  const keys = listedTrunkKeys(config);
  if (trunkId === null) return keys.length > 0;
  return !keys.includes(trunkId) && keys.some((key) => trunkKeyKind(key) === 'name');
}

/** As much of a call as tells its trunk. */
interface PlacedCall {
  trunkId: string | null;
  calledNumber: string | null;
  direction: 'inbound' | 'outbound';
}

/**
 * Places the trunk of a call in LiveKit's list.
 * @param list the trunks of the call's direction, or why they could not be read
 */
export function placeTrunk(
  { trunkId, calledNumber, direction }: PlacedCall,
  list: readonly ListedTrunk[] | KnownError,
): TrunkPlace {
  const unknown = (why: string, cause: KnownError | null = null): TrunkPlace => ({
    id: trunkId,
    name: null,
    unplaced: { why, cause },
  });
  if (isKnownError(list)) {
    const why =
      list.code === 'permission'
        ? 'the API key may not list trunks'
        : 'the list of trunks could not be read';
    return unknown(why, list);
  }
  if (trunkId !== null) {
    const found = list.find(({ id }) => id === trunkId);
    if (found === undefined) return unknown(`LiveKit lists no trunk ${trunkId}`);
    return { id: trunkId, name: found.name || null };
  }
  // The number that we call from is no trunk's alone.
  const found = direction === 'outbound' ? null : trunkOfNumber(calledNumber, list);
  if (found !== null) return { id: found.id, name: found.name || null };
  return unknown(
    calledNumber === null
      ? 'the call names neither its trunk nor a number of ours'
      : `the call names no trunk, and ${calledNumber} does not belong to one trunk alone`,
  );
}

/** The one trunk with this number, else the one that takes calls to any number. */
function trunkOfNumber(number: string | null, list: readonly ListedTrunk[]): ListedTrunk | null {
  if (number === null) return null;
  // A trunk may have names for numbers, which hold no digits.
  const form = (text: string) => text.replace(/\D/g, '') || text;
  const having = list.filter(({ numbers }) => numbers.some((each) => form(each) === form(number)));
  const fitting = having.length > 0 ? having : list.filter(({ numbers }) => numbers.length === 0);
  const [only, second] = fitting;
  return only !== undefined && second === undefined ? only : null;
}

/** Trunks that the config names by id or name, and that are none of these. */
export function missingTrunkKeys(
  config: TransferConfig,
  trunks: readonly Pick<ListedTrunk, 'id' | 'name'>[],
): string[] {
  const names = new Set(trunks.map(({ name }) => name?.trim().toLowerCase()));
  const ids = new Set(trunks.map(({ id }) => id));
  return listedTrunkKeys(config).filter((key) =>
    trunkKeyKind(key) === 'id' ? !ids.has(key) : !names.has(foldTrunkKey(key)),
  );
}

/**
 * Warns of them.
 * @param trunks all that LiveKit has, in both directions
 * @returns one sentence, or none
 */
export function missingTrunkWarnings(
  config: TransferConfig,
  trunks: Parameters<typeof missingTrunkKeys>[1],
): string[] {
  const keys = missingTrunkKeys(config, trunks);
  if (keys.length === 0) return [];
  const them = keys.length === 1 ? 'it' : 'them';
  return [
    `LiveKit has no trunk ${keys.join(', ')}, which the config names: what it says of ${them} applies to no call.`,
  ];
}
