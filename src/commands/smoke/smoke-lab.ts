/** What the tests of one run work with. */
import { randomBytes } from 'node:crypto';
import type { Lab } from '../../smoke/environment.ts';
import { rulesOfTests, type SmokeTest } from '../../smoke/plan.ts';
import { smokeRoomName } from '../../smoke/room-name.ts';
import type { SmokeStep } from '../../smoke/steps.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { openRecord } from '../shared/transfer-record.ts';
import { roomMaker } from './leftovers.ts';

/** How long a test number may ring, in ms. */
const RINGS_MS = 45_000;
const CALL_WITHIN_MS = 120_000;

/**
 * Makes the function that equips one test.
 * @param within how long somebody may take to call in, in ms
 */
export async function equip(
  session: Session,
  context: Context,
  within: number | undefined,
  tell: (test: SmokeTest, step: SmokeStep) => void,
): Promise<(test: SmokeTest) => Lab> {
  const { host, output, interruption } = context;
  const { client, isAgent } = session;
  const steady = await session.steadyClient();
  const { record, earlierOf } = openRecord(session, context);
  const rules = rulesOfTests(session);
  const made = new Map<SmokeTest, readonly string[]>();
  interruption.onLeaving(() => {
    const rooms = [...made.values()].flat();
    output.warn(
      rooms.length === 0
        ? 'Left.'
        : `Left before the clean-up was done: ${rooms.join(', ')}. Remove what is left with \`lk-transfer smoke --clean\`; the calls end by themselves in some minutes.`,
    );
  });
  return (test) => ({
    client,
    steady,
    isAgent,
    rules,
    clock: host,
    speed: session.speed,
    interruption,
    record,
    earlierOf,
    newRoomName: () => smokeRoomName(roomMaker(host), host.now(), randomBytes(4).toString('hex')),
    ringingMs: RINGS_MS,
    callWithinMs: within ?? CALL_WITHIN_MS,
    tell: (step) => tell(test, step),
    onMade: (rooms) => {
      made.set(test, rooms);
    },
  });
}
