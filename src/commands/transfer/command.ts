/** The flags of `transfer`, and of the record of what it did. */
import { type Command, Option } from 'commander';
import type { HistoryOptions } from '../history/run.ts';
import {
  collect,
  examples,
  optionsOf,
  readPeriod,
  readPositiveNumber,
  readRate,
  readWholeNumber,
} from '../shared/flags.ts';
import type { Declaring } from '../shared/invocation.ts';
import type { TransferOptions } from './run.ts';

/** Declares `transfer` and `history`. */
export function declareTransfer({ add, emit }: Declaring): void {
  add('transfer', 'send a caller to another place', (own) =>
    own
      .argument('[caller]', 'a call id, phone number, room or identity; - reads ids from stdin')
      .option('--to <destination>', 'a department, number, extension, or SIP or tel URI')
      .option('--room <name>', 'the caller in this room, without looking at the others')
      .option('--identity <identity>', 'with --room: which caller')
      .option('-y, --yes', 'do not ask for confirmation')
      .option(
        '--confirm <number>',
        'with -: how many callers there are, to confirm',
        readWholeNumber,
      )
      .option('--again', 'transfer, although an earlier one may still come about')
      .option('--dry-run', 'show what would be done, and send nothing')
      .option(
        '--fallback <destination>',
        'where to, if that does not take the call; repeatable',
        collect,
      )
      .option('--no-fallback', 'try nothing else, not even the department’s own')
      .option('--wait <duration>', 'how long to wait for the target’s answer (default: 90s)')
      .option('--header <header>', 'a SIP header for the trunk, "Name: value"; repeatable', collect)
      .option('--dialtone', 'the caller hears ringing while they wait (default)')
      .option('--no-dialtone', 'the caller hears the room while they wait')
      .option('--via <trunk>', 'address it for this trunk or SIP domain')
      .option('--rate <number>', 'with -: how many are started a second (default: 1)', readRate)
      .option('--no-history', 'leave it out of the record (`lk-transfer history`)')
      .addHelpText(
        'after',
        examples(
          'transfer SCL_6buggSZChRCG --to sales',
          'transfer "+1 510 555 0142" --to support --yes --json',
          'transfer --room call-42 --to "+1 510 555 0100" --dry-run',
          'transfer - --to voicemail --confirm 3 < ids.txt',
        ),
      )
      .action((caller: string | undefined, _options, command: Command) =>
        emit({
          command: 'transfer',
          options: optionsOf<TransferOptions>(command, caller === undefined ? {} : { caller }),
        }),
      ),
  );

  add('history', 'list the transfers made from this machine, newest last', (own) =>
    own
      .option('--call <id>', 'only transfers of this call')
      .addOption(
        new Option('--outcome <outcome>', 'only transfers that ended so').choices([
          'completed',
          'ended',
          'unconfirmed',
          'refused',
          'target-failed',
          'not-sent',
          'unknown',
          'unrecorded',
        ]),
      )
      .option('--open', 'only those that may still come about: nobody knows how they ended')
      .option('--since <duration>', 'only those sent so long ago or later: 30m, 6h, 7d', readPeriod)
      .option('--limit <number>', 'the newest so many (default: 50)', readPositiveNumber)
      .addHelpText('after', examples('history', 'history --open', 'history --since 7d --json'))
      .action((_options, command: Command) =>
        emit({ command: 'history', options: optionsOf<HistoryOptions>(command) }),
      ),
  );
}
