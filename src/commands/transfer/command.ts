/** What `transfer` takes. */

import type { Call } from '../../calls/call.ts';
import { DIALTONES, TRANSFER_METHODS } from '../../config/words.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { TransferRequest } from '../../livekit/messages.ts';
import type { AnnouncementPlan } from '../../transfer/announce.ts';
import type { NotTried, NotTriedCode } from '../../transfer/batch.ts';
import type { BridgePlan } from '../../transfer/bridge/dial-plan.ts';
import type { BridgeEnd } from '../../transfer/bridge/watch.ts';
import type { Bridge, OpenTransfer, Outcome, StepMethod } from '../../transfer/outcome.ts';
import type { ChainResult, ShownDestination } from '../../transfer/result.ts';
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

// What is printed as JSON beside a result. These names stay.

/** A request as it would go out. */
export interface ShownRequest extends Omit<TransferRequest, 'abortUnsent'> {
  /** For servers that do not know the tones: whether the caller hears ringing. */
  playDialtone: boolean;
}

/** One target of a plan, and how the caller would be moved there. */
interface DryRunStep {
  /** Where to. */
  destination: Destination;
  /** As it would go out. */
  request: ShownRequest;
  transferMethod: StepMethod;
  /** How the target would be dialled into the caller's room; null: the trunk gets a REFER. */
  bridgePlan: BridgePlan | null;
}

/** What a transfer would do. Nothing was sent. */
export interface TransferDryRun extends DryRunStep {
  /** Always. */
  dryRun: true;
  /** Whether it would go out as it is. */
  wouldSend: boolean;
  call: Call;
  /** The further targets, in their order, if the first does not take the call. */
  fallbacks: DryRunStep[];
  /** Earlier transfers of this call whose outcome nobody knows. */
  earlier: readonly OpenTransfer[];
  /** What the caller would be told before; null: nothing. */
  announcement: AnnouncementPlan | null;
}

const DRY_RUN_HAS = {
  ...{ dryRun: true, wouldSend: true, call: true, destination: true, fallbacks: true },
  ...{ request: true, transferMethod: true, bridgePlan: true, earlier: true, announcement: true },
} as const satisfies Record<keyof TransferDryRun, true>;

export const DRY_RUN_FIELDS: readonly string[] = Object.keys(DRY_RUN_HAS);

/** Every event has its kind and its moment. */
export interface CallMoment<Type extends string> {
  /** What happened. */
  type: Type;
  /** When it was seen: ISO 8601, UTC. */
  time: string;
  /** LiveKit's call id of the caller, `SCL_…`. */
  callId: string;
}

/** What an event says beside the moment when it is told. */
export type Untimed<Event> = Event extends { time: string } ? Omit<Event, 'time'> : never;

/** A request went out: a REFER, or the dial of a bridge. */
export interface RequestSent extends CallMoment<'refer-sent' | 'dialling'> {
  /** The Refer-To, or of a bridge what is dialled. */
  transferTo: string;
  /** How long the target's answer is waited for, in ms. */
  waitMs: number;
}

/** How the transfer ended; `bridged` where the two talk, who are watched from then on. */
export interface TransferEnded extends CallMoment<'bridged' | 'result'>, ChainResult {}

/** LiveKit cannot be read just now, or can be again. The watch goes on; nobody is hung up on. */
type BridgeConnection = CallMoment<'connection-lost' | 'connection-restored'>;

/** A watched bridge is over. */
export interface BridgeEnded extends CallMoment<'ended'>, BridgeEnd {
  bridge: Bridge;
}

/** What is told of a bridge while its two talk. */
export type BridgeEvent = BridgeConnection | BridgeEnded;

/** A line of a transfer that may dial: each tells its kind in `type`. */
export type TransferEvent = RequestSent | TransferEnded | BridgeEvent;

/** A request of one caller of a batch went out. */
export interface BatchAttempt extends CallMoment<'attempt'> {
  /** Where they are sent. */
  destination: ShownDestination;
}

/** A target that was left out. */
export interface PassedOver {
  /** Which one. */
  destination: ShownDestination;
  /** A clause. */
  reason: string;
}

/** What became of one caller of a batch. */
export interface BatchResult extends CallMoment<'result'>, ChainResult {
  /** Targets that were left out, for what became of others. */
  passedOver: PassedOver[];
}

/** A request went out, and this program failed: nobody will know how it ended. */
export interface BatchLost extends CallMoment<'result'> {
  /** Always. */
  outcome: 'unknown';
  /** Always. */
  caller: 'unknown';
  call: Call;
  /** What failed. */
  error: { code: NotTriedCode };
  /** Who, where to, and what happened, in a line. */
  headline: string;
  /** The same, explained. */
  message: string;
  /** What to do next; null: nothing. */
  hint: string | null;
  /** What it counts as. */
  exitCode: ExitCode;
}

/** No request went out for a caller of a batch, and why. */
export interface BatchNotTried extends CallMoment<'not-tried'>, NotTried {}

/** The sum of a batch, its last line but those of bridges that are still watched. */
export interface BatchSummary {
  /** Always. */
  type: 'summary';
  /** When it was made: ISO 8601, UTC. */
  time: string;
  /** How many were read from standard input. */
  callers: number;
  /** For how many a request went out. */
  sent: number;
  /** How many ended in which way. */
  outcomes: { [outcome in Outcome]?: number };
  /** For whom no request went out. */
  notTried: NotTried[];
  /** The worst of all. */
  exitCode: ExitCode;
}

/** A caller to whom nothing would be done. */
export interface BatchDryRunNotTried {
  /** Always. */
  dryRun: true;
  /** Why: the one caller. */
  notTried: NotTried[];
}

/** A line of a batch: an event, with its kind in `type`; or with `--dry-run` a plan. */
export type BatchLine =
  | BatchAttempt
  | BatchResult
  | BatchLost
  | BatchNotTried
  | BatchSummary
  | BridgeEvent
  | TransferDryRun
  | BatchDryRunNotTried;

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
