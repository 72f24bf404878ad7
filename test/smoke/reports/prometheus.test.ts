import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText } from '../../../src/core/text.ts';
import { renderPrometheus, writeExposition } from '../../../src/smoke/reports/prometheus.ts';
import type { SmokeResult } from '../../../src/smoke/result.ts';
import { parseExposition } from './exposition.ts';
import { BUSY, CALL_FAILED, hostileResults, hostileText, REFUSED, smokeResult } from './results.ts';

const RUN = { failed: false, at: Date.parse('2026-08-01T12:01:00.000Z') };

/** The one value of a metric, or undefined where it is left out. */
function metricOf(name: string, results: readonly SmokeResult[]): number | undefined {
  const samples = parseExposition(renderPrometheus(results, RUN)).get(
    `lk_transfer_smoke_${name}`,
  )?.samples;
  expect(samples?.length ?? 1).toBe(1);
  return samples?.[0]?.value;
}

describe('metrics of a test', () => {
  it('are gauges with help, and no timestamps beside them', () => {
    const text = renderPrometheus([smokeResult()], RUN);
    expect(text.split('\n').slice(0, 3)).toEqual([
      '# HELP lk_transfer_smoke_supported Whether the trunk takes a SIP REFER, or a call to bridge to (transfer_method): 1 for the verdict supported, else 0.',
      '# TYPE lk_transfer_smoke_supported gauge',
      'lk_transfer_smoke_supported{trunk="Twilio out",test="loop +15105550001 to mobile",method="loop",transfer_method="refer"} 1',
    ]);
    const families = [...parseExposition(text).values()];
    expect(families.every(({ type, help }) => type === 'gauge' && help !== '')).toBe(true);
  });

  it.each<[string, SmokeResult, number | undefined]>([
    ['supported', smokeResult(), 1],
    ['supported', REFUSED, 0],
    ['target_answered', smokeResult(), 1],
    ['target_answered', BUSY, 0],
    ['target_answered', REFUSED, undefined],
    ['expectation_met', smokeResult(), undefined],
    ['expectation_met', { ...REFUSED, expected: 'refused', exitCode: 0 }, 1],
    ['expectation_met', { ...REFUSED, expected: 'supported' }, 0],
    ['expectation_met', { ...CALL_FAILED, expected: 'call-failed', exitCode: 4 }, 0],
    ['refer_code', REFUSED, 603],
    ['refer_code', smokeResult(), undefined],
    ['refer_code', CALL_FAILED, undefined],
    ['notify_code', BUSY, 486],
    ['notify_code', smokeResult(), undefined],
    ['dial_duration_seconds', smokeResult(), 2.31],
    ['dial_duration_seconds', CALL_FAILED, undefined],
    ['transfer_duration_seconds', smokeResult(), 3.2],
    ['transfer_duration_seconds', CALL_FAILED, undefined],
    ['duration_seconds', smokeResult(), 9.876],
    ['start_timestamp_seconds', smokeResult(), 1785585600.5],
    ['left_behind', smokeResult({ leftBehind: ['room smoke-1'] }), 1],
    ['left_behind', smokeResult(), 0],
  ])('%s (%#)', (name, result, value) => {
    expect(metricOf(name, [result])).toBe(value);
  });

  it('have a series for every verdict, of which one is 1', () => {
    const verdicts = parseExposition(renderPrometheus([REFUSED], RUN)).get(
      'lk_transfer_smoke_verdict',
    );
    expect(verdicts?.samples.map(({ labels, value }) => [labels.verdict, value])).toEqual([
      ['supported', 0],
      ['unsupported', 0],
      ['refused', 1],
      ['needs-configuration', 0],
      ['inconclusive', 0],
      ['call-failed', 0],
    ]);
  });

  it('leave a label empty where nobody knows what was tested', () => {
    const [sample] =
      parseExposition(renderPrometheus([CALL_FAILED], RUN)).get('lk_transfer_smoke_info')
        ?.samples ?? [];
    expect(sample).toEqual({
      labels: {
        trunk: 'ST_old',
        test: 'loop +15105550003 to mobile',
        transfer_method: 'refer',
        method: 'loop',
        tested_trunk: '',
        tested_trunk_id: 'ST_old',
        direction: '',
        provider: '',
      },
      value: 1,
    });
  });

  it('keep their series whatever is found, so that an alert finds them', () => {
    const seriesOf = (result: SmokeResult) =>
      [...parseExposition(renderPrometheus([result], RUN))]
        .filter(([name]) => /_(supported|failures|verdict)$/.test(name))
        .flatMap(([name, { samples }]) => samples.map(({ labels }) => ({ name, labels })));
    const good = smokeResult();
    // The call never came in: it is told of the trunk that dialled, and has no direction.
    const failed = { ...CALL_FAILED, test: good.test };
    expect(seriesOf(failed)).toEqual(seriesOf(good));
    expect(seriesOf(good).length).toBeGreaterThan(3);
  });
});

describe('metrics of several tests', () => {
  it('have a series for each trunk', () => {
    const supported = parseExposition(renderPrometheus([smokeResult(), REFUSED, BUSY], RUN)).get(
      'lk_transfer_smoke_supported',
    );
    expect(supported?.samples.map(({ labels, value }) => [labels.trunk, value])).toEqual([
      ['Twilio out', 1],
      ['Telnyx', 0],
      ['Plivo', 1],
    ]);
  });

  it('have a series for each test of one trunk', () => {
    const busy = { ...BUSY, test: { ...smokeResult().test, name: 'loop +15105550001 to sales' } };
    const answered = parseExposition(renderPrometheus([smokeResult(), busy], RUN)).get(
      'lk_transfer_smoke_target_answered',
    );
    expect(answered?.samples.map(({ labels, value }) => [labels.test, value])).toEqual([
      ['loop +15105550001 to mobile', 1],
      ['loop +15105550001 to sales', 0],
    ]);
  });

  it('of one test show the last, and count the ones that failed', () => {
    const results = [
      smokeResult({ verdict: 'call-failed', exitCode: 1, durationMs: 1000 }),
      smokeResult({ durationMs: 2000 }),
    ];
    expect(metricOf('supported', results)).toBe(1);
    expect(metricOf('duration_seconds', results)).toBe(2);
    expect(metricOf('tests', results)).toBe(2);
    expect(metricOf('failures', results)).toBe(1);
  });

  it('share a series where their labels are written the same', () => {
    const named = (name: string) => smokeResult({ test: { trunk: name, name: 'dial 1 to 2' } });
    expect(metricOf('tests', [named('a\nb'), named('a\\nb')])).toBe(2);
  });

  it('tell of the run alone where there was no test', () => {
    const told = (failed: boolean) =>
      [...parseExposition(renderPrometheus([], { ...RUN, failed }))].map(([name, { samples }]) => [
        name,
        samples,
      ]);
    expect(told(true)).toEqual([
      ['lk_transfer_smoke_run_failed', [{ labels: {}, value: 1 }]],
      ['lk_transfer_smoke_run_end_timestamp_seconds', [{ labels: {}, value: 1785585660 }]],
    ]);
    expect(told(false)[0]).toEqual(['lk_transfer_smoke_run_failed', [{ labels: {}, value: 0 }]]);
  });
});

describe('foreign text', () => {
  it('breaks no line, whatever it is', () => {
    fc.assert(
      fc.property(hostileResults, (results) => {
        const families = parseExposition(renderPrometheus(results, RUN));
        expect(families.has('lk_transfer_smoke_tests')).toBe(results.length > 0);
        const trunks = new Set(
          families
            .get('lk_transfer_smoke_duration_seconds')
            ?.samples.map(({ labels }) => labels.trunk),
        );
        for (const { test } of results) expect(trunks).toContain(escapeText(test.trunk));
      }),
    );
  });

  it('is read as it was written, with what is invisible made visible', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        const text = writeExposition([
          { name: 'a', help: 'b\\c\nd', samples: [{ labels: { value }, value: 1 }] },
        ]);
        const family = parseExposition(text).get('a');
        expect(family?.help).toBe('b\\\\c\\nd');
        expect(family?.samples).toEqual([{ labels: { value: escapeText(value) }, value: 1 }]);
      }),
    );
  });
});
