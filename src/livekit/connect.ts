/** A client for one LiveKit project, as a run of this program or a user of the library has it. */
import { version } from '../core/host.ts';
import { createClient, type LiveKitClient } from './client.ts';
import type { Credentials } from './credentials.ts';
import { chooseProxy, serverUrl } from './server-route.ts';
import { createTransport } from './transport.ts';

/** For each read; a transfer waits its own wait. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** As much of the process as a client needs. No type of Node's: users of the library may have none. */
interface ConnectHost {
  nodeVersion: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

interface ConnectOptions {
  /** For each read, in ms; 10 s by default. */
  timeoutMs?: number | undefined;
  /** Aborted when somebody wants to leave. */
  signal?: AbortSignal;
}

/**
 * Makes the client; nothing is asked of the server yet.
 * @throws KnownError `wrong-url`; UsageError when SSL_CERT_FILE or HTTPS_PROXY name nothing usable
 */
export async function connectTo(
  credentials: Credentials,
  host: ConnectHost,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ConnectOptions = {},
): Promise<LiveKitClient> {
  const userAgent = `lk-transfer/${version} node/${host.nodeVersion}`;
  const server = serverUrl(credentials.url);
  const { proxy } = chooseProxy(server, host.env);
  const secure = server.startsWith('https:') || proxy?.url.protocol === 'https:';
  const ownTrust = secure && host.env.SSL_CERT_FILE !== undefined;
  // Loaded here: few name certificates of their own.
  const trusted = ownTrust ? await (await import('./reachability.ts')).readTrust(host) : undefined;
  const options = { signal, secureContext: trusted, proxy };
  const transport = await createTransport(server, userAgent, options);
  const { sleep } = host;
  return createClient({ credentials, transport, timeoutMs, sleep, ...(signal && { signal }) });
}
