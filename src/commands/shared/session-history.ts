/** The record of transfers, and what is known of trunks, as a command uses them. */
import type { Call } from '../../calls/call.ts';
import type { Host } from '../../core/host.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { trunkConfigFor } from '../../destinations/destination.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { type History, NO_HISTORY, openHistory } from '../../history/record.ts';
import {
  knownRefer,
  NO_MEMORY,
  readTrunkMemory,
  type TrunkMemory,
} from '../../history/trunk-verdicts.ts';
import { escapeText } from '../../terminal/style.ts';
import { describeKnownRefer } from '../../transfer/explain/facts.ts';
import type { TransferResult } from '../../transfer/result.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/**
 * Opens the record of this machine; calls inside this program are nobody's history.
 * @param offersAgain whether the command has the flag `--again`
 * @param onTrouble told of trouble with it, where a warning cannot be printed
 */
export function openSessionHistory(
  { settings, client, sandbox }: Session,
  { host, output }: Context,
  {
    offersAgain,
    onTrouble = (message) => output.warn(message),
  }: { offersAgain: boolean; onTrouble?: (message: string) => void },
): History {
  if (sandbox) return { ...NO_HISTORY, record: { ...NO_HISTORY.record, trace: 'sandbox' } };
  return openHistory({
    settings: settings.history,
    livekit: client.host,
    host,
    onTrouble,
    offersAgain,
  });
}

/**
 * What this machine knows of the project's trunks; of those inside this program, nothing.
 * @param only as `readTrunkMemory` takes them
 */
export async function readSessionMemory(
  { client, sandbox }: Pick<Session, 'client' | 'sandbox'>,
  host: Host,
  only?: readonly string[],
): Promise<TrunkMemory> {
  return sandbox ? NO_MEMORY : readTrunkMemory(client.host, host, only);
}

/**
 * A sentence for each trunk of these calls that has refused a REFER for good, when it was last seen:
 * whoever moves a caller there should know before.
 */
export async function warnOfKnownRefer(
  calls: readonly Call[],
  session: Pick<Session, 'client' | 'sandbox'>,
  host: Host,
): Promise<string[]> {
  const trunks = new Map(calls.map((call) => [call.trunkId ?? '', call]));
  const memory = await readSessionMemory(session, host, [...trunks.keys()]);
  return [...trunks].flatMap(([id, { direction }]) => {
    const known = knownRefer({ id, direction }, memory);
    if (known?.verdict !== 'refused') return [];
    return [`trunk ${id}: ${describeKnownRefer(known, host.now())}`];
  });
}

// What is known of transfers on a trunk before one is tried: from its config, and from the record.

/**
 * The last known verdict of a call's trunk on a REFER, in a line. Safe to print.
 * @param own the results of this session on that trunk
 */
export async function describeTrunkVerdict(
  call: Call,
  trunk: TrunkFacts,
  own: readonly TransferResult[],
  session: Session,
  host: Host,
): Promise<string> {
  const { key, trunk: known } = trunkConfigFor(session.config, trunk);
  if (known.method === 'bridge') {
    return `Trunk ${escapeText(key ?? '')}: its callers are bridged, as the config says.`;
  }
  if (known.refer === false) {
    return `Trunk ${escapeText(key ?? '')}: the config says that it has no REFER: bridge?`;
  }
  const provider = known.provider ?? call.provider;
  const name = `Trunk ${escapeText(call.trunkId ?? call.host ?? 'unknown')}`;
  const id = call.trunkId ?? '';
  const memory = await readSessionMemory(session, host, [id]);
  const done = own.map(({ transferMethod, outcome, stage, sip, startedAt }) => ({
    ...{ trunkId: id, transferMethod, outcome, stage, sip, startedAt, endedAt: null },
  }));
  const seen = { ...memory, attempts: [...memory.attempts, ...done] };
  const last = knownRefer({ id, direction: call.direction }, seen);
  const unread = memory.recordUnread === null ? '' : ' The record could not be read.';
  if (last === null) {
    if (provider !== null && !providerPresets[provider].refer && known.refer === undefined) {
      return `${name}: ${providerPresets[provider].title} is known to have no REFER: bridge?${unread}`;
    }
    const none = session.sandbox
      ? 'no transfer on it yet; in the sandbox none is recorded.'
      : 'no transfer on it is recorded here yet.';
    return unread === '' ? `${name}: ${none}` : `${name}:${unread}`;
  }
  return `${name}: ${describeKnownRefer(last, host.now())}`;
}
