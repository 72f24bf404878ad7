import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CredentialsError, KnownError } from '../../src/core/errors.ts';
import { type CredentialFlags, findCredentials, serverUrl } from '../../src/livekit/credentials.ts';
import { folderWith } from '../config/folders.ts';

const SECRET = 'cAnArYsEcReT1234567890';
const ENVIRONMENT = {
  LIVEKIT_URL: 'wss://env.livekit.cloud',
  LIVEKIT_API_KEY: 'APIenv',
  LIVEKIT_API_SECRET: SECRET,
};
const LK_FILE = `default_project: live
device_name: desk
projects:
  - name: staging
    project_id: p_1
    url: wss://staging.livekit.cloud
    api_key: APIstaging
    api_secret: ${SECRET}
  - name: live
    url: wss://live.livekit.cloud
    api_key: APIlive
    api_secret: ${SECRET}
  - name: half
    url: wss://half.livekit.cloud
    api_secret: ${SECRET}
`;

interface Situation {
  flags?: Partial<CredentialFlags>;
  env?: Record<string, string>;
  files?: Record<string, string | Buffer>;
  lk?: string;
  stdin?: string;
}

function find({ flags, env = {}, files = {}, lk, stdin }: Situation) {
  const lkFile = lk === undefined ? {} : { 'home/.livekit/cli-config.yaml': lk };
  const cwd = folderWith({ ...files, ...lkFile });
  return findCredentials(
    { allowDefaultProject: false, ...flags },
    {
      env,
      cwd,
      home: join(cwd, 'home'),
      ...(stdin === undefined ? {} : { readStdin: async () => stdin }),
    },
  );
}

/** The error of a situation; checked to keep the secret to itself, stack and cause included. */
async function failureOf(situation: Situation): Promise<KnownError> {
  const error: unknown = await find(situation).catch((thrown: unknown) => thrown);
  if (!(error instanceof KnownError)) throw new Error('expected a KnownError');
  const everything = inspect(error, { depth: 9, showHidden: true });
  for (const part of [SECRET, SECRET.slice(0, 6), SECRET.slice(-6)]) {
    expect(everything).not.toContain(part);
  }
  return error;
}

const threeFlags = { url: 'ws://localhost:7880', apiKey: 'APIflag', apiSecretFile: 'secret.txt' };

describe('the sources, in their order', () => {
  const everything: Situation = {
    flags: {
      ...threeFlags,
      project: 'staging',
      credentials: '.env',
      configProject: 'live',
      allowDefaultProject: true,
    },
    env: ENVIRONMENT,
    files: {
      'secret.txt': `${SECRET}\n`,
      '.env': `LIVEKIT_URL="wss://file.livekit.cloud" # ours\nLIVEKIT_API_KEY=APIfile\nexport LIVEKIT_API_SECRET='${SECRET}'\n`,
    },
    lk: LK_FILE,
  };
  const without = (...names: (keyof CredentialFlags)[]): Situation => ({
    ...everything,
    flags: Object.fromEntries(
      Object.entries(everything.flags ?? {}).filter(
        ([name]) => !names.includes(name as keyof CredentialFlags),
      ),
    ),
  });
  const flagNames = ['url', 'apiKey', 'apiSecretFile'] as const;

  it.each([
    ['flags', everything, 'ws://localhost:7880', 'APIflag', 'flags'],
    [
      '--project',
      without(...flagNames),
      'wss://staging.livekit.cloud',
      'APIstaging',
      'project staging of the lk CLI',
    ],
    [
      '--credentials',
      without(...flagNames, 'project'),
      'wss://file.livekit.cloud',
      'APIfile',
      'credentials file .env',
    ],
    [
      'environment',
      without(...flagNames, 'project', 'credentials'),
      'wss://env.livekit.cloud',
      'APIenv',
      'environment',
    ],
    [
      'the project of the config',
      { ...without(...flagNames, 'project', 'credentials'), env: {} },
      'wss://live.livekit.cloud',
      'APIlive',
      'project live of the lk CLI',
    ],
    [
      'the default project',
      { lk: LK_FILE, flags: { allowDefaultProject: true } },
      'wss://live.livekit.cloud',
      'APIlive',
      'project live of the lk CLI',
    ],
  ])('%s', async (_title, situation, url, apiKey, source) => {
    expect(await find(situation)).toEqual({ url, apiKey, apiSecret: SECRET, source });
  });

  it('takes an empty variable for unset', async () => {
    const env = { LIVEKIT_URL: '', LIVEKIT_API_KEY: ' ', LIVEKIT_API_SECRET: '' };
    const found = await find({ env, lk: LK_FILE, flags: { allowDefaultProject: true } });
    expect(found.source).toBe('project live of the lk CLI');
  });
});

describe('half a source is an error, never filled up from another', () => {
  const files = { 'secret.txt': SECRET };
  it.each([
    [{ flags: { url: 'ws://h', apiKey: 'APIk' } }, '(flags): --api-secret-file is missing'],
    [{ flags: { apiSecretFile: 'secret.txt' }, files }, '(flags): --url and --api-key are missing'],
    [{ flags: { ...threeFlags, url: '' }, files }, '(flags): --url is missing'],
    [
      { flags: { project: 'half' }, lk: LK_FILE },
      '(project half of the lk CLI): api_key is missing',
    ],
    [
      { flags: { credentials: 'e' }, files: { e: `LIVEKIT_API_SECRET=${SECRET}` } },
      '(credentials file e): LIVEKIT_URL and LIVEKIT_API_KEY are missing',
    ],
    [
      { env: { LIVEKIT_URL: 'ws://h', LIVEKIT_API_KEY: 'k' } },
      '(environment): LIVEKIT_API_SECRET is missing',
    ],
    [
      { env: { LIVEKIT_API_SECRET: SECRET } },
      '(environment): LIVEKIT_URL and LIVEKIT_API_KEY are missing',
    ],
  ] as [Situation, string][])('%j', async (situation, expected) => {
    const full = { env: ENVIRONMENT, lk: LK_FILE, ...situation };
    full.flags = { configProject: 'live', allowDefaultProject: true, ...situation.flags };
    const error = await failureOf(full);
    expect(error).toBeInstanceOf(CredentialsError);
    expect(error.exitCode).toBe(4);
    expect(error.message).toBe(`The LiveKit credentials are incomplete ${expected}.`);
  });
});

describe('the secret file', () => {
  const flags = threeFlags;

  it.each([SECRET, `${SECRET}\n`, `${SECRET}\r\n`, `\uFEFF${SECRET}\n`])(
    'loses the newline at its end: %j',
    async (text) => {
      expect((await find({ flags, files: { 'secret.txt': text } })).apiSecret).toBe(SECRET);
    },
  );

  it.each(['utf16le', 'utf16be'])('may be in %s, as PowerShell writes it', async (encoding) => {
    const bytes = Buffer.from(`\uFEFF${SECRET}\r\n`, 'utf16le');
    const secret = encoding === 'utf16be' ? bytes.swap16() : bytes;
    expect((await find({ flags, files: { 'secret.txt': secret } })).apiSecret).toBe(SECRET);
    const variables = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}\r\n`);
    const env = Buffer.from(`\uFEFF${variables.join('')}`, 'utf16le');
    const written = encoding === 'utf16be' ? env.swap16() : env;
    const found = await find({ flags: { credentials: 'e' }, files: { e: written } });
    expect(found).toMatchObject({ apiKey: 'APIenv', apiSecret: SECRET });
  });

  it('is standard input when it is called -', async () => {
    const situation = { flags: { ...flags, apiSecretFile: '-' } };
    expect((await find({ ...situation, stdin: `${SECRET}\n` })).apiSecret).toBe(SECRET);
    expect((await failureOf(situation)).message).toMatch(/cannot be read from standard input/);
    expect((await failureOf({ ...situation, stdin: '\n' })).message).toMatch(
      /^Standard input is empty\.$/,
    );
  });

  it.each([
    ['is missing', {}, 'The secret file secret.txt does not exist.'],
    ['is empty', { 'secret.txt': '' }, 'The secret file secret.txt is empty.'],
    ['is blank', { 'secret.txt': '\uFEFF \r\n' }, 'The secret file secret.txt is empty.'],
    ['is a folder', { 'secret.txt/x': '' }, 'The secret file secret.txt cannot be read (EISDIR).'],
    [
      'holds more than the secret',
      { 'secret.txt': `${SECRET}\n${SECRET}\n` },
      '--api-secret-file has spaces or other characters that no key has.',
    ],
    [
      'is huge',
      { 'secret.txt': 'x'.repeat(1_000_001) },
      'The secret file secret.txt is larger than 1 MB.',
    ],
  ])('%s', async (_title, files, message) => {
    expect((await failureOf({ flags, files })).message).toBe(message);
  });
});

describe('the lk CLI', () => {
  it('has no such project: the known ones are named', async () => {
    const error = await failureOf({ flags: { project: 'stagin' }, lk: LK_FILE });
    expect(error.message).toBe('The lk CLI has no project "stagin" (--project).');
    expect(error.hint).toBe('Known projects: staging, live, half.');
  });

  it('has no file: a named project is an error, also from the config', async () => {
    const error = await failureOf({ flags: { configProject: 'live' } });
    expect(error.message).toBe('The lk CLI has no project "live" (livekit.project of the config).');
    expect(error.hint).toMatch(
      /There are none in .*cli-config\.yaml; add one with `lk project add`\./,
    );
  });

  const oneProject = (name: string, key: string, secret: string) =>
    `projects:\n  - {name: ${name}, url: ws://h, api_key: ${key}, api_secret: ${secret}}\n`;

  it.each([
    ['12345', '67890', '1e5'],
    ['0123', '0x1F', '1_000'],
    ['1.10', '2026-01-01', '.inf'],
    ['yes', 'true', '0o17'],
    ['!!int 7', '!!float 1.50', '!!bool on'],
  ])('names things without quotes, %s, %s and %s: they are read as written', async (...words) => {
    const bare = words.map((word) => word.replace(/^!!\w+ /, ''));
    const [project = '', apiKey, apiSecret] = bare;
    const [name, key, secret] = words as [string, string, string];
    const lk = `default_project: ${project}\n${oneProject(name, key, secret)}`;
    const found = { apiKey, apiSecret, source: `project ${project} of the lk CLI` };
    expect(await find({ flags: { project }, lk })).toMatchObject(found);
    expect(await find({ flags: { allowDefaultProject: true }, lk })).toMatchObject(found);
  });

  it.each(['null', '~', "''", '""'])('has %s in place of a key: it is missing', async (nothing) => {
    const lk = oneProject('p', nothing, '"null"');
    expect((await failureOf({ flags: { project: 'p' }, lk })).message).toBe(
      'The LiveKit credentials are incomplete (project p of the lk CLI): api_key is missing.',
    );
  });

  it('shares parts of projects, and has a secret that is a word of YAML', async () => {
    const lk = `common: &all {url: ws://h, api_key: 7}\nprojects: [{<<: *all, name: p, api_secret: "null"}]\n`;
    expect(await find({ flags: { project: 'p' }, lk })).toMatchObject({
      url: 'ws://h',
      apiKey: '7',
      apiSecret: 'null',
    });
  });

  it.each([
    ['broken', `projects: [\n  ${SECRET}`],
    ['with the secret as an alias', `api_secret: *${SECRET}`],
    ['with the secret as a tag', `api_secret: !${SECRET} x`],
    ['with the secret twice', `${SECRET}: 1\n${SECRET}: 2`],
  ])('has a file that is %s: nothing of it is repeated', async (_title, lk) => {
    expect((await failureOf({ flags: { project: 'x' }, lk })).message).toMatch(
      /is not valid YAML: .* \(line \d\)\.$/,
    );
  });

  it.each(['', '[]', 'projects: 1', 'projects: [1, {url: x}, null]', 'default_project: 7'])(
    'has a strange file: %j',
    async (lk) => {
      expect((await failureOf({ flags: { allowDefaultProject: true }, lk })).message).toBe(
        'There are no LiveKit credentials.',
      );
    },
  );

  it('has a folder in place of the file', async () => {
    const cwd = folderWith();
    mkdirSync(join(cwd, '.livekit', 'cli-config.yaml'), { recursive: true });
    const found = findCredentials({ allowDefaultProject: true }, { env: {}, cwd, home: cwd });
    await expect(found).rejects.toThrow(/cannot be read \(.*EISDIR\)/);
  });
});

describe('nothing found', () => {
  it('lists the ways', async () => {
    const error = await failureOf({});
    expect(error.message).toBe('There are no LiveKit credentials.');
    for (const way of [
      'LIVEKIT_API_SECRET',
      '--credentials',
      '--project',
      '--api-secret-file',
      '--sandbox',
    ]) {
      expect(error.hint).toContain(way);
    }
  });

  it('says that the default project is there, and not for programs', async () => {
    const error = await failureOf({ lk: LK_FILE });
    expect(error.message).toContain('default project "live" is used only at a terminal');
  });

  it.each([
    ['is missing', {}, 'The credentials file .env does not exist.'],
    [
      'says nothing of LiveKit',
      { '.env': `OTHER=${SECRET}` },
      'The credentials file .env sets none of the LiveKit variables.',
    ],
  ])(
    'when the credentials file %s, although the environment is set',
    async (_title, files, message) => {
      expect(
        (await failureOf({ flags: { credentials: '.env' }, files, env: ENVIRONMENT })).message,
      ).toBe(message);
    },
  );
});

describe('the address of the server', () => {
  it.each([
    ['wss://my-project.livekit.cloud', 'https://my-project.livekit.cloud'],
    ['ws://localhost:7880', 'http://localhost:7880'],
    ['https://h/', 'https://h'],
    ['HTTP://H:80', 'http://h'],
    ['wss://h:443/', 'https://h'],
    ['ws://h:443', 'http://h:443'],
    [' http://[::1]:7880 ', 'http://[::1]:7880'],
    ['https://h/livekit', 'https://h/livekit'],
    ['wss://h:443/livekit/', 'https://h/livekit'],
    ['https://h//', 'https://h'],
    ['https://h//a//b//', 'https://h/a/b'],
    ['wss://h/rtc', 'https://h'],
    ['wss://h/livekit/rtc/', 'https://h/livekit'],
    ['wss://h/rtc/v1', 'https://h'],
    ['wss://h/artc', 'https://h/artc'],
    ['https://h/a/../b', 'https://h/b'],
    ['https://h/ü', 'https://h/%C3%BC'],
    ['https://h/?', 'https://h'],
  ])('%s is %s', (text, origin) => {
    expect(serverUrl(text)).toBe(origin);
  });

  it.each([
    ['my-project.livekit.cloud', 'is not a full address'],
    ['localhost:7880', 'is not a full address'],
    ['', 'is not a full address'],
    ['wss://', 'is not a full address'],
    ['https:///h', 'is not a full address'],
    ['ftp://h', 'must start with wss://, https://, ws:// or http://'],
    ['https://h:99999', 'is not a valid address'],
    ['https://a b', 'holds blanks or control characters'],
    ['https://a\nb', 'holds blanks or control characters'],
    ['https:\\\\h', 'holds blanks or control characters'],
    [`https://user:${SECRET}@h`, 'carries a user or password'],
    ['https://user@h', 'carries a user or password'],
    [`https://h/?token=${SECRET}`, 'carries a query or a fragment'],
    [`https://h/livekit?token=${SECRET}`, 'carries a query or a fragment'],
    ['https://h/#x', 'carries a query or a fragment'],
    ['https://h/livekit#x', 'carries a query or a fragment'],
  ])('%j is refused', async (text, expected) => {
    const error = await failureOf({ env: { ...ENVIRONMENT, LIVEKIT_URL: text || ' x ' } });
    expect(error.code).toBe('wrong-url');
    expect(error.message).toBe(`LIVEKIT_URL ${expected}.`);
  });

  it('stays secret when the secret stands in its place', async () => {
    const error = await failureOf({ env: { ...ENVIRONMENT, LIVEKIT_URL: SECRET } });
    expect(error.message).toBe('LIVEKIT_URL is not a full address.');
  });

  it('says what to leave out, and repeats none of it', () => {
    expect(() => serverUrl(`wss://h/rtc?access_token=${SECRET}`, '--url')).toThrow(
      expect.objectContaining({ hint: 'Leave out everything from “?” or “#” on.' }),
    );
  });
});
