/** What is shown while a transfer is waited for: what happened, for how long at most, and the way out. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import { reportProgress } from '../../../src/commands/transfer/report.ts';
import type { HttpOutcome } from '../../../src/livekit/transport.ts';
import { classifyAnswer } from '../../../src/transfer/classify.ts';
import { answer, failure, sipFailure, twirp } from '../../transfer/answers.ts';
import { plan } from '../../transfer/plans.ts';

/** The last column stays free, and the seconds stand behind the label: ` (289 s)`. */
const ROOM = 79 - ' (289 s)'.length;

function watched() {
  const labels: string[] = [];
  const progress = (label: string) => {
    labels.push(label);
    return { update: (next: string) => void labels.push(next), stop: () => {} };
  };
  const context = { output: { progress, close: () => {} } };
  return { labels, report: reportProgress(context as unknown as Context) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the line while LiveKit is waited for', () => {
  it('says for how long at most, and what Ctrl-C does, in 80 columns', () => {
    const { labels, report } = watched();
    report.onSent?.({ ...plan().request, waitMs: 285_000 }, 'refer');
    vi.advanceTimersByTime(33_000);
    report.stop();
    expect(labels).toEqual([
      'REFER sent, waiting up to 4m 45s. Ctrl-C exits; the transfer continues',
      'REFER taken, waiting up to 4m 45s. Ctrl-C exits; the transfer continues',
    ]);
    expect(labels.filter((label) => label.length > ROOM)).toEqual([]);
  });

  it('waits as long as the target that is tried now', () => {
    const { labels, report } = watched();
    for (const waitMs of [90_000, 20_000]) report.onSent?.({ ...plan().request, waitMs }, 'refer');
    report.stop();
    expect(labels[1]).toContain('up to 20s');
  });

  it.each<[string, HttpOutcome, string]>([
    ['our own time-out', failure('TIMEOUT', true), 'No answer from LiveKit came in time'],
    ['a broken connection', failure('ECONNRESET', true), 'The connection to LiveKit broke'],
    ['no connection', failure('ECONNREFUSED', false), 'Nothing was sent'],
    [
      'LiveKit’s time-out',
      twirp(408, 'deadline_exceeded', 'request timed out'),
      'No answer came in time',
    ],
    [
      'an unanswered REFER',
      twirp(408, 'canceled', 'transaction failed to complete (0 intermediate responses)'),
      'The trunk did not answer the REFER',
    ],
    ['a page', answer(502, '<html>'), 'How it ended is not known'],
    ['a success', answer(200, {}), 'LiveKit reports success'],
    [
      'a stated success',
      answer(200, { reason: 'STR_COMPLETED' }),
      'LiveKit says the target answered',
    ],
    ['an early end', answer(200, { reason: 'STR_CALL_ENDED' }), 'LiveKit says the call ended'],
    [
      'a refusal',
      sipFailure(400, 'x', { code: 405, reason: 'No' }),
      'LiveKit says the trunk refused with 405',
    ],
    [
      'a busy target',
      sipFailure(412, 'x', { code: 486, reason: 'Busy', notify: true }),
      'LiveKit says the target failed with 486',
    ],
    [
      'a failure of either',
      twirp(412, 'x', 'sip transfer failed: STR_REJECTED: sip status: 486: Busy'),
      'LiveKit says the transfer failed with 486',
    ],
  ])('says after %s what happened', (_, outcome, expected) => {
    const { labels, report } = watched();
    report.onAnswer?.(classifyAnswer(outcome));
    expect(labels).toEqual([`${expected}, looking where the caller is`]);
    expect(labels[0]?.length).toBeLessThanOrEqual(79 - ' (4 s)'.length);
  });
});
