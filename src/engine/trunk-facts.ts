/** What a destination is resolved for: the trunk of a call. */
import type { Call } from '../calls/call.ts';
import type { TransferConfig } from '../config/types.ts';
import type { TrunkFacts } from '../destinations/destination.ts';
import { trunkKeyKind } from '../destinations/trunks.ts';
import { KnownError } from '../errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { Trunk } from '../livekit/messages.ts';

/** Trunk names are looked up in LiveKit only if the config knows a trunk by its name. */
function needsTrunkName(config: TransferConfig): boolean {
  return Object.keys(config.trunks ?? {}).some((key) => trunkKeyKind(key) === 'name');
}

async function listTrunks(client: LiveKitClient, direction: Call['direction']): Promise<Trunk[]> {
  try {
    return await client.listTrunks(direction);
  } catch (error) {
    // A key may move calls without being allowed to see trunks: then names stay unknown.
    if (error instanceof KnownError && error.code === 'permission') return [];
    throw error;
  }
}

/**
 * Makes the function that tells the trunk a call is on, as far as it is known. Each list of trunks
 * is asked for once, and only if a name is wanted.
 */
export function trunkFinder(
  client: LiveKitClient,
  config: TransferConfig,
): (call: Call) => Promise<TrunkFacts> {
  const lists = new Map<Call['direction'], Promise<Trunk[]>>();
  const nameOf = async ({ trunkId, direction }: Call): Promise<string | null> => {
    if (trunkId === null || !needsTrunkName(config)) return null;
    const list = lists.get(direction) ?? listTrunks(client, direction);
    lists.set(direction, list);
    return (await list).find(({ id }) => id === trunkId)?.name || null;
  };
  return async (call) => ({
    id: call.trunkId,
    name: await nameOf(call),
    host: call.host,
    provider: call.provider,
    trunkNumber: call.calledNumber,
    callerNumber: call.phoneNumber,
    direction: call.direction,
  });
}
