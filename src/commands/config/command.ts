/** What `config` and the commands below it take. */
import { PROVIDER_NAMES } from '../../config/words.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choiceFlag, repeatableFlag, textFlag, toggleFlag } from '../shared/flags.ts';

export const NEW_CONFIG_FIELDS = [
  'file',
  'format',
  'overwritten',
  'used',
  'departments',
  'warnings',
];
export const SETTING_FIELDS = ['key', 'value', 'origin'];
export const CONFIG_CHECK_FIELDS = ['file', 'valid', 'departments', 'warnings'];
export const PATH_FIELDS = ['file', 'bundled'];

export const configCommand = defineCommand({
  name: 'config',
  description: 'write a first configuration, or look at the one in use',
  examples: ['config init', 'config show', 'config check --config ./transfer.config.json'],
});

export const initCommand = defineCommand({
  name: 'init',
  description: 'write a first config file, and never over another',
  flags: [
    textFlag('--output <file>', 'where to (default: transfer.config.json in this folder)'),
    choiceFlag('--format <format>', 'when no file is named (default: json)', ['json', 'yaml']),
    toggleFlag('--force', 'overwrite a file that is there'),
    textFlag('--country <country>', 'of numbers typed without a plus, two letters'),
    choiceFlag('--provider <name>', 'of the SIP trunk', PROVIDER_NAMES),
    textFlag('--domain <domain>', 'the trunk’s own domain at the provider'),
    textFlag('--trunk <trunk>', 'provider and domain are those of this trunk alone'),
    textFlag('--pbx <domain>', 'the PBX that has the extensions'),
    repeatableFlag('--department <name=target>', 'a name for a destination; repeatable'),
  ],
  fields: { '': NEW_CONFIG_FIELDS },
  help:
    '\nOn a terminal it asks for what no flag says; where --country is given it asks' +
    '\nfor nothing, save before it overwrites. Elsewhere --country is needed, and' +
    '\n--force to overwrite. --project names the project of the lk CLI to be used.' +
    '\nYAML explains every part in comments. Credentials never stand in the file.\n',
  examples: [
    'config init',
    'config init --country US --department sales=+15105550100',
    'config init --country DE --provider twilio --domain example',
  ],
});

export type ConfigInitOptions = OptionsOf<typeof initCommand>;

export const showCommand = defineCommand({
  name: 'show',
  description: 'every setting with its origin; secrets are never shown',
  fields: { '': SETTING_FIELDS },
  examples: ['config show'],
});

export const checkCommand = defineCommand({
  name: 'check',
  description: 'say whether the config file is valid, and everything that is wrong',
  flags: [
    toggleFlag('--online', 'look in LiveKit as well, whether it has the trunks that are named'),
  ],
  fields: { '': CONFIG_CHECK_FIELDS },
  examples: ['config check', 'config check --online'],
});

export type ConfigCheckOptions = OptionsOf<typeof checkCommand>;

export const schemaCommand = defineCommand({
  name: 'schema',
  description: 'print the JSON Schema of a config file, for editors',
  examples: ['config schema'],
});

export const pathCommand = defineCommand({
  name: 'path',
  description: 'print which config file is used',
  fields: { '': PATH_FIELDS },
  examples: ['config path'],
});
