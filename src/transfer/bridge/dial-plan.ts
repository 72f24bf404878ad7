/**
 * How a target is dialled into the caller's room, where it is not the trunk that moves the caller:
 * over which outbound trunk, which number, as whom, and for how long.
 */
import { createHash, randomBytes } from 'node:crypto';
import { BRIDGE_IDENTITY, type Call, callIdOf, isBridgeLeg } from '../../calls/call.ts';
import { problemAt, writePath } from '../../config/json.ts';
import type { BridgePlace, MoveMethod, TransferConfig } from '../../config/types.ts';
import { type ConfigProblem, KnownError, NotFoundError } from '../../core/errors.ts';
import { nearestNames, parseDuration } from '../../core/text.ts';
import type { Destination, TrunkFacts, TrunkMatch } from '../../destinations/destination.ts';
import { bridgePlaceOf, resolveForDialling } from '../../destinations/on-trunks.ts';
import { recogniseProvider } from '../../destinations/providers.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Participant, Trunk } from '../../livekit/messages.ts';
import type { Bridge } from '../outcome.ts';

/** What the dial needs beside the caller, the wait and the ringing tone. */
export interface BridgePlan {
  /** The outbound trunk, `ST_…`. */
  trunkId: string;
  /** As LiveKit lists it; null: it has none. */
  trunkName: string | null;
  /** The number or user that is dialled: LiveKit adds the host of the trunk. */
  number: string;
  /** The number that the target sees; null: the trunk's own. */
  from: string | null;
  /** LiveKit hangs up on the target after so long, in ms, counted from the dial. */
  longestMs: number;
  /** LiveKit hangs up on a target of which nothing was heard for so long, in ms. */
  mediaTimeoutMs: number;
  /** The agents stay in the room when the target has answered. */
  keepsAgent: boolean;
  /** The caller may be answered by the dial, though nobody has taken the call yet. */
  answersCaller: boolean;
}

const DEFAULT_LONGEST_MS = 2 * 3_600_000;
const DEFAULT_MEDIA_TIMEOUT_MS = 5 * 60_000;

/** How callers on a trunk are moved: what was asked for, else what the config says of the trunk. */
export function methodOn({ trunk }: TrunkMatch, asked: MoveMethod | undefined): MoveMethod {
  return asked ?? trunk.method ?? 'refer';
}

/** Who is to be dialled, and for whom. */
interface BridgeRequest {
  /** As typed. */
  to: string;
  call: Call;
  config: TransferConfig;
  /** What the config says of the caller's trunk. */
  match: TrunkMatch;
  /** The numbers of our own inbound trunks, where they were asked for. */
  facts: TrunkFacts;
  /** The outbound trunks of the project. */
  outbound: readonly Trunk[];
  keepsAgent: boolean;
  answersCaller: boolean;
}

/**
 * Plans a dial.
 * @throws NotFoundError `no-such-trunk`, or KnownError, where no outbound trunk is named or several
 *   would do; what `resolveForDialling` throws
 */
export function planBridge(request: BridgeRequest): {
  destination: Destination;
  bridge: BridgePlan;
} {
  const { to, call, config, match, facts, outbound, keepsAgent, answersCaller } = request;
  const place = bridgePlaceOf(to, config, match);
  const trunk = chooseOutboundTrunk(place.trunk, outbound);
  const { destination, user } = resolveForDialling(to, config, factsOf(trunk, call, facts));
  const { maxDuration, mediaTimeout } = config.bridge ?? {};
  const wantsCallerId = place.callerId === 'caller';
  const warnings = wantsCallerId ? [warnOfCallerId(call)] : [];
  return {
    destination: { ...destination, warnings: [...destination.warnings, ...warnings] },
    bridge: {
      trunkId: trunk.id,
      trunkName: trunk.name || null,
      number: user,
      from: wantsCallerId ? call.phoneNumber : null,
      longestMs: durationOr(maxDuration, DEFAULT_LONGEST_MS),
      mediaTimeoutMs: durationOr(mediaTimeout, DEFAULT_MEDIA_TIMEOUT_MS),
      keepsAgent,
      answersCaller,
    },
  };
}

/** The config has been checked by now: what still cannot be read counts as left out. */
function durationOr(written: string | number | undefined, otherwise: number): number {
  return (written === undefined ? null : parseDuration(String(written))) ?? otherwise;
}

function warnOfCallerId({ phoneNumber }: Call): string {
  return phoneNumber === null
    ? 'the caller’s number is hidden: the target sees the number of the trunk'
    : 'the target is shown the caller’s number (bridge.callerId), which many providers refuse';
}

/**
 * The outbound trunk to dial over.
 * @param wanted its id or name; undefined: the only one there is
 */
function chooseOutboundTrunk(wanted: string | undefined, outbound: readonly Trunk[]): Trunk {
  const names = outbound.map(({ id, name }) => (name ? `“${name}”` : id));
  if (wanted !== undefined) {
    const folded = wanted.trim().toLowerCase();
    const byId = outbound.find(({ id }) => id === wanted.trim());
    const byName = outbound.filter(({ name }) => name.trim().toLowerCase() === folded);
    if (byName.length > 1 && byId === undefined) {
      throw new KnownError('ambiguous-trunk', `Several outbound trunks have the name ${wanted}.`, {
        hint: `Name it by its id in bridge.trunk: ${byName.map(({ id }) => id).join(', ')}.`,
      });
    }
    const found = byId ?? byName[0];
    if (found !== undefined) return found;
    const near = nearestNames(wanted, names, 1)[0];
    throw new NotFoundError(
      'no-such-trunk',
      `There is no outbound trunk ${wanted} (bridge.trunk)${near === undefined ? '.' : `; did you mean ${near}?`}`,
      { hint: names.length === 0 ? NO_OUTBOUND : `Outbound trunks: ${someOf(names)}.` },
    );
  }
  const [only, ...others] = outbound;
  if (only === undefined) {
    throw new NotFoundError('no-such-trunk', 'There is no outbound trunk to dial over.', {
      hint: NO_OUTBOUND,
    });
  }
  if (others.length > 0) {
    throw new KnownError('ambiguous-trunk', 'The config does not say which outbound trunk dials.', {
      hint: `Set bridge.trunk in the config to one of ${someOf(names)}.`,
    });
  }
  return only;
}

const MOST_NAMED = 5;

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return more > 0 ? `${shown} and ${more} more (\`lk-transfer trunks\`)` : shown;
}

const NO_OUTBOUND = 'A bridge needs one: create it in LiveKit (`lk sip outbound create`).';

/** Every outbound trunk that the config names for bridges, with the path that names it. */
export function namedBridgeTrunks({
  bridge,
  trunks = {},
  departments = {},
}: TransferConfig): [string, string][] {
  const places: [string, BridgePlace | undefined][] = [
    ['bridge.trunk', bridge],
    ...Object.entries(trunks).map(([name, trunk]): [string, BridgePlace | undefined] => [
      writePath(['trunks', name, 'bridge', 'trunk']),
      trunk.bridge,
    ]),
    ...Object.entries(departments).map(([name, department]): [string, BridgePlace | undefined] => [
      writePath(['departments', name, 'bridge', 'trunk']),
      typeof department === 'string' ? undefined : department.bridge,
    ]),
  ];
  return places.flatMap(([path, place]): [string, string][] =>
    place?.trunk === undefined ? [] : [[path, place.trunk]],
  );
}

/** What is wrong with those names: no such outbound trunk, or several. */
export function bridgeTrunkProblems(
  config: TransferConfig,
  outbound: readonly Trunk[],
): ConfigProblem[] {
  return namedBridgeTrunks(config).flatMap(([path, wanted]) => {
    try {
      chooseOutboundTrunk(wanted, outbound);
      return [];
    } catch (error) {
      return [problemAt(path, error)];
    }
  });
}

/** An outbound trunk, as destinations are resolved for it. */
function factsOf(trunk: Trunk, call: Call, facts: TrunkFacts): TrunkFacts {
  return {
    id: trunk.id,
    name: trunk.name || null,
    host: trunk.address,
    provider: recogniseProvider({ attributes: {}, host: trunk.address }),
    // Where the caller came in: a target there would lead back to the same agent.
    trunkNumber: call.calledNumber,
    callerNumber: call.phoneNumber,
    direction: call.direction,
    ourNumbers: facts.ourNumbers,
    ourNumbersUnread: facts.ourNumbersUnread,
  };
}

// The identity of a target's leg says what it is, and whose.

/** The process that dials. */
export interface Dialler {
  /** Six hexadecimal digits that stand for a machine; null: nothing tells it from others. */
  machine: string | null;
  pid: number;
}

/** @param machine what tells this machine's processes from those of others; null: nothing does */
export function diallerAt({ machine, pid }: Dialler): Dialler {
  if (machine === null) return { machine, pid };
  return { machine: createHash('sha256').update(machine).digest('hex').slice(0, 6), pid };
}

/**
 * An identity that no other leg has: one that is in the room already would be replaced by the dial
 * (server 1.13).
 */
export function newBridgeIdentity({ machine, pid }: Dialler): string {
  return `${BRIDGE_IDENTITY}${machine ?? 'unknown'}-${pid}-${randomBytes(6).toString('hex')}`;
}

/** Whoever dialled the target's leg, as its identity says; null for any other identity. */
export function diallerOf(identity: string): Dialler | null {
  const rest = identity.startsWith(BRIDGE_IDENTITY) ? identity.slice(BRIDGE_IDENTITY.length) : '';
  const [, machine = '', pid] = /^([0-9a-z]+)-(\d{1,10})-[0-9a-zA-Z]+$/.exec(rest) ?? [];
  return pid === undefined ? null : { machine, pid: Number(pid) };
}

/** The attribute of a target's leg that names the caller it was dialled for. */
export const BRIDGED_CALLER = 'lk-transfer.caller';

/** The leg of a target that was dialled for this caller, while it is in the room. */
export function bridgeLegFor(
  callId: string,
  room: readonly Participant[],
): Participant | undefined {
  const legs = room.filter(isBridgeLeg);
  const own = legs.find(({ attributes }) => attributes.get(BRIDGED_CALLER) === callId);
  // Older servers may not show the attribute: in a room of one caller it is theirs.
  return own ?? legs.find(({ attributes }) => !attributes.has(BRIDGED_CALLER));
}

/** Whoever was dialled into the room beside this caller, by this program or by another. */
export function targetBeside(
  callId: string,
  room: readonly Participant[],
): Participant | undefined {
  const isDialled = (each: Participant) =>
    each.kind === 'SIP' && callIdOf(each) !== callId && !each.attributes.get('sip.ruleID');
  return bridgeLegFor(callId, room) ?? room.find(isDialled);
}

/** What a dial works with that a REFER does not need. */
export interface BridgingMeans {
  /** A client that no Ctrl-C cuts off: with it the target is dialled, and hung up on. */
  steady(): Promise<LiveKitClient>;
  /** A pause that no signal ends, in ms: what is left to do has to be done. */
  pause(ms: number): Promise<void>;
  /** An identity that nobody has. */
  newIdentity(): string;
  /** Whether somebody stays to hang up on the one when the other leaves: asked once both are there. */
  readonly watches: boolean;
  /** The agent in the room whose process that is: it stays, silent. */
  watcher?: string | undefined;
}

/** Who watches the two afterwards. */
export function watcherBy({ watches, watcher }: BridgingMeans): Bridge['watchedBy'] {
  if (!watches) return null;
  return watcher === undefined ? 'this-process' : 'agent';
}
