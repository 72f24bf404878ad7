/** The flags of every command, and the options of one command as the data that it takes. */
import { type Command, Option } from 'commander';
import { version } from '../../core/version.ts';
import type { GlobalOptions } from './context.ts';
import { duration, refuseSecret } from './flags.ts';

type Given = Record<string, unknown>;

export function addGlobalOptions(program: Command): void {
  program
    .optionsGroup('Options of every command:')
    .option('--json', 'print JSON')
    .option('--fields <names>', 'only these fields, comma-separated')
    .option('-q, --quiet', 'no progress and no chatter')
    .addOption(new Option('--color', 'colour, even where the stream is no terminal'))
    .addOption(new Option('--no-color', 'no colour'))
    .option('--no-input', 'ask nothing')
    .option('--debug', 'show where an unexpected error happened')
    .option('--timeout <duration>', 'how long one read may take (default: 10s)', duration)
    .option('--config <file>', 'the config file')
    .option('--env-file <file>', 'read LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET there')
    .option('--project <name>', 'a project of the lk CLI')
    .option('--url <url>', 'the LiveKit server')
    .option('--api-key <key>', 'the API key')
    .option('--api-secret-file <file>', 'where the API secret stands; - is standard input')
    .addOption(new Option('--api-secret <secret>').argParser(refuseSecret).hideHelp())
    .option('--sandbox', 'use a LiveKit with calls on it inside this program')
    .version(version, '-V, --version', 'show the version');
}

function globalOptions(given: Given): GlobalOptions {
  const text = (name: string) => (typeof given[name] === 'string' ? { [name]: given[name] } : {});
  return {
    json: given.json === true,
    quiet: given.quiet === true,
    input: given.input !== false,
    debug: given.debug === true,
    sandbox: given.sandbox === true,
    ...(typeof given.color === 'boolean' && { color: given.color }),
    ...(typeof given.timeout === 'number' && { timeoutMs: given.timeout }),
    ...text('fields'),
    ...text('config'),
    ...text('envFile'),
    ...text('project'),
    ...text('url'),
    ...text('apiKey'),
    ...text('apiSecretFile'),
  };
}

/** The options of one command, global ones included, as its own type. */
export function optionsOf<T extends GlobalOptions>(command: Command, extra: Given = {}): T {
  const given = command.optsWithGlobals<Given>();
  const own = Object.fromEntries(
    Object.entries(command.opts<Given>()).filter(
      // What a --no-x flag is without being given is nobody's choice, and would hide the config.
      ([name, value]) => value !== undefined && command.getOptionValueSource(name) !== 'default',
    ),
  );
  return { ...own, ...extra, ...globalOptions(given) } as unknown as T;
}
