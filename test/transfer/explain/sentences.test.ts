/**
 * Every sentence about a transfer, in one document to be read as prose when it changes. What the
 * sentences mean is asserted as data in the tests beside this one.
 */
import { expect, it } from 'vitest';
import { startSentence } from '../../../src/core/text.ts';
import type { Advice, Finding } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { sipWords } from '../../../src/transfer/explain/status.ts';
import { bridgeCases, bridgeTexts } from './bridge-cases.ts';
import {
  batchCases,
  callerCases,
  clauseCases,
  completedCases,
  errorCases,
  notSentCases,
  openCases,
  providerCases,
  refusedCases,
} from './sentence-cases.ts';

/** The advice as one line: what a program reads. */
function adviceLine({ action, warmTransfer, provider, setting, address }: Partial<Advice>): string {
  const parts = [
    action,
    warmTransfer ? 'warm transfer' : null,
    provider ? `provider ${provider}` : null,
    setting ? `setting “${setting}”` : null,
    address ? `address ${address}` : null,
  ];
  return parts.filter((part) => part).join(', ');
}

/** The meaning is a clause in a sentence, or a sentence of its own. */
function hasMeaning(message: string, meaning: string): boolean {
  return message.includes(meaning) || message.includes(startSentence(meaning));
}

/** One case: what was the matter, what is said, what to do, and the same as data. */
function paragraph(title: string, facts: TransferFacts): string {
  const { headline, message, hint, advice } = explain(facts);
  expect(message, title).toMatch(/^[A-Z].*\.$/s);
  expect(headline, title).toMatch(/^[^\n]+ → [^\n]+: [^\n]+\.$/);
  if (advice.meaning !== null)
    expect(facts.outcome === 'ended' || hasMeaning(message, advice.meaning)).toBe(true);
  if (hint !== null) expect(hint, title).toMatch(/^[A-Z].*[.`]$/s);
  expect(`${message} ${hint ?? ''}`, title).not.toMatch(/undefined|null|NaN|\.\.| {2}/);
  return `### ${title}\n**${headline}**\n${message}\n→ ${hint ?? '(nothing)'}\n(${adviceLine(advice)})`;
}

function section(title: string, cases: Iterable<readonly [string, TransferFacts]>): string {
  return [`## ${title}`, ...[...cases].map(([name, facts]) => paragraph(name, facts))].join('\n\n');
}

function textSection(title: string, cases: readonly [string, string][]): string {
  return [`## ${title}`, ...cases.map(([name, text]) => `### ${name}\n${text}`)].join('\n\n');
}

/** `403, 603`, `505–599`: the codes that share something. */
function ranges(codes: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const code of codes) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else runs.push([code, code]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

const EVERY_FAILURE = Array.from({ length: 400 }, (_, index) => 300 + index);

/** One table: what each status means at this stage, those with the same words together. */
function statusTable(title: string, stage: 'refer' | 'notify'): string {
  const rows = new Map<Finding, number[]>();
  for (const code of [0, ...EVERY_FAILURE]) {
    const finding = sipWords(code, stage);
    rows.set(finding, [...(rows.get(finding) ?? []), code]);
  }
  const lines = [...rows].map(
    ([finding, codes]) =>
      `### ${ranges(codes)}\n${finding.meaning}\n→ ${finding.hint}\n(${adviceLine(finding)})`,
  );
  return [`## ${title}`, ...lines].join('\n\n');
}

/** What a provider is known to mean, by hint: the statuses and targets that bring it about. */
function providerSection(): string {
  const hints = new Map<string, Map<string, number[]>>();
  for (const { about, code, facts } of providerCases()) {
    const { hint, advice } = explain(facts);
    if (advice.provider === null) continue;
    const text = `→ ${hint}\n(${adviceLine(advice)})`;
    const causes = hints.get(text) ?? new Map<string, number[]>();
    hints.set(text, causes.set(about, [...(causes.get(about) ?? []), code]));
  }
  const lines = [...hints].map(([text, causes]) => {
    const titles = [...causes].map(([about, codes]) => `${about}: ${ranges(codes)}`);
    return `### ${titles.join('; ')}\n${text}`;
  });
  return ['## What a status means at a known provider', ...lines].join('\n\n');
}

it('the sentences about transfers are these', async () => {
  const document = [
    '# What is said about transfers',
    'Each case: its name, the headline, the message, → the hint, and in brackets the advice as data.',
    section('Completed', completedCases()),
    section('Ended, unconfirmed, unknown: nobody knows', openCases()),
    section('Refused by the trunk, or failed at the target', refusedCases()),
    section('Nothing was sent', notSentCases()),
    section('What the caller hears', callerCases()),
    statusTable('SIP statuses as the trunk’s answer to the REFER', 'refer'),
    statusTable('SIP statuses in the NOTIFY about the target', 'notify'),
    providerSection(),
    section('Bridges', bridgeCases()),
    textSection('Beside the results of bridges', bridgeTexts()),
    textSection('Clauses', clauseCases()),
    textSection('Errors', errorCases()),
    textSection('Batches', batchCases()),
  ].join('\n\n');
  await expect(`${document}\n`).toMatchFileSnapshot('./sentences.md');
});
