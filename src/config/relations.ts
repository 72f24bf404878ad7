/**
 * What must fit together across a config: names and trunks that are not ambiguous, fallbacks that
 * exist and come to an end, templates whose domain is known, smoke tests with one number to dial.
 * Reads the file as it was parsed, so that these problems are reported together with those of the
 * shape; what has a wrong shape is passed over.
 */
import type { ConfigProblem } from '../core/errors.ts';
import { foldName, nearestNames } from '../core/text.ts';
import { isRecord, quoteName, writePath } from './json.ts';
import { foldTrunkKey, placeholdersIn, trunkKeyKind } from './values.ts';

/** Beyond this many problems of one kind, guesses and circles are left out. */
const ENOUGH = 20;

/** Finds every problem between the values of a config. */
export function relationProblems(raw: unknown): ConfigProblem[] {
  if (!isRecord(raw)) return [];
  const departments = entriesOf(raw.departments);
  return [
    ...nameProblems(departments),
    ...fallbackProblems(departments),
    ...trunkTwins(entriesOf(raw.trunks)),
    ...domainProblems(raw),
    ...headerTwins(raw),
    ...methodProblems(entriesOf(raw.trunks)),
    ...rescueProblems(raw.rescue),
    ...smokeProblems(raw.smoke),
  ];
}

type Entries = readonly (readonly [name: string, value: unknown])[];

/** Two names that are the same to the command line must not lead to two departments. */
function nameProblems(departments: Entries): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const owners = new Map<string, string>();
  for (const [name] of departments) {
    const other = owners.get(foldName(name));
    if (other === undefined) owners.set(foldName(name), name);
    else {
      const message = `is the same name as ${quoteName(other)}: case and spaces do not count`;
      problems.push({ path: writePath(['departments', name]), message });
    }
  }
  for (const [name, value] of departments) {
    for (const [index, alias] of textsOf(value, 'aliases')) {
      const owner = owners.get(foldName(alias));
      if (owner === undefined) owners.set(foldName(alias), name);
      else if (owner !== name) {
        const path = writePath(['departments', name, 'aliases', index]);
        problems.push({
          path,
          message: `${quoteName(alias)} already leads to ${quoteName(owner)}`,
        });
      }
    }
  }
  return problems;
}

/** Fallbacks name departments by their key, and do not lead back to where they started. */
function fallbackProblems(departments: Entries): ConfigProblem[] {
  const names = departments.map(([name]) => name);
  const known = new Set(names);
  const fallbacks = new Map<string, string[]>();
  const problems: ConfigProblem[] = [];
  for (const [name, value] of departments) {
    const targets = textsOf(value, 'fallback');
    fallbacks.set(
      name,
      targets.map(([, target]) => target).filter((target) => known.has(target)),
    );
    for (const [index, target] of targets) {
      if (known.has(target)) continue;
      // Among thousands of mistakes a guess for each would take minutes, and nobody reads so far.
      const near = problems.length < ENOUGH ? nearestNames(target, names, 1)[0] : undefined;
      problems.push({
        path: writePath(['departments', name, 'fallback', index]),
        message: `no department ${quoteName(target)}${near === undefined ? '' : `; did you mean ${quoteName(near)}?`}`,
      });
    }
  }
  for (const circle of circlesIn(fallbacks, ENOUGH)) {
    problems.push({
      path: writePath(['departments', circle[0] as string, 'fallback']),
      message: `goes round in a circle: ${circle.map(quoteName).join(' → ')}`,
    });
  }
  return problems;
}

/** Circles of a graph, each listed once, `most` at most. Walks without recursion: a chain may be long. */
function circlesIn(fallbacks: ReadonlyMap<string, readonly string[]>, most: number): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of fallbacks.keys()) {
    const trail: { name: string; left: string[] }[] = [];
    const onTrail = new Set<string>();
    const enter = (name: string) => {
      trail.push({ name, left: [...(fallbacks.get(name) ?? [])] });
      onTrail.add(name);
    };
    if (!done.has(start)) enter(start);
    for (let step = trail.at(-1); step && circles.length < most; step = trail.at(-1)) {
      const name = step.left.shift();
      if (name === undefined) {
        trail.pop();
        onTrail.delete(step.name);
        done.add(step.name);
      } else if (onTrail.has(name)) {
        const round = trail.map((each) => each.name);
        circles.push([...round.slice(round.indexOf(name)), name]);
      } else if (!done.has(name)) enter(name);
    }
  }
  return circles;
}

/** Two keys that mean one trunk: which of them counts would hang on the order of the file. */
function trunkTwins(trunks: Entries): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const seen = new Map<string, string>();
  for (const [key] of trunks) {
    const folded = foldTrunkKey(key);
    const twin = seen.get(folded);
    if (twin === undefined) seen.set(folded, key);
    else {
      const what = trunkKeyKind(key) === 'host' ? 'case and ports do' : 'case does';
      const message = `is the same trunk as ${quoteName(twin)}: ${what} not count`;
      problems.push({ path: writePath(['trunks', key]), message });
    }
  }
  return problems;
}

/** A template with {domain} needs a trunk that has one. */
function domainProblems(raw: Record<string, unknown>): ConfigProblem[] {
  const trunks = entriesOf(raw.trunks);
  const dials = trunks
    .filter(([, trunk]) => !hasDomain(trunk))
    .map(([name, trunk]) => ({
      path: ['trunks', name, 'dial'],
      dial: isRecord(trunk) ? trunk.dial : undefined,
      advice: 'needs a "domain" beside "dial"',
    }));
  if (!trunks.some(([, trunk]) => hasDomain(trunk))) {
    const advice = 'needs a trunk with a "domain", and none has one';
    dials.push({ path: ['dial'], dial: raw.dial, advice });
  }
  return dials.flatMap(({ path, dial, advice }) =>
    entriesOf(dial)
      .filter(([, template]) => typeof template === 'string' && usesDomain(template))
      .map(([kind]) => ({ path: writePath([...path, kind]), message: `{domain} ${advice}` })),
  );
}

function usesDomain(template: string): boolean {
  return placeholdersIn(template).includes('domain');
}

function hasDomain(trunk: unknown): boolean {
  return isRecord(trunk) && trunk.domain !== undefined;
}

/** One header, written twice in different case. */
function headerTwins(raw: Record<string, unknown>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const section of ['trunks', 'departments'] as const) {
    for (const [name, value] of entriesOf(raw[section])) {
      for (const kind of ['headers', 'referToHeaders'] as const) {
        const seen = new Set<string>();
        for (const [header] of entriesOf(isRecord(value) ? value[kind] : undefined)) {
          const path = writePath([section, name, kind, header]);
          if (seen.has(header.toLowerCase())) {
            problems.push({ path, message: 'is there twice: case does not count in headers' });
          }
          seen.add(header.toLowerCase());
        }
      }
    }
  }
  return problems;
}

/** A trunk without REFER cannot be the one that moves callers by it. */
function methodProblems(trunks: Entries): ConfigProblem[] {
  return trunks.flatMap(([name, trunk]) =>
    isRecord(trunk) && trunk.refer === false && trunk.method === 'refer'
      ? [{ path: writePath(['trunks', name, 'method']), message: 'contradicts "refer": false' }]
      : [],
  );
}

/** Numbers of ours are compared as calls carry them. */
function rescueProblems(rescue: unknown): ConfigProblem[] {
  const numbers = isRecord(rescue) ? entriesOf(rescue.numbers) : [];
  return numbers.flatMap(([number]) =>
    /^\+[1-9]\d{6,14}$/.test(number)
      ? []
      : [
          {
            path: writePath(['rescue', 'numbers', number]),
            message: 'expected a number in E.164, such as +15105550100',
          },
        ],
  );
}

/**
 * A smoke test dials a test number or a number of our own, never both; a bridge test a test number,
 * and nobody is transferred.
 */
function smokeProblems(tests: unknown): ConfigProblem[] {
  if (!Array.isArray(tests)) return [];
  return tests.flatMap((test: unknown, index) => {
    if (!isRecord(test)) return [];
    const problem = (message: string, ...key: string[]): ConfigProblem[] => [
      { path: writePath(['smoke', index, ...key]), message },
    ];
    const { dial, loop, method, to } = test;
    if (method === 'bridge') {
      if (loop !== undefined)
        return problem('tests calls that go out: a bridge test has "dial"', 'loop');
      if (to !== undefined)
        return problem('is for "method": "refer": a bridge test transfers nobody', 'to');
      return dial === undefined ? problem('needs "dial" (a test number)') : [];
    }
    const missing = to === undefined ? problem('is missing', 'to') : [];
    if ((dial === undefined) !== (loop === undefined)) return missing;
    return [
      ...missing,
      ...problem(
        dial === undefined
          ? 'needs "dial" (a test number) or "loop" (a number of our own)'
          : 'has "dial" and "loop"; expected one of them',
      ),
    ];
  });
}

function entriesOf(value: unknown): Entries {
  return isRecord(value) ? Object.entries(value) : [];
}

/** The texts of a list inside a department, with their indexes in it. */
function textsOf(department: unknown, key: 'aliases' | 'fallback'): [number, string][] {
  const list = isRecord(department) ? department[key] : undefined;
  if (!Array.isArray(list)) return [];
  return [...list.entries()].filter(
    (entry): entry is [number, string] => typeof entry[1] === 'string',
  );
}
