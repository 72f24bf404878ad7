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
    textFlag(
      '--caller <number>',
      'only transfers of this caller, however it is written; or: hidden',
    ),
    choicesFlag('--outcome <outcome>', 'only transfers that ended so, or so; repeatable', [
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
    toggleFlag('--open', 'only those that may still come about: nobody knows how they ended'),
    valueFlag(
      '--since <duration>',
      'only those sent so long ago or later: 30m, 6h, 7d',
      readPeriod,
    ),
    valueFlag('--limit <number>', 'the newest so many (default: 50)', readPositiveNumber),
    toggleFlag('--summary', 'count them, by department and by trunk, all unless --limit is given'),
  ],
  fields: { '': HISTORY_FIELDS, '--summary': SUMMARY_FIELDS },
  help: `
Fields of --summary: by (all, department, trunk), name, transfers,
of which completed, bridged, ended, refused, failed, notSent and unknown
add up to them;
medianMs, from the request to an outcome that is known.
`,
  examples: ['history', 'history --open', 'history --summary --since 7d', 'history --json'],
});

export type HistoryOptions = OptionsOf<typeof historyCommand>;

export const closeCommand = defineCommand({
  name: 'close',
  description: 'note that an open transfer is over, once somebody has found out',
  positionals: [{ syntax: '<call>', description: 'a call id, or the id of one transfer' }],
  flags: [
    textFlag('--reason <text>', 'how you know: it stays in the record'),
    textFlag('--by <name>', 'who found out (default: your login)'),
    toggleFlag('--all', 'all open transfers of the call, where it has several'),
    yesFlag,
  ],
  fields: { '': HISTORY_FIELDS },
  help:
    '\nThe outcome stays what it was. The call no longer counts as one whose transfer' +
    '\nmay still come about, and a new transfer of it needs no --again.\n',
  examples: [
    'history close SCL_6buggSZChRCG',
    'history close SCL_6buggSZChRCG --reason "sales has them" --yes',
  ],
});

export type CloseOptions = OptionsOf<typeof closeCommand>;

/** What a ticket shows of a transfer as the record has it. */
type TicketSent =
  | ('id' | 'callId' | 'direction' | 'phoneNumberRaw' | 'calledNumber' | 'trunkId' | 'host')
  | ('provider' | 'sipIds' | 'referTo' | 'transferMethod');

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

export const TICKET_FIELDS: readonly (keyof TicketRecord)[] = [
  ...(['id', 'callId', 'direction', 'phoneNumberRaw', 'calledNumber', 'trunkId', 'host'] as const),
  ...(['provider', 'sipIds', 'startedAt', 'endedAt', 'referTo', 'transferMethod'] as const),
  ...(['outcome', 'transferId'] as const),
  ...(['isUp', 'refer', 'notify', 'invite', 'missing', 'ticket'] as const),
];

export const ticketCommand = defineCommand({
  name: 'ticket',
  description: 'print what the provider’s support asks for about a transferred call',
  positionals: [
    { syntax: '<call>', description: 'a call id, number or identity, or the id of one transfer' },
  ],
  flags: [toggleFlag('--last', 'only the last transfer of the call')],
  fields: { '': TICKET_FIELDS },
  help:
    '\nFrom the record on this machine; a call that is still up is looked at for its' +
    '\nids. Moments are UTC. `missing` has what is not known.\n',
  examples: ['ticket SCL_6buggSZChRCG', 'ticket "+1 510 555 0142" --last --json'],
});

export type TicketOptions = OptionsOf<typeof ticketCommand>;
