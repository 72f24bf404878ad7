/** What `resolve` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { allTrunks, call, trunk, via } from '../shared/flags.ts';

export const resolve = defineCommand({
  name: 'resolve',
  description: 'show how a destination becomes the address a trunk gets',
  positionals: [
    {
      syntax: '<destination>',
      description: 'a department, number, extension, or SIP or tel URI',
    },
  ],
  flags: [
    trunk('for this trunk: an id, a name, or a SIP host'),
    call('for the trunk of this call'),
    allTrunks('for every trunk of the config, a line each'),
    via('send it by this trunk or SIP domain instead'),
  ],
  examples: ['resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'],
});

export type ResolveCommandOptions = OptionsOf<typeof resolve>;
