/** Trunks: which entry of the config belongs to one, and what `--via` may name. */
import type { TransferConfig, TrunkConfig } from '../config/types.ts';
import { bareHost, foldTrunkKey, trunkKeyKind } from '../config/values.ts';
import type { TrunkFacts } from './destination.ts';

export { bareHost, trunkKeyKind };

export interface TrunkMatch {
  /** The key in `trunks`, or null when the config says nothing of this trunk. */
  key: string | null;
  trunk: TrunkConfig;
}

const NO_MATCH: TrunkMatch = { key: null, trunk: {} };

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
