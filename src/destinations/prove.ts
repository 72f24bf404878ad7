/**
 * Proves what can be proved of a config without a server: that its templates make legal addresses,
 * and that every department leads somewhere, on every trunk that it names.
 */
import type { DialTemplates, TransferConfig, TrunkConfig } from '../config/types.ts';
import { type ConfigProblem, isKnownError, type KnownError } from '../core/errors.ts';
import { parsePhone } from './address/phone.ts';
import { checkUri } from './address/uri.ts';
import { CallNeededError, TrunkLimitError, withConfigPath } from './destination.ts';
import { trunkDomain } from './providers.ts';
import { type Department, findDepartment, listDepartments } from './reading.ts';
import { resolveOnEveryTrunk, type TrunkResolution } from './resolve.ts';
import { fillTemplate, presetTemplate, type TemplateValues } from './template.ts';

interface Proof {
  /** Departments that lead nowhere, or where they may not. */
  problems: ConfigProblem[];
  /** What is worth knowing and wrong nowhere, each with its path. */
  warnings: string[];
}

/** Proves a config that the schema has passed: its templates, then its departments. */
export function proveConfig(config: TransferConfig): Proof {
  const { problems, warnings } = proveDepartments(config);
  return { problems: [...findTemplateProblems(config), ...problems], warnings };
}

// Departments.

/** Resolves all departments of a config, as it was checked, on all of its trunks and the others. */
export function proveDepartments(config: TransferConfig): Proof {
  const proofs = listDepartments(config).map(({ name }) => proveDepartment(name, config));
  return {
    problems: proofs.flatMap(({ problems }) => problems),
    warnings: proofs.flatMap(({ warnings }) => warnings),
  };
}

/**
 * Proves a department on every trunk. That it leads nowhere, or may not be called, is wrong; only
 * where the config says itself that a trunk cannot dial it, that is worth knowing and no more.
 * @param name as the config spells it
 */
export function proveDepartment(name: string, config: TransferConfig): Proof {
  const path = `departments.${name}`;
  const department = findDepartment(config, name);
  const problems = department === null ? [] : numberProblems(department, config);
  const warnings: string[] = [];
  const reportedForAll = new Set(problems.map(({ message }) => message));
  const resolutions = resolveOnEveryTrunk(`department:${name}`, config);
  for (const { trunk, destination, failure } of resolutions) {
    // The config says so once, and every department would say it again.
    const known = trunk === null ? undefined : config.trunks?.[trunk];
    if (known?.refer === false || known?.method === 'bridge') continue;
    const where = trunk === null ? path : `${path} on trunk ${trunk}`;
    for (const warning of destination?.warnings ?? []) {
      if (reportedForAll.has(warning)) continue;
      if (trunk === null) reportedForAll.add(warning);
      warnings.push(`${where}: ${warning}`);
    }
    if (failure === null) continue;
    const { hint } = failure;
    const message = withoutDepartment(failure.message, name);
    if (isExpected(failure, trunk)) {
      warnings.push(`${where}: ${message}`);
      continue;
    }
    if (reportedForAll.has(message)) continue;
    // Some problems name their path themselves.
    const namesPath = message.startsWith(path);
    if (trunk === null || namesPath) reportedForAll.add(message);
    problems.push({
      path: namesPath ? '' : where,
      message,
      ...(hint !== undefined && { hint }),
    });
  }
  if (department !== null) {
    warnings.push(
      ...shadowedExtensions(department),
      ...repeatedFallbacks(department, resolutions, config),
    );
  }
  return { problems, warnings };
}

/** Not where it is so on every trunk that the config does not name: then it leads nowhere. */
function isExpected(failure: KnownError, trunk: string | null): boolean {
  if (failure instanceof CallNeededError) return true;
  return failure instanceof TrunkLimitError && trunk !== null;
}

/** The other number is read although no trunk may need it yet: then it would be too late. */
function numberProblems(department: Department, config: TransferConfig): ConfigProblem[] {
  const { name, number, country = config.defaultCountry ?? null } = department;
  if (number === undefined) return [];
  try {
    withConfigPath(`departments.${name}.number`, () => parsePhone(number, country));
    return [];
  } catch (error) {
    if (!isKnownError(error)) throw error;
    const { message, hint } = error;
    return [{ path: '', message, ...(hint !== undefined && { hint }) }];
  }
}

/** A message that begins with the department it is about, for where that is said already. */
export function withoutDepartment(message: string, name: string): string {
  const start = `departments.${name}, `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}

/** Names are read before extensions: one that looks like an extension takes its place. */
function shadowedExtensions({ name, to, aliases = [] }: Department): string[] {
  return [name, ...aliases]
    .map((word) => word.trim())
    .filter((word) => /^\d{2,6}$/.test(word) && to.replace(/^extension:/i, '').trim() !== word)
    .map(
      (word) =>
        `departments.${name}: "${word}" now means this department, not the extension ${word}. Write the extension as extension:${word}`,
    );
}

/** A fallback that leads where an earlier target has led already is not worth the caller's wait. */
function repeatedFallbacks(
  { name, fallback = [] }: Department,
  own: readonly TrunkResolution[],
  config: TransferConfig,
): string[] {
  const chain = [
    { name, onTrunks: own },
    ...fallback.map((each) => ({
      name: each,
      onTrunks: resolveOnEveryTrunk(`department:${each}`, config),
    })),
  ];
  return chain.flatMap((later, index) => {
    for (const earlier of chain.slice(0, index)) {
      const same = later.onTrunks.find(
        ({ destination }, trunk) =>
          destination !== null &&
          destination.referTo === earlier.onTrunks[trunk]?.destination?.referTo,
      );
      if (same === undefined) continue;
      const where = same.trunk === null ? '' : ` on trunk ${same.trunk}`;
      return [
        `departments.${name}.fallback${where}: "${later.name}" has the same address as "${earlier.name}" (${same.destination?.referTo}), so it would try the same target again`,
      ];
    }
    return [];
  });
}

// Templates: filled with an ordinary destination they make legal addresses.

interface TemplateProblem {
  /** Dotted, as in `trunks.ST_abc.dial.number`. */
  path: string;
  message: string;
}

const SAMPLE_VALUES: TemplateValues = {
  number: '+15105550100',
  digits: '15105550100',
  extension: '100',
  domain: null,
  department: 'sales',
  trunkNumber: '+15550001111',
  callerNumber: '+15105550142',
};

/**
 * Finds the templates that make no legal address, whatever they are filled with; and the domains of
 * trunks that make none of a preset.
 */
export function findTemplateProblems({ dial, trunks }: TransferConfig): TemplateProblem[] {
  const entries = Object.entries(trunks ?? {});
  // The general templates are filled for whichever trunk it is: one with a domain will do.
  const someDomain = entries.find(([, { domain }]) => domain !== undefined)?.[1].domain ?? null;
  return [
    ...problemsOf('dial', dial, someDomain),
    ...entries.flatMap(([key, { dial: own, provider, domain }]) =>
      problemsOf(
        `trunks.${key}.dial`,
        own,
        provider === undefined ? (domain ?? null) : trunkDomain(provider, domain),
      ),
    ),
    ...entries.flatMap(([key, trunk]) => domainProblems(`trunks.${key}.domain`, trunk)),
  ];
}

function problemsOf(
  path: string,
  dial: DialTemplates | undefined,
  domain: string | null,
): TemplateProblem[] {
  const templates = Object.entries(dial ?? {}) as [keyof DialTemplates, string | null][];
  return templates.flatMap(([kind, template]) => {
    // That a domain is missing is reported where the config is read.
    if (template === null || (domain === null && template.includes('{domain}'))) return [];
    return problemOf(`${path}.${kind}`, template, domain) ?? [];
  });
}

/** Of the domain alone: the preset's own templates are sound. */
function domainProblems(path: string, { provider, domain, dial }: TrunkConfig): TemplateProblem[] {
  if (provider === undefined || domain === undefined) return [];
  const full = trunkDomain(provider, domain);
  const [problem] = (['number', 'extension'] as const)
    .filter((kind) => dial?.[kind] === undefined)
    .map((kind) => presetTemplate(provider, kind, full))
    .flatMap((template) => (template === null ? [] : (problemOf(path, template, full) ?? [])));
  return problem === undefined ? [] : [problem];
}

function problemOf(path: string, template: string, domain: string | null): TemplateProblem | null {
  const filled = fillTemplate(template, { ...SAMPLE_VALUES, domain }, path);
  const checked = checkUri(filled);
  if (checked.ok) return null;
  return { path, message: `makes ${filled}, which is not a legal address: ${checked.message}` };
}
