/** `doctor`: whether everything is in place for a transfer, and what to do where it is not. */

import type { ExitCode } from '../../core/errors.ts';
import { renderChecks } from '../../terminal/check-lines.ts';
import type { Column } from '../../terminal/table.ts';
import { type Context, throwIfInterrupted } from '../shared/context.ts';
import { type CheckResult, reportExitCode } from './check.ts';
import type { DoctorOptions } from './command.ts';
import { gatherFindings } from './gather.ts';
import { judgeFindings, type Report } from './report.ts';

/** One check, in the field names of the JSON output. */
interface CheckRecord {
  /** `dns`, `grant-room-list`, `trunk:ST_abc`, `department:sales`. */
  check: string;
  result: CheckResult['status'];
  title: string;
  detail: string;
  notes: string[];
  hint: string | null;
}

const FIELDS = ['check', 'result', 'title', 'detail', 'notes', 'hint'];

function recordOf({ id, status, title, detail, notes, hint }: CheckResult): CheckRecord {
  return { check: id, result: status, title, detail, notes, hint };
}

const COLUMNS: readonly Column<CheckRecord>[] = [
  { field: 'result', heading: 'Result', value: ({ result }) => result },
  { field: 'check', heading: 'Check', value: ({ check }) => check },
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
  { host, output }: Context,
): Promise<void> {
  if (output.json) {
    const records = checks.map((check) => output.select(recordOf(check), FIELDS));
    // They are fields of a check, and of nothing else.
    output.document(output.selects ? { checks: records } : { checks: records, trunks, exitCode });
    return;
  }
  if (output.forPeople && !output.selects) {
    const palette = await output.palette('stdout');
    for (const line of renderChecks(checks, host.stdout.columns, palette)) output.line(line);
  } else {
    await output.list(checks.map(recordOf), COLUMNS, FIELDS);
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
  await show(report, exitCode, context);
  return exitCode;
}
