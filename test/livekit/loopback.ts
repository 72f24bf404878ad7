/** A real server on loopback that does to a request whatever a test wants. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';

export interface Seen {
  path: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The client's port: the same one means the same connection. */
  port: number;
}

export interface Loopback {
  origin: string;
  host: string;
  seen: Seen[];
}

export type Reply = (response: http.ServerResponse, seen: Seen, count: number) => void;

/** Serves until the test is over. */
export async function serve(reply: Reply): Promise<Loopback> {
  const seen: Seen[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one: Seen = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      port: request.socket.remotePort ?? 0,
    };
    seen.push(one);
    reply(response, one, seen.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin: `http://${host}`, host, seen };
}

/** A server below HTTP. */
export async function serveSockets(connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    connected(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port at which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Listens, and never comes round to accepting anybody. */
const BUSY_SERVER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/**
 * A port at which connections neither stand nor fail, as behind a firewall that drops packets: the
 * queue of a server that accepts nobody is full, and Linux lets whoever comes then wait.
 */
export async function blackHole(): Promise<number> {
  const child = spawn(process.execPath, ['-e', BUSY_SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  });
  const [written] = await once(child.stdout, 'data');
  const port = Number(written);
  for (let stands = true; stands; ) {
    const socket = connectTcp(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    stands = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200)),
    ]);
  }
  return port;
}

export function json(status: number, body: unknown): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}
