import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText } from '../../../src/core/text.ts';
import { renderPrometheus, writeExposition } from '../../../src/smoke/reports/prometheus.ts';
import type { SmokeResult } from '../../../src/smoke/result.ts';
import { parseExposition } from './exposition.ts';
import { BUSY, CALL_FAILED, hostileResults, hostileText, REFUSED, smokeResult } from './results.ts';

/** The one value of a metric, or undefined where it is left out. */
function metricOf(name: string, results: readonly SmokeResult[]): number | undefined {
  const samples = parseExposition(renderPrometheus(results)).get(
    `lk_transfer_smoke_${name}`,
  )?.samples;
  expect(samples?.length ?? 1).toBe(1);
  return samples?.[0]?.value;
}

describe('metrics of a test', () => {
  it('are gauges with help, and no timestamps beside them', () => {
    const text = renderPrometheus([smokeResult()]);
    expect(text.split('\n').slice(0, 3)).toEqual([
      '# HELP lk_transfer_smoke_supported Whether the trunk takes a SIP REFER, or a call to bridge to (transfer_method): 1 for the verdict supported, else 0.',
      '# TYPE lk_transfer_smoke_supported gauge',
      'lk_transfer_smoke_supported{trunk="Twilio",trunk_id="ST_twilio",method="loop",transfer_method="refer",direction="inbound",provider="twilio"} 1',
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
    const verdicts = parseExposition(renderPrometheus([REFUSED])).get('lk_transfer_smoke_verdict');
    expect(verdicts?.samples.map(({ labels, value }) => [labels.verdict, value])).toEqual([
      ['supported', 0],
      ['unsupported', 0],
      ['refused', 1],
      ['needs-configuration', 0],
      ['inconclusive', 0],
      ['call-failed', 0],
    ]);
  });

  it('leave a label empty where nobody knows', () => {
    const [sample] =
      parseExposition(renderPrometheus([CALL_FAILED])).get('lk_transfer_smoke_supported')
        ?.samples ?? [];
    expect(sample?.labels).toEqual({
      trunk: 'ST_old',
      trunk_id: 'ST_old',
      transfer_method: 'refer',
      method: 'loop',
      direction: '',
      provider: '',
    });
  });
});

describe('metrics of several tests', () => {
  it('have a series for each trunk', () => {
    const supported = parseExposition(renderPrometheus([smokeResult(), REFUSED, BUSY])).get(
      'lk_transfer_smoke_supported',
    );
    expect(supported?.samples.map(({ labels, value }) => [labels.trunk, value])).toEqual([
      ['Twilio', 1],
      ['Telnyx', 0],
      ['Plivo', 1],
    ]);
  });

  it('of one trunk show the last, and count the ones that failed', () => {
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
    const named = (name: string) =>
      smokeResult({ trunk: { id: null, name, host: null, provider: null } });
    expect(metricOf('tests', [named('a\nb'), named('a\\nb')])).toBe(2);
  });

  it('are none without tests', () => {
    expect(renderPrometheus([])).toBe('');
  });
});

describe('foreign text', () => {
  it('breaks no line, whatever it is', () => {
    fc.assert(
      fc.property(hostileResults, (results) => {
        const families = parseExposition(renderPrometheus(results));
        expect(families.size === 0).toBe(results.length === 0);
        const trunks = new Set(
          families
            .get('lk_transfer_smoke_duration_seconds')
            ?.samples.map(({ labels }) => labels.trunk),
        );
        for (const { trunk } of results) {
          const title = trunk.name || trunk.id || trunk.host || 'unknown trunk';
          expect(trunks).toContain(escapeText(title));
        }
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
