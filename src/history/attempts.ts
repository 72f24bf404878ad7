/** The transfers of the record: the two entries of each put together. */
import { isOpen } from '../transfer/outcome.ts';
import type { Entry, OutcomeEntry, SentEntry } from './entry.ts';

/** One transfer that was tried, in the field names of the JSON output. These names stay. */
export interface RecordedAttempt
  extends Omit<SentEntry, 'type' | 'time'>,
    Omit<OutcomeEntry, 'type' | 'time' | 'id' | 'outcome'> {
  /** ISO 8601, UTC. */
  startedAt: string;
  /** null when no outcome was recorded. */
  endedAt: string | null;
  /** null when it was sent, and its outcome never recorded. */
  outcome: OutcomeEntry['outcome'] | null;
  /** It may still come about: nobody knows how it ended. */
  open: boolean;
}

/**
 * Joins entries, whatever their order, into transfers in the order in which they were sent. An
 * outcome whose beginning is gone is left out; once it is known how one ended, that stands.
 */
export function recordAttempts(entries: Iterable<Entry>): RecordedAttempt[] {
  const sent = new Map<string, SentEntry>();
  const outcomes = new Map<string, OutcomeEntry>();
  for (const entry of entries) {
    if (entry.type === 'sent') {
      if (!sent.has(entry.id)) sent.set(entry.id, entry);
    } else if (isOpen(outcomes.get(entry.id)?.outcome ?? 'unknown')) {
      outcomes.set(entry.id, entry);
    }
  }
  return [...sent.values()].map((entry) => join(entry, outcomes.get(entry.id) ?? null));
}

function join(
  { type: _, time: startedAt, id, ...about }: SentEntry,
  ended: OutcomeEntry | null,
): RecordedAttempt {
  const outcome = ended?.outcome ?? null;
  return {
    id,
    startedAt,
    endedAt: ended?.time ?? null,
    ...about,
    outcome,
    callerIs: ended?.callerIs ?? null,
    leg: ended?.leg ?? null,
    stage: ended?.stage ?? null,
    sip: ended?.sip ?? null,
    evidence: ended?.evidence ?? null,
    interrupted: ended?.interrupted ?? false,
    durationMs: ended?.durationMs ?? null,
    exitCode: ended?.exitCode ?? null,
    message: ended?.message ?? '',
    open: outcome === null || isOpen(outcome),
  };
}
