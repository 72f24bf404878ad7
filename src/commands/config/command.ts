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
  description: 'write a first config file, or look at the one in use',
  examples: ['config init', 'config show', 'config check --config ./transfer.config.json'],
});

export const initCommand = defineCommand({
  name: 'init',
  description: 'write a first config file; never overwrites one without --force',
  flags: [
    textFlag('--output <file>', 'the file to write (default: transfer.config.json in this folder)'),
    choiceFlag('--format <format>', 'format when no file is named (default: json)', [
      'json',
      'yaml',
    ]),
    toggleFlag('--force', 'overwrite an existing file'),
    textFlag('--country <country>', 'country of numbers without a plus, two letters'),
    choiceFlag('--provider <name>', 'provider of the SIP trunk', PROVIDER_NAMES),
    textFlag('--domain <domain>', 'the trunk’s own domain at the provider'),
    textFlag('--trunk <trunk>', 'provider and domain are only those of this trunk'),
    textFlag('--pbx <domain>', 'the PBX that has the extensions'),
    repeatableFlag('--department <name=target>', 'a name for a destination; repeatable'),
  ],
  fields: { '': NEW_CONFIG_FIELDS },
  help:
    '\nOn a terminal this asks for everything that no flag says. With --country it asks' +
    '\nonly before it overwrites a file. Without a terminal, --country is needed, and' +
    '\n--force to overwrite. --project names the project of the lk CLI to use.' +
    '\nA YAML file explains every part in comments. The file never has credentials.\n',
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
  description: 'check the config file, and list everything that is wrong',
  flags: [toggleFlag('--online', 'also check that LiveKit has the trunks it names')],
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
