/** The end of every help text. */

const EXIT_CODES_LINK = '\nExit codes: `lk-transfer help exit-codes`';

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ lk-transfer ${line}`).join('\n')}\n${EXIT_CODES_LINK}`;
}
