/** `config show|check|schema|path`: what is configured, and from where. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { filesIgnoredFor, openConfig } from '../../config/load.ts';
import { listSettings, type SettingRow } from '../../config/settings.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { LoadedConfig } from '../../config/words.ts';
import { ConfigError, type ExitCode, isKnownError } from '../../core/errors.ts';
import { packageFile } from '../../core/host.ts';
import { missingTrunkWarnings } from '../../destinations/destination.ts';
import { proveConfig } from '../../destinations/prove.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { type Credentials, findCredentials } from '../../livekit/credentials.ts';
import { escapeText } from '../../terminal/style.ts';
import type { Column } from '../../terminal/table.ts';
import type { Context, GlobalOptions } from '../shared/context.ts';
import { credentialHost } from '../shared/session.ts';
import {
  CONFIG_CHECK_FIELDS,
  type ConfigCheckOptions,
  PATH_FIELDS,
  SETTING_FIELDS,
} from './command.ts';

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

/** What the file alone can say: no flag and no variable stands for it. */
function rowsOfFile({ bridge = {}, rescue = {}, announce }: TransferConfig): SettingRow[] {
  const row = (key: string, value: string | undefined, otherwise: string | null): SettingRow => ({
    key,
    value: value ?? otherwise,
    origin: value === undefined ? 'default' : 'file',
  });
  const text = (value: string | number | undefined) =>
    value === undefined ? undefined : String(value);
  return [
    row('bridge.trunk', bridge.trunk, null),
    row('bridge.callerId', bridge.callerId, 'trunk'),
    row('bridge.maxDuration', text(bridge.maxDuration), '2h'),
    row('bridge.mediaTimeout', text(bridge.mediaTimeout), '5m'),
    row('rescue.agent', rescue.agent, null),
    row('rescue.wait', text(rescue.wait), '20s'),
    row('announce', announce, null),
  ];
}

/** `config show`. @returns 0 */
export async function showSettings(options: GlobalOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(SETTING_FIELDS);
  const { loaded, settings } = await openConfig(options, context);
  const file = loaded.file ?? 'none found';
  const rows = [
    { key: 'file', value: loaded.file, origin: loaded.bundled ? 'example of lk-transfer' : file },
    ...listSettings(settings),
    ...rowsOfFile(loaded.config),
    ...(options.sandbox
      ? []
      : await credentialRows(options, context, loaded.config.livekit?.project)),
  ];
  await output.list(
    rows,
    COLUMNS,
    COLUMNS.map(({ field }) => field),
  );
  for (const warning of warningsOfFolder(loaded)) output.warn(`warning: ${warning}`);
  return 0;
}

/**
 * What is wrong between the config and LiveKit.
 * @throws KnownError when LiveKit's trunks cannot be listed: then nothing is known of them
 */
async function warningsOnline(options: GlobalOptions, context: Context): Promise<string[]> {
  const { openSession, withSession } = await import('../shared/session.ts');
  return withSession(openSession(options, context), async ({ client, config }) => {
    const [inbound, outbound] = await Promise.all([
      client.listTrunks('inbound'),
      client.listTrunks('outbound'),
    ]);
    const { bridgeTrunkProblems } = await import('../../transfer/bridge/dial-plan.ts');
    return [
      ...missingTrunkWarnings(config, [...inbound, ...outbound]),
      ...bridgeTrunkProblems(config, outbound),
    ];
  });
}

/**
 * `config check`.
 * @returns 0
 * @throws ConfigError with everything that is wrong; with `--online` whatever keeps LiveKit's trunks
 *   from being listed
 */
export async function showCheck(options: ConfigCheckOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(CONFIG_CHECK_FIELDS);
  const { loaded, config } = await openConfig(options, context);
  if (loaded.file === null) {
    throw new ConfigError('There is no config file to check.', {
      hint: 'Name one with --config, or write a first one with `lk-transfer config init`.',
    });
  }
  const departments = listDepartments(config);
  const { problems, warnings: ofAddresses } = proveConfig(config);
  const warnings = [...warningsOfFolder(loaded), ...ofAddresses];
  if (problems.length > 0) {
    // Whoever mends the config mends these as well; the error comes last.
    for (const warning of warnings) output.warn(output.json ? warning : `warning: ${warning}`);
    throw new ConfigError(
      `${loaded.file} has departments or templates without a legal or allowed address.`,
      {
        file: loaded.file,
        problems,
      },
    );
  }
  if (options.online === true) warnings.push(...(await warningsOnline(options, context)));
  const { file } = loaded;
  const record = { file, valid: true, departments: departments.map(({ name }) => name), warnings };
  await output.record(record, CONFIG_CHECK_FIELDS, () => {
    const resolve =
      departments.length === 1
        ? '1 department resolves'
        : `${departments.length} departments resolve`;
    output.line(`${escapeText(file)} is valid; ${resolve}.`);
  });
  if (!output.json) for (const warning of warnings) output.warn(`warning: ${warning}`);
  return 0;
}

/** `config path`. @returns 0 */
export async function showPath(options: GlobalOptions, context: Context): Promise<ExitCode> {
  const { output } = context;
  output.checkFields(PATH_FIELDS);
  const { loaded } = await openConfig(options, context);
  const { file, bundled } = loaded;
  await output.record({ file, bundled }, PATH_FIELDS, () => {
    if (file !== null) output.line(escapeText(file));
  });
  if (file === null) {
    output.notice(
      'No config file. lk-transfer looks for transfer.config.json or transfer.config.yaml in this folder and above, up to the project’s root. Then it looks in your own config folder.',
    );
  }
  for (const warning of warningsOfFolder(loaded)) output.warn(`warning: ${warning}`);
  return 0;
}

/** `config schema`. @returns 0 */
export async function showSchema(_options: GlobalOptions, { output }: Context): Promise<ExitCode> {
  output.checkFields([]);
  const text = await readFile(packageFile('schema/transfer.schema.json'), 'utf8');
  output.document(JSON.parse(text));
  return 0;
}
