/** Results of smoke tests, as a run would bring them, and as a stranger would like them. */
import fc from 'fast-check';
import type { SmokeResult, SmokeVerdict } from '../../../src/smoke/result.ts';
import type { TransferResult } from '../../../src/transfer/result.ts';
import { anyText } from '../../support/any-text.ts';

/** The reports look at no more of a transfer than this. */
export function transferOf(
  outcome: TransferResult['outcome'],
  durationMs = 3200,
): SmokeResult['transfer'] {
  return { outcome, durationMs } as TransferResult;
}

/** A good test of an inbound trunk, save for what a test says of it. */
export function smokeResult(changes: Partial<SmokeResult> = {}): SmokeResult {
  return {
    test: { trunk: 'Twilio out', name: 'loop +15105550001 to mobile' },
    trunk: { id: 'ST_twilio', name: 'Twilio', host: 'demo.pstn.twilio.com', provider: 'twilio' },
    method: 'loop',
    transferMethod: 'refer',
    direction: 'inbound',
    verdict: 'supported',
    refer: { accepted: true, code: null, reason: null },
    notify: null,
    bridge: null,
    dial: { ok: true, durationMs: 2310 },
    answered: true,
    proof: 'livekit',
    use: 'cold',
    message: 'The trunk takes a REFER, and the target answered.',
    hint: null,
    durationMs: 9876,
    transfer: transferOf('completed'),
    agentIdentity: null,
    leftBehind: [],
    ticket: ['sip.callIDFull: abc@10.0.0.1', 'Refer-To: <tel:+15105550100>'],
    startedAt: '2026-08-01T12:00:00.500Z',
    exitCode: 0,
    ...changes,
  };
}

export const REFUSED = smokeResult({
  test: { trunk: 'Telnyx', name: 'dial +15105550177 to mobile' },
  trunk: { id: 'ST_telnyx', name: 'Telnyx', host: 'sip.telnyx.com', provider: 'telnyx' },
  method: 'outbound',
  direction: 'outbound',
  verdict: 'refused',
  refer: { accepted: false, code: 603, reason: 'Decline' },
  answered: null,
  proof: null,
  use: 'warm',
  message: 'The trunk answered the REFER with 603 Decline.',
  hint: 'Ask Telnyx to enable it.',
  transfer: transferOf('refused', 400),
  exitCode: 1,
});

export const BUSY = smokeResult({
  test: { trunk: 'Plivo', name: 'loop +15105550002 to mobile' },
  trunk: { id: 'ST_plivo', name: 'Plivo', host: 'demo.zt.plivo.com', provider: 'plivo' },
  notify: { code: 486, reason: 'Busy Here' },
  answered: false,
  message: 'The trunk takes a REFER. Its call to the target failed: 486 Busy Here.',
  transfer: transferOf('target-failed', 1500),
});

export const CALL_FAILED = smokeResult({
  test: { trunk: 'ST_old', name: 'loop +15105550003 to mobile' },
  trunk: { id: 'ST_old', name: null, host: null, provider: null },
  direction: null,
  verdict: 'call-failed',
  refer: null,
  dial: { ok: false, durationMs: 30_000 },
  answered: null,
  proof: null,
  use: null,
  message: 'The test call was not answered.',
  transfer: null,
  ticket: [],
  exitCode: 1,
});

/** LiveKit says success, and the leg was gone at once. */
export const UNPROVEN = smokeResult({
  verdict: 'inconclusive',
  refer: null,
  answered: null,
  proof: null,
  use: null,
  message: 'LiveKit reports success, and the call was gone at once.',
  transfer: transferOf('ended'),
  exitCode: 7,
});

const VERDICTS: SmokeVerdict[] = [
  'supported',
  'unsupported',
  'refused',
  'needs-configuration',
  'inconclusive',
  'call-failed',
];

/** What could break out of a line, a quotation or an element, between any characters at all. */
export const hostileText = fc
  .array(
    fc.oneof(
      anyText({ maxLength: 8 }),
      fc.constantFrom(
        '|',
        "'",
        '"',
        '=',
        '\\',
        '\n',
        '\r\n',
        '\0',
        '\u001b[31m',
        '\ud83d',
        '\ufffe',
      ),
      fc.constantFrom('&', '<', ']]>', '<!--', '&#1;', '{', '}', ' #', ' | x=1s', '\\n', '\u202e'),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const duration = fc.nat({ max: 200_000 });

/** Every text in it is anybody's. */
export const hostileResult: fc.Arbitrary<SmokeResult> = fc
  .record<Partial<SmokeResult>>({
    test: fc.record({ trunk: hostileText, name: hostileText }),
    trunk: fc.record({
      id: orNull(hostileText),
      name: orNull(hostileText),
      host: orNull(hostileText),
      provider: fc.constantFrom('twilio', 'telnyx', null),
    }),
    method: fc.constantFrom('outbound', 'loop', 'live'),
    transferMethod: fc.constantFrom('refer', 'bridge'),
    direction: fc.constantFrom('inbound', 'outbound', null),
    verdict: fc.constantFrom(...VERDICTS),
    refer: orNull(
      fc.record({
        accepted: fc.boolean(),
        code: orNull(fc.integer({ min: 200, max: 699 })),
        reason: orNull(hostileText),
      }),
    ),
    notify: orNull(fc.record({ code: fc.integer({ min: 100, max: 699 }), reason: hostileText })),
    bridge: orNull(
      fc.record({
        invite: orNull(
          fc.record({ code: fc.integer({ min: 300, max: 699 }), reason: hostileText }),
        ),
        audio: fc.constantFrom('published', 'muted', 'none', null),
        packets: fc.constant(null),
        seenMs: orNull(duration),
        gone: orNull(fc.boolean()),
      }),
    ),
    dial: orNull(fc.record({ ok: fc.boolean(), durationMs: duration })),
    answered: orNull(fc.boolean()),
    message: hostileText,
    hint: orNull(hostileText),
    durationMs: duration,
    transfer: orNull(duration.map((ms) => transferOf('completed', ms) as TransferResult)),
    agentIdentity: orNull(hostileText),
    leftBehind: fc.array(hostileText, { maxLength: 2 }),
    ticket: fc.array(hostileText, { maxLength: 3 }),
  })
  .chain((changes) =>
    fc
      .option(fc.constantFrom(...VERDICTS))
      .map((expected) => smokeResult(expected === null ? changes : { ...changes, expected })),
  );

export const hostileResults = fc.array(hostileResult, { maxLength: 5 });
