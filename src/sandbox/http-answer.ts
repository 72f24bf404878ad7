/** What is written back over HTTP, in the three forms that LiveKit's answers have. */
import type { ServerResponse } from 'node:http';
import type { AnyMessage } from '@bufbuild/protobuf';
import type { Encoding, Reply } from './method.ts';
import { writeMessage } from './protojson.ts';
import type { TwirpError } from './twirp-error.ts';

export function writeText(response: ServerResponse, status: number, text: string): void {
  write(response, status, 'text/plain; charset=utf-8', text);
}

/** Go's answer to a path that nobody serves. */
export function writeNotFound(response: ServerResponse): void {
  writeText(response, 404, '404 page not found\n');
}

export function writeJson(response: ServerResponse, status: number, value: unknown): void {
  write(response, status, 'application/json', JSON.stringify(value));
}

/** Errors are JSON whatever the encoding of the request (Twirp specification v7). */
export function writeError(response: ServerResponse, error: TwirpError): void {
  write(response, error.httpStatus, 'application/json', error.toBody());
}

/** Writes an answer in the encoding of its request. */
export function writeReply(response: ServerResponse, reply: Reply, encoding: Encoding): void {
  switch (reply.kind) {
    case 'message':
      writeMessageAs(response, reply.message, encoding);
      return;
    case 'raw':
      write(response, reply.status, reply.contentType, reply.body);
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
  }
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
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
