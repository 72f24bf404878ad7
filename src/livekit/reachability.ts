/** How far a connection to a server comes, layer by layer: name, TCP, TLS. Nothing is sent on it. */

import { lookup } from 'node:dns/promises';
import type { Agent } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { resolve } from 'node:path';
import type { PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import { UsageError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import {
  bareHostname,
  type ProxyServer,
  proxyAgents,
  proxyLoss,
  proxyRefusal,
} from './server-route.ts';
import type { HttpFailure, HttpOutcome } from './transport.ts';

interface ReachOptions {
  timeoutMs: number;
  /** Whom TLS trusts, where it is not Node's own trust. */
  secureContext?: SecureContext | undefined;
  /** Gives it up. */
  signal?: AbortSignal | undefined;
  /** What a connection with TLS goes through. */
  proxy?: ProxyServer | null | undefined;
}

/** A layer that stands, and how long that took. */
export type Reached<Found> = ({ kind: 'reached'; ms: number } & Found) | HttpFailure;

interface Certificate {
  /** ms since 1970; NaN when it cannot be read. */
  validToMs: number;
  /** The names it is good for. */
  names: string[];
  issuer: string;
}

export interface TlsFound {
  protocol: string;
  certificate: Certificate;
  /** Node's code for why it is not to be trusted (`CERT_HAS_EXPIRED`); null when it is. */
  distrust: string | null;
}

/** Whether a host is an address already, so that there is no name to look up. */
export function isAddress(hostname: string): boolean {
  return isIP(bareHostname(hostname)) !== 0;
}

/** Looks a name up, the way connections do: /etc/hosts first, then DNS. */
export function lookUp(
  hostname: string,
  options: ReachOptions,
): Promise<Reached<{ addresses: string[] }>> {
  return within(options, async () => {
    const found = await lookup(bareHostname(hostname), { all: true });
    return { addresses: [...new Set(found.map(({ address }) => address))] };
  });
}

/** Opens a connection, and closes it. */
export function openTcp(
  hostname: string,
  port: number,
  options: ReachOptions,
): Promise<Reached<{ address: string }>> {
  let socket: Socket | undefined;
  const open = async () => {
    socket = connect({ host: bareHostname(hostname), port });
    await stands(socket, 'connect');
    return { address: socket.remoteAddress ?? '' };
  };
  return within(options, open).finally(() => socket?.destroy());
}

/** Opens a connection with TLS, and closes it; a certificate that is not to be trusted is reported. */
export async function openTls(
  hostname: string,
  port: number,
  options: ReachOptions,
): Promise<Reached<TlsFound>> {
  const tls = await import('node:tls');
  const host = bareHostname(hostname);
  let socket: TLSSocket | undefined;
  let close = () => {};
  let isAtProxy = false;
  const target = {
    host,
    port,
    ...(options.secureContext && { secureContext: options.secureContext }),
    // A server of many names wants to know which one is meant; an address is none (RFC 6066 §3).
    ...(isAddress(hostname) ? {} : { servername: host }),
    // A certificate that is refused cannot be looked at. Nothing is ever sent on this connection.
    rejectUnauthorized: false,
  };
  const open = async () => {
    if (options.proxy) {
      const tunnel = await openTunnel(options.proxy, target);
      close = tunnel.close;
      isAtProxy = true;
      socket = await tunnel.socket;
      isAtProxy = false;
    } else socket = tls.connect(target);
    await stands(socket, 'secureConnect');
    // Typed as an Error; what Node puts there is the code of one.
    const { authorizationError } = socket as { authorizationError: unknown };
    return {
      protocol: socket.getProtocol() ?? '',
      certificate: readCertificate(socket.getPeerCertificate()),
      distrust: socket.authorized ? null : String(authorizationError),
    };
  };
  const found = await within(options, open).finally(() => {
    socket?.destroy();
    close();
  });
  if (!isAtProxy || !options.proxy || found.kind === 'reached' || found.code !== 'TIMEOUT')
    return found;
  return { ...found, ...proxyLoss(options.proxy, found.code, found.message) };
}

/**
 * Begins a connection with TLS through a proxy: that of a request which is never sent.
 * @returns its socket, which comes when the proxy has dug the tunnel; it fails with a ProxyFailure
 */
async function openTunnel(
  proxy: ProxyServer,
  target: { host: string; port: number; secureContext?: SecureContext },
): Promise<{ socket: Promise<TLSSocket>; close(): void }> {
  const { request: begin } = await import('node:https');
  const agents = await proxyAgents(proxy, true, target.secureContext);
  const agent = agents.agent({ keepAlive: false }) as Agent;
  const request = begin({ ...target, agent });
  const socket = new Promise<TLSSocket>((resolve, reject) => {
    request.on('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      if (statusCode !== 200) reject(proxyRefusal(proxy, statusCode));
    });
    request.on('socket', resolve);
    // Stays on, as below.
    request.on('error', ({ code = 'ERROR', message }: NodeJS.ErrnoException) =>
      reject(proxyLoss(proxy, code, message)),
    );
  });
  const close = () => {
    request.destroy();
    agents.giveUp(request);
  };
  return { socket, close };
}

type TrustHost = Pick<Host, 'env' | 'cwd'>;

/**
 * Trusts the certificates in SSL_CERT_FILE, which OpenSSL, Go and Python know, beside Node's own.
 * @returns undefined where Node's trust is all there is
 * @throws UsageError when there is no reading them
 */
export async function readTrust({ env, cwd }: TrustHost): Promise<SecureContext | undefined> {
  const named = (name: string) => (env[name]?.trim() ? resolve(cwd, env[name].trim()) : null);
  const file = named('SSL_CERT_FILE');
  if (file === null) return undefined;
  const [tls, { readFile }] = await Promise.all([import('node:tls'), import('node:fs/promises')]);
  const text = await readFile(file, 'latin1').catch(({ code }: NodeJS.ErrnoException) =>
    refuse(`${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`),
  );
  const own = await certificatesIn(file, text);
  // Asked to, Node leaves trust to OpenSSL, which reads the variable by itself.
  if (/--use-openssl-ca/.test(env.NODE_OPTIONS ?? '')) return undefined;
  // What is named to Node replaces its trust, and is no addition to it: so all of that is named too.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  const extra = named('NODE_EXTRA_CA_CERTS');
  const ofNode = getCACertificates?.('default') ?? tls.rootCertificates;
  // Node says by itself when it cannot read these, and goes on without.
  const added = extra === null ? '' : await readFile(extra, 'latin1').catch(() => '');
  return tls.createSecureContext({ ca: [...ofNode, added, ...own] });
}

function refuse(why: string): never {
  throw new UsageError(`SSL_CERT_FILE: ${why}.`, {
    hint: 'Name a PEM file with certificates of authorities, or unset it.',
  });
}

/** @throws UsageError when there are none, or one of them is damaged: it would be missed in silence */
async function certificatesIn(file: string, text: string): Promise<string[]> {
  const { X509Certificate } = await import('node:crypto');
  const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?(?=-----BEGIN |$)/g;
  const certificates = text.match(block) ?? [];
  if (certificates.length === 0) refuse(`${file} holds no certificate`);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    refuse(`${file} holds a certificate that is damaged`);
  }
  return certificates;
}

/** What a server that wants TLS says to a request in the clear: Go, nginx and Apache, in their words. */
const WANTS_TLS = /HTTP request (?:was sent )?to (?:an )?HTTPS|plain HTTP to an SSL-enabled/i;

/** Whether a request in the clear ended as it does at a port that wants TLS. */
function mayWantTls(outcome: HttpOutcome): boolean {
  if (outcome.kind === 'answer') return outcome.httpStatus === 400 && WANTS_TLS.test(outcome.body);
  // Some hang up, others send an alert of TLS's, which is no HTTP.
  return outcome.code === 'ECONNRESET' || outcome.code.startsWith('HPE_');
}

/**
 * Finds out whether a request failed because it went in the clear to a port that speaks TLS.
 * @param server the address that was asked
 * @returns the outcome, or a failure `TLS_PORT` in its place
 */
export async function nameTlsPort(
  outcome: HttpOutcome,
  server: string,
  options: ReachOptions,
): Promise<HttpOutcome> {
  if (!mayWantTls(outcome)) return outcome;
  const { protocol, hostname, port } = new URL(server);
  if (protocol !== 'http:') return outcome;
  const { kind } = await openTls(hostname, Number(port) || 80, options);
  if (kind !== 'reached') return outcome;
  return { kind: 'failure', code: 'TLS_PORT', message: 'it speaks TLS', mayHaveBeenSent: false };
}

function readCertificate(certificate: PeerCertificate): Certificate {
  const { valid_to, subjectaltname, issuer, subject } = certificate;
  const names = (subjectaltname ?? '').split(', ').map((name) => name.replace(/^[A-Za-z ]+:/, ''));
  const named = names.filter((name) => name !== '');
  return {
    validToMs: Date.parse(valid_to),
    names: named.length > 0 || !subject?.CN ? named : [subject.CN].flat(),
    issuer: [issuer?.O ?? issuer?.CN ?? ''].flat().join(', '),
  };
}

function stands(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    // Stays on: a connection that is given up may still fail.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** Times an attempt, and gives up on it in time. Never throws. */
async function within<Found extends object>(
  { timeoutMs, signal }: ReachOptions,
  attempt: () => Promise<Found>,
): Promise<Reached<Found>> {
  const start = performance.now();
  const fail = (code: string, message: string): HttpFailure => ({
    kind: 'failure',
    code,
    message,
    mayHaveBeenSent: false,
  });
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const givenUp = new Promise<HttpFailure>((resolve) => {
    timer = setTimeout(
      () => resolve(fail('TIMEOUT', `nothing within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    onAbort = () => resolve(fail('ABORTED', 'it was cancelled'));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
  });
  const tried = attempt().then(
    (found) => ({ kind: 'reached' as const, ms: Math.round(performance.now() - start), ...found }),
    (error: NodeJS.ErrnoException) => fail(error.code ?? 'ERROR', error.message),
  );
  try {
    return await Promise.race([tried, givenUp]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
