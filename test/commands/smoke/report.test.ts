import { expect, it } from 'vitest';
import type { Context } from '../../../src/commands/shared/context.ts';
import { SmokeReport } from '../../../src/commands/smoke/report.ts';
import { type ReportFormat, renderReport } from '../../../src/smoke/reports/index.ts';
import { Output } from '../../../src/terminal/output.ts';
import { REFUSED, smokeResult } from '../../smoke/reports/results.ts';
import { fakeHost } from '../../support/fake-host.ts';

const SOAK = 2000;

function reportOf(json: boolean, format?: ReportFormat) {
  const fake = fakeHost({ now: () => 1_785_585_660_000 });
  const output = new Output(fake.host, { json, quiet: false });
  const interruption: Context['interruption'] = {
    signal: null,
    abort: new AbortController().signal,
    happened: new Promise(() => {}),
    onLeaving: () => {},
  };
  const context = { host: fake.host, output, interruption, noteSent: () => {}, noteDone: () => {} };
  const forProgram = format === undefined ? null : { format, file: null };
  return { fake, report: new SmokeReport(context, SOAK, forProgram) };
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

/** All that is held of a transfer: the rest of it is a few thousand characters. */
const HELD = 'durationMs message outcome';

/** What is held of their transfers, each way once: to expect thousands takes longer than to report them. */
function heldOf(results: SmokeReport['held']): string[] {
  const keys = results.map(({ transfer }) => Object.keys(transfer ?? {}).sort());
  return [...new Set(keys.map((each) => each.join(' ')))];
}

it('holds of a line of the table what stands in it', async () => {
  const { fake, report } = reportOf(false);
  soak(report);
  const [first, ...others] = report.held;
  expect(first?.ticket).not.toEqual([]);
  expect(others).toHaveLength(SOAK - 1);
  expect(others.filter(({ ticket }) => ticket.length > 0)).toEqual([]);
  expect(heldOf(others)).toEqual([HELD]);
  expect(await report.summary()).toBe(1);
  expect(fake.stderr()).toContain('1980 supported, 20 refused');
});

it.each<[ReportFormat, boolean]>([
  ['junit', true],
  ['nagios', false],
  ['prometheus', false],
])('holds for %s what stands in that report, tickets: %s', async (format, withTickets) => {
  const { fake, report } = reportOf(false, format);
  soak(report);
  expect(report.held).toHaveLength(SOAK);
  expect(report.held.filter(({ ticket }) => ticket.length > 0 !== withTickets)).toEqual([]);
  expect(heldOf(report.held)).toEqual([HELD]);
  await report.summary();
  const whole = Array.from({ length: SOAK }, (_, place) =>
    place % 100 === 99 ? REFUSED : smokeResult(),
  );
  const run = { failed: false, at: fake.host.now() };
  expect(fake.stdout()).toBe(renderReport(format, whole, run).text);
});
