/** What `transfer` takes. */
import { DIALTONES } from '../../config/words.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  dryRunFlag,
  headerFlag,
  ROOM_CHOICE,
  readRate,
  readWholeNumber,
  repeatableFlag,
  roomsFlag,
  textFlag,
  toFlag,
  toggleFlag,
  valueFlag,
  viaFlag,
  waitFlag,
  yesFlag,
} from '../shared/flags.ts';

export const transferCommand = defineCommand({
  name: 'transfer',
  description: 'send a caller to another place',
  positionals: [
    {
      syntax: '[caller]',
      description: 'a call id, phone number, room or identity; - reads ids from stdin',
    },
  ],
  flags: [
    toFlag('a department, number, extension, or SIP or tel URI'),
    textFlag('--room <name>', 'the caller in this room, without looking at the others'),
    textFlag('--identity <identity>', 'with --room: which caller'),
    roomsFlag,
    yesFlag,
    valueFlag(
      '--confirm <number>',
      'with -: how many callers there are, to confirm',
      readWholeNumber,
    ),
    toggleFlag('--again', 'transfer, although an earlier one may still come about'),
    dryRunFlag,
    repeatableFlag(
      '--fallback <destination>',
      'where to, if that does not take the call; repeatable',
    ),
    toggleFlag('--no-fallback', 'try nothing else, not even the department’s own'),
    waitFlag('how long to wait for the target’s answer (default: 90s)'),
    headerFlag,
    choiceFlag('--dialtone <tone>', 'the ringing the caller hears (default: auto)', DIALTONES),
    toggleFlag('--no-dialtone', 'the caller hears the room while they wait'),
    viaFlag(),
    valueFlag('--rate <number>', 'with -: how many are started a second (default: 1)', readRate),
    toggleFlag('--no-history', 'leave it out of the record (`lk-transfer history`)'),
  ],
  excludes: [ROOM_CHOICE],
  examples: [
    'transfer SCL_6buggSZChRCG --to sales',
    'transfer "+1 510 555 0142" --to support --yes --json',
    'transfer --room call-42 --to "+1 510 555 0100" --dry-run',
    'transfer - --to voicemail --confirm 3 < ids.txt',
  ],
});

export type TransferOptions = OptionsOf<typeof transferCommand>;
