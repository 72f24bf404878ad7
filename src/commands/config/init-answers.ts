/** The answers that a first config is made of, and what is wrong with them. */
import { checkConfig } from '../../config/check.ts';
import type {
  DialTemplates,
  ProviderName,
  TransferConfig,
  TrunkConfig,
} from '../../config/types.ts';
import { readCountry } from '../../config/values.ts';
import { checkUri } from '../../destinations/address/uri.ts';
import { trunkKeyKind } from '../../destinations/destination.ts';
import { leadsToExtension } from '../../destinations/on-trunks.ts';
import { type Proof, proveConfig } from '../../destinations/prove.ts';
import { isHostOfOthers, providerPresets, trunkDomain } from '../../destinations/providers.ts';
import { presetTemplate } from '../../destinations/template.ts';

/** What a first config is made of; null where nothing was said. */
export interface FirstAnswers {
  country: string | null;
  provider: ProviderName | null;
  /** The trunk's own domain at the provider, or its first part where the preset completes it. */
  domain: string | null;
  /** A key of `trunks`: the provider and domain are said of this trunk alone. */
  trunk: string | null;
  /** Domain of the PBX that has the extensions. */
  pbx: string | null;
  /** A project of the lk CLI. */
  project: string | null;
  departments: readonly FirstDepartment[];
}

export interface FirstDepartment {
  name: string;
  to: string;
}

/** Something wrong with an answer, or missing in its place. */
export interface AnswerProblem {
  answer: keyof FirstAnswers;
  message: string;
}

/** Finds what is wrong with the answers themselves, before a config is made of them. */
export function answerProblems(answers: FirstAnswers): AnswerProblem[] {
  const { country, provider, domain, trunk, pbx, departments } = answers;
  const problems: AnswerProblem[] = [];
  const find = (answer: keyof FirstAnswers, message: string | null) => {
    if (message !== null) problems.push({ answer, message });
  };
  if (country !== null) {
    const read = readCountry(country);
    find('country', read.ok ? null : read.problem);
  }
  find('provider', providerProblem(answers));
  find('trunk', trunkProblem(answers));
  if (domain !== null) {
    // Without a preset nothing completes it.
    const isPart = provider === null && !/[.[:]/.test(domain);
    const part = `"${domain}" is only part of a domain: give the whole domain, or name the provider`;
    find('domain', isPart ? part : hostProblem(wholeDomain(provider, domain)));
  } else if (provider !== null && needsDomain(answers)) {
    find('domain', `${providerPresets[provider].title} needs the domain of the trunk there`);
  }
  find('pbx', pbx === null ? missingPbx(answers) : hostProblem(pbx));
  if (trunk?.trim() === '') find('trunk', 'expected a trunk id, a SIP host or the name of a trunk');
  const names = departments.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  find('departments', twice === undefined ? null : `"${twice}" is there twice`);
  return problems;
}

/** Plivo's first parts are numbers, which only the rest makes hosts of. */
function wholeDomain(provider: ProviderName | null, domain: string): string {
  if (provider === null || !/^[a-z0-9-]+(?::\d|;|$)/i.test(domain)) return domain;
  return trunkDomain(provider, domain) ?? domain;
}

function providerProblem({ provider, domain, trunk }: FirstAnswers): string | null {
  if (trunk === null || provider !== null || domain !== null) return null;
  return `nothing is said about the trunk "${trunk}": name its provider, or its domain`;
}

function trunkProblem({ provider, domain, trunk, pbx }: FirstAnswers): string | null {
  if (trunk !== null && trunkKeyKind(trunk) === 'host') {
    const isForeign = provider !== null && isHostOfOthers(provider, trunk);
    if ((trunk === pbx && domain !== pbx) || isForeign) {
      const whose = provider === null ? 'the provider' : providerPresets[provider].title;
      return `"${trunk}" is no host of ${whose}: give the name or the id of the trunk in LiveKit`;
    }
  }
  if (provider === null || trunk !== null || providerPresets[provider].refer) return null;
  const { title } = providerPresets[provider];
  return `${title} have no REFER: name the trunk that this is true of`;
}

function missingPbx({ provider, domain, departments }: FirstAnswers): string | null {
  if (hasExtensions(provider) && domain !== null) return null;
  const one = departments.find(({ to }) => leadsToExtension(to));
  if (one === undefined) return null;
  return `"${one.name}" leads to the extension ${one.to}, and no PBX is named. Name the PBX, or give the whole address, such as sip:100@pbx.company.com`;
}

/** Whether the preset has no form for a trunk without its domain. */
function needsDomain({ provider, pbx }: FirstAnswers): boolean {
  if (provider === null || !providerPresets[provider].refer) return false;
  if (hasExtensions(provider) && pbx !== null) return false;
  const { defaultDomain, dialWithoutDomain } = providerPresets[provider];
  return defaultDomain === null && dialWithoutDomain === null;
}

/** Says what is wrong with a text as the host of SIP addresses; a port and parameters may follow. */
function hostProblem(text: string): string | null {
  const web = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (web !== undefined) {
    const host = text.slice(web.length).replace(/[/?#].*$/, '');
    return `"${text}" is a web address: write it without ${web}${host === '' ? '' : `, as ${host}`}`;
  }
  const checked = checkUri(`sip:${text}`);
  if (!checked.ok) return `"${text}" is not a host: ${checked.message}`;
  return checked.user === null && checked.headers === null
    ? null
    : `"${text}" is a whole address: give only its host`;
}

/** The provider is a PBX, which has extensions of its own. */
export function hasExtensions(provider: ProviderName | null): boolean {
  return provider !== null && providerPresets[provider].dial.extension !== null;
}

// A first config from a few answers: what the provider's preset knows becomes templates or a trunk.

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
  if (provider !== null) {
    const isBridged = !providerPresets[provider].refer;
    return {
      provider,
      ...(domain !== null && { domain }),
      ...(isBridged && { method: 'bridge' as const }),
    };
  }
  return { dial: { number: `sip:{number}@${domain}` } };
}

/** What a config would do. */
export interface ConfigTrial extends Proof {
  /** With the checker's own corrections; empty where there are problems. */
  config: TransferConfig;
}

/**
 * Checks a config as the program will when it reads it, and tries its templates and where its
 * departments lead.
 * @param raw any value at all
 */
export function tryConfig(raw: unknown): ConfigTrial {
  const { config, problems } = checkConfig(raw);
  return problems.length > 0
    ? { config, ...proveConfig({}), problems }
    : { config, ...proveConfig(config) };
}

/**
 * Says in a clause what was proved of the departments of a valid config: `2 departments; support does
 * not resolve on Telnyx UK`.
 * @param count of its departments
 */
export function verdictOf(count: number, proof: Proof): string {
  const doubts = doubtsOf(proof);
  const departments = count === 1 ? '1 department' : `${count} departments`;
  if (doubts.length === 0) return `${departments} ${count === 1 ? 'resolves' : 'resolve'}`;
  return [departments, ...doubts].join('; ');
}

/** What is doubtful in a valid config, a clause each. */
export function doubtsOf({ unresolved, doubtful, moveless }: Proof): string[] {
  const trunksOf = new Map<string, string[]>();
  for (const { department, trunkKey } of unresolved) {
    trunksOf.set(department, [...(trunksOf.get(department) ?? []), trunkKey]);
  }
  return [
    ...[...trunksOf].map(([name, trunks]) => `${name} does not resolve on ${trunks.join(', ')}`),
    ...(doubtful.length === 0 ? [] : [`check the phone number of ${doubtful.join(', ')}`]),
    ...moveless.map((trunk) => `transfers on ${trunk} are refused without a bridge`),
  ];
}
