/** The trunk of a call, which a destination is resolved for. */
import type { Call } from '../calls/call.ts';
import type { TransferConfig } from '../config/types.ts';
import { isKnownError, type KnownError } from '../core/errors.ts';
import {
  type Destination,
  missingTrunkKeys,
  missingTrunkWarnings,
  needsTrunkList,
  placeTrunk,
  type TrunkFacts,
  type TrunkPlace,
} from '../destinations/destination.ts';
import { dialsNumber } from '../destinations/warnings.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Trunk } from '../livekit/messages.ts';
import type { OpenTransfer } from './outcome.ts';
import {
  mayBridge,
  type Planned,
  type PlanRequest,
  planFor,
  type Rules,
  targetsOf,
} from './plan.ts';

interface TrunkFinder {
  /**
   * What is known of the trunk a call is on. Never fails: where the config has entries for trunks
   * and this one cannot be found among them, the facts say so.
   */
  factsOf(call: Call): Promise<TrunkFacts>;
  /**
   * Resolves for a trunk, and once more with the numbers of our own inbound trunks where a target
   * is a phone number, which may be among them.
   * @param resolve called once or twice; what it throws goes on
   * @param targetsOf the addresses in what it returns
   */
  resolveWith<T>(
    facts: TrunkFacts,
    resolve: (facts: TrunkFacts) => T,
    targetsOf: (resolved: T) => readonly Destination[],
  ): Promise<T>;
  /**
   * Plans for a call, on what is known of its trunk; reads the outbound trunks where one may have to
   * dial.
   * @throws what `planFor` throws; KnownError when the outbound trunks are needed and cannot be read
   */
  planFor(
    call: Call,
    to: string,
    trunk: TrunkFacts,
    rules: Rules,
    request: PlanRequest,
    openTransfers: readonly OpenTransfer[],
  ): Promise<Planned>;
  /**
   * Says once a run which trunks the config names and LiveKit does not have, as far as lists were
   * read for a call. Never fails, and does not keep a caller waiting.
   * @returns one sentence, or none
   */
  warnOfMissingTrunks(): Promise<string[]>;
}

/** A warning is not worth a longer wait, in ms: a support lead has a caller on the line. */
const WARNING_TIMEOUT_MS = 1500;

/** A list of trunks, or why it could not be had. */
type TrunkList = readonly Trunk[] | KnownError;

const wasRead = (list: TrunkList | null): list is readonly Trunk[] =>
  list !== null && !isKnownError(list);

/**
 * Makes what tells the trunk of a call, as far as it is known. Each list of trunks is asked for
 * once, and only if something in it is wanted.
 * @param pause ends early when its signal is aborted
 */
export function trunkFinder(
  client: LiveKitClient,
  config: TransferConfig,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): TrunkFinder {
  const lists = new Map<Trunk['direction'], Promise<TrunkList>>();
  const listOnce = (direction: Trunk['direction']) => {
    const list =
      lists.get(direction) ??
      client.listTrunks(direction).catch((error: unknown) => {
        if (!isKnownError(error)) throw error;
        return error;
      });
    lists.set(direction, list);
    return list;
  };
  /** For a warning: null where the list takes too long. */
  const listSoon = async (direction: Trunk['direction']): Promise<TrunkList | null> => {
    const enough = new AbortController();
    const tooLate = pause(WARNING_TIMEOUT_MS, enough.signal).then(() => null);
    try {
      return await Promise.race([listOnce(direction), tooLate]);
    } finally {
      enough.abort();
    }
  };
  const placeOf = async (call: Call): Promise<TrunkPlace> => {
    const { trunkId, direction } = call;
    if (!needsTrunkList(config, trunkId)) return { id: trunkId, name: null };
    return placeTrunk(call, await listOnce(direction));
  };
  type OurNumbers = Pick<TrunkFacts, 'ourNumbers' | 'ourNumbersUnread'>;
  const askForOurNumbers = async (): Promise<OurNumbers> => {
    const trunks = await listSoon('inbound');
    if (!wasRead(trunks)) return { ourNumbersUnread: true };
    return {
      ourNumbers: trunks.flatMap(({ id, name, numbers }) =>
        numbers.map((number) => ({ number, trunk: name || id })),
      ),
    };
  };
  let ourNumbersOnce: Promise<OurNumbers> | undefined;
  const resolveWith: TrunkFinder['resolveWith'] = async (facts, resolve, targetsIn) => {
    const resolved = resolve(facts);
    if (!targetsIn(resolved).some(({ referTo }) => dialsNumber(referTo))) return resolved;
    ourNumbersOnce ??= askForOurNumbers();
    const ours = await ourNumbersOnce;
    return ours.ourNumbers?.length === 0 ? resolved : resolve({ ...facts, ...ours });
  };
  const outboundTrunks = async (): Promise<readonly Trunk[]> => {
    const list = await listOnce('outbound');
    if (isKnownError(list)) throw list;
    return list;
  };
  return {
    factsOf: async (call) => ({
      ...(await placeOf(call)),
      host: call.host,
      provider: call.provider,
      trunkNumber: call.calledNumber,
      callerNumber: call.phoneNumber,
      direction: call.direction,
    }),
    resolveWith,
    planFor: async (call, to, trunk, rules, request, openTransfers) => {
      const outbound = mayBridge(trunk, rules, request) ? await outboundTrunks() : [];
      const plan = (facts: TrunkFacts) =>
        planFor(call, to, facts, rules, request, openTransfers, outbound);
      return resolveWith(trunk, plan, targetsOf);
    },
    warnOfMissingTrunks: async () => {
      if (missingTrunkKeys(config, []).length === 0) return [];
      const read = (await Promise.all([...lists.keys()].map(listSoon))).filter(wasRead);
      if (read.length === 0 || missingTrunkKeys(config, read.flat()).length === 0) return [];
      // It may be a trunk of the other direction.
      const both = await Promise.all([listSoon('inbound'), listSoon('outbound')]);
      return both.every(wasRead) ? missingTrunkWarnings(config, both.flat()) : [];
    },
  };
}
