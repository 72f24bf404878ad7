/** The projects that LiveKit's own CLI, `lk`, keeps in ~/.livekit/cli-config.yaml. Brings a YAML parser along: import it lazily. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FAILSAFE_SCHEMA, load, Type, types } from 'js-yaml';
import { CredentialsError } from '../core/errors.ts';
import { isObject } from './twirp.ts';

/** One project; a part that the file lacks, or has in a wrong form, is undefined. */
export interface LkProject {
  name: string;
  url: string | undefined;
  apiKey: string | undefined;
  apiSecret: string | undefined;
}

export interface LkProjects {
  file: string;
  defaultProject: string | null;
  projects: LkProject[];
}

const LARGEST_FILE = 1_000_000;

/**
 * Reads the lk CLI's projects; no file means no projects.
 * @throws CredentialsError when the file is there and cannot be read, without a word of what is in
 *   it: it holds secrets, and parsers like to quote
 */
export async function readLkProjects(home: string): Promise<LkProjects> {
  const file = join(home, '.livekit', 'cli-config.yaml');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { file, defaultProject: null, projects: [] };
    throw new CredentialsError(`The lk CLI's projects cannot be read (${file}: ${code}).`);
  }
  const parsed = parse(text, file);
  const listed: unknown[] =
    isObject(parsed) && Array.isArray(parsed.projects) ? parsed.projects : [];
  return {
    file,
    defaultProject: isObject(parsed) ? (textOf(parsed.default_project) ?? null) : null,
    projects: listed.flatMap((entry) => {
      const name = isObject(entry) ? textOf(entry.name) : undefined;
      if (!isObject(entry) || name === undefined) return [];
      const { url, api_key, api_secret } = entry;
      return [{ name, url: textOf(url), apiKey: textOf(api_key), apiSecret: textOf(api_secret) }];
    }),
  };
}

/** A tag that says what kind of value a text is: here it stays the text. */
const asText = (name: string) => new Type(`tag:yaml.org,2002:${name}`, { kind: 'scalar' });

/**
 * Every value as the file has it, as `lk` itself reads them: YAML makes 100000 of a secret `1e5`, and
 * 83 of a name `0123`. Only nothing (`null`, `~`) is no text, and `<<` still merges.
 */
const AS_WRITTEN = FAILSAFE_SCHEMA.extend({
  implicit: [types.null, types.merge],
  explicit: ['int', 'float', 'bool'].map(asText),
});

function parse(text: string, file: string): unknown {
  if (text.length > LARGEST_FILE) throw new CredentialsError(`${file} is larger than 1 MB.`);
  try {
    return load(text, { schema: AS_WRITTEN });
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'YAMLException') throw cause;
    // Not even js-yaml's reason: of `api_secret: *abc` it says that alias "abc" is unknown.
    const line = (cause as { mark?: { line: number } }).mark?.line;
    const where = line === undefined ? '' : ` (line ${line + 1})`;
    throw new CredentialsError(`The lk CLI's file of projects is not valid YAML: ${file}${where}.`);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
