/** From what the operator typed to the Refer-To that goes out. */
import { writePath } from '../config/json.ts';
import type { TransferConfig } from '../config/types.ts';
import { DestinationError, KnownError } from '../core/errors.ts';
import { parseDuration, shellWord } from '../core/text.ts';
import { isSosAddress } from './address/dial-string.ts';
import { countryOf } from './address/phone.ts';
import type { LegalUri } from './address/uri.ts';
import {
  type Destination,
  NO_MATCH,
  result,
  type StepResult,
  type TrunkFacts,
  TrunkLimitError,
  type TrunkMatch,
  trunkConfigFor,
  type UnplacedTrunk,
  type Via,
} from './destination.ts';
import { judgeEmergency } from './policy.ts';
import { providerPresets } from './providers.ts';
import { type Department, findDepartment, type Reading, readInput, readVia } from './reading.ts';
import {
  checkAddress,
  chooseRule,
  chooseTarget,
  fillReferHeaders,
  fillRule,
  judgeAddress,
  type ResolveContext,
  readPhoneNumber,
} from './steps.ts';
import { chooseDialRules } from './template.ts';
import { warnOfDestination } from './warnings.ts';

export interface ResolveOptions {
  /** A trunk of the config, or a domain, whose form is used for this one transfer. */
  via?: string | undefined;
}

/**
 * Resolves what was typed into the address that goes out.
 * @param input a department or alias, a phone number, an extension, a sip, sips or tel address
 * @param config as checked by the schema
 * @param trunk what is known of the call's trunk; null when no call is in question
 * @throws DestinationError when it is no address or this trunk cannot dial it; NotFoundError for an
 *   unknown department or `via`; PolicyError when the config or the rule on emergencies forbids it
 */
export function resolveDestination(
  input: string,
  config: TransferConfig,
  trunk: TrunkFacts | null = null,
  options: ResolveOptions = {},
): Destination {
  const reading = readDestination(input, config);
  const context = contextOf(reading.value, config, trunk, options);
  checkTrunkHasRefer(trunkAskedAbout(config, trunk, context.via), trunk);
  return goThrough(input, reading, context).destination;
}

/** All steps of the way, one after the other. */
export function goThrough(
  input: string,
  reading: StepResult<Reading>,
  context: ResolveContext,
): { destination: Destination; address: LegalUri; isTemplate: boolean } {
  const target = chooseTarget(reading.value, context);
  const number = readPhoneNumber(target.value, context);
  const rule = chooseRule(number.value, context);
  const template = fillRule(rule.value, context);
  const address = checkAddress(template.value, context);
  const policy = judgeAddress(address.value, context);
  const headers = fillReferHeaders(policy.value, context);
  const last = warnOfDestination(headers.value, context);

  const steps = [reading, target, number, rule, template, address, policy, headers, last];
  const { department } = context;
  const destination: Destination = {
    input: input.trim(),
    kind: reading.value.kind,
    department: department?.name ?? null,
    number: last.value.number,
    referTo: last.value.address.uri,
    rule: last.value.rule,
    steps: steps.flatMap(({ story }) => story),
    headers: last.value.headers,
    waitMs: waitOf(department),
    dialtone: department?.dialtone ?? null,
    fallback: [...(department?.fallback ?? [])],
    warnings: [...new Set(steps.flatMap(({ warnings }) => warnings))],
  };
  return { destination, address: last.value.address, isTemplate: rule.value.template !== null };
}

/** The first step: what the input means. */
export function readDestination(input: string, config: TransferConfig): StepResult<Reading> {
  // `urn:service:sos` is no address of ours, and must not pass for a misspelt department.
  if (isSosAddress(input) && findDepartment(config, input) === null) {
    judgeEmergency(config, { referTo: input, department: null, country: null, via: null });
  }
  const reading = readInput(input, config);
  return result(reading, [{ what: 'reading', detail: describeReading(reading) }]);
}

function describeReading(reading: Reading): string {
  switch (reading.kind) {
    case 'department':
      return `the department ${reading.department.name}`;
    case 'number':
      return 'a phone number';
    case 'extension':
      return `the extension ${reading.digits}`;
    case 'uri':
      return 'an address';
  }
}

/**
 * Gathers what the steps that follow look at.
 * @throws NotFoundError, DestinationError for a `--via` that names nothing; TrunkLimitError
 */
export function contextOf(
  reading: Reading,
  config: TransferConfig,
  trunk: TrunkFacts | null,
  options: ResolveOptions,
): ResolveContext {
  const department = reading.kind === 'department' ? reading.department : null;
  const via = readVia(options.via, config);
  const match = trunkMatchFor(config, trunk, via);
  const rules = chooseDialRules(config, match, trunk, via);
  const country = (department?.country ?? config.defaultCountry)?.toUpperCase() ?? null;
  const ours = trunk?.trunkNumber ?? '';
  const trunkCountry = ours.startsWith('+') ? countryOf(ours) : null;
  return { config, trunk, match, via, rules, department, country, trunkCountry };
}

/**
 * What the config says of the call's own trunk, whatever rules are borrowed. Where it cannot be told
 * which one that is, `--via` can.
 * @throws KnownError `unplaced-trunk`, or what could not be read
 */
export function trunkMatchFor(
  config: TransferConfig,
  trunk: TrunkFacts | null,
  via: Via | null,
): TrunkMatch {
  const unplaced = trunk?.unplaced;
  if (unplaced === undefined) return trunkConfigFor(config, trunk);
  if (via === null) throw unplacedError(unplaced, Object.keys(config.trunks ?? {}));
  return via.kind === 'trunk' ? via.match : NO_MATCH;
}

/**
 * What the config says of the trunk that is asked about: where no call is in question, the one that
 * `--via` names.
 * @throws as `trunkMatchFor`
 */
export function trunkAskedAbout(
  config: TransferConfig,
  trunk: TrunkFacts | null,
  via: Via | null,
): TrunkMatch {
  return trunk === null && via?.kind === 'trunk' ? via.match : trunkMatchFor(config, trunk, via);
}

function unplacedError({ why, cause }: UnplacedTrunk, keys: readonly string[]): KnownError {
  const named = keys.map((key) => writePath(['trunks', key])).join(', ');
  return new KnownError(
    cause?.code ?? 'unplaced-trunk',
    `which trunk this call is on is not known (${why}), and so not whether ${named} in the config ${keys.length === 1 ? 'is' : 'are'} about it`,
    {
      hint: `Say which trunk it is, or what domain to dial at: --via ${shellWord(keys[0] ?? 'DOMAIN')}${cause?.code === 'permission' ? '. Or use a key whose token may list trunks (sip.admin).' : ''}`,
      ...(cause !== null && { cause }),
    },
  );
}

/** Whether the config, or the preset of its provider, says that a trunk has no REFER; and where. */
export function lacksRefer({ key, trunk }: TrunkMatch): string | null {
  const preset = trunk.provider === undefined ? null : providerPresets[trunk.provider];
  if (trunk.refer ?? preset?.refer ?? true) return null;
  return writePath(['trunks', key ?? '', trunk.refer === false ? 'refer' : 'provider']);
}

/** Whether the config has the callers on a trunk bridged, whatever becomes of a REFER. */
export function isBridged(match: TrunkMatch): boolean {
  const { method } = match.trunk;
  return method === 'bridge' || (method === 'auto' && lacksRefer(match) !== null);
}

/** A trunk that moves nobody: no REFER is to be had, and nothing says that its callers are bridged. */
export function movesNobody(config: TransferConfig, key: string): boolean {
  const match = { key, trunk: config.trunks?.[key] ?? {} };
  return lacksRefer(match) !== null && !isBridged(match);
}

/** Warns of them, a sentence each. */
export function warnOfMissingMethods(config: TransferConfig): string[] {
  return Object.entries(config.trunks ?? {})
    .filter(([key]) => movesNobody(config, key))
    .map(
      ([key, trunk]) =>
        `${writePath(['trunks', key])}: it has no REFER (${lacksRefer({ key, trunk })}), so every transfer on it is refused that does not ask for a bridge. Add "method": "bridge" to it`,
    );
}

/** @throws TrunkLimitError for a trunk that is known to have no REFER */
function checkTrunkHasRefer(match: TrunkMatch, facts: TrunkFacts | null): void {
  const path = lacksRefer(match);
  if (path === null) return;
  const name = facts?.name ?? facts?.id ?? match.key;
  throw new TrunkLimitError(`the trunk ${name} is known to have no REFER (${path})`, {
    hint: `Bridge its callers: --method bridge dials the target into the room. "method": "bridge" in ${writePath(['trunks', match.key ?? ''])} of the config does so for all of them.`,
  });
}

function waitOf(department: Department | null): number | null {
  if (department?.wait === undefined) return null;
  const ms = parseDuration(String(department.wait));
  if (ms !== null) return ms;
  throw new DestinationError(
    `${writePath(['departments', department.name, 'wait'])}: "${department.wait}" is not a duration`,
    { hint: 'Write 45s, 2m, or a whole number of seconds.' },
  );
}
