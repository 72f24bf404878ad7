/** Where a call can go, and what is known of the trunk it goes by. */
import type { Dialtone, ProviderName, TransferConfig, TrunkConfig } from '../config/types.ts';
import { bareHost, foldTrunkKey, trunkKeyKind } from '../config/values.ts';
import { DestinationError, isKnownError, type KnownError, PolicyError } from '../core/errors.ts';

export type DestinationKind = 'department' | 'number' | 'extension' | 'uri';

/** One step of how an input became a Refer-To. */
export interface ResolveStep {
  /** `reading`, `rule`, `Refer-To`, and others: a word for people. */
  what: string;
  /** What was found or made. */
  detail: string;
}

export interface Destination {
  /** What was asked for, trimmed. */
  input: string;
  /** What the input was read as. */
  kind: DestinationKind;
  /** The department's name as the config spells it. */
  department: string | null;
  /** E.164, when the target is a phone number. */
  number: string | null;
  /** What goes out: `sip:100@pbx.company.com`, `tel:+15105550100`. */
  referTo: string;
  /**
   * Which rule made it, as a path in the config: `departments.billing`, `dial.extension`,
   * `trunks.ST_abc.dial.number`; or `preset twilio`, `--via …`, `as typed`,
   * `tel: (nothing configured)`.
   */
  rule: string;
  /** How it was made: reading, number or extension, trunk, rule, Refer-To, headers. */
  steps: ResolveStep[];
  /** Headers for the REFER: the trunk's, then the department's, which win. */
  headers: Record<string, string>;
  /** The department's own wait, in ms. */
  waitMs: number | null;
  /** The department's own choice of ringing for the caller, as the config has it. */
  dialtone: boolean | Dialtone | null;
  /** Names of the departments to try after this one, as the config spells them. */
  fallback: string[];
  /** Legal, and worth a word before it is sent. */
  warnings: string[];
}

/** What is known of the trunk a call is on, and of the call's two numbers. */
export interface TrunkFacts {
  /** `ST_…`. */
  id: string | null;
  name: string | null;
  /** The config has entries for trunks, and whether one of them is this trunk's is not known. */
  unplaced?: UnplacedTrunk | undefined;
  /** `sip.hostname`: for an inbound call the caller's own word, never an address to send to. */
  host: string | null;
  provider: ProviderName | null;
  /** Our number: the one the caller called, or the one we called from. */
  trunkNumber: string | null;
  /** The other phone's number. */
  callerNumber: string | null;
  direction: 'inbound' | 'outbound' | null;
  /** The numbers of our own inbound trunks, where they were asked for. */
  ourNumbers?: readonly OurNumber[] | undefined;
  /** They were asked for, and could not be read. */
  ourNumbersUnread?: boolean | undefined;
}

/** Why a trunk cannot be found among those of the config. */
export interface UnplacedTrunk {
  /** A clause. */
  why: string;
  /** What could not be read, where that is why. */
  cause: KnownError | null;
}

/** A number that leads back to us. */
export interface OurNumber {
  number: string;
  /** The name or id of the inbound trunk it belongs to. */
  trunk: string;
}

/** What one step of a resolution returns. */
export interface StepResult<Value> {
  value: Value;
  /** What `resolve` shows of the step. */
  story: readonly ResolveStep[];
  warnings: readonly string[];
}

const NOTHING: readonly never[] = [];

/** Makes what a step returns. */
export function result<Value>(
  value: Value,
  story: readonly ResolveStep[] = NOTHING,
  warnings: readonly string[] = NOTHING,
): StepResult<Value> {
  return { value, story, warnings };
}

// Errors of destinations.

/**
 * Reads a value of the config; a DestinationError about it names its path.
 * @param path a dotted path (`departments.sales.to`), or null for what was typed
 */
export function withConfigPath<T>(path: string | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (path === null || !(error instanceof DestinationError)) throw error;
    throw new DestinationError(`${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

/** Nothing is wrong: the config itself says that this trunk has no REFER, or no such template. */
export class TrunkLimitError extends DestinationError {}

/** Nothing is wrong: a template wants what only a call brings along. */
export class CallNeededError extends DestinationError {}

/** An emergency number somewhere: only a call tells whether it is one in the country that dials. */
export class CountryNeededError extends PolicyError {}

// Trunks: which entry of the config belongs to one, and what `--via` may name.

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
    `LiveKit has no trunk ${keys.join(', ')}, which the config names: what it says about ${them} applies to no call.`,
  ];
}
