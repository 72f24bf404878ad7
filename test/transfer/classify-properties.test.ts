/** What must hold for any answer at all, however broken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer, type Verdict } from '../../src/transfer/classify.ts';

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'sip status: 486: Busy Here',
    'call transfer failed: sip status: 603: Decline',
    'call transfer failed: sip status: 202: Accepted',
    'sip status 491: 491',
    'request timed out',
    'no response from servers',
    'call ended before transfer completed',
    'permissions denied',
    'transfer completed',
    'OK',
  ),
);
const names = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'STS_TRANSFER_ONGOING',
    'STS_TRANSFER_FAILED',
    'STS_TRANSFER_SUCCESSFUL',
    'STR_COMPLETED',
    'STR_CALL_ENDED',
    'STR_REJECTED',
    'STR_CANCELED',
  ),
);
const sipStatuses = fc.oneof(
  fc.constant(null),
  fc.record({ code: fc.oneof(fc.integer(), fc.string()), status: fc.string() }),
);
const objects = fc.oneof(
  fc.record({ transfer_id: texts, status: names, reason: names, sip_status: sipStatuses }),
  fc.record(
    {
      code: fc.string(),
      msg: texts,
      meta: fc.oneof(
        fc.dictionary(fc.string(), texts),
        fc.record(
          {
            sip_status_code: fc.oneof(fc.integer({ min: 0, max: 999 }).map(String), fc.string()),
            sip_status: fc.string(),
            error_details: fc.oneof(fc.base64String(), fc.string()),
          },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);
const bodies = fc.oneof(
  objects.map((value) => JSON.stringify(value)),
  fc
    .tuple(objects, fc.nat(60))
    .map(([value, length]) => (JSON.stringify(value) ?? '').slice(0, length)),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '<html>502</html>', '{}'),
);
const statuses = fc.oneof(
  fc.constantFrom(200, 400, 401, 403, 404, 408, 409, 412, 413, 429, 451, 500, 501, 502, 503, 504),
  fc.integer({ min: 0, max: 999 }),
);
const answers: fc.Arbitrary<HttpOutcome> = fc.record({
  kind: fc.constant('answer' as const),
  httpStatus: statuses,
  contentType: fc.constantFrom('application/json', 'text/html', ''),
  body: bodies,
});
const failures: fc.Arbitrary<HttpOutcome> = fc.record({
  kind: fc.constant('failure' as const),
  code: fc.oneof(fc.string(), fc.constantFrom('ECONNREFUSED', 'ECONNRESET', 'TIMEOUT')),
  message: texts,
  mayHaveBeenSent: fc.boolean(),
});

/** Checks a statement for very many answers and failures. */
function always(check: (verdict: Verdict, outcome: HttpOutcome) => void): void {
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: answers }, failures), (outcome) => {
      check(classifyAnswer(outcome), outcome);
    }),
    { numRuns: 3000 },
  );
}

const EXIT_CODES: Record<Verdict['outcome'], readonly number[]> = {
  completed: [0],
  accepted: [0],
  ended: [7],
  unconfirmed: [7],
  refused: [1],
  'target-failed': [1],
  'not-sent': [1, 2, 4, 5],
  unknown: [7],
};

describe('for any answer', () => {
  it('success needs a 200', () => {
    always(({ outcome }, answer) => {
      if (outcome === 'completed' || outcome === 'accepted') {
        expect(answer).toMatchObject({ kind: 'answer', httpStatus: 200 });
      }
    });
  });

  it('a failure of the trunk or the target needs a SIP code that is one', () => {
    always(({ outcome, sip, stage }) => {
      if (outcome !== 'refused' && outcome !== 'target-failed') return;
      expect(sip?.code).toBeGreaterThanOrEqual(300);
      expect(sip?.code).toBeLessThan(700);
      expect(stage).toBe(outcome === 'refused' ? 'refer' : 'notify');
    });
  });

  it('success and a SIP failure exclude each other', () => {
    always(({ outcome, sip }) => {
      const failed = sip !== null && sip.code >= 300 && sip.code <= 699;
      if (outcome === 'completed' || outcome === 'accepted') expect(failed).toBe(false);
      if (outcome === 'not-sent') expect(sip).toBeNull();
    });
  });

  it('the exit code is one of its outcome’s', () => {
    always(({ outcome, exitCode }) => expect(EXIT_CODES[outcome]).toContain(exitCode));
  });

  it('no answer after sending is always unknown, none before it is always not-sent', () => {
    always(({ outcome, stage }, answer) => {
      if (answer.kind !== 'failure') return;
      expect(stage).toBe('transport');
      expect(outcome).toBe(answer.mayHaveBeenSent ? 'unknown' : 'not-sent');
    });
  });

  it('LiveKit’s HTTP status is told as it was', () => {
    always(({ livekit }, answer) =>
      expect(livekit.httpStatus).toBe(answer.kind === 'answer' ? answer.httpStatus : null),
    );
  });
});
