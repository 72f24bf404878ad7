/** What `resolve` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { allTrunksFlag, callFlag, TRUNK_CHOICE, trunkFlag, viaFlag } from '../shared/flags.ts';

export const resolveCommand = defineCommand({
  name: 'resolve',
  description: 'show how a destination becomes the address a trunk gets',
  positionals: [
    {
      syntax: '<destination>',
      description: 'a department, number, extension, or SIP or tel URI',
    },
  ],
  flags: [
    trunkFlag('for this trunk: an id, a name, or a SIP host'),
    callFlag('for the trunk of this call'),
    allTrunksFlag('for every trunk of the config, a line each'),
    viaFlag('send it by this trunk or SIP domain instead'),
  ],
  excludes: [TRUNK_CHOICE],
  examples: ['resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'],
});

export type ResolveCommandOptions = OptionsOf<typeof resolveCommand>;
