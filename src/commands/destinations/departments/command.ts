/** What `departments` takes. */
import { UsageError } from '../../../core/errors.ts';
import { defineCommand, type OptionsOf } from '../../shared/command.ts';
import {
  allTrunksFlag,
  callFlag,
  refusedFlag,
  TRUNK_CHOICE,
  trunkFlag,
} from '../../shared/flags.ts';

export const DEPARTMENT_FIELDS = [
  ...['department', 'to', 'number', 'referTo', 'rule', 'steps', 'headers', 'aliases'],
  ...['fallback', 'description', 'announce', 'warnings', 'problem'],
];
export const DEPARTMENT_TRUNK_FIELDS = ['department', 'trunkKey', ...DEPARTMENT_FIELDS.slice(1)];

/** What `transfer` and `resolve` change for once is here a choice of what to look at. */
function refuseVia(): never {
  throw new UsageError('`departments` has no --via: nothing is sent.', {
    hint: '--trunk shows where they lead on one trunk, --all-trunks on all of the config.',
  });
}

export const departmentsCommand = defineCommand({
  name: 'departments',
  description: 'list the departments of the config, and where each one leads',
  flags: [
    trunkFlag('on this trunk: an id, a name, or a SIP host'),
    callFlag('on the trunk of this call'),
    allTrunksFlag('on every trunk of the config, a line each'),
    refusedFlag('--via <trunk>', refuseVia),
  ],
  excludes: [TRUNK_CHOICE],
  fields: { '': DEPARTMENT_FIELDS, '--all-trunks': DEPARTMENT_TRUNK_FIELDS },
  examples: ['departments', 'departments --all-trunks', 'departments --json'],
});

export type DepartmentsOptions = OptionsOf<typeof departmentsCommand>;
