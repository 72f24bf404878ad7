import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CredentialsError,
  type ErrorCode,
  KnownError,
  NotFoundError,
  UsageError,
} from '../../../src/core/errors.ts';
import { escapeText } from '../../../src/core/text.ts';
import { renderNagios, renderNagiosError } from '../../../src/smoke/reports/nagios.ts';
import type { SmokeResult } from '../../../src/smoke/result.ts';
import { parsePluginOutput } from './plugin-output.ts';
import {
  BUSY,
  CALL_FAILED,
  hostileResults,
  hostileText,
  REFUSED,
  smokeResult,
  transferOf,
  UNPROVEN,
} from './results.ts';

describe('one test as a plugin line', () => {
  it('says what was found, in times that can be drawn, and what to do below', () => {
    expect(renderNagios([smokeResult({ hint: 'Test the other side.' })])).toEqual({
      text: [
        'SIP REFER OK - Twilio out loop +15105550001 to mobile: supported, REFER accepted, target answered | dial=2.310s;;;0 transfer=3.200s;;;0 total=9.876s;;;0',
        'The trunk takes a REFER, and the target answered.',
        'Test the other side.',
        'The trunk that was tested: Twilio (ST_twilio)',
        '',
      ].join('\n'),
      exitCode: 0,
    });
  });

  it.each<[string, SmokeResult, number, string]>([
    [
      'a busy target',
      BUSY,
      1,
      'Plivo loop +15105550002 to mobile: supported, REFER accepted, NOTIFY 486 Busy Here, target not answered',
    ],
    [
      'a trunk that never reports',
      smokeResult({ answered: null, proof: null }),
      1,
      'Twilio out loop +15105550001 to mobile: supported, REFER accepted, target not proven',
    ],
    [
      'a success that nothing proves',
      UNPROVEN,
      1,
      'Twilio out loop +15105550001 to mobile: inconclusive',
    ],
    [
      'a REFER taken, and then doubt',
      smokeResult({ verdict: 'inconclusive', answered: null }),
      1,
      'Twilio out loop +15105550001 to mobile: inconclusive, REFER accepted, target not proven',
    ],
    [
      'an ignored REFER',
      smokeResult({
        verdict: 'inconclusive',
        refer: { accepted: false, code: null, reason: null },
        answered: null,
      }),
      2,
      'Twilio out loop +15105550001 to mobile: inconclusive, REFER not accepted',
    ],
    [
      'no answer of LiveKit’s',
      smokeResult({
        verdict: 'inconclusive',
        refer: null,
        answered: null,
        transfer: transferOf('unknown'),
      }),
      2,
      'Twilio out loop +15105550001 to mobile: inconclusive',
    ],
    ['a refusal', REFUSED, 2, 'Telnyx dial +15105550177 to mobile: refused, REFER 603 Decline'],
    [
      'no REFER at all',
      smokeResult({
        verdict: 'unsupported',
        refer: { accepted: false, code: 405, reason: '' },
        answered: null,
      }),
      2,
      'Twilio out loop +15105550001 to mobile: unsupported, REFER 405',
    ],
    [
      'a set-up that lacks something',
      smokeResult({
        verdict: 'needs-configuration',
        refer: { accepted: false, code: 407, reason: null },
        answered: null,
      }),
      2,
      'Twilio out loop +15105550001 to mobile: needs-configuration, REFER 407',
    ],
    ['a test call that failed', CALL_FAILED, 2, 'ST_old loop +15105550003 to mobile: call-failed'],
    [
      'what was expected',
      { ...REFUSED, expected: 'refused', exitCode: 0 },
      0,
      'Telnyx dial +15105550177 to mobile: refused, REFER 603 Decline, as expected',
    ],
    [
      'what was not expected',
      smokeResult({ expected: 'unsupported' }),
      2,
      'Twilio out loop +15105550001 to mobile: supported, REFER accepted, target answered, expected unsupported',
    ],
    [
      'a busy target where only the trunk counts',
      { ...BUSY, expected: 'supported' },
      0,
      'Plivo loop +15105550002 to mobile: supported, REFER accepted, NOTIFY 486 Busy Here, target not answered, as expected',
    ],
  ])('%s', (_, result, exitCode, text) => {
    const report = renderNagios([result]);
    const parsed = parsePluginOutput(report.text);
    expect(report.exitCode).toBe(exitCode);
    expect(parsed.state).toBe(['OK', 'WARNING', 'CRITICAL'][exitCode]);
    expect(parsed.text).toBe(text);
  });

  it('draws no dial that failed, nobody’s dial, and no transfer that was not', () => {
    expect([...parsePluginOutput(renderNagios([CALL_FAILED]).text).data.keys()]).toEqual(['total']);
    const live = renderNagios([smokeResult({ method: 'live', dial: null })]);
    expect([...parsePluginOutput(live.text).data.keys()]).toEqual(['transfer', 'total']);
  });

  it('names an agent in the test room, and what is left behind', () => {
    const { text } = renderNagios([
      smokeResult({ agentIdentity: 'bot-1', leftBehind: ['room smoke-1'] }),
    ]);
    expect(parsePluginOutput(text).more).toEqual([
      'The trunk takes a REFER, and the target answered.',
      'The trunk that was tested: Twilio (ST_twilio)',
      'An agent came into the test room: bot-1',
      'Left behind in LiveKit: room smoke-1',
    ]);
  });
});

describe('several tests', () => {
  it('have the worst state, a summary, and a line each, the worst first', () => {
    const { text, exitCode } = renderNagios([smokeResult(), BUSY, REFUSED]);
    const { state, text: summary, data, more } = parsePluginOutput(text);
    expect({ state, summary, exitCode }).toEqual({
      state: 'CRITICAL',
      summary: '3 tests: 1 critical, 1 warning, 1 ok',
      exitCode: 2,
    });
    expect(more).toEqual([
      '[CRITICAL] Telnyx dial +15105550177 to mobile: refused, REFER 603 Decline - The trunk answered the REFER with 603 Decline.',
      '[WARNING] Plivo loop +15105550002 to mobile: supported, REFER accepted, NOTIFY 486 Busy Here, target not answered - The trunk takes a REFER. Its call to the target failed: 486 Busy Here.',
      '[OK] Twilio out loop +15105550001 to mobile: supported, REFER accepted, target answered - The trunk takes a REFER, and the target answered.',
    ]);
    expect(data.get('Telnyx dial +15105550177 to mobile transfer')).toEqual({
      value: 0.4,
      unit: 's',
    });
    expect(data.size).toBe(9);
  });

  it('of the same name keep their times apart', () => {
    const named = (trunk: string) => smokeResult({ test: { trunk, name: 'dial 1 to 2' } });
    const { text } = renderNagios(['A', 'A', "it's", 'it=s'].map(named));
    expect(
      [...parsePluginOutput(text).data.keys()].filter((label) => /total$/.test(label)),
    ).toEqual([
      'A dial 1 to 2 total',
      'A dial 1 to 2 #2 total',
      'it\\x27s dial 1 to 2 total',
      'it\\x3ds dial 1 to 2 total',
    ]);
  });

  it('are cut between lines before Nagios cuts them anywhere', () => {
    const { text, exitCode } = renderNagios([...Array(99).fill(smokeResult()), REFUSED]);
    const { more, text: summary } = parsePluginOutput(text);
    expect(exitCode).toBe(2);
    expect(summary).toBe('100 tests: 1 critical, 99 ok');
    expect(more[0]).toMatch(/^\[CRITICAL\] Telnyx/);
    expect(more.at(-1)).toBe('...');
  });

  it('are unknown when there are none', () => {
    expect(renderNagios([])).toEqual({
      text: 'SIP REFER UNKNOWN - no test was made\n',
      exitCode: 3,
    });
  });
});

describe('a run without a result', () => {
  it.each<[string, KnownError, number, string]>([
    [
      'wrong arguments',
      new UsageError('--trunk is missing.', { details: ['one', 'two'], hint: 'Name a trunk.' }),
      3,
      'SIP REFER UNKNOWN - --trunk is missing.\none\ntwo\nName a trunk.\n',
    ],
    [
      'no credentials',
      new CredentialsError('No credentials.'),
      3,
      'SIP REFER UNKNOWN - No credentials.\n',
    ],
    [
      'no call to test with',
      new NotFoundError('no-such-call', 'No call of a|b\nc.'),
      3,
      'SIP REFER UNKNOWN - No call of a\\x7cb\\nc.\n',
    ],
    [
      'a server out of reach',
      new KnownError('unreachable', 'No connection.'),
      2,
      'SIP REFER CRITICAL - No connection.\n',
    ],
  ])('%s', (_, error, exitCode, text) => {
    expect(renderNagiosError(error)).toEqual({ text, exitCode });
  });

  it.each<ErrorCode>(['interrupted', 'internal', 'unwritten-report', 'policy', 'permission'])(
    'for %s is unknown',
    (code) => {
      expect(renderNagiosError(new KnownError(code, 'x')).exitCode).toBe(3);
    },
  );
});

describe('foreign text', () => {
  it('breaks no line and no data, whatever it is', () => {
    fc.assert(
      fc.property(hostileResults, (results) => {
        const { text, exitCode } = renderNagios(results);
        const parsed = parsePluginOutput(text);
        expect(parsed.state).toBe(['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'][exitCode]);
        expect(parsed.data.size).toBe(
          results.reduce(
            (sum, { dial, transfer }) =>
              sum + 1 + Number(dial?.ok ?? 0) + Number(transfer !== null),
            0,
          ),
        );
      }),
    );
  });

  it('is read as it was written, in text and error', () => {
    fc.assert(
      fc.property(hostileText, (foreign) => {
        const visible = escapeText(foreign).replaceAll('|', '\\x7c');
        const [first] = parsePluginOutput(
          renderNagios([smokeResult({ message: foreign, hint: null })]).text,
        ).more;
        expect(first).toBe(visible);
        expect(parsePluginOutput(renderNagiosError(new UsageError(foreign)).text).text).toBe(
          visible,
        );
      }),
    );
  });
});
