/** What `calls` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  choiceFlag,
  ROOM_CHOICE,
  roomsFlag,
  textFlag,
  toggleFlag,
  trunkFlag,
} from '../shared/flags.ts';

export const callsCommand = defineCommand({
  name: 'calls',
  alias: 'participants',
  description: 'list the SIP calls that are up, and which of them are stuck',
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
    toggleFlag('--sure', 'look twice, 3 s apart, at calls of which one look does not tell it'),
  ],
  help: `
Fields for --fields, which are those of --json:
  callId, phoneNumber (E.164), phoneNumberRaw, calledNumber, name
  direction       inbound, outbound
  status          dialing, ringing, automation, active, hangup
  condition       (what each means: \`lk-transfer help conditions\`)
                  unanswered, no-agent, agent-silent, agent-muted,
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
  excludes: [ROOM_CHOICE],
  examples: ['calls', 'calls --sure', 'calls --stuck --fields callId,phoneNumber', 'calls --json'],
});

export type CallsOptions = OptionsOf<typeof callsCommand>;
