/**
 * The schemas of single values, and the helpers that the config is declared with. valibot, since
 * its schemas cost 10 ms less of start-up than those of zod/mini.
 */
import * as v from 'valibot';
import { nearestNames, parseDuration, READING_PREFIX } from '../core/text.ts';
import { alternatives, isRecord, quoteName } from './json.ts';
import {
  dialTemplateProblems,
  HEADER_TOO_LONG,
  headerNameProblem,
  headerTemplateProblems,
  headerValueProblem,
  LONGEST_HEADER_VALUE,
  readCountry,
  readWait,
} from './values.ts';
import {
  BRIDGE_CALLER_IDS,
  DIALTONES,
  LONGEST_ANNOUNCEMENT,
  PREMIUM_KINDS,
  SMOKE_METHODS,
  SMOKE_VERDICTS,
} from './words.ts';

// Helpers.

/** valibot takes a list for an object. */
const plainObject = v.custom<Record<string, unknown>>(isRecord);

/** An object with these keys and no others. */
export const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(plainObject, v.strictObject(entries));

/**
 * An object whose keys are names of the user's. It comes without a prototype, so that a department
 * may be called `constructor`; valibot's own record leaves such a name out without a word.
 */
export const named = <
  Name extends v.GenericSchema<string, string>,
  Value extends v.GenericSchema<unknown, unknown>,
>(
  name: Name,
  value: Value,
) =>
  v.pipe(
    plainObject,
    v.transform((record) => new Map(Object.entries(record))),
    v.map(name, value),
    v.transform((entries): Record<string, v.InferOutput<Value>> => {
      return Object.assign(Object.create(null), Object.fromEntries(entries));
    }),
  );

/**
 * A key that may be left out.
 * @param description what it means, as editors and new YAML files show it
 * @param sample its value in the sample config, if it is in there; of an object whose keys are not
 *   names, the keys say that themselves
 */
export const key = <Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  sample?: v.InferOutput<Schema>,
) =>
  v.pipe(
    v.optional(schema),
    v.description(description),
    v.metadata(sample === undefined ? {} : { sample }),
  );

/** One of these words. */
export const oneOf = <Words extends readonly string[]>(
  words: Words,
  wrong: (found: unknown, words: readonly string[]) => string = wrongWord,
) => v.picklist(words, ({ input }) => wrong(input, words));

function wrongWord(found: unknown, words: readonly string[]): string {
  const near = typeof found === 'string' ? nearestNames(found, words, 1)[0] : undefined;
  return `expected ${alternatives(words)}${near === undefined ? '' : `; did you mean ${quoteName(near)}?`}`;
}

/** A check that may find several things wrong with one value. */
function finds<T>(problemsOf: (value: T) => readonly (string | null)[]) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const message of problemsOf(dataset.value)) if (message !== null) addIssue({ message });
  });
}

// Values.

export const flag = v.boolean();
/** A ringing by name; true: the one that LiveKit finds fitting, false: none. */
export const dialtone = v.union([flag, oneOf(DIALTONES)], ({ input }) =>
  wrongWord(input, ['true', 'false', ...DIALTONES]),
);
export const text = v.pipe(v.string(), v.regex(/\S/, 'expected some text, not an empty one'));
export const address = v.pipe(v.string(), v.regex(/\S/, 'a department needs an address'));

export const announcement = v.pipe(
  text,
  v.maxLength(
    LONGEST_ANNOUNCEMENT,
    `an announcement has at most ${LONGEST_ANNOUNCEMENT} characters`,
  ),
);

export const country = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z]{2}$/, 'expected a country as two letters, such as "US"'),
  finds((code) => [countryProblem(code)]),
  v.toUpperCase(),
);

/** Of two letters alone: about anything else the form itself has been objected to. */
function countryProblem(code: string): string | null {
  if (!/^[A-Za-z]{2}$/.test(code)) return null;
  const country = readCountry(code);
  return country.ok ? null : country.problem;
}

/** A duration such as `90s`, or whole seconds. */
export const wait = v.union([
  v.pipe(
    v.string(),
    finds((written) => [waitProblem(written)]),
  ),
  v.pipe(
    v.number(),
    finds((written) => [waitProblem(written)]),
  ),
]);

function waitProblem(written: string | number): string | null {
  const wait = readWait(written);
  return wait.ok ? null : wait.problem;
}

/** A longer duration: `2h`, `90m`, or whole seconds. */
export const longDuration = (longestMs: number, range: string) => {
  const problems = (written: string | number) => {
    const ms = parseDuration(String(written));
    return [ms === null || ms < 1000 || ms > longestMs ? range : null];
  };
  return v.union([
    v.pipe(
      v.string(),
      finds((written) => problems(written)),
    ),
    v.pipe(
      v.number(),
      finds((written) => problems(written)),
    ),
  ]);
};

const HOUR_MS = 3_600_000;

/** Which trunk a bridge dials over, and whose number the target sees: of all, or of one place. */
const bridgeEntries = {
  trunk: key(text, 'Outbound trunk that the target is dialled over: its id (ST_…) or its name'),
  callerId: key(
    oneOf(BRIDGE_CALLER_IDS),
    "Whose number the target sees: the trunk's own, or the caller's, which many providers refuse. Default trunk",
  ),
};

/** For one department, or one inbound trunk. */
export const bridgePlace = object(bridgeEntries);

export const bridge = object({
  ...bridgeEntries,
  maxDuration: key(
    longDuration(24 * HOUR_MS, 'expected a duration from 1s to 24h'),
    'LiveKit hangs up on the target after this long, whatever becomes of us: 2h, 90m. Default 2h',
  ),
  mediaTimeout: key(
    longDuration(24 * HOUR_MS, 'expected a duration from 1s to 24h'),
    'LiveKit hangs up on the target when nothing was heard from it for this long. Default 5m',
  ),
});

/** An agent that is sent for where the caller has none. */
export const rescue = object({
  agent: key(text, 'Name of the agent to request (its agent_name)'),
  numbers: key(
    named(text, v.pipe(text, v.description('Name of an agent'))),
    'Another agent for callers who called this number of ours, in E.164',
  ),
  wait: key(wait, 'How long to wait for the agent to be heard: 20s, from 2s to 290s. Default 20s'),
});

/** Names that the command line would read as something else could never be reached. */
export const departmentName = v.pipe(
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

export const headers = named(
  v.pipe(
    v.string(),
    finds((name) => [headerNameProblem(name)]),
  ),
  v.pipe(
    v.string(),
    // For editors, which count characters.
    v.maxLength(LONGEST_HEADER_VALUE, HEADER_TOO_LONG),
    finds((value) => [headerValueProblem(value), ...headerTemplateProblems(value)]),
    v.description('Value of the header'),
  ),
);

/** A dial template; null: the trunk cannot dial such destinations. */
export const template = (kind: 'number' | 'extension') =>
  v.nullable(
    v.pipe(
      v.string(),
      finds((written) => dialTemplateProblems(kind, written)),
    ),
  );

/** The trunk's own domain at the provider, or the first part of it. */
export const trunkDomainSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]+(?::\d{1,5})?$/, ({ input }) =>
    /^sips?:/i.test(input)
      ? 'is an address: leave out sip: and write the domain alone'
      : 'expected a domain, or its first part: letters, digits, . and -',
  ),
);

/** A SIP domain that calls may be sent to. */
export const sipDomain = v.pipe(
  v.string(),
  v.regex(
    /^(?:\*\.)?[A-Za-z0-9.-]+$|^\[[0-9A-Fa-f:.]+\]$/,
    'expected a domain such as pbx.company.com or *.company.com, without a port',
  ),
);

const DAYS = 'expected a whole number of days from 1 to 3650';
export const days = v.pipe(
  v.number(),
  v.integer(DAYS),
  v.minValue(1, DAYS),
  v.maxValue(3650, DAYS),
);

export const policy = object({
  adHoc: key(flag, 'false: only what this file names may be a destination. Default true', true),
  countries: key(
    v.array(v.pipe(country, v.description('A country, two letters'))),
    'Countries that typed-in numbers may be in. Default: the default country alone',
    ['US', 'CA'],
  ),
  domains: key(
    v.array(v.pipe(sipDomain, v.description('A domain; *. in front allows all below it'))),
    'SIP domains that calls may be sent to, departments and fallbacks included. Default: any',
    ['*.provider.com', '*.company.com', '*.twilio.com'],
  ),
  premium: key(
    v.union([flag, v.array(v.pipe(oneOf(PREMIUM_KINDS), v.description('A kind that is allowed')))]),
    'true: premium-rate, shared-cost, personal, satellite and global network numbers are allowed; a list: those kinds alone. Default false',
    false,
  ),
});

/** One of the tests that `smoke --all` makes. */
export const smokeTest = object({
  trunk: v.pipe(
    text,
    v.description('Outbound trunk to dial over: its id (ST_…) or its name in LiveKit'),
  ),
  dial: key(text, 'Test number to dial; that call is transferred'),
  loop: key(
    text,
    'A phone number of our own to dial instead; the call that arrives is transferred, which tests the inbound side',
  ),
  method: key(oneOf(SMOKE_METHODS), 'bridge: only that the trunk dials is tested. Default refer'),
  to: key(
    text,
    'Where the call is transferred: a department, number, extension or address. Not with bridge',
  ),
  expect: key(oneOf(SMOKE_VERDICTS), 'What the test is to find; anything else fails'),
  endsItself: key(
    flag,
    'true: whoever answers at "to" hangs up by itself, so the test may be repeated. Default false',
  ),
});
