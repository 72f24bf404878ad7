/** What `history` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choice, readPeriod, readPositiveNumber, text, toggle, value } from '../shared/flags.ts';

export const history = defineCommand({
  name: 'history',
  description: 'list the transfers made from this machine, newest last',
  flags: [
    text('--call <id>', 'only transfers of this call'),
    choice('--outcome <outcome>', 'only transfers that ended so', [
      'completed',
      'ended',
      'unconfirmed',
      'refused',
      'target-failed',
      'not-sent',
      'unknown',
      'unrecorded',
    ]),
    toggle('--open', 'only those that may still come about: nobody knows how they ended'),
    value('--since <duration>', 'only those sent so long ago or later: 30m, 6h, 7d', readPeriod),
    value('--limit <number>', 'the newest so many (default: 50)', readPositiveNumber),
  ],
  examples: ['history', 'history --open', 'history --since 7d --json'],
});

export type HistoryOptions = OptionsOf<typeof history>;
