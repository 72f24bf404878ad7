/** What `calls` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choiceFlag, textFlag, toggleFlag, trunkFlag } from '../shared/flags.ts';

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
    toggleFlag('--stuck', 'only calls that nobody is serving'),
  ],
  examples: ['calls', 'calls --stuck --fields callId,phoneNumber', 'calls --json'],
});

export type CallsOptions = OptionsOf<typeof callsCommand>;
