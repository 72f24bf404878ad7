/** What `calls` takes. */
import type { Call } from '../../calls/call.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choiceFlag, textFlag, toggleFlag, trunkFlag } from '../shared/flags.ts';

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
  flags: [
    textFlag('--room <name>', 'only calls in this room'),
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
    toggleFlag('--sure', 'look twice, 3 s apart, at calls of which one look does not tell it'),
  ],
  fields: { '': CALL_FIELDS },
  help: `
Fields for --fields, which are those of --json:
  callId, phoneNumber (E.164), phoneNumberRaw, calledNumber, name
  direction       inbound, outbound
  status          dialing, ringing, automation, active, hangup
  condition       see \`lk-transfer help conditions\`
  conditionSince  since when it is known to be so, as far as anybody knows
  stuck           true, false, or null: not yet known (--sure looks twice)
  transferable, recording   true, false
  agent           identity and state
  room, roomSid, identity, trunkId, ruleId, host, provider
  joinedAt, ageSeconds
A field without a value is null, and empty in TAB-separated lines.
`,
  examples: ['calls', 'calls --sure', 'calls --stuck --fields callId,phoneNumber', 'calls --json'],
});

export type CallsOptions = OptionsOf<typeof callsCommand>;
