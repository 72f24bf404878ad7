/** The trunk of a call, which a destination is resolved for. */
import type { Call } from '../calls/call.ts';
import type { TransferConfig } from '../config/types.ts';
import { isKnownError, KnownError } from '../core/errors.ts';
import type { Destination, OurNumber, TrunkFacts } from '../destinations/destination.ts';
import { trunkKeyKind } from '../destinations/trunks.ts';
import { dialsNumber } from '../destinations/warnings.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Trunk } from '../livekit/messages.ts';

interface TrunkFinder {
  /** What is known of the trunk a call is on. */
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
}

/** A warning is not worth a longer wait, in ms: a support lead has a caller on the line. */
const OUR_NUMBERS_TIMEOUT_MS = 1500;

/** Trunk names are looked up in LiveKit only if the config knows a trunk by its name. */
function needsTrunkName(config: TransferConfig): boolean {
  return Object.keys(config.trunks ?? {}).some((key) => trunkKeyKind(key) === 'name');
}

/** @returns null when the key may not see them */
async function listTrunks(
  client: LiveKitClient,
  direction: Trunk['direction'],
): Promise<readonly Trunk[] | null> {
  try {
    return await client.listTrunks(direction);
  } catch (error) {
    // A key may move calls without being allowed to see trunks: then names stay unknown.
    if (error instanceof KnownError && error.code === 'permission') return null;
    throw error;
  }
}

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
  const lists = new Map<Trunk['direction'], Promise<readonly Trunk[] | null>>();
  const listOnce = (direction: Trunk['direction']) => {
    const list = lists.get(direction) ?? listTrunks(client, direction);
    lists.set(direction, list);
    return list;
  };
  const nameOf = async ({ trunkId, direction }: Call) => {
    if (trunkId === null || !needsTrunkName(config)) return { name: null };
    const trunks = await listOnce(direction);
    if (trunks === null) return { name: null, nameUnread: true };
    return { name: trunks.find(({ id }) => id === trunkId)?.name || null };
  };
  /** Never fails, and does not keep a caller waiting: without the numbers there is no warning. */
  const askForOurNumbers = async (): Promise<OurNumber[]> => {
    const enough = new AbortController();
    const nothing: readonly Trunk[] = [];
    const listed = listOnce('inbound').catch((error: unknown) => {
      if (!isKnownError(error)) throw error;
      return nothing;
    });
    const tooLate = pause(OUR_NUMBERS_TIMEOUT_MS, enough.signal).then(() => nothing);
    const trunks = (await Promise.race([listed, tooLate])) ?? nothing;
    enough.abort();
    return trunks.flatMap(({ id, name, numbers }) =>
      numbers.map((number) => ({ number, trunk: name || id })),
    );
  };
  let ourNumbersOnce: Promise<OurNumber[]> | undefined;
  return {
    factsOf: async (call) => ({
      id: call.trunkId,
      ...(await nameOf(call)),
      host: call.host,
      provider: call.provider,
      trunkNumber: call.calledNumber,
      callerNumber: call.phoneNumber,
      direction: call.direction,
    }),
    resolveWith: async (facts, resolve, targetsOf) => {
      const resolved = resolve(facts);
      if (!targetsOf(resolved).some(({ referTo }) => dialsNumber(referTo))) return resolved;
      ourNumbersOnce ??= askForOurNumbers();
      const ourNumbers = await ourNumbersOnce;
      return ourNumbers.length === 0 ? resolved : resolve({ ...facts, ourNumbers });
    },
  };
}
