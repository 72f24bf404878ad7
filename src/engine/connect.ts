/** A client for one LiveKit project. */
import type { Host } from '../host.ts';
import { createClient, type LiveKitClient } from '../livekit/client.ts';
import type { Credentials } from '../livekit/credentials.ts';
import { serverUrl } from '../livekit/server-url.ts';
import { createTransport } from '../livekit/transport.ts';
import { version } from '../version.ts';

/** For each read; a transfer waits its own wait. */
const DEFAULT_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  /** For each read, in ms; 10 s by default. */
  timeoutMs?: number | undefined;
  /** Aborted when somebody wants to leave. */
  signal?: AbortSignal;
}

/**
 * Makes the client; nothing is asked of the server yet.
 * @throws KnownError `wrong-url`
 */
export async function connectTo(
  credentials: Credentials,
  { nodeVersion, sleep }: Pick<Host, 'nodeVersion' | 'sleep'>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ConnectOptions = {},
): Promise<LiveKitClient> {
  const userAgent = `lk-transfer/${version} node/${nodeVersion}`;
  const transport = await createTransport(serverUrl(credentials.url), userAgent, signal);
  return createClient({ credentials, transport, timeoutMs, sleep, ...(signal && { signal }) });
}
