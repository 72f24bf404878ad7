/** What `history` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  readPeriod,
  readPositiveNumber,
  textFlag,
  toggleFlag,
  valueFlag,
} from '../shared/flags.ts';

export const historyCommand = defineCommand({
  name: 'history',
  description: 'list the transfers made from this machine, newest last',
  flags: [
    textFlag('--call <id>', 'only transfers of this call'),
    choiceFlag('--outcome <outcome>', 'only transfers that ended so', [
      'completed',
      'ended',
      'unconfirmed',
      'refused',
      'target-failed',
      'not-sent',
      'unknown',
      'unrecorded',
    ]),
    toggleFlag('--open', 'only those that may still come about: nobody knows how they ended'),
    valueFlag(
      '--since <duration>',
      'only those sent so long ago or later: 30m, 6h, 7d',
      readPeriod,
    ),
    valueFlag('--limit <number>', 'the newest so many (default: 50)', readPositiveNumber),
  ],
  examples: ['history', 'history --open', 'history --since 7d --json'],
});

export type HistoryOptions = OptionsOf<typeof historyCommand>;
