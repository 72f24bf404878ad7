/**
 * Twirp over HTTP/1.1: one POST, one answer, as text. Keep-alive and "was this ever sent?" both have to
 * be under our hand: fetch hides the second.
 */
import net, { type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type Exchange, keepConnections, nodeClient, type ReadHeader } from './connections.ts';
import {
  bareHostname,
  basePath,
  type ProxyFailure,
  type ProxyServer,
  portOf,
  proxyLoss,
  proxyRefusal,
  redirectTarget,
  serverName,
} from './server-route.ts';

/** An answer as it came, whatever it is. Nothing in it has been judged. */
export interface HttpAnswer {
  kind: 'answer';
  httpStatus: number;
  /** The Content-Type header, lower-cased; empty when there was none. */
  contentType: string;
  body: string;
  /** How long the server asks to wait (Retry-After, RFC 9110 §10.2.3), in ms; null: it does not say. */
  retryAfterMs?: number | null | undefined;
  /** Where a redirect leads, fit to be shown; it is never followed. */
  redirectsTo?: string;
}

/** No whole answer came. */
export interface HttpFailure {
  kind: 'failure';
  /** Node's error code (`ECONNREFUSED`), `TIMEOUT`, `CONNECT_TIMEOUT`, `ABORTED`, `TOO_LARGE`, or a proxy's. */
  code: string;
  message: string;
  /** false only when the connection was never made, so that nothing can have been acted on. */
  mayHaveBeenSent: boolean;
}

export type HttpOutcome = HttpAnswer | HttpFailure;

/** A request that is not sent, since nobody wants its answer any more. */
export const GIVEN_UP: HttpFailure = {
  kind: 'failure',
  code: 'ABORTED',
  message: 'the request was cancelled',
  mayHaveBeenSent: false,
};

export interface PostOptions {
  token: string;
  /** How long the whole exchange may take, in ms. */
  timeoutMs: number;
  /** How long the connection may take to stand, TLS included, in ms; all of the above by default. */
  connectTimeoutMs?: number;
  /** Opens a connection for this request alone, so that no stale one can blur what was sent. */
  ownConnection?: boolean;
  /** Called once, when the connection stands and the request goes out on it. */
  onSent?: () => void;
  /** Aborted before `onSent`, it gives the request up; after that it changes nothing. */
  abortUnsent?: AbortSignal | undefined;
  /** Called once, with the headers of an answer, when they have come. */
  onHeaders?: (headers: { readonly date?: string | undefined }) => void;
}

export interface Transport {
  /** The host the requests go to, with the path under which LiveKit is served there, for people. */
  readonly host: string;
  /** What they go through; absent or null: nothing. */
  readonly proxy?: ProxyServer | null;
  post(path: string, body: unknown, options: PostOptions): Promise<HttpOutcome>;
  close(): void;
}

/** More than any honest answer: ListRooms of 20,000 rooms is about 15 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export interface TransportOptions {
  /** Gives up every request under way, and every later one. */
  signal?: AbortSignal | undefined;
  /** Whom TLS trusts; Node's own trust when left out. */
  secureContext?: object | undefined;
  /** Where the requests go through. */
  proxy?: ProxyServer | null | undefined;
}

/** One POST on its way, until its outcome is told. */
class Post implements Exchange {
  readonly outcome: Promise<HttpOutcome>;
  #resolve: (outcome: HttpOutcome) => void = () => {};
  #isSettled = false;
  #stop = () => {};
  readonly #url: string;
  readonly #options: PostOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #connectTimer: NodeJS.Timeout | undefined;
  readonly #proxy: ProxyServer | null;
  /** A proxy may fail in the server's place until it has let the request through. */
  #isAtProxy: boolean;
  #isSent = false;
  #httpStatus = 0;
  #header: ReadHeader = () => undefined;
  readonly #pieces: Buffer[] = [];
  #size = 0;

  constructor(url: string, options: PostOptions, proxy: ProxyServer | null) {
    this.#url = url;
    this.#options = options;
    this.#proxy = proxy;
    this.#isAtProxy = proxy !== null;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { timeoutMs, connectTimeoutMs, abortUnsent } = options;
    // After a stop (Ctrl-Z, a laptop asleep) timers are due before the answer that came meanwhile is read.
    const failLater = (code: string, what: string, ms: number) =>
      setTimeout(
        () => setImmediate(() => this.onFailure(code, `${what} within ${ms / 1000} s`)),
        ms,
      );
    this.#timer = failLater('TIMEOUT', 'no answer', timeoutMs);
    if (connectTimeoutMs !== undefined) {
      this.#connectTimer = failLater('CONNECT_TIMEOUT', 'no connection', connectTimeoutMs);
    }
    abortUnsent?.addEventListener('abort', this.#abortUnsent);
  }

  /** @param stop ends the request, and its connection */
  stopsBy(stop: () => void): void {
    this.#stop = stop;
  }

  abort(): void {
    this.onFailure(GIVEN_UP.code, GIVEN_UP.message);
  }

  readonly #abortUnsent = () => {
    if (!this.#isSent) this.abort();
  };

  #settle(outcome: HttpOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#connectTimer);
    this.#options.abortUnsent?.removeEventListener('abort', this.#abortUnsent);
    this.#resolve(outcome);
    if (outcome.kind === 'failure') this.#stop();
  }

  onSent(): void {
    this.#isSent = true;
    this.#isAtProxy = false;
    clearTimeout(this.#connectTimer);
    this.#options.onSent?.();
  }

  onProxyAnswer(httpStatus: number): void {
    if (httpStatus === 200) this.#isAtProxy = false;
    else if (this.#proxy !== null) this.#failAtProxy(proxyRefusal(this.#proxy, httpStatus));
  }

  #failAtProxy(failure: ProxyFailure): void {
    this.#settle({ kind: 'failure', ...failure, mayHaveBeenSent: false });
  }

  onFailure(code: string, message: string): void {
    if (this.#proxy !== null && this.#isAtProxy && code !== GIVEN_UP.code) {
      this.#failAtProxy(proxyLoss(this.#proxy, code, message));
    } else this.#settle({ kind: 'failure', code, message, mayHaveBeenSent: this.#isSent });
  }

  onHeaders(httpStatus: number, header: ReadHeader): void {
    this.#httpStatus = httpStatus;
    this.#header = header;
    this.#options.onHeaders?.({ date: header('date') });
  }

  onBody(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > MAX_BODY_BYTES) this.onFailure('TOO_LARGE', 'the answer is too large to read');
    else this.#pieces.push(piece);
  }

  onEnd(): void {
    const isRedirect = this.#httpStatus >= 300 && this.#httpStatus < 400;
    const leadsTo = isRedirect ? redirectTarget(this.#header('location'), this.#url) : null;
    this.#settle({
      kind: 'answer',
      httpStatus: this.#httpStatus,
      contentType: (this.#header('content-type') ?? '').toLowerCase(),
      body: textOf(this.#pieces),
      retryAfterMs: readRetryAfter(this.#header('retry-after'), this.#header('date')),
      ...(leadsTo !== null && { redirectsTo: leadsTo }),
    });
  }
}

/** Makes what begins connections to a server, TLS included. */
async function opener(base: URL, secureContext: object | undefined): Promise<() => Socket> {
  const host = bareHostname(base.hostname);
  const alive = { keepAlive: true, keepAliveInitialDelay: 1000, noDelay: true };
  const address = { host, port: portOf(base), ...alive };
  if (base.protocol !== 'https:') return () => net.connect(address);
  // It takes a while to load, and a server on this machine or network often has none.
  const tls = await import('node:tls');
  const names = { servername: net.isIP(host) === 0 ? host : '', ALPNProtocols: ['http/1.1'] };
  /** Of an earlier connection: with it the next one stands sooner (RFC 8446 §2.2). */
  let session: Buffer | undefined;
  return () => {
    const known = { ...(secureContext && { secureContext }), ...(session && { session }) };
    const options = { ...address, ...names, ...known } as ConnectionOptions;
    return tls.connect(options).on('session', (given) => {
      session = given;
    });
  };
}

/**
 * Makes a transport that keeps its connections alive.
 * @param server `https://host[:port]`, with the path under which LiveKit is served; no slash at the end
 * @param userAgent what the requests say they come from
 */
export async function createTransport(
  server: string,
  userAgent: string,
  { signal, secureContext, proxy = null }: TransportOptions = {},
): Promise<Transport> {
  const base = new URL(server);
  const prefix = basePath(base.pathname);
  const connections = keepConnections(await opener(base, secureContext));
  const byNode = await nodeClient(base, secureContext, proxy);
  // Written once: a scan sends thousands of requests.
  const common = {
    Host: base.host,
    Connection: 'keep-alive',
    'User-Agent': userAgent,
    'Content-Type': 'application/json',
  };
  const written = Object.entries(common).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = written.join('');
  // One listener for all: a listener a request costs more than the request's own bookkeeping.
  const underWay = new Set<Post>();
  signal?.addEventListener('abort', () => {
    for (const each of [...underWay]) each.abort();
  });

  async function post(method: string, what: unknown, options: PostOptions): Promise<HttpOutcome> {
    if (signal?.aborted || options.abortUnsent?.aborted) return GIVEN_UP;
    const { token, ownConnection = false } = options;
    const path = prefix + method;
    const body = JSON.stringify(what);
    const length = Buffer.byteLength(body);
    const sent = new Post(base.origin + path, options, proxy);
    underWay.add(sent);
    if (proxy === null && !ownConnection) {
      const own = `Authorization: Bearer ${token}\r\nContent-Length: ${length}\r\n`;
      sent.stopsBy(connections.send(`POST ${path} HTTP/1.1\r\n${head}${own}\r\n${body}`, sent));
    } else {
      const own = { Authorization: `Bearer ${token}`, 'Content-Length': length };
      sent.stopsBy(
        byNode.send({ path, headers: { ...common, ...own }, body, ownConnection }, sent),
      );
    }
    const outcome = await sent.outcome;
    underWay.delete(sent);
    return outcome;
  }

  function close(): void {
    connections.close();
    byNode.close();
  }

  return { host: serverName(base), proxy, post, close };
}

/** Seconds, or a date, which is counted from the server's own where it tells that. */
function readRetryAfter(written: string | undefined, date: string | undefined): number | null {
  const text = written?.trim();
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse alone takes nearly anything for a date.
  const then = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(then)) return null;
  const now = Date.parse(date ?? '');
  return Math.max(0, then - (Number.isNaN(now) ? Date.now() : now));
}

/** Most answers come in one piece, which need not be copied. */
function textOf([first, ...more]: readonly Buffer[]): string {
  if (first === undefined) return '';
  return (more.length === 0 ? first : Buffer.concat([first, ...more])).toString('utf8');
}
