/** What `hangup` takes. */
import type { HangUpResult } from '../../call-control/hang-up.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  confirmFlag,
  dryRunFlag,
  identityFlag,
  ROOM_CHOICE,
  rateFlag,
  roomFlag,
  roomsFlag,
  yesFlag,
} from '../shared/flags.ts';

const RESULT_HAS = {
  outcome: true,
  caller: true,
  leg: true,
  endCall: true,
  removed: true,
  call: true,
  headline: true,
  message: true,
  hint: true,
  advice: true,
  startedAt: true,
  durationMs: true,
  exitCode: true,
} as const satisfies Record<keyof HangUpResult, true>;

export const HANG_UP_FIELDS: readonly string[] = Object.keys(RESULT_HAS);
/** Of a result among those of a batch. */
export const HANG_UP_BATCH_FIELDS = ['callId', ...HANG_UP_FIELDS];
export const HANG_UP_DRY_RUN_FIELDS = ['dryRun', 'wouldSend', 'call', 'cutsOffFrom'] as const;

export const hangupCommand = defineCommand({
  name: 'hangup',
  description: 'hang up on a caller, or on anybody on the telephone',
  positionals: [
    {
      syntax: '[caller]',
      description: 'a call id, phone number, room or identity; - reads ids from stdin',
    },
  ],
  flags: [roomFlag, identityFlag, roomsFlag, yesFlag, confirmFlag, dryRunFlag, rateFlag],
  fields: { '': HANG_UP_FIELDS, '--dry-run': HANG_UP_DRY_RUN_FIELDS, '-': HANG_UP_BATCH_FIELDS },
  excludes: [ROOM_CHOICE],
  help:
    '\nIt asks the SIP service that holds the call, and then LiveKit. That LiveKit no' +
    '\nlonger lists a caller proves nothing of the phone: where the SIP service does' +
    '\nnot say that it hung up, the outcome is unknown, with exit code 7.\n',
  examples: [
    'hangup SCL_6buggSZChRCG',
    'hangup "+1 510 555 0142" --yes --json',
    'hangup --room call-42 --identity sip_+15105550142 --dry-run',
    'hangup - --confirm 3 < ids.txt',
  ],
});

export type HangUpCommandOptions = OptionsOf<typeof hangupCommand>;
