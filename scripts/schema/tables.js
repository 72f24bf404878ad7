// What docs/json.md and docs/json/fields.md say of every document, from their JSON Schema.
import { REF } from './output-schema.js';

/** @typedef {import('./output-schema.js').Node} Node */
/** @typedef {Readonly<Record<string, Node>>} Definitions */

/** @param {string} name of a definition: types have capitals */
const isDocument = (name) => name === name.toLowerCase();

/**
 * Fills the list of documents in, in the place that the page has for it.
 * @param {string} page
 * @param {import('./output-schema.js').OutputSchema} schema
 * @returns {string}
 */
export function withDocuments(page, { definitions }) {
  const rows = Object.entries(definitions)
    .filter(([name]) => isDocument(name))
    .map(([name, { description }]) => `| [${name}](json/fields.md#${name}) | ${description} |\n`);
  return page.replace(
    /(<!-- documents: .* -->\n)[\s\S]*?(<!-- \/documents -->)/,
    (_, start, end) => `${start}\n| name | what it is |\n|---|---|\n${rows.join('')}\n${end}`,
  );
}

const HEAD = `# The fields of the JSON output

Made by \`npm run schema\` from the types in the sources. [JSON reference](../json.md) says when each
document is printed, and what stays. A field of which nothing else is said is always there.
`;

/**
 * The whole page.
 * @param {import('./output-schema.js').OutputSchema} schema
 * @returns {string}
 */
export function fieldsPage({ definitions }) {
  const all = Object.entries(definitions);
  const documents = all.filter(([name]) => isDocument(name));
  const types = all.filter(([name]) => !isDocument(name));
  return [
    HEAD,
    '## Documents and lines\n',
    ...documents.map(([name, node]) => `### ${name}\n\n${describe(node)}`),
    '## What they are made of\n',
    ...types.map(([name, node]) => `### ${name}\n\n${describe(node)}`),
  ].join('\n');
}

/** A definition in Markdown. @param {Node} node @returns {string} */
function describe(node) {
  const { description, items, anyOf, properties } = node;
  const about = description === undefined ? '' : `${paragraphs(description)}\n\n`;
  if (properties !== undefined) return `${about}${table(node)}`;
  if (items !== undefined) return `${about}A list of ${kindOf(items)}.\n`;
  const kinds = (anyOf ?? [node]).filter((each) => each.properties === undefined).map(kindOf);
  const tables = (anyOf ?? []).filter((each) => each.properties !== undefined).map(table);
  const one = kinds.length > 1 ? `One of ${kinds.join(', ')}.` : `It is ${kinds.join('')}.`;
  return `${about}${[...(kinds.length === 0 ? [] : [`${one}\n`]), ...tables].join('\n')}`;
}

/** A description, and below it what each word means. @param {string} text */
function paragraphs(text) {
  const lines = text.split('\n');
  const words = lines.filter((line) => line.startsWith('`') && lines.length > 1);
  const [about] = words.length === lines.length ? [] : lines;
  const list = words.map((line) => `- ${line}`).join('\n');
  return [about, list].filter((part) => part !== undefined && part !== '').join('\n\n');
}

/** @param {Node} node an object @returns {string} */
function table({ properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(([name, field]) => {
    const optional = required.includes(name) ? '' : ' (may be missing)';
    const text = (field.description ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|');
    return `| \`${name}\` | ${kindOf(field)}${optional} | ${text} |\n`;
  });
  return `| field | kind | what it says |\n|---|---|---|\n${rows.join('')}`;
}

/** What stands in the place of a value, in a few words. @param {Node} node @returns {string} */
function kindOf(node) {
  const { $ref, anyOf, items, type, enum: words, additionalProperties: values } = node;
  if ($ref !== undefined) {
    const name = $ref.slice(REF.length);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (anyOf !== undefined) return anyOf.map(kindOf).join(' or ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  const orNull = [type].flat().includes('null') ? ' or null' : '';
  if (items !== undefined) return `list of ${kindOf(items)}${orNull}`;
  if (node.properties !== undefined) {
    const fields = Object.entries(node.properties);
    const told = fields.map(([name, field]) => `\`${name}\` (${kindOf(field)})`);
    return `object of ${told.join(', ')}${orNull}`;
  }
  if (typeof values === 'object') return `object of ${kindOf(values)} by name${orNull}`;
  return [type].flat().join(' or ');
}
