/** What `doctor` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { textFlag } from '../shared/flags.ts';

export const CHECK_FIELDS = ['check', 'result', 'title', 'detail', 'notes', 'hint'];

export const doctorCommand = defineCommand({
  name: 'doctor',
  description: 'check config, credentials, server, trunks and departments; changes nothing',
  flags: [
    textFlag('--report <file>', 'write all of it to a new file, to go with the report of a bug'),
    textFlag('--log <file>', 'with --report: what another run printed goes along (- is stdin)'),
  ],
  fields: { '': CHECK_FIELDS },
  help:
    '\nThe file of --report has the versions, all checks, and the log; passwords,' +
    '\ntokens and phone numbers are left out of it. Look through it before you send it.\n',
  examples: ['doctor', 'doctor --json', 'doctor --sandbox', 'doctor --report bug.json --sandbox'],
});

export type DoctorOptions = OptionsOf<typeof doctorCommand>;
