/**
 * Results as JUnit XML, as Jenkins and GitLab read it. There is no standard of it: this keeps to the
 * elements and attributes of Jenkins's own schema (`junit-10.xsd` of its xunit plugin).
 */
import { escapeText } from '../../core/text.ts';
import { type CondensedResult, isMet, remarks, seconds, testTitle, trunkTitle } from '../result.ts';

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
