/** Proves the templates of a config: filled with an ordinary destination they make legal addresses. */
import type { DialTemplates, TransferConfig, TrunkConfig } from '../config/types.ts';
import { checkUri } from './address/uri.ts';
import { trunkDomain } from './providers.ts';
import { presetTemplate } from './template.ts';
import { fillTemplate, type TemplateValues } from './template-part.ts';

export interface TemplateProblem {
  /** Dotted, as in `trunks.ST_abc.dial.number`. */
  path: string;
  message: string;
}

const SAMPLE: TemplateValues = {
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
    // That a domain is missing is told where the config is read.
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
  const filled = fillTemplate(template, { ...SAMPLE, domain }, path);
  const checked = checkUri(filled);
  if (checked.ok) return null;
  return { path, message: `makes ${filled}, no legal address: ${checked.message}` };
}
