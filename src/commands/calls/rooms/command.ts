/** What `rooms` takes. */
import { defineCommand, type OptionsOf } from '../../shared/command.ts';
import { roomsFlag, toggleFlag } from '../../shared/flags.ts';

export const ROOM_FIELDS = [
  ...['room', 'roomSid', 'callers', 'agents', 'participants', 'recording', 'createdAt'],
  'ageSeconds',
];

export const roomsCommand = defineCommand({
  name: 'rooms',
  description: 'list rooms with SIP callers in them',
  flags: [toggleFlag('--all', 'every room, callers or not'), roomsFlag],
  fields: { '': ROOM_FIELDS },
  examples: ['rooms', 'rooms --all --json'],
});

export type RoomsOptions = OptionsOf<typeof roomsCommand>;
