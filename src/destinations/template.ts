/** Which template turns a number or an extension into a Refer-To, on a given trunk. */
import type { DialTemplates, ProviderName, TransferConfig, TrunkConfig } from '../config/types.ts';
import type { TrunkFacts } from './destination.ts';
import { providerPresets, trunkDomain } from './providers.ts';
import { type TrunkMatch, trunkKeyKind } from './trunks.ts';
import type { Via } from './via.ts';

export interface DialRule {
  /** null: this trunk cannot dial those. */
  template: string | null;
  /** Where the template stands: `trunks.ST_abc.dial.number`, `preset twilio`, `dial.extension`. */
  place: string;
  domain: string | null;
  warnings: string[];
}

/**
 * Chooses the template: `--via`, the trunk's own `dial`, the preset of its provider, the config's
 * `dial`, the preset of a provider merely recognised, and at last `tel:`. A recognised provider may
 * be the caller's own word: it chooses among our presets, with the domain of the config or the
 * preset's own, and the host that the caller named is never where a call goes.
 * @returns the rule, whose template is null where the config says that this trunk cannot dial
 *   those; null when nothing at all is configured (extensions only)
 */
export function chooseDialRule(
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
  if (ownTemplate !== undefined) return ruleOf(ownTemplate, `trunks.${key}.dial.${kind}`, domain);
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
  return { ...rule, warnings: [unknownFormWarning(recognised, key)] };
}

function ruleOf(template: string | null, place: string, domain: string | null): DialRule {
  return { template, place, domain, warnings: [] };
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

function unknownFormWarning(recognised: ProviderName | null, key: string | null): string {
  if (recognised === null) {
    return "the address form of this trunk is not known: set dial.number, best to sip:{number}@ the provider's own trunk domain";
  }
  const { title } = providerPresets[recognised];
  const said =
    key === null
      ? `the config says nothing of the trunk: give it "provider": "${recognised}" under "trunks"`
      : `the config names no provider of the trunk: add "provider": "${recognised}" to trunks.${key}`;
  return `this looks like ${title}, and ${said}`;
}
