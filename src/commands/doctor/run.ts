/** `doctor`: whether everything is in place for a transfer, and what to do where it is not. */

import type { ExitCode } from '../../core/errors.ts';
import { renderChecks } from '../../terminal/check-lines.ts';
import { type Column, parseFields, selectFields } from '../../terminal/table.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { type CheckResult, reportExitCode } from './check.ts';
import type { DoctorOptions } from './command.ts';
import { gatherFindings } from './gather.ts';
import { judgeFindings, type Report } from './report.ts';

const FIELDS = ['id', 'status', 'title', 'detail', 'notes', 'hint'];

const COLUMNS: readonly Column<CheckResult>[] = [
  { field: 'status', heading: 'Status', value: ({ status }) => status },
  { field: 'id', heading: 'Check', value: ({ id }) => id },
  { field: 'detail', heading: 'Found', value: ({ detail }) => detail, shrinks: true },
  { field: 'notes', heading: 'More', value: ({ notes }) => notes.join('; '), shrinks: true },
  { field: 'hint', heading: 'What to do', value: ({ hint }) => hint ?? '', shrinks: true },
];

/** How many there are of what has to be looked at. */
function summary(checks: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) =>
    checks.filter((check) => check.status === status).length;
  const warnings = count('warning');
  const parts = [
    `${count('failed')} failed`,
    `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    `${count('ok')} ok`,
    `${count('not-checked')} not checked`,
    `${count('skipped')} skipped`,
  ];
  return `${parts.filter((part) => !part.startsWith('0 ')).join(', ')}.`;
}

async function show(
  { checks, trunks }: Report,
  exitCode: ExitCode,
  options: DoctorOptions,
  { host, output }: Context,
): Promise<void> {
  const { fields } = options;
  if (output.json) {
    const wished = fields === undefined ? FIELDS : parseFields(fields, FIELDS);
    output.document({
      checks: checks.map((check) => selectFields(check, wished)),
      trunks,
      exitCode,
    });
    return;
  }
  if (output.forPeople && fields === undefined) {
    const palette = await output.palette('stdout');
    for (const line of renderChecks(checks, host.stdout.columns, palette)) output.line(line);
  } else {
    await output.list(checks, COLUMNS, FIELDS);
  }
  output.notice(summary(checks));
}

/** @returns 0, with warnings too; 1, 2 or 4 for what failed, the worst of it */
export async function run(options: DoctorOptions, context: Context): Promise<ExitCode> {
  context.output.checkFields(FIELDS);
  const findings = await gatherFindings(options, context);
  throwIfInterrupted(context);
  const report = judgeFindings(findings);
  const exitCode = reportExitCode(report.checks);
  await show(report, exitCode, options, context);
  return exitCode;
}
