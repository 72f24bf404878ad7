/** The commands below `config`. */
import { type Command, Option } from 'commander';
import { PROVIDER_NAMES } from '../../config/words.ts';
import { collect, examples, optionsOf } from '../shared/flags.ts';
import type { Declaring } from '../shared/invocation.ts';
import type { ConfigInitOptions } from './init.ts';
import type { ConfigOptions } from './run.ts';

/** Declares `config` and its own commands. */
export function declareConfig(declaring: Declaring): void {
  declaring
    .add('config', 'write a first configuration, or look at the one in use', (config) =>
      declareBelow(config, declaring),
    )
    .usage('<init|show|check|schema|path>')
    .helpCommand(false);
}

function declareBelow(config: Command, { emit }: Declaring): void {
  config
    .command('init')
    .description('write a first config file, and never over another')
    .option('--output <file>', 'where to (default: transfer.config.json in this folder)')
    .addOption(
      new Option('--format <format>', 'when no file is named (default: json)').choices([
        'json',
        'yaml',
      ]),
    )
    .option('--force', 'overwrite a file that is there')
    .option('--country <country>', 'of numbers typed without a plus, two letters')
    .addOption(new Option('--provider <name>', 'of the SIP trunk').choices(PROVIDER_NAMES))
    .option('--domain <domain>', 'the trunk’s own domain at the provider')
    .option('--trunk <trunk>', 'provider and domain are those of this trunk alone')
    .option('--pbx <domain>', 'the PBX that has the extensions')
    .option('--department <name=target>', 'a name for a destination; repeatable', collect)
    .addHelpText(
      'after',
      '\nOn a terminal it asks for what no flag says; where --country is given it asks' +
        '\nfor nothing, save before it overwrites. Elsewhere --country is needed, and' +
        '\n--force to overwrite. --project names the project of the lk CLI to be used.' +
        '\nYAML explains every part in comments. Credentials never stand in the file.\n' +
        examples(
          'config init',
          'config init --country US --pbx pbx.company.com --department sales=100',
          'config init --country DE --provider twilio --domain example --format yaml',
        ),
    )
    .action((_options, command: Command) =>
      emit({ command: 'config-init', options: optionsOf<ConfigInitOptions>(command) }),
    );
  const configCommands = {
    show: 'every setting with its origin; secrets are never shown',
    check: 'say whether the config file is valid, and everything that is wrong',
    schema: 'print the JSON Schema of a config file, for editors',
    path: 'print which config file is used',
  } as const;
  for (const [name, description] of Object.entries(configCommands)) {
    config
      .command(name)
      .description(description)
      .addHelpText('after', examples(`config ${name}`))
      .action((_options, command: Command) =>
        emit({ command: 'config', options: optionsOf<ConfigOptions>(command, { show: name }) }),
      );
  }
  config.addHelpText(
    'after',
    examples('config init', 'config show', 'config check --config ./transfer.config.json'),
  );
}
