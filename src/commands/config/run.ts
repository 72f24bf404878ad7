/** `config show|check|schema|path`: what is configured, and from where; and `schema`: what is printed. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { filesIgnoredFor, openConfig, rowsOfFile } from '../../config/load.ts';
import { listSettings, type SettingRow } from '../../config/settings.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { LoadedConfig } from '../../config/words.ts';
import {
  ConfigError,
  type ConfigProblem,
  type ExitCode,
  isKnownError,
  UsageError,
} from '../../core/errors.ts';
import { packageFile } from '../../core/package.ts';
import { nearestNames } from '../../core/text.ts';
import { missingTrunkWarnings } from '../../destinations/destination.ts';
import { proveConfig } from '../../destinations/prove.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { valueWithoutSecrets } from '../../history/redact.ts';
import { type Credentials, findCredentials } from '../../livekit/credentials.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import { SCHEMA_FIELDS, type SchemaOptions, type SchemaRecord } from '../help/command.ts';
import { type Context, type GlobalOptions, tellWarning } from '../shared/context.ts';
import { credentialHost } from '../shared/session.ts';
import {
  CONFIG_CHECK_FIELDS,
  type ConfigCheckOptions,
  type ConfigCheckRecord,
  type ConfigPathRecord,
  PATH_FIELDS,
  SETTING_FIELDS,
} from './command.ts';
import { verdictOf } from './init-answers.ts';

const COLUMNS: readonly Column<SettingRow>[] = [
  { field: 'key', heading: 'Setting', value: ({ key }) => key },
  {
    field: 'value',
    heading: 'Value',
    value: ({ value }) => (Array.isArray(value) ? value.join(', ') : String(value ?? '')),
  },
  { field: 'origin', heading: 'Origin', value: ({ origin }) => origin },
];

/** The credentials of this run, or why there are none: looking at the config must not fail on it. */
async function credentialRows(
  options: GlobalOptions,
  context: Context,
  configProject: string | undefined,
): Promise<SettingRow[]> {
  let found: Credentials;
  try {
    found = await findCredentials(
      { ...options, configProject, allowDefaultProject: true },
      credentialHost(context),
    );
  } catch (error) {
    if (!isKnownError(error)) throw error;
    context.output.warn(error.message);
    return [{ key: 'livekit.url', value: null, origin: 'missing' }];
  }
  const origin = found.source;
  return [
    { key: 'livekit.url', value: found.url, origin },
    { key: 'livekit.apiKey', value: found.apiKey, origin },
    { key: 'livekit.apiSecret', value: '(set, not shown)', origin },
  ];
}

/** What is said where a folder has a second config file: somebody may be editing the wrong one. */
function warningsOfFolder(loaded: LoadedConfig): string[] {
  return filesIgnoredFor(loaded).map(
    (other) => `${other} is ignored, since ${basename(loaded.file ?? '')} comes first`,
  );
}

/** `config show`. @returns 0 */
export async function showSettings(options: GlobalOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(SETTING_FIELDS);
  const { loaded, settings } = await openConfig(options, context);
  const file = loaded.file ?? 'none found';
  const rows: SettingRow[] = [
    { key: 'file', value: loaded.file, origin: loaded.bundled ? 'example of lk-transfer' : file },
    ...listSettings(settings),
    ...rowsOfFile(loaded.config).map((row) => ({ ...row, value: valueWithoutSecrets(row) })),
    ...(options.sandbox
      ? []
      : await credentialRows(options, context, loaded.config.livekit?.project)),
  ];
  await output.list(rows, COLUMNS, SETTING_FIELDS);
  for (const warning of warningsOfFolder(loaded)) tellWarning(warning, context);
  return 0;
}

/** What only LiveKit knows, and was not asked. */
async function notesOffline(config: TransferConfig): Promise<string[]> {
  const { namedBridgeTrunks } = await import('../../transfer/bridge/dial-plan.ts');
  return namedBridgeTrunks(config).map(
    ([path, name]) =>
      `${path}: whether LiveKit has an outbound trunk ${name}, and where it leads, was not checked: --online does`,
  );
}

/**
 * What is wrong between the config and LiveKit.
 * @throws KnownError when LiveKit's trunks cannot be listed: then nothing is known of them
 */
async function lookOnline(
  options: GlobalOptions,
  context: Context,
): Promise<{ problems: ConfigProblem[]; warnings: string[] }> {
  const { openSession, withSession } = await import('../shared/session.ts');
  return withSession(openSession(options, context), async ({ client, config, settings }) => {
    const [inbound, outbound] = await Promise.all([
      client.listTrunks('inbound'),
      client.listTrunks('outbound'),
    ]);
    const { bridgeTrunkProblems } = await import('../../transfer/bridge/dial-plan.ts');
    const { findTestProblems } = await import('../smoke/plan.ts');
    const listed = [...inbound, ...outbound];
    return {
      problems: [
        ...bridgeTrunkProblems(config, outbound),
        ...findTestProblems({ config, settings }, listed),
      ],
      warnings: missingTrunkWarnings(config, listed),
    };
  });
}

/**
 * `config check`.
 * @returns 0, also where a department does not resolve on some of the trunks
 * @throws ConfigError with everything that is wrong; with `--online` whatever keeps LiveKit's trunks
 *   from being listed
 */
export async function showCheck(options: ConfigCheckOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(CONFIG_CHECK_FIELDS);
  const { loaded, config, settings } = await openConfig(options, context);
  if (loaded.file === null) {
    throw new ConfigError('There is no config file to check.', {
      hint: 'Name one with --config, or write a first one with `lk-transfer config init`.',
    });
  }
  const proof = proveConfig(config);
  const { problems, notes, unresolved } = proof;
  if (options.online !== true && config.smoke !== undefined) {
    const { findTestProblems } = await import('../smoke/plan.ts');
    problems.push(...findTestProblems({ config, settings }, null));
  }
  const warnings = [...warningsOfFolder(loaded), ...proof.warnings];
  if (options.online !== true) notes.push(...(await notesOffline(config)));
  else if (problems.length === 0) {
    const online = await lookOnline(options, context);
    problems.push(...online.problems);
    warnings.push(...online.warnings);
  }
  if (problems.length > 0) {
    const isOfTests = problems.every(({ path }) => path.startsWith('smoke['));
    // Whoever mends the config mends these as well; the error comes last.
    for (const warning of warnings) tellWarning(warning, context);
    throw new ConfigError(
      `${loaded.file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}: ${isOfTests ? 'tests of "smoke" could not be run' : 'transfers would be refused'}.`,
      { file: loaded.file, problems },
    );
  }
  const { file } = loaded;
  const departments = listDepartments(config).map(({ name }) => name);
  const doubts = { warnings, notes, unresolved };
  const record: ConfigCheckRecord = { file, valid: true, departments, ...doubts };
  await output.record(record, CONFIG_CHECK_FIELDS, () => {
    const verdict = verdictOf(departments.length, proof);
    output.line(`${escapeText(file)} is valid; ${escapeText(verdict)}.`);
  });
  if (output.json) return 0;
  for (const warning of warnings) tellWarning(warning, context);
  for (const note of notes) output.notice(`note: ${note}`);
  return 0;
}

/** `config path`. @returns 0 */
export async function showPath(options: GlobalOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(PATH_FIELDS);
  const { loaded } = await openConfig(options, context);
  const { file, bundled } = loaded;
  const record: ConfigPathRecord = { file, bundled };
  await output.record(record, PATH_FIELDS, () => {
    if (file !== null) output.line(escapeText(file));
  });
  if (file === null) {
    output.notice(
      'No config file. lk-transfer looks for transfer.config.json or transfer.config.yaml in this folder and above, up to the project’s root. Then it looks in your own config folder.',
    );
  }
  for (const warning of warningsOfFolder(loaded)) tellWarning(warning, context);
  return 0;
}

// The JSON Schemas that come along: of a config file, and of all that is printed as JSON.

/** As much of a JSON Schema as is looked at here. */
interface Schema {
  $schema?: string;
  $ref?: string;
  description?: string;
  /** By name: documents, and the types of which they are made. */
  definitions?: Readonly<Record<string, Schema>>;
}

async function readSchema(file: 'transfer' | 'output'): Promise<Schema> {
  return JSON.parse(await readFile(packageFile(`schema/${file}.schema.json`), 'utf8')) as Schema;
}

/** `config schema`. @returns 0 */
export async function showSchema(_options: GlobalOptions, { output }: Context): Promise<ExitCode> {
  output.checkFields([]);
  output.document(await readSchema('transfer'));
  return 0;
}

const ALL_SCHEMAS = '`lk-transfer schema` lists them all.';
const OF_CONFIG: SchemaRecord = { name: 'config', description: 'A config file, for editors.' };

/** Every schema there is, by name. Types have capitals in their names, and documents have none. */
export async function listSchemas(output = readSchema('output')): Promise<SchemaRecord[]> {
  const documents = Object.entries((await output).definitions ?? {})
    .filter(([name]) => name === name.toLowerCase())
    .map(([name, { description = '' }]) => ({ name, description }));
  return [...documents, OF_CONFIG].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A document alone, with the types that it needs. */
function documentSchema(name: string, { $schema, definitions = {} }: Schema): object {
  const needed = new Set<string>();
  const collect = (schema: Schema | undefined) => {
    for (const [, type = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)) {
      if (needed.has(type)) continue;
      needed.add(type);
      collect(definitions[type]);
    }
  };
  // What stands beside a reference counts for nothing in draft 7.
  const { $ref, ...beside } = definitions[name] ?? {};
  const document = { ...definitions[$ref?.split('/').at(-1) ?? ''], ...beside };
  collect(document);
  const types = Object.entries(definitions).filter(([type]) => needed.has(type));
  const { description, ...rest } = document;
  return {
    ...{ $schema, title: `lk-transfer: ${name}`, description, ...rest },
    ...(types.length > 0 && { definitions: Object.fromEntries(types) }),
  };
}

const SCHEMA_COLUMNS: readonly Column<SchemaRecord>[] = [
  { field: 'name', heading: 'Name', value: ({ name }) => name },
  {
    field: 'description',
    heading: 'What it describes',
    value: ({ description }) => description,
    shrinks: true,
  },
];

/**
 * `schema`.
 * @returns 0
 * @throws UsageError for a name that no schema has
 */
export async function showSchemas(
  { schema: name }: SchemaOptions,
  { output }: Context,
): Promise<ExitCode> {
  output.checkFields(name === undefined ? SCHEMA_FIELDS : []);
  const ofOutput = readSchema('output');
  const schemas = await listSchemas(ofOutput);
  if (name === undefined) {
    await output.list(schemas, SCHEMA_COLUMNS, SCHEMA_FIELDS);
    return 0;
  }
  const names = schemas.map((each) => each.name);
  if (!names.includes(name)) {
    const near = nearestNames(name, names, 3);
    throw new UsageError(`There is no schema “${name}”.`, {
      hint: near.length === 0 ? ALL_SCHEMAS : `Did you mean ${near.join(' or ')}? ${ALL_SCHEMAS}`,
      data: { suggestions: near },
    });
  }
  if (name === OF_CONFIG.name) output.document(await readSchema('transfer'));
  else output.document(documentSchema(name, await ofOutput));
  return 0;
}
