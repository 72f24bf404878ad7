/** What `calls` takes. */
import type { Call } from '../../calls/call.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  maxRequestsFlag,
  ROOM_CHOICE,
  roomsFlag,
  textFlag,
  toggleFlag,
  trunkFlag,
  webhooksFlag,
} from '../shared/flags.ts';

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
  description: 'list the SIP calls that are up, and which of them are stuck',
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
    toggleFlag('--stuck', 'only calls that nobody is serving; where it is needed, looks twice'),
    toggleFlag('--watch', 'keep looking: a live list on a terminal, else an event a line (NDJSON)'),
    maxRequestsFlag,
    webhooksFlag,
    toggleFlag('--sure', 'look twice, 3 s apart, at calls of which one look does not tell it'),
  ],
  excludes: [
    ROOM_CHOICE,
    {
      oneOf: [['--watch'], ['--sure']],
      why: 'A watch looks again and again, and so is as sure as --sure by itself.',
    },
    {
      oneOf: [['--watch'], ['--trunk']],
      why: 'A watch tells of every call, and each has its trunkId.',
    },
  ],
  fields: { '': CALL_FIELDS },
  help: `
Events of --watch: call-started, call-changed (with the names of the fields that
changed), call-ended, room-unreadable, connection-lost, connection-restored;
each has type and time. With a filter, a call that no longer fits it is told of
once more. The first look reads every room once, outside of --max-requests.

Fields for --fields, which are those of --json:
  callId, phoneNumber (E.164), phoneNumberRaw, calledNumber, name
  direction       inbound, outbound
  status          dialing, ringing, automation, active, hangup
  condition       (what each means: \`lk-transfer help conditions\`)
                  unanswered, no-agent, agent-silent, agent-muted, bridged,
                  agent-starting, agent-hung, status-unknown, no-call-id,
                  transfer-open, connecting, with-person, with-sip-party,
                  hanging-up, unremarkable
  conditionSince  since when it is known to be so
  stuck           true, false, or null: not yet known (--sure looks twice);
                  “unknown” in TAB-separated lines
  transferable, recording   true, false
  agent           identity and state
  room, roomSid, identity, trunkId, ruleId, host, provider
  joinedAt, ageSeconds
A field without a value is null, and empty in TAB-separated lines.
`,
  examples: [
    'calls',
    'calls +15105550102',
    'calls --sure',
    'calls --stuck --fields callId,phoneNumber',
    'calls --watch',
    'calls --json',
  ],
});

export type CallsOptions = OptionsOf<typeof callsCommand>;
