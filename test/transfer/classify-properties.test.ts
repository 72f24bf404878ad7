/** What must hold for any answer at all, however broken. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import type { Classification } from '../../src/transfer/outcome.ts';
import { anyText } from '../support/any-text.ts';
import { answer, sipFailure } from './answers.ts';

// `assert` holds here what `expect` would take longer for than the program for its work.

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'sip status: 486: Busy Here',
    'call transfer failed: sip status: 603: Decline',
    'sip transfer failed: STR_REJECTED: sip status: 486: Busy Here',
    'call transfer failed: sip status: 202: Accepted',
    'sip status 491: 491',
    'sip status: 486 (BUSY_HERE)',
    'REFER subscription terminated without a final status',
    'participant does not exist',
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
            sip_transfer_reason: names,
            sip_transfer_id: texts,
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
  anyText(),
  fc.constantFrom('', 'null', '<html>502</html>', '{}'),
);
const statuses = fc.oneof(
  fc.constantFrom(200, 400, 401, 403, 404, 408, 409, 412, 413, 429, 451, 500, 501, 502, 503, 504),
  fc.integer({ min: 0, max: 999 }),
);
const twirpCodes = fc.constantFrom(
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'permission_denied',
  'unauthenticated',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'internal',
  'unavailable',
);
const failureCodes = fc.integer({ min: 300, max: 699 });
/** With these an API turns a request away before it acts on it. */
const TURNED_AWAY = [
  ...[301, 307, 308, 401, 403, 404, 405, 407, 410, 411, 413, 414, 415, 421, 425, 426, 428, 429],
  ...[431, 451, 501, 505, 511],
];
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
function always(check: (verdict: Classification, outcome: HttpOutcome) => void): void {
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: answers }, failures), (outcome) => {
      check(classifyAnswer(outcome), outcome);
    }),
    { numRuns: 3000 },
  );
}

const EXIT_CODES: Record<Classification['outcome'], readonly number[]> = {
  completed: [0],
  bridged: [0],
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
        assert.equal(answer.kind === 'answer' && answer.httpStatus, 200);
      }
    });
  });

  it('a failure of the trunk or the target needs a SIP code that is one', () => {
    always(({ outcome, sip, stage }) => {
      if (outcome !== 'refused' && outcome !== 'target-failed') return;
      assert.ok(sip !== null && sip.code >= 300 && sip.code < 700, `${sip?.code}`);
      // A refusal without a stage: LiveKit says that it failed, and not where.
      const stages = outcome === 'refused' ? ['refer', null] : ['notify'];
      assert.ok(stages.includes(stage), `${stage}`);
    });
  });

  it('success and a SIP failure exclude each other', () => {
    always(({ outcome, sip }) => {
      const failed = sip !== null && sip.code >= 300 && sip.code <= 699;
      if (outcome === 'completed' || outcome === 'accepted') assert.equal(failed, false);
      if (outcome === 'not-sent') assert.equal(sip, null);
    });
  });

  it('every definite outcome has its grounds in the answer', () => {
    always(({ outcome, sip, livekit }, outcomeOfPost) => {
      const body = outcomeOfPost.kind === 'answer' ? outcomeOfPost.body : '';
      const status = livekit.httpStatus ?? 0;
      switch (outcome) {
        case 'completed':
          assert.match(body, /STR_COMPLETED|STS_TRANSFER_SUCCESSFUL|STS_TRANSFER_COMPLETED/);
          break;
        case 'ended':
          // A reason may stand there as its number.
          assert.match(
            body,
            /STR_CALL_ENDED|call ended before transfer completed|"sip_transfer_reason":"\s*0*2\s*"/,
          );
          break;
        case 'not-sent':
          if (outcomeOfPost.kind === 'failure') assert.equal(outcomeOfPost.mayHaveBeenSent, false);
          else if (!TURNED_AWAY.includes(status)) {
            assert.match(body, /no response from|permissions denied|participant does not exist/);
          }
          assert.doesNotMatch(body, /sip[_ ]status|call transfer failed:/);
          break;
        case 'refused':
        case 'target-failed':
          assert.ok(body.includes(`${sip?.code}`) || body.includes('BUSY_HERE'), body);
          break;
      }
    });
  });

  it('the exit code is one of its outcome’s', () => {
    always(({ outcome, exitCode }) =>
      assert.ok(EXIT_CODES[outcome].includes(exitCode), `${exitCode}`),
    );
  });

  it('no answer after sending is always unknown, none before it is always not-sent', () => {
    always(({ outcome, stage }, answer) => {
      if (answer.kind !== 'failure') return;
      assert.equal(stage, 'transport');
      assert.equal(outcome, answer.mayHaveBeenSent ? 'unknown' : 'not-sent');
    });
  });

  it('LiveKit’s HTTP status is told as it was', () => {
    always(({ livekit }, answer) =>
      assert.equal(livekit.httpStatus, answer.kind === 'answer' ? answer.httpStatus : null),
    );
  });
});

const STATUSES = Array.from({ length: 500 }, (_, index) => 100 + index);
/** What anybody but LiveKit may write: none of the words that LiveKit's own answers are known by. */
const foreignTexts = fc
  .oneof(
    anyText(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string().map((text) => `<!DOCTYPE html><html><body>${text}</body></html>`),
    fc.record({ status: fc.nat(), error: fc.string() }).map((value) => JSON.stringify(value)),
    fc.record({ code: fc.nat(), message: texts }).map((value) => JSON.stringify(value)),
  )
  .filter((text) => !/ST[SR]_|transfer_id|transferId|sip_?[sS]tatus|"code":"/.test(text))
  .filter((text) => text !== '{}');

describe('an answer without a verdict', () => {
  it('is unknown, but for the few statuses that turn a request away', () => {
    const status = fc.constantFrom(...STATUSES.filter((each) => !TURNED_AWAY.includes(each)));
    fc.assert(
      fc.property(status, foreignTexts, (httpStatus, body) => {
        const { outcome, sip, exitCode } = classifyAnswer(answer(httpStatus, body));
        assert.deepEqual([outcome, sip, exitCode], ['unknown', null, 7]);
      }),
      { numRuns: 3000 },
    );
  });

  it('is never more than unknown or not-sent, whatever its status', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATUSES), foreignTexts, (httpStatus, body) => {
        const { outcome } = classifyAnswer(answer(httpStatus, body));
        assert.ok(['unknown', 'not-sent'].includes(outcome), outcome);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a Twirp error that says nothing, under any code', () => {
    const status = fc.constantFrom(...STATUSES.filter((each) => !TURNED_AWAY.includes(each)));
    const message = fc.string().filter((text) => !/sip status|call transfer failed/i.test(text));
    fc.assert(
      fc.property(status, twirpCodes, message, (httpStatus, code, msg) => {
        assert.equal(classifyAnswer(answer(httpStatus, { code, msg })).outcome, 'unknown');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a failure of SIP', () => {
  const failures = fc.record({
    code: failureCodes,
    reason: fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
    notify: fc.boolean(),
  });

  it('is the same under every HTTP status, Twirp code and content type', () => {
    const dress = fc.tuple(
      fc.integer({ min: 100, max: 599 }),
      twirpCodes,
      fc.constantFrom('application/json', 'text/html', 'text/plain', ''),
    );
    fc.assert(
      fc.property(failures, dress, (sip, [httpStatus, twirpCode, contentType]) => {
        const told = { ...sipFailure(httpStatus, twirpCode, sip), contentType };
        const { outcome, stage, sip: status, exitCode } = classifyAnswer(told);
        assert.deepEqual(
          [outcome, stage, status?.code, exitCode],
          [...(sip.notify ? ['target-failed', 'notify'] : ['refused', 'refer']), sip.code, 1],
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('that breaks off is unknown, wherever it does', () => {
    const cut = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const httpStatus = fc.constantFrom(400, 401, 403, 404, 408, 409, 412, 429, 500, 503);
    fc.assert(
      fc.property(failures, httpStatus, cut, (sip, status, part) => {
        const { body } = sipFailure(status, 'unknown', sip);
        // Of nothing at all nobody can tell whose it is.
        const head = body.slice(0, 1 + Math.floor(part * (body.length - 1)));
        assert.equal(classifyAnswer(answer(status, head)).outcome, 'unknown');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what LiveKit says', () => {
  it('is read the same behind any number of relays, blanks and marks', () => {
    const message = texts.filter((text) => !text.startsWith('twirp error unknown: '));
    fc.assert(
      fc.property(statuses, twirpCodes, message, fc.nat(5), (status, code, msg, relays) => {
        const plain = classifyAnswer(answer(status, { code, msg }));
        const relayed = 'twirp error unknown: '.repeat(relays) + msg;
        const body = `\ufeff \r\n${JSON.stringify({ code, msg: relayed })}\n`;
        assert.deepEqual(classifyAnswer(answer(status, body, 'text/html')), plain);
      }),
      { numRuns: 1000 },
    );
  });

  it('is kept with every key of its meta, known or not', () => {
    const meta = fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 20 });
    fc.assert(
      fc.property(statuses, meta, (status, kept) => {
        const { livekit } = classifyAnswer(answer(status, { code: 'x', msg: 'y', meta: kept }));
        assert.equal(JSON.stringify(livekit.meta), JSON.stringify(kept));
      }),
      { numRuns: 1000 },
    );
  });
});
