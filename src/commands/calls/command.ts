/** What `calls` and `rooms` take, which look, and `hangup` and `rescue`, which act on a call. */
import type { HangUpResult } from '../../call-control/hang-up.ts';
import type { Company, HangUpOutcome } from '../../call-control/hang-up-words.ts';
import type { RescueResult } from '../../call-control/rescue.ts';
import type { Newcomer } from '../../call-control/rescue-words.ts';
import type { Call } from '../../calls/call.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  confirmFlag,
  dryRunFlag,
  identityFlag,
  maxRequestsFlag,
  ROOM_CHOICE,
  rateFlag,
  roomFlag,
  roomsFlag,
  textFlag,
  toggleFlag,
  trunkFlag,
  waitFlag,
  webhooksFlag,
  yesFlag,
} from '../shared/flags.ts';
import type { BatchLost, BatchNotTried, BatchSummary, CallMoment } from '../transfer/command.ts';

// What `calls` takes.

export const CALL_FIELDS: readonly (keyof Call)[] = [
  'callId',
  'room',
  'roomSid',
  'identity',
  'name',
  'phoneNumber',
  'phoneNumberRaw',
  'calledNumber',
  'direction',
  'status',
  'condition',
  'conditionSince',
  'stuck',
  'transferable',
  'recording',
  'trunkId',
  'ruleId',
  'host',
  'provider',
  'agent',
  'joinedAt',
  'ageSeconds',
];

export const callsCommand = defineCommand({
  name: 'calls',
  alias: 'participants',
  description: 'list the current SIP calls, and which of them are stuck',
  positionals: [
    {
      syntax: '[caller]',
      description: 'only this one: a call id, phone number, room or identity',
    },
  ],
  flags: [
    textFlag('--room <name>', 'only calls in this room'),
    roomsFlag,
    choiceFlag('--status <status>', 'only calls of this status', [
      'dialing',
      'ringing',
      'automation',
      'active',
      'hangup',
    ]),
    trunkFlag('only calls on this trunk: its id, name or SIP host'),
    choiceFlag('--direction <direction>', 'only calls this way', ['inbound', 'outbound']),
    toggleFlag('--stuck', 'only calls that nobody serves; looks twice where needed'),
    toggleFlag(
      '--watch',
      'keep looking: a live list on a terminal, else one event per line (NDJSON)',
    ),
    maxRequestsFlag,
    webhooksFlag,
    toggleFlag('--sure', 'look again after 3 s at calls that may be stuck'),
  ],
  excludes: [
    ROOM_CHOICE,
    {
      oneOf: [['--watch'], ['--sure']],
      why: 'A watch looks again and again: it needs no --sure.',
    },
    {
      oneOf: [['--watch'], ['--trunk']],
      why: 'A watch reports every call; each event has the trunkId.',
    },
  ],
  fields: { '': CALL_FIELDS },
  help: `
Events of --watch: call-started, call-changed (with the names of the fields that
changed), call-ended, room-unreadable, connection-lost, connection-restored;
each has type and time. With a filter, a call that no longer matches is reported
once more. The first look reads every room once, outside of --max-requests.

Fields for --fields and --json:
  callId, phoneNumber (E.164), phoneNumberRaw, calledNumber, name
  direction       inbound, outbound
  status          dialing, ringing, automation, active, hangup
  condition       (what each means: \`lk-transfer help conditions\`)
                  unanswered, no-agent, agent-silent, agent-muted,
                  agent-starting, agent-hung, bridged, transfer-open,
                  with-person, with-sip-party, connecting, hanging-up,
                  unremarkable, status-unknown, no-call-id
  conditionSince  since when the condition is known
  stuck           true, false, or null: not yet known (--sure looks twice);
                  “unknown” in TAB-separated lines
  transferable, recording   true, false; agent: identity and state
  room, roomSid, identity, trunkId, ruleId, host, provider
  joinedAt, ageSeconds
A field without a value is null, and empty in TAB-separated lines.
`,
  examples: [
    'calls',
    'calls +15105550102',
    'calls --sure',
    'calls --stuck --fields callId,phoneNumber',
    ...['calls --watch', 'calls --json'],
  ],
});

export type CallsOptions = OptionsOf<typeof callsCommand>;

// What `rooms` takes.

export const ROOM_FIELDS = [
  ...['room', 'roomSid', 'callers', 'agents', 'participants', 'recording', 'createdAt'],
  'ageSeconds',
];

export const roomsCommand = defineCommand({
  name: 'rooms',
  description: 'list the rooms with SIP callers',
  flags: [toggleFlag('--all', 'every room, callers or not'), roomsFlag],
  fields: { '': ROOM_FIELDS },
  examples: ['rooms', 'rooms --all --json'],
});

export type RoomsOptions = OptionsOf<typeof roomsCommand>;

// What `hangup` takes.

/** What every result ends with, of `hangup` as of `rescue`. */
const TOLD = {
  call: true,
  headline: true,
  message: true,
  hint: true,
  advice: true,
  startedAt: true,
  durationMs: true,
  exitCode: true,
} as const;

const HANG_UP_HAS = {
  ...{ outcome: true, caller: true, leg: true, endCall: true, removed: true },
  ...TOLD,
} as const satisfies Record<keyof HangUpResult, true>;

export const HANG_UP_FIELDS: readonly string[] = Object.keys(HANG_UP_HAS);
/** Of a result among those of a batch. */
export const HANG_UP_BATCH_FIELDS = ['callId', ...HANG_UP_FIELDS];

/** What `hangup` would do. Nothing was sent. These names stay. */
export interface HangUpDryRun {
  /** Always. */
  dryRun: true;
  /** Always: whoever is listed can be hung up on. */
  wouldSend: true;
  call: Call;
  /** Who is in the room beside the caller; null: it was not read. */
  cutsOffFrom: readonly Company[] | null;
}

export const HANG_UP_DRY_RUN_FIELDS = ['dryRun', 'wouldSend', 'call', 'cutsOffFrom'] as const;

/** What became of one of a batch. */
export interface HangUpEnded extends CallMoment<'result'>, HangUpResult {}

/** It went out, and this program failed: nobody will know whether the phone is free. */
export interface HangUpLost
  extends CallMoment<'result'>,
    Omit<BatchLost, 'call' | 'headline' | keyof CallMoment<'result'>> {}

/** The sum of a batch, its last line. */
export interface HangUpSummary extends Omit<BatchSummary, 'sent' | 'outcomes'> {
  /** How many ended in which way. */
  outcomes: { [outcome in HangUpOutcome]?: number };
}

/** A line of a batch: an event, with its kind in `type`; or with `--dry-run` a plan. */
export type HangUpLine =
  | (CallMoment<'attempt'> | HangUpEnded | HangUpLost)
  | (BatchNotTried | HangUpSummary | HangUpDryRun);

export const hangupCommand = defineCommand({
  name: 'hangup',
  description: 'hang up on a caller, or on another telephone call',
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
    '\nThis asks the SIP service that has the call, and then LiveKit. A caller whom' +
    '\nLiveKit no longer lists may still be connected. If the SIP service does not say' +
    '\nthat it hung up, the outcome is unknown, with exit code 7.\n',
  examples: [
    'hangup SCL_6buggSZChRCG',
    'hangup "+1 510 555 0142" --yes --json',
    'hangup --room call-42 --identity sip_+15105550142 --dry-run',
    'hangup - --confirm 3 < ids.txt',
  ],
});

export type HangUpCommandOptions = OptionsOf<typeof hangupCommand>;

// What `rescue` takes.

const RESCUE_HAS = {
  outcome: true,
  caller: true,
  leg: true,
  agentName: true,
  dispatch: true,
  newcomers: true,
  answered: true,
  removed: true,
  ...TOLD,
} as const satisfies Record<keyof RescueResult, true>;

export const RESCUE_FIELDS: readonly string[] = Object.keys(RESCUE_HAS);

/** What `rescue` would do. Nothing was sent. These names stay. */
export interface RescueDryRun {
  /** Always. */
  dryRun: true;
  /** Always. */
  wouldSend: true;
  call: Call;
  /** The name of the agent that would be requested. */
  agentName: string;
  /** How long it is waited for, in ms. */
  waitMs: number;
  /** The agents that are there. */
  agents: Newcomer[];
  /** Identities of those that would be removed. */
  replaces: string[];
}

const RESCUE_DRY_RUN_HAS = {
  ...{ dryRun: true, wouldSend: true, call: true, agentName: true, waitMs: true },
  ...{ agents: true, replaces: true },
} as const satisfies Record<keyof RescueDryRun, true>;

export const RESCUE_DRY_RUN_FIELDS: readonly string[] = Object.keys(RESCUE_DRY_RUN_HAS);

export const rescueCommand = defineCommand({
  name: 'rescue',
  description: 'request an agent, and wait until the caller can hear it',
  positionals: [{ syntax: '[caller]', description: 'a call id, phone number, room or identity' }],
  flags: [
    textFlag('--agent <name>', 'the agent to request (default: rescue.agent of the config)'),
    waitFlag('how long to wait until it is heard (default: 20s)'),
    toggleFlag('--replace', 'remove the old agents once the new one is heard'),
    roomFlag,
    identityFlag,
    roomsFlag,
    yesFlag,
    dryRunFlag,
  ],
  fields: { '': RESCUE_FIELDS, '--dry-run': RESCUE_DRY_RUN_FIELDS },
  excludes: [ROOM_CHOICE],
  help:
    '\nIf nobody has answered the call yet, the audio of the agent answers it. If no' +
    '\nagent comes in time, the request is cancelled. `rescue` in the config names the' +
    '\ndefault agent, also for single numbers of yours.\n',
  examples: [
    'rescue SCL_6buggSZChRCG --agent fallback',
    'rescue "+1 510 555 0142" --agent fallback --replace --yes --json',
    'rescue --room call-42 --agent fallback --wait 30s',
  ],
});

export type RescueCommandOptions = OptionsOf<typeof rescueCommand>;
