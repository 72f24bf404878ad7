/** Finds out what `doctor` judges: files first, then everything about the server side by side. */
import type { SecureContext } from 'node:tls';
import { filesIgnoredFor, openConfig } from '../../config/load.ts';
import { isKnownError, type KnownError } from '../../core/errors.ts';
import { version } from '../../core/package.ts';
import { NO_MEMORY, readTrunkMemory } from '../../history/trunk-verdicts.ts';
import { type Credentials, checkKeys, gatherCredentials } from '../../livekit/credentials.ts';
import {
  isAddress,
  lookUp,
  nameTlsPort,
  openTcp,
  openTls,
  readTrust,
} from '../../livekit/reachability.ts';
import {
  chooseProxy,
  type ProxyServer,
  portOf,
  serverName,
  serverUrl,
} from '../../livekit/server-route.ts';
import { createTransport } from '../../livekit/transport.ts';
import type { Context, GlobalOptions } from '../shared/context.ts';
import { credentialHost, openSandbox } from '../shared/session.ts';
import { type Probe, type ProbedRead, type Probes, probe } from './access.ts';
import type { Findings, NetworkFindings } from './report.ts';

/** Looking up a name and what comes behind it end in less than 5 s, whatever the server does. */
const LOOKUP_MS = 2_000;
const TOTAL_MS = 4_600;

/** What a piece of work gives, or the failure it was made to tell. */
async function attempt<T>(work: () => Promise<T> | T): Promise<T | KnownError> {
  try {
    return await work();
  } catch (error) {
    if (isKnownError(error)) return error;
    throw error;
  }
}

interface Access {
  credentials: Credentials | KnownError | null;
  url: string | KnownError | null;
  close(): Promise<void>;
}

/** Whether anything but a config or the lk CLI's default names a server. */
function namesServer(
  { url, apiKey, apiSecretFile, project, credentials }: GlobalOptions,
  env: Context['host']['env'],
): boolean {
  const given = [url, apiKey, apiSecretFile, project, credentials];
  const variables = [env.LIVEKIT_URL, env.LIVEKIT_API_KEY, env.LIVEKIT_API_SECRET];
  return [...given, ...variables.map((value) => value?.trim() || undefined)].some(
    (value) => value !== undefined,
  );
}

async function findAccess(
  options: GlobalOptions,
  context: Context,
  config: { project: string | undefined } | KnownError,
): Promise<Access> {
  const close = async () => {};
  if (options.sandbox) {
    const place = await openSandbox();
    return { ...place, url: serverUrl(place.credentials.url) };
  }
  // Without its config another project would be looked at than the one that is meant.
  if (isKnownError(config) && !namesServer(options, context.host.env)) {
    return { credentials: null, url: null, close };
  }
  const found = await attempt(() =>
    gatherCredentials(
      {
        ...options,
        configProject: isKnownError(config) ? undefined : config.project,
        allowDefaultProject: true,
      },
      credentialHost(context),
    ),
  );
  if (isKnownError(found)) return { credentials: found, url: null, close };
  const keys = await attempt(() => checkKeys(found));
  return {
    credentials: isKnownError(keys) ? keys : found,
    url: await attempt(() => serverUrl(found.url, found.names.url)),
    close,
  };
}

/** How the server is reached. */
interface Way {
  timeoutMs: number;
  signal: AbortSignal;
  secureContext: SecureContext | undefined;
  proxy: ProxyServer | null;
}

/** Asks for everything that a read can show, each once, side by side. */
async function askAll(
  credentials: Credentials,
  server: string,
  { host }: Context,
  way: Way,
): Promise<Probes> {
  const userAgent = `lk-transfer/${version} node/${host.nodeVersion}`;
  const transport = await createTransport(server, userAgent, way);
  const ask = (read: ProbedRead): Promise<Probe> =>
    probe(read, credentials, transport, { timeoutMs: way.timeoutMs, now: host.now });
  try {
    const [rooms, participants, inboundTrunks, outboundTrunks] = await Promise.all([
      ask('rooms'),
      ask('participants'),
      ask('inboundTrunks'),
      ask('outboundTrunks'),
    ]);
    return { rooms, participants, inboundTrunks, outboundTrunks };
  } finally {
    transport.close();
  }
}

async function probeServer(
  credentials: Credentials,
  url: string,
  proxy: ProxyServer | null,
  context: Context,
  wishedMs: number | undefined,
): Promise<NetworkFindings> {
  const { host, interruption } = context;
  const start = host.elapsed();
  const signal = interruption.abort;
  const server = new URL(url);
  const secure = server.protocol === 'https:';
  // Of a server behind a proxy this machine may know no address: the proxy is what it reaches.
  const next = proxy?.url ?? server;
  const dns = isAddress(next.hostname)
    ? null
    : await lookUp(next.hostname, { timeoutMs: wishedMs ?? LOOKUP_MS, signal });
  // Whatever else would be tried would look the same name up again.
  if (dns?.kind === 'failure') return { dns, tcp: null, tls: null, probes: null };
  const timeoutMs = wishedMs ?? Math.ceil(TOTAL_MS - (host.elapsed() - start));
  const tcpTo = () => openTcp(next.hostname, portOf(next), { timeoutMs, signal });
  const trusts = secure || next.protocol === 'https:';
  const trust = trusts ? await attempt(() => readTrust(host)) : undefined;
  if (isKnownError(trust)) return { dns, tcp: await tcpTo(), tls: trust, probes: null };
  const way = { timeoutMs, signal, secureContext: trust, proxy };
  const [tcp, tls, probes] = await Promise.all([
    tcpTo(),
    secure ? openTls(server.hostname, portOf(server), way) : null,
    askAll(credentials, url, context, way),
  ]);
  const { rooms } = probes;
  const outcome = await nameTlsPort(rooms.outcome, url, way);
  return { dns, tcp, tls, probes: { ...probes, rooms: { ...rooms, outcome } } };
}

/** Looks at everything; changes nothing, dials nothing, and throws only what is a bug or a misuse. */
export async function gatherFindings(options: GlobalOptions, context: Context): Promise<Findings> {
  const { host, output } = context;
  const configured = await attempt(() => openConfig(options, context));
  const progress = output.progress('Checking');
  const access = await findAccess(
    options,
    context,
    isKnownError(configured) ? configured : { project: configured.loaded.config.livekit?.project },
  );
  try {
    const { credentials, url } = access;
    const usable = credentials !== null && !isKnownError(credentials) && typeof url === 'string';
    if (usable) progress.update(`Checking ${serverName(new URL(url))}`);
    const address = typeof url === 'string' ? url : null;
    const proxies = await attempt(() => chooseProxy(address, host.env));
    const asks = usable && !isKnownError(proxies);
    const [network, memory] = await Promise.all([
      asks ? probeServer(credentials, url, proxies.proxy, context, options.timeoutMs) : null,
      asks && !options.sandbox ? readTrunkMemory(serverName(new URL(url)), host) : NO_MEMORY,
    ]);
    return {
      machine: { ...pick(host), now: host.now() },
      config: isKnownError(configured)
        ? configured
        : {
            ...configured.loaded,
            ignored: filesIgnoredFor(configured.loaded),
            config: configured.config,
            settings: configured.settings,
          },
      credentials,
      url,
      proxies,
      network,
      memory,
    };
  } finally {
    progress.stop();
    await access.close();
  }
}

function pick({ nodeVersion, platform, env }: Context['host']) {
  return { nodeVersion, platform, env };
}
