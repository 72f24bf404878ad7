/** As much of XML 1.0 as a report needs: elements, attributes, text. */
import { escapeText } from '../../core/foreign-text.ts';

export interface Element {
  name: string;
  attributes?: Readonly<Record<string, string | number>>;
  /** Elements, or one text; a text is written in one piece, since blanks in it count. */
  content?: readonly Element[] | string;
}

/** @returns the document, declaration first and a line end last */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function write({ name, attributes = {}, content = [] }: Element, indent: string): string {
  const start = Object.entries(attributes).reduce(
    (tag, [key, value]) => `${tag} ${key}="${escapeXml(escapeText(String(value)))}"`,
    `${indent}<${name}`,
  );
  if (content.length === 0) return `${start}/>\n`;
  if (typeof content === 'string') {
    const lines = content.split('\n').map((line) => escapeXml(escapeText(line)));
    return `${start}>${lines.join('\n')}</${name}>\n`;
  }
  const inside = content.map((element) => write(element, `${indent}  `)).join('');
  return `${start}>\n${inside}${indent}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Markup, and what is no character of XML 1.0 (§2.2) in any writing, `&#1;` neither. Controls and
 * halves of surrogate pairs are visible text by now; two non-characters are left.
 */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
