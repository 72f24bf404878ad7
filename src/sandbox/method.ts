/** One Twirp method: how its request is read, and what answers it. */
import type { AnyMessage, JsonValue, Message, MessageType } from '@bufbuild/protobuf';
import type { Caller } from './grants.ts';

export type Encoding = 'json' | 'protobuf';

/** An answer that a proxy, a broken server or a broken network gives in LiveKit's place. */
export type Interference =
  | { kind: 'reset' }
  | { kind: 'raw'; status: number; contentType: string; body: string };

export type Reply = { kind: 'message'; message: AnyMessage } | Interference;

export interface Method {
  /** @throws Error when the bytes are no such request */
  read(bytes: Buffer, encoding: Encoding): ReadRequest;
}

export interface ReadRequest {
  /** The request with proto field names; unset fields are left out. */
  body: JsonValue;
  /** @throws TwirpError what the client is told */
  answer(caller: Caller): Promise<Reply>;
}

/** Ties a request's message class to the function that answers it. */
export function method<Request extends Message<Request>>(
  type: MessageType<Request>,
  answer: (request: Request, caller: Caller) => Promise<Reply>,
): Method {
  return {
    read: (bytes, encoding) => {
      const request =
        encoding === 'json'
          ? // LiveKit's Twirp servers let unknown fields pass, as newer clients send some.
            type.fromJsonString(bytes.toString('utf8'), { ignoreUnknownFields: true })
          : type.fromBinary(bytes);
      return {
        body: request.toJson({ useProtoFieldName: true }),
        answer: (caller) => answer(request, caller),
      };
    },
  };
}

export function messageReply(message: AnyMessage): Reply {
  return { kind: 'message', message };
}

/** Service and method name, `SIP/TransferSIPParticipant`, to what answers it. */
export type Methods = Readonly<Record<string, Method>>;
