/**
 * Finds the call that our own dialling, or a transfer, brings in at one of our numbers: by called
 * number, caller and time. A customer may call in the same second, so the caller has to fit.
 */
import type { Call } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { watchCalls } from './call-watch.ts';
import { isSameNumber } from './phone-match.ts';

export interface ArrivalOptions {
  /** Our number that is called. */
  number: string;
  isAgent: IsAgentIdentity;
  now(): number;
}

export interface Arrivals {
  /** Calls that came in since, from one of the callers. */
  ours: Call[];
  /** Calls that came in since, from somebody else. */
  foreign: Call[];
  /** Rooms in which a call of ours may be all the same: that none was found proves nothing then. */
  unread: string[];
}

export interface ArrivalWatch {
  /** @param callers numbers that our call may show */
  look(callers: readonly string[]): Promise<Arrivals>;
  /** Whether a room was not there when the watch began. */
  isNewRoom(room: string): boolean;
}

/** Most calls come to a room of their own: only every so many looks reads the old rooms, too. */
const FULL_LOOK_EVERY = 4;

/** Whether a call is one that came in at a number of ours. */
export function isArrivalAt(number: string): (call: Call) => boolean {
  return ({ direction, calledNumber }) =>
    direction === 'inbound' && isSameNumber(calledNumber, number);
}

/**
 * Notes which calls are there already, before anything is dialled.
 * @throws KnownError when the rooms cannot be listed, or no credentials fit
 */
export async function watchArrivals(
  client: LiveKitClient,
  { number, isAgent, now }: ArrivalOptions,
): Promise<ArrivalWatch> {
  const watch = await watchCalls(client, { isAgent, now, fullLookEvery: FULL_LOOK_EVERY });
  return {
    isNewRoom: watch.isNewRoom,
    look: async (callers) => {
      const { calls, undated, unread } = await watch.look();
      const arrived = calls.filter(isArrivalAt(number));
      const isOurs = ({ phoneNumberRaw }: Call) =>
        callers.some((caller) => isSameNumber(caller, phoneNumberRaw));
      const maybe = undated.filter(isArrivalAt(number)).filter(isOurs);
      return {
        ours: arrived.filter(isOurs),
        foreign: arrived.filter((call) => !isOurs(call)),
        unread: [...new Set([...unread, ...maybe.map(({ room }) => room)])],
      };
    },
  };
}
