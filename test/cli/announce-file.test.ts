/** A sound file played to a caller whom no agent can tell anything: by programs that stand in here. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readSound } from '../../src/commands/transfer/sound.ts';
import { sleep } from '../../src/core/host.ts';
import type { AgentSeed } from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { runShell } from '../process/run-program.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK, SPEED } from './run-cli.ts';

/** 16-bit PCM of so many samples. */
function wav(samples: number, { rate = 8000, channels = 1, bits = 16, form = 1 } = {}): Buffer {
  const data = Buffer.alloc(samples * channels * 2, 1);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0).toString();
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(form, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** An Ogg page, as far as anybody reads it here. */
function page(position: bigint, content: Buffer): Buffer {
  const head = Buffer.alloc(28);
  head.write('OggS');
  head.writeBigInt64LE(position, 6);
  head[26] = 1;
  head[27] = content.length;
  return Buffer.concat([head, content]);
}

function ogg(samples: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt16LE(312, 10);
  return Buffer.concat([page(0n, head), page(BigInt(samples + 312), Buffer.alloc(40, 7))]);
}

describe('a sound file', () => {
  it('is Ogg Opus or WAV, by its content', () => {
    expect(readSound(ogg(96_000))).toEqual({ durationMs: 2000, pcm: null });
    expect(readSound(wav(16_000))).toMatchObject({
      durationMs: 2000,
      pcm: { rate: 8000, channels: 1 },
    });
    const stereo = readSound(wav(4800, { rate: 48_000, channels: 2 }));
    expect(stereo).toMatchObject({ durationMs: 100, pcm: { channels: 2 } });
  });

  it('that was cut off is read as far as it goes', () => {
    const cut = wav(8000).subarray(0, 44 + 8001);
    const sound = readSound(cut);
    expect(sound).toMatchObject({ durationMs: 500 });
    expect(typeof sound === 'object' ? sound.pcm?.samples.length : 0).toBe(8000);
  });

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /neither/],
    ['a script', Buffer.from('#!/bin/sh\necho OpusHead OggS RIFFWAVE\n'), /neither/],
    ['Ogg Vorbis', page(0n, Buffer.from('\u0001vorbis')), /neither/],
    ['Ogg that ends in its head', ogg(5).subarray(0, 38), /neither/],
    ['WAV of 8 bits', wav(10, { bits: 8 }), /neither/],
    ['WAV with A-law', wav(10, { form: 6 }), /neither/],
    ['WAV of five channels', wav(10, { channels: 5 }), /neither/],
    ['WAV at 192 kHz', wav(10, { rate: 192_000 }), /neither/],
    ['WAV without sound', wav(0), /no sound/],
    ['Ogg without sound', ogg(0), /no sound/],
    ['a song', ogg(48_000 * 180), /lasts 180 s; 60 s are the most/],
    ['a long WAV', wav(8000 * 61), /lasts 61 s/],
  ])('is not %s', (_, bytes, why) => {
    expect(readSound(bytes)).toMatch(why);
  });

  it('is none whatever the bytes are, and never fails', () => {
    const bytes = Buffer.concat([wav(10), ogg(10)]);
    for (let length = 0; length < bytes.length; length += 1) {
      for (const part of [bytes.subarray(0, length), bytes.subarray(length)]) {
        expect(['string', 'object']).toContain(typeof readSound(part));
      }
    }
  });
});

function makeFolder(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-sound-test-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Programs of these names, which are shell scripts. @returns a PATH with them */
function pathWith(scripts: Record<string, string>): string {
  const folder = makeFolder(scripts);
  for (const name of Object.keys(scripts)) chmodSync(join(folder, name), 0o755);
  return `${folder}:/usr/bin:/bin`;
}

/** Notes what it is given beside itself, and says more than anybody should see. */
const LK = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$@" > "$here/args"
env > "$here/env"
cat announcement.ogg > "$here/played"
echo "on stdout"; echo "on stderr" >&2
`;

const MODULE = `
const { writeFileSync, appendFileSync } = require('node:fs');
const log = (line) => appendFileSync(__dirname + '/log', line + '\\n');
console.log('on stdout');
exports.Room = class {
  localParticipant = {
    publishTrack: async (track, options) => {
      log('publish ' + track.name + ' ' + options.source);
      return { waitForSubscription: async () => log('subscribed') };
    },
  };
  async connect(url, token, options) {
    log('connect ' + url + ' ' + options.autoSubscribe);
    writeFileSync(__dirname + '/token', token);
    writeFileSync(__dirname + '/env', JSON.stringify([process.env, process.argv]));
  }
  async disconnect() { log('disconnect'); }
};
exports.AudioSource = class {
  samples = 0;
  constructor(rate, channels) { log('source ' + rate + ' ' + channels); }
  async captureFrame(frame) { this.samples += frame.data.length; }
  async waitForPlayout() { log('played ' + this.samples); }
};
exports.AudioFrame = class { constructor(data) { this.data = data; } };
exports.LocalAudioTrack = { createAudioTrack: (name) => ({ name }) };
exports.TrackPublishOptions = class {};
exports.TrackSource = { SOURCE_MICROPHONE: 2 };
`;

/** A folder with this in the place of @livekit/rtc-node, and a sound. */
const rtcNode = (module: string) =>
  makeFolder({
    'node_modules/@livekit/rtc-node/package.json': '{"main":"index.cjs"}',
    'node_modules/@livekit/rtc-node/index.cjs': module,
    'moment.wav': wav(800),
    'transfer.config.json': JSON.stringify(CONFIG),
  });

const CONFIG = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com', number: null },
  announce: 'One moment.',
  departments: { sales: '100' },
};

async function run(
  words: readonly string[],
  given: CliOptions & { rpc?: AgentSeed['rpc'] | null; room?: string } = {},
) {
  const { rpc = null, room = 'room', ...options } = given;
  const agent = { kind: 'agent', identity: 'agent', audio: 'published', age: 60 } as const;
  const seed = {
    trunks: [ONE_TRUNK],
    rooms: [
      {
        name: room,
        participants: [
          { kind: 'caller', callId: 'SCL_1', trunk: 'ST_one', number: '+15105550100', age: 60 },
          ...(rpc === null ? [] : [{ ...agent, rpc }]),
        ],
      },
    ],
  } as const;
  let sandbox: Sandbox | undefined;
  const result = await cliAgainst({ seed, speed: SPEED })(
    ['transfer', 'SCL_1', '--to', 'sales', '--yes', ...words],
    {
      config: CONFIG,
      ...options,
      during: (fake, started) => {
        sandbox = started;
        return options.during?.(fake, started);
      },
    },
  );
  const methods = (sandbox?.requests ?? []).map(({ method, body }) =>
    method.endsWith('PerformRpc') ? (body as { method: string }).method : method,
  );
  const { apiSecret, url } = sandbox ?? {};
  return { ...result, methods, apiSecret: apiSecret ?? 'none', url };
}

const isSent = (methods: readonly string[]) => methods.includes('SIP/TransferSIPParticipant');

describe.concurrent('--announce-file', () => {
  it('has lk play an Ogg file, with the credentials in its environment', async () => {
    const path = pathWith({ lk: LK });
    const home = path.split(':')[0] ?? '';
    const sound = ogg(24_000);
    const file = join(
      makeFolder({ 'closed, for $(touch x) today.ogg': sound }),
      'closed, for $(touch x) today.ogg',
    );
    const { exitCode, stdout, stderr, methods, apiSecret, url } = await run(
      ['--announce-file', file, '--json'],
      { env: { PATH: path, SECRET_OF_SOMEBODY: 'else' }, room: '-room of $(touch y)' },
    );
    expect(exitCode).toBe(0);
    expect(isSent(methods)).toBe(true);
    expect(JSON.parse(stdout).announcement).toEqual({
      text: 'One moment.',
      outcome: 'said',
      by: 'file',
      agent: null,
      file,
      reason: null,
    });
    expect(JSON.parse(stderr).warning.message).toBe(
      'no agent can announce it: no agent is in the room',
    );
    expect(readFileSync(join(home, 'args'), 'utf8').split('\n')).toEqual([
      'room',
      'join',
      '--identity',
      expect.stringMatching(/^lk-transfer-announcement-[0-9a-f]{12}$/),
      '--publish',
      'announcement.ogg',
      '--exit-after-publish',
      '--',
      '-room of $(touch y)',
      '',
    ]);
    expect(readFileSync(join(home, 'played')).equals(sound)).toBe(true);
    const env = readFileSync(join(home, 'env'), 'utf8');
    expect(env).toContain(`LIVEKIT_URL=${url}\n`);
    expect(env).toContain(`LIVEKIT_API_SECRET=${apiSecret}\n`);
    expect(env).not.toContain('SECRET_OF_SOMEBODY');
    const folder = /^PWD=(.*)$/m.exec(env)?.[1] ?? '';
    expect(folder).toContain('lk-transfer-sound-');
    expect(existsSync(folder)).toBe(false);
    expect(stdout + stderr).not.toMatch(/on stdout|on stderr/);
  });

  it('has @livekit/rtc-node of the project play a WAV file, without being hidden', async () => {
    const cwd = makeFolder({
      'node_modules/@livekit/rtc-node/package.json': '{"main":"index.cjs"}',
      'node_modules/@livekit/rtc-node/index.cjs': MODULE,
      'moment.wav': wav(1234, { rate: 16_000, channels: 2 }),
    });
    const config = join(makeFolder({ 'c.json': JSON.stringify(CONFIG) }), 'c.json');
    const { exitCode, stdout, stderr, apiSecret } = await run(
      ['--announce-file', 'moment.wav', '--json', '--config', config],
      { cwd, config: null },
    );
    expect({ exitCode, stderr: /on stdout/.test(stdout + stderr) }).toEqual({
      exitCode: 0,
      stderr: false,
    });
    expect(JSON.parse(stdout).announcement).toMatchObject({ outcome: 'said', by: 'file' });
    const home = join(cwd, 'node_modules/@livekit/rtc-node');
    expect(readFileSync(join(home, 'log'), 'utf8').trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^connect ws:\/\/127\.0\.0\.1:\d+ false$/),
      'source 16000 2',
      'publish announcement 2',
      'subscribed',
      'played 2468',
      'disconnect',
    ]);
    const [, claims = ''] = readFileSync(join(home, 'token'), 'utf8').split('.');
    const token = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(token.video).toEqual({
      room: 'room',
      roomJoin: true,
      canPublish: true,
      canSubscribe: false,
      canPublishData: false,
    });
    // Neither the secret nor the token stands where others can read it.
    const told = readFileSync(join(home, 'env'), 'utf8');
    expect(told).not.toContain(apiSecret);
    expect(told).not.toContain(claims);
  });

  it('loads what the real @livekit/rtc-node is called by', async () => {
    const names = 'Room AudioSource AudioFrame LocalAudioTrack TrackPublishOptions TrackSource';
    const script = `import { createRequire } from 'node:module'; import { pathToFileURL } from 'node:url';
      const path = createRequire(process.cwd() + '/package.json').resolve('@livekit/rtc-node');
      const loaded = await import(pathToFileURL(path)); const rtc = { ...loaded.default, ...loaded };
      console.log('${names}'.split(' ').filter((name) => rtc[name] === undefined).join(), rtc.TrackSource.SOURCE_MICROPHONE); process.exit(0)`;
    const cwd = join(import.meta.dirname, '..', '..');
    const { stdout } = await runShell(
      `node --input-type=module -e "${script.replaceAll('$', '\\$').replaceAll('`', '\\`')}"`,
      { cwd },
    );
    expect(stdout.trim()).toBe('2');
  });

  it.each<[string, Record<string, Buffer>, RegExp]>([
    [
      'lk',
      { 'a.ogg': ogg(48_000) },
      /playing an Ogg file needs the lk CLI, which is not on the PATH/,
    ],
    [
      'rtc-node',
      { 'a.wav': wav(800) },
      /playing a WAV file needs @livekit\/rtc-node, which is not/,
    ],
  ])('says where there is no %s, and goes on', async (_, files, why) => {
    const file = join(makeFolder(files), Object.keys(files)[0] ?? '');
    const env = { PATH: 'relative:/nowhere' };
    const { exitCode, stdout, stderr, methods } = await run(['--announce-file', file], { env });
    expect({ exitCode, sent: isSent(methods) }).toEqual({ exitCode: 0, sent: true });
    expect(stderr.replace(/\s+/g, ' ')).toMatch(why);
    expect(stdout).toMatch(/^Transferred/m);
    const required = await run(['--announce-file', file, '--announce-required', '--json'], { env });
    expect({ exitCode: required.exitCode, sent: isSent(required.methods) }).toEqual({
      exitCode: 1,
      sent: false,
    });
    expect(JSON.parse(required.stderr).error.message).toMatch(why);
  });

  it('is for where no agent says it', async () => {
    const path = pathWith({ lk: LK });
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const played = () => existsSync(join(path.split(':')[0] ?? '', 'args'));
    const alive = {
      'lk-transfer.ready': { payload: '' },
      'lk-transfer.announce': { payload: '{"interrupted":false}' },
    };
    const words = ['--announce-file', file, '--json'];
    const by = await run(words, { env: { PATH: path }, rpc: alive });
    expect(JSON.parse(by.stdout).announcement).toMatchObject({ by: 'agent', outcome: 'said' });
    // It may have been heard: the caller is not told twice.
    const unclear = { ...alive, 'lk-transfer.announce': { payload: 'who knows' } };
    const once = await run(words, { env: { PATH: path }, rpc: unclear });
    expect(JSON.parse(once.stdout).announcement).toMatchObject({ by: 'agent', outcome: 'unknown' });
    expect(played()).toBe(false);
    const refusing = { ...alive, 'lk-transfer.announce': { payload: '{"refused":"no TTS"}' } };
    const after = await run(words, { env: { PATH: path }, rpc: refusing });
    expect(JSON.parse(after.stdout).announcement).toMatchObject({ by: 'file', outcome: 'said' });
    expect(played()).toBe(true);
  });

  it('alone is played without asking anybody', async () => {
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const env = { PATH: pathWith({ lk: LK }) };
    const config = { ...CONFIG, announce: undefined };
    const { stderr, methods } = await run(['--announce-file', file], { env, config });
    expect(stderr).toContain(`Announced   the sound file ${file}`);
    expect(methods.filter((method) => method.startsWith('lk-transfer'))).toEqual([]);
    expect(isSent(methods)).toBe(true);
  });

  it('that fails midway may have been heard; what lk said comes without the secret', async () => {
    const lk = '#!/bin/sh\necho "cannot connect with $LIVEKIT_API_SECRET\u001b[31m" >&2\nexit 4\n';
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const given = { env: { PATH: pathWith({ lk }) } };
    const { exitCode, stdout, stderr, apiSecret } = await run(
      ['--announce-file', file, '--json'],
      given,
    );
    expect(exitCode).toBe(0);
    const { announcement } = JSON.parse(stdout);
    expect(announcement).toMatchObject({ outcome: 'unknown', by: 'file' });
    expect(announcement.reason).toContain('lk failed (4: cannot connect with …');
    expect(stdout + stderr).not.toContain(apiSecret);
    expect(stdout + stderr).not.toContain('\u001b');
    const required = await run(['--announce-file', file, '--announce-required'], given);
    expect({ exitCode: required.exitCode, sent: isSent(required.methods) }).toEqual({
      exitCode: 1,
      sent: false,
    });
  });

  it('never shows the secret, or a token, where what was said is cut short', async () => {
    const lk =
      '#!/bin/sh\nprintf "%0140d" 0 >&2\necho "$LIVEKIT_API_SECRET eyJhbGciOiJI.eyJpc3MiOi.c2ln" >&2\nexit 4\n';
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const given = { env: { PATH: pathWith({ lk }) } };
    const long = await run(['--announce-file', file, '--json'], given);
    expect(long.stdout).toContain('lk failed (4: 000');
    expect(long.stdout + long.stderr).not.toContain(long.apiSecret.slice(0, 12));
    const cwd = rtcNode(
      MODULE.replace(
        "log('connect '",
        "console.error('GET ' + url + '/rtc?access_token=' + token); process.exit(1); log('connect '",
      ),
    );
    const { stdout, stderr } = await run(['--announce-file', 'moment.wav', '--json'], {
      cwd,
      config: null,
    });
    expect(JSON.parse(stdout).announcement).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('/rtc?***'),
    });
    expect(stdout + stderr).not.toContain('eyJ');
  });

  it('is not known to be said where nobody in the room took the sound', async () => {
    const never = MODULE.replace("async () => log('subscribed')", '() => new Promise(() => {})');
    const soon = 'const late = setTimeout; globalThis.setTimeout = (call) => late(call, 10);';
    const cwd = rtcNode(`${soon}${never}`);
    const { stdout } = await run(['--announce-file', 'moment.wav', '--json'], {
      cwd,
      config: null,
    });
    expect(JSON.parse(stdout).announcement).toMatchObject({
      outcome: 'unknown',
      by: 'file',
      reason: expect.stringContaining('nobody in the room took the sound'),
    });
  });

  it('that cannot be played is no bug of ours', async () => {
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const given = { env: { PATH: pathWith({ lk: LK }) }, room: 'call\u0000x' };
    const { exitCode, stdout } = await run(['--announce-file', file, '--json'], given);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).announcement).toMatchObject({
      outcome: 'not-said',
      reason: expect.stringContaining('it could not be played'),
    });
  });

  it('is no pipe: whoever writes to it waits on', async () => {
    const cwd = makeFolder({});
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    const writer = spawn('sh', ['-c', 'echo x > pipe; echo went on > after'], { cwd });
    atTheEnd(() => writer.kill());
    const { exitCode } = await run(['--announce-file', join(cwd, 'pipe')]);
    expect(exitCode).toBe(2);
    expect(existsSync(join(cwd, 'after'))).toBe(false);
    expect(writer.exitCode).toBeNull();
  });

  it('is ended by Ctrl-C, or when it takes too long', async () => {
    const lk = '#!/bin/sh\ntouch "$(dirname "$0")/args"\nexec sleep 60\n';
    const file = join(makeFolder({ 'a.ogg': ogg(4800) }), 'a.ogg');
    const path = pathWith({ lk });
    const cut = await run(['--announce-file', file], {
      env: { PATH: path },
      // In its own time: lk is not ended for taking too long before it has begun.
      sleep,
      during: async (fake) => {
        const started = join(path.split(':')[0] ?? '', 'args');
        await vi.waitFor(() => expect(existsSync(started)).toBe(true), 15_000);
        fake.raise('SIGINT');
      },
    });
    expect({ exitCode: cut.exitCode, sent: isSent(cut.methods) }).toEqual({
      exitCode: 130,
      sent: false,
    });
    const late = await run(['--announce-file', file, '--json'], { env: { PATH: path } });
    expect(JSON.parse(late.stdout).announcement.reason).toBe('lk took over 15 s');
  });

  it.each<[string, (folder: string) => string, RegExp]>([
    ['that is not there', () => 'none.ogg', /cannot be read \(ENOENT\)/],
    ['that is a folder', (folder) => folder, /is not an ordinary file|EISDIR/],
    ['that is a device', () => '/dev/zero', /is not an ordinary file/],
    ['that is no sound', (folder) => join(folder, 'lk.ogg'), /is neither Ogg Opus nor WAV/],
    ['that is huge', (folder) => join(folder, 'huge.wav'), /is too large/],
    ['without an end', () => '/proc/self/pagemap', /is neither Ogg Opus nor WAV|cannot be read/],
  ])('is refused for one %s', async (_, nameIn, why) => {
    const folder = makeFolder({ 'lk.ogg': LK, 'huge.wav': Buffer.alloc(12_000_001) });
    chmodSync(join(folder, 'lk.ogg'), 0o755);
    const { exitCode, stdout, stderr, methods } = await run(['--announce-file', nameIn(folder)]);
    expect({ exitCode, stdout, methods }).toEqual({ exitCode: 2, stdout: '', methods: [] });
    expect(stderr.replace(/\s+/g, ' ')).toMatch(why);
    expect(existsSync(join(folder, 'args'))).toBe(false);
  });
});
