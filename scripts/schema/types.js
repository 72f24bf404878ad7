// The types of a config, from its JSON Schema. They are written out, and not inferred, since the
// library shows them: inferred ones would need valibot wherever the package is used, and would
// show neither names nor descriptions.

/**
 * @typedef {object} Node the part of JSON Schema that a config uses
 * @property {string} [description]
 * @property {string | string[]} [type]
 * @property {string[]} [enum]
 * @property {string[]} [required]
 * @property {Record<string, Node>} [properties]
 * @property {Node | boolean} [additionalProperties]
 * @property {Node} [items]
 * @property {Node[]} [anyOf]
 */

/** How every object and choice of words is declared, by its path; `*` stands for a name or element. */
const DECLARATIONS = new Map([
  ['', 'export interface TransferConfig'],
  ['dial', 'export interface DialTemplates'],
  ['trunks.*', 'export interface TrunkConfig'],
  ['trunks.*.provider', 'export type ProviderName ='],
  ['trunks.*.method', 'export type MoveMethod ='],
  ['trunks.*.bridge', 'export interface BridgePlace'],
  ['trunks.*.bridge.callerId', 'type BridgeCallerId ='],
  ['trunks.*.dial', 'export interface DialTemplates'],
  ['departments.*', 'export interface DepartmentConfig'],
  ['departments.*.dialtone', 'export type Dialtone ='],
  ['departments.*.bridge', 'export interface BridgePlace'],
  ['departments.*.bridge.callerId', 'type BridgeCallerId ='],
  ['bridge', 'export interface BridgeConfig'],
  ['bridge.callerId', 'type BridgeCallerId ='],
  ['rescue', 'export interface RescueConfig'],
  ['transfer', 'interface TransferDefaults'],
  ['transfer.dialtone', 'export type Dialtone ='],
  ['policy', 'export interface PolicyConfig'],
  ['policy.premium.*', 'export type PremiumKind ='],
  ['history', 'interface HistoryConfig'],
  ['completion', 'interface CompletionConfig'],
  ['livekit', 'interface LivekitConfig'],
  ['smoke.*', 'export interface SmokeTestConfig'],
  ['smoke.*.method', 'type SmokeTestMethod ='],
  ['smoke.*.expect', 'type SmokeExpectation ='],
]);

/** As the formatter has it. */
const LINE_LENGTH = 100;

const HEAD = `/**
 * What a config file may say, already checked by the schema; nothing in it has been merged with
 * flags, environment or defaults yet. Made from schema.ts by \`npm run schema\`: edit that.
 */
`;

/**
 * Writes the types of a config, in the order in which they need each other.
 * @param {Node} schema of a whole config
 * @returns {string} a TypeScript file, as the formatter leaves it
 * @throws Error when an object or a choice of words has no name here
 */
export function configTypesText(schema) {
  /** The text of each, by how it is declared. @type {Map<string, string>} */
  const declared = new Map();

  /** @param {Node} node @param {string} path @returns {string} */
  const typeOf = (node, path) => {
    if (node.anyOf !== undefined) return node.anyOf.map((each) => typeOf(each, path)).join(' | ');
    const below = (/** @type {string} */ key) => (path === '' ? key : `${path}.${key}`);
    if (node.items !== undefined) return `${typeOf(node.items, below('*'))}[]`;
    if (typeof node.additionalProperties === 'object') {
      return `Record<string, ${typeOf(node.additionalProperties, below('*'))}>`;
    }
    if (node.enum !== undefined) {
      const words = node.enum.map((word) => `'${word}'`);
      const line = ` ${words.join(' | ')};`;
      const fits = (DECLARATIONS.get(path) ?? '').length + line.length <= LINE_LENGTH;
      return declare(path, fits ? line : `${words.map((word) => `\n  | ${word}`).join('')};`);
    }
    if (node.properties === undefined) {
      return [node.type].flat().join(' | ').replace('integer', 'number');
    }
    const members = Object.entries(node.properties).map(([key, member]) => {
      const type = typeOf(member, below(key));
      const line = node.required?.includes(key)
        ? `${key}: ${type}`
        : `${key}?: ${type} | undefined`;
      return `  /** ${member.description} */\n  ${line};\n`;
    });
    return declare(path, ` {\n${members.join('')}}`);
  };

  /** @param {string} path @param {string} shape @returns {string} its name */
  const declare = (path, shape) => {
    const start = DECLARATIONS.get(path);
    const name = start && /\w+(?= =$|$)/.exec(start)?.[0];
    if (!start || !name) throw new Error(`scripts/schema/types.js has no name for ${path}`);
    // The first one describes it: the templates of a trunk are those of the whole file.
    if (!declared.has(name)) declared.set(name, start + shape);
    return name;
  };

  typeOf(schema, '');
  return `${HEAD}\n${[...declared.values()].join('\n\n')}\n`;
}
