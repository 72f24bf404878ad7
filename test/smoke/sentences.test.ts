/**
 * Every sentence about a test, in one document to be read as prose when it changes. What the
 * sentences mean is asserted as data in the tests beside this one.
 */
import { expect, it } from 'vitest';
import { concludeSmoke } from '../../src/smoke/conclude.ts';
import { judgeSmoke, type SmokeEvidence } from '../../src/smoke/judge.ts';
import type { SmokeResult } from '../../src/smoke/result.ts';
import { facts, remarks } from '../../src/smoke/result.ts';
import { leftoverCases, previewCases, summaryCases } from '../commands/smoke/report-cases.ts';
import { expectNoHoles, expectSentences } from '../support/prose.ts';
import { smokeResult } from './reports/results.ts';
import {
  bridgeCases,
  clearCases,
  dialCases,
  doubtCases,
  failureCases,
  refusedCases,
  type ToldCase,
  ticketCases,
  trunkKeyCases,
} from './sentence-cases.ts';
import { leftBehindCases, stepCases } from './step-cases.ts';

const EVERY_GROUND: Readonly<Record<SmokeEvidence, true>> = {
  trouble: true,
  'target-answered': true,
  'target-failed': true,
  'never-reports': true,
  'reports-unclear': true,
  'no-refer': true,
  'livekit-number': true,
  policy: true,
  'set-up': true,
  'call-lost': true,
  'refused-otherwise': true,
  ignored: true,
  'gone-at-once': true,
  'ended-early': true,
  stayed: true,
  'not-sent': true,
  unclear: true,
  'bridge-answered': true,
  'bridge-unanswered': true,
  'bridge-silent': true,
  'bridge-unseen': true,
  'bridge-unclear': true,
};

function conclude({ run, config = {}, operator = null }: ToldCase): SmokeResult {
  return concludeSmoke(run, config, operator);
}

function groundsOf({ run, operator = null }: ToldCase): SmokeEvidence {
  return judgeSmoke({ ...run.finding, operator }).grounds;
}

const yesOrNo = (answer: boolean | null) => (answer === null ? null : answer ? 'yes' : 'no');

/** The result as one line: what a program reads, and on what grounds. */
function dataLine(told: ToldCase): string {
  const { verdict, refer, notify, answered, proof, use, exitCode } = conclude(told);
  const grounds = groundsOf(told);
  const answer = refer === null ? null : (refer.code ?? (refer.accepted ? 'accepted' : 'none'));
  const parts = [
    ['REFER', answer],
    ['NOTIFY', notify?.code],
    ['answered', yesOrNo(answered)],
    ['proof', proof],
    ['use', use],
    ['exit', exitCode],
  ];
  const known = parts.filter(([, value]) => value != null).map((part) => part.join(' '));
  return [verdict, grounds, ...known].join(', ');
}

/** One case: what was found, what to do about it, and the same as data. */
function paragraph(told: ToldCase): string {
  const { title } = told;
  const { message, hint } = conclude(told);
  expectSentences(title, message);
  if (hint !== null) expectSentences(title, hint);
  return `### ${title}\n${message}\n→ ${hint ?? '(nothing)'}\n(${dataLine(told)})`;
}

function section(title: string, cases: Iterable<ToldCase>): string {
  return [`## ${title}`, ...[...cases].map(paragraph)].join('\n\n');
}

/** The block for the provider's support, and the line that reports make of the same test. */
function ticketSection(): string {
  const blocks = ticketCases().map((told) => {
    const result = conclude(told);
    for (const line of [...result.ticket, facts(result)]) expectNoHoles(told.title, line);
    return `### ${told.title}\n${result.ticket.join('\n')}\n(in reports: ${facts(result)})`;
  });
  return ['## For the provider’s support', ...blocks].join('\n\n');
}

/** The causes of a dial that failed: the message without a status, the same with one, the rest. */
function dialSection(): string {
  const causes = [...dialCases()].map(([cause, without, withStatus]) => {
    const { message, hint } = conclude(without);
    const stated = conclude(withStatus);
    expectSentences(cause, message);
    expectSentences(cause, stated.message);
    expect({ hint: stated.hint, data: dataLine(withStatus) }).toEqual({
      hint,
      data: dataLine(without),
    });
    return `### ${cause}\n${message}\n${stated.message}\n→ ${hint}\n(${dataLine(without)})`;
  });
  return ['## The test call was not answered', ...causes].join('\n\n');
}

/** The steps of a test, each by its name. */
async function stepSection(): Promise<string> {
  const runs = (await stepCases()).map(([title, steps]) => {
    for (const { message } of steps) expectSentences(title, message);
    return [`### ${title}`, ...steps.map(({ step, message }) => `${message} (${step})`)].join('\n');
  });
  return ['## While a test runs', ...runs].join('\n\n');
}

/** Clauses: they stand behind “Could not be removed:” and “Left behind in LiveKit:”. */
async function leftBehindSection(): Promise<string> {
  const left = (await leftBehindCases()).map(([title, clauses]) => {
    for (const clause of clauses) expectNoHoles(title, clause);
    return [
      `### ${title}`,
      ...remarks(smokeResult({ message: '', leftBehind: clauses })).slice(1),
    ].join('\n');
  });
  return ['## What a test could not remove', ...left].join('\n\n');
}

function textSection(title: string, cases: readonly (readonly [string, string])[]): string {
  for (const [name, text] of cases) expectNoHoles(name, text.replaceAll('\n  ', '\n'));
  return [`## ${title}`, ...cases.map(([name, text]) => `### ${name}\n${text}`)].join('\n\n');
}

it('the sentences about tests are these', async () => {
  const document = [
    '# What is said about tests',
    'Each case: its name, the message, → the hint, and in brackets the verdict, its grounds and the other data.',
    section('LiveKit’s answer tells', clearCases()),
    section('The trunk refuses, or its call to the target fails', refusedCases()),
    section('LiveKit’s answer cannot tell', doubtCases()),
    section('What the trunk is called', trunkKeyCases()),
    dialSection(),
    section('It did not come to a REFER', failureCases()),
    section('A bridge test', bridgeCases()),
    await stepSection(),
    await leftBehindSection(),
    textSection('What earlier tests have left', await leftoverCases()),
    textSection('Before a test', previewCases()),
    textSection('The end of a run', await summaryCases()),
    ticketSection(),
  ].join('\n\n');
  await expect(`${document}\n`).toMatchFileSnapshot('./sentences.md');
});

it('no ground is without a case', () => {
  const cases = [clearCases(), refusedCases(), doubtCases(), failureCases(), bridgeCases()];
  const told = new Set(cases.flatMap((each) => [...each].map(groundsOf)));
  expect([...told].sort()).toEqual(Object.keys(EVERY_GROUND).sort());
});
