/** What `smoke` takes. */
import { SMOKE_METHODS, SMOKE_VERDICTS } from '../../config/words.ts';
import type { SmokeResult } from '../../smoke/result.ts';
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

export const DRY_RUN_TEST_FIELDS = [
  ...([
    'dryRun',
    'method',
    'transferMethod',
    'trunk',
    'testNumber',
    'call',
    'destination',
    'request',
  ] as const),
  ...(['ourTarget', 'endsItself', 'expected', 'afterwards'] as const),
];

/** The fields of one that is removed, or would be. */
export const LEFTOVER_FIELDS = ['dryRun', 'room', 'ageSeconds'];

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
