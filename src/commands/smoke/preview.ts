/** What a test will do and what it will leave, shown before anybody is asked to confirm it. */
import { formatDuration } from '../../core/text.ts';
import type { TransferRequest } from '../../livekit/messages.ts';
import { nameTrunk, type SmokeTest, trunkRecord } from '../../smoke/plan.ts';
import { type CondensedResult, whatTested } from '../../smoke/result.ts';
import type { Column } from '../../terminal/table.ts';
import { nameCaller } from '../../transfer/explain/facts.ts';
import { describeStep, type PreviewLine, previewTransfer } from '../transfer/preview.ts';
import type { SmokeDryRun } from './command.ts';

/** From one repetition to the next, where nobody says otherwise. */
export const BETWEEN_REPEATS_MS = 10_000;

/** What clean-up does not reach, or how it reaches everything. */
function describeAfterwards(test: SmokeTest): string {
  const { method, ourTarget, endsItself, call } = test;
  if (test.transferMethod === 'bridge') {
    return 'the call is ended some seconds after its answer; nobody is transferred, and nothing is left';
  }
  switch (method) {
    case 'outbound':
      if (ourTarget !== null) {
        return `after a success the provider connects the test number with the target. The call at ${ourTarget}, a number of ours, is then ended, which ends both`;
      }
      return endsItself
        ? 'after a success the provider connects the test number with the target, and lk-transfer cannot end that call. The target hangs up by itself, as the config says'
        : 'after a success the provider connects the test number with the target, and lk-transfer cannot end that call. You pay for it: use a target that hangs up by itself';
    case 'loop':
      return 'the dialled call is ended, which ends everything';
    case 'live':
      return call === null
        ? 'if the trunk transfers, the first caller of the number goes to the target and stays there, even a customer. Test while nobody else calls it. Nothing is removed'
        : 'if the trunk transfers, the caller goes to the target and stays there; nothing is removed';
  }
}

/** The call of a test, in a few words. */
function describeTest({ method, transferMethod, trunk, number, call }: SmokeTest): string {
  if (transferMethod === 'bridge') return `${nameTrunk(trunk)}: dial ${number}, and hang up`;
  switch (method) {
    case 'outbound':
      return `${nameTrunk(trunk)}: dial ${number}, transfer that call`;
    case 'loop':
      return `${nameTrunk(trunk)}: dial our own ${number}, transfer the call that comes in there`;
    case 'live':
      return call === null ? `the next call to ${number}` : nameCaller(call);
  }
}

function trunkDetails({ tested, trunk, method }: SmokeTest): PreviewLine[] {
  const shown = method === 'loop' ? trunk : (tested ?? trunk);
  const details = [shown?.id, shown?.host, shown?.transport].filter((each) => each != null);
  return details.length === 0 ? [] : [{ label: 'Trunk', text: details.join(', ') }];
}

/**
 * One test in full.
 * @param place the host of the project
 * @returns lines with foreign text in them, not yet escaped
 */
export function previewTest(test: SmokeTest, place: string): PreviewLine[] {
  const { foreseen, warnings } = test;
  const afterwards = { label: 'Afterwards', text: describeAfterwards(test) };
  // Somebody is on the line: what is shown of them is what a transfer shows.
  if (test.call !== null && foreseen !== null) {
    return [...previewTransfer({ plan: foreseen, leftOut: [] }, place), afterwards];
  }
  const later = test.method !== 'outbound';
  return [
    { label: 'Test call', text: describeTest(test) },
    ...trunkDetails(test),
    ...(foreseen === null
      ? []
      : [
          {
            label: 'Goes to',
            text: `${describeStep(foreseen)}${later ? ', as far as is known before the call' : ''}`,
          },
        ]),
    ...Object.entries(foreseen?.request.headers ?? {}).map(([name, value]) => ({
      label: 'Header',
      text: `${name}: ${value}`,
    })),
    afterwards,
    { label: 'LiveKit', text: place },
    ...warnings.map((text) => ({ label: 'Warning', text })),
  ];
}

/** @returns nothing where nobody is transferred */
function goesTo({ foreseen }: SmokeTest, before: string): string {
  return foreseen === null ? '' : `${before}${foreseen.request.transferTo}`;
}

/** Several tests, a line each, and what holds for them once. */
export function previewTests(tests: readonly SmokeTest[], place: string): PreviewLine[] {
  const afterwards = new Map<string, number[]>();
  for (const [index, test] of tests.entries()) {
    const text = describeAfterwards(test);
    afterwards.set(text, [...(afterwards.get(text) ?? []), index + 1]);
  }
  const isSame = afterwards.size === 1;
  const warnings = new Set(tests.flatMap((test) => test.warnings));
  return [
    ...tests.map((test, index) => ({
      label: 'Test call',
      text: `${isSame ? '' : `${index + 1}. `}${describeTest(test)}${goesTo(test, ` to ${test.to} → `)}${test.expected === null ? '' : `; expects ${test.expected}`}`,
    })),
    ...[...afterwards].map(([text, numbers]) => ({
      label: 'Afterwards',
      text: isSame ? text : `of ${numbers.join(', ')}: ${text}`,
    })),
    { label: 'LiveKit', text: place },
    ...[...warnings].map((text) => ({ label: 'Warning', text })),
  ];
}

/** How often all of it is done again, each time at its cost. */
export function previewRepeat(
  tests: number,
  repeat = 1,
  intervalMs = BETWEEN_REPEATS_MS,
): PreviewLine[] {
  if (repeat < 2) return [];
  const text = `${repeat} times, ${formatDuration(intervalMs)} apart: ${tests * repeat} calls, and you pay for each`;
  return [{ label: 'Repeated', text }];
}

/** The plan as `--dry-run --json` shows it. */
export function dryRunTest(test: SmokeTest): SmokeDryRun {
  const { method, transferMethod, trunk, number, call, foreseen } = test;
  const { ourTarget, endsItself, expected } = test;
  const { destination = null, request } = foreseen ?? {};
  return {
    dryRun: true,
    method,
    transferMethod,
    trunk: trunk === null ? null : trunkRecord(trunk),
    testNumber: number,
    call,
    destination,
    request: request === undefined ? null : requestRecord(request),
    ourTarget,
    endsItself,
    expected,
    afterwards: describeAfterwards(test),
  };
}

function requestRecord({ transferTo, waitMs, headers }: TransferRequest) {
  return { transferTo, waitMs, headers };
}

/** The plan as `--dry-run` tells it. */
export function describeDryRunOf(test: SmokeTest): string {
  return `Would test ${describeTest(test)}${goesTo(test, ', to ')}.`;
}

// The table of smoke tests, a line each.

export const label = ({ trunk }: CondensedResult): string => nameTrunk(trunk);

const code = (status: { code: number | null } | null): string => String(status?.code ?? '');

/** `yes`, `no`, or nothing where nobody knows. */
const yesOrNo = (answer: boolean | null): string => (answer === null ? '' : answer ? 'yes' : 'no');

const FACTS: readonly Column<CondensedResult>[] = [
  { field: 'trunk', heading: 'Trunk', value: label },
  { field: 'method', heading: 'Method', value: ({ method }) => method, optional: true },
  {
    field: 'direction',
    heading: 'Way',
    value: ({ direction }) => direction ?? '',
    text: ({ direction }) => direction?.replace('bound', '') ?? '',
  },
  { field: 'verdict', heading: 'Verdict', value: ({ verdict }) => verdict },
  {
    field: 'refer',
    heading: 'REFER',
    value: ({ refer }) => (refer?.accepted ? 'accepted' : code(refer)),
  },
  { field: 'notify', heading: 'NOTIFY', value: ({ notify }) => code(notify) },
  { field: 'answered', heading: 'Answered', value: ({ answered }) => yesOrNo(answered) },
  { field: 'use', heading: 'Use', value: ({ use }) => use ?? '' },
  {
    field: 'dial',
    heading: 'Dial ms',
    value: ({ dial }) => (dial === null ? '' : String(dial.durationMs)),
    optional: true,
  },
  {
    field: 'durationMs',
    heading: 'All ms',
    value: ({ durationMs }) => String(durationMs),
    optional: true,
  },
];
const MESSAGE: Column<CondensedResult> = {
  field: 'message',
  heading: 'What was found',
  value: ({ message }) => message,
  shrinks: true,
  optional: true,
};

/** What was tested, where not all of it is REFER. */
const TESTED: Column<CondensedResult> = {
  field: 'transferMethod',
  heading: 'Tested',
  value: ({ transferMethod }) => transferMethod,
  text: whatTested,
};

/** Everything, for programs; what was added later stands last. */
export const COLUMNS: readonly Column<CondensedResult>[] = [...FACTS, MESSAGE, TESTED];

/** What the columns that are never left out take beside the trunk, gaps included. */
const BESIDE_TRUNK = 60;
const TESTED_WIDTH = 8;
const SHORTEST_NAME = 15;

/**
 * The columns for people. What was found with a single trunk stands below it as a sentence; and a long
 * name of a trunk is cut before its line breaks. Ids never are.
 * @param width of the terminal; undefined when nobody knows
 */
export function columnsFor(
  results: readonly CondensedResult[],
  width = Number.POSITIVE_INFINITY,
): readonly Column<CondensedResult>[] {
  const tested = results.every(({ transferMethod }) => transferMethod === 'refer') ? [] : [TESTED];
  const beside = BESIDE_TRUNK + tested.length * TESTED_WIDTH;
  const longest = Math.max(SHORTEST_NAME, width - beside);
  const text = (result: CondensedResult) => {
    const name = [...label(result)];
    if (result.trunk.name === null || name.length <= longest) return name.join('');
    return `${name.slice(0, longest - 1).join('')}…`;
  };
  const [trunk, ...facts] = FACTS;
  const named = trunk === undefined ? [] : [{ ...trunk, text }, ...tested];
  return results.length === 1 ? [...named, ...facts] : [...named, ...facts, MESSAGE];
}
