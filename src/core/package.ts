/**
 * The package: how its program is typed, its version and its files. Sentences say `lk-transfer`; at the
 * border, where they are printed, the commands in them get the name by which it was started, which can
 * be pasted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Host } from './host.ts';
import { shellWord } from './text.ts';

/** The name by which an installation has it on the PATH. */
const PROGRAM = 'lk-transfer';

/** What the name is found by. */
type Start = Pick<Host, 'script' | 'env' | 'cwd' | 'platform'>;

/** How a package manager runs a command that a project has installed, and one that it fetches for once. */
const RUNNERS: Readonly<Record<string, { installed: string; fetched: string }>> = {
  npm: { installed: 'npx', fetched: 'npx' },
  pnpm: { installed: 'pnpm exec', fetched: 'pnpm dlx' },
  yarn: { installed: 'yarn', fetched: 'yarn dlx' },
  bun: { installed: 'bunx', fetched: 'bunx' },
};

/** The folders in which they keep what they have fetched for once. */
const FETCHED = /[\\/](?:_npx|dlx|dlx-\d+|\.?bunx-[^\\/]*)[\\/]/;
const IN_PACKAGES = /[\\/]node_modules[\\/]/;

/**
 * The name of the program as it is to be typed where this run was: `lk-transfer`, `npx lk-transfer`,
 * `node bin/lk-transfer.js`.
 */
export function programName(start: Start): string {
  const { script, env } = start;
  if (IN_PACKAGES.test(script)) {
    const [manager = ''] = (env.npm_config_user_agent ?? '').split('/');
    const runner = RUNNERS[manager];
    if (runner === undefined) return isOnPath(start) ? PROGRAM : `npx ${PROGRAM}`;
    if (!FETCHED.test(script)) return `${runner.installed} ${PROGRAM}`;
    return `${runner.fetched} ${manager === 'npm' ? fetchedPackage(start) : PROGRAM}`;
  }
  const isLink = script !== '' && !script.endsWith('.js');
  if (script === '' || (isLink && isOnPath(start))) return PROGRAM;
  const path = shellWord(pathFrom(script, start));
  return isLink ? path : `node ${path}`;
}

function isOnPath({ env, cwd, platform }: Start): boolean {
  // Who knows no PATH has typed a name all the same.
  if (env.PATH === undefined) return true;
  const [separator, names] =
    platform === 'win32' ? [';', [`${PROGRAM}.cmd`, `${PROGRAM}.exe`]] : [':', [PROGRAM]];
  const folders = env.PATH.split(separator).filter((folder) => folder !== '');
  return folders.some((folder) =>
    names.some((name) => existsSync(join(resolve(cwd, folder), name))),
  );
}

/** A path as it is typed here: below this folder from it on, and as a path in any case. */
function pathFrom(script: string, { cwd, platform }: Start): string {
  const below = relative(cwd, script);
  const path = below.startsWith('..') || isAbsolute(below) ? script : below;
  // Every shell of Windows takes these, and some no others.
  const typed = platform === 'win32' ? path.replaceAll('\\', '/') : path;
  return typed.includes('/') ? typed : `./${typed}`;
}

/** What npx was told to fetch, which it notes beside it: `lk-transfer@0.1.0`, a file, or an address. */
function fetchedPackage(start: Start): string {
  const folder = start.script.slice(0, start.script.search(IN_PACKAGES));
  try {
    const { _npx, dependencies } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as {
      _npx?: { packages?: string[] };
      dependencies?: Record<string, string>;
    };
    const from = dependencies?.[PROGRAM] ?? '';
    const [, file] = /^file:(.+)/.exec(from) ?? [];
    // Without the scheme npx takes an absolute path for a program.
    if (file !== undefined) {
      const fetched = resolve(folder, file);
      // In its own folder npx finds it by its name.
      return projectOf(start.cwd) === fetched ? PROGRAM : shellWord(`file:${fetched}`);
    }
    // By its name alone npx would fetch what the registry has under it. A login is nobody's business.
    if (/^[a-z+]+:/.test(from) && !/:\/\/(?!git@)[^/]*@/.test(from)) return shellWord(from);
    const named = _npx?.packages?.find((word) => word.startsWith(`${PROGRAM}@`));
    return named === undefined ? PROGRAM : shellWord(named);
  } catch {
    return PROGRAM;
  }
}

/** The folder that npm takes for the project of this one. */
function projectOf(folder: string): string {
  const above = dirname(folder);
  const isProject = ['package.json', 'node_modules'].some((name) => existsSync(join(folder, name)));
  return isProject || above === folder ? folder : projectOf(above);
}

// The commands in what is printed.

/** Which config and which LiveKit the flags of a run name: no secret, only where one is. */
export interface Place {
  config?: string | undefined;
  credentials?: string | undefined;
  project?: string | undefined;
  url?: string | undefined;
  apiKey?: string | undefined;
  apiSecretFile?: string | undefined;
  sandbox?: boolean | undefined;
}

/** Commands that use the config and the LiveKit of a run, and those that use its config alone. */
const USES_PLACE =
  /^lk-transfer (?:calls|rooms|desk|departments|trunks|resolve|transfer|hangup|rescue|ticket|smoke|doctor|config (?:show|check))(?= |$)/;
const USES_CONFIG = /^lk-transfer history(?= |$)/;
const NAMES_LIVEKIT =
  / --(?:sandbox|credentials|project|url|api-key|api-secret-file|help)(?=[ =]|$)/;
const NAMES_CONFIG = / --(?:config|help)(?=[ =]|$)/;

/** The flags of a place as they are typed, each with a blank before it. */
function placeFlags(place: Place): { config: string; livekit: string } {
  const { config, credentials, project, url, apiKey, apiSecretFile, sandbox } = place;
  const typed = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` --${name} ${shellWord(value)}`;
  return {
    config: typed('config', config),
    livekit: [
      ...[typed('credentials', credentials), typed('project', project), typed('url', url)],
      ...[typed('api-key', apiKey), typed('api-secret-file', apiSecretFile)],
      sandbox === true ? ' --sandbox' : '',
    ].join(''),
  };
}

/** A command in backticks, and what it is piped from. */
const WHOLE_COMMAND = /(?<=`)(?:[^`\n]*\| )?lk-transfer [^`\n]+(?=`)/g;

/** Where a command begins: in backticks, behind a pipe in them, in an example, and as what is used. */
const COMMAND = /(?<=`(?:[^`\n]*\| )?|^ *\$ |^Usage: )lk-transfer(?=[\s`]|$)/gm;

/** Fields of records that hold sentences, or lists of them. */
const SENTENCES: ReadonlySet<string> = new Set([
  ...['message', 'headline', 'hint', 'meaning', 'detail', 'details', 'notes', 'next', 'warnings'],
]);

/**
 * Has commands be named as this run was started, and look where it looks. Prose, file names and
 * foreign values stay.
 */
export class CommandNames {
  readonly #name: string;
  readonly #place: { config: string; livekit: string };

  /** @param place what the flags of this run name; a command that names one itself keeps that */
  constructor(start: Start, place: Place = {}) {
    this.#name = programName(start);
    this.#place = placeFlags(place);
  }

  /** In a text. */
  inText(text: string): string {
    const placed = text.replaceAll(WHOLE_COMMAND, (commands) =>
      commands
        .split(' | ')
        .map((command) => this.#placed(command))
        .join(' | '),
    );
    return placed.replaceAll(COMMAND, () => this.#name);
  }

  /** In a whole command line, which begins with `lk-transfer `. */
  inLine(line: string): string {
    return this.#placed(line).replace(/^lk-transfer(?= )/, () => this.#name);
  }

  /** In all sentences of a record, and in its command lines (`command`). */
  inRecord<Value>(value: Value): Value {
    const { config, livekit } = this.#place;
    const isPlain = this.#name === PROGRAM && `${config}${livekit}` === '';
    return isPlain ? value : (this.#renamed(value, '') as Value);
  }

  /** The columns for a text that is broken into lines before it comes here. @param columns 80, if unknown */
  columnsFor(columns = 80): number {
    return columns - (this.#name.length - PROGRAM.length);
  }

  #placed(command: string): string {
    const { config, livekit } = this.#place;
    const usesPlace = USES_PLACE.test(command);
    const usesConfig = usesPlace || USES_CONFIG.test(command);
    const file = usesConfig && !NAMES_CONFIG.test(command) ? config : '';
    return `${command}${file}${usesPlace && !NAMES_LIVEKIT.test(command) ? livekit : ''}`;
  }

  #renamed(value: unknown, field: string): unknown {
    if (typeof value === 'string') {
      if (field === 'command') return this.inLine(value);
      return SENTENCES.has(field) ? this.inText(value) : value;
    }
    if (Array.isArray(value)) return value.map((each) => this.#renamed(each, field));
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([key, each]) => [key, this.#renamed(each, key)]);
    return Object.fromEntries(fields);
  }
}

// Its version, and the files it ships beside the program.

/** Put in by the build, from package.json. */
declare const __VERSION__: string;

export const version: string = __VERSION__;

/**
 * Finds a file of the package, from dist/program/ as from src/core/.
 * @param path from the package's own folder, with slashes
 * @returns its absolute path
 */
export function packageFile(path: string): string {
  return join(import.meta.dirname, '..', '..', ...path.split('/'));
}

/**
 * Where a bug is reported, in words that follow “report it”: by `bugs` of package.json, which may be an
 * address, or an object with one of the web or of mail. Whoever gave it out knows, where it names none.
 */
export function whereToReport(): string {
  let bugs: unknown;
  try {
    ({ bugs } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')));
  } catch {
    // Somebody has taken it away: that is no second bug.
  }
  const { url, email } = (bugs ?? {}) as { url?: unknown; email?: unknown };
  for (const named of [bugs, url, email]) {
    if (typeof named !== 'string') continue;
    if (/^https?:\/\/\S+$/.test(named)) return `at ${named}`;
    if (/^[^\s@]+@[^\s@]+$/.test(named)) return `to ${named}`;
  }
  return 'to whoever gave you lk-transfer';
}
