/** A first config from a few answers: what the provider's preset knows becomes templates or a trunk. */
import { checkConfig } from '../../config/check-part.ts';
import { readCountry } from '../../config/countries.ts';
import type {
  DialTemplates,
  ProviderName,
  TransferConfig,
  TrunkConfig,
} from '../../config/types.ts';
import type { ConfigProblem } from '../../core/errors.ts';
import { proveConfig } from '../../destinations/prove-config.ts';
import { providerPresets, trunkDomain } from '../../destinations/providers.ts';
import { presetTemplate } from '../../destinations/template.ts';
import { type FirstAnswers, hasExtensions, leadsToExtension } from './init-answers.ts';

/**
 * Makes a config of answers that have no problems.
 *
 * With a trunk, the provider is a preset of that trunk. Without one it speaks for all trunks, so
 * its templates are written out under `dial`.
 */
export function draftConfig(answers: FirstAnswers): TransferConfig {
  const { country, provider, trunk, project, departments } = answers;
  // A PBX that is the provider is one machine with one domain, by whichever name it was given.
  const isPbx = hasExtensions(provider);
  const domain = answers.domain ?? (isPbx ? answers.pbx : null);
  const pbx = answers.pbx ?? (isPbx ? answers.domain : null);
  const dial: DialTemplates = {
    ...(trunk === null && numberTemplate(provider, domain)),
    ...(pbx !== null && { extension: `sip:{extension}@${pbx}` }),
  };
  const read = country === null ? null : readCountry(country);
  return {
    ...(read?.ok && { defaultCountry: read.code }),
    ...(Object.keys(dial).length > 0 && { dial }),
    ...(trunk !== null && { trunks: { [trunk]: trunkEntry(provider, domain) } }),
    ...(departments.length > 0 && {
      departments: Object.fromEntries(departments.map(({ name, to }) => [name, to])),
    }),
    ...(project !== null && { livekit: { project } }),
  };
}

function numberTemplate(
  provider: ProviderName | null,
  domain: string | null,
): Pick<DialTemplates, 'number'> | null {
  if (provider === null) return domain === null ? null : { number: `sip:{number}@${domain}` };
  const full = trunkDomain(provider, domain ?? undefined);
  const template = presetTemplate(provider, 'number', full);
  return { number: template?.replace('{domain}', () => full ?? '') ?? null };
}

function trunkEntry(provider: ProviderName | null, domain: string | null): TrunkConfig {
  if (provider !== null) return { provider, ...(domain !== null && { domain }) };
  return { dial: { number: `sip:{number}@${domain}` } };
}

/** What a config would do. */
export interface ConfigTrial {
  /** With the checker's own corrections; empty where there are problems. */
  config: TransferConfig;
  problems: ConfigProblem[];
  warnings: string[];
}

/**
 * Checks a config as the program will when it reads it, and tries its templates and where its
 * departments lead.
 * @param raw any value at all
 */
export function tryConfig(raw: unknown): ConfigTrial {
  const { config, problems } = checkConfig(raw);
  if (problems.length > 0) return { config, problems, warnings: [] };
  return { config, ...proveConfig(config) };
}

/**
 * Says which departments may be out of reach: extensions of a PBX, over a provider of phone numbers.
 * On a trunk of its own the preset says so itself.
 * @returns a sentence, or null
 */
export function reachWarning({ provider, trunk, pbx, departments }: FirstAnswers): string | null {
  if (provider === null || pbx === null || trunk !== null || hasExtensions(provider)) return null;
  const names = departments.filter(({ to }) => leadsToExtension(to)).map(({ name }) => name);
  if (names.length === 0) return null;
  const { title } = providerPresets[provider];
  return `${title} takes phone numbers; whether it reaches extensions at ${pbx} is not documented (${names.join(', ')}): make a test transfer, or give these departments a "number"`;
}
