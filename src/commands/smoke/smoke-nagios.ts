/** A run that failed before it had a result, told the way its monitoring reads it. */
import type { ExitCode, KnownError } from '../../core/errors.ts';
import { renderNagiosError } from '../../smoke/reports/nagios.ts';
import type { Output } from '../../terminal/output.ts';

/** Prints the plugin line. @returns the exit code that Nagios takes for the state */
export function tellNagios(error: KnownError, output: Output): ExitCode {
  const { text, exitCode } = renderNagiosError(error);
  output.line(text.replace(/\n$/, ''));
  return exitCode;
}
