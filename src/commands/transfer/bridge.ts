/** What `transfer` does about a bridge beside sending it: the means, leftovers, and the watch. */
import type { Call } from '../../calls/call.ts';
import { type ExitCode, InterruptedError } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import { confirm } from '../../terminal/prompts.ts';
import type { BridgingMeans } from '../../transfer/bridge/dial.ts';
import {
  bridgeLegFor,
  diallerAt,
  diallerOf,
  newBridgeIdentity,
} from '../../transfer/bridge/dial-plan.ts';
import { type BridgeEnd, watchBridge } from '../../transfer/bridge/watch.ts';
import { bridgeEndWords, leftBridge, leftoverWords } from '../../transfer/explain/errors.ts';
import type { Bridge } from '../../transfer/outcome.ts';
import type { ChainResult } from '../../transfer/result.ts';
import { awaitAnswer, type Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';

/** @param watches whether this run stays until the bridge has ended */
export function bridgingMeans(
  session: Session,
  { host }: Context,
  watches: boolean,
): BridgingMeans {
  const dialler = diallerAt(host);
  return {
    steady: session.steadyClient,
    newIdentity: () => newBridgeIdentity(dialler),
    pause: (ms) => host.sleep(ms),
    watches,
  };
}

/**
 * Finds a target that a program has left ringing which is no longer running, and offers to hang up on
 * it: nobody would hear of its answer.
 */
export async function offerLeftover(call: Call, session: Session, context: Context): Promise<void> {
  const { host, output, interruption } = context;
  const leg = bridgeLegFor(call.callId, await session.client.listParticipants(call.room));
  const dialler = leg === undefined ? null : diallerOf(leg.identity);
  if (leg === undefined || dialler === null) return;
  const isHere = dialler.machine === diallerAt(host).machine;
  if (!isHere || host.isRunning(dialler.pid)) return;
  output.warn(leftoverWords(leg.attributes.get('sip.phoneNumber') ?? leg.identity));
  const asked = confirm(host, 'Hang up on it?', interruption.abort);
  if (!(await awaitAnswer(asked, context))) return;
  const client = await session.steadyClient();
  await client.removeParticipant(call.room, leg.identity);
}

/**
 * Stays with the two until one has hung up, and hangs up on the other.
 * @returns the exit code of how that ended
 * @throws InterruptedError when somebody leaves: the two talk on
 */
export async function stayWithBridge(
  { call, outcome, bridge }: ChainResult,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  if (bridge === null || outcome !== 'bridged') return 0;
  const { host, output, interruption } = context;
  const start = host.elapsed();
  const progress = output.progress(watching(0));
  const tick = setInterval(() => progress.update(watching(host.elapsed() - start)), 1000);
  const end = await watchBridge(call.callId, bridge, {
    client: await session.steadyClient(),
    isAgent: session.isAgent,
    elapsed: host.elapsed,
    pause: (ms) => host.sleep(ms, interruption.abort),
    stopped: () => interruption.signal !== null,
    onConnection: (isLost) => tellConnection(isLost, call, context),
  }).finally(() => clearInterval(tick));
  output.close();
  if (end === null) throw leaving(bridge, context);
  await tellEnd(end, call, bridge, context);
  return end.other === 'unknown' ? 7 : 0;
}

function watching(ms: number): string {
  return `The two are talking: ${formatDuration(ms)}. Ctrl-C leaves; their call goes on`;
}

function leaving(bridge: Bridge, { interruption }: Context): InterruptedError {
  const { message, hint } = leftBridge(bridge);
  return new InterruptedError(interruption.signal ?? 'SIGINT', message, { hint });
}

function tellConnection(isLost: boolean, { callId }: Call, { host, output }: Context): void {
  const type = isLost ? 'connection-lost' : 'connection-restored';
  if (output.json) output.event({ type, time: new Date(host.now()).toISOString(), callId });
  else if (isLost) output.warn('LiveKit cannot be read just now: looking on. The two talk on.');
}

async function tellEnd(
  end: BridgeEnd,
  { callId }: Call,
  bridge: Bridge,
  { host, output }: Context,
): Promise<void> {
  const time = new Date(host.now()).toISOString();
  if (output.json) output.event({ type: 'ended', time, callId, ...end, bridge });
  else output.sentence(bridgeEndWords(end));
  if (end.other === 'unknown') output.warn(leftBridge(bridge).hint);
}
