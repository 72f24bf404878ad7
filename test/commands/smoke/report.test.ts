import { expect, it } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import { SmokeReport } from '../../../src/commands/smoke/report.ts';
import { Output } from '../../../src/terminal/output.ts';
import { REFUSED, smokeResult } from '../../smoke/reports/results.ts';
import { fakeHost } from '../../support/fake-host.ts';

const SOAK = 2000;

function reportOf(json: boolean) {
  const fake = fakeHost();
  const output = new Output(fake.host, { json, quiet: false });
  const interruption: Context['interruption'] = {
    signal: null,
    abort: new AbortController().signal,
    happened: new Promise(() => {}),
    onLeaving: () => {},
  };
  return { fake, report: new SmokeReport({ host: fake.host, output, interruption }, SOAK) };
}

/** As many tests as a long soak has, every hundredth of which is refused. */
function soak(report: SmokeReport): void {
  for (let place = 0; place < SOAK; place += 1) {
    report.result(place % 100 === 99 ? { ...REFUSED } : smokeResult(), place);
  }
}

it('holds nothing of results that are out as events', async () => {
  const { fake, report } = reportOf(true);
  soak(report);
  expect(report.held).toEqual([]);
  expect(report.ended).toBe(SOAK);
  expect(await report.summary()).toBe(1);
  expect(JSON.parse(fake.stdout().trim().split('\n').at(-1) ?? '')).toMatchObject({
    type: 'summary',
    tests: SOAK,
    verdicts: { supported: 1980, refused: 20 },
    exitCode: 1,
  });
});

it('holds of a line of the table what stands in it', async () => {
  const { fake, report } = reportOf(false);
  soak(report);
  const [first, ...others] = report.held;
  expect(first?.ticket).not.toEqual([]);
  expect(others).toHaveLength(SOAK - 1);
  for (const { transfer, ticket } of others)
    expect({ transfer, ticket }).toEqual({ transfer: null, ticket: [] });
  expect(await report.summary()).toBe(1);
  expect(fake.stderr()).toContain('1980 supported, 20 refused');
});
