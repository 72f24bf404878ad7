/** What stands in front of a LiveKit: a proxy that serves it under a path, and may answer in its place. */
import { once } from 'node:events';
import { createServer, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atTheEnd } from './at-the-end.ts';

export interface Front {
  /** `http://127.0.0.1:PORT`, without the path. */
  origin: string;
  /** The paths that were asked for, in their order. */
  paths: string[];
}

interface FrontOptions {
  /** Where LiveKit is: `/livekit`; what is asked for elsewhere is not found. */
  path?: string;
  /** Answers a method (`SIP/TransferSIPParticipant`) in LiveKit's place. */
  instead?: Readonly<Record<string, (response: ServerResponse) => void>>;
}

/** Serves until the tests of the file are over. */
export async function serveInFront(
  livekit: string,
  { path = '', instead = {} }: FrontOptions = {},
): Promise<Front> {
  const paths: string[] = [];
  const server = createServer((incoming, response) => {
    const asked = incoming.url ?? '';
    paths.push(asked);
    const own = instead[asked.slice(`${path}/twirp/livekit.`.length)];
    if (own !== undefined) {
      incoming.resume();
      own(response);
      return;
    }
    if (!asked.startsWith(`${path}/twirp/`)) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not found</html>');
      return;
    }
    const onward = send(
      livekit + asked.slice(path.length),
      { method: 'POST', headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}
