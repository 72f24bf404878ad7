/**
 * What this process itself has sent. A program that serves many calls outlives each of them, and
 * whoever asks it for transfers (a language model, say) asks twice: the second request must meet
 * the first one here, whether or not a record is kept on disk.
 */
import type { Host } from '../core/host.ts';
import { timeUnderWay } from '../history/attempts.ts';
import type { History } from '../history/record.ts';
import { isOpen, type OpenTransfer } from '../transfer/outcome.ts';
import type { TransferEnding } from '../transfer/result.ts';

/** Of so many calls open transfers are remembered; the oldest are forgotten, long after their end. */
const MOST_CALLS = 10_000;

/** How a transfer is left open, or null when it is over. */
function leftOpen(sent: OpenTransfer, ending: TransferEnding): OpenTransfer | null {
  if (ending.kind === 'not-sent' || ending.kind === 'cancelled') return null;
  if (ending.kind === 'interrupted') return { ...sent, outcome: 'unknown' };
  const { outcome } = ending.result;
  return isOpen(outcome) ? { ...sent, outcome } : null;
}

/** Each may know of more: the disk of other processes, the memory of what could not be written. */
function joined(a: readonly OpenTransfer[], b: readonly OpenTransfer[]): OpenTransfer[] {
  const isKnown = (one: OpenTransfer) =>
    a.some((each) => each.startedAt === one.startedAt && each.referTo === one.referTo);
  return [...a, ...b.filter((one) => !isKnown(one))];
}

export class TransferMemory {
  readonly #open = new Map<string, OpenTransfer[]>();
  readonly #host: Pick<Host, 'pid' | 'now'>;

  constructor(host: Pick<Host, 'pid' | 'now'>) {
    this.#host = host;
  }

  /** A record that knows of this process's own transfers beside those that it keeps. */
  beside({ record, earlierOf }: History): History {
    return {
      earlierOf: async (callId, again) =>
        joined(await earlierOf(callId, again), this.#openOf(callId)),
      record: {
        trace: record.trace,
        begin: async (intended) => {
          const { call, destination, startedAt } = intended;
          const sent: OpenTransfer = {
            startedAt,
            to: destination.department ?? destination.number ?? destination.input,
            referTo: destination.referTo,
            outcome: null,
            underWay: null,
          };
          // Before anything is waited for: of two at the same time, exactly one sees the other.
          const own = this.#openOf(call.callId);
          this.#put(call.callId, [...this.#sentOf(call.callId), sent]);
          const recorded = await record.begin(intended);
          return {
            earlier: joined(recorded.earlier, own),
            refusal: recorded.refusal,
            end: (ending) => {
              const left = leftOpen(sent, ending);
              const others = this.#sentOf(call.callId).filter((each) => each !== sent);
              this.#put(call.callId, left === null ? others : [...others, left]);
              return recorded.end(ending);
            },
          };
        },
      },
    };
  }

  #sentOf(callId: string): readonly OpenTransfer[] {
    return this.#open.get(callId) ?? [];
  }

  /** As they stand now: what has no outcome, this process is still at. */
  #openOf(callId: string): readonly OpenTransfer[] {
    const { pid, now } = this.#host;
    return this.#sentOf(callId).map((sent) => {
      const forMs = sent.outcome === null ? timeUnderWay(sent.startedAt, now()) : null;
      return { ...sent, underWay: forMs === null ? null : { pid, forMs } };
    });
  }

  #put(callId: string, transfers: OpenTransfer[]): void {
    this.#open.delete(callId);
    if (transfers.length > 0) this.#open.set(callId, transfers);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_CALLS && oldest !== undefined) this.#open.delete(oldest);
  }
}

const memories = new Map<string, TransferMemory>();

/** The memory of one LiveKit, which all share that open transfers on it in this process. */
export function memoryOf(server: string, host: Pick<Host, 'pid' | 'now'>): TransferMemory {
  const known = memories.get(server) ?? new TransferMemory(host);
  memories.set(server, known);
  return known;
}
