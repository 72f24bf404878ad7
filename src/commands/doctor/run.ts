/** `doctor`: whether everything is in place for a transfer, and what to do where it is not. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ExitCode, isKnownError, KnownError, UsageError } from '../../core/errors.ts';
import { version, whereToReport } from '../../core/package.ts';
import { decodeText } from '../../core/text.ts';
import { isTaken, writeWhole } from '../../core/whole-file.ts';
import { hideSecrets, numberMasker } from '../../history/redact.ts';
import { escapeJsonText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import { CHECK_FIELDS, type DoctorOptions } from '../help/command.ts';
import { type Context, readStdin, throwIfInterrupted } from '../shared/context.ts';
import { type CheckResult, renderChecks, reportExitCode } from './check.ts';
import { gatherFindings } from './gather.ts';
import { type Findings, judgeFindings, type Report } from './report.ts';
import type { TrunkReport } from './trunks.ts';

/** One check, in the field names of the JSON output. */
export interface CheckRecord {
  /** `dns`, `grant-room-list`, `trunk:ST_abc`, `department:sales`. */
  check: string;
  /** How it went. */
  result: CheckResult['status'];
  /** What is checked, for people. */
  title: string;
  /** What was found, in a sentence without its full stop. */
  detail: string;
  /** More of it, a line each. */
  notes: string[];
  /** What to do about it; null when there is nothing to do. */
  hint: string | null;
}

/** What `doctor` found, in the field names of the JSON output. These names stay. */
export interface DoctorDocument {
  /** In the order of the report. */
  checks: CheckRecord[];
  /** Those that LiveKit lists. */
  trunks: TrunkReport[];
  /** 0; or that of what failed, the worst of it. */
  exitCode: ExitCode;
}

/** The file that goes with the report of a bug. These names stay. */
export interface BugReportFile extends Omit<DoctorDocument, 'exitCode'> {
  /** What it is, and what was left out of it: lines. */
  about: string[];
  /** Of lk-transfer. */
  version: string;
  /** The version of Node.js. */
  node: string;
  /** `linux`, `darwin`, `win32`. */
  platform: string;
  /** When it was written: ISO 8601, UTC. */
  time: string;
  /** The stack of a failure of ours, line by line; null: there was none. */
  bug: string[] | null;
  /** The end of what `--log` names, line by line; null: none was given. */
  log: string[] | null;
}

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
    const records = checks.map(recordOf);
    const found: DoctorDocument = { checks: records, trunks, exitCode };
    const selected = records.map((record) => output.select(record, CHECK_FIELDS));
    // They are fields of a check, and of nothing else.
    output.document(output.selects ? { checks: selected } : found);
    return;
  }
  if (output.forPeople && !output.selects) {
    const palette = await output.palette('stdout');
    const named = output.commands.inRecord(checks);
    for (const line of renderChecks(named, host.stdout.columns, palette)) output.line(line);
  } else {
    await output.list(checks.map(recordOf), COLUMNS, CHECK_FIELDS);
  }
  output.notice(summary(checks));
}

// The file that goes with the report of a bug.

/** More of a log than shows what went wrong; its end does. */
const LOG_LINES = 1000;
const LARGEST_LOG = 10_000_000;

/** Where it is written, and what goes along. */
interface BugReport {
  path: string;
  /** null: none was given. */
  log: string | null;
}

/**
 * Looks whether the file can be written, and reads the log, before anything else is done.
 * @throws UsageError
 */
async function openBugReport(options: DoctorOptions, context: Context): Promise<BugReport | null> {
  const { report, log } = options;
  if (report === undefined) {
    if (log === undefined) return null;
    throw new UsageError('--log goes with --report.', {
      hint: 'Name the file to be written with --report.',
    });
  }
  if (log === '-' && options.apiSecretFile === '-') {
    throw new UsageError('--log and --api-secret-file cannot both be standard input.');
  }
  const path = resolve(context.host.cwd, report);
  if (isTaken(path, refusalOf(path)))
    throw refusalOf(path)('it is there already', 'Name another one.');
  return { path, log: log === undefined ? null : await readLog(log, context) };
}

const refusalOf = (path: string) => (why: string, hint?: string) =>
  new UsageError(`--report: ${path} cannot be written: ${why}.`, { hint });

async function readLog(name: string, context: Context): Promise<string> {
  if (name === '-') return readStdin(context);
  const refuse = (why: string) => new UsageError(`--log: ${name} ${why}.`);
  const bytes = await readFile(resolve(context.host.cwd, name)).catch(
    ({ code }: NodeJS.ErrnoException) => {
      throw refuse(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`);
    },
  );
  if (bytes.length > LARGEST_LOG) throw refuse('is larger than 10 MB');
  return decodeText(bytes);
}

/** What doctor found; of a run that failed itself, how. */
interface Found {
  findings: Findings | null;
  report: Report | null;
  bug: Error | null;
}

/** Makes what is fit to be sent of a text: no secrets, no phone numbers, no name of a home folder. */
function cleanerOf({ findings, report }: Found, { host }: Context): (text: string) => string {
  const credentials = findings?.credentials ?? null;
  const found =
    credentials === null || isKnownError(credentials) ? undefined : credentials.apiSecret;
  const secrets = [found, host.env.LIVEKIT_API_SECRET?.trim()].filter((secret) => secret);
  const mask = numberMasker(report?.trunks.map(({ id }) => id) ?? []);
  // As Windows writes it, as JSON does then, and as addresses of files do. HOME may be set to nothing,
  // and nothing stands between any two characters.
  const homes = ['\\\\', '\\', '/']
    .map((separator) => host.home.replaceAll('\\', separator))
    .filter((home) => !['', '/'].includes(home));
  return (text) => {
    let open = text;
    for (const secret of secrets) open = open.replaceAll(secret ?? '', '***');
    for (const home of homes) open = open.replaceAll(home, '~');
    const hidden = hideSecrets(open);
    // The columns of a bundled file have as many digits as a phone number.
    const place = /^\s*at .*?((?::\d{1,9}){2}\)?)$/.exec(hidden)?.[1] ?? '';
    return mask(hidden.slice(0, hidden.length - place.length)) + place;
  };
}

/** Cleans every text in a value, whatever its shape. */
function cleaned<Value>(value: Value, clean: (text: string) => string): Value {
  return JSON.parse(JSON.stringify(value), (_, each) =>
    typeof each === 'string' ? clean(each) : each,
  );
}

const ABOUT = [
  'For the report of a bug in lk-transfer. Look through it before you send it: passwords, tokens and',
  'phone numbers are left out, and names of hosts, rooms, trunks and departments are not.',
];

function writeBugReport({ path, log }: BugReport, found: Found, context: Context): void {
  const { host, output } = context;
  const { findings, report, bug } = found;
  const clean = cleanerOf(found, context);
  const linesOf = (text: string | null | undefined) =>
    text?.split(/\r?\n/).slice(-LOG_LINES).map(clean) ?? null;
  const asked = findings?.network ? [] : ['LiveKit was not asked; the checks say why.'];
  const content: BugReportFile = {
    about: [...ABOUT, ...asked],
    ...{ version, node: host.nodeVersion, platform: host.platform },
    time: new Date(host.now()).toISOString(),
    // The version of Node, which is told above, has the look of a number.
    checks: cleaned(report?.checks.filter(({ id }) => id !== 'node').map(recordOf) ?? [], clean),
    trunks: cleaned(report?.trunks ?? [], clean),
    bug: linesOf(bug?.stack),
    log: linesOf(log),
  };
  const failed = (why: string, hint?: string) =>
    new KnownError('unwritten-report', `The report could not be written to ${path}: ${why}.`, {
      hint,
    });
  const text = `${escapeJsonText(JSON.stringify(content, null, 2))}\n`;
  if (!writeWhole(path, text, false, failed, 0o600)) {
    throw failed('a file of that name exists now', 'Name another one.');
  }
  output.notice(`Written to ${path}. Look through it, then report the bug ${whereToReport()}.`);
}

/** @returns 0, with warnings too; 1, 2 or 4 for what failed, the worst of it */
export async function run(options: DoctorOptions, context: Context): Promise<ExitCode> {
  context.output.checkFields(CHECK_FIELDS);
  const bugReport = await openBugReport(options, context);
  const found: Found = { findings: null, report: null, bug: null };
  try {
    found.findings = await gatherFindings(options, context);
    throwIfInterrupted(context);
    found.report = judgeFindings(found.findings);
  } catch (error) {
    if (bugReport === null || isKnownError(error) || !(error instanceof Error)) throw error;
    writeBugReport(bugReport, { ...found, bug: error }, context);
    throw error;
  }
  const exitCode = reportExitCode(found.report.checks);
  await show(found.report, exitCode, context);
  if (bugReport !== null) writeBugReport(bugReport, found, context);
  return exitCode;
}
