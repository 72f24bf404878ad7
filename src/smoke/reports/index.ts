/**
 * A report in a file, whole or not at all: the textfile collector and CI read it at any moment. The
 * one that is replaced leaves its rights; a link stays and the file it leads to is replaced. The
 * temporary file ends in `.tmp`, which a collector that reads `*.prom` passes over.
 */
import { accessSync, constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ExitCode, KnownError, UsageError, worstExitCode } from '../../core/errors.ts';
import { isTaken, writeWhole } from '../../core/whole-file.ts';
import type { CondensedResult } from '../result.ts';
import { renderJunit } from './junit.ts';
import { renderNagios } from './nagios.ts';
import { type RunEnd, renderPrometheus } from './prometheus.ts';

// The door to the reports for other programs.

export const REPORT_FORMATS = ['junit', 'nagios', 'prometheus'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

interface Report {
  /** To be written as it is: foreign text in it is escaped the way the format asks. */
  text: string;
  /** Nagios reads the state from it (0 to 3); in the other formats it is what the tests say. */
  exitCode: ExitCode;
}

/** @param results in the order of the tests */
export function renderReport(
  format: ReportFormat,
  results: readonly CondensedResult[],
  run: RunEnd,
): Report {
  switch (format) {
    case 'nagios':
      return renderNagios(results);
    case 'junit':
      return { text: renderJunit(results), exitCode: worst(results) };
    case 'prometheus':
      return { text: renderPrometheus(results, run), exitCode: worst(results) };
  }
}

/**
 * The exit code of several tests. 7, that one could not tell, comes last: it hides no failure, since a
 * test, unlike a transfer, may be repeated without asking anybody first.
 */
export function worstOfTests(codes: readonly ExitCode[]): ExitCode {
  const certain = worstExitCode(codes.filter((code) => code !== 7));
  return certain === 0 && codes.includes(7) ? 7 : certain;
}

function worst(results: readonly CondensedResult[]): ExitCode {
  return worstOfTests(results.map(({ exitCode }) => exitCode));
}

/**
 * Makes sure that a report could be written, before a test costs money.
 * @param file as the user names it
 * @param cwd the folder that a relative name is meant in
 * @returns the absolute path, for `writeReportFile`
 * @throws UsageError where no file can be: no folder or none that may be written to, a folder of
 * that name, a link to nowhere, a device or a pipe
 */
export function checkReportFile(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  const refusal = (why: string, hint?: string) =>
    new UsageError(`--output: ${path} cannot be written: ${why}. Nothing was tested.`, { hint });
  isTaken(path, refusal, `Name the file in it: ${join(path, 'NAME')}`);
  try {
    // The folder, not the file: renaming is a change of the folder alone.
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refusal(`nothing may be written in ${dirname(path)} (${code})`);
  }
  return path;
}

/**
 * Writes a report, in place of the one that is there.
 * @param path as `checkReportFile` returned it
 * @throws KnownError `unwritten-report` when the system refuses after all; what was there stays
 */
export function writeReportFile(path: string, text: string): void {
  writeWhole(path, text, true, (why, hint) => {
    const message = `The report could not be written to ${path}: ${why}. The tests were made.`;
    return new KnownError('unwritten-report', message, { hint });
  });
}
