/** From what the operator typed to the Refer-To that goes out, every step told. */
import type { TransferConfig } from '../config/types.ts';
import { parseDuration } from '../core/duration.ts';
import { DestinationError, isKnownError, type KnownError } from '../core/errors.ts';
import { dialledIn, isSosAddress } from './address/dial-string.ts';
import { addUriHeaders, checkReferHeader, mergeHeaders } from './address/headers.ts';
import type { Phone } from './address/phone.ts';
import { checkUri, type LegalUri } from './address/uri.ts';
import { warnOfMissingPlus } from './address/uri-warnings.ts';
import { type Department, findDepartment } from './departments.ts';
import type { Destination, ResolveStep, TrunkFacts } from './destination.ts';
import { warnOfLoop } from './loop.ts';
import { judgeDomain, judgeEmergency, judgePolicy } from './policy.ts';
import { addressFormWarning } from './providers.ts';
import { type Reading, readInput } from './reading.ts';
import {
  checkTrunkHasRefer,
  type ResolveContext,
  type Route,
  readVia,
  routeTarget,
} from './route.ts';
import { fillHeader } from './template.ts';
import { trunkConfigFor, trunkKeyKind } from './trunks.ts';

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
  trunk: TrunkFacts | null,
  options: ResolveOptions = {},
): Destination {
  if (isSosAddress(input) && findDepartment(config, input) === null) refuseSos(input, config);
  const reading = readInput(input, config);
  const department = reading.kind === 'department' ? reading.department : null;
  const situation: ResolveContext = {
    config,
    trunk,
    match: trunkConfigFor(config, trunk),
    via: options.via === undefined ? null : readVia(options.via, config),
    department,
    country: (department?.country ?? config.defaultCountry)?.toUpperCase() ?? null,
  };
  checkTrunkHasRefer(situation.match, trunk);

  const route = routeTarget(reading, situation);
  const warnings = [...route.warnings];
  const address = finishAddress(route, department, warnings);
  const judged = {
    referTo: address.uri,
    department: department?.name ?? null,
    via: route.template === null ? null : (situation.via?.kind ?? null),
  };
  const judgement = judgePolicy(config, {
    ...judged,
    country: situation.country,
    phone: route.phone,
  });
  judgeDomain(config, address);
  warnings.push(...judgement.warnings);
  const headers = fillHeaders(situation, route, warnings);
  const number = numberOf(address, route, judgement.phone, warnings);
  warnings.push(...addressWarnings(address, route), ...formWarnings(situation, address.uri));
  const loop = warnOfLoop(address.uri, number ?? judgement.phone?.e164 ?? null, trunk);
  if (loop !== null) warnings.push(loop);

  return {
    input: input.trim(),
    kind: reading.kind,
    department: department?.name ?? null,
    number,
    referTo: address.uri,
    rule: route.rule,
    steps: describeSteps(reading, situation, route, address.uri, headers),
    headers,
    waitMs: waitOf(department),
    dialtone: department?.dialtone ?? null,
    fallback: [...(department?.fallback ?? [])],
    warnings: [...new Set(warnings)],
  };
}

/** `urn:service:sos` is no address of ours, and must not pass for a misspelt department. */
function refuseSos(input: string, config: TransferConfig): void {
  const judged = { referTo: input, department: null, country: null, via: null };
  judgeEmergency(config, judged);
}

/** Puts the department's headers for the target into the address, and checks the result. */
function finishAddress(route: Route, department: Department | null, warnings: string[]): LegalUri {
  const address = checkAddress(route.referTo, route.rule);
  const templates = Object.entries(department?.referToHeaders ?? {});
  if (templates.length === 0) return address;
  if (address.scheme === 'tel') {
    warnings.push('a tel: address carries no headers: referToHeaders are left out on this trunk');
    return address;
  }
  const headers: Record<string, string> = {};
  for (const [name, template] of templates) {
    const filled = fillHeader(template, route.values, false);
    if ('value' in filled) headers[name] = filled.value;
    else warnings.push(leftOut(name, filled.missing));
  }
  return checkAddress(addUriHeaders(address.uri, headers), route.rule);
}

function checkAddress(uri: string, rule: string): LegalUri {
  const checked = checkUri(uri);
  if (checked.ok) return checked;
  const place = rule === 'as typed' ? 'not a legal address' : `${rule} gives no legal address`;
  throw new DestinationError(`${place}: ${checked.message}`, {
    hint: checked.repaired === undefined ? undefined : `Write ${checked.repaired}`,
  });
}

/** The trunk's headers, then the department's, which win; each checked once it is filled. */
function fillHeaders(
  { match, department }: ResolveContext,
  { values }: Route,
  warnings: string[],
): Record<string, string> {
  const merged = mergeHeaders(match.trunk.headers ?? {}, department?.headers ?? {});
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(merged)) {
    const filled = fillHeader(template, values);
    if ('missing' in filled) {
      warnings.push(leftOut(name, filled.missing));
      continue;
    }
    checkReferHeader(name, filled.value);
    headers[name] = filled.value;
  }
  return headers;
}

function leftOut(header: string, placeholder: string): string {
  return `the header ${header} is left out: ${placeholder} is not known here`;
}

/** The number as E.164, and a word about one that nobody has. */
function numberOf(
  address: LegalUri,
  route: Route,
  judged: Phone | null,
  warnings: string[],
): string | null {
  const dialled = dialledIn(address.uri);
  // Without its plus, the number inside an address is the policy's guess and no fact.
  const phone = route.phone ?? (dialled.startsWith('+') ? judged : null);
  if (phone === null || !phone.isPossible) {
    if (/^\+\d+$/.test(dialled)) warnings.push(`${dialled} is not a possible phone number`);
    return null;
  }
  if (!phone.isInUse) {
    warnings.push(`${phone.e164} is not a number in use, as far as is known`);
  }
  return phone.e164;
}

/** A template that leaves out the plus (`{digits}`) means to. */
function addressWarnings({ user, warnings }: LegalUri, { phone }: Route): string[] {
  const meant = phone === null || user === null ? null : warnOfMissingPlus(user);
  return warnings.filter((warning) => warning !== meant);
}

function formWarnings({ match, trunk }: ResolveContext, referTo: string): string[] {
  const provider = match.trunk.provider ?? trunk?.provider;
  const warning = provider ? addressFormWarning(provider, referTo) : null;
  return warning === null ? [] : [warning];
}

function waitOf(department: Department | null): number | null {
  if (department?.wait === undefined) return null;
  const ms = parseDuration(String(department.wait));
  if (ms !== null) return ms;
  throw new DestinationError(
    `departments.${department.name}.wait: "${department.wait}" is not a duration`,
    { hint: 'Write 45s, 2m, or a whole number of seconds.' },
  );
}

function describeSteps(
  reading: Reading,
  { match, trunk }: ResolveContext,
  route: Route,
  referTo: string,
  headers: Readonly<Record<string, string>>,
): ResolveStep[] {
  const steps: ResolveStep[] = [
    { what: 'reading', detail: describeReading(reading) },
    ...route.steps,
  ];
  if (trunk !== null) {
    const name = trunk.id ?? trunk.name ?? trunk.host ?? 'unknown';
    const said = match.key === null ? 'the config says nothing of it' : `trunks.${match.key}`;
    steps.push({ what: 'trunk', detail: `${name}: ${said}` });
  }
  steps.push({
    what: 'rule',
    detail: route.template === null ? route.rule : `${route.rule}: ${route.template}`,
  });
  steps.push({ what: 'Refer-To', detail: referTo });
  for (const [name, value] of Object.entries(headers)) {
    steps.push({ what: 'header', detail: `${name}: ${value}` });
  }
  return steps;
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

// One destination on every trunk that the config knows, and on all the others.

/** How a destination fares on one trunk: either of the two is null. */
export interface TrunkResolution {
  /** The key in `trunks`; null stands for every trunk that the config does not name. */
  trunk: string | null;
  destination: Destination | null;
  failure: KnownError | null;
}

/** What is known of a trunk by its words alone: an id, a SIP host or a name. */
export function trunkByName(words: string): TrunkFacts {
  const kind = trunkKeyKind(words);
  return {
    id: kind === 'id' ? words : null,
    host: kind === 'host' ? words : null,
    name: kind === 'name' ? words : null,
    provider: null,
    trunkNumber: null,
    callerNumber: null,
    direction: null,
  };
}

/**
 * Resolves a destination for every trunk, the unnamed ones first.
 * @param input as typed
 */
export function resolveOnEveryTrunk(
  input: string,
  config: TransferConfig,
  options: ResolveOptions = {},
): TrunkResolution[] {
  return [null, ...Object.keys(config.trunks ?? {})].map((trunk) => {
    const facts = trunk === null ? null : trunkByName(trunk);
    try {
      const destination = resolveDestination(input, config, facts, options);
      return { trunk, destination, failure: null };
    } catch (failure) {
      if (!isKnownError(failure)) throw failure;
      return { trunk, destination: null, failure };
    }
  });
}
