/** What `history`, `history close` and `ticket` take. */
import type { RecordedAttempt } from '../../history/attempts.ts';
import type { OutcomeEntry, SentEntry } from '../../history/entry.ts';
import type { SummaryRow } from '../../history/summary.ts';
import type { SipStatus, TrunkAnswer } from '../../transfer/outcome.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choicesFlag,
  readPeriod,
  readPositiveNumber,
  textFlag,
  toggleFlag,
  valueFlag,
  yesFlag,
} from '../shared/flags.ts';

export const HISTORY_FIELDS: readonly (keyof RecordedAttempt)[] = [
  ...(['id', 'startedAt', 'endedAt', 'callId', 'phoneNumber', 'phoneNumberRaw'] as const),
  ...(['callerName', 'room', 'identity', 'direction', 'trunkId', 'provider', 'to'] as const),
  ...([
    'referTo',
    'transferMethod',
    'bridgeTrunkId',
    'livekitHost',
    'outcome',
    'caller',
    'leg',
    'stage',
    'sip',
  ] as const),
  ...(['evidence', 'interrupted', 'durationMs', 'exitCode', 'message', 'open'] as const),
  ...(['closed', 'underWay', 'calledNumber', 'host', 'sipIds', 'transferId'] as const),
];

export const SUMMARY_FIELDS: readonly (keyof SummaryRow)[] = [
  ...(['by', 'name', 'transfers', 'completed', 'bridged', 'ended', 'refused', 'failed'] as const),
  ...(['notSent', 'unknown', 'medianMs'] as const),
];

export const historyCommand = defineCommand({
  name: 'history',
  description: 'list the transfers made from this machine, newest last',
  flags: [
    textFlag('--call <id>', 'only transfers of this call'),
    textFlag('--caller <number>', 'only transfers of this number, in any spelling; or: hidden'),
    choicesFlag('--outcome <outcome>', 'only transfers with this outcome; repeatable', [
      'completed',
      'bridged',
      'ended',
      'unconfirmed',
      'refused',
      'target-failed',
      'not-sent',
      'unknown',
      'unrecorded',
    ]),
    toggleFlag('--open', 'only open transfers: nobody knows how they ended'),
    valueFlag('--since <duration>', 'only those sent in this time: 30m, 6h, 7d', readPeriod),
    valueFlag('--limit <number>', 'only this many, the newest (default: 50)', readPositiveNumber),
    toggleFlag('--summary', 'count them by department and by trunk (all, unless --limit is given)'),
  ],
  fields: { '': HISTORY_FIELDS, '--summary': SUMMARY_FIELDS },
  help: `
Fields of --summary:
  by         all, department or trunk
  name       of the department or trunk
  transfers  the sum of completed, bridged, ended, refused, failed, notSent
             and unknown
  medianMs   from the request to an outcome that is known
`,
  examples: ['history', 'history --open', 'history --summary --since 7d', 'history --json'],
});

export type HistoryOptions = OptionsOf<typeof historyCommand>;

export const closeCommand = defineCommand({
  name: 'close',
  description: 'record that an open transfer is over, once somebody knows it',
  positionals: [{ syntax: '<call>', description: 'a call id, or the id of one transfer' }],
  flags: [
    textFlag('--reason <text>', 'how you know it; kept in the record'),
    textFlag('--by <name>', 'who found out (default: your login)'),
    toggleFlag('--all', 'all open transfers of the call, where it has several'),
    yesFlag,
  ],
  fields: { '': HISTORY_FIELDS },
  help:
    '\nThe recorded outcome does not change. The call no longer has an open transfer,' +
    '\nand a new transfer of it needs no --again.\n',
  examples: [
    'history close SCL_6buggSZChRCG',
    'history close SCL_6buggSZChRCG --reason "sales has them" --yes',
  ],
});

export type CloseOptions = OptionsOf<typeof closeCommand>;

/** What a ticket shows of a transfer as the record has it. */
type TicketSent =
  | ('id' | 'callId' | 'direction' | 'phoneNumberRaw' | 'calledNumber' | 'trunkId' | 'host')
  | ('provider' | 'sipIds' | 'referTo' | 'transferMethod' | 'bridgeTrunkId');

/** One transfer as a provider's support asks for it, in the field names of the JSON output. */
export interface TicketRecord
  extends Pick<SentEntry, TicketSent>,
    Pick<OutcomeEntry, 'transferId'>,
    Pick<RecordedAttempt, 'startedAt' | 'endedAt' | 'outcome'> {
  /** Whether the call is up; null: nobody could look, or the record does not say where. */
  isUp: boolean | null;
  /** The trunk's answer to the REFER; null: not known, or none was sent. */
  refer: TrunkAnswer | null;
  /** The trunk's last report on the target; null: not known, or there was none. */
  notify: SipStatus | null;
  /** The answer to the INVITE of a bridge; null: not known, or there was none. */
  invite: TrunkAnswer | null;
  /** What is not known, of all that is asked for. */
  missing: string[];
  /** The block itself, line by line. */
  ticket: string[];
}

const TICKET_HAS = {
  ...{ id: true, callId: true, direction: true, phoneNumberRaw: true, calledNumber: true },
  ...{ trunkId: true, host: true, provider: true, sipIds: true, startedAt: true, endedAt: true },
  ...{ referTo: true, transferMethod: true, bridgeTrunkId: true },
  ...{ outcome: true, transferId: true },
  ...{ isUp: true, refer: true, notify: true, invite: true, missing: true, ticket: true },
} as const satisfies Record<keyof TicketRecord, true>;

export const TICKET_FIELDS: readonly string[] = Object.keys(TICKET_HAS);

export const ticketCommand = defineCommand({
  name: 'ticket',
  description: 'print what the provider’s support needs to know about a transfer',
  positionals: [
    { syntax: '<call>', description: 'a call id, number or identity, or the id of one transfer' },
  ],
  flags: [toggleFlag('--last', 'only the last transfer of the call')],
  fields: { '': TICKET_FIELDS },
  help:
    '\nThis comes from the record on this machine. If LiveKit still has the call, its' +
    '\nids are read there. Times are UTC. `missing` lists what is not known.\n',
  examples: ['ticket SCL_6buggSZChRCG', 'ticket "+1 510 555 0142" --last --json'],
});

export type TicketOptions = OptionsOf<typeof ticketCommand>;
