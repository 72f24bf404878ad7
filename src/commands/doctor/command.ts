/** What `doctor` takes. */
import { defineCommand, type OptionsOf } from '../shared/command.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  description: 'check config, credentials, server, trunks and departments; changes nothing',
  examples: ['doctor', 'doctor --json', 'doctor --sandbox'],
});

export type DoctorOptions = OptionsOf<typeof doctorCommand>;
