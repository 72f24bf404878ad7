import { describe, expect, it } from 'vitest';
import { columnsFor } from '../../src/commands/smoke/preview.ts';
import { renderTable } from '../../src/terminal/table.ts';
import { smokeResult } from '../smoke/reports/results.ts';

const trunk = (name: string | null, id = 'ST_outTelnyx001') =>
  smokeResult({
    trunk: { id, name, host: null, provider: null },
    verdict: 'needs-configuration',
    refer: { accepted: true, code: null, reason: null },
  });
const render = (results: ReturnType<typeof trunk>[], width?: number) =>
  renderTable(results, columnsFor(results, width), width, (text) => text.length);

describe('the table of smoke tests', () => {
  it('fits a terminal of 80 columns, by cutting long names of trunks', () => {
    const lines = render([trunk('Telnyx outbound, REFER off (603)'), trunk('Sinch')], 80);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/^Telnyx outbound, RE… {2}in {3}needs-configuration .* cold$/);
  });

  it('cuts no id, and no name where there is room', () => {
    expect(render([trunk(null), trunk('Sinch')], 60)[1]).toMatch(/^ST_outTelnyx001 /);
    for (const width of [120, undefined]) {
      const lines = render([trunk('Telnyx outbound, REFER off (603)'), trunk('Sinch')], width);
      expect(lines[1]).toContain('Telnyx outbound, REFER off (603)');
    }
  });
});
