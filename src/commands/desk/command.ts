/** What `desk` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { maxRequestsFlag, roomsFlag, webhooksFlag } from '../shared/flags.ts';

export const deskCommand = defineCommand({
  name: 'desk',
  description: 'watch the calls live; transfer, rescue or end one (default on a terminal)',
  flags: [maxRequestsFlag, webhooksFlag, roomsFlag],
  help:
    '\nEvery key is shown on the screen. Nothing is sent before you have seen what,' +
    '\nand have confirmed it with y and Enter. To search for what\nbegins with q, type / first.\n',
  examples: ['desk', 'desk --sandbox'],
});

export type DeskOptions = OptionsOf<typeof deskCommand>;
