/**
 * The config file, said once: what each key may hold, what it means, and what it is in the sample
 * config. The rest is made from this: the checks of check.ts, the JSON Schema for editors, the
 * comments and examples of a new YAML file, and types.ts (`npm run schema` writes it, a test holds
 * the two together).
 *
 * Checks that concern one value are here; those between values are in relations.ts.
 */
import * as v from 'valibot';
import type { TransferConfig } from './types.ts';
import {
  address,
  announcement,
  bridge,
  bridgePlace,
  country,
  days,
  departmentName,
  dialtone,
  flag,
  headers,
  key,
  named,
  object,
  oneOf,
  policy,
  rescue,
  smokeTest,
  template,
  text,
  trunkDomainSchema,
  wait,
} from './value-schemas.ts';
import { PROVIDER_NAMES, providerProblem, TRANSFER_METHODS } from './words.ts';

const trunk = object({
  provider: key(
    oneOf(PROVIDER_NAMES, providerProblem),
    'A preset for the address form and the habits of a provider or PBX',
  ),
  domain: key(
    trunkDomainSchema,
    "The trunk's own domain at the provider, for {domain}: example for example.pstn.twilio.com",
  ),
  dial: key(
    object({
      number: key(
        template('number'),
        'Template for phone numbers on this trunk; null: it cannot dial them',
      ),
      extension: key(
        template('extension'),
        'Template for extensions on this trunk; null: it cannot dial them',
      ),
    }),
    'Templates for this trunk',
  ),
  headers: key(
    headers,
    'SIP headers that go out with every REFER on this trunk; {trunkNumber} and {callerNumber} are filled in',
  ),
  refer: key(flag, 'false: this trunk is known to have no REFER, so none is sent'),
  method: key(
    oneOf(TRANSFER_METHODS),
    'How callers on this trunk are transferred: refer, bridge (the target is dialled into the room), or auto (bridge where REFER certainly called nobody). Default refer',
  ),
  bridge: key(
    bridgePlace,
    'How the target is dialled for callers on this trunk, where they are bridged',
  ),
  hangsUpFirst: key(
    flag,
    'true: the provider hangs up first after a successful transfer, so a call gone at once is no doubt',
  ),
});

const department = object({
  to: v.pipe(
    address,
    v.description('An extension (2 to 6 digits), a phone number, or a sip:, sips: or tel: address'),
  ),
  number: key(text, 'Phone number to use on trunks that cannot dial "to"'),
  aliases: key(
    v.array(v.pipe(departmentName, v.description('Another name'))),
    'Other names for this department; case and spaces do not count',
  ),
  description: key(v.string(), 'What people see beside the name'),
  announce: key(
    announcement,
    'What a voice agent says to the caller before the transfer: one line of at most 300 characters',
  ),
  fallback: key(
    v.array(v.pipe(v.string(), v.description('Name of a department in this file'))),
    'Departments to try in order when this one does not answer',
  ),
  headers: key(headers, 'SIP headers for the REFER: they reach the provider'),
  referToHeaders: key(
    headers,
    'Headers inside the Refer-To address: the provider hands them to the target',
  ),
  wait: key(wait, 'How long to wait for this department: 60s, 2m or whole seconds, 2s to 290s'),
  dialtone: key(
    dialtone,
    'The ringing that the caller hears while they wait for this department; false: none',
  ),
  country: key(country, 'Country of the numbers of this department, two letters'),
  bridge: key(bridgePlace, 'How this department is dialled, where callers are bridged'),
});

/** A whole config. Its sample fits together: it is a valid config as it stands. */
export const configSchema = object({
  $schema: key(v.string(), 'The place of the schema of this file, for editors'),
  defaultCountry: key(country, 'Country of numbers written without a plus, two letters: US', 'US'),
  dial: key(
    object({
      number: key(
        template('number'),
        'Template for phone numbers, with {number} (+15105550100) or {digits} (15105550100); null: not possible',
        'sip:{number}@trunk.provider.com',
      ),
      extension: key(
        template('extension'),
        'Template for PBX extensions, with {extension}; null: not possible',
        'sip:{extension}@pbx.company.com',
      ),
    }),
    'How a destination becomes a Refer-To, on trunks that say nothing else',
  ),
  trunks: key(
    named(text, v.pipe(trunk, v.description('One trunk; what it says overrides "dial"'))),
    'What is known of single trunks, by trunk id (ST_…), SIP host (has a dot; *. in front allowed) or trunk name',
    {
      ST_abc: { provider: 'asterisk', domain: 'pbx.company.com' },
      ST_old: { refer: false, method: 'bridge' },
    },
  ),
  departments: key(
    named(
      departmentName,
      v.pipe(
        v.union([address, department]),
        v.description('An address, or an object with the address in "to"'),
      ),
    ),
    'Names for destinations',
    {
      sales: '100',
      support: {
        to: '200',
        aliases: ['help desk'],
        description: 'Help with an order',
        number: '+15105550200',
        fallback: ['voicemail'],
      },
      voicemail: 'sip:300@pbx.company.com',
    },
  ),
  transfer: key(
    object({
      wait: key(
        wait,
        'How long to wait for the target: 90s, 2m or whole seconds, from 2s to 290s; it rings on afterwards. Default 90s',
        '90s',
      ),
      dialtone: key(
        dialtone,
        'The ringing that the caller hears while they wait: auto, or that of a country; false: none. Default auto',
        'auto',
      ),
    }),
    'How transfers run',
  ),
  bridge: key(bridge, "How a target is dialled into the caller's room, where there is no REFER"),
  rescue: key(rescue, 'Who takes a caller whose agent never came or has gone silent'),
  announce: key(
    announcement,
    'What a voice agent says to the caller before a transfer; {department} is filled in. One line of at most 300 characters',
  ),
  agents: key(
    v.array(v.pipe(text, v.description('An identity; * stands for any characters: bot-*'))),
    'Identities that are agents without saying so',
    ['bot-*'],
  ),
  rooms: key(
    v.pipe(
      v.array(v.pipe(text, v.description('A room name; * stands for any characters'))),
      v.minLength(1, 'expected at least one name; leave the key out where any room can'),
    ),
    'The rooms that can hold callers: no other room is read, which saves requests. Default: any room',
    ['call-*'],
  ),
  policy: key(policy, 'What may be called beyond the destinations that this file names'),
  history: key(
    object({
      enabled: key(flag, 'false: no record is kept. Default true', true),
      maskNumbers: key(
        flag,
        'true: of phone numbers only the last two digits are recorded. Default false',
        false,
      ),
      days: key(days, 'For about how many days entries are kept, from 1 to 3650. Default 90', 90),
    }),
    'The record of transfers that is kept on this machine (lk-transfer history)',
  ),
  completion: key(
    object({
      live: key(
        flag,
        'true: Tab asks LiveKit for the current calls, within 300 ms or not at all. Default false',
        false,
      ),
    }),
    'How your shell completes lines (lk-transfer completion)',
  ),
  livekit: key(
    object({
      project: key(text, 'Name of a project of the lk CLI (lk project list)', 'staging'),
    }),
    'Which LiveKit project to use; credentials do not belong in this file',
  ),
  smoke: key(
    v.array(v.pipe(smokeTest, v.description('One test'))),
    'What lk-transfer smoke --all tests: each one a call that is placed and then transferred',
    [
      {
        trunk: 'ST_out',
        loop: '+15105550001',
        to: 'voicemail',
        expect: 'supported',
        endsItself: true,
      },
    ],
  ),
});

// Reading the declaration.

/** What schemas are made of: each of these where there is one. */
interface Structure {
  type: string;
  pipe?: readonly Structure[];
  /** Of a union; a picklist has its words there. */
  options?: readonly (Structure | string)[];
  wrapped?: Structure;
  entries?: Readonly<Record<string, v.GenericSchema>>;
  value?: v.GenericSchema;
  item?: v.GenericSchema;
}

/** The keys that may stand at a path, for "did you mean"; none where names stand. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path);
  return schema === undefined ? [] : Object.keys(structureOf(schema)?.entries ?? {});
}

/**
 * Says what a path means.
 * @param path with any name for one of the user's, and any index for an element
 */
export function descriptionAt(path: readonly PropertyKey[]): string | undefined {
  const schema = schemaAt(path);
  return schema && v.getDescription(schema);
}

/** The sample config, put together from what the keys say. */
export function sampleConfig(): TransferConfig {
  return sampleOf(configSchema) as TransferConfig;
}

function sampleOf(schema: v.GenericSchema): unknown {
  const { sample } = v.getMetadata(schema);
  if (sample !== undefined) return sample;
  const samples = Object.entries(structureOf(schema)?.entries ?? {})
    .map(([key, entry]) => [key, sampleOf(entry)])
    .filter(([, value]) => value !== undefined);
  return samples.length === 0 ? undefined : Object.fromEntries(samples);
}

function schemaAt(path: readonly PropertyKey[]): v.GenericSchema | undefined {
  let schema: v.GenericSchema | undefined = configSchema;
  for (const key of path) {
    const { entries, value, item }: Partial<Structure> = (schema && structureOf(schema)) ?? {};
    if (entries === undefined) schema = value ?? item;
    else schema = Object.hasOwn(entries, key) ? entries[String(key)] : undefined;
  }
  return schema;
}

/** The object, map or list that a schema comes to below its pipes, choices and `optional`. */
function structureOf(schema: Structure): Structure | undefined {
  const { type, pipe, options, wrapped } = schema;
  if (['strict_object', 'map', 'array'].includes(type) && pipe === undefined) return schema;
  const inner = pipe ?? options ?? (wrapped === undefined ? [] : [wrapped]);
  for (const each of inner) {
    const found = typeof each === 'string' ? undefined : structureOf(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
