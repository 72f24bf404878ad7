/** The table of smoke tests, a line each. */
import type { SmokeTrunk } from '../../smoke/plan.ts';
import type { CondensedResult, SmokeResult } from '../../smoke/result.ts';
import type { Column } from '../../terminal/table.ts';

/** A trunk, in the field names of the JSON output. */
export function trunkRecord(trunk: SmokeTrunk | null): SmokeResult['trunk'] {
  const { id = null, name = null, host = null, provider = null } = trunk ?? {};
  return { id, name, host, provider };
}

export const label = ({ trunk }: CondensedResult): string =>
  trunk.name ?? trunk.id ?? trunk.host ?? 'unknown trunk';

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

/** Everything, for programs. */
export const COLUMNS: readonly Column<CondensedResult>[] = [...FACTS, MESSAGE];

/** What the columns that are never left out take beside the trunk, gaps included. */
const BESIDE_TRUNK = 60;
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
  const longest = Math.max(SHORTEST_NAME, width - BESIDE_TRUNK);
  const text = (result: CondensedResult) => {
    const name = [...label(result)];
    if (result.trunk.name === null || name.length <= longest) return name.join('');
    return `${name.slice(0, longest - 1).join('')}…`;
  };
  const [trunk, ...facts] = FACTS;
  const named = trunk === undefined ? [] : [{ ...trunk, text }];
  return results.length === 1 ? [...named, ...facts] : [...named, ...facts, MESSAGE];
}
