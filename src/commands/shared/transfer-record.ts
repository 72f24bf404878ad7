/** The record of transfers as a command uses it. */
import { type KeptRecord, NOTHING_KEPT, openKeptRecord } from '../../history/kept-record.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/** Opens the record of this machine; calls inside this program are nobody's history. */
export function openRecord(
  { settings, client, sandbox }: Session,
  { host, output }: Context,
): KeptRecord {
  if (sandbox) return NOTHING_KEPT;
  return openKeptRecord({
    settings: settings.history,
    livekit: client.host,
    host,
    onTrouble: (message) => output.warn(message),
  });
}
