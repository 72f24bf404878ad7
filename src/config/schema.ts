/**
 * The shape of a config file. `types.ts` says the same by hand, for people to read; the assertion
 * at the end keeps the two together. zod/mini, since the full zod costs 28 ms of start-up.
 *
 * Checks that concern one value are here; those between values are in relations.ts.
 */
import * as z from 'zod/mini';
import { readCountry } from './countries.ts';
import { headerNameProblem, headerValueProblem } from './headers.ts';
import { dialTemplateProblems, headerTemplateProblems } from './templates.ts';
import type { TransferConfig } from './types.ts';
import { readWait } from './wait.ts';

/** A check that may find several things wrong with one value. */
function finds<T>(problemsOf: (value: T) => readonly (string | null)[]) {
  return z.check<T>((context) => {
    for (const message of problemsOf(context.value)) {
      if (message === null) continue;
      context.issues.push({ code: 'custom', message, input: context.value, continue: true });
    }
  });
}

const text = z.string().check(z.regex(/\S/, 'expected some text, not an empty one'));
const address = z.string().check(z.regex(/\S/, 'a department needs an address'));
const country = z.string().check(
  z.regex(/^[A-Za-z]{2}$/, 'expected a country as two letters, such as "US"'),
  finds((code) => [countryProblem(code)]),
  z.toUpperCase(),
);
const wait = z.union([
  z.string().check(finds((written) => [waitProblem(written)])),
  z.number().check(finds((written) => [waitProblem(written)])),
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
const departmentName = z.string().check(
  z.regex(/\S/, 'a department needs a name'),
  finds((name) => [
    /^\s*(?:sips?|tel|department|extension|number):/i.test(name)
      ? 'a name cannot start with sip:, tel:, number: and the like: it would be read as an address'
      : null,
  ]),
);

const headers = z.record(
  z.string().check(finds((name) => [headerNameProblem(name)])),
  z.string().check(
    z.maxLength(1024, 'expected at most 1024 characters'),
    finds((value) => [headerValueProblem(value), ...headerTemplateProblems(value)]),
  ),
);

const dial = z.strictObject({
  number: z.optional(
    z.nullable(z.string().check(finds((template) => dialTemplateProblems('number', template)))),
  ),
  extension: z.optional(
    z.nullable(z.string().check(finds((template) => dialTemplateProblems('extension', template)))),
  ),
});

const trunk = z.strictObject({
  provider: z.optional(
    z.enum([
      'twilio',
      'telnyx',
      'plivo',
      'asterisk',
      'freeswitch',
      'didww',
      'wavix',
      'sinch',
      'livekit',
    ]),
  ),
  domain: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9._-]+(?::\d{1,5})?$/,
          'expected a domain, or its first part: letters, digits, . and -',
        ),
      ),
  ),
  dial: z.optional(dial),
  headers: z.optional(headers),
  refer: z.optional(z.boolean()),
  hangsUpFirst: z.optional(z.boolean()),
});

const department = z.strictObject({
  to: address,
  number: z.optional(text),
  aliases: z.optional(z.array(departmentName)),
  description: z.optional(z.string()),
  fallback: z.optional(z.array(z.string())),
  headers: z.optional(headers),
  referToHeaders: z.optional(headers),
  wait: z.optional(wait),
  dialtone: z.optional(z.boolean()),
  country: z.optional(country),
});

const transfer = z.strictObject({ wait: z.optional(wait), dialtone: z.optional(z.boolean()) });

const sipDomain = z
  .string()
  .check(
    z.regex(
      /^(?:\*\.)?[A-Za-z0-9.-]+$|^\[[0-9A-Fa-f:.]+\]$/,
      'expected a domain such as pbx.company.com or *.company.com, without a port',
    ),
  );

const policy = z.strictObject({
  adHoc: z.optional(z.boolean()),
  countries: z.optional(z.array(country)),
  domains: z.optional(z.array(sipDomain)),
  premium: z.optional(z.boolean()),
});

const DAYS = 'expected a whole number of days from 1 to 3650';
const history = z.strictObject({
  enabled: z.optional(z.boolean()),
  maskNumbers: z.optional(z.boolean()),
  days: z.optional(
    z.number().check(z.multipleOf(1, DAYS), z.minimum(1, DAYS), z.maximum(3650, DAYS)),
  ),
});

const livekit = z.strictObject({ project: z.optional(text) });

const smokeTest = z.strictObject({
  trunk: text,
  dial: z.optional(text),
  loop: z.optional(text),
  to: text,
  expect: z.optional(
    z.enum([
      'supported',
      'unsupported',
      'refused',
      'needs-configuration',
      'inconclusive',
      'call-failed',
    ]),
  ),
  endsItself: z.optional(z.boolean()),
});

export const configSchema = z.strictObject({
  $schema: z.optional(z.string()),
  defaultCountry: z.optional(country),
  dial: z.optional(dial),
  trunks: z.optional(z.record(text, trunk)),
  departments: z.optional(z.record(departmentName, z.union([address, department]))),
  transfer: z.optional(transfer),
  agents: z.optional(z.array(text)),
  policy: z.optional(policy),
  history: z.optional(history),
  livekit: z.optional(livekit),
  smoke: z.optional(z.array(smokeTest)),
});

/** The keys that may stand at a path, for "did you mean". */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const [first, , third] = path;
  if (path.length === 0) return Object.keys(configSchema.shape);
  if (first === 'dial' || third === 'dial') return Object.keys(dial.shape);
  if (first === 'trunks') return Object.keys(trunk.shape);
  if (first === 'departments') return Object.keys(department.shape);
  if (first === 'transfer') return Object.keys(transfer.shape);
  if (first === 'policy') return Object.keys(policy.shape);
  if (first === 'history') return Object.keys(history.shape);
  if (first === 'smoke') return Object.keys(smokeTest.shape);
  return first === 'livekit' ? Object.keys(livekit.shape) : [];
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Shape = z.infer<typeof configSchema>;
/** Does not compile when the schema and `TransferConfig` say different things. */
const sameAsTypes: Same<Required<Shape>, Required<TransferConfig>> & Same<Shape, TransferConfig> =
  true;
void sameAsTypes;
