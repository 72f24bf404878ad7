/**
 * Reads a config file as data. cosmiconfig's front door would execute what lies around: its
 * default places include `.config/config.js`, its default loaders JavaScript and TypeScript, and
 * `$import` inside a JSON file reaches those. So its inner explorer is used, with loaders for JSON
 * and YAML alone, and each hands over its value in a wrapper, in which `$import` is out of sight.
 *
 * It is the one that reads at once: the other brings node:fs/promises along, and with that the time
 * of some 60 KB of the config.
 */
import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { ExplorerSync } from 'cosmiconfig/dist/ExplorerSync.js';
import { ConfigError } from '../core/errors.ts';
import { checkConfig, hasNumberNames } from './check.ts';
import { parseConfigJson, SyntaxProblem } from './json.ts';
import { CONFIG_NAMES, type TransferConfig } from './types.ts';

/** A config of a thousand departments is about 200 KB. */
const LARGEST_BYTES = 1_000_000;

/** What stands in a config file. */
interface ConfigContent {
  /** Not checked yet. */
  parsed: unknown;
  /** As it is written. */
  text: string;
}

type Parse = (text: string) => unknown;

function readAs(parse: Parse, file: string) {
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
  }).load(file);
}

/** Most configs are JSON: what reads YAML is loaded for YAML alone. */
async function parserOf(file: string): Promise<Parse> {
  return extname(file) === '.json' ? parseConfigJson : (await import('./yaml.ts')).parseYaml;
}

/**
 * Reads and parses one file; nothing in it is checked yet.
 * @param file absolute path, ending in .json, .yaml or .yml
 * @throws ConfigError when it is missing, too large, of another kind, empty or broken
 */
async function readConfigFile(file: string): Promise<ConfigContent> {
  refuseUnreadable(file);
  const parse = await parserOf(file);
  let result: ReturnType<typeof readAs>;
  try {
    result = readAs(parse, file);
  } catch (cause) {
    if (cause instanceof SyntaxProblem) {
      const problems = [{ path: '', message: cause.message }];
      throw new ConfigError(
        `${file} is not valid ${extname(file) === '.json' ? 'JSON' : 'YAML'}.`,
        { file, problems },
      );
    }
    throw unreadable(file, cause);
  }
  const content = result?.isEmpty ? undefined : (result?.config as ConfigContent | undefined);
  if (content === undefined || content.parsed === undefined) {
    // Perhaps cut off by a full disk: to go on without its policy would be wrong.
    throw new ConfigError(`${file} is empty.`, {
      file,
      hint: 'Write {} for a config that says nothing.',
    });
  }
  return content;
}

/** Looks before reading: a pipe would never end, a huge file would fill the memory. */
function refuseUnreadable(file: string): void {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  const refuse = (what: string, hint?: string): never => {
    throw new ConfigError(`${file} ${what}.`, { file, hint });
  };
  if (found === undefined || !found.isFile()) refuse('is not a file');
  else if (found.size > LARGEST_BYTES) refuse('is larger than 1 MB, which no config is');
  if (!['.json', '.yaml', '.yml'].includes(extname(file))) {
    refuse('is neither .json nor .yaml', 'A config is data: JSON or YAML, never a program.');
  }
  // cosmiconfig would take one key out of it and call that the config.
  if (/^package\.(?:json|ya?ml)$/.test(basename(file))) {
    refuse('describes a package', `Put the config into ${CONFIG_NAMES[0]} beside it.`);
  }
}

function unreadable(file: string, cause: unknown): ConfigError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined) throw cause; // not the file's fault: a bug, and told as one
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new ConfigError(`There is no config file ${file}.`, {
        file,
        hint: `lk-transfer looks for ${CONFIG_NAMES[0]} by itself when none is named.`,
      })
    : new ConfigError(`${file} cannot be read (${code}).`, { file });
}

// One config file, read and checked.

/**
 * Reads a config file and checks it.
 * @param file absolute path
 * @throws ConfigError when it is missing, unreadable or wrong, with every problem at once
 */
export async function readChecked(file: string): Promise<TransferConfig> {
  const { config, problems } = await check(await readConfigFile(file));
  if (problems.length === 0) return config;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new ConfigError(`${file} has ${count}.`, {
    file,
    problems,
    hint: '`lk-transfer config schema` prints what a config file may say.',
  });
}

/** Checks what was read, by the letters of the file where those may differ from what was read. */
async function check({
  parsed,
  text,
}: ConfigContent): Promise<Pick<ReturnType<typeof checkConfig>, 'config' | 'problems'>> {
  const checked = checkConfig(parsed);
  if (checked.problems.length === 0 && !hasNumberNames(parsed)) return checked;
  const { changedNames, writtenTexts } = await import('./yaml.ts');
  const written = writtenTexts(text);
  const { config, problems } = checkConfig(parsed, written);
  return { config, problems: [...problems, ...changedNames(parsed, written)] };
}
