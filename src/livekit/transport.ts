/**
 * Twirp over HTTP/1.1: one POST, one answer, as text. Node's own client, because keep-alive and
 * "was this ever sent?" both have to be under our hand (fetch hides the second).
 */
import http from 'node:http';
import { KnownError } from '../core/errors.ts';

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
  const example = 'It looks like wss://my-project.livekit.cloud or http://localhost:7880';
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
    return refuse('carries a user or password', 'The key and the secret are given apart from it');
  }
  if (url.search !== '' || url.hash !== '') {
    return refuse('carries a query or a fragment', 'Leave out what begins with “?” or “#”');
  }
  // Parsed once more, so that wss://host:443 and https://host are one.
  return new URL(`${protocol}//${url.host}`).origin + basePath(url.pathname);
}

/**
 * The path under which LiveKit is served; empty for the root of the host. Slashes too many, and the
 * place to which media clients connect, are what people copy along with it.
 */
function basePath(pathname: string): string {
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
  /** Node's error code (`ECONNREFUSED`), or `TIMEOUT`, `CONNECT_TIMEOUT`, `ABORTED`, `TOO_LARGE`. */
  code: string;
  message: string;
  /** false only when the connection was never made, so that nothing can have been acted on. */
  mayHaveBeenSent: boolean;
}

export type HttpOutcome = HttpAnswer | HttpFailure;

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
  post(path: string, body: unknown, options: PostOptions): Promise<HttpOutcome>;
  close(): void;
}

/** More than any honest answer: ListRooms of 20,000 rooms is about 15 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Makes a transport that keeps its connections alive.
 * @param server `https://host[:port]`, with the path under which LiveKit is served; no slash at the end
 * @param userAgent what the requests say they come from
 * @param signal gives up every request under way, and every later one
 * @param secureContext whom TLS trusts; Node's own trust when left out
 */
export async function createTransport(
  server: string,
  userAgent: string,
  signal?: AbortSignal,
  secureContext?: object,
): Promise<Transport> {
  const base = new URL(server);
  const prefix = basePath(base.pathname);
  const secure = base.protocol === 'https:';
  // TLS takes a while to load, and a server on this machine or network often has none.
  const client = secure ? await import('node:https') : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: 32 });
  // Worked out once: a scan sends thousands of requests.
  const target = {
    protocol: base.protocol,
    hostname: bareHostname(base.hostname),
    port: base.port || (secure ? 443 : 80),
    method: 'POST',
    ...(secureContext && { secureContext }),
  };
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
      const request = client.request(
        {
          ...target,
          path: prefix + path,
          agent: options.ownConnection ? new client.Agent({ keepAlive: false }) : agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(payload),
            authorization: `Bearer ${options.token}`,
            'user-agent': userAgent,
          },
        },
        (response) => {
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
        settle({ kind: 'failure', code, message, mayHaveBeenSent: connected });
        request.destroy();
      };
      const onAbort = () => fail('ABORTED', 'the request was given up');
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
        connected = true;
        clearTimeout(connectTimer);
        options.onSent?.();
      };
      request.on('socket', (socket) => {
        // Bytes leave once TLS stands, or once TCP does; a kept-alive connection stands already.
        if (request.reusedSocket || !socket.connecting) onConnected();
        else socket.once(secure ? 'secureConnect' : 'connect', onConnected);
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

  return { host: serverName(base), post, close: () => agent.destroy() };
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
