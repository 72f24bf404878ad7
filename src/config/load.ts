/** Finds the config file that a run goes by, loads it, and adds the settings of the run. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, resolve, win32 } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { packageFile } from '../core/package.ts';
import { isRecord, writePath } from './json.ts';
import {
  applySettings,
  type RunConfig,
  resolveSettings,
  type SettingFlags,
  type SettingRow,
  type Settings,
} from './settings.ts';
import type { TransferConfig } from './types.ts';
import { CONFIG_NAMES, type LoadedConfig } from './words.ts';

/**
 * Loads the config that was named, else that of LK_TRANSFER_CONFIG, else the nearest one from the
 * working folder on, else none.
 * @param named what --config says, relative to the working folder
 * @throws ConfigError with every problem of the file
 */
export async function loadConfigFor(
  host: Pick<Host, 'env' | 'cwd' | 'home' | 'platform'>,
  named?: string,
): Promise<LoadedConfig> {
  const given = named ?? (host.env.LK_TRANSFER_CONFIG || undefined);
  const file =
    given === undefined
      ? findConfigFile({ cwd: host.cwd, userFolder: userConfigFolder(host) })
      : resolve(host.cwd, given);
  return file === null ? { file, config: {}, bundled: false } : loadConfigFile(file);
}

/**
 * Loads one file.
 * @param file absolute path
 * @param bundled whether it is the example that the package ships
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function loadConfigFile(
  file: string,
  { bundled = false }: { bundled?: boolean } = {},
): Promise<LoadedConfig> {
  // Imported here: a run without a config spares itself the parsers and the schema, about 10 ms.
  const { readConfigFile } = await import('./file.ts');
  return { file, config: await readConfigFile(file), bundled };
}

// The folders and names that are searched.

interface ConfigSearch {
  cwd: string;
  /** As `userConfigFolder` returns it; searched last. */
  userFolder: string;
}

/** What marks the root of a project: the search goes no higher. */
const ROOT_MARKS = ['package.json', 'package.yaml', '.git'];

/**
 * Finds the config file that counts.
 * @returns its absolute path, or null when there is none
 * @throws ConfigError when a file is there and cannot even be looked at: skipping it would let a
 *   farther one decide where callers go
 */
export function findConfigFile(search: ConfigSearch): string | null {
  for (const folder of searchFolders(search)) {
    for (const name of CONFIG_NAMES) {
      const file = join(folder, name);
      if (isThere(file)) return file;
    }
  }
  return null;
}

/**
 * The folders that are searched, nearest first: the working folder and those above it up to the
 * project's root, then the user's. Outside any project only the working folder counts: above it
 * may be /tmp, where a stranger can leave a file that sends callers elsewhere.
 */
export function searchFolders({ cwd, userFolder }: ConfigSearch): string[] {
  const start = resolve(cwd);
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    if (ROOT_MARKS.some((mark) => existsSync(join(folder, mark)))) break;
    if (dirname(folder) === folder) return [start, userFolder];
  }
  return [...folders, userFolder];
}

/**
 * The user's own config folder: `$XDG_CONFIG_HOME/lk-transfer` if that variable is absolute (the
 * XDG specification has relative ones ignored), on every system; else `%APPDATA%\lk-transfer` on
 * Windows and `~/.config/lk-transfer` everywhere else. macOS included: people who live in a
 * terminal look there (gh and git do the same), and ~/Library is hidden from them.
 */
export function userConfigFolder(host: {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}): string {
  const path = host.platform === 'win32' ? win32 : posix;
  const xdg = host.env.XDG_CONFIG_HOME;
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'lk-transfer');
  if (host.platform !== 'win32') return path.join(host.home, '.config', 'lk-transfer');
  const appData = host.env.APPDATA;
  return appData !== undefined && path.isAbsolute(appData)
    ? path.join(appData, 'lk-transfer')
    : path.join(host.home, 'AppData', 'Roaming', 'lk-transfer');
}

/**
 * Finds the config files of the same folder that are never read, since this one comes before them.
 * @param file absolute path; need not be there yet
 * @returns their absolute paths; none where the file goes by a name that is not searched for
 */
export function shadowedFiles(file: string): string[] {
  const names: readonly string[] = CONFIG_NAMES;
  const rank = names.indexOf(basename(file));
  if (rank === -1) return [];
  const others = names.slice(rank + 1).map((name) => join(dirname(file), name));
  return others.filter(isThere);
}

/** Files, and whatever else is not a folder: a pipe of that name is reported when it is read. */
function isThere(file: string): boolean {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return found !== undefined && !found.isDirectory();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR') return false;
    throw new ConfigError(`${file} cannot be read (${code}).`, {
      file,
      hint: 'Fix the permissions, or name another file with --config.',
    });
  }
}

// The config and the settings that a command works by, without anything that talks to LiveKit.

/** The config as this run has it. */
export interface ConfigSession {
  loaded: LoadedConfig;
  config: RunConfig;
  settings: Settings;
}

/** The config files in its folder that nobody reads, since it comes first. */
export function filesIgnoredFor({ file, bundled }: LoadedConfig): string[] {
  return file === null || bundled ? [] : shadowedFiles(file);
}

/** Reads the config, without a word to any server. */
export async function openConfig(
  options: { config?: string; project?: string; sandbox: boolean },
  { host, output }: { host: Host; output: { notice(text: string): void } },
  flags: SettingFlags = {},
): Promise<ConfigSession> {
  let loaded = await loadConfigFor(host, options.config);
  if (loaded.file === null && options.sandbox) {
    loaded = await loadConfigFile(packageFile('transfer.config.example.json'), { bundled: true });
    output.notice('No config file found, so this uses the example that comes with lk-transfer.');
  }
  const settings = resolveSettings({
    flags: { project: options.project, ...flags },
    env: host.env,
    config: loaded.config,
  });
  return { loaded, settings, config: applySettings(loaded.config, settings) };
}

/** What the file alone can say: no flag and no variable stands for it. */
export function rowsOfFile({
  bridge = {},
  rescue = {},
  announce,
  ...config
}: TransferConfig): SettingRow[] {
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
    ...leavesOf(['rescue', 'numbers'], rescue.numbers ?? {}),
    row('rescue.wait', text(rescue.wait), '20s'),
    row('announce', announce, null),
    ...(['trunks', 'departments', 'smoke'] as const).flatMap((section) =>
      leavesOf([section], config[section] ?? {}),
    ),
  ];
}

/** Every value below a path, a row each; a list of texts is one value. */
function leavesOf(path: readonly PropertyKey[], value: unknown): SettingRow[] {
  const isList = Array.isArray(value);
  if (isRecord(value) || (isList && value.some(isRecord))) {
    return Object.entries(value).flatMap(([key, inner]) =>
      leavesOf([...path, isList ? Number(key) : key], inner),
    );
  }
  const isValue = isList || ['string', 'number', 'boolean'].includes(typeof value);
  return [
    {
      key: writePath(path),
      value: isValue ? (value as SettingRow['value']) : null,
      origin: 'file',
    },
  ];
}
