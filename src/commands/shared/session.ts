/** What a command works with: the config, the settings, and a client for the right LiveKit. */
import { createHash } from 'node:crypto';
import { agentIdentities, type IsAgentIdentity } from '../../calls/condition.ts';
import { roomMatcher, roomsClause } from '../../calls/rooms.ts';
import { SeenCalls } from '../../calls/stuck.ts';
import { type ConfigSession, openConfig } from '../../config/load.ts';
import type { SettingFlags } from '../../config/settings.ts';
import { UsageError } from '../../core/errors.ts';
import { userId } from '../../core/host.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import { connectTo } from '../../livekit/connect.ts';
import {
  type CredentialHost,
  type Credentials,
  findCredentials,
} from '../../livekit/credentials.ts';
import type { Room } from '../../livekit/messages.ts';
import { type Context, type GlobalOptions, readStdin } from './context.ts';

export interface Session extends ConfigSession {
  client: LiveKitClient;
  credentials: Credentials;
  /**
   * Another client for the same project, which no Ctrl-C cuts off: to clean up with. It ends with
   * the session, and with it whatever it still has under way.
   */
  steadyClient(): Promise<LiveKitClient>;
  isAgent: IsAgentIdentity;
  /** Whether a room can hold callers, by `rooms` of the config or --rooms. */
  isScanned(room: Pick<Room, 'name'>): boolean;
  /** ` in rooms that match …`, or empty: which rooms are looked at. */
  scannedRooms: string;
  /** The host of the project, for people. */
  place: string;
  /** LiveKit is the one inside this program, whose calls are nobody's history. */
  sandbox: boolean;
  /** How many times as fast as real time it runs; 1 for any other LiveKit. */
  speed: number;
  close(): Promise<void>;
}

/** A secret from standard input, which must not be typed where everybody sees it. */
async function readSecret(context: Context): Promise<string> {
  if (context.host.stdin.isTTY) {
    throw new UsageError('A secret typed at a terminal can be seen there.', {
      hint: 'Pipe it in, or name a file with --api-secret-file.',
    });
  }
  return readStdin(context);
}

/** Where credentials are looked for. */
export function credentialHost(context: Context): CredentialHost {
  const { env, cwd, home } = context.host;
  return { env, cwd, home, readStdin: () => readSecret(context) };
}

interface SessionTarget {
  credentials: Credentials;
  name: string;
  close(): Promise<void>;
}

export async function openSandbox(speed = 1): Promise<SessionTarget> {
  const { startSandbox } = await import('../../sandbox/server.ts');
  const { url, apiKey, apiSecret, close } = await startSandbox({ speed });
  return {
    credentials: { url, apiKey, apiSecret, source: 'sandbox' },
    name: 'the sandbox',
    close: () => close(),
  };
}

/** The same client, whose transfers are known to the whole run. */
function notingTransfers(client: LiveKitClient, context: Context): LiveKitClient {
  return {
    ...client,
    transfer: (request, onSent) =>
      client.transfer(request, () => {
        context.noteSent();
        onSent?.();
      }),
  };
}

/**
 * Opens everything a command needs that talks to LiveKit; the command closes it.
 * @param sandboxSpeed how many times as fast as real time the sandbox inside this program runs
 * @param mutates the command changes something: it does not use a project nobody named, unless a
 *   person is at the terminal to see which one it is
 */
export async function openSession(
  options: GlobalOptions,
  context: Context,
  {
    mutates = false,
    flags = {},
    sandboxSpeed = 1,
  }: { mutates?: boolean; flags?: SettingFlags; sandboxSpeed?: number } = {},
): Promise<Session> {
  const { host, output, interruption } = context;
  const configured = await openConfig(options, context, flags);
  const place: SessionTarget = options.sandbox
    ? await openSandbox(sandboxSpeed)
    : {
        credentials: await findCredentials(
          {
            ...options,
            configProject: configured.loaded.config.livekit?.project,
            allowDefaultProject: !mutates || (host.stdin.isTTY && host.stderr.isTTY),
          },
          credentialHost(context),
        ),
        name: '',
        close: async () => {},
      };
  const { timeoutMs } = options;
  const client = notingTransfers(
    await connectTo(place.credentials, host, { timeoutMs, signal: interruption.abort }),
    context,
  );
  let steady: Promise<LiveKitClient> | undefined;
  // A dial that nobody waits for any more would keep the process alive until LiveKit answers it.
  const closing = new AbortController();
  return {
    ...configured,
    client,
    credentials: place.credentials,
    steadyClient: () => {
      steady ??= connectTo(place.credentials, host, { timeoutMs, signal: closing.signal });
      return steady;
    },
    isAgent: agentIdentities(configured.settings.agents.value),
    isScanned: roomMatcher(configured.settings.rooms.value),
    scannedRooms: roomsClause(configured.settings.rooms.value),
    place: place.name || client.host,
    sandbox: options.sandbox,
    speed: options.sandbox ? sandboxSpeed : 1,
    close: async () => {
      closing.abort();
      client.close();
      const second = await steady;
      second?.close();
      if (options.debug) {
        const made = client.requests() + (second?.requests() ?? 0);
        output.warn(`${made} request${made === 1 ? ' was' : 's were'} made to LiveKit.`);
      }
      await place.close();
    },
  };
}

/** Runs a piece of work with a session, and closes it whatever happens. */
export async function withSession<Result>(
  open: Promise<Session>,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await open;
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** More than the looks at 10,000 calls take. */
const MOST_SEEN_BYTES = 2_000_000;

/**
 * What the looks of this machine at a project saw, of one run for the next, for a minute. Those at the
 * sandbox inside this program are kept for the run alone.
 */
export function rememberLooks({ client, sandbox }: Session, { host }: Context) {
  const project = createHash('sha256').update(`${client.host}\n${client.apiKey}`).digest('hex');
  const name = `seen-${project.slice(0, 16)}.json`;
  let seen: Promise<SeenCalls> | undefined;
  const readAll = async () => {
    if (sandbox) return new SeenCalls();
    // The request for the rooms goes out first.
    await new Promise(setImmediate);
    const { finishesInTime, historyFolder, readOwnFile } = await import('../../history/files.ts');
    let text: string | null = null;
    const reading = readOwnFile(historyFolder(host), name, { most: MOST_SEEN_BYTES, userId });
    await finishesInTime(
      reading.then((read) => {
        text = read;
      }),
    );
    return new SeenCalls(text);
  };
  return {
    readSeen: () => {
      seen ??= readAll();
      return seen;
    },
    keep: async () => {
      const text = sandbox ? null : ((await seen)?.write(host.now()) ?? null);
      if (text === null) return;
      const { finishesInTime, historyFolder, writeOwnFile } = await import(
        '../../history/files.ts'
      );
      await finishesInTime(writeOwnFile(historyFolder(host), name, text));
    },
  };
}
