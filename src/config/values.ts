/** Templates with `{placeholders}`: how a destination becomes a Refer-To, and header values. */
import { nearestNames } from '../core/text.ts';
import { alternatives, quoted } from './text.ts';

export const PLACEHOLDERS = [
  'number',
  'digits',
  'extension',
  'domain',
  'department',
  'trunkNumber',
  'callerNumber',
] as const;

export type TemplateKind = 'number' | 'extension' | 'header';

/** What each kind cannot know: a number has no extension, an extension no number. */
const FOREIGN: Record<TemplateKind, readonly string[]> = {
  number: ['extension'],
  extension: ['number', 'digits'],
  header: [],
};

/** The placeholders of a template, in order. Braces around anything but a word are plain text. */
export function placeholdersIn(template: string): string[] {
  return [...template.matchAll(/\{([\w-]+)\}/g)].map((match) => match[1] as string);
}

/** Says what is wrong with a header value as a template. */
export function headerTemplateProblems(template: string): string[] {
  return placeholderProblems('header', template);
}

/** Says what is wrong with a dial template; an empty list when it is fine. */
export function dialTemplateProblems(kind: 'number' | 'extension', template: string): string[] {
  const problems = placeholderProblems(kind, template);
  const used = placeholdersIn(template);
  if (!/^(?:sips?|tel):./.test(template))
    problems.push('expected it to start with sip:, sips: or tel:');
  if (kind === 'number' && !used.includes('number') && !used.includes('digits')) {
    problems.push('expected {number} or {digits} in it');
  }
  if (kind === 'extension' && !used.includes('extension'))
    problems.push('expected {extension} in it');
  if (/[\s<>"]/.test(template))
    problems.push('expected the bare address, without blanks, <, > or "');
  if (/[{}]/.test(template.replace(/\{[\w-]+\}/g, '')))
    problems.push('has a { or } that stands alone');
  // LiveKit writes tel URIs without <>, where parameters would become the header's own.
  if (template.startsWith('tel:') && template.includes(';')) {
    problems.push('a tel: address cannot carry parameters here; use a sip: one');
  }
  return problems;
}

function placeholderProblems(kind: TemplateKind, template: string): string[] {
  const known = PLACEHOLDERS.filter((name) => !FOREIGN[kind].includes(name));
  return placeholdersIn(template)
    .filter((name) => !(known as string[]).includes(name))
    .map((name) => {
      if (FOREIGN[kind].includes(name)) return `{${name}} cannot be used in the ${kind} template`;
      const near = nearestNames(name, known, 1).map((guess) => `; did you mean {${guess}}?`);
      const list = alternatives(known.map((word) => `{${word}}`));
      return `unknown placeholder ${quoted(`{${name}}`)}${near.join('') || `; expected ${list}`}`;
    });
}
