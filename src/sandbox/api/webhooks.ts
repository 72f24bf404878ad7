/** The webhooks that LiveKit sends: what happened in which room, signed with the project's secret. */
import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';
import { WebhookEvent } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import pLimit from 'p-limit';
import type { RoomHappening, World } from '../world/world.ts';

/** LiveKit tries an event several times; a test that waits for the last one would wait for long. */
const TRIES = 3;
const RETRY_MS = 200;
const TIMEOUT_MS = 2000;
/** LiveKit's own: a token for a webhook lives for five minutes. */
const TOKEN_LIFETIME = '5m';

/** @throws RangeError for an address beyond this machine: the sandbox talks to nobody else */
export function webhookTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)) {
    return url;
  }
  throw new RangeError('A webhook of the sandbox goes to an http: address of this machine.');
}

/**
 * Sends what happens, in order.
 * @param keys what it is signed with
 * @returns what ends that
 */
export function sendWebhooks(
  world: World,
  target: URL,
  { apiKey, apiSecret }: { apiKey: string; apiSecret: string },
): () => void {
  const stopped = new AbortController();
  const inOrder = pLimit(1);
  const send = async ({ event, room, participant }: RoomHappening) => {
    const message = new WebhookEvent({
      event,
      room,
      ...(participant && { participant }),
      id: `EV_${randomUUID()}`,
      createdAt: BigInt(Math.floor(Date.now() / 1000)),
    });
    const body = JSON.stringify(message.toJson());
    const token = new AccessToken(apiKey, apiSecret, { ttl: TOKEN_LIFETIME });
    token.sha256 = createHash('sha256').update(body).digest('base64');
    const signature = await token.toJwt();
    for (let attempt = 0; attempt < TRIES && !stopped.signal.aborted; attempt += 1) {
      if (await post(target, body, signature, stopped.signal)) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  };
  world.onHappening((happening) => {
    if (!stopped.signal.aborted) void inOrder(() => send(happening));
  });
  return () => stopped.abort();
}

/** @returns whether somebody took it */
function post(target: URL, body: string, signature: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/webhook+json',
      'content-length': Buffer.byteLength(body),
      authorization: signature,
    };
    const options = { method: 'POST', headers, signal, timeout: TIMEOUT_MS };
    const request = http.request(target, options, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 300);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end(body);
  });
}
