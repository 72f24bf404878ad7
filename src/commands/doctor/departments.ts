/** Where each department leads, on every trunk. */
import type { TransferConfig } from '../../config/types.ts';
import { isKnownError } from '../../core/errors.ts';
import { shellWord } from '../../core/text.ts';
import type { OurNumber } from '../../destinations/destination.ts';
import { findTemplateProblems, proveDepartment } from '../../destinations/prove.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { resolveDestination, resolveOnEveryTrunk } from '../../destinations/resolve.ts';
import { type CheckResult, check, namedCheck } from './check.ts';

/** Whether the templates of a config make addresses at all. */
export function checkTemplates(config: TransferConfig): CheckResult {
  const problems = findTemplateProblems(config);
  return problems.length === 0
    ? check('templates', 'ok', 'every one that the config has makes legal addresses')
    : check('templates', 'failed', 'some of the config make no legal address', {
        notes: problems.map(({ path, message }) => `${path}: ${message}`),
        hint: 'Correct them in the config; `lk-transfer config check` proves it without a server.',
        exitCode: 2,
      });
}

/**
 * One check a department, judged as `config check` judges it.
 * @param ours the numbers of LiveKit's inbound trunks: a target among them leads back to an agent
 */
export function checkDepartments(
  config: TransferConfig,
  ours: readonly OurNumber[] = [],
): CheckResult[] {
  const departments = listDepartments(config);
  if (departments.length === 0) return [check('departments', 'skipped', 'the config names none')];
  return departments.map(({ name }) => {
    const subject = { id: `department:${name}`, title: `Department ${name}` };
    const { problems, warnings: proven } = proveDepartment(name, config);
    const warnings = problems.length > 0 ? proven : [...proven, ...loops(name, config, ours)];
    const place = `departments.${name}`;
    const notes = [
      ...problems.map(({ path, message }) =>
        inPlace(path === '' ? message : `${path}: ${message}`),
      ),
      ...warnings.map(inPlace),
    ];
    if (problems.length > 0) {
      return namedCheck(subject, 'failed', 'leads nowhere, or where it may not', {
        notes,
        hint: `Correct ${place} in the config; \`lk-transfer config check\` proves it without a server.`,
        exitCode: 2,
      });
    }
    return namedCheck(subject, warnings.length > 0 ? 'warning' : 'ok', addresses(name, config), {
      notes,
      hint: warnings.length > 0 ? hintFor(name, warnings) : null,
    });

    /** The check has the department's name already. */
    function inPlace(text: string): string {
      if (text.startsWith(`${place}: `)) return text.slice(place.length + 2);
      return text.startsWith(`${place} on `) ? text.slice(place.length + 1) : text;
    }
  });
}

/** What is only known with the numbers of our own, which no config has. */
function loops(name: string, config: TransferConfig, ours: readonly OurNumber[]): string[] {
  if (ours.length === 0) return [];
  const warningsWith = (ourNumbers: readonly OurNumber[]) => {
    try {
      return resolveDestination(`department:${name}`, config, {
        ...{ id: null, name: null, host: null, provider: null, direction: null },
        ...{ trunkNumber: null, callerNumber: null, ourNumbers },
      }).warnings;
    } catch (error) {
      // A template that waits for a call has no address yet.
      if (!isKnownError(error)) throw error;
      return [];
    }
  };
  const without = warningsWith([]);
  return warningsWith(ours).filter((warning) => !without.includes(warning));
}

/** Every address it has, and on how many trunks that is so. */
function addresses(name: string, config: TransferConfig): string {
  const found = resolveOnEveryTrunk(`department:${name}`, config).flatMap(({ destination }) =>
    destination === null ? [] : [destination.referTo],
  );
  return [...new Set(found)].join(' or, by trunk, ') || 'an address that each call decides';
}

/** What to do where a trunk has a way of its own, or none. */
function hintFor(name: string, warnings: readonly string[]): string | null {
  if (!warnings.some((warning) => warning.includes(' on trunk '))) return null;
  const see = `See \`lk-transfer resolve ${shellWord(`department:${name}`)} --all-trunks\`.`;
  return warnings.some((warning) => /cannot dial|reach no extensions/.test(warning))
    ? `${see} A "number" in departments.${name} serves trunks that cannot dial the rest.`
    : see;
}
