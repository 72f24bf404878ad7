/** What `transfer` takes. */
import { DIALTONES, TRANSFER_METHODS } from '../../config/words.ts';
import type { ChainResult } from '../../transfer/result.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  confirmFlag,
  dryRunFlag,
  type Exclusion,
  headerFlag,
  identityFlag,
  ROOM_CHOICE,
  rateFlag,
  repeatableFlag,
  roomFlag,
  roomsFlag,
  textFlag,
  toFlag,
  toggleFlag,
  viaFlag,
  waitFlag,
  yesFlag,
} from '../shared/flags.ts';

/** Every field of a result, for `--fields`: a name that does not exist is told before anything is sent. */
const RESULT_HAS = {
  outcome: true,
  transferMethod: true,
  caller: true,
  leg: true,
  stage: true,
  sip: true,
  livekit: true,
  evidence: true,
  bridge: true,
  call: true,
  destination: true,
  headline: true,
  message: true,
  hint: true,
  advice: true,
  startedAt: true,
  durationMs: true,
  exitCode: true,
  earlier: true,
  attempts: true,
  announcement: true,
} as const satisfies Record<keyof ChainResult, true>;

export const RESULT_FIELDS: readonly string[] = Object.keys(RESULT_HAS);
/** Of a result among those of a batch. */
export const BATCH_FIELDS = ['callId', ...RESULT_FIELDS, 'passedOver'];

export const DRY_RUN_FIELDS = [
  'dryRun',
  'wouldSend',
  'call',
  'destination',
  'fallbacks',
  'request',
  'transferMethod',
  'bridgePlan',
  'earlier',
  'announcement',
] as const;

const ANNOUNCE_FLAGS = [
  textFlag('--announce <text>', 'what the agent tells the caller before; {department} is replaced'),
  toggleFlag('--no-announce', 'tell the caller nothing, even if the config has a text'),
  toggleFlag('--announce-required', 'transfer only if the announcement was made'),
  textFlag('--announce-file <file>', 'a sound file to play if no agent can speak (.ogg, .wav)'),
] as const;

const ANNOUNCE_CHOICE: Exclusion = {
  oneOf: [['--no-announce'], ['--announce-required', '--announce-file']],
  why: '--no-announce says nothing before the transfer: give only one.',
};

export const transferCommand = defineCommand({
  name: 'transfer',
  description: 'transfer a caller to another destination',
  positionals: [
    {
      syntax: '[caller]',
      description: 'a call id, phone number, room or identity; - reads ids from stdin',
    },
  ],
  flags: [
    toFlag('a department, number, extension, or SIP or tel URI'),
    roomFlag,
    identityFlag,
    roomsFlag,
    yesFlag,
    confirmFlag,
    toggleFlag('--again', 'transfer, although an earlier transfer may still succeed'),
    dryRunFlag,
    repeatableFlag(
      '--fallback <destination>',
      'used if the target does not take the call; repeatable',
    ),
    toggleFlag('--no-fallback', 'use no fallback, not even the department’s own'),
    waitFlag('how long to wait for the target’s answer (default: 90s)'),
    headerFlag,
    choiceFlag('--dialtone <tone>', 'the ringing the caller hears (default: auto)', DIALTONES),
    toggleFlag('--no-dialtone', 'the caller hears the room, and no ringing'),
    ...ANNOUNCE_FLAGS,
    viaFlag(),
    choiceFlag(
      '--method <method>',
      'refer: the trunk transfers the caller; bridge: the target is dialled into the room; auto: bridge if REFER certainly called nobody',
      TRANSFER_METHODS,
    ),
    toggleFlag('--keep-agent', 'bridge: the agent stays in the room with the two'),
    toggleFlag('--detach', 'bridge: exit at once; nobody hangs up on the one who stays'),
    toggleFlag(
      '--answer-caller',
      'bridge: dial although nobody has answered the caller, who then waits in silence',
    ),
    rateFlag,
    toggleFlag('--no-history', 'do not record it (`lk-transfer history`)'),
  ],
  fields: { '': RESULT_FIELDS, '--dry-run': DRY_RUN_FIELDS, '-': BATCH_FIELDS },
  excludes: [ROOM_CHOICE, ANNOUNCE_CHOICE],
  examples: [
    'transfer SCL_6buggSZChRCG --to sales',
    'transfer "+1 510 555 0142" --to support --yes --json',
    'transfer SCL_6buggSZChRCG --to sales --method bridge',
    'transfer --room call-42 --to "+1 510 555 0100" --dry-run',
    'transfer - --to voicemail --confirm 3 < ids.txt',
  ],
});

export type TransferOptions = OptionsOf<typeof transferCommand>;
