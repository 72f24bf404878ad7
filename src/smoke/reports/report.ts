/** The door to the reports for other programs. */
import { type ExitCode, worstExitCode } from '../../core/errors.ts';
import type { SmokeResult } from '../result.ts';
import { renderJunit } from './junit.ts';
import { renderNagios } from './nagios.ts';
import { renderPrometheus } from './prometheus.ts';

export const REPORT_FORMATS = ['junit', 'nagios', 'prometheus'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface Report {
  /** To be written as it is: foreign text in it is escaped the way the format asks. */
  text: string;
  /** Nagios reads the state from it (0 to 3); in the other formats it is what the tests say. */
  exitCode: ExitCode;
}

/** @param results in the order of the tests */
export function renderReport(format: ReportFormat, results: readonly SmokeResult[]): Report {
  switch (format) {
    case 'nagios':
      return renderNagios(results);
    case 'junit':
      return { text: renderJunit(results), exitCode: worst(results) };
    case 'prometheus':
      return { text: renderPrometheus(results), exitCode: worst(results) };
  }
}

function worst(results: readonly SmokeResult[]): ExitCode {
  return worstExitCode(results.map(({ exitCode }) => exitCode));
}
