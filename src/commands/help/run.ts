/** `help`: the help of a command, or a topic; and `sandbox`: something to try them on. */
import { type Command, Help } from 'commander';
import { CONDITIONS } from '../../calls/condition.ts';
import { SETTING_VARIABLES } from '../../config/settings.ts';
import { type ErrorCode, type ExitCode, exitCodeOf, UsageError } from '../../core/errors.ts';
import { wrapWords } from '../../core/text.ts';
import { type ProviderName, providerPresets, wantedAddress } from '../../destinations/providers.ts';
import { declared, findCommand, fullName, helpText } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import {
  HELP_TOPICS,
  type HelpOptions,
  type HelpTopic,
  SANDBOX_FIELDS,
  type SandboxCommandOptions,
  type SandboxRecord,
} from './command.ts';

/** The command that words name, one below the other; null where they name none. */
function commandOf(program: Command, words: readonly string[]): Command | null {
  return words.reduce<Command | null>(
    (command, word) => (command === null ? null : findCommand(command, word)),
    program,
  );
}

/** @param columns width of the terminal; undefined where there is none */
async function helpOn(
  words: readonly string[],
  program: Command,
  columns: number | undefined,
): Promise<string> {
  const topic = HELP_TOPICS.find((name) => name === words[0] && words.length === 1);
  if (topic !== undefined) return helpTopics[topic](columns);
  const command = commandOf(program, words);
  if (command !== null) return helpText(command);
  throw new UsageError(`There is no help on “${words.join(' ')}”.`, {
    hint: `Topics: ${HELP_TOPICS.join(', ')}. Commands: ${new Help()
      .visibleCommands(program)
      .flatMap((each) => [each, ...declared(each).commands])
      .map(fullName)
      .join(', ')}.`,
  });
}

/**
 * @param program the parser, which knows every command
 * @returns 0
 * @throws UsageError when there is no help on that
 */
export async function run(
  { topic }: HelpOptions,
  { host, output }: Context,
  program: Command,
): Promise<ExitCode> {
  output.checkFields([]);
  const { commands } = output;
  const columns = commands.columnsFor(host.stdout.columns);
  output.line(commands.inText(await helpOn(topic, program, columns)));
  return 0;
}

// The topics of `lk-transfer help`. The tables in them are the ones the program runs by.

/** The variables of the environment that count, and what each says. */
export const VARIABLES: Readonly<Record<string, string>> = {
  LIVEKIT_URL: 'The LiveKit server',
  LIVEKIT_API_KEY: 'Its API key',
  LIVEKIT_API_SECRET: 'The secret of the key',
  LK_TRANSFER_CONFIG: 'The config file (--config)',
  ...SETTING_VARIABLES,
  XDG_CONFIG_HOME: 'The folder that holds lk-transfer/ with your config (else ~/.config)',
  XDG_STATE_HOME: 'The folder that holds lk-transfer/ with the record (else ~/.local/state)',
  SSL_CERT_FILE: 'A file with your own certificate authorities, added to those of Node.js',
  NODE_EXTRA_CA_CERTS: 'The same, for Node.js programs only',
  HTTPS_PROXY: 'The HTTP proxy to use for LiveKit (https_proxy; else ALL_PROXY)',
  HTTP_PROXY: 'The same, for a LiveKit without TLS (http://, ws://)',
  NO_PROXY: 'Hosts, domains and networks to reach without a proxy',
  NO_COLOR: 'No colour, if not empty',
  FORCE_COLOR: 'Colour, even where the stream is no terminal',
  CI: 'No progress line',
};

export const EXIT_CODES: readonly [number, string][] = [
  [0, 'done (also: an empty list, help, a dry run that leaves nobody out)'],
  [1, 'failed; the message says where the caller is'],
  [2, 'the command line or the config is wrong, or the caller is ambiguous; nothing was sent'],
  [3, 'declined at the prompt, or the caller spoke during the announcement'],
  [4, 'credentials missing or not accepted, or not enough rights'],
  [5, 'no such call, participant, department or trunk'],
  [7, 'the outcome is not known: find out before you repeat it'],
  [130, 'interrupted (Ctrl-C); read the message: a transfer may have been sent'],
  [143, 'interrupted (SIGTERM); the same holds'],
];

/** Wider lines nobody likes to read, and narrower ones break anywhere. In columns. */
const WIDEST = 80;
const NARROWEST = 40;

/** A text in a column that begins after `indent` columns. */
function wrap(text: string, indent: number, width: number): string {
  return wrapWords(text, width - indent).join(`\n${' '.repeat(indent)}`);
}

function table(rows: readonly (readonly [string, string])[], width: number): string {
  const first = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, text]) => `  ${name.padEnd(first)}  ${wrap(text, first + 4, width)}`)
    .join('\n');
}

/** Paragraphs, and lists whose points begin with two blanks. */
const COLD_OR_WARM = [
  'Cold or warm',
  '',
  'A cold transfer hands the caller to the target, and nobody speaks with the target before. LiveKit sends the trunk a REFER, SIP’s transfer request. The trunk then calls the target and connects the caller with it.',
  '',
  'Use a cold transfer',
  '  for a named department, a menu or a voicemail',
  '  when it must be quick, or the agent in the room no longer works',
  '  when the target can look up who calls and why',
  '',
  'Use a warm transfer',
  '  when the trunk has no REFER, or REFER is not switched on',
  '  when the caller has explained much, and should not have to repeat it',
  '  when the target must be on the line before the agent leaves',
  '',
  'A bridge (`lk-transfer transfer --method bridge`) needs no REFER. An outbound trunk dials the target into the caller’s room, and the agents leave when the target has answered. With --keep-agent the agent stays and can introduce the caller: that is a warm transfer.',
  '',
  'What each costs',
  '  REFER: the call leaves LiveKit, and costs nothing more there.',
  '  a bridge: two calls and their minutes in LiveKit, and the outbound call at the provider. Somebody must also watch: when one of the two leaves, LiveKit does not hang up on the other. The command stays and does that; with --detach nobody does.',
  '',
  'Which trunk has REFER, and how it is switched on: `lk-transfer help providers`',
];

function wrapLine(line: string, width: number): string {
  const text = line.trimStart();
  const indent = line.length - text.length;
  return ' '.repeat(indent) + wrap(text, indent, width);
}

function describeProvider(name: ProviderName, width: number): string {
  const { title, enable, refusal } = providerPresets[name];
  const address = wantedAddress(name, null);
  const facts: [string, string][] = [
    ['REFER', enable],
    ...(address === null ? [] : ([['address', address]] as [string, string][])),
    ['refusal', refusal],
  ];
  const rows = facts.map(([label, text]) => `    ${label.padEnd(9)}${wrap(text, 13, width)}`);
  return [`  ${name}: ${title}`, ...rows].join('\n');
}

const PROVIDER_NOTE =
  'The name in front is the "provider" of a trunk in the config. REFER is SIP’s transfer request; NOTIFY is the trunk’s report about the target. The numbers are SIP statuses. A <number> begins with its country code. All this comes from the documentation and source of the providers; it was not tried on a live trunk. Nothing is known about other providers: make a test call.';

function exitCodes(width: number): string {
  const codes = (exitCode: number) =>
    Object.keys(exitCodeOf).filter((code) => exitCodeOf[code as ErrorCode] === exitCode);
  const known = EXIT_CODES.filter(([code]) => codes(code).length > 0);
  return [
    'Exit codes',
    '',
    table(
      EXIT_CODES.map(([code, text]) => [String(code), text]),
      width,
    ),
    '',
    'Codes of the error object (`--json`)',
    '',
    table(
      known.map(([code]) => [String(code), codes(code).join(', ')]),
      width,
    ),
  ].join('\n');
}

const CONDITIONS_NOTE =
  'Lists show the first word; JSON, --fields and TAB-separated lines have the name in brackets. In lists, “!” marks a stuck call: nobody serves the caller, and no agent is just taking over. “?” marks a call of which that is not yet known: `lk-transfer calls --sure` looks twice. FOR is how long the condition has lasted; with “+”, at least so long.';

function conditions(width: number): string {
  const entries = Object.entries(CONDITIONS).map(([code, { word, seen, means, todo, stuck }]) => {
    const may = stuck === true ? ', may be stuck (!, ?)' : stuck === null ? ', not known (?)' : '';
    const rows = [
      ['seen', seen],
      ['means', means],
      ['to do', todo],
    ].map(([label = '', text = '']) => `    ${label.padEnd(7)}${wrap(text, 11, width)}`);
    return [wrapLine(`  ${word} (${code})${may}`, width), ...rows].join('\n');
  });
  return ['Conditions of a call', ...entries, wrap(CONDITIONS_NOTE, 0, width)].join('\n\n');
}

const TEXTS: Record<HelpTopic, (width: number) => string> = {
  conditions,
  environment: (width) => `Environment variables\n\n${table(Object.entries(VARIABLES), width)}`,
  'exit-codes': exitCodes,
  'cold-or-warm': (width) => COLD_OR_WARM.map((line) => wrapLine(line, width)).join('\n'),
  providers: (width) =>
    [
      wrap('Providers with documented call transfer (SIP REFER)', 0, width),
      ...(Object.keys(providerPresets) as ProviderName[]).map((name) =>
        describeProvider(name, width),
      ),
      wrap(PROVIDER_NOTE, 0, width),
    ].join('\n\n'),
};

/** The text of a topic, for a terminal of so many columns; undefined: nobody knows. */
export const helpTopics = Object.fromEntries(
  Object.entries(TEXTS).map(([topic, text]) => [
    topic,
    (columns?: number) => text(Math.max(NARROWEST, Math.min(columns ?? WIDEST, WIDEST))),
  ]),
) as Record<HelpTopic, (columns?: number) => string>;

// A LiveKit with calls on it, for as long as it is left running.

/** @returns 130 or 143 after the signal that ended it */
export async function runSandbox(
  options: SandboxCommandOptions,
  context: Context,
): Promise<ExitCode> {
  const { output, interruption } = context;
  output.checkFields(SANDBOX_FIELDS);
  if ((options.port ?? 0) > 65_535) throw new UsageError('--port goes up to 65535.');
  if (options.speed === 0) throw new UsageError('--speed starts at 1.');
  const { startSandbox } = await import('../../sandbox/server.ts');
  const { port = 0, speed = 1, webhook } = options;
  const sandbox = await startSandbox({ port, speed, webhook }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error instanceof RangeError) {
        throw new UsageError(`--webhook cannot be used: ${error.message}.`, {
          hint: 'Write it as http://127.0.0.1:7890. The sandbox calls nobody outside this machine.',
        });
      }
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        throw new UsageError(`Port ${options.port} cannot be used (${error.code}).`, {
          hint: 'Without --port, a free port is used.',
        });
      }
      throw error;
    },
  );
  try {
    const { url, apiKey, apiSecret } = sandbox;
    const record: SandboxRecord = { url, apiKey, apiSecret };
    await output.record(record, SANDBOX_FIELDS, () => {
      output.line(`export LIVEKIT_URL=${url}`);
      output.line(`export LIVEKIT_API_KEY=${apiKey}`);
      output.line(`export LIVEKIT_API_SECRET=${apiSecret}`);
    });
    output.notice('The sandbox runs. Use these lines in another terminal; Ctrl-C ends it.');
    const signal = await interruption.happened;
    return signal === 'SIGTERM' ? 143 : 130;
  } finally {
    await sandbox.close();
  }
}
