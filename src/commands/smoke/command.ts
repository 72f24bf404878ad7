/** What `smoke` takes. */
import type { Call } from '../../calls/call.ts';
import { SMOKE_METHODS, SMOKE_VERDICTS } from '../../config/words.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { TransferRequest } from '../../livekit/messages.ts';
import type { SmokeStep } from '../../smoke/context.ts';
import type { SmokeMethod, SmokeResult, SmokeVerdict, TestedMethod } from '../../smoke/result.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  callFlag,
  choiceFlag,
  dryRunFlag,
  headerFlag,
  readDuration,
  readPause,
  readPositiveNumber,
  textFlag,
  toFlag,
  toggleFlag,
  trunkFlag,
  valueFlag,
  viaFlag,
  waitFlag,
  yesFlag,
} from '../shared/flags.ts';

export const SMOKE_FIELDS: readonly (keyof SmokeResult)[] = [
  'test',
  'trunk',
  'method',
  'transferMethod',
  'direction',
  'verdict',
  'refer',
  'notify',
  'bridge',
  'dial',
  'answered',
  'proof',
  'use',
  'message',
  'hint',
  'durationMs',
  'agentIdentity',
  'leftBehind',
  'ticket',
  'startedAt',
  'exitCode',
  'expected',
];

// What is printed as JSON beside a result. These names stay.

/** What a test would do. Nothing was sent. */
export interface SmokeDryRun {
  /** Always. */
  dryRun: true;
  /** How the test call is made. */
  method: SmokeMethod;
  /** What is tested. */
  transferMethod: TestedMethod;
  /** The trunk to dial over; null: nobody dials. */
  trunk: SmokeResult['trunk'] | null;
  /** The number to be dialled, or waited for; null: a call that is up. */
  testNumber: string | null;
  /** The call that is up, which would be transferred. */
  call: Call | null;
  /** Where to; null in a test of a bridge. */
  destination: Destination | null;
  /** The request as it would go out, as far as it is known; null in a test of a bridge. */
  request: Pick<TransferRequest, 'transferTo' | 'waitMs' | 'headers'> | null;
  /** The number of our own that the target is; null: it is none. */
  ourTarget: string | null;
  /** The config says that the target hangs up by itself. */
  endsItself: boolean;
  /** What the test is to find; null where nobody said. */
  expected: SmokeVerdict | null;
  /** Which calls stay when it is over: a clause. */
  afterwards: string;
}

const DRY_RUN_TEST_HAS = {
  ...{ dryRun: true, method: true, transferMethod: true, trunk: true, testNumber: true },
  ...{ call: true, destination: true, request: true, ourTarget: true, endsItself: true },
  ...{ expected: true, afterwards: true },
} as const satisfies Record<keyof SmokeDryRun, true>;

export const DRY_RUN_TEST_FIELDS: readonly string[] = Object.keys(DRY_RUN_TEST_HAS);

interface SmokeMoment<Type extends string> {
  /** What it tells. */
  type: Type;
  /** When it happened: ISO 8601, UTC. */
  time: string;
}

/** Something happened in a test. */
export interface SmokeStepped extends SmokeMoment<'step'>, SmokeStep {
  /** The trunk that is dialled over. */
  trunk: SmokeResult['trunk'];
  /** How the test call is made. */
  method: SmokeMethod;
  /** What is tested. */
  transferMethod: TestedMethod;
}

/** A test is over. */
export interface SmokeEnded extends SmokeMoment<'result'>, SmokeResult {}

/** The sum of all tests, the last line. */
export interface SmokeSummary extends SmokeMoment<'summary'> {
  /** How many were run. */
  tests: number;
  /** How many came to which verdict. */
  verdicts: { [verdict in SmokeVerdict]?: number };
  /** The worst of all. */
  exitCode: ExitCode;
}

/** A line of a run: each tells its kind in `type`. */
export type SmokeLine = SmokeStepped | SmokeEnded | SmokeSummary;

/** A room that a test which was cut off has left. */
export interface LeftoverRecord {
  /** It would be removed; false: it was. */
  dryRun: boolean;
  /** Its name. */
  room: string;
  /** How long ago it was made, in seconds. */
  ageSeconds: number;
}

const LEFTOVER_HAS = {
  ...{ dryRun: true, room: true, ageSeconds: true },
} as const satisfies Record<keyof LeftoverRecord, true>;

export const LEFTOVER_FIELDS: readonly string[] = Object.keys(LEFTOVER_HAS);

export const smokeCommand = defineCommand({
  name: 'smoke',
  description: 'test whether a trunk honours REFER, or dials: a test call, and a verdict',
  flags: [
    trunkFlag('the outbound trunk to dial over: an id, or a name'),
    textFlag('--dial <number>', 'with --trunk: dial this test number, and transfer that call'),
    textFlag(
      '--loop <number>',
      'with --trunk: dial a number of ours, and transfer the call that comes in',
    ),
    callFlag('test with this current call'),
    textFlag('--wait-call <number>', 'transfer the next call to this number of ours; you call it'),
    valueFlag(
      '--within <duration>',
      'with --wait-call: how long to wait (default: 2m)',
      readDuration,
    ),
    choiceFlag(
      '--method <method>',
      'refer: its REFER (default); bridge: only that it dials (with --dial, without --to)',
      SMOKE_METHODS,
    ),
    toFlag('where to: a department, number, extension, or URI'),
    toggleFlag('--all', 'run the tests that the config names, a few at a time'),
    choiceFlag('--expect <verdict>', 'exit 0 if this is the verdict, else 1', SMOKE_VERDICTS),
    choiceFlag('--format <format>', 'print a report for another program', [
      'junit',
      'nagios',
      'prometheus',
    ]),
    textFlag(
      '--output <file>',
      'with --format: write the report to this file, whole or not at all',
    ),
    valueFlag(
      '--repeat <number>',
      'test this many times; the config must say endsItself',
      readPositiveNumber,
    ),
    valueFlag('--interval <duration>', 'time between repetitions (default: 10s)', readPause),
    waitFlag('how long to wait for the target, 40s or more (default: 90s)'),
    headerFlag,
    viaFlag(),
    yesFlag,
    dryRunFlag,
    toggleFlag('--clean', 'remove the rooms that interrupted tests have left'),
  ],
  excludes: [
    {
      oneOf: [['--dial'], ['--loop'], ['--call'], ['--wait-call'], ['--all'], ['--clean']],
      why: 'Each is a separate run: give only one.',
    },
    {
      oneOf: [['--format'], ['--json', '--fields', '--dry-run']],
      why: 'With --format, only the report is printed.',
    },
  ],
  fields: { '': SMOKE_FIELDS, '--clean': LEFTOVER_FIELDS, '--dry-run': DRY_RUN_TEST_FIELDS },
  help:
    '\nA verdict holds for one direction of one trunk. Most callers come in: --loop' +
    '\ntests that side. Exit 0: supported; 7: inconclusive; 1: anything else.\n',
  examples: [
    'smoke --all --sandbox',
    'smoke --trunk Sinch --dial +15105550177 --to mobile --sandbox',
    'smoke --method bridge --trunk Sinch --dial +15105550177',
    'smoke --trunk ST_abc --loop +15105550001 --to sales --dry-run',
    'smoke --wait-call +15105550001 --to voicemail',
  ],
});

export type SmokeOptions = OptionsOf<typeof smokeCommand>;
