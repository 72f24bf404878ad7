/** A proxy as HTTPS_PROXY names one, and a LiveKit with TLS that is only reached through it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { atTheEnd } from './at-the-end.ts';
import { makeCertificate } from './certificate.ts';

export interface ForwardProxy {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** `127.0.0.1:PORT`. */
  name: string;
  /** What it was asked for, in order: `CONNECT livekit.test:443`, `POST http://livekit.test/twirp/…`. */
  asked: string[];
}

interface ForwardProxyOptions {
  /** Where everything leads, whatever name was asked for: a port of this machine. */
  to: number;
  /** `user:password`, without which it answers 407. */
  login?: string;
  /** Answers in its own place, with a status and a page. */
  status?: number;
  /** Takes what is asked, and never answers; hangs up; or answers something that is no HTTP. */
  instead?: 'silence' | 'hang-up' | 'banner';
  /** So many tunnels it makes, and answers 503 to who wants one more; any number when left out. */
  tunnels?: number;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Serves until the tests of the file are over. */
export async function serveForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const { to, login, status, instead, tunnels = Number.POSITIVE_INFINITY } = options;
  const asked: string[] = [];

  /** What it says in its own place; null where it lets a request pass. */
  function refusal({ headers }: IncomingMessage): number | null {
    if (status !== undefined) return status;
    if (login === undefined) return null;
    const wanted = `Basic ${Buffer.from(login).toString('base64')}`;
    return headers['proxy-authorization'] === wanted ? null : 407;
  }

  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const refused = refusal(incoming);
    if (refused !== null) {
      if (refused === 407) response.setHeader('proxy-authenticate', 'Basic realm="proxy"');
      response.writeHead(refused, { 'content-type': 'text/html' }).end('<html>proxy</html>');
      return;
    }
    const { pathname } = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = send(
      { host: '127.0.0.1', port: to, path: pathname, method: incoming.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.on('connect', (incoming: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    client.on('error', () => {});
    const refused = refusal(incoming) ?? (asked.length > tunnels ? 503 : null);
    if (instead === 'silence') return;
    if (instead === 'hang-up') client.destroy();
    else if (instead === 'banner') client.end('SSH-2.0-OpenSSH_9.6\r\n\r\n');
    else if (refused !== null) client.end(`HTTP/1.1 ${refused} No\r\n\r\n<html>proxy</html>`);
    else {
      const onward = connect(to, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(onward).pipe(client);
      });
      onward.on('error', () => client.destroy());
      client.on('close', () => onward.destroy());
    }
  });
  const name = `127.0.0.1:${await listen(server)}`;
  return { url: `http://${name}`, name, asked };
}

export interface TlsFront {
  port: number;
  /** Its certificate in PEM, which nobody trusts of themselves. */
  certificate: string;
}

/**
 * Serves TLS in front of a server without it.
 * @param url `http://127.0.0.1:PORT`
 * @param name the one host that its certificate is for
 */
export async function serveTlsInFront(url: string, name: string): Promise<TlsFront> {
  const made = makeCertificate({ names: [name], days: 30, owner: `the owner of ${name}` });
  const server = createTlsServer(made, (client) => {
    const onward = connect(Number(new URL(url).port), '127.0.0.1');
    client.on('error', () => {});
    onward.on('error', () => client.destroy());
    client.pipe(onward).pipe(client);
    client.on('close', () => onward.destroy());
  });
  server.on('tlsClientError', () => {});
  return { port: await listen(server), certificate: made.cert };
}
