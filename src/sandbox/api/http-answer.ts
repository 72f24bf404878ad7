/** Answers over HTTP: LiveKit's text, JSON and protobuf, and the faults that take their place. */
import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { AnyMessage } from '@bufbuild/protobuf';
import { type Encoding, type RawAnswer, type Reply, writeMessage } from './method.ts';
import type { ApiError } from './twirp-error.ts';

export function writeText(response: ServerResponse, status: number, text: string): void {
  write(response, status, 'text/plain; charset=utf-8', text);
}

/** Go's answer to a path that is not served. */
export function writeNotFound(response: ServerResponse): void {
  writeText(response, 404, '404 page not found\n');
}

export function writeJson(response: ServerResponse, status: number, value: unknown): void {
  write(response, status, 'application/json', JSON.stringify(value));
}

/** Errors are JSON whatever the encoding of the request (Twirp specification v7). */
export function writeError(response: ServerResponse, error: ApiError, wrapper: string): void {
  write(response, error.httpStatus, 'application/json', error.toBody(wrapper));
}

/** Writes an answer in the encoding of its request. */
export function writeReply(response: ServerResponse, reply: Reply, encoding: Encoding): void {
  switch (reply.kind) {
    case 'message':
      writeMessageAs(response, reply.message, encoding);
      return;
    case 'raw':
      write(response, reply.status, reply.contentType, reply.body, reply.headers);
      return;
    case 'half':
      writeHalf(response, reply, () => {
        if (reply.ending === 'reset') response.socket?.resetAndDestroy();
      });
      return;
    case 'huge':
      writeHuge(response, reply.bytes);
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silence':
      return;
  }
}

/** Promises a whole answer, and writes the first half of it. */
function writeHalf(
  response: ServerResponse,
  { status, contentType, body }: RawAnswer,
  written: () => void,
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
  });
  response.write(body.slice(0, body.length / 2), written);
}

/** Writes a JSON text of so many bytes, no faster than it is read. */
function writeHuge(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  function* chunks(): Generator<Buffer> {
    for (let left = bytes - 2; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
    yield Buffer.from('{}');
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': bytes });
  // Whoever has read enough goes away, which is no fault of ours.
  pipeline(Readable.from(chunks()), response, () => {});
}

function writeMessageAs(response: ServerResponse, message: AnyMessage, encoding: Encoding): void {
  if (encoding === 'json') write(response, 200, 'application/json', writeMessage(message));
  else write(response, 200, 'application/protobuf', message.toBinary());
}

function write(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: RawAnswer['headers'] = {},
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
