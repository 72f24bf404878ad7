/**
 * How somebody types the name of this program: the way it was started. Sentences say `lk-transfer`;
 * at the border, where they are printed, the commands in them get the name that can be pasted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
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
    if (file !== undefined) return shellWord(`file:${resolve(folder, file)}`);
    // By its name alone npx would fetch what the registry has under it. A login is nobody's business.
    if (/^[a-z+]+:/.test(from) && !/:\/\/(?!git@)[^/]*@/.test(from)) return shellWord(from);
    const named = _npx?.packages?.find((word) => word.startsWith(`${PROGRAM}@`));
    return named === undefined ? PROGRAM : shellWord(named);
  } catch {
    return PROGRAM;
  }
}

// The commands in what is printed.

/** Where a command begins: in backticks, behind a pipe in them, in an example, and as what is used. */
const COMMAND = /(?<=`(?:[^`\n]*\| )?|^ *\$ |^Usage: )lk-transfer(?=[\s`]|$)/gm;

/** Fields of records that hold sentences, or lists of them. */
const SENTENCES: ReadonlySet<string> = new Set([
  ...['message', 'headline', 'hint', 'meaning', 'detail', 'details', 'notes', 'next', 'warnings'],
]);

/** Has commands be named as this run was started. Prose, file names and foreign values stay. */
export class CommandNames {
  readonly #name: string;

  constructor(start: Start) {
    this.#name = programName(start);
  }

  /** In a text. */
  inText(text: string): string {
    return this.#name === PROGRAM ? text : text.replaceAll(COMMAND, () => this.#name);
  }

  /** In a whole command line, which begins with `lk-transfer `. */
  inLine(line: string): string {
    return line.replace(/^lk-transfer(?= )/, () => this.#name);
  }

  /** In all sentences of a record, and in its command lines (`command`). */
  inRecord<Value>(value: Value): Value {
    return this.#name === PROGRAM ? value : (this.#renamed(value, '') as Value);
  }

  /** The columns for a text that is broken into lines before it comes here. @param columns 80, if unknown */
  columnsFor(columns = 80): number {
    return columns - (this.#name.length - PROGRAM.length);
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
