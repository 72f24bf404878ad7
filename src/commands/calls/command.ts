/** What `calls` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choice, text, toggle } from '../shared/flags.ts';

export const calls = defineCommand({
  name: 'calls',
  alias: 'participants',
  description: 'list the SIP calls that are up, and which of them are stuck',
  flags: [
    text('--room <name>', 'only calls in this room'),
    choice('--status <status>', 'only calls of this status', [
      'dialing',
      'ringing',
      'automation',
      'active',
      'hangup',
    ]),
    text('--trunk <trunk-id>', 'only calls on this trunk'),
    choice('--direction <direction>', 'only calls this way', ['inbound', 'outbound']),
    toggle('--stuck', 'only calls that nobody is serving'),
  ],
  examples: ['calls', 'calls --stuck --fields callId,phoneNumber', 'calls --json'],
});

export type CallsOptions = OptionsOf<typeof calls>;
