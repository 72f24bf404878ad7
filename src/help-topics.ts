/** The topics of `lk-transfer help`. The tables in them are the ones the program runs by. */
import { SETTING_VARIABLES } from './config/settings.ts';
import { type ErrorCode, exitCodeOf } from './errors.ts';

export type HelpTopic = 'environment' | 'exit-codes';

const VARIABLES: Readonly<Record<string, string>> = {
  LIVEKIT_URL: 'The LiveKit server',
  LIVEKIT_API_KEY: 'Its API key',
  LIVEKIT_API_SECRET: 'The secret of the key',
  LK_TRANSFER_CONFIG: 'The config file (--config)',
  ...SETTING_VARIABLES,
  XDG_CONFIG_HOME: 'Where the folder lk-transfer with your own config lies (else ~/.config)',
  NODE_EXTRA_CA_CERTS: 'A file with certificate authorities of your own',
  NO_COLOR: 'No colour, if not empty',
  FORCE_COLOR: 'Colour, even where the stream is no terminal',
  CI: 'No progress line',
};

const EXIT_CODES: readonly [number, string][] = [
  [0, 'done (also: an empty list, a dry run, help)'],
  [1, 'failed; where the caller is, is said'],
  [2, 'the command line or the config is wrong, or the caller is ambiguous; nothing was sent'],
  [3, 'declined at the prompt'],
  [4, 'credentials missing or not accepted, or not enough rights'],
  [5, 'no such call, participant, department or trunk'],
  [7, 'the outcome is not known: do not repeat it blindly'],
  [130, 'interrupted (Ctrl-C)'],
  [143, 'interrupted (SIGTERM)'],
];

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n');
}

export const helpTopics: Record<HelpTopic, () => string> = {
  environment: () => `Environment variables\n\n${table(Object.entries(VARIABLES))}`,
  'exit-codes': () => {
    const codes = (exitCode: number) =>
      Object.keys(exitCodeOf).filter((code) => exitCodeOf[code as ErrorCode] === exitCode);
    return [
      'Exit codes',
      '',
      table(EXIT_CODES.map(([code, text]) => [String(code), text])),
      '',
      'Codes of the error object (`--json`)',
      '',
      table(
        EXIT_CODES.filter(([code]) => codes(code).length > 0).map(([code]) => [
          String(code),
          codes(code).join(', '),
        ]),
      ),
    ].join('\n');
  },
};
