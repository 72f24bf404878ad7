import { describe, expect, it } from 'vitest';
import { REPORT_FORMATS, renderReport } from '../../../src/smoke/reports/index.ts';
import { BUSY, REFUSED, smokeResult, UNPROVEN } from './results.ts';

const RUN = { failed: false, at: 0 };

describe('a report', () => {
  it.each([
    ['junit', /^<\?xml /],
    ['nagios', /^SIP REFER OK - /],
    ['prometheus', /^# HELP /],
  ] as const)('%s is of its format', (format, start) => {
    expect(renderReport(format, [smokeResult()], RUN).text).toMatch(start);
  });

  it.each([
    ['junit', [smokeResult(), BUSY], 0],
    ['junit', [smokeResult(), REFUSED], 1],
    // What is certain comes first: a doubt hides no failure.
    ['junit', [REFUSED, UNPROVEN], 1],
    ['junit', [smokeResult(), UNPROVEN], 7],
    ['prometheus', [REFUSED, smokeResult()], 1],
    ['nagios', [smokeResult(), BUSY], 1],
    ['nagios', [UNPROVEN], 1],
    ['nagios', [smokeResult(), REFUSED], 2],
    ['nagios', [], 3],
  ] as const)('in %s has the exit code of its tests (%#)', (format, results, exitCode) => {
    expect(renderReport(format, results, RUN).exitCode).toBe(exitCode);
  });

  it('ends its last line in every format', () => {
    for (const format of REPORT_FORMATS) {
      expect(renderReport(format, [smokeResult()], RUN).text).toMatch(/[^\n]\n$/);
    }
  });
});
