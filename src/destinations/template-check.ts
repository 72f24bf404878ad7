/** Proves the templates of a config: filled with an ordinary destination they make legal addresses. */
import type { DialTemplates, TransferConfig } from '../config/types.ts';
import { trunkDomain } from './providers.ts';
import { fillTemplate, type TemplateValues } from './template.ts';
import { checkUri } from './uri.ts';

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

/** Finds the templates that make no legal address, whatever they are filled with. */
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
    const place = `${path}.${kind}`;
    const filled = fillTemplate(template, { ...SAMPLE, domain }, place);
    const checked = checkUri(filled);
    if (checked.ok) return [];
    return [{ path: place, message: `makes ${filled}, no legal address: ${checked.message}` }];
  });
}
