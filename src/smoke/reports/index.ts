/**
 * A report in a file, whole or not at all: the textfile collector and CI read it at any moment. The
 * one that is replaced leaves its rights; a link stays and the file it leads to is replaced. The
 * temporary file ends in `.tmp`, which a collector that reads `*.prom` passes over.
 */
import { accessSync, constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ExitCode, KnownError, UsageError, worstExitCode } from '../../core/errors.ts';
import { escapeText } from '../../core/text.ts';
import { isTaken, writeWhole } from '../../core/whole-file.ts';
import { type CondensedResult, isMet, remarks, seconds, testTitle, trunkTitle } from '../result.ts';
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

// JUnit XML, as Jenkins and GitLab read it. There is no standard of it: this keeps to the elements and
// attributes of Jenkins's own schema (`junit-10.xsd` of its xunit plugin).

// As much of XML 1.0 as a report needs: elements, attributes, text.

interface Element {
  name: string;
  attributes?: Readonly<Record<string, string | number>>;
  /** Elements, or one text; a text is written in one piece, since blanks in it count. */
  content?: readonly Element[] | string;
}

/** @returns the document, declaration first and a line end last */
function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function write({ name, attributes = {}, content = [] }: Element, indent: string): string {
  const start = Object.entries(attributes).reduce(
    (tag, [key, value]) => `${tag} ${key}="${escapeXml(escapeText(String(value)))}"`,
    `${indent}<${name}`,
  );
  if (content.length === 0) return `${start}/>\n`;
  if (typeof content === 'string') {
    const lines = content.split('\n').map((line) => escapeXml(escapeText(line)));
    return `${start}>${lines.join('\n')}</${name}>\n`;
  }
  const inside = content.map((element) => write(element, `${indent}  `)).join('');
  return `${start}>\n${inside}${indent}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Markup, and what is no character of XML 1.0 (§2.2) in any writing, `&#1;` neither. Controls and
 * halves of surrogate pairs are visible text by now; two non-characters are left.
 */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/**
 * @param results in the order of the tests
 * @returns a document with a suite for each trunk and a case for each test
 */
export function renderJunit(results: readonly CondensedResult[]): string {
  return xmlDocument({
    name: 'testsuites',
    attributes: { name: 'lk-transfer smoke', ...totals(results) },
    content: byTrunk(results).map(suite),
  });
}

function byTrunk(results: readonly CondensedResult[]): CondensedResult[][] {
  const trunks = new Map<string, CondensedResult[]>();
  for (const result of results) {
    const key = trunkTitle(result);
    trunks.set(key, [...(trunks.get(key) ?? []), result]);
  }
  return [...trunks.values()];
}

function caseTitle(result: CondensedResult): string {
  const title = testTitle(result);
  return result.transferMethod === 'refer' ? `REFER, ${title}` : title;
}

function suite(results: readonly CondensedResult[]): Element {
  const names = numbered(results.map(caseTitle));
  const cases = results.map((result, index) => testCase(result, names[index] ?? ''));
  const [first] = results;
  if (first === undefined) return { name: 'testsuite' };
  return {
    name: 'testsuite',
    attributes: {
      name: trunkTitle(first),
      ...totals(results),
      skipped: 0,
      timestamp: first.startedAt,
    },
    content: [...properties(results), ...cases],
  };
}

/** What is known of the trunk that was tested, as far as it is the same for the whole suite. */
function properties(results: readonly CondensedResult[]): Element[] {
  const facts = { 'trunk.id': 'id', 'trunk.host': 'host', provider: 'provider' } as const;
  const known = Object.entries(facts).flatMap(([name, fact]) => {
    const [value = null, other] = new Set(results.map(({ trunk }) => trunk[fact]));
    if (value === null || other !== undefined) return [];
    return [{ name: 'property', attributes: { name, value } }];
  });
  return known.length === 0 ? [] : [{ name: 'properties', content: known }];
}

/** A case is known by its name: of two that are equal, GitLab shows one. */
function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} #${count}`;
  });
}

function testCase(result: CondensedResult, name: string): Element {
  const log = [...remarks(result), ...(result.ticket.length === 0 ? [] : ['', ...result.ticket])];
  return {
    name: 'testcase',
    attributes: {
      name,
      classname: `smoke.${trunkTitle(result)}`,
      time: seconds(result.durationMs),
    },
    content: [...verdictElement(result), { name: 'system-out', content: log.join('\n') }],
  };
}

function verdictElement(result: CondensedResult): Element[] {
  const fault = faultOf(result);
  if (fault === null) return [];
  const { expected, verdict, message, hint } = result;
  const met = expected === undefined ? '' : `expected ${expected}, found ${verdict}: `;
  return [
    {
      name: fault,
      attributes: { type: verdict, message: met + message },
      content: hint ?? '',
    },
  ];
}

/**
 * A failure is a finding against the trunk; an error is a test that found nothing. An inconclusive
 * one is an error and not "skipped": most pipelines are green with skipped tests, and a trunk that
 * nobody has proven must not pass a gate. So a case passes exactly when its test would exit with 0.
 */
function faultOf(result: CondensedResult): 'failure' | 'error' | null {
  if (isMet(result) === true) return null;
  switch (result.verdict) {
    case 'supported':
      return isMet(result) === false ? 'failure' : null;
    case 'unsupported':
    case 'refused':
    case 'needs-configuration':
      return 'failure';
    case 'inconclusive':
    case 'call-failed':
      return 'error';
  }
}

function totals(results: readonly CondensedResult[]): Record<string, string | number> {
  const faults = results.map(faultOf);
  return {
    tests: results.length,
    failures: faults.filter((fault) => fault === 'failure').length,
    errors: faults.filter((fault) => fault === 'error').length,
    time: seconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  };
}
