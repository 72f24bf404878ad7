/**
 * A sound file that a caller hears where no agent is alive: judged by its content, and played by a
 * participant who stays as long as it lasts, in a process of its own. What plays it is on this machine
 * or is not: the lk CLI for Ogg Opus, @livekit/rtc-node of the user's project for WAV.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../core/errors.ts';
import { type Host, nodePath } from '../../core/host.ts';
import { hideSecrets } from '../../history/redact.ts';
import { mintSpeakerToken } from '../../livekit/client.ts';
import { quoteForeignText } from '../../transfer/explain/not-sent.ts';
import type { Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';

const LONGEST_MS = 60_000;
/** More than that of the largest kind. */
const MOST_BYTES = 12_000_000;

const NO_SOUND = 'is neither Ogg Opus nor WAV (16-bit PCM, one or two channels)';
/** Of WAV: how its samples of 16 bits are to be read, and they themselves. */
interface Pcm {
  rate: number;
  channels: number;
  samples: Buffer;
}

/** @returns what is wrong with it, as half a sentence, where it cannot be played */
export function readSound(bytes: Buffer): { durationMs: number; pcm: Pcm | null } | string {
  const pcm = readWav(bytes);
  const durationMs =
    pcm === null ? oggDurationMs(bytes) : (pcm.samples.length / 2 / pcm.channels / pcm.rate) * 1000;
  if (durationMs === null) return NO_SOUND;
  if (!(durationMs > 0)) return 'has no sound in it';
  if (durationMs <= LONGEST_MS) return { durationMs, pcm };
  return `lasts ${Math.round(durationMs / 1000)} s; ${LONGEST_MS / 1000} s are the most`;
}

/** Of Ogg Opus (RFC 7845), by the position that its last page tells; null: it is none. */
function oggDurationMs(bytes: Buffer): number | null {
  const head = bytes.indexOf('OpusHead');
  const last = bytes.lastIndexOf('OggS');
  // The first page holds nothing but the head.
  const isOpus = bytes.indexOf('OggS') === 0 && head > 0 && head < 300;
  if (!isOpus || last + 14 > bytes.length || head + 12 > bytes.length) return null;
  return (Number(bytes.readBigInt64LE(last + 6)) - bytes.readUInt16LE(head + 10)) / 48;
}

function readWav(bytes: Buffer): Pcm | null {
  if (bytes.indexOf('RIFF') !== 0 || bytes.indexOf('WAVE') !== 8) return null;
  let form: Omit<Pcm, 'samples'> | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === 'fmt ' && start + 16 <= bytes.length) {
      const [channels, rate] = [bytes.readUInt16LE(start + 2), bytes.readUInt32LE(start + 4)];
      const isPcm = bytes.readUInt16LE(start) === 1 && bytes.readUInt16LE(start + 14) === 16;
      if (!isPcm || ![1, 2].includes(channels) || rate < 8_000 || rate > 48_000) return null;
      form = { rate, channels };
    }
    if (name === 'data' && form !== null) {
      // A recorder that was cut off writes a size that is too large.
      const length = Math.min(size, bytes.length - start);
      const end = start + length - (length % (form.channels * 2));
      return { ...form, samples: bytes.subarray(start, end) };
    }
    at = start + size + (size % 2);
  }
  return null;
}

// The file, and what can play it.

export interface SoundFile {
  /** As it was named. */
  path: string;
  bytes: Buffer;
  durationMs: number;
  pcm: Pcm | null;
  /** The program, or the module; null: there is none, and `missing` says which it would take. */
  player: string | null;
  missing: string | null;
}

/**
 * Reads a sound file, and looks for what plays it.
 * @throws UsageError for whatever is no sound that can be played
 */
export async function openSound(path: string, host: Host): Promise<SoundFile> {
  const refuse = (why: string) =>
    new UsageError(`The file of --announce-file, ${path}, ${why}.`, {
      hint: 'Give a file of at most a minute: Ogg Opus (.ogg) or WAV (.wav). Nothing was sent.',
    });
  const bytes = await readBytes(resolve(host.cwd, path), refuse);
  const sound = readSound(bytes);
  if (typeof sound === 'string') throw refuse(sound);
  const player = sound.pcm === null ? await findOnPath('lk', host) : findModule(host);
  const needs =
    sound.pcm === null
      ? 'playing an Ogg file needs the lk CLI, which is not on the PATH'
      : 'playing a WAV file needs @livekit/rtc-node, which is not installed in this folder';
  return { path, bytes, ...sound, player, missing: player === null ? needs : null };
}

/** To open a pipe or a device does something by itself, and one file of the system has no end. */
async function readBytes(file: string, refuse: (why: string) => Error): Promise<Buffer> {
  try {
    if (!(await stat(file)).isFile()) throw refuse('is not an ordinary file');
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw refuse('is not an ordinary file');
      if (found.size > MOST_BYTES) throw refuse('is too large');
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(found.size + 1) });
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

async function findOnPath(name: string, { env, platform }: Host): Promise<string | null> {
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    // What lies in the working folder is not run for its name.
    if (!isAbsolute(folder)) continue;
    const program = join(folder, file);
    try {
      await access(program, constants.X_OK);
      if ((await stat(program)).isFile()) return program;
    } catch {
      // Not there, or not ours to run.
    }
  }
  return null;
}

/** As the user's project has it. */
function findModule({ cwd }: Host): string | null {
  try {
    return createRequire(join(cwd, 'package.json')).resolve('@livekit/rtc-node');
  } catch {
    return null;
  }
}

// Playing it.

/** Joining the room and leaving it, and whatever else is not the sound, in ms. */
const AROUND_SOUND_MS = 15_000;
const DYING_MS = 2_000;
/** What of the environment a child needs to find its way. */
const PASSED_ON =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|TMPDIR|TEMP|TMP|LANG|(HTTPS?|NO)_PROXY|SSL_CERT_(FILE|DIR)|XDG_\w+)$/i;

/** How it ended: null where all of it was played; `before` where certainly nothing was. */
interface Played {
  failed: 'before' | 'midway' | null;
  /** Why it failed: a clause. */
  reason: string | null;
}

/** What plays it. Credentials are never on its command line, which others can read. */
interface Child {
  name: string;
  command: string;
  args: readonly string[];
  env: Record<string, string>;
  input: Buffer;
}

/** Plays a sound to everybody in a room, once: a caller who still rings is answered. Ctrl-C ends it. */
export async function playSound(
  file: SoundFile,
  room: string,
  { credentials }: Session,
  context: Context,
): Promise<Played> {
  const { url, apiKey, apiSecret } = credentials;
  const { bytes, pcm, durationMs } = file;
  const player = file.player ?? '';
  const identity = `lk-transfer-announcement-${randomBytes(6).toString('hex')}`;
  // One of its own: no path is shown in the room, and no config lies beside the file.
  const folder = await mkdtemp(join(tmpdir(), 'lk-transfer-sound-'));
  try {
    let child: Child;
    if (pcm === null) {
      await writeFile(join(folder, 'announcement.ogg'), bytes, { mode: 0o600 });
      const flags = ['--identity', identity, '--publish', 'announcement.ogg'];
      const where = room.startsWith('-') ? ['--', room] : [room];
      child = {
        ...{ name: 'lk', command: player, input: Buffer.alloc(0) },
        args: ['room', 'join', ...flags, '--exit-after-publish', ...where],
        env: { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret },
      };
    } else {
      const { samples, ...form } = pcm;
      const token = await mintSpeakerToken(credentials, room, identity);
      const server = { url: url.replace(/^http/, 'ws'), token };
      const job = { module: pathToFileURL(player).href, ...server, ...form };
      child = {
        ...{ name: '@livekit/rtc-node', command: nodePath, env: {} },
        args: ['--input-type=module', '--eval', PLAY],
        input: Buffer.concat([Buffer.from(`${JSON.stringify(job)}\n`), samples]),
      };
    }
    return await runChild(child, apiSecret, folder, durationMs + AROUND_SOUND_MS, context);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/** What plays it by @livekit/rtc-node: a line of JSON, and then the samples, come on its input. */
const PLAY = `
const bytes = Buffer.concat(await process.stdin.toArray());
const end = bytes.indexOf(10);
const { module, url, token, rate, channels } = JSON.parse(bytes.toString('utf8', 0, end));
const samples = new Int16Array(new Uint8Array(bytes.subarray(end + 1)).buffer);
const rtc = await import(module).then((loaded) => ({ ...loaded.default, ...loaded }));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const room = new rtc.Room();
await room.connect(url, token, { autoSubscribe: false, dynacast: false });
const source = new rtc.AudioSource(rate, channels);
const track = rtc.LocalAudioTrack.createAudioTrack('announcement', source);
const options = Object.assign(new rtc.TrackPublishOptions(), { source: rtc.TrackSource.SOURCE_MICROPHONE });
const publication = await room.localParticipant.publishTrack(track, options);
// Before anybody listens, its beginning would be lost.
const isTaken = await Promise.race([publication.waitForSubscription().then(() => true), pause(3000)]);
for (let at = 0, step = Math.floor(rate / 10) * channels; at < samples.length; at += step) {
  const part = samples.slice(at, at + step);
  await source.captureFrame(new rtc.AudioFrame(part, rate, channels, part.length / channels));
}
await source.waitForPlayout().then(() => pause(300));
await room.disconnect();
if (!isTaken) console.error('nobody in the room took the sound');
process.exit(isTaken ? 0 : 3);
`;

/** Runs it to its end. What it prints reaches nobody, but for its last line, where it failed. */
async function runChild(
  { name, command, args, env, input }: Child,
  secret: string,
  folder: string,
  limitMs: number,
  { host, interruption }: Context,
): Promise<Played> {
  const { spawn } = await import('node:child_process');
  const passed = Object.entries(host.env).filter(([variable]) => PASSED_ON.test(variable));
  return new Promise((settle) => {
    const child = spawn(command, args, {
      ...{ cwd: folder, env: { ...Object.fromEntries(passed), ...env }, windowsHide: true },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const over = new AbortController();
    let printed = '';
    let late = false;
    const stop = () => {
      child.kill();
      void host.sleep(DYING_MS, over.signal).then(() => child.kill('SIGKILL'));
    };
    const end = (failed: Played['failed'], reason: string | null) => {
      over.abort();
      interruption.abort.removeEventListener('abort', stop);
      settle({ failed, reason });
    };
    void host.sleep(limitMs, over.signal).then(() => {
      late = !over.signal.aborted;
      if (late) stop();
    });
    interruption.abort.addEventListener('abort', stop);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.stderr.on('data', (chunk: Buffer) => {
      // Of a long line its beginning: half a secret would not be known for one.
      const lines = (printed + chunk.toString('utf8')).split('\n').slice(-2);
      printed = lines.map((line) => line.slice(0, 20_000)).join('\n');
    });
    child.on('error', ({ message }) => end('before', `${name} could not be run (${message})`));
    const conclude = (code: number | null, signal: string | null) => {
      const line = (printed.trim().split('\n').at(-1) ?? '').replaceAll(secret, '…');
      const last = quoteForeignText(hideSecrets(line));
      const why = `${name} failed (${code ?? signal}${last === '' ? '' : `: ${last}`})`;
      if (code === 0) end(null, null);
      else end('midway', late ? `${name} took over ${Math.round(limitMs / 1000)} s` : why);
    };
    child.on('close', conclude);
    // Whatever it has left behind may hold its output open.
    child.on('exit', (...how) => host.sleep(DYING_MS, over.signal).then(() => conclude(...how)));
  });
}
