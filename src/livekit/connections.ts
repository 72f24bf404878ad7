/**
 * How a request gets to the server, and its answer back. Reads go on connections that are kept (HTTP/1.1,
 * RFC 9112): in a scan of thousands of rooms Node's client takes longer than all the rest. What must not be
 * made twice goes by Node's client, on a connection of its own, and so does what goes through a proxy.
 */
import type { Agent, ClientRequest, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { HTTPParser } from 'http-parser-js';
import { bareHostname, type ProxyServer, portOf, proxyAgents } from './server-route.ts';

// As Node reads headers: `redirectTarget` counts on it.
HTTPParser.encoding = 'latin1';
const { RESPONSE, kOnHeadersComplete, kOnBody, kOnMessageComplete } = HTTPParser;

/** As many as ever go at a time; how many do is for the pace of the reads to say. */
const MOST_CONNECTIONS = 128;
/** What every HTTP answer begins with: an H. */
const FIRST_BYTE = 0x48;
/** An idle connection is closed so long before the server does it, in ms: a request would meet its end. */
const BEFORE_SERVER_MS = 1000;
const CUT_SHORT = 'the connection broke mid-answer';
const CLOSED = ['ECONNRESET', 'the connection was closed'] as const;

/** Reads a header by its name in small letters. */
export type ReadHeader = (name: string) => string | undefined;

/** Who is told what becomes of a request. */
export interface Exchange {
  /** The connection stands, and the request goes out on it. */
  onSent(): void;
  /** A proxy has answered in the server's place, or dug its tunnel (200). */
  onProxyAnswer(httpStatus: number): void;
  onHeaders(httpStatus: number, header: ReadHeader): void;
  onBody(piece: Buffer): void;
  /** The answer is whole. */
  onEnd(): void;
  /** There is no whole answer. @param code Node's, or the parser's (`HPE_…`) */
  onFailure(code: string, message: string): void;
}

/** Ends a request with its connection, and tells nobody. */
type Stop = () => void;

/** One connection, and one exchange at a time on it. */
class Connection {
  readonly #socket: Socket;
  readonly #parser = new HTTPParser(RESPONSE);
  readonly #onFree: (connection: Connection) => void;
  readonly #onGone: (connection: Connection) => void;
  #exchange: Exchange | null = null;
  #request = '';
  #stands = false;
  #isGone = false;
  /** Something of the answer is there. */
  #hasBegun = false;
  /** What comes goes before the answer (RFC 9110 §15.2). */
  #isPrelude = false;
  /** The server keeps the connection after this answer. */
  #isKept = false;

  constructor(socket: Socket, onFree: (it: Connection) => void, onGone: (it: Connection) => void) {
    this.#socket = socket;
    this.#onFree = onFree;
    this.#onGone = onGone;
    // Bytes leave once TCP stands, or once TLS does.
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      this.#stands = true;
      this.#send();
    });
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    // Of an answer that says nothing of its length, this is the end.
    socket.on('end', () => void (this.#hasBegun && this.#parser.finish()));
    socket.on('timeout', () => void (this.#exchange === null && this.destroy()));
    socket.on('error', ({ code = 'ERROR', message }: NodeJS.ErrnoException) =>
      this.fail(code, message),
    );
    socket.on('close', () => this.fail('ECONNRESET', this.#hasBegun ? CUT_SHORT : 'it hung up'));
    this.#listenToParser();
  }

  begin(request: string, exchange: Exchange): void {
    this.#request = request;
    this.#exchange = exchange;
    this.#hasBegun = false;
    // Without what may be left of an answer that nobody asked for.
    this.#parser.initialize(RESPONSE);
    this.#socket.ref();
    if (this.#stands) this.#send();
  }

  /** Where it is at this exchange, or at none. */
  stop(exchange: Exchange): void {
    if (this.#exchange === exchange || this.#exchange === null) this.destroy();
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#exchange = null;
    this.#socket.destroy();
    this.#onGone(this);
  }

  #send(): void {
    if (this.#exchange === null) return;
    this.#exchange.onSent();
    this.#socket.write(this.#request);
  }

  fail(code: string, message: string): void {
    const exchange = this.#exchange;
    this.destroy();
    exchange?.onFailure(code, message);
  }

  #read(bytes: Buffer): void {
    // Nobody has asked for this, and it would be taken for the answer to the next request.
    if (this.#exchange === null) this.destroy();
    else if (!this.#hasBegun && bytes[0] !== FIRST_BYTE) {
      this.fail('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/');
    } else {
      this.#hasBegun = true;
      const read: number | NodeJS.ErrnoException = this.#parser.execute(bytes);
      if (typeof read !== 'number') this.fail(read.code ?? 'HPE_INVALID', read.message);
      // Here, where all that came has been read: what goes on after an answer spoils the connection.
      else if (this.#exchange === null && !this.#isGone) this.#onFree(this);
    }
  }

  #listenToParser(): void {
    const parser = this.#parser;
    parser[kOnHeadersComplete] = ({ statusCode, headers, shouldKeepAlive }) => {
      this.#isPrelude = statusCode < 200;
      if (this.#isPrelude) return;
      const header: ReadHeader = (name) => {
        const at = headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name);
        return at === -1 ? undefined : headers[at + 1];
      };
      this.#isKept = shouldKeepAlive;
      this.#leaveBeforeServer(header('keep-alive'));
      this.#exchange?.onHeaders(statusCode, header);
    };
    parser[kOnBody] = (piece) => this.#exchange?.onBody(piece);
    parser[kOnMessageComplete] = () => this.#end();
  }

  #end(): void {
    const exchange = this.#exchange;
    if (exchange !== null && this.#isPrelude) return;
    this.#exchange = null;
    // Nothing waits for it now: the process may end.
    this.#socket.unref();
    if (exchange === null || !this.#isKept) this.destroy();
    exchange?.onEnd();
  }

  /** A server may say how long it keeps an idle connection: `timeout=5` (RFC 2068 §19.7.1.1). */
  #leaveBeforeServer(written: string | undefined): void {
    const seconds = /timeout=(\d{1,6})/i.exec(written ?? '')?.[1];
    const ms = seconds === undefined ? 0 : Math.max(1, Number(seconds) * 1000 - BEFORE_SERVER_MS);
    if ((this.#socket.timeout ?? 0) !== ms) this.#socket.setTimeout(ms);
  }
}

/**
 * Makes what sends reads: each on a connection that is kept, or when one is free again.
 * @param open begins a connection, TLS included
 */
export function keepConnections(open: () => Socket): {
  send(request: string, exchange: Exchange): Stop;
  close(): void;
} {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  const waiting: { request: string; exchange: Exchange }[] = [];

  function connect(): Connection {
    const connection = new Connection(open(), onFree, onGone);
    all.add(connection);
    return connection;
  }
  function onFree(connection: Connection): void {
    const next = waiting.shift();
    if (next !== undefined) connection.begin(next.request, next.exchange);
    else idle.push(connection);
  }
  function onGone(connection: Connection): void {
    all.delete(connection);
    if (idle.includes(connection)) idle.splice(idle.indexOf(connection), 1);
    const next = waiting.shift();
    if (next !== undefined) connect().begin(next.request, next.exchange);
  }

  return {
    send(request, exchange) {
      // The one that was used last: the server may be about to close the others.
      const connection = idle.pop() ?? (all.size < MOST_CONNECTIONS ? connect() : undefined);
      if (connection === undefined) waiting.push({ request, exchange });
      else connection.begin(request, exchange);
      return () => {
        const at = waiting.findIndex((each) => each.exchange === exchange);
        if (at !== -1) waiting.splice(at, 1);
        // The idle ones, too: a laptop that slept has lost them all.
        for (const each of [...all]) each.stop(exchange);
      };
    },
    close() {
      for (const { exchange } of waiting.splice(0)) exchange.onFailure(...CLOSED);
      for (const connection of [...all]) connection.fail(...CLOSED);
    },
  };
}

interface NodeRequest {
  path: string;
  headers: OutgoingHttpHeaders;
  body: string;
  /** On a connection for it alone, so that no stale one can blur what was sent. */
  ownConnection: boolean;
}

/** Makes what sends by Node's client, which is loaded with the first request. */
export async function nodeClient(
  base: URL,
  secureContext: object | undefined,
  proxy: ProxyServer | null,
): Promise<{ send(request: NodeRequest, exchange: Exchange): Stop; close(): void }> {
  const secure = base.protocol === 'https:';
  const proxied = proxy === null ? null : await proxyAgents(proxy, secure, secureContext);
  const kept = proxied?.agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS }) as
    | Agent
    | undefined;
  const { protocol } = base;
  const server = { protocol, hostname: bareHostname(base.hostname), port: portOf(base) };
  const target = { ...server, method: 'POST', ...(secureContext && { secureContext }) };
  /** Connections that an earlier request has seen stand. */
  const standing = new WeakSet<object>();

  function listen(request: ClientRequest, exchange: Exchange): void {
    const onConnected = () => {
      if (request.socket !== null) standing.add(request.socket);
      exchange.onSent();
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
      if (statusCode !== undefined) exchange.onProxyAnswer(statusCode);
    });
    const fail = ({ code = 'ERROR', message }: NodeJS.ErrnoException) =>
      exchange.onFailure(code, message);
    request.on('error', fail);
    request.on('response', (response) => {
      const { statusCode = 0, headers } = response;
      // RFC 9110 §15.5.8: a proxy's own, which has passed nothing on.
      if (proxy !== null && !secure && statusCode === 407) return exchange.onProxyAnswer(407);
      exchange.onHeaders(statusCode, (name) => headers[name]?.toString());
      response.on('data', (piece: Buffer) => exchange.onBody(piece));
      // A body cut short ends in `aborted`, never in `end`.
      response.on('aborted', () => exchange.onFailure('ECONNRESET', CUT_SHORT));
      response.on('error', fail);
      response.on('end', () => exchange.onEnd());
    });
  }

  function send(asked: NodeRequest, exchange: Exchange): Stop {
    const { body, ownConnection, ...rest } = asked;
    let request: ClientRequest | undefined;
    let isStopped = false;
    const begin = (client: Pick<typeof import('node:http'), 'request' | 'Agent'>) => {
      if (isStopped) return;
      const once = { keepAlive: false };
      const own = () => (proxied?.agent(once) as Agent | undefined) ?? new client.Agent(once);
      request = client.request({ ...target, ...rest, agent: ownConnection ? own() : kept });
      listen(request, exchange);
      // As text, so that Node sends headers and body in one write.
      request.end(body);
    };
    const client = secure ? import('node:https') : import('node:http');
    client.then(begin).catch((error: Error) => exchange.onFailure('ERROR', error.message));
    return () => {
      isStopped = true;
      request?.destroy();
      if (request !== undefined) proxied?.giveUp(request);
    };
  }

  return { send, close: () => kept?.destroy() };
}
