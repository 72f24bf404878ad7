/** The way to a LiveKit server: its address, and the proxy that may stand in between. */
import type { Agent } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { KnownError, UsageError } from '../core/errors.ts';

// The address of a LiveKit server, as people and LiveKit's own tools write it.

/** ws and wss are what LiveKit's dashboard shows; the API answers on http and https there. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
};

/**
 * Reads the address of a server.
 * @param text `wss://my-project.livekit.cloud`, `http://localhost:7880`, or with the path under which
 *   a proxy serves LiveKit: `https://example.com/livekit`
 * @param name what the address is called in a message: `LIVEKIT_URL`, `--url`
 * @returns the http or https origin and that path, without a slash at the end
 * @throws KnownError `wrong-url`; it repeats no more than the host, since what stands in the wrong
 *   place may be a secret
 */
export function serverUrl(text: string, name = 'The LiveKit URL'): string {
  const refuse = (what: string, hint: string): never => {
    throw new KnownError('wrong-url', `${name} ${what}.`, { hint: `${hint}.` });
  };
  const example = 'Write it as wss://my-project.livekit.cloud or http://localhost:7880';
  const written = text.trim();
  // The URL parser would quietly drop line breaks and tabs, and turn \ into /.
  if (/[\p{Cc}\s\\]/u.test(written)) return refuse('holds blanks or control characters', example);
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/.test(written)) {
    return refuse('is not a full address', `Put wss:// or http:// in front. ${example}`);
  }
  if (!URL.canParse(written)) return refuse('is not a valid address', example);
  const url = new URL(written);
  const protocol = PROTOCOLS[url.protocol];
  if (protocol === undefined) {
    return refuse('must start with wss://, https://, ws:// or http://', example);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('carries a user or password', 'Give the key and the secret separately');
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse('carries a query or a fragment', 'Leave out everything from “?” or “#” on');
  }
  // Parsed once more, so that wss://host:443 and https://host are one.
  return new URL(`${protocol}//${url.host}`).origin + basePath(url.pathname);
}

/**
 * The path under which LiveKit is served; empty for the root of the host. Slashes too many, and the
 * place to which media clients connect, are what people copy along with it.
 */
export function basePath(pathname: string): string {
  const path = pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return path.replace(/\/rtc(?:\/v1)?$/, '');
}

/** What a server is called for people: its host, and the path under which it is served. */
export function serverName({ host, pathname }: URL): string {
  return host + basePath(pathname);
}

/** The host of a URL as sockets want it: an IPv6 address without its brackets. */
export function bareHostname(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The port of a URL, which leaves out the one of its scheme. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** More of a foreign address than anybody wants to read. */
const LONGEST_TARGET = 200;

/**
 * Reads where a redirect leads. The header is foreign text: only an http address is believed, and
 * what may be a secret in it (user, password, query, session) is left out.
 * @param requested the address that was asked, which a Location may be relative to
 * @returns null when it leads nowhere that can be shown
 */
export function redirectTarget(location: string | undefined, requested: string): string | null {
  if (location === undefined) return null;
  // Node reads headers as Latin-1, and who writes other letters writes UTF-8.
  const written = Buffer.from(location, 'latin1').toString('utf8');
  if (!URL.canParse(written, requested)) return null;
  const { protocol, host, pathname, search } = new URL(written, requested);
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  const path = pathname.replace(/;[^/]*/g, '');
  const target = `${protocol}//${host}${path}${search === '' ? '' : '?…'}`;
  return target.length > LONGEST_TARGET ? `${target.slice(0, LONGEST_TARGET)}…` : target;
}

// The proxy. Which one is meant is read as curl and the lk CLI read it. Node does so by itself only from
// version 24 on, and the library for it (proxy-from-env) takes `example.com` in NO_PROXY for one host,
// where those take it for a domain, and knows no environment but its process's.

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy, and what to show of it: never the user and password that are sent to it. */
export interface ProxyServer {
  /** The variable that names it, as it is written there: `HTTPS_PROXY`, `https_proxy`. */
  variable: string;
  /** Its address, without user and password. */
  url: URL;
  /** Its host and port, for people. */
  name: string;
  /** For the header Proxy-Authorization; null without a user. */
  authorization: string | null;
}

export interface ProxyChoice {
  /** null: requests go straight to the server. */
  proxy: ProxyServer | null;
  /** The variables that name a proxy for such a server, the one that counts first. */
  set: string[];
  /** What leaves the server out all the same: `loopback`, or the name of a variable; else null. */
  exempt: string | null;
}

/** Of the two spellings the one that is set; curl and its like know both, and prefer the small one. */
function spelling(env: Environment, name: string): string | null {
  return [name.toLowerCase(), name].find((each) => (env[each] ?? '').trim() !== '') ?? null;
}

/** Whether an address is in a network; a host that is no address is in none. */
function isWithin(hostname: string, network: string, prefix?: string): boolean {
  const bits = isIP(network) === 4 ? 32 : 128;
  const length = Number(prefix ?? bits);
  // What is no length of a prefix leaves nothing out.
  if (isIP(hostname) !== isIP(network) || !(length >= 0 && length <= bits)) return false;
  const list = new BlockList();
  const family = bits === 32 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, Math.trunc(length), family);
  return list.check(hostname, family);
}

/** Whether a host is this machine: the lk CLI sends what goes there through no proxy, nor do we. */
function isLoopback(hostname: string): boolean {
  return (
    /(?:^|\.)localhost$/.test(hostname) ||
    isWithin(hostname, '127.0.0.0', '8') ||
    isWithin(hostname, '::1')
  );
}

/**
 * Whether NO_PROXY leaves a server out: `*`, a host or a domain above it (`example.com`, `.example.com`,
 * `*.example.com`), an address, or a network (`10.0.0.0/8`); each may have a port.
 */
function isLeftOut(hostname: string, port: number, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    // An IPv6 address has colons of its own, and stands in brackets where a port follows.
    const found = /^(?:\[(?<inside>.*)\]|(?<plain>[^:]*))(?::(?<only>\d+))?$/.exec(entry)?.groups;
    if (found?.only !== undefined && Number(found.only) !== port) return false;
    const named = (found?.inside ?? found?.plain ?? entry).toLowerCase();
    const pattern = named.replace(/^\*?\./, '').replace(/\.$/, '');
    const [network = '', prefix] = pattern.split('/');
    if (isIP(network) !== 0) return isWithin(hostname, network, prefix);
    if (pattern === '' || isIP(hostname) !== 0) return pattern === '*';
    return pattern === '*' || hostname === pattern || hostname.endsWith(`.${pattern}`);
  });
}

/**
 * Chooses the proxy for a server: HTTPS_PROXY or, for a server without TLS, HTTP_PROXY; else ALL_PROXY.
 * @param server its address; null when it is not known, and so no proxy is chosen
 * @throws UsageError when the variable names no proxy that can be used; it shows nothing of its value
 */
export function chooseProxy(server: string | null, env: Environment): ProxyChoice {
  const url = server === null ? null : new URL(server);
  const names = [
    ...(url?.protocol === 'http:' ? [] : ['HTTPS_PROXY']),
    ...(url?.protocol === 'https:' ? [] : ['HTTP_PROXY']),
    'ALL_PROXY',
  ];
  const set = names.flatMap((name) => spelling(env, name) ?? []);
  const [variable] = set;
  if (url === null || variable === undefined) return { proxy: null, set, exempt: null };
  const hostname = bareHostname(url.hostname).replace(/\.$/, '');
  if (isLoopback(hostname)) return { proxy: null, set, exempt: 'loopback' };
  const noProxy = spelling(env, 'NO_PROXY');
  if (noProxy !== null && isLeftOut(hostname, portOf(url), env[noProxy] ?? '')) {
    return { proxy: null, set, exempt: noProxy };
  }
  return { proxy: readProxy(variable, (env[variable] ?? '').trim()), set, exempt: null };
}

function readProxy(variable: string, written: string): ProxyServer {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const given = URL.canParse(text) ? new URL(text) : null;
  if (given === null || !['http:', 'https:'].includes(given.protocol)) {
    const isSocks = given?.protocol.startsWith('socks');
    const what = isSocks ? 'a SOCKS proxy, and only HTTP proxies can be used' : 'no HTTP proxy';
    throw new UsageError(`${variable} names ${what}.`, {
      hint: 'Write it as http://proxy.example.com:3128, with user:password@ before the host if needed. Or unset it, or name the host of LiveKit in NO_PROXY.',
    });
  }
  const { protocol, host, hostname, username, password } = given;
  // RFC 7617 §2, in UTF-8.
  const login = Buffer.from(`${decode(username)}:${decode(password)}`, 'utf8').toString('base64');
  const authorization = username === '' && password === '' ? null : `Basic ${login}`;
  const name = `${hostname}:${portOf(given)}`;
  return { variable, url: new URL(`${protocol}//${host}`), name, authorization };
}

/** A percent sign that stands for itself is let be: passwords have some. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Why a proxy did not let a request through: nothing of the request has been sent. */
export interface ProxyFailure {
  /** `PROXY_UNREACHABLE`, `_REFUSED`, `_LOGIN` (it wants one), `_FAILED` (that may pass by itself). */
  code: string;
  /** A clause that names the proxy. */
  message: string;
}

/** @param httpStatus what the proxy answered in the server's place; NaN: that was no HTTP */
export function proxyRefusal(proxy: ProxyServer, httpStatus: number): ProxyFailure {
  const called = `the proxy ${proxy.name} (${proxy.variable})`;
  if (httpStatus === 407) {
    const what = proxy.authorization === null ? 'wants a' : 'does not accept the';
    return { code: 'PROXY_LOGIN', message: `${called} ${what} user and password (HTTP 407)` };
  }
  const what = Number.isNaN(httpStatus) ? 'does not speak HTTP' : `refused (HTTP ${httpStatus})`;
  const code = [502, 503, 504].includes(httpStatus) ? 'PROXY_FAILED' : 'PROXY_REFUSED';
  return { code, message: `${called} ${what}` };
}

/** @param code and message: Node's, or the transport's */
export function proxyLoss(proxy: ProxyServer, code: string, message: string): ProxyFailure {
  const called = `the proxy ${proxy.name} (${proxy.variable})`;
  const mayPass = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code);
  // What is lost later may have been reached, and have waited for the server itself.
  const isAway = code === 'EHOSTUNREACH' || code === 'ENETUNREACH';
  let what = `${isAway ? 'cannot be reached' : 'opened no connection to the server'}: ${message}`;
  if (code === 'ECONNREFUSED') what = 'cannot be reached: nobody listens there';
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) what = 'cannot be reached: its name cannot be resolved';
  if (/^(ERROR|ECONNRESET)$/.test(code)) what = 'opened no connection to the server: it hung up';
  return { code: mayPass ? 'PROXY_FAILED' : 'PROXY_UNREACHABLE', message: `${called} ${what}` };
}

/** Connections through a proxy: to a server with TLS in a tunnel (CONNECT, RFC 9110 §9.3.6). */
export interface ProxyAgents {
  /** @returns an Agent of Node's; the types of Node stay out of the library's, which lead here */
  agent(options: { keepAlive: boolean; maxSockets?: number }): object;
  /** Ends what a request has of a connection that has not come about: the library lets it be. */
  giveUp(request: object): void;
}

/**
 * Loads what makes connections through a proxy: few have one.
 * @param secure whether the server behind it has TLS
 * @param secureContext whom TLS trusts, for a proxy that speaks TLS itself
 */
export async function proxyAgents(
  proxy: ProxyServer,
  secure: boolean,
  secureContext?: object,
): Promise<ProxyAgents> {
  type Made = Pick<HttpsProxyAgent<string>, 'connect' | 'connectOpts'> & Agent;
  type Options = ConstructorParameters<typeof HttpsProxyAgent>[1];
  const ProxyAgent: new (url: URL, options: Options) => Made = secure
    ? (await import('https-proxy-agent')).HttpsProxyAgent
    : (await import('http-proxy-agent')).HttpProxyAgent;
  const { authorization } = proxy;
  const headers = authorization === null ? {} : { 'Proxy-Authorization': authorization };
  const connecting = new WeakMap<object, AbortController>();
  return {
    agent(options) {
      const agent = new ProxyAgent(proxy.url, {
        ...options,
        headers,
        ...(secureContext && { secureContext }),
      });
      const connect = agent.connect.bind(agent);
      agent.connect = (request, target) => {
        const controller = new AbortController();
        connecting.set(request, controller);
        // The library takes them up before it waits for anything.
        agent.connectOpts = { ...agent.connectOpts, signal: controller.signal };
        return connect(request, target);
      };
      return agent;
    },
    giveUp: (request) => connecting.get(request)?.abort(),
  };
}
