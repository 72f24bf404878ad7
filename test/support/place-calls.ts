/** Places calls and trunks in a sandbox for whoever asks over HTTP: test/support/caller-source.sh. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { Sandbox } from '../../src/sandbox/server.ts';
import {
  BEHAVIOURS,
  BRIDGE_BEHAVIOURS,
  bridgeSeedOf,
  DIAL_BEHAVIOURS,
  dialSeedOf,
  type Placement,
  type Scene,
  seedOf,
} from '../contract/behaviours.ts';
import { atTheEnd } from './at-the-end.ts';

export interface PlaceOptions {
  /** How calls behave whose behaviour has no name in the table. */
  staged?: ReadonlyMap<string, Scene>;
  /** Behaviours that are asked for in vain, as if this were a trunk that cannot do that. */
  cannot?: readonly string[];
}

/**
 * Serves until the tests of the file are over.
 * @returns the address: POST a behaviour, DELETE a room
 */
export async function placeCalls(
  sandbox: Sandbox,
  { staged = new Map(), cannot = [] }: PlaceOptions = {},
): Promise<string> {
  const api = new RoomServiceClient(sandbox.url, sandbox.apiKey, sandbox.apiSecret, {
    failover: false,
  });
  let count = 0;
  function place(behaviour: string): object | null {
    count += 1;
    const found = cannot.includes(behaviour) ? undefined : find(behaviour, `place${count}`);
    if (!found) return null;
    sandbox.add(found.seed);
    return found.placed;
  }
  function find(behaviour: string, mark: string): Placement<object> | undefined {
    const scene = BEHAVIOURS[behaviour] ?? staged.get(behaviour);
    const dialled = DIAL_BEHAVIOURS[behaviour];
    const bridged = BRIDGE_BEHAVIOURS[behaviour];
    if (scene) return seedOf(scene, mark);
    if (bridged) return bridgeSeedOf(bridged, mark);
    return dialled && dialSeedOf(dialled, mark);
  }
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    request.resume();
    if (request.method === 'DELETE') {
      // It may be gone already.
      api.deleteRoom(name).then(
        () => response.end(),
        () => response.end(),
      );
      return;
    }
    const placed = place(name);
    response.statusCode = placed === null ? 404 : 200;
    response.end(JSON.stringify(placed));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
