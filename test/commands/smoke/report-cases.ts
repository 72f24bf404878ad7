/** What the command says around its tests: before them, of those before, and in the end. */
import type { Context } from '../../../src/commands/shared/context.ts';
import type { Session } from '../../../src/commands/shared/session.ts';
import type { SmokeOptions } from '../../../src/commands/smoke/command.ts';
import { cleanLeftovers, offerCleanUp } from '../../../src/commands/smoke/leftovers.ts';
import { nameTest } from '../../../src/commands/smoke/options.ts';
import {
  describeDryRunOf,
  previewRepeat,
  previewTest,
  previewTests,
} from '../../../src/commands/smoke/preview.ts';
import { SmokeReport } from '../../../src/commands/smoke/report.ts';
import { KnownError } from '../../../src/core/errors.ts';
import { smokeRoomName } from '../../../src/smoke/clean-up.ts';
import { resultOfFailed, resultOfNotStarted } from '../../../src/smoke/conclude.ts';
import type { SmokeResult } from '../../../src/smoke/result.ts';
import { Output } from '../../../src/terminal/output.ts';
import { BUSY, REFUSED, smokeResult, UNPROVEN } from '../../smoke/reports/results.ts';
import { smokeTest } from '../../smoke/runs.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { call, fakeClient, NOW, room, secondsAgo } from '../../support/livekit.ts';

type Lines = readonly [title: string, text: string];

function contextOf() {
  const fake = fakeHost({ now: () => NOW });
  const output = new Output(fake.host, { json: false, quiet: false });
  const interruption: Context['interruption'] = {
    signal: null,
    abort: new AbortController().signal,
    happened: new Promise(() => {}),
    onLeaving: () => {},
  };
  const context: Context = {
    host: fake.host,
    output,
    interruption,
    noteSent: () => {},
    noteDone: () => {},
  };
  return { context, text: () => `${fake.stdout()}${fake.stderr()}`.trimEnd() };
}

async function summaryOf(...results: SmokeResult[]): Promise<string> {
  const fake = contextOf();
  const report = new SmokeReport(fake.context, results.length);
  for (const [place, result] of results.entries()) report.result(result, place);
  const exitCode = await report.summary();
  // The line of the table stands in the data of the cases above.
  const told = fake.text().split('\n').slice(results.length);
  return [...told, `(exit ${exitCode})`].join('\n');
}

/** The end of a run: of one test, and of several. */
export async function summaryCases(): Promise<Lines[]> {
  const down = new KnownError('server', 'LiveKit did not answer.', { hint: 'Try again.' });
  const entry = { trunk: 'gone', dial: '+15105550177', to: 'sales' };
  const at = new Date(NOW).toISOString();
  const asExpected = smokeResult({ expected: 'supported' });
  return [
    ['One, supported', await summaryOf(smokeResult())],
    ['One, not as expected', await summaryOf({ ...REFUSED, expected: 'supported', exitCode: 1 })],
    ['One, refused', await summaryOf(REFUSED)],
    ['Several, each as expected', await summaryOf(asExpected, asExpected)],
    ['Several, of which some are not', await summaryOf(smokeResult(), REFUSED, REFUSED, UNPROVEN)],
    [
      'Several, of which one is refused as expected',
      await summaryOf(smokeResult(), { ...REFUSED, expected: 'refused', exitCode: 0 }),
    ],
    [
      'Several, of which one is refused as expected, and one not',
      await summaryOf(REFUSED, { ...REFUSED, expected: 'refused', exitCode: 0 }),
    ],
    [
      'Several, not as expected',
      await summaryOf(asExpected, { ...BUSY, expected: 'refused', exitCode: 1 }),
    ],
    [
      'Several, of which some could not be made',
      await summaryOf(
        resultOfNotStarted(entry, nameTest(entry), down, at),
        resultOfFailed(smokeTest(), down, at),
      ),
    ],
  ];
}

const left = (unique: string) =>
  room({
    name: smokeRoomName({ machine: '0f0f0f', pid: 7 }, secondsAgo(3600), unique),
    createdAtMs: secondsAgo(3600),
  });

async function cleaned(
  rooms: number,
  wishes: Partial<SmokeOptions>,
  clean: typeof cleanLeftovers | typeof offerCleanUp,
  isStuck = false,
): Promise<string> {
  const fake = contextOf();
  const client = fakeClient({
    listRooms: async () => Array.from({ length: rooms }, (_, index) => left(`x${index}`)),
    deleteRoom: async () => {
      if (isStuck) throw new KnownError('server', 'LiveKit did not answer.');
    },
  });
  const options = { json: false, quiet: false, input: false, ...wishes } as SmokeOptions;
  const exitCode = await clean(options, { client } as Session, fake.context);
  return exitCode === undefined ? fake.text() : `${fake.text()}\n(exit ${exitCode})`;
}

/** Rooms that killed tests have left. */
export async function leftoverCases(): Promise<Lines[]> {
  return [
    ['Before a test: one', await cleaned(1, {}, offerCleanUp)],
    ['Before a test: several', await cleaned(2, {}, offerCleanUp)],
    ['--clean: none', await cleaned(0, { yes: true }, cleanLeftovers)],
    ['--clean --dry-run', await cleaned(1, { dryRun: true }, cleanLeftovers)],
    ['--clean --yes', await cleaned(1, { yes: true }, cleanLeftovers)],
    ['--clean --yes, and they stay', await cleaned(2, { yes: true }, cleanLeftovers, true)],
  ];
}

/** What is shown before anybody is asked. */
export function previewCases(): Lines[] {
  const show = (lines: readonly { label: string; text: string }[]) =>
    lines.map(({ label, text }) => `${label}: ${text}`).join('\n');
  const tests = {
    'A number that is dialled': smokeTest(),
    'A target that hangs up by itself': smokeTest({ endsItself: true }),
    'A target of ours': { ...smokeTest(), ourTarget: '+15550001111' },
    'A bridge test': smokeTest({ transferMethod: 'bridge', to: null }),
    'A loop': smokeTest({ method: 'loop', number: '+15550001111' }),
    'A call that is waited for': smokeTest({
      method: 'live',
      trunk: null,
      number: '+15550001111',
    }),
    'A call that is up': smokeTest({ method: 'live', trunk: null, number: null, call: call() }),
  };
  return [
    ...Object.entries(tests).map(
      ([title, test]): Lines => [
        title,
        `${show(previewTest(test, 'livekit.example.com'))}\n${describeDryRunOf(test)}`,
      ],
    ),
    [
      'Several tests, repeated',
      show([
        ...previewTests(
          [
            smokeTest({ expected: 'supported' }),
            smokeTest({ method: 'loop' }),
            smokeTest({ transferMethod: 'bridge', to: null, expected: 'supported' }),
          ],
          'livekit.example.com',
        ),
        ...previewRepeat(3, 50, 60_000),
      ]),
    ],
  ];
}
