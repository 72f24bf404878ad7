/** One Twirp method: how its request is read, and what answers it. */
import type { AnyMessage, JsonValue, Message, MessageType } from '@bufbuild/protobuf';
import type { Caller } from './grants.ts';

export type Encoding = 'json' | 'protobuf';

/** An answer in so many words. */
export interface RawAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** What a proxy, a broken server or a broken network does in LiveKit's place. */
export type Interference =
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

export type Reply = MessageReply | Interference;

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

export function messageReply(message: AnyMessage): MessageReply {
  return { kind: 'message', message };
}

/** Service and method name, `SIP/TransferSIPParticipant`, to what answers it. */
export type Methods = Readonly<Record<string, Method>>;
