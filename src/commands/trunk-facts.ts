/** What a destination is resolved for: the trunk of a call, or one that is named. */
import type { Call } from '../calls/call.ts';
import type { TransferConfig } from '../config/types.ts';
import type { TrunkFacts } from '../destinations/destination.ts';
import { trunkKeyKind } from '../destinations/trunks.ts';
import { KnownError } from '../errors.ts';
import type { LiveKitClient } from '../livekit/client.ts';

/** Trunk names are looked up in LiveKit only if the config knows a trunk by its name. */
function needsTrunkName(config: TransferConfig): boolean {
  return Object.keys(config.trunks ?? {}).some((key) => trunkKeyKind(key) === 'name');
}

async function nameOfTrunk(client: LiveKitClient, call: Call): Promise<string | null> {
  try {
    const trunks = await client.listTrunks(call.direction);
    return trunks.find(({ id }) => id === call.trunkId)?.name || null;
  } catch (error) {
    // A key may move calls without being allowed to see trunks: then names stay unknown.
    if (error instanceof KnownError && error.code === 'permission') return null;
    throw error;
  }
}

/** The trunk a call is on, as far as it is known. */
export async function trunkOfCall(
  call: Call,
  client: LiveKitClient,
  config: TransferConfig,
): Promise<TrunkFacts> {
  return {
    id: call.trunkId,
    name: call.trunkId !== null && needsTrunkName(config) ? await nameOfTrunk(client, call) : null,
    host: call.host,
    provider: call.provider,
    trunkNumber: call.calledNumber,
    callerNumber: call.phoneNumber,
    direction: call.direction,
  };
}

/** A trunk by the words of `--trunk`: an id, a SIP host or a name. */
export function trunkOfWords(words: string): TrunkFacts {
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
