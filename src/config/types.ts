/**
 * What a config file may say. The shape here is the file's own, already checked by the schema;
 * nothing in it has been merged with flags, environment or defaults yet.
 */

/** Templates that turn a destination into a Refer-To. `null` says: this trunk cannot dial those. */
export interface DialTemplates {
  /** `{number}` is E.164 with its plus, `{digits}` without. */
  number?: string | null | undefined;
  /** `{extension}` is the digits as written. */
  extension?: string | null | undefined;
}

export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** What is known of one trunk, by trunk id (`ST_…`), SIP host (has a dot) or trunk name. */
export interface TrunkConfig {
  provider?: ProviderName | undefined;
  /** The trunk's own domain at the provider: `example` for `example.pstn.twilio.com`. */
  domain?: string | undefined;
  dial?: DialTemplates | undefined;
  /** Headers that go out with every REFER on this trunk. */
  headers?: Record<string, string> | undefined;
  /** false: the trunk is known to have no REFER; nothing is sent. */
  refer?: boolean | undefined;
  /** true: the provider hangs up first after a successful transfer, so a leg gone at once is no doubt. */
  hangsUpFirst?: boolean | undefined;
}

export interface DepartmentConfig {
  /** An extension, a phone number, or a SIP or tel URI. */
  to: string;
  /** The number to use on trunks that cannot dial `to`. */
  number?: string | undefined;
  aliases?: string[] | undefined;
  description?: string | undefined;
  /** Departments to try after this one, in order. */
  fallback?: string[] | undefined;
  /** Headers for the REFER: they reach the provider. */
  headers?: Record<string, string> | undefined;
  /** Headers inside the Refer-To: the provider hands them to the target. */
  referToHeaders?: Record<string, string> | undefined;
  /** How long to wait for the target, as a duration (`60s`, `2m`; a whole number is seconds). */
  wait?: string | number | undefined;
  /** Whether the caller hears ringing while they wait. */
  dialtone?: boolean | undefined;
  /** The country of numbers written without a plus, two letters. */
  country?: string | undefined;
}

export interface PolicyConfig {
  /** false: only what the config names may be a destination. */
  adHoc?: boolean | undefined;
  /** Countries that typed-in numbers may be in; by default the default country. */
  countries?: string[] | undefined;
  /** SIP domains that calls may be sent to (`*.` in front allowed); left out: any. */
  domains?: string[] | undefined;
  /** true: premium-rate, shared-cost, personal and satellite numbers are allowed. */
  premium?: boolean | undefined;
}

/** The record of transfers that is kept on this machine. */
interface HistoryConfig {
  /** false: none is kept. */
  enabled?: boolean | undefined;
  /** true: of phone numbers only the last two digits are recorded. */
  maskNumbers?: boolean | undefined;
  /** For about how many days entries are kept. */
  days?: number | undefined;
}

type SmokeExpectation = (typeof SMOKE_VERDICTS)[number];

/** One smoke test: a call over a trunk, which is then transferred. */
export interface SmokeTestConfig {
  /** The outbound trunk to dial over: id or name. */
  trunk: string;
  /** The test number to dial; this leg is transferred. One of `dial` and `loop`. */
  dial?: string | undefined;
  /** A number of our own to dial; the leg that arrives is transferred. */
  loop?: string | undefined;
  /** Where to: as `transfer --to`. */
  to: string;
  expect?: SmokeExpectation | undefined;
  /** true: whoever answers at `to` hangs up by themselves, so that the test can be repeated. */
  endsItself?: boolean | undefined;
}

export interface TransferConfig {
  $schema?: string | undefined;
  /** Two letters, for numbers written without a plus. */
  defaultCountry?: string | undefined;
  dial?: DialTemplates | undefined;
  trunks?: Record<string, TrunkConfig> | undefined;
  departments?: Record<string, string | DepartmentConfig> | undefined;
  transfer?: { wait?: string | number | undefined; dialtone?: boolean | undefined } | undefined;
  /** Identities that are agents without saying so; `*` stands for any run of characters. */
  agents?: string[] | undefined;
  policy?: PolicyConfig | undefined;
  history?: HistoryConfig | undefined;
  livekit?: { project?: string | undefined } | undefined;
  /** What `smoke --all` runs. */
  smoke?: SmokeTestConfig[] | undefined;
}

// Words that a config chooses from. Types, schema and command line take them from here.

/** The providers and PBXs that have a preset. */
export const PROVIDER_NAMES = [
  'twilio',
  'telnyx',
  'plivo',
  'asterisk',
  'freeswitch',
  'didww',
  'wavix',
  'sinch',
  'livekit',
] as const;

/** What a smoke test can find; smoke/result.ts says what each one means. */
export const SMOKE_VERDICTS = [
  'supported',
  'unsupported',
  'refused',
  'needs-configuration',
  'inconclusive',
  'call-failed',
] as const;

// A config and where it came from.

export interface LoadedConfig {
  /** Absolute path; null: there is no config file, and `config` is empty. */
  file: string | null;
  config: TransferConfig;
  /** true: the example that the package ships, used with --sandbox. */
  bundled: boolean;
}

/** The names a config file goes by, in a project and in the user's folder; the first one wins. */
export const CONFIG_NAMES = [
  'transfer.config.json',
  'transfer.config.yaml',
  'transfer.config.yml',
] as const;
