/**
 * What becomes of a destination on a trunk: the address of a REFER, or what a bridge dials; on one
 * trunk, and on every one that the config names.
 */
import type { BridgePlace, TransferConfig } from '../config/types.ts';
import { DestinationError, isKnownError, type KnownError } from '../core/errors.ts';
import type { UriParts } from './address/characters.ts';
import { requireLegalUri } from './address/uri.ts';
import {
  bareHost,
  type Destination,
  type TrunkFacts,
  type TrunkMatch,
  trunkConfigFor,
  trunkKeyKind,
} from './destination.ts';
import { judgeDialled } from './policy.ts';
import {
  hostOfAddress,
  isForeignHost,
  providerOfHost,
  providerPresets,
  trunkDomain,
} from './providers.ts';
import { findDepartment, listDepartments, readTarget, readVia } from './reading.ts';
import {
  contextOf,
  goThrough,
  isBridged,
  type ResolveOptions,
  readDestination,
  resolveDestination,
  trunkAskedAbout,
} from './resolve.ts';
import type { DialRule } from './template.ts';

// A destination that LiveKit dials itself, over an outbound trunk.

export interface DialledDestination {
  destination: Destination;
  /** The number or user to dial: LiveKit adds the host of the trunk. */
  user: string;
}

/** Stands for the host of a trunk that nobody has asked LiveKit about (RFC 2606). */
const UNREAD_HOST = 'outbound-trunk.invalid';

/**
 * Resolves what was typed into what an outbound trunk is to dial: by the same templates, of which the
 * user part alone is dialled.
 * @param trunk the outbound trunk; its `host` is where it leads
 * @throws as `resolveDestination`; DestinationError for an address at another host
 */
export function resolveForDialling(
  input: string,
  config: TransferConfig,
  trunk: TrunkFacts,
): DialledDestination {
  const reading = readDestination(input, config);
  const context = contextOf(reading.value, config, trunk, {});
  const rules = {
    number: dialledRule(context.rules.number, 'number', trunk, context.match),
    extension: dialledRule(context.rules.extension, 'extension', trunk, context.match),
  };
  const { destination, address, isTemplate } = goThrough(input, reading, { ...context, rules });
  const { scheme, uri, user, host } = address;
  const dialled = scheme === 'tel' ? uri.replace(/^tel:|;.*$/g, '') : user;
  if (!dialled) throw new DestinationError(`${uri} names nobody: it has no number or user`);
  const isUnread = trunk.host === UNREAD_HOST;
  if (!isTemplate && host !== null && !isUnread && !isHostOf(trunk, host)) {
    throw new DestinationError(
      `${uri} is at ${host}, and the outbound trunk ${trunk.name ?? trunk.id} dials ${trunk.host ?? 'an unknown host'}`,
      {
        hint: 'A bridge dials over its trunk alone: name a number or an extension, or another trunk.',
      },
    );
  }
  // The address that the call goes to: LiveKit adds the host of the trunk.
  const made = isUnread && destination.number !== null ? `tel:${destination.number}` : uri;
  const referTo = trunk.host === null || isUnread ? made : `sip:${dialled}@${trunk.host}`;
  const isSaid = !isTemplate || namesHost(context.rules.extension);
  const isOwn = isSaid && host !== null && isHostOf(trunk, host);
  const { country, trunkCountry } = context;
  const place = { referTo, department: destination.department, country, trunkCountry, isOwn };
  judgeDialled(config, requireLegalUri(referTo, `outbound trunk ${trunk.name ?? trunk.id}`), place);
  const warnings = [
    ...destination.warnings,
    ...warnOfDialling(destination.number !== null, address, trunk),
  ];
  return { destination: { ...destination, referTo, warnings }, user: dialled };
}

/**
 * The rule by which an outbound trunk dials. Where nothing says how, it dials what it is given, since
 * its host is known; but a provider of phone numbers has no extensions, whatever `dial` says of a PBX
 * elsewhere.
 */
function dialledRule(
  rule: DialRule | null,
  kind: 'number' | 'extension',
  { host, name, id, provider }: TrunkFacts,
  { trunk: own }: TrunkMatch,
): DialRule | null {
  const source = `outbound trunk ${name ?? id}`;
  const isSettled = own.provider !== undefined || own.dial?.[kind] !== undefined;
  if (provider !== null && !isSettled && providerPresets[provider].dial[kind] === null) {
    const isThere = rule?.template != null && !isForeignHost(provider, rule.template);
    const its = `${source}, ${providerPresets[provider].title} by its host`;
    if (!isThere) return { template: null, source: its, domain: null, warnings: [] };
  }
  if (rule === null || rule.source.startsWith('tel:')) {
    return { template: `sip:{${kind}}@{domain}`, source, domain: host, warnings: [] };
  }
  return rule.domain === null ? { ...rule, domain: host } : rule;
}

/** Whether the config itself says at which host a trunk dials them. */
function namesHost(rule: DialRule | null): boolean {
  if (rule === null || rule.template === null) return false;
  return rule.domain !== null || !rule.template.includes('{domain}');
}

/** Whether an outbound trunk leads to this host. */
function isHostOf(trunk: TrunkFacts, host: string): boolean {
  return trunk.host !== null && bareHost(trunk.host) === bareHost(host);
}

/** What is lost of an address of which the user part alone is dialled. */
function warnOfDialling(
  isNumber: boolean,
  { host, headers }: UriParts,
  trunk: TrunkFacts,
): string[] {
  const isElsewhere = !isNumber && host !== null && host !== UNREAD_HOST && !isHostOf(trunk, host);
  return [
    ...(isElsewhere ? [warnOfHost(host, trunk)] : []),
    ...(headers === null ? [] : ['headers in the address are left out of a bridge']),
  ];
}

function warnOfHost(said: string, { host, name }: TrunkFacts): string {
  if (host === UNREAD_HOST) {
    return `a bridge dials at the host of ${name === null ? 'the outbound trunk' : `the outbound trunk ${name}`}, and the config says ${said}: whether they are the same is not checked here`;
  }
  return `the target is dialled at ${host ?? 'the outbound trunk'}, and the config says ${said}`;
}

// What a bridge would dial, as far as the config tells: LiveKit is not asked.

/** A bridge, before LiveKit was asked. */
export interface BridgePreview {
  /** The number or user that is dialled; LiveKit adds the host of the outbound trunk. */
  dials: string;
  /** The outbound trunk, as the config names it; null: the only one that LiveKit has. */
  outboundTrunk: string | null;
}

/** How a target is dialled: what the department says, else the caller's trunk, else the whole config. */
export function bridgePlaceOf(
  to: string,
  config: TransferConfig,
  { trunk }: TrunkMatch,
): BridgePlace {
  const department = findDepartment(config, to.replace(/^department:/, ''));
  return { ...config.bridge, ...trunk.bridge, ...department?.bridge };
}

/** Whether a target is an extension of a PBX; what is no target at all is none. */
export function leadsToExtension(to: string): boolean {
  try {
    return readTarget(to).kind === 'extension';
  } catch (error) {
    if (!isKnownError(error)) throw error;
    return false;
  }
}

/** Warns of extensions of a PBX, over trunks that `dial` says are those of a provider of phone numbers. */
export function warnOfReach({ dial, trunks, ...config }: TransferConfig): string[] {
  const [number, pbx] = [dial?.number, dial?.extension].map((template) =>
    template == null ? null : hostOfAddress(template),
  );
  const provider = number == null ? null : providerOfHost(number);
  if (trunks !== undefined || pbx == null || provider === null) return [];
  const { title, dial: preset } = providerPresets[provider];
  if (preset.extension !== null || providerOfHost(pbx) === provider) return [];
  const names = listDepartments(config)
    .filter(({ to }) => leadsToExtension(to))
    .map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    `${title} takes phone numbers; whether it reaches extensions at ${pbx} is not documented (${names.join(', ')}): make a test transfer, or give these departments a "number"`,
  ];
}

function previewBridge(
  input: string,
  config: TransferConfig,
  match: TrunkMatch,
): { destination: Destination; bridge: BridgePreview } {
  const { trunk: wanted = null } = bridgePlaceOf(input, config, match);
  // What stands there is an id or a name, and never a host.
  const isId = wanted !== null && trunkKeyKind(wanted) === 'id';
  const facts = { ...trunkByName(''), id: isId ? wanted : null, name: isId ? null : wanted };
  const { trunk: own } = trunkConfigFor(config, facts);
  const { provider, domain = null } = own;
  const host = provider === undefined ? domain : trunkDomain(provider, own.domain);
  const { policy } = config;
  // Whether an unread host is allowed, only LiveKit's list can tell.
  const rules = host === null ? { ...config, policy: { ...policy, domains: undefined } } : config;
  const { destination, user } = resolveForDialling(input, rules, {
    ...facts,
    host: host ?? UNREAD_HOST,
    provider: host === null ? null : providerOfHost(host),
  });
  return { destination, bridge: { dials: user, outboundTrunk: wanted } };
}

// One trunk, and every one.

/** What becomes of a destination on a trunk. */
export interface OnTrunk {
  destination: Destination;
  /** What is dialled into the room of the caller; null: a REFER goes out. */
  bridge: BridgePreview | null;
}

/**
 * Resolves a destination for a trunk, by the way that the config has its callers moved.
 * @throws as `resolveDestination`
 */
export function resolveOnTrunk(
  input: string,
  config: TransferConfig,
  trunk: TrunkFacts | null,
  options: ResolveOptions = {},
): OnTrunk {
  const match = trunkAskedAbout(config, trunk, readVia(options.via, config));
  if (isBridged(match)) return previewBridge(input, config, match);
  return { destination: resolveDestination(input, config, trunk, options), bridge: null };
}

/** What becomes of a destination on one trunk: destination or failure is null. */
export interface TrunkResolution {
  /** The key in `trunks`; null stands for every trunk that the config does not name. */
  trunk: string | null;
  destination: Destination | null;
  /** What is dialled, where the config has the callers of this trunk bridged; null: a REFER. */
  bridge: BridgePreview | null;
  failure: KnownError | null;
}

/** What is known of a trunk by its id, SIP host or name alone. */
export function trunkByName(key: string): TrunkFacts {
  const kind = trunkKeyKind(key);
  return {
    id: kind === 'id' ? key : null,
    host: kind === 'host' ? key : null,
    name: kind === 'name' ? key : null,
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
    // With `--via` a call on another trunk is in question, of which nothing is known.
    const other = options.via === undefined ? null : { ...trunkByName(''), name: null };
    const facts = trunk === null ? other : trunkByName(trunk);
    try {
      return { trunk, ...resolveOnTrunk(input, config, facts, options), failure: null };
    } catch (failure) {
      if (!isKnownError(failure)) throw failure;
      return { trunk, destination: null, bridge: null, failure };
    }
  });
}
