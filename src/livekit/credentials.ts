/**
 * Which LiveKit server to talk to, and as whom. Every source is all or nothing: half of one is an
 * error, never filled up from another, since a key of one project with the URL of the next would
 * send callers through the wrong trunk. No error says any part of a secret.
 */
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { CredentialsError } from '../core/errors.ts';
import { decodeText } from '../core/text.ts';
import type { LkProject, LkProjects } from './lk-projects.ts';
import { serverUrl } from './server-route.ts';

export { serverUrl } from './server-route.ts';

export interface Credentials {
  /** As given; `serverUrl` makes the address of it. */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Where they came from, for people: `flags`, `project staging of the lk CLI`, `environment`. */
  source: string;
}

export interface CredentialFlags {
  url?: string | undefined;
  apiKey?: string | undefined;
  /** A file that holds the secret and nothing else; `-` is standard input. */
  apiSecretFile?: string | undefined;
  /** --project: a project of the lk CLI. */
  project?: string | undefined;
  /** --credentials: a file of environment lines. */
  credentials?: string | undefined;
  /** livekit.project of the config. */
  configProject?: string | null | undefined;
  /**
   * Whether the lk CLI's default project may be used. False for what changes something without a
   * person at the terminal: a cron job that lost its environment must not reach somebody's project.
   */
  allowDefaultProject: boolean;
}

export interface CredentialHost {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** Reads standard input to its end. */
  readStdin?(): Promise<string>;
}

const LARGEST_FILE = 1_000_000;

/**
 * Finds the credentials: flags, --project, --credentials, environment, the config's project, the lk
 * CLI's default project; the first source that says anything counts.
 * @throws CredentialsError naming what is missing; KnownError `wrong-url`
 */
export async function findCredentials(
  flags: CredentialFlags,
  host: CredentialHost,
): Promise<Credentials> {
  const { names, ...credentials } = await gatherCredentials(flags, host);
  serverUrl(credentials.url, names.url);
  checkKeys({ names, ...credentials });
  return credentials;
}

/**
 * The same, with nothing checked but that all three parts are there: for telling a wrong address
 * from a wrong key.
 * @throws CredentialsError naming what is missing
 */
export async function gatherCredentials(
  flags: CredentialFlags,
  host: CredentialHost,
): Promise<FoundCredentials> {
  return (
    (await fromFlags(flags, host)) ??
    (await fromNamedProject(flags.project, '--project', host)) ??
    (await fromCredentialsFile(flags.credentials, host)) ??
    fromVariables(host.env, 'environment') ??
    (await fromNamedProject(flags.configProject, 'livekit.project of the config', host)) ??
    (await fromDefaultProject(flags.allowDefaultProject, host))
  );
}

/** @throws CredentialsError when key or secret hold what none ever holds */
export function checkKeys({ apiKey, apiSecret, names }: FoundCredentials): void {
  refuseBlanks(apiKey, names.apiKey);
  refuseBlanks(apiSecret, names.apiSecret);
}

async function readLkProjects(home: string): Promise<LkProjects> {
  const lkProjects = await import('./lk-projects.ts');
  return lkProjects.readLkProjects(home);
}

/** What the three parts are called in one source, for messages. */
type Names = Record<'url' | 'apiKey' | 'apiSecret', string>;
type FoundCredentials = Credentials & { names: Names };

const FLAG_NAMES: Names = { url: '--url', apiKey: '--api-key', apiSecret: '--api-secret-file' };
const VARIABLE_NAMES: Names = {
  url: 'LIVEKIT_URL',
  apiKey: 'LIVEKIT_API_KEY',
  apiSecret: 'LIVEKIT_API_SECRET',
};

async function fromFlags(
  flags: CredentialFlags,
  host: CredentialHost,
): Promise<FoundCredentials | null> {
  const { url, apiKey, apiSecretFile } = flags;
  const given = { url, apiKey, apiSecret: apiSecretFile };
  if (Object.values(given).every((value) => value === undefined)) return null;
  // The file is opened only when the rest is there: a secret is not read in vain.
  complete(given, FLAG_NAMES, 'flags', 'Give all three, or none and set the environment.');
  const apiSecret = await readSecret(apiSecretFile as string, host);
  return complete({ url, apiKey, apiSecret }, FLAG_NAMES, 'flags');
}

async function fromNamedProject(
  name: string | null | undefined,
  wanted: string,
  host: CredentialHost,
): Promise<FoundCredentials | null> {
  if (name === undefined || name === null) return null;
  const { file, projects } = await readLkProjects(host.home);
  const project = projects.find((candidate) => candidate.name === name);
  if (project !== undefined) return fromProject(project);
  const known = projects.map((candidate) => candidate.name).join(', ');
  throw new CredentialsError(`The lk CLI has no project "${name}" (${wanted}).`, {
    hint:
      known === ''
        ? `There are none in ${file}; add one with \`lk project add\`.`
        : `Known projects: ${known}.`,
  });
}

function fromProject(project: LkProject): FoundCredentials {
  const source = `project ${project.name} of the lk CLI`;
  const names = { url: 'url', apiKey: 'api_key', apiSecret: 'api_secret' };
  return complete(project, names, source);
}

async function fromCredentialsFile(
  name: string | undefined,
  host: CredentialHost,
): Promise<FoundCredentials | null> {
  if (name === undefined) return null;
  const source = `credentials file ${name}`;
  const text = await readSmallFile(resolve(host.cwd, name), `The ${source}`);
  const found = fromVariables(parseEnv(text), source);
  if (found !== null) return found;
  throw new CredentialsError(`The ${source} sets none of the LiveKit variables.`, {
    hint: `It needs ${Object.values(VARIABLE_NAMES).join(', ')}.`,
  });
}

function fromVariables(
  env: Readonly<Record<string, string | undefined>>,
  source: string,
): FoundCredentials | null {
  const given = {
    url: env.LIVEKIT_URL,
    apiKey: env.LIVEKIT_API_KEY,
    apiSecret: env.LIVEKIT_API_SECRET,
  };
  return Object.values(given).some(isSet) ? complete(given, VARIABLE_NAMES, source) : null;
}

async function fromDefaultProject(
  allowed: boolean,
  host: CredentialHost,
): Promise<FoundCredentials> {
  const { defaultProject, projects } = await readLkProjects(host.home);
  const project = projects.find((candidate) => candidate.name === defaultProject);
  if (project !== undefined && allowed) return fromProject(project);
  const ways = [
    'Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
    'Or name a file that sets them with --credentials.',
    'Or name a project of the lk CLI with --project.',
    'Or use --url, --api-key and --api-secret-file.',
    'Or try everything without a server: --sandbox.',
  ];
  const unused =
    project === undefined
      ? ''
      : ` (the lk CLI's default project "${project.name}" is used only at a terminal)`;
  throw new CredentialsError(`There are no LiveKit credentials${unused}.`, {
    hint: ways.join(' '),
  });
}

/** Three parts, or an error that names the missing ones. */
function complete(
  given: { url?: string | undefined; apiKey?: string | undefined; apiSecret?: string | undefined },
  names: Names,
  source: string,
  hint = 'All three must come from the same source.',
): FoundCredentials {
  const { url, apiKey, apiSecret } = given;
  if (isSet(url) && isSet(apiKey) && isSet(apiSecret)) {
    return { url: url.trim(), apiKey: apiKey.trim(), apiSecret: apiSecret.trim(), source, names };
  }
  const missing = (['url', 'apiKey', 'apiSecret'] as const)
    .filter((part) => !isSet(given[part]))
    .map((part) => names[part]);
  const be = missing.length === 1 ? 'is' : 'are';
  throw new CredentialsError(
    `The LiveKit credentials are incomplete (${source}): ${missing.join(' and ')} ${be} missing.`,
    { hint },
  );
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

/** A secret file with its key, or two lines, would only be told apart by a failing signature. */
function refuseBlanks(value: string, name: string): void {
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new CredentialsError(`${name} has spaces or other characters that no key has.`, {
      hint: 'It must be the value alone, on one line.',
    });
  }
}

async function readSecret(name: string, host: CredentialHost): Promise<string> {
  if (name !== '-') {
    const what = `The secret file ${name}`;
    return secretIn(await readSmallFile(resolve(host.cwd, name), what), what);
  }
  if (host.readStdin === undefined) {
    throw new CredentialsError('The secret cannot be read from standard input here.', {
      hint: 'Name a file with --api-secret-file.',
    });
  }
  return secretIn(await host.readStdin(), 'Standard input');
}

/** @throws CredentialsError where there is none: the flag that names the file is not what is missing */
function secretIn(text: string, what: string): string {
  if (isSet(text)) return withoutNewline(text);
  throw new CredentialsError(`${what} is empty.`, {
    hint: 'It must hold the API secret alone, on one line.',
  });
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** Reads a file; `what` names it at the start of a message. */
async function readSmallFile(file: string, what: string): Promise<string> {
  // Loaded here: most runs find their credentials in the environment.
  const { readFile } = await import('node:fs/promises');
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CredentialsError(
      code === 'ENOENT' ? `${what} does not exist.` : `${what} cannot be read (${code}).`,
    );
  }
  if (bytes.length > LARGEST_FILE) throw new CredentialsError(`${what} is larger than 1 MB.`);
  return decodeText(bytes);
}
