/** A client for one LiveKit project. */
import type { Host } from '../core/host.ts';
import { version } from '../core/package.ts';
import { createClient, type LiveKitClient } from './client.ts';
import type { Credentials } from './credentials.ts';
import { createTransport, serverUrl } from './transport.ts';

/** For each read; a transfer waits its own wait. */
const DEFAULT_TIMEOUT_MS = 10_000;

interface ConnectOptions {
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
