/**
 * Reads a config file and checks it.
 *
 * cosmiconfig's front door would execute code: the files that it looks for by default include
 * `.config/config.js`, its default loaders JavaScript and TypeScript, and `$import` inside a JSON
 * file reaches those. So its inner explorer is used, with loaders for JSON and YAML alone, and each
 * hands over its value in a wrapper, in which `$import` is out of sight. Of its two explorers it is
 * the synchronous one: the other brings node:fs/promises along, and with that the time that some
 * 60 KB of a config take.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { ExplorerSync } from 'cosmiconfig/dist/ExplorerSync.js';
import { ConfigError, type ConfigProblem } from '../core/errors.ts';
import * as wholeFile from '../core/whole-file.ts';
import { checkConfig } from './check.ts';
import { escapeInvisible, hasNumberNames, parseConfigJson, SyntaxProblem } from './json.ts';
import type { TransferConfig } from './types.ts';
import { CONFIG_NAMES, type ConfigFormat } from './words.ts';

/** A config of a thousand departments is about 200 KB. */
const LARGEST_BYTES = 1_000_000;

/**
 * Reads a config file and checks it.
 * @param file absolute path, ending in .json, .yaml or .yml
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function readConfigFile(file: string): Promise<TransferConfig> {
  const { config, problems } = await checkContent(await readContent(file));
  if (problems.length === 0) return config;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new ConfigError(`${file} has ${count}.`, {
    file,
    problems,
    hint: '`lk-transfer config schema` prints what a config file may say.',
  });
}

/** What a config file holds. */
interface ConfigContent {
  /** Not checked yet. */
  parsed: unknown;
  /** As it is written. */
  text: string;
}

/** Checks a config, by the letters of the file where those may differ from what was parsed. */
async function checkContent({
  parsed,
  text,
}: ConfigContent): Promise<{ config: TransferConfig; problems: ConfigProblem[] }> {
  const checked = checkConfig(parsed);
  if (checked.problems.length === 0 && !hasNumberNames(parsed)) return checked;
  const { changedNames, parseAsTexts } = await import('./yaml.ts');
  const written = parseAsTexts(text);
  const { config, problems } = checkConfig(parsed, written);
  return { config, problems: [...problems, ...changedNames(parsed, written)] };
}

/** @throws ConfigError when the file is missing, too large, of another kind, empty or broken */
async function readContent(file: string): Promise<ConfigContent> {
  refuseUnreadable(file);
  const isJson = extname(file) === '.json';
  // Most configs are JSON: the parser of YAML is loaded for YAML alone.
  const parse = isJson ? parseConfigJson : (await import('./yaml.ts')).parseYaml;
  let loaded: ReturnType<ExplorerSync['load']>;
  try {
    loaded = explorerWith(parse).load(file);
  } catch (cause) {
    if (!(cause instanceof SyntaxProblem)) throw unreadable(file, cause);
    throw new ConfigError(`${file} is not valid ${isJson ? 'JSON' : 'YAML'}.`, {
      file,
      problems: [{ path: '', message: cause.message }],
    });
  }
  const content = loaded?.isEmpty ? undefined : (loaded?.config as ConfigContent | undefined);
  if (content === undefined || content.parsed === undefined) {
    // Perhaps cut off by a full disk: to go on without its policy would be wrong.
    throw new ConfigError(`${file} is empty.`, {
      file,
      hint: 'Write {} for an empty config.',
    });
  }
  return content;
}

function explorerWith(parse: (text: string) => unknown): ExplorerSync {
  const load = (_file: string, text: string): ConfigContent => ({ parsed: parse(text), text });
  return new ExplorerSync({
    moduleName: 'transfer',
    searchPlaces: CONFIG_NAMES,
    searchStrategy: 'none',
    loaders: { '.json': load, '.yaml': load, '.yml': load },
    ignoreEmptySearchPlaces: false,
    mergeSearchPlaces: false,
    mergeImportArrays: false,
    cache: false,
    transform: (result) => result,
  });
}

/** Looks before reading: a pipe would never end, a huge file would fill the memory. */
function refuseUnreadable(file: string): void {
  const refuse = (what: string, hint?: string): never => {
    throw new ConfigError(`${file} ${what}.`, { file, hint });
  };
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (found === undefined || !found.isFile()) refuse('is not a file');
  else if (found.size > LARGEST_BYTES) refuse('is larger than 1 MB, which no config is');
  if (!['.json', '.yaml', '.yml'].includes(extname(file))) {
    refuse('is neither .json nor .yaml', 'A config is JSON or YAML, never a program.');
  }
  // cosmiconfig would take one key out of it and call that the config.
  if (/^package\.(?:json|ya?ml)$/.test(basename(file))) {
    refuse('describes a package', `Put the config into ${CONFIG_NAMES[0]} beside it.`);
  }
}

function unreadable(file: string, cause: unknown): ConfigError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined) throw cause; // not the file's fault: a bug, and reported as one
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new ConfigError(`There is no config file ${file}.`, {
        file,
        hint: `lk-transfer looks for ${CONFIG_NAMES[0]} when no file is named.`,
      })
    : new ConfigError(`${file} cannot be read (${code}).`, { file });
}

// A new config file: its text, the link to its schema, and writing it whole or not at all.

/**
 * Says whether a config file is there already.
 * @param file absolute path
 * @throws ConfigError where none can be: no folder, a folder of that name, a link to nowhere
 */
export function isFileTaken(file: string): boolean {
  return wholeFile.isTaken(
    file,
    refusalOf(file),
    `Name the file in it: ${join(file, 'NAME.json')}`,
  );
}

/**
 * Writes a config file.
 * @param file absolute path, as `isFileTaken` was content with it
 * @param replace whether to replace a file that is there, one that has turned up meanwhile included
 * @returns false when it did not write, since a file is there
 * @throws ConfigError when the system refuses
 */
export function writeConfigFile(file: string, text: string, replace: boolean): boolean {
  return wholeFile.writeWhole(file, text, replace, refusalOf(file));
}

function refusalOf(file: string): wholeFile.Refusal {
  return (why, hint) =>
    new ConfigError(`${file} cannot be written: ${why}. Nothing was written.`, { file, hint });
}

// Its text.

/** Writes a config as text; its `$schema` becomes what editors look for in this format. */
export async function configText(config: TransferConfig, format: ConfigFormat): Promise<string> {
  if (format === 'yaml') return (await import('./yaml.ts')).writeYaml(config);
  const { $schema, ...rest } = config;
  return `${escapeInvisible(JSON.stringify({ $schema, ...rest }, null, 2))}\n`;
}

/**
 * Parses the text of a config file; nothing in it is checked yet.
 * @throws SyntaxProblem
 */
export async function parseConfig(text: string, format: ConfigFormat): Promise<unknown> {
  return format === 'json' ? parseConfigJson(text) : (await import('./yaml.ts')).parseYaml(text);
}

// The link to its schema, so that editors find it.

/** The schema's path in a project that has installed this package. */
const INSTALLED = join('node_modules', 'lk-transfer', 'schema', 'transfer.schema.json');

/**
 * Finds the link from a config file to its schema. In a project that has the package, and in the
 * package's own checkout, the link is relative: the file can be shared.
 * @param configFile absolute path, in a folder that exists
 * @param packaged absolute path of the schema that this program ships
 * @returns null elsewhere: a place of this machine helps nobody who shares the file
 */
export function schemaLink(configFile: string, packaged: string): string | null {
  const folder = realpathSync(dirname(configFile));
  const link = (file: string) => {
    const path = relative(folder, file).split(sep).join('/');
    return path.startsWith('..') ? path : `./${path}`;
  };
  for (let above = folder; ; above = dirname(above)) {
    const installed = join(above, INSTALLED);
    if (existsSync(installed)) return link(installed);
    if (dirname(above) === above) break;
  }
  const below = link(packaged);
  // Editors read it as part of an address, and the comment of YAML ends at a blank.
  return /^\.\/[\w@./+-]+$/.test(below) ? below : null;
}
