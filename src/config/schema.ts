/**
 * The shape of a config file. `types.ts` says the same by hand, for people to read; the assertion
 * at the end keeps the two together. valibot, since its schemas cost 10 ms less of start-up than
 * those of zod/mini.
 *
 * Checks that concern one value are here; those between values are in relations.ts.
 */
import * as v from 'valibot';
import { nearestNames, READING_PREFIX } from '../core/text.ts';
import { alternatives, isRecord, quoteName } from './text.ts';
import { PROVIDER_NAMES, SMOKE_VERDICTS, type TransferConfig } from './types.ts';
import {
  dialTemplateProblems,
  headerNameProblem,
  headerTemplateProblems,
  headerValueProblem,
  LONGEST_HEADER_VALUE,
  readCountry,
  readWait,
  TOO_LONG,
} from './values.ts';

/** A check that may find several things wrong with one value. */
function finds<T>(problemsOf: (value: T) => readonly (string | null)[]) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const message of problemsOf(dataset.value)) if (message !== null) addIssue({ message });
  });
}

/** valibot takes a list for an object. */
const plain = v.custom<Record<string, unknown>>(isRecord);

/** An object with these keys and no others. */
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(plain, v.strictObject(entries));

/**
 * An object whose keys are names of the user's. It comes without a prototype, so that a department
 * may be called `constructor`; valibot's own record leaves such a name out without a word.
 */
const named = <
  Name extends v.GenericSchema<string, string>,
  Value extends v.GenericSchema<unknown, unknown>,
>(
  name: Name,
  value: Value,
) =>
  v.pipe(
    plain,
    v.transform((record) => new Map(Object.entries(record))),
    v.map(name, value),
    v.transform((found): Record<string, v.InferOutput<Value>> => {
      const record: Record<string, v.InferOutput<Value>> = Object.create(null);
      for (const [key, entry] of found) record[key] = entry;
      return record;
    }),
  );

/** One of these words. */
const oneOf = <Words extends readonly string[]>(words: Words) =>
  v.picklist(words, ({ input }) => wrongWord(words, input));

function wrongWord(words: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? nearestNames(found, words, 1)[0] : undefined;
  return `expected ${alternatives(words)}${near === undefined ? '' : `; did you mean ${quoteName(near)}?`}`;
}

const flag = v.optional(v.boolean());
const text = v.pipe(v.string(), v.regex(/\S/, 'expected some text, not an empty one'));
const address = v.pipe(v.string(), v.regex(/\S/, 'a department needs an address'));
const country = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z]{2}$/, 'expected a country as two letters, such as "US"'),
  finds((code) => [countryProblem(code)]),
  v.toUpperCase(),
);
const wait = v.union([
  v.pipe(
    v.string(),
    finds((written) => [waitProblem(written)]),
  ),
  v.pipe(
    v.number(),
    finds((written) => [waitProblem(written)]),
  ),
]);

/** Of what has the form of a country alone: the rest is told by its form. */
function countryProblem(code: string): string | null {
  if (!/^[A-Za-z]{2}$/.test(code)) return null;
  const country = readCountry(code);
  return country.ok ? null : country.problem;
}

function waitProblem(written: string | number): string | null {
  const wait = readWait(written);
  return wait.ok ? null : wait.problem;
}

/** Names that the command line would read as something else could never be reached. */
const departmentName = v.pipe(
  v.string(),
  v.regex(/\S/, 'a department needs a name'),
  finds((name) => [
    READING_PREFIX.test(name)
      ? 'a name cannot start with sip:, tel:, number: and the like: it would be read as an address'
      : null,
    // Other hidden characters belong to names, as in Persian; this one counts as a blank.
    name.includes('\ufeff') ? 'a name cannot hold a byte order mark, which nobody sees' : null,
  ]),
);

const headers = named(
  v.pipe(
    v.string(),
    finds((name) => [headerNameProblem(name)]),
  ),
  v.pipe(
    v.string(),
    // For editors, which count characters.
    v.maxLength(LONGEST_HEADER_VALUE, TOO_LONG),
    finds((value) => [headerValueProblem(value), ...headerTemplateProblems(value)]),
  ),
);

const template = (kind: 'number' | 'extension') =>
  v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        finds((written) => dialTemplateProblems(kind, written)),
      ),
    ),
  );

const dial = object({ number: template('number'), extension: template('extension') });

const trunk = object({
  provider: v.optional(oneOf(PROVIDER_NAMES)),
  domain: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9._-]+(?::\d{1,5})?$/,
        'expected a domain, or its first part: letters, digits, . and -',
      ),
    ),
  ),
  dial: v.optional(dial),
  headers: v.optional(headers),
  refer: flag,
  hangsUpFirst: flag,
});

const department = object({
  to: address,
  number: v.optional(text),
  aliases: v.optional(v.array(departmentName)),
  description: v.optional(v.string()),
  fallback: v.optional(v.array(v.string())),
  headers: v.optional(headers),
  referToHeaders: v.optional(headers),
  wait: v.optional(wait),
  dialtone: flag,
  country: v.optional(country),
});

const transfer = object({ wait: v.optional(wait), dialtone: flag });

const sipDomain = v.pipe(
  v.string(),
  v.regex(
    /^(?:\*\.)?[A-Za-z0-9.-]+$|^\[[0-9A-Fa-f:.]+\]$/,
    'expected a domain such as pbx.company.com or *.company.com, without a port',
  ),
);

const policy = object({
  adHoc: flag,
  countries: v.optional(v.array(country)),
  domains: v.optional(v.array(sipDomain)),
  premium: flag,
});

const DAYS = 'expected a whole number of days from 1 to 3650';
const history = object({
  enabled: flag,
  maskNumbers: flag,
  days: v.optional(
    v.pipe(v.number(), v.integer(DAYS), v.minValue(1, DAYS), v.maxValue(3650, DAYS)),
  ),
});

const livekit = object({ project: v.optional(text) });

const smokeTest = object({
  trunk: text,
  dial: v.optional(text),
  loop: v.optional(text),
  to: text,
  expect: v.optional(oneOf(SMOKE_VERDICTS)),
  endsItself: flag,
});

export const configSchema = object({
  $schema: v.optional(v.string()),
  defaultCountry: v.optional(country),
  dial: v.optional(dial),
  trunks: v.optional(named(text, trunk)),
  departments: v.optional(named(departmentName, v.union([address, department]))),
  transfer: v.optional(transfer),
  agents: v.optional(v.array(text)),
  policy: v.optional(policy),
  history: v.optional(history),
  livekit: v.optional(livekit),
  smoke: v.optional(v.array(smokeTest)),
});

const keysOf = ({ pipe: [, shape] }: { pipe: readonly [unknown, { entries: object }] }) =>
  Object.keys(shape.entries);

/** The keys that may stand at a path, for "did you mean". */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const [first, , third] = path;
  if (path.length === 0) return keysOf(configSchema);
  if (first === 'dial' || third === 'dial') return keysOf(dial);
  if (first === 'trunks') return keysOf(trunk);
  if (first === 'departments') return keysOf(department);
  if (first === 'transfer') return keysOf(transfer);
  if (first === 'policy') return keysOf(policy);
  if (first === 'history') return keysOf(history);
  if (first === 'smoke') return keysOf(smokeTest);
  return first === 'livekit' ? keysOf(livekit) : [];
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Shape = v.InferOutput<typeof configSchema>;
/** Does not compile when the schema and `TransferConfig` say different things. */
const sameAsTypes: Same<Required<Shape>, Required<TransferConfig>> & Same<Shape, TransferConfig> =
  true;
void sameAsTypes;
