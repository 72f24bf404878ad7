/** Answers that are not what they seem: cut off, mislabelled, made by somebody in between. */
import { describe, expect, it } from 'vitest';
import { classifyAnswer } from '../../src/transfer/classify.ts';
import { answer, errorDetails, sipFailure, transferErrorDetail, twirp } from './answers.ts';
import { judge } from './judge.ts';

const PAGE = '<html><head><title>Sorry</title></head><body>Sorry</body></html>';
const BUSY = sipFailure(429, 'resource_exhausted', {
  code: 486,
  reason: 'Busy Here',
  notify: true,
}).body;
const DECLINED = sipFailure(403, 'permission_denied', { code: 603, reason: 'Decline' }).body;

describe('a content type', () => {
  const bodies: [string, number, string, string][] = [
    ['a page', 200, PAGE, 'unknown transport 7'],
    ['a page', 500, PAGE, 'unknown api 7'],
    ['a page', 502, PAGE, 'unknown api 7'],
    ['a busy target', 429, BUSY, 'target-failed notify 1'],
    ['a refusal', 403, DECLINED, 'refused refer 1'],
    ['an older success', 200, '{}', 'accepted - 0'],
    ['a success', 200, '{"transfer_id":"", "status":"STS_TRANSFER_ONGOING"}', 'accepted - 0'],
    ['an unknown key', 401, 'invalid API key', 'not-sent api 4'],
  ];
  const types = ['application/json', 'text/html; charset=utf-8', 'text/plain', 'image/png', ''];

  it.each(bodies)('changes nothing about %s under %i', (_, status, body, expected) => {
    expect(types.map((type) => judge(answer(status, body, type)))).toEqual(
      types.map(() => expected),
    );
  });
});

describe('a body that reached us broken', () => {
  it.each([
    [429, BUSY],
    [403, DECLINED],
    [404, sipFailure(404, 'not_found', { code: 404, reason: 'Not Found', notify: true }).body],
    [401, sipFailure(401, 'unauthenticated', { code: 407, reason: 'Proxy Auth' }).body],
    [400, sipFailure(400, 'invalid_argument', { code: 405, reason: 'Not Allowed' }).body],
  ])('under %i is unknown wherever it is cut', (status, body) => {
    for (let length = 1; length < body.length; length += 1) {
      const { outcome, sip } = classifyAnswer(answer(status, body.slice(0, length)));
      expect([length, outcome, sip]).toEqual([length, 'unknown', null]);
    }
  });

  it.each([200, 401, 403, 404, 429])('under %i may be compressed, and is unknown', (status) => {
    const compressed = Buffer.from('1f8b08000000000002ffab564acf4f49ce', 'hex').toString('utf8');
    expect(classifyAnswer(answer(status, compressed)).outcome).toBe('unknown');
  });

  it.each(['\ufeff', ' ', '\r\n\t'])('may have %j in front', (mark) => {
    expect(judge(answer(429, mark + BUSY))).toBe('target-failed notify 1');
    expect(judge(answer(200, `${mark}{}`))).toBe('accepted - 0');
    expect(judge(answer(200, `${mark}{"reason":"STR_COMPLETED"}`))).toBe('completed - 0');
  });

  it.each<[string, string]>([
    ['a list nested deeply', '['.repeat(500_000)],
    ['an object nested deeply', '{"a":'.repeat(200_000)],
    ['a text of megabytes', `"${'x'.repeat(4_000_000)}"`],
    ['a page of megabytes', `<html>${'x'.repeat(4_000_000)}`],
    ['a message of megabytes', JSON.stringify({ code: 'x', msg: 'y'.repeat(4_000_000) })],
    [
      'a prefix without end',
      JSON.stringify({ code: 'x', msg: 'twirp error unknown: '.repeat(9999) }),
    ],
    ['a meta of very many keys', JSON.stringify({ code: 'x', msg: 'y', meta: manyKeys(20_000) })],
    ['a hostile key', '{"code":"x","msg":"y","meta":{"__proto__":"z","constructor":"z"}}'],
    ['a lone surrogate', '{"code":"\\ud800","msg":"\\ud800"}'],
  ])('can be %s', (_, body) => {
    for (const status of [200, 400, 429, 500, 503]) {
      const { outcome, livekit } = classifyAnswer(answer(status, body));
      expect(['unknown', 'not-sent']).toContain(outcome);
      expect(livekit.message.length).toBeLessThanOrEqual(1000);
    }
    expect(classifyAnswer(answer(200, body)).outcome).toBe('unknown');
  });

  it('can be a failure behind a very long text', () => {
    const meta = { sip_status_code: '486', sip_status: 'Busy Here' };
    const message = `call transfer failed: ${'x'.repeat(100_000)}`;
    expect(judge(twirp(429, 'x', message, meta))).toBe('target-failed notify 1');
  });
});

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}

describe('JSON of somebody else', () => {
  it.each<[string, unknown]>([
    ['a status of its own', { status: 'ok' }],
    ['a status that sounds like ours', { status: 'JOB_COMPLETED', reason: 'TASK_COMPLETED' }],
    ['a status as a number', { status: 2, message: 'done' }],
    ['an HTTP status', { status: 502, error: 'Bad Gateway' }],
    ['a reason of its own', { reason: 'maintenance' }],
    ['an error', { error: { message: 'login required' } }],
    ['a gateway’s error', { code: 14, message: 'upstream connect error', details: [] }],
    ['a Twirp error with nothing in it', { code: 'unavailable' }],
    ['keys that nobody knows', { novelty: true }],
    ['a list of answers', [{ status: 'STS_TRANSFER_SUCCESSFUL' }]],
    ['a text', 'STR_COMPLETED'],
    ['a number', 200],
  ])('in a 200 proves nothing: %s', (_, body) => {
    expect(classifyAnswer(answer(200, JSON.stringify(body)))).toMatchObject({
      outcome: 'unknown',
      exitCode: 7,
      sip: null,
    });
  });

  it('in a 200 may still be LiveKit’s own error, whose status a proxy has changed', () => {
    expect(judge({ ...answer(200, BUSY) })).toBe('target-failed notify 1');
    expect(judge(twirp(200, 'not_found', 'participant does not exist'))).toBe('not-sent api 5');
    expect(judge(twirp(200, 'unavailable', 'something new'))).toBe('unknown api 7');
  });

  it.each<[number, unknown, string]>([
    [503, { message: 'upstream connect error', status: 503 }, 'unknown api 7'],
    [504, { message: 'Endpoint request timed out' }, 'unknown api 7'],
    [502, { error: 'bad gateway' }, 'unknown api 7'],
    [
      500,
      { code: 2, message: 'call transfer failed: sip status: 486: Busy Here' },
      'unknown api 7',
    ],
    [408, { message: 'Request Timeout' }, 'unknown api 7'],
    [400, { code: 3, message: 'sip status: 405: Method Not Allowed' }, 'unknown api 7'],
    [409, { error: 'conflict' }, 'unknown api 7'],
    // A proxy turns a request away before it passes it on.
    [401, { message: 'Unauthorized' }, 'not-sent api 2'],
    [403, { message: 'Forbidden' }, 'not-sent api 2'],
    [404, { code: 5, message: 'no such route', details: [] }, 'not-sent api 2'],
    [413, { message: 'Request Too Long' }, 'not-sent api 1'],
    [429, { message: 'Too Many Requests' }, 'not-sent api 1'],
    // But not with SIP's words in its mouth.
    [403, { code: 7, message: 'sip status: 603: Decline' }, 'unknown api 7'],
    [404, { code: 5, message: 'call transfer failed: sip status: 404' }, 'unknown api 7'],
    [429, { code: 8, message: 'x', details: [{ sip_status_code: 486 }] }, 'unknown api 7'],
    [429, { error: { meta: { sip_status: 'Busy Here' } } }, 'unknown api 7'],
  ])('under %i: %j is %s', (status, body, expected) => {
    expect(judge(answer(status, body))).toBe(expected);
  });
});

describe('a page of somebody else', () => {
  it.each([400, 402, 406, 408, 409, 412, 416, 417, 418, 422, 423, 424, 430, 444, 499])(
    'under %i is unknown',
    (status) => {
      expect(judge(answer(status, PAGE, 'text/html'))).toBe('unknown api 7');
    },
  );

  it.each([0, 100, 201, 202, 203, 204, 206, 299, 300, 302, 303, 304, 305, 306, 399])(
    'under %i is unknown',
    (status) => {
      expect(judge(answer(status, PAGE, 'text/html'))).toBe('unknown api 7');
    },
  );

  it.each([500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 530, 599])(
    'under %i is unknown',
    (status) => {
      expect(judge(answer(status, PAGE, 'text/html'))).toBe('unknown api 7');
    },
  );

  it.each([
    [301, 'not-sent api 2'],
    [307, 'not-sent api 2'],
    [308, 'not-sent api 2'],
    [401, 'not-sent api 2'],
    [403, 'not-sent api 2'],
    [404, 'not-sent api 2'],
    [405, 'not-sent api 2'],
    [407, 'not-sent api 2'],
    [410, 'not-sent api 2'],
    [411, 'not-sent api 2'],
    [414, 'not-sent api 2'],
    [421, 'not-sent api 2'],
    [425, 'not-sent api 2'],
    [426, 'not-sent api 2'],
    [428, 'not-sent api 2'],
    [431, 'not-sent api 2'],
    [501, 'not-sent api 2'],
    [505, 'not-sent api 2'],
    [511, 'not-sent api 2'],
    [413, 'not-sent api 1'],
    [415, 'not-sent api 1'],
    [429, 'not-sent api 1'],
    [451, 'not-sent api 2'],
  ])('under %i is %s: whoever wrote it passed nothing on', (status, expected) => {
    expect(judge(answer(status, PAGE, 'text/html'))).toBe(expected);
  });
});

describe('a status that means that nothing was carried out', () => {
  const STATUSES = [301, 307, 308, 405, 407, 411, 421, 426, 431, 511];

  it.each(STATUSES)(
    'proves nothing beside a trace of SIP, or half of LiveKit’s words: %i',
    (status) => {
      expect(judge(answer(status, BUSY))).toBe('target-failed notify 1');
      expect(judge(answer(status, BUSY.slice(0, 20)))).toBe('unknown api 7');
      expect(judge(answer(status, '<p>sip status: 486'))).toBe('unknown api 7');
    },
  );

  it.each(STATUSES)('is not believed in an error of LiveKit’s own shape: %i', (status) => {
    expect(judge(twirp(status, 'unknown', 'something new'))).toBe('unknown api 7');
  });

  it('carries where a redirect leads', () => {
    const redirectsTo = 'https://portal.example.net/';
    expect(classifyAnswer({ ...answer(307, PAGE), redirectsTo })).toMatchObject({
      cause: 'redirected',
      livekit: { redirectsTo },
    });
    expect(classifyAnswer(answer(407, PAGE))).toMatchObject({
      cause: 'intercepted',
      livekit: { redirectsTo: null },
    });
  });
});

describe('a listed message', () => {
  it.each([
    ['in a longer word', 404, 'unknown callback'],
    ['in a longer sentence', 503, 'the cache had no response from servers'],
    ['about something else', 412, "we can't transfer non established calls"],
  ])('%s is not taken for it', (_, status, message) => {
    const { cause } = classifyAnswer(twirp(status, 'x', message));
    expect(['unlisted', 'wrong-url']).toContain(cause);
  });

  it.each([
    'rpc failed: no response from servers',
    'no response from servers: redis is gone',
    'no response from servers',
  ])('is known in “%s”', (message) => {
    expect(judge(twirp(503, 'unavailable', message))).toBe('not-sent api 1');
  });

  it('that says less goes before one that says more', () => {
    const message = 'request timed out: no response from servers';
    expect(judge(twirp(503, 'unavailable', message))).toBe('unknown notify 7');
  });

  it.each([
    ['call transfer failed: no response from servers', {}],
    ['no response from servers', { sip_status_code: 'soon' }],
    ['participant does not exist', { sip_status: 'SIP_STATUS_UNKNOWN' }],
  ])('that nothing was sent is not believed beside a trace of SIP: %s %j', (message, meta) => {
    expect(judge(twirp(503, 'unavailable', message, meta))).toBe('unknown api 7');
  });

  it('that nothing was sent is believed beside a transfer id', () => {
    const meta = { error_details: errorDetails(transferErrorDetail('STR_UNSPECIFIED')) };
    expect(judge(twirp(503, 'unavailable', 'no response from servers', meta))).toBe(
      'not-sent api 1',
    );
  });
});

describe('an HTTP or Twirp code alone', () => {
  const twirpCodes = [
    'canceled',
    'unknown',
    'invalid_argument',
    'malformed',
    'deadline_exceeded',
    'not_found',
    'bad_route',
    'already_exists',
    'permission_denied',
    'unauthenticated',
    'resource_exhausted',
    'failed_precondition',
    'aborted',
    'out_of_range',
    'unimplemented',
    'internal',
    'unavailable',
    'dataloss',
    'busy_here',
    '486',
  ];
  it.each(twirpCodes)('%s never passes for a cause in SIP', (code) => {
    // Thousands of answers: those that are wrong are gathered, which takes less than to expect each.
    const judged = Array.from({ length: 210 }, (_, index) => {
      const status = 400 + index;
      const { outcome, sip } = classifyAnswer(twirp(status, code, 'Busy Here'));
      return { status, outcome, sip };
    });
    const wrong = judged.filter(
      ({ outcome, sip }) => sip !== null || !['unknown', 'not-sent'].includes(outcome),
    );
    expect(wrong).toEqual([]);
  });
});
