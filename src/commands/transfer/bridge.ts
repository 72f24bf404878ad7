/** What `transfer` does about a bridge beside sending it: the means, leftovers, and the watch. */
import type { Call } from '../../calls/call.ts';
import { type ExitCode, InterruptedError } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import { readAttempts } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import { closeAttempts } from '../../history/summary.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import { confirm } from '../../terminal/prompts.ts';
import type { BridgingMeans } from '../../transfer/bridge/dial-plan.ts';
import {
  diallerAt,
  diallerOf,
  newBridgeIdentity,
  targetBeside,
} from '../../transfer/bridge/dial-plan.ts';
import { type BridgeEnd, type LegsSeen, watchBridge } from '../../transfer/bridge/watch.ts';
import { leftBridges } from '../../transfer/explain/errors.ts';
import { BRIDGE_UNREAD, bridgeEndWords } from '../../transfer/explain/explain.ts';
import { besideWords, leftoverWords } from '../../transfer/explain/not-sent.ts';
import type { Bridge } from '../../transfer/outcome.ts';
import type { TransferPlan } from '../../transfer/plan.ts';
import type { ChainResult } from '../../transfer/result.ts';
import { awaitAnswer, type Context, tellEvent } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import type { BridgeEnded, BridgeEvent, Untimed } from './command.ts';

/** The same client, whose dials are known to the whole run: a failure of ours after one is no “nothing was sent”. */
function notingDials(client: LiveKitClient, { noteSent }: Context): LiveKitClient {
  return {
    ...client,
    createSipParticipant: (request, onSent) =>
      client.createSipParticipant(request, () => {
        noteSent();
        onSent?.();
      }),
  };
}

/** @param watches whether this run stays until the bridge has ended, unless it is interrupted before */
export function bridgingMeans(session: Session, context: Context, watches: boolean): BridgingMeans {
  const { host } = context;
  const dialler = diallerAt(host);
  return {
    steady: async () => notingDials(await session.steadyClient(), context),
    newIdentity: () => newBridgeIdentity(dialler),
    pause: (ms) => host.sleep(ms),
    // Who was told to leave while a target was brought in watches nobody.
    get watches() {
      return watches && context.interruption.signal === null;
    },
  };
}

/**
 * Asks about a target that somebody has dialled into the room before: whether to hang up on one whose
 * program is no longer running, since nobody would hear of its answer, or to dial beside any other.
 * @param onHungUp called where somebody was hung up on
 * @returns the plan as the answers leave it
 */
export async function askAboutTarget(
  plan: TransferPlan,
  session: Session,
  context: Context,
  onHungUp: () => void,
): Promise<TransferPlan> {
  const { call, openTransfers } = plan;
  const { host, output, interruption } = context;
  let agreedTo: string | null = null;
  for (;;) {
    const room = await session.client.listParticipants(call.room);
    const target = targetBeside(call.callId, room);
    if (target === undefined) return plan;
    const number = target.attributes.get('sip.phoneNumber') ?? target.identity;
    const isUp = target.attributes.get('sip.callStatus') === 'active';
    const dialler = diallerOf(target.identity);
    if (dialler?.machine !== diallerAt(host).machine || host.isRunning(dialler.pid)) {
      return askToDialBeside(plan, besideWords(number, isUp), context);
    }
    // One that has answered during the question is asked about anew.
    const state = `${target.identity} ${isUp}`;
    if (agreedTo === state) {
      const client = await session.steadyClient();
      if (await client.removeParticipant(call.room, target.identity)) onHungUp();
      const others = room.filter((each) => each !== target);
      const isLast = targetBeside(call.callId, others) === undefined;
      return isLast && openTransfers.length > 0 ? settleDials(plan, session, context) : plan;
    }
    output.warn(leftoverWords(number, isUp));
    const question = isUp ? 'Hang up on it, and end their conversation?' : 'Hang up on it?';
    const asked = confirm(host, question, interruption.abort);
    if (!(await awaitAnswer(asked, context))) return plan;
    agreedTo = state;
  }
}

/** @param words that another target is there */
async function askToDialBeside(
  plan: TransferPlan,
  words: string,
  context: Context,
): Promise<TransferPlan> {
  // Of a transfer that is open as well, only `--again` says that it is reckoned with.
  if (plan.bridge === null || plan.again || plan.openTransfers.length > 0) return plan;
  const { host, output, interruption } = context;
  output.warn(words);
  const asked = confirm(host, 'Dial another target beside it?', interruption.abort);
  return (await awaitAnswer(asked, context)) ? { ...plan, again: true } : plan;
}

/** Nothing can come of the dials of programs that are gone, once the last of their targets is. */
async function settleDials(
  plan: TransferPlan,
  { settings, sandbox }: Session,
  { host }: Context,
): Promise<TransferPlan> {
  if (sandbox) return plan;
  const folder = historyFolder(host);
  const over = (await readAttempts(folder, host)).filter(
    ({ callId, open, transferMethod, underWay }) =>
      open && callId === plan.call.callId && transferMethod === 'bridge' && underWay === null,
  );
  await closeAttempts(folder, over, {
    ...{ by: 'lk-transfer', reason: 'the target was hung up on', atMs: host.now() },
    maskNumbers: settings.history.maskNumbers.value,
  });
  const isOver = (startedAt: string) => over.some((each) => each.startedAt === startedAt);
  const openTransfers = plan.openTransfers.filter(({ startedAt }) => !isOver(startedAt));
  return { ...plan, openTransfers };
}

/** Watches those who were bridged, each from the moment on, until their calls have ended. */
export class BridgeWatchers {
  readonly #session: Session;
  readonly #context: Context;
  readonly #ends: Promise<{ bridge: Bridge; end: BridgeEnd | null }>[] = [];
  readonly #startMs: number;
  /** The callers of whom, or of whose target, the last look has shown nothing. */
  readonly #inDoubt = new Set<string>();
  #left = 0;

  constructor(session: Session, context: Context) {
    this.#session = session;
    this.#context = context;
    this.#startMs = context.host.elapsed();
  }

  /** Begins to watch whoever was bridged; any other result is passed over. */
  add({ call, outcome, bridge }: ChainResult): void {
    if (outcome !== 'bridged' || bridge === null) return;
    this.#left += 1;
    const end = this.#watch(call, bridge).then((how) => ({ bridge, end: how }));
    // What went wrong is told by `stay`, once the others have ended.
    end.catch(() => {
      const { message, hint } = leftBridges([bridge], this.#session.sandbox);
      this.#context.output.warn(`${message} ${hint}`);
    });
    this.#ends.push(end);
  }

  async #watch(call: Call, bridge: Bridge): Promise<BridgeEnd | null> {
    const client = await this.#session.steadyClient();
    const seen = (sight: LegsSeen) => {
      if (sight === 'both') this.#inDoubt.delete(call.callId);
      else this.#inDoubt.add(call.callId);
    };
    const end = await watchPair(call, bridge, client, this.#session, this.#context, seen);
    this.#left -= 1;
    this.#inDoubt.delete(call.callId);
    if (end !== null) tellEnd(end, call, bridge, this.#session, this.#context);
    return end;
  }

  /**
   * Stays until each call has ended, and whoever was left has been hung up on.
   * @returns the worst exit code of how they ended
   * @throws InterruptedError when somebody leaves: they talk on
   */
  async stay(): Promise<ExitCode> {
    const { host, output } = this.#context;
    const { sandbox } = this.#session;
    if (this.#left > 0) {
      output.progress(() =>
        watching(this.#left, this.#inDoubt.size, host.elapsed() - this.#startMs, sandbox),
      );
    }
    // One that fails is told once the others have ended: nobody else watches them.
    await Promise.allSettled(this.#ends);
    const ends = await Promise.all(this.#ends);
    output.close();
    const going = ends.filter(({ end }) => end === null).map(({ bridge }) => bridge);
    if (going.length > 0) throw leaving(going, this.#session, this.#context);
    return ends.some(({ end }) => end?.other === 'unknown') ? 7 : 0;
  }
}

function watchPair(
  call: Call,
  bridge: Bridge,
  client: LiveKitClient,
  { client: looks, isAgent }: Session,
  context: Context,
  onSight: (sight: LegsSeen) => void,
): Promise<BridgeEnd | null> {
  const { host, interruption } = context;
  return watchBridge(call.callId, bridge, {
    ...{ client, looks, isAgent, elapsed: host.elapsed, now: host.now },
    pause: (ms) => host.sleep(ms, interruption.abort),
    rest: (ms) => host.sleep(ms),
    stopped: () => interruption.signal !== null,
    onSight: (sight, before) => {
      onSight(sight);
      const isLost = sight === 'unread';
      if (isLost || before === 'unread') tellConnection(isLost, call, context);
    },
  });
}

function watching(pairs: number, inDoubt: number, ms: number, inSandbox: boolean): string {
  const doubt = inDoubt === 0 ? '' : `, of ${inDoubt} that is not certain just now`;
  const one = inDoubt === 0 ? 'The two are talking' : 'Not certain: one of the two may have left';
  const who = pairs === 1 ? one : `${pairs} bridged calls continue${doubt}`;
  const after = pairs === 1 ? 'their call continues' : 'they continue';
  return `${who}: ${formatDuration(ms)}. Ctrl-C exits${inSandbox ? '' : `; ${after}`}`;
}

function leaving(
  bridges: readonly Bridge[],
  { sandbox }: Session,
  { interruption }: Context,
): InterruptedError {
  const { message, hint } = leftBridges(bridges, sandbox);
  return new InterruptedError(interruption.signal ?? 'SIGINT', message, { hint });
}

function tellConnection(isLost: boolean, { callId }: Call, context: Context): void {
  const type = isLost ? 'connection-lost' : 'connection-restored';
  if (context.output.json) tellEvent<Untimed<BridgeEvent>>({ type, callId }, context);
  else if (isLost) context.output.warn(BRIDGE_UNREAD);
}

function tellEnd(
  end: BridgeEnd,
  { callId }: Call,
  bridge: Bridge,
  { sandbox }: Session,
  context: Context,
): void {
  const { output } = context;
  const ended: Untimed<BridgeEnded> = { type: 'ended', callId, ...end, bridge };
  if (output.json) tellEvent(ended, context);
  else output.sentence(bridgeEndWords(end));
  if (end.other === 'unknown') output.warn(leftBridges([bridge], sandbox).hint);
}
