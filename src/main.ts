/** What bin/ loads: the program, run in the real process. */
import { processHost } from './core/host.ts';
import { runProgram } from './program/run.ts';

/**
 * Runs the program with this process's own words and streams.
 * @returns the exit code, for bin/ to set; leaving is the process's own affair, so that everything
 *   written still reaches a slow reader
 */
export function main(argv: readonly string[]): Promise<number> {
  return runProgram(argv, processHost({ ownsStreams: true }));
}

export { whereToReport } from './core/host.ts';
