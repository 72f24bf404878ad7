import { describe, expect, it } from 'vitest';
import { REPORT_FORMATS, renderReport } from '../../../src/smoke/reports/index.ts';
import { BUSY, REFUSED, smokeResult, UNPROVEN } from './results.ts';

describe('a report', () => {
  it.each([
    ['junit', /^<\?xml /],
    ['nagios', /^SIP REFER OK - /],
    ['prometheus', /^# HELP /],
  ] as const)('%s is of its format', (format, start) => {
    expect(renderReport(format, [smokeResult()]).text).toMatch(start);
  });

  it.each([
    ['junit', [smokeResult(), BUSY], 0],
    ['junit', [smokeResult(), REFUSED], 1],
    ['junit', [REFUSED, UNPROVEN], 7],
    ['prometheus', [REFUSED, smokeResult()], 1],
    ['nagios', [smokeResult(), BUSY], 1],
    ['nagios', [UNPROVEN], 1],
    ['nagios', [smokeResult(), REFUSED], 2],
    ['nagios', [], 3],
  ] as const)('in %s has the exit code of its tests (%#)', (format, results, exitCode) => {
    expect(renderReport(format, results).exitCode).toBe(exitCode);
  });

  it('ends its last line in every format', () => {
    for (const format of REPORT_FORMATS) {
      expect(renderReport(format, [smokeResult()]).text).toMatch(/[^\n]\n$/);
    }
  });
});
