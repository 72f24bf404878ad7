/** What `resolve` takes. */
import { defineCommand, type OptionsOf } from '../../shared/command.ts';
import { allTrunksFlag, callFlag, TRUNK_CHOICE, trunkFlag, viaFlag } from '../../shared/flags.ts';

export const RESOLVED_TRUNK_FIELDS = ['trunkKey', 'referTo', 'rule', 'warnings', 'problem'];

export const RESOLVED_FIELDS = [
  ...(['input', 'kind', 'department', 'number', 'referTo', 'rule'] as const),
  ...(['headers', 'steps', 'fallback', 'announce', 'warnings'] as const),
];

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
  fields: { '': RESOLVED_FIELDS, '--all-trunks': RESOLVED_TRUNK_FIELDS },
  examples: ['resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'],
});

export type ResolveCommandOptions = OptionsOf<typeof resolveCommand>;
