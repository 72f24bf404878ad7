import { describe, expect, it } from 'vitest';
import { isInDoubt, judgeSmoke } from '../../src/smoke/judge.ts';
import type { AnswerProof, SmokeFinding, SmokeVerdict } from '../../src/smoke/result.ts';
import { wayToUse } from '../../src/smoke/words.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';
import {
  failedSomewhere,
  GONE,
  IGNORED,
  LINGERED,
  LOST,
  notified,
  refused,
  SUCCESS,
  TIMED_OUT,
  transferred,
} from './transfers.ts';

const finding = (transfer: TransferResult, more: Partial<SmokeFinding> = {}): SmokeFinding => ({
  failure: null,
  transfer,
  bridge: null,
  waitMs: 90_000,
  arrival: null,
  operator: null,
  ...more,
});

const judge = (transfer: TransferResult, more: Partial<SmokeFinding> = {}) =>
  judgeSmoke(finding(transfer, more));

const NOTIFY_202 = twirp(500, 'unknown', 'call transfer failed: sip status: 202: Accepted', {
  sip_status_code: '202',
  sip_status: 'Accepted',
});
const REPORTS_END = twirp(
  500,
  'internal',
  'call transfer failed: REFER subscription terminated without a final status (reason "noresource", last status 100)',
);
const knownToHangUpFirst = { ...GONE, attempt: { hangsUpFirst: true } };

describe('every row of the table of verdicts', () => {
  const rows: [
    what: string,
    TransferResult,
    SmokeVerdict,
    answered: boolean | null,
    AnswerProof | null,
  ][] = [
    ['success, the leg lingering', transferred(SUCCESS, LINGERED), 'supported', true, 'livekit'],
    [
      'success, stated by the server',
      transferred(answer(200, { reason: 'STR_COMPLETED' }), GONE),
      'supported',
      true,
      'livekit',
    ],
    [
      'success, gone at once, on a trunk that is known for it',
      transferred(SUCCESS, knownToHangUpFirst),
      'supported',
      true,
      'trunk',
    ],
    ['NOTIFY 486', transferred(notified(486)), 'supported', false, 'livekit'],
    ['NOTIFY 603', transferred(notified(603)), 'supported', false, 'livekit'],
    ['NOTIFY 404', transferred(notified(404)), 'supported', false, 'livekit'],
    ['NOTIFY 202', transferred(NOTIFY_202), 'supported', null, null],
    ['the end of the reports', transferred(REPORTS_END), 'supported', null, null],
    ['request timed out', transferred(TIMED_OUT), 'supported', null, null],
    ['success, the leg gone at once', transferred(SUCCESS, GONE), 'inconclusive', null, null],
    [
      'the call ended, says a newer server',
      transferred(twirp(409, 'aborted', 'call ended before transfer completed'), GONE),
      'inconclusive',
      null,
      null,
    ],
    ['success, the leg staying', transferred(SUCCESS), 'inconclusive', null, null],
    ['no answer to the REFER', transferred(IGNORED), 'inconclusive', null, null],
    ['a broken connection', transferred(failure('ECONNRESET', true)), 'inconclusive', null, null],
    ['a proxy’s page', transferred(answer(502, '<html>')), 'inconclusive', null, null],
    [
      'somebody cancelled it',
      transferred(answer(200, { reason: 'STR_CANCELED' })),
      'inconclusive',
      null,
      null,
    ],
    [
      'LiveKit’s own number',
      transferred(
        twirp(501, 'unimplemented', "we don't yet support transfers for this phone number type"),
      ),
      'unsupported',
      null,
      null,
    ],
    [
      'the participant gone',
      transferred(twirp(404, 'not_found', 'participant does not exist'), GONE),
      'call-failed',
      null,
      null,
    ],
    [
      'the SIP service gone, and the call with it',
      transferred(twirp(503, 'unavailable', 'no response from servers'), GONE),
      'call-failed',
      null,
      null,
    ],
    [
      'the SIP service gone, the call up',
      transferred(twirp(503, 'unavailable', 'no response from servers')),
      'inconclusive',
      null,
      null,
    ],
    [
      'a server that is not LiveKit’s',
      transferred(twirp(404, 'bad_route', 'no handler for path')),
      'inconclusive',
      null,
      null,
    ],
    [
      'another transfer pending',
      transferred(twirp(400, 'invalid_argument', 'call already being transferred elsewhere')),
      'inconclusive',
      null,
      null,
    ],
  ];
  it.each(rows)('%s', (_, transfer, verdict, answered, proof) => {
    expect(judge(transfer)).toMatchObject({ verdict, answered, proof });
  });

  it.each([
    ['unsupported', [405, 406, 415, 420, 421, 489, 501]],
    ['refused', [403, 603]],
    ['needs-configuration', [401, 407, 429]],
    ['call-failed', [481, 487]],
    [
      'inconclusive',
      [400, 402, 404, 408, 410, 414, 416, 480, 484, 486, 488, 491, 500, 502, 503, 600, 604, 606],
    ],
  ] as const)('%s: the REFER answered so', (verdict, codes) => {
    for (const code of codes) {
      const judged = judge(transferred(refused(code, 'Phrase')));
      expect([code, judged.verdict]).toEqual([code, verdict]);
      expect(judged.refer).toEqual({ accepted: false, code, reason: 'Phrase' });
      expect(judged.answered).toBeNull();
    }
  });

  it('a wait that is too short cannot tell a silent trunk from one that ignores the REFER', () => {
    const judged = judge(transferred(TIMED_OUT), { waitMs: 32_000 });
    expect(judged).toMatchObject({ verdict: 'inconclusive', refer: null });
  });

  it('a REFER whose answer was lost says nothing of the trunk', () => {
    const judged = judge(transferred(IGNORED, LOST), { waitMs: 12 });
    expect(judged).toMatchObject({ verdict: 'inconclusive', grounds: 'unclear', refer: null });
    expect(isInDoubt(judged)).toBe(true);
    expect(wayToUse(judged)).toBeNull();
    const late = judge(transferred(IGNORED, { attempt: { durationMs: 32_023 } }), {
      waitMs: 32_023,
    });
    expect(late).toMatchObject({ grounds: 'ignored', refer: { accepted: false } });
  });

  it.each([405, 403, 401, 481, 486])(
    'a %d that may be the target’s says nothing of the trunk',
    (code) => {
      const judged = judge(transferred(failedSomewhere(code)));
      expect(judged).toMatchObject({
        verdict: 'inconclusive',
        refer: null,
        notify: null,
        answered: false,
      });
      expect(wayToUse(judged)).toBeNull();
    },
  );

  it('a test that never came to a REFER is a failed call', () => {
    const failure = { kind: 'leg-dropped' } as const;
    const nothing = {
      ...{ failure, transfer: null, bridge: null, waitMs: 90_000, arrival: null, operator: null },
    };
    expect(judgeSmoke(nothing)).toMatchObject({
      verdict: 'call-failed',
      refer: null,
      notify: null,
      answered: null,
    });
  });
});

describe('what LiveKit did not tell', () => {
  it('is null: the code that took the REFER, and that of a success', () => {
    for (const outcome of [SUCCESS, TIMED_OUT]) {
      const judged = judge(transferred(outcome, outcome === SUCCESS ? LINGERED : {}));
      expect(judged.refer).toEqual({ accepted: true, code: null, reason: null });
      expect(judged.notify).toBeNull();
    }
  });

  it('is told apart from what it did tell', () => {
    expect(judge(transferred(notified(486, 'Busy Here')))).toMatchObject({
      refer: { accepted: true, code: null },
      notify: { code: 486, reason: 'Busy Here' },
    });
    expect(judge(transferred(NOTIFY_202)).notify).toEqual({ code: 202, reason: 'Accepted' });
  });

  it('leaves open whether a call that was gone at once was taken', () => {
    expect(judge(transferred(SUCCESS, GONE)).refer).toBeNull();
  });
});

describe('a proof from elsewhere', () => {
  const doubtful: [string, TransferResult][] = [
    ['gone at once', transferred(SUCCESS, GONE)],
    ['stayed', transferred(SUCCESS)],
    ['ignored', transferred(IGNORED)],
    ['timed out', transferred(TIMED_OUT)],
    ['connection lost', transferred(failure('ECONNRESET', true))],
  ];
  it.each(doubtful)('settles the doubt: %s', (_, transfer) => {
    expect(isInDoubt(judge(transfer))).toBe(true);
    const supported = { verdict: 'supported', refer: { accepted: true } };
    const arrived = { ...supported, proof: 'arrived' };
    expect(judge(transfer, { arrival: 'answered' })).toMatchObject({ ...arrived, answered: true });
    expect(judge(transfer, { arrival: 'ringing' })).toMatchObject({ ...arrived, answered: null });
    expect(judge(transfer, { operator: true })).toMatchObject({
      ...supported,
      proof: 'operator',
      answered: true,
    });
  });

  it('that the target did not answer proves nothing of the trunk', () => {
    const judged = judge(transferred(SUCCESS, GONE), { operator: false });
    expect(judged).toMatchObject({ verdict: 'inconclusive', answered: false, proof: 'operator' });
    const unseen = judge(transferred(SUCCESS, GONE), { arrival: 'none' });
    expect(unseen).toMatchObject({ verdict: 'inconclusive', answered: null });
  });

  it('outdoes what the trunk is known to do', () => {
    const known = transferred(SUCCESS, { ...GONE, attempt: { hangsUpFirst: true } });
    expect(judge(known)).toMatchObject({ verdict: 'supported', proof: 'trunk' });
    expect(judge(known, { arrival: 'answered' })).toMatchObject({ proof: 'arrived' });
    expect(judge(known, { arrival: 'ringing' })).toMatchObject({
      verdict: 'supported',
      refer: { accepted: true },
      answered: null,
      proof: 'arrived',
    });
    expect(judge(known, { arrival: 'none' })).toMatchObject({
      verdict: 'inconclusive',
      refer: null,
      answered: null,
    });
    expect(judge(known, { arrival: 'several' })).toEqual(judge(known));
  });

  it('is none where several calls may be it', () => {
    const judged = judge(transferred(SUCCESS, GONE), { arrival: 'several' });
    expect(judged).toMatchObject({ verdict: 'inconclusive', answered: null, proof: null });
  });

  it.each([
    ['a refusal', transferred(refused(405))],
    ['a target that is busy', transferred(notified(486))],
    ['a success', transferred(SUCCESS, LINGERED)],
  ])('changes nothing about %s', (_, transfer) => {
    const judged = judge(transfer);
    expect(isInDoubt(judged)).toBe(false);
    expect(judge(transfer, { operator: true, arrival: 'answered' })).toEqual(judged);
  });
});
