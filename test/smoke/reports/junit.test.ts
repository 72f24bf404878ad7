import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText } from '../../../src/core/text.ts';
import { renderJunit } from '../../../src/smoke/reports/index.ts';
import type { SmokeResult } from '../../../src/smoke/result.ts';
import { named, parseJunit } from './junit-structure.ts';
import {
  BUSY,
  CALL_FAILED,
  hostileResults,
  hostileText,
  REFUSED,
  smokeResult,
  UNPROVEN,
} from './results.ts';

/** What XML cannot hold either is made visible too. */
const visible = (text: string) =>
  escapeText(text).replace(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);

describe('a JUnit report', () => {
  it('has a suite for the trunk, and a case with what the provider’s support asks for', () => {
    expect(renderJunit([REFUSED])).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lk-transfer smoke" tests="1" failures="1" errors="0" time="9.876">
  <testsuite name="Telnyx" tests="1" failures="1" errors="0" time="9.876" skipped="0" timestamp="2026-08-01T12:00:00.500Z">
    <properties>
      <property name="trunk.id" value="ST_telnyx"/>
      <property name="trunk.host" value="sip.telnyx.com"/>
      <property name="provider" value="telnyx"/>
    </properties>
    <testcase name="REFER, dial +15105550177 to mobile" classname="smoke.Telnyx" time="9.876">
      <failure type="refused" message="The trunk answered the REFER with 603 Decline.">Ask Telnyx to enable it.</failure>
      <system-out>The trunk answered the REFER with 603 Decline.
Ask Telnyx to enable it.

sip.callIDFull: abc@10.0.0.1
Refer-To: &lt;tel:+15105550100&gt;</system-out>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  it('puts the tests of a trunk into one suite, and tells them apart', () => {
    const root = parseJunit(renderJunit([smokeResult(), REFUSED, smokeResult()]));
    expect(root.attributes).toMatchObject({ tests: '3', failures: '1', errors: '0' });
    expect(root.children.map(({ attributes }) => [attributes.name, attributes.tests])).toEqual([
      ['Twilio out', '2'],
      ['Telnyx', '1'],
    ]);
    expect(named(root, 'testcase').map(({ attributes }) => attributes.name)).toEqual([
      'REFER, loop +15105550001 to mobile',
      'REFER, loop +15105550001 to mobile #2',
      'REFER, dial +15105550177 to mobile',
    ]);
  });

  it('names suites and cases by what was asked for, whatever was found', () => {
    const namesOf = (...results: SmokeResult[]) => {
      const root = parseJunit(renderJunit(results));
      return [...named(root, 'testsuite'), ...named(root, 'testcase')].map(
        ({ attributes }) => attributes.name,
      );
    };
    const { test } = smokeResult();
    expect(namesOf({ ...CALL_FAILED, test })).toEqual(namesOf(smokeResult()));
  });

  it('says of a suite only what holds for all of its tests', () => {
    const other = smokeResult({ trunk: { ...smokeResult().trunk, id: 'ST_twin' } });
    const root = parseJunit(renderJunit([smokeResult(), other]));
    expect(root.children).toHaveLength(1);
    expect(named(root, 'property').map(({ attributes }) => attributes.name)).toEqual([
      'trunk.host',
      'provider',
    ]);
  });

  it('has no case without tests', () => {
    const root = parseJunit(renderJunit([]));
    expect(root.attributes.tests).toBe('0');
    expect(root.children).toEqual([]);
  });

  it.each<[string, SmokeResult, 'failure' | 'error' | null]>([
    ['supported', smokeResult(), null],
    ['supported, with a busy target', BUSY, null],
    ['refused', REFUSED, 'failure'],
    ['unsupported', smokeResult({ verdict: 'unsupported' }), 'failure'],
    ['needs-configuration', smokeResult({ verdict: 'needs-configuration' }), 'failure'],
    ['inconclusive', UNPROVEN, 'error'],
    ['call-failed', CALL_FAILED, 'error'],
    ['refused, as expected', { ...REFUSED, expected: 'refused', exitCode: 0 }, null],
    ['inconclusive, as expected', { ...UNPROVEN, expected: 'inconclusive', exitCode: 0 }, null],
    ['supported against expectation', smokeResult({ expected: 'refused' }), 'failure'],
    ['refused against expectation', { ...REFUSED, expected: 'supported' }, 'failure'],
    ['inconclusive against expectation', { ...UNPROVEN, expected: 'supported' }, 'error'],
    [
      'never made, and so not as expected',
      { ...CALL_FAILED, expected: 'call-failed', exitCode: 4 },
      'error',
    ],
    ['call-failed against expectation', { ...CALL_FAILED, expected: 'refused' }, 'error'],
  ])('tells %s as it should', (_, result, fault) => {
    const root = parseJunit(renderJunit([result]));
    const found = [...named(root, 'failure'), ...named(root, 'error')];
    expect(found.map(({ name }) => name)).toEqual(fault === null ? [] : [fault]);
    for (const { attributes } of found) expect(attributes.type).toBe(result.verdict);
  });

  it('says what was expected', () => {
    const root = parseJunit(renderJunit([{ ...REFUSED, expected: 'supported' }]));
    expect(named(root, 'failure')[0]?.attributes.message).toBe(
      'expected supported, found refused: The trunk answered the REFER with 603 Decline.',
    );
  });
});

describe('foreign text', () => {
  it('leaves the document well-formed and its sums right, whatever it is', () => {
    fc.assert(
      fc.property(hostileResults, (results) => {
        const root = parseJunit(renderJunit(results));
        expect(named(root, 'testcase')).toHaveLength(results.length);
      }),
    );
  });

  it('is read as it was written, with what is invisible made visible', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (message, hint, line) => {
        const root = parseJunit(renderJunit([{ ...REFUSED, message, hint, ticket: [line] }]));
        const [failure] = named(root, 'failure');
        expect(failure?.attributes.message).toBe(visible(message));
        // A hint may have lines.
        expect(failure?.text).toBe(hint.split('\n').map(visible).join('\n'));
        expect(named(root, 'system-out')[0]?.text).toBe(
          [message, hint, '', line].flatMap((text) => text.split('\n').map(visible)).join('\n'),
        );
      }),
    );
  });
});
