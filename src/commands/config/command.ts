/** What `config` and the commands below it take. */
import { InvalidArgumentError } from 'commander';
import type { SettingRow } from '../../config/settings.ts';
import { type ConfigFormat, PROVIDER_NAMES, providerProblem } from '../../config/words.ts';
import type { UnresolvedDepartment } from '../../destinations/prove.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import { choiceFlag, repeatableFlag, textFlag, toggleFlag } from '../shared/flags.ts';

// In the field names of the JSON output, which stay.

/** The config file that was written. */
export interface NewConfigRecord {
  /** Its path, absolute. */
  file: string;
  format: ConfigFormat;
  /** Another file of this name was there. */
  overwritten: boolean;
  /** Commands that run here use it. */
  used: boolean;
  /** Names of the departments in it. */
  departments: string[];
  /** What is doubtful, a sentence each. */
  warnings: string[];
  /** What is worth knowing, and no doubt, a sentence each. */
  notes: string[];
  /** Where the file that was there before is kept; null: there was none. */
  backup: string | null;
}

/** A config file that is valid; of any other there is an error. */
export interface ConfigCheckRecord {
  /** Its path, absolute. */
  file: string;
  /** Always: of any other file there is an error. */
  valid: true;
  /** Names of the departments in it, each of which resolves on some trunk. */
  departments: string[];
  /** What is doubtful, a sentence each. */
  warnings: string[];
  /** What is worth knowing, and no doubt, a sentence each. */
  notes: string[];
  /** Departments, and trunks of the config that they do not resolve on. */
  unresolved: UnresolvedDepartment[];
}

/** Which config file is used. */
export interface ConfigPathRecord {
  /** Its path, absolute; null: there is none. */
  file: string | null;
  /** It is the example that comes with lk-transfer, for the sandbox. */
  bundled: boolean;
}

const NEW_CONFIG_HAS = {
  ...{ file: true, format: true, overwritten: true, used: true, departments: true },
  ...{ warnings: true, notes: true, backup: true },
} as const satisfies Record<keyof NewConfigRecord, true>;
const CONFIG_CHECK_HAS = {
  ...{ file: true, valid: true, departments: true, warnings: true },
  ...{ notes: true, unresolved: true },
} as const satisfies Record<keyof ConfigCheckRecord, true>;

export const NEW_CONFIG_FIELDS: readonly string[] = Object.keys(NEW_CONFIG_HAS);
export const SETTING_FIELDS: readonly (keyof SettingRow)[] = ['key', 'value', 'origin'];
export const CONFIG_CHECK_FIELDS: readonly string[] = Object.keys(CONFIG_CHECK_HAS);
export const PATH_FIELDS: readonly (keyof ConfigPathRecord)[] = ['file', 'bundled'];

export const configCommand = defineCommand({
  name: 'config',
  description: 'write a first config file, or look at the one in use',
  examples: ['config init', 'config show', 'config check --config ./transfer.config.json'],
});

/** @throws InvalidArgumentError for what names no preset */
function readProvider(text: string): (typeof PROVIDER_NAMES)[number] {
  const found = PROVIDER_NAMES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`${providerProblem(text)}.`);
  return found;
}

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
    {
      ...choiceFlag('--provider <name>', 'provider of the SIP trunk', PROVIDER_NAMES),
      read: readProvider,
    },
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

export const configSchemaCommand = defineCommand({
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
