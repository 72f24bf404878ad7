/**
 * What a config file may say, already checked by the schema; nothing in it has been merged with
 * flags, environment or defaults yet. Made from schema.ts by `npm run schema`: edit that.
 */

export interface DialTemplates {
  /** Template for phone numbers, with {number} (+15105550100) or {digits} (15105550100); null: not possible */
  number?: string | null | undefined;
  /** Template for PBX extensions, with {extension}; null: not possible */
  extension?: string | null | undefined;
}

export type ProviderName =
  | 'twilio'
  | 'telnyx'
  | 'plivo'
  | 'asterisk'
  | 'freeswitch'
  | 'didww'
  | 'wavix'
  | 'sinch'
  | 'livekit';

export type MoveMethod = 'refer' | 'bridge' | 'auto';

type BridgeCallerId = 'trunk' | 'caller';

export interface BridgePlace {
  /** Outbound trunk that the target is dialled over: its id (ST_…) or its name */
  trunk?: string | undefined;
  /** Whose number the target sees: the trunk's own, or the caller's, which many providers refuse. Default trunk */
  callerId?: BridgeCallerId | undefined;
}

export interface TrunkConfig {
  /** A preset for the address form and the habits of a provider or PBX */
  provider?: ProviderName | undefined;
  /** The trunk's own domain at the provider, for {domain}: example for example.pstn.twilio.com */
  domain?: string | undefined;
  /** Templates for this trunk */
  dial?: DialTemplates | undefined;
  /** SIP headers that go out with every REFER on this trunk; {trunkNumber} and {callerNumber} are filled in */
  headers?: Record<string, string> | undefined;
  /** false: this trunk is known to have no REFER, so none is sent */
  refer?: boolean | undefined;
  /** How callers on this trunk are transferred: refer, bridge (the target is dialled into the room), or auto (bridge where REFER certainly called nobody). Default refer */
  method?: MoveMethod | undefined;
  /** How the target is dialled for callers on this trunk, where they are bridged */
  bridge?: BridgePlace | undefined;
  /** true: the provider hangs up first after a successful transfer, so a call gone at once is no doubt */
  hangsUpFirst?: boolean | undefined;
}

export type Dialtone = 'auto' | 'us' | 'uk' | 'jp' | 'au' | 'etsi';

export interface DepartmentConfig {
  /** An extension (2 to 6 digits), a phone number, or a sip:, sips: or tel: address */
  to: string;
  /** Phone number to use on trunks that cannot dial "to" */
  number?: string | undefined;
  /** Other names for this department; case and spaces do not count */
  aliases?: string[] | undefined;
  /** What people see beside the name */
  description?: string | undefined;
  /** What a voice agent says to the caller before the transfer: one line of at most 300 characters */
  announce?: string | undefined;
  /** Departments to try in order when this one does not answer */
  fallback?: string[] | undefined;
  /** SIP headers for the REFER: they reach the provider */
  headers?: Record<string, string> | undefined;
  /** Headers inside the Refer-To address: the provider hands them to the target */
  referToHeaders?: Record<string, string> | undefined;
  /** How long to wait for this department: 60s, 2m or whole seconds, 2s to 290s */
  wait?: string | number | undefined;
  /** The ringing that the caller hears while they wait for this department; false: none */
  dialtone?: boolean | Dialtone | undefined;
  /** Country of the numbers of this department, two letters */
  country?: string | undefined;
  /** How this department is dialled, where callers are bridged */
  bridge?: BridgePlace | undefined;
}

interface TransferDefaults {
  /** How long to wait for the target: 90s, 2m or whole seconds, from 2s to 290s; it rings on afterwards. Default 90s */
  wait?: string | number | undefined;
  /** The ringing that the caller hears while they wait: auto, or that of a country; false: none. Default auto */
  dialtone?: boolean | Dialtone | undefined;
}

export interface BridgeConfig {
  /** Outbound trunk that the target is dialled over: its id (ST_…) or its name */
  trunk?: string | undefined;
  /** Whose number the target sees: the trunk's own, or the caller's, which many providers refuse. Default trunk */
  callerId?: BridgeCallerId | undefined;
  /** LiveKit hangs up on the target after this long, whatever becomes of us: 2h, 90m. Default 2h */
  maxDuration?: string | number | undefined;
  /** LiveKit hangs up on the target when nothing was heard from it for this long. Default 5m */
  mediaTimeout?: string | number | undefined;
}

export interface RescueConfig {
  /** Name of the agent to request (its agent_name) */
  agent?: string | undefined;
  /** Another agent for callers who called this number of ours, in E.164 */
  numbers?: Record<string, string> | undefined;
  /** How long to wait for the agent to be heard: 20s, from 2s to 290s. Default 20s */
  wait?: string | number | undefined;
}

export type PremiumKind =
  | 'premium-rate'
  | 'shared-cost'
  | 'personal'
  | 'satellite'
  | 'global-network';

export interface PolicyConfig {
  /** false: only what this file names may be a destination. Default true */
  adHoc?: boolean | undefined;
  /** Countries that typed-in numbers may be in. Default: the default country alone */
  countries?: string[] | undefined;
  /** SIP domains that calls may be sent to, departments and fallbacks included. Default: any */
  domains?: string[] | undefined;
  /** true: premium-rate, shared-cost, personal, satellite and global network numbers are allowed; a list: those kinds alone. Default false */
  premium?: boolean | PremiumKind[] | undefined;
}

interface HistoryConfig {
  /** false: no record is kept. Default true */
  enabled?: boolean | undefined;
  /** true: of phone numbers only the last two digits are recorded. Default false */
  maskNumbers?: boolean | undefined;
  /** For about how many days entries are kept, from 1 to 3650. Default 90 */
  days?: number | undefined;
}

interface CompletionConfig {
  /** true: Tab asks LiveKit for the current calls, within 300 ms or not at all. Default false */
  live?: boolean | undefined;
}

interface LivekitConfig {
  /** Name of a project of the lk CLI (lk project list) */
  project?: string | undefined;
}

type SmokeTestMethod = 'refer' | 'bridge';

type SmokeExpectation =
  | 'supported'
  | 'unsupported'
  | 'refused'
  | 'needs-configuration'
  | 'inconclusive'
  | 'call-failed';

export interface SmokeTestConfig {
  /** Outbound trunk to dial over: its id (ST_…) or its name in LiveKit */
  trunk: string;
  /** Test number to dial; that call is transferred */
  dial?: string | undefined;
  /** A phone number of our own to dial instead; the call that arrives is transferred, which tests the inbound side */
  loop?: string | undefined;
  /** bridge: only that the trunk dials is tested. Default refer */
  method?: SmokeTestMethod | undefined;
  /** Where the call is transferred: a department, number, extension or address. Not with bridge */
  to?: string | undefined;
  /** What the test is to find; anything else fails */
  expect?: SmokeExpectation | undefined;
  /** true: whoever answers at "to" hangs up by itself, so the test may be repeated. Default false */
  endsItself?: boolean | undefined;
}

export interface TransferConfig {
  /** The place of the schema of this file, for editors */
  $schema?: string | undefined;
  /** Country of numbers written without a plus, two letters: US */
  defaultCountry?: string | undefined;
  /** How a destination becomes a Refer-To, on trunks that say nothing else */
  dial?: DialTemplates | undefined;
  /** What is known of single trunks, by trunk id (ST_…), SIP host (has a dot; *. in front allowed) or trunk name */
  trunks?: Record<string, TrunkConfig> | undefined;
  /** Names for destinations */
  departments?: Record<string, string | DepartmentConfig> | undefined;
  /** How transfers run */
  transfer?: TransferDefaults | undefined;
  /** How a target is dialled into the caller's room, where there is no REFER */
  bridge?: BridgeConfig | undefined;
  /** Who takes a caller whose agent never came or has gone silent */
  rescue?: RescueConfig | undefined;
  /** What a voice agent says to the caller before a transfer; {department} is filled in. One line of at most 300 characters */
  announce?: string | undefined;
  /** Identities that are agents without saying so */
  agents?: string[] | undefined;
  /** The rooms that can hold callers: no other room is read, which saves requests. Default: any room */
  rooms?: string[] | undefined;
  /** What may be called beyond the destinations that this file names */
  policy?: PolicyConfig | undefined;
  /** The record of transfers that is kept on this machine (lk-transfer history) */
  history?: HistoryConfig | undefined;
  /** How your shell completes lines (lk-transfer completion) */
  completion?: CompletionConfig | undefined;
  /** Which LiveKit project to use; credentials do not belong in this file */
  livekit?: LivekitConfig | undefined;
  /** What lk-transfer smoke --all tests: each one a call that is placed and then transferred */
  smoke?: SmokeTestConfig[] | undefined;
}
