/**
 * Every command and flag there is. Parsing ends here: a line becomes an invocation, which is data,
 * and no command knows of the parser.
 */
import { Argument, Command, Help, InvalidArgumentError, Option } from 'commander';
import type { CallsOptions } from './commands/calls.ts';
import type { CompleteOptions } from './commands/complete.ts';
import type { CompletionOptions } from './commands/completion.ts';
import type { ConfigOptions } from './commands/config.ts';
import type { ConfigInitOptions } from './commands/config-init.ts';
import type { GlobalOptions } from './commands/context.ts';
import type { DepartmentsOptions } from './commands/departments.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { ResolveOptions } from './commands/resolve.ts';
import type { RoomsOptions } from './commands/rooms.ts';
import type { SandboxOptions } from './commands/sandbox.ts';
import type { SmokeOptions } from './commands/smoke.ts';
import type { TransferOptions } from './commands/transfer.ts';
import { SHELLS } from './completion/shells.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './errors.ts';
import { describeGrammar } from './grammar.ts';
import { HELP_TOPICS, type HelpTopic } from './help-topic.ts';
import { version } from './version.ts';

export type Invocation =
  | { command: 'text'; text: string }
  | { command: 'topic'; topic: HelpTopic }
  | { command: 'calls'; options: CallsOptions }
  | { command: 'rooms'; options: RoomsOptions }
  | { command: 'departments'; options: DepartmentsOptions }
  | { command: 'resolve'; options: ResolveOptions }
  | { command: 'transfer'; options: TransferOptions }
  | { command: 'smoke'; options: SmokeOptions }
  | { command: 'history'; options: HistoryOptions }
  | { command: 'doctor'; options: DoctorOptions }
  | { command: 'config'; options: ConfigOptions }
  | { command: 'config-init'; options: ConfigInitOptions }
  | { command: 'sandbox'; options: SandboxOptions }
  | { command: 'completion'; options: CompletionOptions }
  | { command: 'complete'; request: CompleteOptions };

export interface Surroundings {
  /** All three streams are a terminal: a line without a command may lead to questions. */
  interactive: boolean;
  /** Width of the terminal, for help. */
  columns: number | undefined;
}

type Given = Record<string, unknown>;

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write it as 45s, 2m, or whole seconds.');
  return ms;
}

function period(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Write how long ago, as 30m, 6h or 7d.');
  return ms;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

function perSecond(text: string): number {
  const rate = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate >= 0.01 && rate <= 50) return rate;
  throw new InvalidArgumentError('It takes a number a second, from 0.01 to 50.');
}

function atLeastOne(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('It takes a whole number from 1 on.');
  return number;
}

/** Collects a flag that may be given more than once; a variadic option would eat the next words. */
function collect(text: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), text];
}

/** A secret on the command line stands in the process list: refused, and never echoed. */
function refuseSecret(): never {
  throw new UsageError('A secret does not go on the command line, where others can read it.', {
    hint: 'Use the environment variable LIVEKIT_API_SECRET, or --api-secret-file FILE.',
  });
}

/** What `transfer` and `resolve` change for once is here a choice of what to look at. */
function refuseVia(): never {
  throw new UsageError('`departments` has no --via: nothing is sent.', {
    hint: '--trunk shows where they lead on one trunk, --all-trunks on all of the config.',
  });
}

function addGlobalOptions(program: Command): void {
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
function optionsOf<T extends GlobalOptions>(command: Command, extra: Given = {}): T {
  const given = command.optsWithGlobals<Given>();
  const own = Object.fromEntries(
    Object.entries(command.opts<Given>()).filter(
      // What a --no-x flag is without being given is nobody's choice, and would hide the config.
      ([name, value]) => value !== undefined && command.getOptionValueSource(name) !== 'default',
    ),
  );
  return { ...own, ...extra, ...globalOptions(given) } as unknown as T;
}

const PROVIDERS: readonly NonNullable<ConfigInitOptions['provider']>[] = [
  'twilio',
  'telnyx',
  'plivo',
  'didww',
  'wavix',
  'sinch',
  'asterisk',
  'freeswitch',
  'livekit',
];

const EXIT_CODES_LINK = '\nExit codes: `lk-transfer help exit-codes`';

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ lk-transfer ${line}`).join('\n')}\n${EXIT_CODES_LINK}`;
}

/**
 * Builds the parser.
 * @param emit called with what a line turns out to ask for
 */
export function buildProgram(
  surroundings: Surroundings,
  emit: (invocation: Invocation) => void,
): Command {
  const program = new Command('lk-transfer');
  const helpWidth = surroundings.columns ?? 80;
  const settle = (command: Command) =>
    command
      .exitOverride()
      .configureOutput({
        // Errors are told by whoever catches them, help by whoever prints text.
        writeOut: () => {},
        writeErr: () => {},
        outputError: () => {},
        getOutHelpWidth: () => helpWidth,
      })
      .helpCommand(false)
      .helpOption('-h, --help', 'show help')
      .optionsGroup('Options:')
      // Narrow descriptions beat lines that the terminal breaks anywhere.
      .configureHelp({ minWidthToWrap: 16 });

  settle(program)
    .description('Cold transfers for callers on LiveKit telephony')
    .usage('[command] [options]')
    .addHelpText(
      'after',
      examples(
        'calls --sandbox',
        'transfer SCL_noAgent00001 --to sales --sandbox',
        'calls --stuck --json',
      ) +
        '\nOn a terminal, `lk-transfer` alone lets you pick a call and a destination.' +
        '\nMore: `lk-transfer help TOPIC`: environment, exit-codes, cold-or-warm, providers',
    );
  addGlobalOptions(program);
  const add = (name: string, description: string) =>
    settle(program.command(name).description(description));

  add('rooms', 'list rooms with SIP callers in them')
    .option('--all', 'every room, callers or not')
    .addHelpText('after', examples('rooms', 'rooms --all --json'))
    .action((_options, command: Command) =>
      emit({ command: 'rooms', options: optionsOf<RoomsOptions>(command) }),
    );

  add('calls', 'list the SIP calls that are up, and which of them are stuck')
    .alias('participants')
    .option('--room <name>', 'only calls in this room')
    .addOption(
      new Option('--status <status>', 'only calls of this status').choices([
        'dialing',
        'ringing',
        'automation',
        'active',
        'hangup',
      ]),
    )
    .option('--trunk <trunk-id>', 'only calls on this trunk')
    .addOption(
      new Option('--direction <direction>', 'only calls this way').choices(['inbound', 'outbound']),
    )
    .option('--stuck', 'only calls that nobody is serving')
    .addHelpText(
      'after',
      examples('calls', 'calls --stuck --fields callId,phoneNumber', 'calls --json'),
    )
    .action((_options, command: Command) =>
      emit({ command: 'calls', options: optionsOf<CallsOptions>(command) }),
    );

  add('departments', 'list the departments of the config, and where each one leads')
    .option('--trunk <trunk>', 'on this trunk: an id, a name, or a SIP host')
    .option('--call <caller>', 'on the trunk of this call')
    .option('--all-trunks', 'on every trunk of the config, a line each')
    .addOption(new Option('--via <trunk>').argParser(refuseVia).hideHelp())
    .addHelpText('after', examples('departments', 'departments --all-trunks', 'departments --json'))
    .action((_options, command: Command) =>
      emit({ command: 'departments', options: optionsOf<DepartmentsOptions>(command) }),
    );

  add('resolve', 'show how a destination becomes the address a trunk gets')
    .argument('<destination>', 'a department, number, extension, or SIP or tel URI')
    .option('--trunk <trunk>', 'for this trunk: an id, a name, or a SIP host')
    .option('--call <caller>', 'for the trunk of this call')
    .option('--all-trunks', 'for every trunk of the config, a line each')
    .option('--via <trunk>', 'send it by this trunk or SIP domain instead')
    .addHelpText(
      'after',
      examples('resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'),
    )
    .action((destination: string, _options, command: Command) =>
      emit({ command: 'resolve', options: optionsOf<ResolveOptions>(command, { destination }) }),
    );

  add('transfer', 'send a caller to another place')
    .argument('[caller]', 'a call id, phone number, room or identity; - reads ids from stdin')
    .option('--to <destination>', 'a department, number, extension, or SIP or tel URI')
    .option('--room <name>', 'the caller in this room, without looking at the others')
    .option('--identity <identity>', 'with --room: which caller')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--confirm <number>', 'with -: how many callers there are, to confirm', wholeNumber)
    .option('--again', 'transfer, although an earlier one may still come about')
    .option('--dry-run', 'show what would be done, and send nothing')
    .option(
      '--fallback <destination>',
      'where to, if that does not take the call; repeatable',
      collect,
    )
    .option('--no-fallback', 'try nothing else, not even the department’s own')
    .option('--wait <duration>', 'how long to wait for the target’s answer (default: 90s)')
    .option('--header <header>', 'a SIP header for the trunk, "Name: value"; repeatable', collect)
    .option('--dialtone', 'the caller hears ringing while they wait (default)')
    .option('--no-dialtone', 'the caller hears the room while they wait')
    .option('--via <trunk>', 'address it for this trunk or SIP domain')
    .option('--rate <number>', 'with -: how many are started a second (default: 1)', perSecond)
    .option('--no-history', 'leave it out of the record (`lk-transfer history`)')
    .addHelpText(
      'after',
      examples(
        'transfer SCL_6buggSZChRCG --to sales',
        'transfer "+1 510 555 0142" --to support --yes --json',
        'transfer --room call-42 --to "+1 510 555 0100" --dry-run',
        'transfer - --to voicemail --confirm 3 < ids.txt',
      ),
    )
    .action((caller: string | undefined, _options, command: Command) =>
      emit({
        command: 'transfer',
        options: optionsOf<TransferOptions>(command, caller === undefined ? {} : { caller }),
      }),
    );

  add('smoke', 'find out whether a trunk honours REFER: call, transfer, give a verdict')
    .option('--trunk <trunk>', 'the outbound trunk to dial over: an id, or a name')
    .option('--dial <number>', 'with --trunk: dial this test number, and transfer that call')
    .option('--loop <number>', 'with --trunk: dial our own number, and transfer what comes in')
    .option('--call <caller>', 'transfer a call that is up')
    .option('--wait-call <number>', 'transfer the next call to our number: ring it then')
    .option('--within <duration>', 'with --wait-call: how long to wait (default: 2m)', duration)
    .option('--to <destination>', 'where to: a department, number, extension, or URI')
    .option('--all', 'run the tests that the config names, a few at a time')
    .addOption(
      new Option('--expect <verdict>', 'exit 0 if this is the verdict, else 1').choices([
        'supported',
        'unsupported',
        'refused',
        'needs-configuration',
        'inconclusive',
        'call-failed',
      ]),
    )
    .addOption(
      new Option('--format <format>', 'print a report for another program').choices([
        'junit',
        'nagios',
        'prometheus',
      ]),
    )
    .option('--output <file>', 'with --format: write the report there, whole or not at all')
    .option('--repeat <number>', 'so many times; the config must say endsItself', atLeastOne)
    .option('--interval <duration>', 'between repetitions (default: 10s)', duration)
    .option('--wait <duration>', 'how long to wait for the target, 40s or more (default: 90s)')
    .option('--header <header>', 'a SIP header for the trunk, "Name: value"; repeatable', collect)
    .option('--via <trunk>', 'address it for this trunk or SIP domain')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--dry-run', 'show what would be done, and send nothing')
    .option('--clean', 'remove rooms that tests which were cut off have left')
    .addHelpText(
      'after',
      '\nA verdict holds for one direction of one trunk. Most callers come in: --loop' +
        '\ntests that side. Exit 0: supported; 7: inconclusive; 1: anything else.\n' +
        examples(
          'smoke --all --sandbox',
          'smoke --trunk Sinch --dial +15105550177 --to +15105550100 --sandbox --yes',
          'smoke --trunk ST_abc --loop +15105550001 --to voicemail --dry-run',
          'smoke --wait-call +15105550001 --to voicemail',
        ),
    )
    .action((_options, command: Command) =>
      emit({ command: 'smoke', options: optionsOf<SmokeOptions>(command) }),
    );

  add('history', 'list the transfers made from this machine, newest last')
    .option('--call <id>', 'only transfers of this call')
    .addOption(
      new Option('--outcome <outcome>', 'only transfers that ended so').choices([
        'completed',
        'ended',
        'unconfirmed',
        'refused',
        'target-failed',
        'not-sent',
        'unknown',
        'unrecorded',
      ]),
    )
    .option('--open', 'only those that may still come about: nobody knows how they ended')
    .option('--since <duration>', 'only those sent so long ago or later: 30m, 6h, 7d', period)
    .option('--limit <number>', 'the newest so many (default: 50)', atLeastOne)
    .addHelpText('after', examples('history', 'history --open', 'history --since 7d --json'))
    .action((_options, command: Command) =>
      emit({ command: 'history', options: optionsOf<HistoryOptions>(command) }),
    );

  add('doctor', 'check config, credentials, server, trunks and departments; changes nothing')
    .addHelpText('after', examples('doctor', 'doctor --json', 'doctor --sandbox'))
    .action((_options, command: Command) =>
      emit({ command: 'doctor', options: optionsOf<DoctorOptions>(command) }),
    );

  const config = add('config', 'write a first configuration, or look at the one in use').usage(
    '<init|show|check|schema|path>',
  );
  settle(config.command('init').description('write a first config file, and never over another'))
    .option('--output <file>', 'where to (default: transfer.config.json in this folder)')
    .addOption(
      new Option('--format <format>', 'when no file is named (default: json)').choices([
        'json',
        'yaml',
      ]),
    )
    .option('--force', 'overwrite a file that is there')
    .option('--country <country>', 'of numbers typed without a plus, two letters')
    .addOption(new Option('--provider <name>', 'of the SIP trunk').choices(PROVIDERS))
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
    settle(config.command(name).description(description))
      .addHelpText('after', examples(`config ${name}`))
      .action((_options, command: Command) =>
        emit({ command: 'config', options: optionsOf<ConfigOptions>(command, { show: name }) }),
      );
  }
  config.addHelpText(
    'after',
    examples('config init', 'config show', 'config check --config ./transfer.config.json'),
  );

  add('sandbox', 'run a LiveKit with calls on it, to try everything without a project')
    .option('--port <port>', 'listen on this port of the loopback (default: any)', wholeNumber)
    .option('--speed <times>', 'run this many times as fast as real time', wholeNumber)
    .addHelpText(
      'after',
      '\nHow a target answers stands in its last three digits: 486 is busy, 480 is not' +
        '\navailable, 603 declines, 404 does not exist, 408 never answers; others answer.\n' +
        examples('sandbox', 'sandbox --port 7880 --speed 10'),
    )
    .action((_options, command: Command) =>
      emit({ command: 'sandbox', options: optionsOf<SandboxOptions>(command) }),
    );

  add('completion', 'print a script that completes lines in your shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
To have it in every new shell:
  bash: add to ~/.bashrc
    source <(lk-transfer completion bash)
  zsh: add to ~/.zshrc, behind compinit
    source <(lk-transfer completion zsh)
  fish: add to ~/.config/fish/config.fish
    lk-transfer completion fish | source
  powershell: add to the file that $PROFILE names
    lk-transfer completion powershell | Out-String | Invoke-Expression
Departments and trunks are completed from the config file; nothing else is read,
and no server is asked.
${examples('completion bash', 'completion powershell')}`,
    )
    .action((shell: string, _options, command: Command) =>
      emit({ command: 'completion', options: optionsOf<CompletionOptions>(command, { shell }) }),
    );

  // What the scripts of `completion` call; nobody else needs to know of it.
  settle(program.command('complete', { hidden: true }))
    .description('say what may stand at the cursor, for the scripts of completion')
    .argument('<shell>')
    .argument('[request...]')
    .addHelpText('after', examples('complete fish -- calls --status ""'))
    .action((shell: string, request: string[]) =>
      emit({ command: 'complete', request: { shell, request, grammar: describeGrammar(program) } }),
    );

  add('help', 'show help on a command or topic')
    .argument('[topic]', `a command, or one of: ${HELP_TOPICS.join(', ')}`)
    .addHelpText('after', examples('help exit-codes', 'help transfer'))
    .action((topic: string | undefined) => emit(helpOn(program, topic)));

  return program;
}

/** The help of one command, as text. */
export function helpText(command: Command): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  command.configureOutput({ writeOut: write, writeErr: write });
  command.outputHelp();
  return text.trimEnd();
}

function helpOn(program: Command, topic: string | undefined): Invocation {
  if (topic === undefined) return { command: 'text', text: helpText(program) };
  const known = HELP_TOPICS.find((name) => name === topic);
  if (known !== undefined) return { command: 'topic', topic: known };
  const command = findCommand(program, topic);
  if (command !== null) return { command: 'text', text: helpText(command) };
  throw new UsageError(`There is no help on “${topic}”.`, {
    hint: `Topics: ${HELP_TOPICS.join(', ')}. Commands: ${new Help()
      .visibleCommands(program)
      .map((each) => each.name())
      .join(', ')}.`,
  });
}

/** A command below another, by its name or alias. */
export function findCommand(parent: Command, name: string): Command | null {
  return (
    parent.commands.find(
      (command) => command.name() === name || command.aliases().includes(name),
    ) ?? null
  );
}

/** Exposed so that a test can look at every command's help. */
export function commandTree(): { name: string; description: string; help: string }[] {
  const program = buildProgram({ interactive: false, columns: undefined }, () => {});
  const all = (parent: Command): Command[] =>
    parent.commands.flatMap((command) => [command, ...all(command)]);
  return [program, ...all(program)].map((command) => ({
    name: command.name(),
    description: new Help().commandDescription(command),
    help: helpText(command),
  }));
}
