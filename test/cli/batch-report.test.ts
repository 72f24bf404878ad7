/** What a batch tells of a transfer that went out before something of ours failed. */
import { expect, it } from 'vitest';
import { BatchReport } from '../../src/commands/transfer/batch-report.ts';
import { KnownError } from '../../src/core/errors.ts';
import { Output } from '../../src/terminal/output.ts';
import { fakeHost } from '../support/fake-host.ts';
import { plan } from '../transfer/plans.ts';

it('ends every caller that was sent in a result, also where nobody knows which', async () => {
  const { host, stdout, stderr } = fakeHost();
  const output = new Output(host, { json: true, quiet: false });
  const interruption = {
    abort: new AbortController().signal,
    signal: null,
    happened: new Promise<never>(() => {}),
    onLeaving: () => {},
  };
  const report = new BatchReport(
    { host, output, interruption, noteSent: () => {}, noteDone: () => {} },
    1,
  );
  const sent = plan();
  report.sent(sent, sent);
  report.lost(sent, new KnownError('outcome-lost', 'It was sent, and is lost.', { hint: 'Ask.' }));
  expect(await report.summary()).toBe(7);
  const events = stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type)).toEqual(['attempt', 'result', 'summary']);
  expect(events[1]).toMatchObject({
    outcome: 'unknown',
    caller: 'unknown',
    call: { callId: sent.call.callId },
    error: { code: 'outcome-lost' },
    message: 'It was sent, and is lost.',
    hint: 'Ask.',
    exitCode: 7,
  });
  expect(events[2]).toMatchObject({ sent: 1, outcomes: { unknown: 1 }, exitCode: 7 });
  expect(stderr()).toContain('It was sent, and is lost.');
});
