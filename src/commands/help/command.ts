/**
 * What `help`, `completion`, `sandbox` and `doctor` take, which help with all the other commands; and
 * the desk, which a line without a command opens.
 */
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  maxRequestsFlag,
  readWholeNumber,
  roomsFlag,
  textFlag,
  valueFlag,
  webhooksFlag,
} from '../shared/flags.ts';

/** What there is help on beside commands. */
export const HELP_TOPICS = [
  'conditions',
  'environment',
  'exit-codes',
  'cold-or-warm',
  'providers',
] as const;

export type HelpTopic = (typeof HELP_TOPICS)[number];

export const helpCommand = defineCommand({
  name: 'help',
  description: 'show help on a command or topic',
  positionals: [
    { syntax: '[topic...]', description: `a command, or one of: ${HELP_TOPICS.join(', ')}` },
  ],
  examples: ['help exit-codes', 'help conditions', 'help transfer', 'help config init'],
});

export type HelpOptions = OptionsOf<typeof helpCommand>;

// What `completion` takes, and the hidden `complete` that its scripts call at every Tab.

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completionCommand = defineCommand({
  name: 'completion',
  description: 'print a script for Tab completion in your shell',
  positionals: [{ syntax: '<shell>', description: 'the shell', choices: SHELLS }],
  help: `
To have it in every new shell:
  bash: add to ~/.bashrc
    source <(lk-transfer completion bash)
  zsh: add to ~/.zshrc, behind compinit
    source <(lk-transfer completion zsh)
  fish: add to ~/.config/fish/config.fish
    lk-transfer completion fish | source
  powershell: add to the file that $PROFILE names
    lk-transfer completion powershell | Out-String | Invoke-Expression
The script completes lk-transfer as it stands on the PATH, not behind npx.
Departments and trunks are completed from the config file. Nothing else is read,
and no server is asked. With "completion": {"live": true} in the config, LiveKit
is also asked for the current calls.
`,
  examples: ['completion bash', 'completion powershell'],
});

export type CompletionOptions = OptionsOf<typeof completionCommand>;

export const completeCommand = defineCommand({
  name: 'complete',
  description: 'list the completions at the cursor, for the completion scripts',
  positionals: [{ syntax: '<shell>' }, { syntax: '[request...]' }],
  examples: ['complete fish -- calls --status ""'],
  hidden: true,
});

export type CompleteOptions = OptionsOf<typeof completeCommand>;

// What `schema` takes.

/** One schema, in the field names of the JSON output. */
export interface SchemaRecord {
  /** For `lk-transfer schema NAME`. */
  name: string;
  /** What it describes: the command that prints that, and what it is. */
  description: string;
}

export const SCHEMA_FIELDS: readonly (keyof SchemaRecord)[] = ['name', 'description'];

export const outputSchemaCommand = defineCommand({
  name: 'schema',
  description: 'print the JSON Schema of what a command prints with --json',
  positionals: [{ syntax: '[schema]', description: 'its name; without one, all are listed' }],
  fields: { '': SCHEMA_FIELDS },
  examples: ['schema', 'schema transfer', 'schema config'],
});

export type SchemaOptions = OptionsOf<typeof outputSchemaCommand>;

// What `sandbox` takes.

/** How to reach the sandbox, in the field names of the JSON output. */
export interface SandboxRecord {
  /** For LIVEKIT_URL. */
  url: string;
  /** For LIVEKIT_API_KEY. */
  apiKey: string;
  /** For LIVEKIT_API_SECRET; it opens nothing but this sandbox. */
  apiSecret: string;
}

export const SANDBOX_FIELDS: readonly (keyof SandboxRecord)[] = ['url', 'apiKey', 'apiSecret'];

export const sandboxCommand = defineCommand({
  name: 'sandbox',
  description: 'run a LiveKit with calls in it, to try everything without a project',
  flags: [
    valueFlag(
      '--port <port>',
      'listen on this port of the loopback (default: any)',
      readWholeNumber,
    ),
    valueFlag('--speed <times>', 'speed, as a multiple of real time', readWholeNumber),
    textFlag('--webhook <url>', 'send webhooks there, as LiveKit does: http://127.0.0.1:PORT'),
  ],
  fields: { '': SANDBOX_FIELDS },
  help:
    '\nThe last three digits of a target say how it answers. 486 is busy, 480 is not' +
    '\navailable, 603 declines, 404 does not exist, 408 never answers; others answer.\n',
  examples: [
    'sandbox',
    'sandbox --port 7880 --speed 10',
    'sandbox --webhook http://127.0.0.1:7890',
  ],
});

export type SandboxCommandOptions = OptionsOf<typeof sandboxCommand>;

// What `doctor` takes.

export const CHECK_FIELDS = ['check', 'result', 'title', 'detail', 'notes', 'hint'];

export const doctorCommand = defineCommand({
  name: 'doctor',
  description: 'check config, credentials, server, trunks and departments; change nothing',
  flags: [
    textFlag('--report <file>', 'write everything to a new file, for a bug report'),
    textFlag('--log <file>', 'with --report: include this log of another run (- is stdin)'),
  ],
  fields: { '': CHECK_FIELDS },
  help:
    '\nThe file of --report has the versions, all checks, and the log. Passwords,' +
    '\ntokens and phone numbers are left out. Read it before you send it.\n',
  examples: ['doctor', 'doctor --json', 'doctor --sandbox', 'doctor --report bug.json --sandbox'],
});

export type DoctorOptions = OptionsOf<typeof doctorCommand>;

// What `desk` takes.

export const deskCommand = defineCommand({
  name: 'desk',
  description: 'watch the calls live; transfer, rescue or end one (default on a terminal)',
  flags: [maxRequestsFlag, webhooksFlag, roomsFlag],
  help:
    '\nEvery key is shown on the screen. Nothing is sent before you have seen what,' +
    '\nand have confirmed it with y and Enter. To search for what\nbegins with q, type / first.\n',
  examples: ['desk', 'desk --sandbox'],
});

export type DeskOptions = OptionsOf<typeof deskCommand>;
