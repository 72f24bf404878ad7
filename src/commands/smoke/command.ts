/** What `smoke` takes. */
import { SMOKE_VERDICTS } from '../../config/words.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  call,
  choice,
  dryRun,
  header,
  readDuration,
  readPause,
  readPositiveNumber,
  text,
  to,
  toggle,
  trunk,
  value,
  via,
  wait,
  yes,
} from '../shared/flags.ts';

export const smoke = defineCommand({
  name: 'smoke',
  description: 'find out whether a trunk honours REFER: call, transfer, give a verdict',
  flags: [
    trunk('the outbound trunk to dial over: an id, or a name'),
    text('--dial <number>', 'with --trunk: dial this test number, and transfer that call'),
    text('--loop <number>', 'with --trunk: dial our own number, and transfer what comes in'),
    call('transfer a call that is up'),
    text('--wait-call <number>', 'transfer the next call to our number: ring it then'),
    value('--within <duration>', 'with --wait-call: how long to wait (default: 2m)', readDuration),
    to('where to: a department, number, extension, or URI'),
    toggle('--all', 'run the tests that the config names, a few at a time'),
    choice('--expect <verdict>', 'exit 0 if this is the verdict, else 1', SMOKE_VERDICTS),
    choice('--format <format>', 'print a report for another program', [
      'junit',
      'nagios',
      'prometheus',
    ]),
    text('--output <file>', 'with --format: write the report there, whole or not at all'),
    value('--repeat <number>', 'so many times; the config must say endsItself', readPositiveNumber),
    value('--interval <duration>', 'between repetitions (default: 10s)', readPause),
    wait('how long to wait for the target, 40s or more (default: 90s)'),
    header,
    via(),
    yes,
    dryRun,
    toggle('--clean', 'remove rooms that tests which were cut off have left'),
  ],
  help:
    '\nA verdict holds for one direction of one trunk. Most callers come in: --loop' +
    '\ntests that side. Exit 0: supported; 7: inconclusive; 1: anything else.\n',
  examples: [
    'smoke --all --sandbox',
    'smoke --trunk Sinch --dial +15105550177 --to +15105550100 --sandbox --yes',
    'smoke --trunk ST_abc --loop +15105550001 --to voicemail --dry-run',
    'smoke --wait-call +15105550001 --to voicemail',
  ],
});

export type SmokeOptions = OptionsOf<typeof smoke>;
