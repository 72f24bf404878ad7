/** The record of transfers as the engine writes it. It never stands in the way of a transfer. */
import { randomUUID } from 'node:crypto';
import { isOpen } from '../transfer/outcome.ts';
import type { OpenTransfer, TransferEnding, TransferRecord } from '../transfer/record.ts';
import { appendLine } from './append.ts';
import { cleanerFor, describeOutcome, describeSent } from './describe.ts';
import { writeEntry } from './entry.ts';
import { LIMITS, type Limits } from './limits.ts';
import { readOpenTransfers, readOtherTransfers } from './open-transfers.ts';
import { settlesInTime } from './patience.ts';
import { bound } from './redact.ts';
import { tidy } from './rotate.ts';
import { describeTrouble, TooSlowError } from './trouble.ts';

export interface RecordOptions {
  folder: string;
  /** Phone numbers are recorded with their last two digits only. */
  maskNumbers: boolean;
  /** Entries are kept for about this many days. */
  days: number;
  /** The host of the LiveKit project. */
  livekit: string;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Told once that the record cannot be kept, in a sentence or two. */
  onTrouble(message: string): void;
  limits?: Limits;
}

/** Opens the record, to write to it; nothing is touched before the first transfer. */
export function openRecord(options: RecordOptions): TransferRecord {
  const { folder, days, livekit, now, limits = LIMITS } = options;
  const { attempt, inTime } = keepGoing(options);
  // A disk that is full by now must not make this run's own transfers look open to it.
  const settled = new Set<string>();
  return {
    begin: async (intended) => {
      const id = randomUUID();
      const clean = cleanerFor(intended, options.maskNumbers);
      const sent = describeSent(intended, id, livekit, clean);
      let written = false;
      let earlier: OpenTransfer[] = [];
      await inTime(async () => {
        let stillCurrent = true;
        await attempt(() => tidy(folder, { days, nowMs: now(), limits }));
        await attempt(async () => {
          stillCurrent = await appendLine(folder, writeEntry(sent), { durable: true });
          written = true;
        });
        await attempt(async () => {
          const onlyBefore = stillCurrent;
          earlier = await readOtherTransfers(folder, sent, { onlyBefore, settled });
        });
      });
      const end = async (ending: TransferEnding) => {
        const time = new Date(now()).toISOString();
        const ended = describeOutcome(ending, id, time, clean);
        if (!isOpen(ended.outcome)) settled.add(id);
        const outcome = writeEntry(ended);
        // What could not be written before may be possible now.
        const lines = written ? outcome : writeEntry(sent) + outcome;
        await inTime(() =>
          attempt(async () => {
            await appendLine(folder, lines, { durable: false });
          }),
        );
      };
      return { earlier, end };
    },
  };
}

/** The record of a run that keeps none: it still knows what others have left open. */
export function readOnlyRecord(folder: string): TransferRecord {
  return {
    begin: async ({ call }) => {
      const open = await readOpenTransfers(folder);
      return { earlier: open.get(bound(call.callId)) ?? [], end: async () => {} };
    },
  };
}

/** Ways to work on the record that never throw and never last: the first trouble is told. */
function keepGoing({ folder, onTrouble }: RecordOptions) {
  let told = false;
  const tell = (error: unknown) => {
    if (told) return;
    told = true;
    onTrouble(
      `The record of transfers in ${folder} cannot be kept: ${describeTrouble(error)}. The transfer goes on, and \`lk-transfer history\` may not know of it.`,
    );
  };
  return {
    attempt: (work: () => Promise<void>) => work().catch(tell),
    inTime: async (work: () => Promise<void>) => {
      if (!(await settlesInTime(work()))) tell(new TooSlowError());
    },
  };
}
