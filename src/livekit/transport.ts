/**
 * Twirp over HTTP/1.1: one POST, one answer, as text. Node's own client, because keep-alive and
 * "was this ever sent?" both have to be under our hand (fetch hides the second).
 */
import http from 'node:http';
import {
  bareHostname,
  basePath,
  type ProxyFailure,
  type ProxyServer,
  portOf,
  proxyAgents,
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
  const secure = base.protocol === 'https:';
  // TLS takes a while to load, and a server on this machine or network often has none.
  const client = secure ? await import('node:https') : http;
  const proxied = proxy === null ? null : await proxyAgents(proxy, secure, secureContext);
  const makeAgent = (options: { keepAlive: boolean; maxSockets?: number }) =>
    proxied === null ? new client.Agent(options) : (proxied.agent(options) as http.Agent);
  // As many as ever go at a time; how many do is for the pace of the reads to say.
  const agent = makeAgent({ keepAlive: true, maxSockets: 128 });
  // Worked out once: a scan sends thousands of requests.
  const target = {
    protocol: base.protocol,
    hostname: bareHostname(base.hostname),
    port: portOf(base),
    method: 'POST',
    ...(secureContext && { secureContext }),
  };
  /** Connections that an earlier request has seen stand. */
  const standing = new WeakSet<object>();
  // One listener for all: a listener a request costs more than the request's own bookkeeping.
  const underWay = new Set<() => void>();
  signal?.addEventListener('abort', () => {
    for (const giveUp of [...underWay]) giveUp();
  });

  function post(path: string, body: unknown, options: PostOptions): Promise<HttpOutcome> {
    // As text, so that Node sends headers and body in one write.
    const payload = JSON.stringify(body);
    return new Promise((resolve) => {
      let connected = false;
      let settled = false;
      // A proxy may fail in the server's place until it has let the request through.
      let atProxy = proxy;
      const request = client.request(
        {
          ...target,
          path: prefix + path,
          agent: options.ownConnection ? makeAgent({ keepAlive: false }) : agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload),
            authorization: `Bearer ${options.token}`,
            'user-agent': userAgent,
          },
        },
        (response) => {
          // RFC 9110 §15.5.8: a proxy's own, which has passed nothing on.
          if (proxy !== null && !secure && response.statusCode === 407) {
            failAtProxy(proxyRefusal(proxy, 407));
            return;
          }
          options.onHeaders?.(response.headers);
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > MAX_BODY_BYTES) fail('TOO_LARGE', 'the answer is too large to read');
            else chunks.push(chunk);
          });
          // A body cut short ends in `aborted`, never in `end`.
          response.on('aborted', () => fail('ECONNRESET', 'the connection broke mid-answer'));
          response.on('error', (error: NodeJS.ErrnoException) =>
            fail(error.code ?? 'ERROR', error.message),
          );
          response.on('end', () => {
            const { statusCode = 0, headers } = response;
            const isRedirect = statusCode >= 300 && statusCode < 400;
            const leadsTo = isRedirect
              ? redirectTarget(headers.location, base.origin + prefix + path)
              : null;
            settle({
              kind: 'answer',
              httpStatus: statusCode,
              contentType: (headers['content-type'] ?? '').toLowerCase(),
              body: textOf(chunks),
              retryAfterMs: readRetryAfter(headers),
              ...(leadsTo !== null && { redirectsTo: leadsTo }),
            });
          });
        },
      );

      const settle = (outcome: HttpOutcome) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        clearTimeout(connectTimer);
        underWay.delete(onAbort);
        options.abortUnsent?.removeEventListener('abort', onAbortUnsent);
        resolve(outcome);
      };
      const fail = (code: string, message: string) => {
        if (atProxy !== null && code !== 'ABORTED')
          return failAtProxy(proxyLoss(atProxy, code, message));
        settle({ kind: 'failure', code, message, mayHaveBeenSent: connected });
        giveUp();
      };
      const failAtProxy = (failure: ProxyFailure) => {
        settle({ kind: 'failure', ...failure, mayHaveBeenSent: false });
        giveUp();
      };
      const giveUp = () => {
        request.destroy();
        if (!connected) proxied?.giveUp(request);
      };
      const onAbort = () => fail(GIVEN_UP.code, GIVEN_UP.message);
      const onAbortUnsent = () => (connected ? undefined : onAbort());
      const timer = setTimeout(
        () => fail('TIMEOUT', `no answer within ${options.timeoutMs / 1000} s`),
        options.timeoutMs,
      );
      const { connectTimeoutMs } = options;
      const connectTimer =
        connectTimeoutMs === undefined
          ? undefined
          : setTimeout(
              () => fail('CONNECT_TIMEOUT', `no connection within ${connectTimeoutMs / 1000} s`),
              connectTimeoutMs,
            );

      const onConnected = () => {
        if (request.socket !== null) standing.add(request.socket);
        connected = true;
        atProxy = null;
        clearTimeout(connectTimer);
        options.onSent?.();
      };
      request.on('socket', (socket) => {
        // Bytes leave once TLS stands, or once TCP does. A kept-alive connection stands already, and so
        // may TCP where a proxy is between: TLS begins behind it.
        if (request.reusedSocket || standing.has(socket)) onConnected();
        else if ('encrypted' in socket) socket.once('secureConnect', onConnected);
        else if (socket.connecting) socket.once('connect', onConnected);
        else onConnected();
      });
      // No status: the connection to a proxy that digs no tunnel, perhaps before its TLS.
      request.on('proxyConnect', ({ statusCode }: { statusCode?: number }) => {
        if (statusCode === undefined) return;
        if (statusCode === 200) atProxy = null;
        else if (proxy !== null) failAtProxy(proxyRefusal(proxy, statusCode));
      });
      request.on('error', (error: NodeJS.ErrnoException) =>
        fail(error.code ?? 'ERROR', error.message),
      );
      options.abortUnsent?.addEventListener('abort', onAbortUnsent);
      if (signal?.aborted || options.abortUnsent?.aborted) {
        onAbort();
        return;
      }
      underWay.add(onAbort);
      request.end(payload);
    });
  }

  return { host: serverName(base), proxy, post, close: () => agent.destroy() };
}

/** Seconds, or a date, which is counted from the server's own where it tells that. */
function readRetryAfter(headers: http.IncomingHttpHeaders): number | null {
  const text = headers['retry-after']?.trim();
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse alone takes nearly anything for a date.
  const then = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(then)) return null;
  const now = Date.parse(headers.date ?? '');
  return Math.max(0, then - (Number.isNaN(now) ? Date.now() : now));
}

/** Most answers come in one piece, which need not be copied. */
function textOf([first, ...more]: readonly Buffer[]): string {
  if (first === undefined) return '';
  return (more.length === 0 ? first : Buffer.concat([first, ...more])).toString('utf8');
}
