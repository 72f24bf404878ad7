/**
 * Proves what can be proved of a config without a server: that its templates make legal addresses,
 * and that every department leads somewhere, on every trunk that it names.
 */
import { problemBelow, writePath } from '../config/json.ts';
import type { DialTemplates, TransferConfig, TrunkConfig } from '../config/types.ts';
import {
  type ConfigProblem,
  DestinationError,
  isKnownError,
  type KnownError,
} from '../core/errors.ts';
import { type Phone, parsePhone } from './address/phone.ts';
import { checkUri } from './address/uri.ts';
import { CallNeededError, withConfigPath } from './destination.ts';
import { resolveOnEveryTrunk, type TrunkResolution, warnOfReach } from './on-trunks.ts';
import { trunkDomain } from './providers.ts';
import {
  type Department,
  findDepartment,
  listDepartments,
  readTarget,
  shadowedExtensions,
  withoutDepartment,
} from './reading.ts';
import { movesNobody, warnOfMissingMethods } from './resolve.ts';
import { fillTemplate, presetTemplate, type TemplateValues } from './template.ts';

/** What was proved of a config. */
export interface Proof {
  /** Departments that lead nowhere, or where they may not. */
  problems: ConfigProblem[];
  /** What is doubtful, each with its path. */
  warnings: string[];
  /** What is worth knowing and doubtful nowhere, each with its path. */
  notes: string[];
  /** Departments that do not resolve on some of the trunks that the config names. */
  unresolved: UnresolvedDepartment[];
  /** Departments whose phone number may be mistyped. */
  doubtful: string[];
  /** Keys of trunks that have no REFER, and whose callers are not bridged either. */
  moveless: string[];
}

type DepartmentProof = Omit<Proof, 'moveless'>;

/** A department, and a trunk that it does not resolve on. */
export interface UnresolvedDepartment {
  /** Its name. */
  department: string;
  /** Key of the trunk in the config. */
  trunkKey: string;
}

/** Proves a config that the schema has passed: its templates, then its departments. */
export function proveConfig(config: TransferConfig): Proof {
  const proof = proveDepartments(config);
  return {
    ...proof,
    problems: [...findTemplateProblems(config), ...proof.problems],
    moveless: Object.keys(config.trunks ?? {}).filter((key) => movesNobody(config, key)),
    warnings: [...warnOfMissingMethods(config), ...warnOfReach(config), ...proof.warnings],
  };
}

// Departments.

/** Resolves all departments of a config, as it was checked, on all of its trunks and the others. */
export function proveDepartments(config: TransferConfig): DepartmentProof {
  const proofs = listDepartments(config).map(({ name }) => proveDepartment(name, config));
  return {
    problems: proofs.flatMap(({ problems }) => problems),
    warnings: proofs.flatMap(({ warnings }) => warnings),
    notes: proofs.flatMap(({ notes }) => notes),
    unresolved: proofs.flatMap(({ unresolved }) => unresolved),
    doubtful: proofs.flatMap(({ doubtful }) => doubtful),
  };
}

/** What stands for the trunks that the config does not name, where it names some. */
const ANY_OTHER = 'any trunk that the config does not name';

/**
 * Proves a department on every trunk. That it resolves on no trunk that the config names, or may not be
 * called, is wrong; where it resolves on some of them, the others are worth a warning. Of trunks that
 * nobody has named there is a note, unless there are only those.
 * @param name as the config spells it
 */
export function proveDepartment(name: string, config: TransferConfig): DepartmentProof {
  const path = writePath(['departments', name]);
  const department = findDepartment(config, name);
  const numberFailure = department === null ? null : readNumber(department, config);
  const problems =
    numberFailure === null ? [] : [problemBelow(path, numberFailure.message, numberFailure.hint)];
  const phones = department === null ? [] : phonesOf(department, config);
  const [warnings, notes, unresolved]: [string[], string[], UnresolvedDepartment[]] = [[], [], []];
  const reportedForAll = new Set(numberFailure === null ? [] : [numberFailure.message]);
  const all = resolveOnEveryTrunk(`department:${name}`, config);
  const resolutions = all.filter(({ trunk }) => trunk === null || !movesNobody(config, trunk));
  const named = resolutions.filter(({ trunk }) => trunk !== null);
  const leadsSomewhere = named.some(({ failure }) => failure === null || isOfCall(failure));
  for (const { trunk, destination, failure } of resolutions) {
    const isOther = trunk === null && named.length > 0;
    const where = trunk === null ? path : `${path} on trunk ${trunk}`;
    for (const warning of destination?.warnings ?? []) {
      if (reportedForAll.has(warning)) continue;
      const isSaidByOthers = named.some((each) => each.destination?.warnings.includes(warning));
      if (isOther && !isSaidByOthers) {
        notes.push(`${path} on ${ANY_OTHER}: ${warning}`);
        continue;
      }
      if (trunk === null) reportedForAll.add(warning);
      warnings.push(`${where}: ${warning}`);
    }
    if (failure === null) continue;
    const { hint } = failure;
    const message = withoutDepartment(failure.message, name);
    if (isOfCall(failure)) {
      warnings.push(`${where}: ${message}`);
      continue;
    }
    const isOfTrunk = failure instanceof DestinationError;
    if (leadsSomewhere && isOfTrunk && trunk !== null) {
      unresolved.push({ department: name, trunkKey: trunk });
      warnings.push(`${where}: ${message}`);
      continue;
    }
    if (isOther && isOfTrunk) {
      if (leadsSomewhere) notes.push(`${path} on ${ANY_OTHER}: ${message}`);
      if (leadsSomewhere || !all.some((each) => each.failure?.message === failure.message))
        continue;
    }
    if (reportedForAll.has(message)) continue;
    // Some problems name their path themselves.
    const namesPath = message.startsWith(path);
    if (trunk === null || namesPath) reportedForAll.add(message);
    problems.push(problemBelow(path, namesPath ? message : `${where}: ${message}`, hint));
  }
  if (department !== null) {
    warnings.push(...shadowedExtensions(department), ...repeatedFallbacks(department, all, config));
    notes.push(...foreignNumbers(department, phones, config));
  }
  const doubtful = phones.every(({ isInUse }) => isInUse) ? [] : [name];
  return { problems, warnings, notes, unresolved, doubtful };
}

/** Only a call tells. */
function isOfCall(failure: KnownError): boolean {
  return failure instanceof CallNeededError;
}

/** The phone numbers of a department that can be read. */
function phonesOf({ to, number, country }: Department, config: TransferConfig): Phone[] {
  const read = (text: string): Phone[] => {
    try {
      const target = readTarget(text);
      if (target.kind !== 'number') return [];
      return [parsePhone(target.text, country ?? config.defaultCountry ?? null)];
    } catch (error) {
      if (!isKnownError(error)) throw error;
      return [];
    }
  };
  return [to, ...(number === undefined ? [] : [number])].flatMap(read);
}

/** A number abroad may be meant, and may be one with a wrong country code. */
function foreignNumbers(
  department: Department,
  phones: readonly Phone[],
  config: TransferConfig,
): string[] {
  const own = (department.country ?? config.defaultCountry)?.toUpperCase();
  if (own === undefined) return [];
  return phones
    .filter(({ country }) => country !== null && country !== own)
    .map(
      ({ e164, country }) =>
        `${writePath(['departments', department.name])}: ${e164} is a number in ${country}, and the default country is ${own}`,
    );
}

/**
 * The other number is read although no trunk may need it yet: then it would be too late.
 * @returns what is wrong with it, if anything
 */
function readNumber(department: Department, config: TransferConfig): KnownError | null {
  const { name, number, country = config.defaultCountry ?? null } = department;
  if (number === undefined) return null;
  try {
    withConfigPath(writePath(['departments', name, 'number']), () => parsePhone(number, country));
    return null;
  } catch (error) {
    if (isKnownError(error)) return error;
    throw error;
  }
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
        `${writePath(['departments', name, 'fallback'])}${where}: "${later.name}" has the same address as "${earlier.name}" (${same.destination?.referTo}), so it would try the same target again`,
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
        writePath(['trunks', key, 'dial']),
        own,
        provider === undefined ? (domain ?? null) : trunkDomain(provider, domain),
      ),
    ),
    ...entries.flatMap(([key, trunk]) =>
      domainProblems(writePath(['trunks', key, 'domain']), trunk),
    ),
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
