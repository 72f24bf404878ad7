/** The templates of Refer-To and headers: which one holds on a trunk, and how it is filled. */

import { writePath } from '../config/json.ts';
import type { DialTemplates, ProviderName, TransferConfig, TrunkConfig } from '../config/types.ts';
import { DestinationError } from '../core/errors.ts';
import { escapeFor, LITERAL } from './address/characters.ts';
import {
  CallNeededError,
  type TrunkFacts,
  TrunkLimitError,
  type TrunkMatch,
  trunkKeyKind,
  type Via,
} from './destination.ts';
import { providerPresets, trunkDomain } from './providers.ts';
import type { Department, Target } from './reading.ts';

/** What the placeholders stand for; null is not known here. */
export interface TemplateValues {
  /** E.164 with its plus. */
  number: string | null;
  /** E.164 without it. */
  digits: string | null;
  extension: string | null;
  domain: string | null;
  department: string | null;
  trunkNumber: string | null;
  callerNumber: string | null;
}

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

const HINTS: Record<keyof TemplateValues, string> = {
  number: 'Use this template for phone numbers only, or give the department a "number".',
  digits: 'Use this template for phone numbers only, or give the department a "number".',
  extension: 'Use this template for extensions only.',
  domain: 'Give the trunk its "domain".',
  department: 'It means the department: transfer to a department, or leave it out of the template.',
  trunkNumber: 'The call does not tell which of our numbers it came by: write the number itself.',
  callerNumber: 'The caller hides their number: leave it out of the template.',
};

/**
 * Fills a template for a Refer-To. Values are escaped for a user part, the domain apart: nothing
 * that a stranger chose can end the user part and begin a host.
 * @param source where the template comes from, for messages
 * @throws DestinationError for a placeholder that does not exist or has no value here
 */
export function fillTemplate(template: string, values: TemplateValues, source: string): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    if (!isPlaceholder(name, values)) {
      throw new DestinationError(`${source}: there is no placeholder ${whole}`, {
        hint: `There are {${Object.keys(values).join('}, {')}}.`,
      });
    }
    const value = values[name];
    if (value === null) {
      const MissingError = isFromCall(name) ? CallNeededError : DestinationError;
      throw new MissingError(`${source} needs ${whole}, which is not known here`, {
        hint: HINTS[name],
      });
    }
    return name === 'domain' ? value : escapeFor(LITERAL, value);
  });
}

/**
 * Fills the values of headers; one that wants what is not known here is left out, with a warning.
 * @param escaped false where the whole value is escaped later
 */
export function fillHeaders(
  templates: Readonly<Record<string, string>>,
  values: TemplateValues,
  escaped = true,
): { headers: Record<string, string>; warnings: string[] } {
  const headers: Record<string, string> = {};
  const warnings: string[] = [];
  for (const [name, template] of Object.entries(templates)) {
    const filled = fillHeader(template, values, escaped);
    if ('value' in filled) headers[name] = filled.value;
    else warnings.push(`the header ${name} is left out: ${filled.missing} is not known here`);
  }
  return { headers, warnings };
}

/** Returns the value, or the placeholder that has none here. */
function fillHeader(
  template: string,
  values: TemplateValues,
  escaped: boolean,
): { value: string } | { missing: string } {
  let missing: string | null = null;
  const value = template.replace(PLACEHOLDER, (whole, name: string) => {
    // Braces around anything else are the header's own.
    if (!isPlaceholder(name, values)) return whole;
    const known = values[name];
    if (known === null) missing ??= whole;
    // The numbers may be a stranger's; the department's name is the config's own.
    return isFromCall(name) && escaped ? escapeFor(LITERAL, known ?? '') : (known ?? '');
  });
  return missing === null ? { value } : { missing };
}

function isFromCall(name: keyof TemplateValues): boolean {
  return name === 'callerNumber' || name === 'trunkNumber';
}

function isPlaceholder(name: string, values: TemplateValues): name is keyof TemplateValues {
  return Object.hasOwn(values, name);
}

// Which template it is.

export interface DialRule {
  /** null: this trunk cannot dial those. */
  template: string | null;
  /** Where it comes from: `trunks.ST_abc.dial.number`, `preset twilio`, `dial.extension`. */
  source: string;
  /** What `{domain}` stands for. */
  domain: string | null;
  warnings: string[];
}

/** How a trunk dials numbers and extensions; null where nothing at all says how. */
export type DialRules = Readonly<Record<keyof DialTemplates, DialRule | null>>;

/** Chooses how a trunk dials numbers, and how extensions. */
export function chooseDialRules(
  config: TransferConfig,
  match: TrunkMatch,
  trunk: TrunkFacts | null,
  via: Via | null,
): DialRules {
  return {
    number: chooseDialRule('number', config, match, trunk, via),
    extension: chooseDialRule('extension', config, match, trunk, via),
  };
}

/**
 * Chooses the template: `--via`, the trunk's own `dial`, the preset of its provider, the config's
 * `dial`, the preset of a provider merely recognised, and at last `tel:`. A recognised provider may
 * be the caller's own word: it chooses among our presets, with the domain of the config or the
 * preset's own, and the host that the caller named is never where a call goes.
 * @returns null when nothing at all is configured (extensions only)
 */
function chooseDialRule(
  kind: keyof DialTemplates,
  config: TransferConfig,
  match: TrunkMatch,
  trunk: TrunkFacts | null,
  via: Via | null,
): DialRule | null {
  if (via?.kind === 'domain') {
    return ruleOf(`sip:{${kind}}@{domain}`, `--via ${via.domain}`, via.domain);
  }
  const { key, trunk: own } = via?.kind === 'trunk' ? via.match : match;
  const { provider } = own;
  const domain = provider === undefined ? (own.domain ?? null) : trunkDomain(provider, own.domain);

  const ownTemplate = own.dial?.[kind];
  if (ownTemplate !== undefined)
    return ruleOf(ownTemplate, writePath(['trunks', key ?? '', 'dial', kind]), domain);
  if (provider !== undefined) {
    return ruleOf(presetTemplate(provider, kind, domain), `preset ${provider}`, domain);
  }
  // Naming a host is enough to send a call there once, when nothing else is said of it.
  if (
    via?.kind === 'trunk' &&
    key !== null &&
    trunkKeyKind(key) === 'host' &&
    !key.startsWith('*')
  ) {
    return ruleOf(`sip:{${kind}}@{domain}`, `--via ${key}`, key);
  }
  const general = config.dial?.[kind];
  if (general !== undefined) return ruleOf(general, `dial.${kind}`, domain);

  const recognised = via === null ? (trunk?.provider ?? null) : null;
  const guessed = recognised === null ? null : recognisedRule(recognised, kind, own);
  if (kind === 'extension') return guessed;
  const rule = guessed ?? ruleOf('tel:{number}', 'tel: (nothing configured)', null);
  return { ...rule, warnings: [unknownFormWarning(recognised, key, trunk)] };
}

function ruleOf(template: string | null, source: string, domain: string | null): DialRule {
  return { template, source, domain, warnings: [] };
}

/**
 * The rule of a preset that the config does not name: for extensions only where the config gives the
 * domain, for numbers wherever the preset makes an address.
 */
function recognisedRule(
  provider: ProviderName,
  kind: keyof DialTemplates,
  own: TrunkConfig,
): DialRule | null {
  if (kind === 'extension' && own.domain === undefined) return null;
  const domain = trunkDomain(provider, own.domain);
  if (domain === null && providerPresets[provider].dialWithoutDomain === null) return null;
  return ruleOf(presetTemplate(provider, kind, domain), `preset ${provider}`, domain);
}

/** The template of a preset; without a domain, the form that needs none, where there is one. */
export function presetTemplate(
  provider: ProviderName,
  kind: keyof DialTemplates,
  domain: string | null,
): string | null {
  const { dial, dialWithoutDomain } = providerPresets[provider];
  return (domain === null ? (dialWithoutDomain ?? dial) : dial)[kind] ?? null;
}

function unknownFormWarning(
  recognised: ProviderName | null,
  key: string | null,
  trunk: TrunkFacts | null,
): string {
  if (recognised === null) {
    const name = key ?? trunk?.name ?? trunk?.id ?? null;
    const whose = name === null ? 'the trunk' : `the trunk ${name}`;
    const path = key === null ? 'dial.number' : writePath(['trunks', key, 'dial', 'number']);
    return `the address form of ${whose} is not known: set ${path}, best to sip:{number}@ the provider's own trunk domain`;
  }
  const { title } = providerPresets[recognised];
  const advice =
    key === null
      ? `the config says nothing about the trunk: give it "provider": "${recognised}" under "trunks"`
      : `the config names no provider of the trunk: add "provider": "${recognised}" to ${writePath(['trunks', key])}`;
  return `this looks like ${title}, and ${advice}`;
}

/** What tells which rule it is, and which key would change it. */
interface RuleContext {
  rules: DialRules;
  department: Department | null;
  match: TrunkMatch;
  via: Via | null;
  trunk: TrunkFacts | null;
}

/**
 * Gives the rule for a number or an extension.
 * @throws TrunkLimitError where the config says that this trunk dials none; DestinationError where
 *   nothing says how extensions are dialled
 */
export function requireRule(
  target: Exclude<Target, { kind: 'uri' }>,
  context: RuleContext,
): DialRule & { template: string } {
  const rule = context.rules[target.kind];
  if (rule !== null && rule.template !== null) return { ...rule, template: rule.template };
  if (target.kind === 'extension') throw noExtensions(target.digits, rule, context);
  throw new TrunkLimitError(
    `this trunk cannot dial phone numbers (${rule?.source ?? 'dial.number'})`,
    { hint: 'Give a SIP address of the PBX, or configure dial.number for the trunk.' },
  );
}

function noExtensions(
  extension: string,
  rule: DialRule | null,
  context: RuleContext,
): DestinationError {
  const { department } = context;
  const cause =
    rule === null
      ? 'no template for extensions is configured (dial.extension)'
      : `this trunk cannot dial extensions (${rule.source})`;
  const configure = `configure ${keyToAdd(rule, context)}, such as "sip:{extension}@pbx.example.com"`;
  const ExtensionError = rule === null ? DestinationError : TrunkLimitError;
  if (department === null) {
    return new ExtensionError(`extension ${extension}: ${cause}`, {
      hint: `Give a phone number or a whole address such as sip:${extension}@pbx.example.com, or ${configure}.`,
    });
  }
  const owner = writePath(['departments', department.name]);
  return new ExtensionError(`${owner}, extension ${extension}: ${cause}`, {
    hint: `Give ${owner} a "number", or ${configure}.`,
  });
}

/** The key that would have this trunk dial extensions: `dial` counts only where nothing nearer does. */
function keyToAdd(rule: DialRule | null, { match, via, trunk }: RuleContext): string {
  if (rule?.source === 'dial.extension') return rule.source;
  const named = via?.kind === 'trunk' ? via.match.key : match.key;
  const key = named ?? (rule === null ? null : (trunk?.name ?? trunk?.id ?? trunk?.host ?? null));
  return writePath([...(key === null ? [] : ['trunks', key]), 'dial', 'extension']);
}
