/** For which trunk a destination is to be shown: none, a named one, a call's, or every one. */
import type { Call } from '../../calls/call.ts';
import { type ConfigSession, openConfig } from '../../config/load.ts';
import { asSentence, isKnownError, KnownError, NotFoundError } from '../../core/errors.ts';
import { foldName, nearestNames } from '../../core/text.ts';
import {
  bareHost,
  type Destination,
  hostMatches,
  placeTrunk,
  type TrunkFacts,
  trunkConfigFor,
  trunkKeyKind,
} from '../../destinations/destination.ts';
import {
  type BridgePreview,
  type TrunkResolution,
  trunkByName,
} from '../../destinations/on-trunks.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Trunk } from '../../livekit/messages.ts';
import type { Column } from '../../terminal/table.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import { type Context, type GlobalOptions, throwIfInterrupted } from './context.ts';
import type { Session } from './session.ts';

/** One of them at most: the parser takes no more. */
interface TrunkChoice extends GlobalOptions {
  /** An id, a name or a SIP host. */
  trunk?: string;
  /** The call whose trunk it is. */
  call?: string;
  /** A line for every trunk of the config. */
  allTrunks?: boolean;
}

/** Stands for every trunk that the config does not name, in lines for programs. */
const ANY_OTHER_TRUNK = '*';

/** What a bridge dials: `+15105550100 over Twilio outbound`. */
export function dialText({ dials, outboundTrunk }: BridgePreview): string {
  return `${dials} over ${outboundTrunk ?? 'the only outbound trunk'}`;
}

/** A bridge in place of the address that it has not: `bridge: +15105550100 over Twilio outbound`. */
export function bridgeText(bridge: BridgePreview): string {
  return `bridge: ${dialText(bridge)}`;
}

// Columns of what becomes of a destination on a trunk.

export const TRUNK_COLUMN: Column<{ trunkKey: string | null }> = {
  field: 'trunkKey',
  heading: 'Trunk',
  value: ({ trunkKey }) => trunkKey ?? ANY_OTHER_TRUNK,
  text: ({ trunkKey }) => trunkKey ?? '(any other)',
};

export const REFER_TO_COLUMN: Column<{ referTo: string | null; bridge: BridgePreview | null }> = {
  field: 'referTo',
  heading: 'Refer-To',
  value: ({ referTo }) => referTo ?? '',
  // The reason, a sentence, stands below the table.
  text: ({ referTo, bridge }) =>
    referTo ?? (bridge === null ? 'does not resolve' : bridgeText(bridge)),
};

export const RULE_COLUMN: Column<{ rule: string | null }> = {
  field: 'rule',
  heading: 'Rule',
  value: ({ rule }) => rule ?? '',
  shrinks: true,
  optional: true,
};

export const BRIDGE_COLUMN: Column<{ bridge: BridgePreview | null }> = {
  ...{ field: 'bridge', heading: 'Bridge', forPrograms: true },
  value: ({ bridge }) => bridge?.dials ?? '',
};

/** The address that goes out: none does where a bridge dials, whatever was made on the way. */
export function referToOf({
  destination,
  bridge,
}: Pick<TrunkResolution, 'destination' | 'bridge'>): string | null {
  return bridge === null ? (destination?.referTo ?? null) : null;
}

/** A trunk that the config does not know is no mistake, but a misspelt one looks the same. */
function warnIfUnknown(
  name: string,
  facts: TrunkFacts,
  { config }: ConfigSession,
  { output }: Context,
): void {
  if (trunkConfigFor(config, facts).key !== null) return;
  const near = nearestNames(name, Object.keys(config.trunks ?? {})).map((key) => `"${key}"`);
  const guess = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  output.warn(`The config has no trunk "${name}"${guess || '.'}`);
}

/**
 * Resolves for the trunk that the options name. LiveKit is asked only about a call.
 * @param resolve may be called twice
 * @param targetsOf the addresses in what it returns
 */
export async function resolveForTrunk<T>(
  options: TrunkChoice,
  context: Context,
  resolve: (session: ConfigSession, trunk: TrunkFacts | null) => T,
  targetsOf: (resolved: T) => readonly Destination[],
): Promise<{ session: ConfigSession; resolved: T }> {
  const { call: caller, trunk } = options;
  if (caller === undefined) {
    const session = await openConfig(options, context);
    const facts = trunk === undefined ? null : trunkByName(trunk);
    const resolved = resolve(session, facts);
    if (facts !== null) warnIfUnknown(trunk ?? '', facts, session, context);
    return { session, resolved };
  }
  // Only a call needs what talks to LiveKit.
  const [{ openSession, withSession }, { findMeantCall }] = await Promise.all([
    import('./session.ts'),
    import('./calls.ts'),
  ]);
  return withSession(openSession(options, context), async (session) => {
    const call = await findMeantCall({ caller }, session, context);
    const finder = trunkFinder(session.client, session.config, context.host.sleep);
    const facts = await finder.factsOf(call);
    const resolved = await finder.resolveWith(facts, (each) => resolve(session, each), targetsOf);
    throwIfInterrupted(context);
    return { session, resolved };
  });
}

// The calls on one trunk.

type Direction = Trunk['direction'];
/** LiveKit's lists of trunks, each with why it could not be read where it could not. */
type TrunkLists = Record<Direction, readonly Trunk[] | KnownError>;

export async function readTrunkLists(client: LiveKitClient): Promise<TrunkLists> {
  const read = (direction: Direction) =>
    client.listTrunks(direction).catch((error: unknown) => {
      if (!isKnownError(error)) throw error;
      return error;
    });
  const [inbound, outbound] = await Promise.all([read('inbound'), read('outbound')]);
  return { inbound, outbound };
}

/** The trunks of every list that could be read. */
export const listedIn = (lists: TrunkLists): Trunk[] =>
  Object.values(lists).flatMap((list) => (isKnownError(list) ? [] : list));

const hostFits = (pattern: string, host: string | null): boolean => {
  const bare = host === null ? null : bareHost(host);
  return bare !== null && hostMatches(pattern, bare);
};

/** The trunk that a list of calls is narrowed to. */
interface WantedTrunk {
  /** An id, a name as LiveKit or the config has it, or a SIP host. */
  trunk: string;
  /** Only calls this way are wanted: lists of the other trunks decide nothing. */
  direction: Direction | undefined;
}

/**
 * The calls on a trunk. What LiveKit did not tell is never taken for “none”: a name that cannot be
 * looked up is an error, and calls of which nobody can tell the trunk are warned of.
 * @returns also how many of the calls may be on it as well
 * @throws NotFoundError with the nearest names, when neither LiveKit nor the config knows the trunk;
 *   KnownError when LiveKit's trunks cannot be listed and a name has to be looked up there
 */
export async function callsOnTrunk(
  { trunk: text, direction }: WantedTrunk,
  calls: readonly Call[],
  session: Session,
  context: Context,
): Promise<{ calls: Call[]; unplaced: number }> {
  const kind = trunkKeyKind(text);
  const own = calls.filter((call) =>
    kind === 'host' ? hostFits(text, call.host) : call.trunkId === text,
  );
  const isSettled = kind === 'id' && calls.every(({ trunkId }) => trunkId !== null);
  if (own.length > 0 && isSettled) return { calls: own, unplaced: 0 };

  const lists = await readTrunkLists(session.client);
  throwIfInterrupted(context);
  const listed = listedIn(lists);
  const meant = listed.filter((trunk) => isMeant(trunk, text));
  if (kind === 'name') {
    const wanted = direction === undefined ? Object.values(lists) : [lists[direction]];
    const unread = wanted.find(isKnownError);
    if (unread !== undefined) throw cannotLookUp(text, unread);
  }
  if (own.length === 0 && meant.length === 0) checkIsKnown(text, lists, session, context);

  const ids = new Set([text, ...meant.map(({ id }) => id)]);
  const idOf = (call: Call) => placeTrunk(call, lists[call.direction]).id;
  const isOn = (call: Call) => own.includes(call) || ids.has(idOf(call) ?? '');
  const unplaced =
    kind === 'host' ? [] : calls.filter((call) => idOf(call) === null && !own.includes(call));
  warnOfUnplaced(text, unplaced, lists, context);
  return { calls: calls.filter(isOn), unplaced: unplaced.length };
}

/** As `smoke` finds a trunk: by its id, or its name in any capitals; and by the host it dials. */
function isMeant({ id, name, address }: Trunk, text: string): boolean {
  if (id === text || (name !== '' && foldName(name) === foldName(text))) return true;
  return trunkKeyKind(text) === 'host' && hostFits(text, address);
}

/** @returns an error of the same kind as what kept LiveKit's trunks from being listed */
function cannotLookUp(text: string, { code, message, hint }: KnownError): KnownError {
  const isForbidden = code === 'permission';
  return new KnownError(
    code,
    isForbidden
      ? `The API key may not list trunks, so “${text}” is unknown.`
      : `LiveKit’s trunks could not be listed, so it is not known which one “${text}” is. ${asSentence(message)}`,
    {
      hint: isForbidden
        ? 'Give the id of the trunk (ST_…), or use a key whose token may list trunks (sip.admin).'
        : `The id of the trunk (ST_…) needs no list. ${hint ?? ''}`.trimEnd(),
    },
  );
}

/** @throws NotFoundError when LiveKit has no such trunk, and the config says nothing about it either */
function checkIsKnown(
  text: string,
  lists: TrunkLists,
  { config }: Session,
  { output }: Context,
): void {
  const unread = Object.values(lists).find(isKnownError);
  if (unread !== undefined) {
    output.warn(
      `Whether there is a trunk “${text}” is not known: LiveKit’s trunks could not be listed. ${asSentence(unread.message)}`,
    );
    return;
  }
  if (trunkConfigFor(config, trunkByName(text)).key !== null) {
    if (trunkKeyKind(text) === 'host') return;
    output.warn(`The config names the trunk “${text}”, and LiveKit has none of that name.`);
    return;
  }
  const listed = listedIn(lists);
  const names = [
    ...listed.flatMap(({ id, name }) => (name === '' ? [id] : [id, name])),
    ...Object.keys(config.trunks ?? {}),
  ];
  throw noSuchTrunk(`There is no trunk “${text}”.`, text, names, listed);
}

/** Calls that name no trunk, and whose number of ours belongs to none alone. */
function warnOfUnplaced(
  text: string,
  unplaced: readonly Call[],
  lists: TrunkLists,
  { output }: Context,
): void {
  const [first] = unplaced;
  if (first === undefined) return;
  const ids = unplaced.map(({ callId, identity }) => callId || identity).join(', ');
  const are = unplaced.length === 1 ? 'is' : 'are';
  const why = placeTrunk(first, lists[first.direction]).unplaced?.why ?? 'it names no trunk';
  output.warn(`Whether ${ids} ${are} on trunk ${text} is not known, so left out: ${why}.`);
}

/**
 * There is no such trunk.
 * @param names what it may have been mistaken for
 * @param listed the trunks to choose from
 */
export function noSuchTrunk(
  message: string,
  text: string,
  names: readonly string[],
  listed: readonly { id: string | null; name: string | null }[],
): NotFoundError {
  const near = nearestNames(text, names);
  return new NotFoundError('no-such-trunk', message, {
    hint:
      near.length > 0
        ? `Did you mean ${near.map((name) => `“${name}”`).join(' or ')}?`
        : listed.length === 0
          ? 'The project has no such trunk at all.'
          : `Trunks: ${listed.map(({ id, name }) => `${name || 'without name'} (${id})`).join(', ')}.`,
    data: { suggestions: near },
  });
}
