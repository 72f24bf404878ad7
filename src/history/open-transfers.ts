/**
 * The transfers that may still come about. A later transfer of the same call does not close an
 * earlier one (LiveKit can credit the late success of the first to the second), nor does time: a
 * call id is never used again, so what is left over of a call that has ended does no harm.
 */
import type { OpenTransfer } from '../transfer/record.ts';
import { type RecordedAttempt, recordAttempts } from './attempts.ts';
import { readEntries, withoutSettled } from './entry.ts';
import { readLines } from './lines.ts';
import { settlesInTime } from './patience.ts';

/** The open transfers of each call that has any, in the order in which they were sent. */
export function openTransfersByCall(
  attempts: readonly RecordedAttempt[],
): Map<string, OpenTransfer[]> {
  const byCall = new Map<string, OpenTransfer[]>();
  for (const { open, callId, startedAt, to, referTo, outcome } of attempts) {
    if (!open) continue;
    const transfers = byCall.get(callId) ?? [];
    transfers.push({ startedAt, to, referTo, outcome });
    byCall.set(callId, transfers);
  }
  return byCall;
}

/** All attempts but those that are certainly settled, of what can be read. */
async function readAttempts(folder: string): Promise<RecordedAttempt[]> {
  const lines = await readLines(folder, () => {});
  return recordAttempts(readEntries(withoutSettled(lines)));
}

/** The open transfers of the record, by call. Never throws: of what cannot be read there are none. */
export async function readOpenTransfers(folder: string): Promise<Map<string, OpenTransfer[]>> {
  let found = new Map<string, OpenTransfer[]>();
  const read = async () => {
    found = openTransfersByCall(await readAttempts(folder));
  };
  await settlesInTime(read().catch(() => {}));
  return found;
}

/**
 * The open transfers of a call beside one's own.
 * @param onlyBefore those that stand before it: of two at the same time, exactly one sees the other
 * @param settled ids of transfers that are over, whatever the record says of them
 */
export async function readOtherTransfers(
  folder: string,
  own: { id: string; callId: string },
  { onlyBefore, settled }: { onlyBefore: boolean; settled: ReadonlySet<string> },
): Promise<OpenTransfer[]> {
  const attempts = await readAttempts(folder);
  const place = onlyBefore ? attempts.findIndex(({ id }) => id === own.id) : -1;
  const others =
    place === -1 ? attempts.filter(({ id }) => id !== own.id) : attempts.slice(0, place);
  const unsettled = others.filter(({ id }) => !settled.has(id));
  return openTransfersByCall(unsettled).get(own.callId) ?? [];
}
