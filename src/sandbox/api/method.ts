/** One method of the API: how its request is read, what answers it, and how a message is written. */

import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { AnyMessage, FieldInfo, JsonValue, Message, MessageType } from '@bufbuild/protobuf';
import type { ApiError, ClientGrants } from './token.ts';

export type Encoding = 'json' | 'protobuf';

/** An answer written out. */
export interface RawAnswer {
  status: number;
  contentType: string;
  body: string;
  /** Beside those that every answer has. */
  headers?: Readonly<Record<string, string>>;
}

/** What a proxy, a broken server or a broken network does in LiveKit's place. */
export type FaultInjection =
  | ({ kind: 'raw' } & RawAnswer)
  /** Half of an answer, and then a reset, or nothing more. */
  | ({ kind: 'half'; ending: 'reset' | 'silence' } & RawAnswer)
  /** A 200 of so many bytes. */
  | { kind: 'huge'; bytes: number }
  | { kind: 'reset' }
  | { kind: 'silence' };

export interface MessageReply {
  kind: 'message';
  message: AnyMessage;
}

export type Reply = MessageReply | FaultInjection;

export interface Method {
  /** @throws Error when the bytes are no such request */
  read(bytes: Buffer, encoding: Encoding): ReadRequest;
}

/** Service and method name, `SIP/TransferSIPParticipant`, to what answers it. */
export type Methods = Readonly<Record<string, Method>>;

export interface ReadRequest {
  /** The request with proto field names; unset fields are left out, unknown ones kept. */
  body: JsonValue;
  /** @throws ApiError what the client gets instead of a reply */
  answer(grants: ClientGrants): Promise<Reply>;
}

/** Ties a request's message class to the function that answers it. */
export function method<Request extends Message<Request>>(
  type: MessageType<Request>,
  answer: (request: Request, grants: ClientGrants) => Promise<Reply>,
): Method {
  let known: ReadonlySet<string> | undefined;
  return {
    read: (bytes, encoding) => {
      const json = encoding === 'json' ? (JSON.parse(bytes.toString('utf8')) as JsonValue) : null;
      const request =
        encoding === 'json'
          ? // LiveKit's Twirp servers let unknown fields and names pass, as newer clients send some.
            type.fromJson(json, { ignoreUnknownFields: true })
          : type.fromBinary(bytes);
      known ??= new Set(type.fields.list().flatMap(({ name, jsonName }) => [name, jsonName]));
      return {
        body: { ...unknownFields(known, json), ...recordOf(request) },
        answer: (grants) => answer(request, grants),
      };
    },
  };
}

/** Fields that came in JSON and that the message does not have: newer than this sandbox, or misspelt. */
function unknownFields(known: ReadonlySet<string>, json: JsonValue): Record<string, JsonValue> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return {};
  return Object.fromEntries(Object.entries(json).filter(([name]) => !known.has(name)));
}

function recordOf(request: AnyMessage | Message): Record<string, JsonValue> {
  return request.toJson({ useProtoFieldName: true }) as Record<string, JsonValue>;
}

export function messageReply(message: AnyMessage): MessageReply {
  return { kind: 'message', message };
}

// Messages as Go's protojson writes them for Twirp: proto field names, every field present, null for
// an unset message, int64 as a string, enums by name, map keys sorted, a blank after each comma.

/** Each message's JSON. The sandbox never changes a message, it puts another in its place. */
const written = new WeakMap<AnyMessage, string>();

/** Writes one message as JSON. The message must not change afterwards. */
export function writeMessage(message: AnyMessage): string {
  const known = written.get(message);
  if (known !== undefined) return known;
  const text = composeMessage(message);
  written.set(message, text);
  return text;
}

function composeMessage(message: AnyMessage): string {
  const type = message.getType();
  // Duration, Timestamp and their like have a JSON form of their own, a string mostly.
  if (type.typeName.startsWith('google.protobuf.')) return JSON.stringify(message.toJson());
  const parts: string[] = [];
  for (const field of type.fields.list()) {
    const value = readField(message, field);
    // protojson leaves out what has a presence of its own: members of a oneof, `optional` fields.
    if (value === undefined && (field.oneof || field.opt)) continue;
    parts.push(`"${field.name}":${writeField(field, value)}`);
  }
  return `{${parts.join(', ')}}`;
}

function readField(message: AnyMessage, field: FieldInfo): unknown {
  if (!field.oneof) return message[field.localName];
  const choice: { case?: string; value?: unknown } = message[field.oneof.localName];
  return choice.case === field.localName ? choice.value : undefined;
}

function writeField(field: FieldInfo, value: unknown): string {
  if (field.kind === 'map') {
    const entries = Object.entries(value as Record<string, unknown>).sort(([left], [right]) =>
      left < right ? -1 : 1,
    );
    const element = field.V;
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${writeValue(element, item)}`).join(', ')}}`;
  }
  if (field.repeated) {
    return `[${(value as unknown[]).map((item) => writeValue(field, item)).join(', ')}]`;
  }
  return writeValue(field, value);
}

/** The part of a field's description that a single value needs. */
type ValueType = Extract<FieldInfo, { kind: 'map' }>['V'] | Exclude<FieldInfo, { kind: 'map' }>;

function writeValue(type: ValueType, value: unknown): string {
  if (value === undefined) return 'null';
  switch (type.kind) {
    case 'message':
      return composeMessage(value as AnyMessage);
    case 'enum':
      return JSON.stringify(type.T.findNumber(value as number)?.name ?? value);
    case 'scalar':
      return writeScalar(value);
  }
}

function writeScalar(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  return JSON.stringify(value);
}

// Answers over HTTP: LiveKit's text, JSON and protobuf, and the faults that take their place.

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
