/**
 * LiveKit's webhooks: who has come, who has left, in which room. Nothing in them is believed beyond
 * that something has happened in a room; what is so is read by the API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { WebhookReceiver } from 'livekit-server-sdk';
import { UsageError } from '../core/errors.ts';
import { tokenCheck } from './client.ts';
import type { Credentials } from './credentials.ts';

/** Where webhooks are listened for. */
export interface WebhookAddress {
  host: string;
  port: number;
}

const LOOPBACK = '127.0.0.1';
/** More than any webhook of LiveKit's: a participant's metadata and attributes have 64 KB each. */
const MAX_BODY_BYTES = 1024 * 1024;
/** How long one may take to arrive, in ms. */
const ARRIVAL_TIMEOUT_MS = 10_000;
/** LiveKit and this machine need not have the same time to the second. */
const CLOCK_TOLERANCE = '60s';

/**
 * Reads `7890`, `0.0.0.0:7890` or `[::1]:7890`.
 * @throws UsageError
 */
export function readWebhookAddress(text: string): WebhookAddress {
  const [, named, digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const host = named?.replace(/^\[(.*)\]$/, '$1') ?? LOOPBACK;
  const port = Number(digits);
  if (digits !== '' && port >= 1 && port <= 65_535 && (isIP(host) !== 0 || host === 'localhost')) {
    return { host, port };
  }
  throw new UsageError('--webhooks takes a port, or an address of this machine with one.', {
    hint: 'Write it as 7890, which only this machine reaches, or as 0.0.0.0:7890.',
  });
}

export interface WebhookListener {
  /** When the last one came that LiveKit had signed, in ms since 1970; null: none yet. */
  readonly lastMs: number | null;
  close(): void;
}

/**
 * Listens. What is not signed with the project's secret gets 401, and changes nothing.
 * @param onRoom called with the room of every webhook that was signed
 * @param arrivalMs how long one may take to arrive
 * @throws UsageError when nobody can listen there
 */
export async function listenForWebhooks(
  { host, port }: WebhookAddress,
  { apiKey, apiSecret }: Pick<Credentials, 'apiKey' | 'apiSecret'>,
  onRoom: (room: { name: string; sid: string }) => void,
  now: () => number,
  arrivalMs = ARRIVAL_TIMEOUT_MS,
): Promise<WebhookListener> {
  const receiver = new WebhookReceiver(apiKey, apiSecret);
  const check = tokenCheck({ apiKey, apiSecret }, CLOCK_TOLERANCE);
  let lastMs: number | null = null;
  const limits = {
    requestTimeout: arrivalMs,
    headersTimeout: arrivalMs,
    connectionsCheckingInterval: Math.min(1000, arrivalMs),
  };
  const server = createServer(limits, (request, response) => {
    answer(request, response, check, async (body, signature) => {
      const { room, event } = await receiver.receive(body, signature, false, CLOCK_TOLERANCE);
      lastMs = now();
      const { name = '', sid = '' } = room ?? {};
      if (event !== '' && name !== '') onRoom({ name, sid });
    }).catch(() => response.destroy());
  });
  server.maxConnections = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UsageError(`Nobody can listen on ${host}:${port} (${error.code}).`, {
          hint:
            error.code === 'EADDRINUSE'
              ? 'Something else listens there: choose another port.'
              : 'Choose a port of 1024 or more, and an address of this machine.',
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  server.on('error', () => {});
  return {
    get lastMs() {
      return lastMs;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param check throws for a token that is none of LiveKit's
 * @param receive throws for a body that LiveKit has not signed
 */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  check: (signature: string) => Promise<unknown>,
  receive: (body: string, signature: string) => Promise<void>,
): Promise<void> {
  const end = (status: number) => {
    // What is still under way of a body that nobody reads would be taken for the next request.
    response.writeHead(status, { 'content-length': 0, connection: 'close' }).end();
    if (!request.complete) request.resume();
  };
  if (request.method !== 'POST') {
    end(405);
    return;
  }
  // Nobody's body is read, or kept, who has no signature to show for it.
  const signature = request.headers.authorization ?? '';
  try {
    await check(signature);
  } catch {
    end(401);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // The answer goes out on the connection that leaving this loop would close.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) {
      end(413);
      return;
    }
    chunks.push(chunk as Buffer);
  }
  try {
    await receive(Buffer.concat(chunks).toString('utf8'), signature);
    end(200);
  } catch {
    end(401);
  }
}
