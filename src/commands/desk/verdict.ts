/** What is known of transfers on a trunk before one is tried: from its config, and from the record. */
import type { Call } from '../../calls/call.ts';
import { formatDuration } from '../../core/duration.ts';
import { isKnownError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { trunkConfigFor } from '../../destinations/trunks.ts';
import { readAttempts } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import { NO_REFER_CODES, POLICY_CODES } from '../../transfer/explain/advice.ts';
import type { Outcome, SipStatus } from '../../transfer/outcome.ts';
import type { TransferResult } from '../../transfer/result.ts';
import type { Session } from '../shared/session.ts';
import { shortly } from './board-view.ts';

/** Answers to the REFER that are about the trunk, and not about one address. */
const ABOUT_THE_TRUNK: readonly number[] = [...NO_REFER_CODES, ...POLICY_CODES];

interface Past {
  outcome: Outcome | null;
  sip: SipStatus | null;
  startedAt: string;
}

/** Whether it shows how the trunk takes a REFER. */
const isVerdict = ({ outcome, sip }: Past): boolean =>
  outcome === 'completed' ||
  outcome === 'target-failed' ||
  (outcome === 'refused' && sip !== null && ABOUT_THE_TRUNK.includes(sip.code));

/**
 * The last known verdict of a call's trunk on a REFER, in a line. Safe to print.
 * @param own the results of this session on that trunk
 */
export async function describeVerdict(
  call: Call,
  trunk: TrunkFacts,
  own: readonly TransferResult[],
  { config, client, sandbox }: Session,
  host: Host,
): Promise<string> {
  const { key, trunk: known } = trunkConfigFor(config, trunk);
  if (known.refer === false)
    return `Trunk ${shortly(key ?? '')}: the config says that it has no REFER.`;
  const provider = known.provider ?? call.provider;
  const name = `Trunk ${shortly(call.trunkId ?? call.host ?? 'unknown', 60)}`;
  let past: readonly Past[] = own;
  let unread = '';
  if (!sandbox && call.trunkId !== null) {
    try {
      const recorded = await readAttempts(historyFolder(host), host);
      past = recorded.filter(
        ({ trunkId, livekitHost }) => trunkId === call.trunkId && livekitHost === client.host,
      );
    } catch (error) {
      if (!isKnownError(error)) throw error;
      unread = ' The record could not be read.';
    }
  }
  const last = past.filter(isVerdict).at(-1);
  if (last === undefined) {
    if (provider !== null && !providerPresets[provider].refer && known.refer === undefined) {
      return `${name}: ${providerPresets[provider].title} is known to have no REFER.${unread}`;
    }
    return unread === '' ? `${name}: no transfer on it is recorded here yet.` : `${name}:${unread}`;
  }
  const ago = `${formatDuration(host.now() - Date.parse(last.startedAt))} ago`;
  return last.outcome === 'refused'
    ? `${name}: it refused the last transfer with ${last.sip?.code} (${ago}).`
    : `${name}: it took the last transfer (${ago}).`;
}
