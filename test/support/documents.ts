/** What a run has printed as JSON, held to its JSON Schema: no field too few, of another kind, or undeclared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseCommandLine } from '../../src/program/program.ts';

export interface SchemaNode {
  $ref?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  required?: string[];
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}

const FILE = join(import.meta.dirname, '..', '..', 'schema', 'output.schema.json');

export const SCHEMA_TEXT = readFileSync(FILE, 'utf8');

/** Documents, by their names, and the types of which they are made. */
export const { definitions: DEFINITIONS }: { definitions: Record<string, SchemaNode> } =
  JSON.parse(SCHEMA_TEXT);

/** The names of all documents: types have capitals. */
export const DOCUMENT_NAMES = Object.keys(DEFINITIONS).filter(
  (name) => name === name.toLowerCase(),
);

/** The names of those that were printed in this process so far. */
export const seenDocuments = new Set<string>();

/**
 * Every object closed: what is published lets later versions add fields, and a test does not.
 * @param isPart some fields were selected: none has to be there
 */
function closed(isPart: boolean): Record<string, unknown> {
  return JSON.parse(SCHEMA_TEXT, (key, value) => {
    if (key === 'required' && Array.isArray(value) && isPart) return [];
    const isObject = value?.type === 'object' && value.properties !== undefined;
    return isObject ? { additionalProperties: false, ...value } : value;
  });
}

function checker(isPart: boolean): (name: string, value: unknown) => string[] {
  // Code as it comes: what each worker compiles is used too seldom to be worth making better. That the
  // schema is one is seen where it is printed (test/cli/schemas.test.ts).
  const quick = { inlineRefs: false, code: { optimize: false }, validateSchema: false };
  const ajv = new Ajv({ allowUnionTypes: true, strictRequired: false, ...quick });
  ajv.addSchema(closed(isPart), 'output');
  const compiled = new Map<string, ValidateFunction>();
  return (name, value) => {
    const known = compiled.get(name);
    const validate = known ?? ajv.compile({ $ref: `output#/definitions/${name}` });
    if (known === undefined) compiled.set(name, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** The one for what is whole, and the one for parts: most workers need the first alone. */
const checkers = new Map<boolean, ReturnType<typeof checker>>();

/**
 * Holds a value to a schema.
 * @param isPart some fields were selected
 * @throws Error that says what does not fit
 */
export function checkDocument(name: string, value: unknown, isPart = false): void {
  const check = checkers.get(isPart) ?? checker(isPart);
  checkers.set(isPart, check);
  const problems = check(name, value);
  if (problems.length > 0) {
    throw new Error(
      `What was printed does not fit the schema “${name}”. If a field is new, give it a type and run \`npm run schema\`.\n${problems.join('\n')}\n${JSON.stringify(value)}`,
    );
  }
  if (!isPart) seenDocuments.add(name);
}

type Options = Readonly<Record<string, unknown>>;

const dryRunOr = (name: string) => (options: Options) =>
  options.dryRun === true ? `${name}-dry-run` : name;
const allTrunksOr = (name: string) => (options: Options) =>
  options.allTrunks === true ? `${name}-all-trunks` : name;

/** What each command prints as one document. */
const DOCUMENTS: Readonly<Record<string, (options: Options) => string | null>> = {
  calls: ({ watch }) => (watch === true ? null : 'calls'),
  'config check': () => 'config-check',
  'config init': () => 'config-init',
  'config path': () => 'config-path',
  'config show': () => 'config-show',
  departments: allTrunksOr('departments'),
  doctor: () => 'doctor',
  hangup: (options) => (options.caller === '-' ? null : dryRunOr('hangup')(options)),
  history: ({ summary }) => (summary === true ? 'history-summary' : 'history'),
  'history close': () => 'history',
  rescue: dryRunOr('rescue'),
  resolve: allTrunksOr('resolve'),
  rooms: () => 'rooms',
  sandbox: () => 'sandbox',
  schema: ({ schema }) => (schema === undefined ? 'schema' : null),
  smoke: ({ clean }) => (clean === true ? 'smoke-clean' : null),
  ticket: () => 'ticket',
  transfer: (options) => (options.caller === '-' ? null : dryRunOr('transfer')(options)),
  trunks: () => 'trunks',
};

/** What each prints line by line. */
const LINES: Readonly<Record<string, (options: Options) => string | null>> = {
  calls: ({ watch }) => (watch === true ? 'calls-watch' : null),
  hangup: ({ caller }) => (caller === '-' ? 'hangup-batch' : null),
  smoke: (options) => (options.clean === true ? null : dryRunOr('smoke')(options)),
  transfer: ({ caller }) => (caller === '-' ? 'transfer-batch' : 'transfer-bridge'),
};

/** Whether these are events: a transfer that may dial prints several, any other one document. */
function areLines(command: string, options: Options, text: string): boolean {
  const isOneTransfer = command === 'transfer' && options.caller !== '-';
  return isOneTransfer ? /^ *\{"type":/.test(text) : DOCUMENTS[command]?.(options) == null;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

/**
 * Holds all that a run has printed to the schemas, if it was to print JSON.
 * @throws Error that says what does not fit
 */
export async function checkPrinted(
  argv: readonly string[],
  { stdout, stderr }: { stdout: string; stderr: string },
): Promise<void> {
  if (!argv.includes('--json')) return;
  for (const line of linesOf(stderr)) {
    const [, name = ''] = /^\{"(warning|debug)"/.exec(line) ?? ['', 'error'];
    checkDocument(name, JSON.parse(line));
  }
  const terminal = { interactive: false, columns: undefined };
  const parsed = await parseCommandLine(argv, terminal).catch(() => ({ text: '' }));
  if ('text' in parsed || stdout.trim() === '') return;
  const { command } = parsed;
  const options: Options = { ...parsed.options };
  const isPart = options.fields !== undefined;
  if (areLines(command, options, stdout)) {
    const name = LINES[command]?.(options);
    if (name == null) return;
    for (const line of linesOf(stdout)) checkDocument(name, JSON.parse(line), isPart);
    return;
  }
  const name = DOCUMENTS[command]?.(options);
  if (name != null) checkDocument(name, JSON.parse(stdout), isPart);
}
