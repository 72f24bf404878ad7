/** Where a call can go, and what is known of the trunk it goes by. */
import type { Dialtone, ProviderName } from '../config/types.ts';
import { DestinationError, type KnownError, PolicyError } from '../core/errors.ts';

export type DestinationKind = 'department' | 'number' | 'extension' | 'uri';

/** One step of how an input became a Refer-To. */
export interface ResolveStep {
  what: string;
  detail: string;
}

export interface Destination {
  /** What was asked for, trimmed. */
  input: string;
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
  /** How it came about: reading, number or extension, trunk, rule, Refer-To, headers. */
  steps: ResolveStep[];
  /** Headers for the REFER: the trunk's, then the department's, which win. */
  headers: Record<string, string>;
  /** The department's own wait, in milliseconds. */
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
  /** The other party's number. */
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
