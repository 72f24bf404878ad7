/** What `rooms` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { toggle } from '../shared/flags.ts';

export const rooms = defineCommand({
  name: 'rooms',
  description: 'list rooms with SIP callers in them',
  flags: [toggle('--all', 'every room, callers or not')],
  examples: ['rooms', 'rooms --all --json'],
});

export type RoomsOptions = OptionsOf<typeof rooms>;
