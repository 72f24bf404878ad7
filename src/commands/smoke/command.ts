/** The flags of `smoke` and `doctor`: is everything in place, and does a trunk honour REFER? */
import { type Command, Option } from 'commander';
import { SMOKE_VERDICTS } from '../../config/words.ts';
import type { DoctorOptions } from '../doctor/run.ts';
import {
  collect,
  examples,
  optionsOf,
  readDuration,
  readPause,
  readPositiveNumber,
} from '../shared/flags.ts';
import type { Declaring } from '../shared/invocation.ts';
import type { SmokeOptions } from './run.ts';

/** Declares `smoke` and `doctor`. */
export function declareTests({ add, emit }: Declaring): void {
  add('smoke', 'find out whether a trunk honours REFER: call, transfer, give a verdict', (own) =>
    own
      .option('--trunk <trunk>', 'the outbound trunk to dial over: an id, or a name')
      .option('--dial <number>', 'with --trunk: dial this test number, and transfer that call')
      .option('--loop <number>', 'with --trunk: dial our own number, and transfer what comes in')
      .option('--call <caller>', 'transfer a call that is up')
      .option('--wait-call <number>', 'transfer the next call to our number: ring it then')
      .option(
        '--within <duration>',
        'with --wait-call: how long to wait (default: 2m)',
        readDuration,
      )
      .option('--to <destination>', 'where to: a department, number, extension, or URI')
      .option('--all', 'run the tests that the config names, a few at a time')
      .addOption(
        new Option('--expect <verdict>', 'exit 0 if this is the verdict, else 1').choices(
          SMOKE_VERDICTS,
        ),
      )
      .addOption(
        new Option('--format <format>', 'print a report for another program').choices([
          'junit',
          'nagios',
          'prometheus',
        ]),
      )
      .option('--output <file>', 'with --format: write the report there, whole or not at all')
      .option(
        '--repeat <number>',
        'so many times; the config must say endsItself',
        readPositiveNumber,
      )
      .option('--interval <duration>', 'between repetitions (default: 10s)', readPause)
      .option('--wait <duration>', 'how long to wait for the target, 40s or more (default: 90s)')
      .option('--header <header>', 'a SIP header for the trunk, "Name: value"; repeatable', collect)
      .option('--via <trunk>', 'address it for this trunk or SIP domain')
      .option('-y, --yes', 'do not ask for confirmation')
      .option('--dry-run', 'show what would be done, and send nothing')
      .option('--clean', 'remove rooms that tests which were cut off have left')
      .addHelpText(
        'after',
        '\nA verdict holds for one direction of one trunk. Most callers come in: --loop' +
          '\ntests that side. Exit 0: supported; 7: inconclusive; 1: anything else.\n' +
          examples(
            'smoke --all --sandbox',
            'smoke --trunk Sinch --dial +15105550177 --to +15105550100 --sandbox --yes',
            'smoke --trunk ST_abc --loop +15105550001 --to voicemail --dry-run',
            'smoke --wait-call +15105550001 --to voicemail',
          ),
      )
      .action((_options, command: Command) =>
        emit({ command: 'smoke', options: optionsOf<SmokeOptions>(command) }),
      ),
  );

  add(
    'doctor',
    'check config, credentials, server, trunks and departments; changes nothing',
    (own) =>
      own
        .addHelpText('after', examples('doctor', 'doctor --json', 'doctor --sandbox'))
        .action((_options, command: Command) =>
          emit({ command: 'doctor', options: optionsOf<DoctorOptions>(command) }),
        ),
  );
}
