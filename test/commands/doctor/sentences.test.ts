/**
 * Every sentence of doctor's, in one document to be read as prose when it changes. What the checks
 * come to is asserted as data in the tests beside this one.
 */
import { expect, it } from 'vitest';
import type { CheckResult } from '../../../src/commands/doctor/check.ts';
import { expectNoHoles } from '../../support/prose.ts';
import {
  type CheckCase,
  departmentCases,
  machineCases,
  reportCases,
  serverCases,
  trunkCases,
  wayCases,
} from './sentence-cases.ts';

/** Trunks and departments have checks of their own: what they are told is told of any. */
const kindOf = ({ id }: CheckResult) => id.replace(/:.*/, ':…');

/** One case: what was found, more of it, what to do, and the same as data. */
function paragraph([title, check]: CheckCase): string {
  const { detail, notes, hint, status, exitCode } = check;
  // A sentence without its full stop: the line of a table.
  expect(detail, title).toMatch(/^\S.*[^.\s]$/);
  if (hint !== null) expect(hint, title).toMatch(/^(?:[A-Z`]|lk-transfer )[^\n]*[.?]$/);
  for (const text of [detail, ...notes, hint ?? '']) expectNoHoles(title, text);
  const more = notes.map((note) => `- ${note}\n`).join('');
  return `### ${kindOf(check)}, ${title}\n${detail}\n${more}→ ${hint ?? '(nothing)'}\n(${status}, exit ${exitCode})`;
}

function section(title: string, cases: readonly CheckCase[]): string {
  return [`## ${title}`, ...cases.map(paragraph)].join('\n\n');
}

/** Of whole reports the checks that were not made, those for the same reason together. */
function skippedSection(): string {
  const reports = reportCases().map(([title, checks]) => {
    const reasons = new Map<string, string[]>();
    for (const { id, status, detail } of checks) {
      expectNoHoles(title, detail);
      if (status === 'skipped') reasons.set(detail, [...(reasons.get(detail) ?? []), id]);
    }
    const lines = [...reasons].map(([reason, ids]) => `${reason} (${ids.join(', ')})`);
    return [`### ${title}`, ...(lines.length === 0 ? ['(nothing)'] : lines)].join('\n');
  });
  return ['## What is skipped, and why', ...reports].join('\n\n');
}

const EVERY_CASE = [
  machineCases(),
  wayCases(),
  serverCases(),
  trunkCases(),
  departmentCases(),
].flat();

it('the sentences of doctor are these', async () => {
  const document = [
    '# What doctor says',
    'Each case: the check and what is the matter, what is said, - more of it, → the hint, and in brackets state and exit code.',
    section('The machine and what it was given', machineCases()),
    section('The way to the server', wayCases()),
    section('The server, its clock and the key', serverCases()),
    section('Trunks', trunkCases()),
    section('Where the config leads', departmentCases()),
    skippedSection(),
  ].join('\n\n');
  await expect(`${document}\n`).toMatchFileSnapshot('./sentences.md');
});

it('no check of a report, in no state, is without a case', () => {
  const stateOf = (check: CheckResult) => `${kindOf(check)} ${check.status}`;
  const shown = new Set(EVERY_CASE.map(([, check]) => stateOf(check)));
  const found = reportCases().flatMap(([, checks]) =>
    checks.filter(({ status }) => status !== 'skipped').map(stateOf),
  );
  expect([...new Set(found)].filter((state) => !shown.has(state))).toEqual([]);
});
