/** What `transfer` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  dryRun,
  header,
  readRate,
  readWholeNumber,
  repeatable,
  text,
  to,
  toggle,
  value,
  via,
  wait,
  yes,
} from '../shared/flags.ts';

export const transfer = defineCommand({
  name: 'transfer',
  description: 'send a caller to another place',
  positionals: [
    {
      syntax: '[caller]',
      description: 'a call id, phone number, room or identity; - reads ids from stdin',
    },
  ],
  flags: [
    to('a department, number, extension, or SIP or tel URI'),
    text('--room <name>', 'the caller in this room, without looking at the others'),
    text('--identity <identity>', 'with --room: which caller'),
    yes,
    value('--confirm <number>', 'with -: how many callers there are, to confirm', readWholeNumber),
    toggle('--again', 'transfer, although an earlier one may still come about'),
    dryRun,
    repeatable('--fallback <destination>', 'where to, if that does not take the call; repeatable'),
    toggle('--no-fallback', 'try nothing else, not even the department’s own'),
    wait('how long to wait for the target’s answer (default: 90s)'),
    header,
    toggle('--dialtone', 'the caller hears ringing while they wait (default)'),
    toggle('--no-dialtone', 'the caller hears the room while they wait'),
    via(),
    value('--rate <number>', 'with -: how many are started a second (default: 1)', readRate),
    toggle('--no-history', 'leave it out of the record (`lk-transfer history`)'),
  ],
  examples: [
    'transfer SCL_6buggSZChRCG --to sales',
    'transfer "+1 510 555 0142" --to support --yes --json',
    'transfer --room call-42 --to "+1 510 555 0100" --dry-run',
    'transfer - --to voicemail --confirm 3 < ids.txt',
  ],
});

export type TransferOptions = OptionsOf<typeof transfer>;
