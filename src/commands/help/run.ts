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
  output.line(await helpOn(topic, program, host.stdout.columns));
  return 0;
}

// The topics of `lk-transfer help`. The tables in them are the ones the program runs by.

const VARIABLES: Readonly<Record<string, string>> = {
  LIVEKIT_URL: 'The LiveKit server',
  LIVEKIT_API_KEY: 'Its API key',
  LIVEKIT_API_SECRET: 'The secret of the key',
  LK_TRANSFER_CONFIG: 'The config file (--config)',
  ...SETTING_VARIABLES,
  XDG_CONFIG_HOME: 'Where the folder lk-transfer with your own config lies (else ~/.config)',
  XDG_STATE_HOME: 'Where the folder lk-transfer with the record lies (else ~/.local/state)',
  SSL_CERT_FILE: 'A file with certificate authorities of your own, beside Node’s',
  NODE_EXTRA_CA_CERTS: 'The same, for Node programs alone',
  HTTPS_PROXY: 'The HTTP proxy that leads to LiveKit (https_proxy; else ALL_PROXY)',
  HTTP_PROXY: 'The same, for a LiveKit without TLS (http://, ws://)',
  NO_PROXY: 'Hosts, domains and networks that are reached without a proxy',
  NO_COLOR: 'No colour, if not empty',
  FORCE_COLOR: 'Colour, even where the stream is no terminal',
  CI: 'No progress line',
};

const EXIT_CODES: readonly [number, string][] = [
  [0, 'done (also: an empty list, a dry run, help)'],
  [1, 'failed; where the caller is, is said'],
  [2, 'the command line or the config is wrong, or the caller is ambiguous; nothing was sent'],
  [3, 'declined at the prompt, or the caller spoke while the transfer was announced'],
  [4, 'credentials missing or not accepted, or not enough rights'],
  [5, 'no such call, participant, department or trunk'],
  [7, 'the outcome is not known: do not repeat it blindly'],
  [130, 'interrupted (Ctrl-C)'],
  [143, 'interrupted (SIGTERM)'],
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
  'A cold transfer, which this program does, hands the caller over and is done: LiveKit asks the trunk (SIP’s transfer request, REFER) to call the target and to connect the caller with it. Nobody speaks with the target before.',
  '',
  'Cold is right',
  '  for a named department, a menu or a voicemail',
  '  when it has to be quick, or the agent in the room has died',
  '  when the target can look up who calls and why',
  '',
  'Warm is right',
  '  when the trunk has no REFER, or it is not switched on yet',
  '  when the caller has explained a long matter and must not explain it again',
  '  when somebody should be there for certain before the caller is let go',
  '',
  'A bridge (`transfer --method bridge`) needs no REFER: the target is dialled into the caller’s room by an outbound trunk, and the agents leave when it has answered. With --keep-agent the agent stays and can say what it is about: that is a warm transfer.',
  '',
  'What each costs',
  '  REFER: the call leaves LiveKit, and costs nothing more there',
  '  a bridge: two legs and LiveKit’s minutes for as long as the call lasts, the outbound call at the provider, and somebody who watches: LiveKit hangs up on neither when the other has gone. The program stays and does it; with --detach nobody does',
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
  'The name in front is the "provider" of a trunk in the config. REFER is SIP’s transfer request; NOTIFY is the trunk’s report on the target. The numbers are SIP’s answers. A <number> begins with its country code. All this is from the providers’ own documentation and source, as far as they say it, and was not tried on a live trunk. Of any other provider nothing is known: try it with a test call.';

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
  'The word is what lists for people show; behind it stands what JSON, --fields and TAB-separated lines say. In lists, “!” marks a call that is stuck: nobody serves the caller, and it is no moment between two agents. “?” marks one of which that is not yet known: `lk-transfer calls --sure` looks twice. Under FOR stands how long it has been so; with a “+”, at least so long.';

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
      wrap('Providers whose call transfer (SIP REFER) is documented', 0, width),
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
          hint: 'Leave --port out, and any free port is taken.',
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
    output.notice('The sandbox is up. Use these lines in another terminal; Ctrl-C ends it.');
    const signal = await interruption.happened;
    return signal === 'SIGTERM' ? 143 : 130;
  } finally {
    await sandbox.close();
  }
}
