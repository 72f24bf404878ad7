/** What is asked of those in a room through the server: a method of theirs called, an agent sent for. */
import type { HttpOutcome } from './transport.ts';
import {
  isObject,
  parseBody,
  readList,
  readText,
  readTwirpError,
  type TwirpError,
} from './twirp.ts';

/** A call of a method that a participant has registered (RoomService.PerformRpc). */
export interface RpcRequest {
  room: string;
  identity: string;
  method: string;
  payload: string;
  /** How long the participant may take to answer, in ms. */
  timeoutMs: number;
}

/** An agent to be sent into a room (AgentDispatchService.CreateDispatch). */
export interface DispatchRequest {
  /** Made by LiveKit when it is not there: read it just before. */
  room: string;
  agentName: string;
  /** What the agent's job gets to read. */
  metadata: string;
}

/** One that was made, as LiveKit lists it. What its jobs do is left out: the list of them lags. */
export interface Dispatch {
  id: string;
  metadata: string;
}

/** @returns null when the answer is no list of dispatches */
export function readDispatches(body: unknown): Dispatch[] | null {
  if (!isObject(body)) return null;
  return readList(body, 'agent_dispatches')
    .filter(isObject)
    .map((each) => ({ id: readText(each, 'id'), metadata: readText(each, 'metadata') }));
}

/** What came of asking for an agent. */
export type DispatchAnswer =
  | { kind: 'made'; id: string }
  /** It is certain that none was sent for. */
  | { kind: 'refused'; message: string /** The key may not do it. */; isDenial: boolean }
  /** One may have been sent for, and nothing tells. */
  | { kind: 'unclear'; message: string };

/** Statuses with which LiveKit, or what stands in its place, has done nothing. */
const REFUSALS: readonly number[] = [400, 401, 403, 404, 405, 409, 412, 429, 501];

/** Reads LiveKit's answer to CreateDispatch. */
export function readDispatchAnswer(outcome: HttpOutcome): DispatchAnswer {
  if (outcome.kind === 'failure') {
    const { message } = outcome;
    if (outcome.mayHaveBeenSent) return { kind: 'unclear', message };
    return { kind: 'refused', message, isDenial: false };
  }
  const { httpStatus } = outcome;
  const error = readTwirpError(outcome);
  const body = parseBody(outcome.body);
  const id = error === null && isObject(body) ? readText(body, 'id') : '';
  if (httpStatus === 200 && id !== '') return { kind: 'made', id };
  const message = `HTTP ${httpStatus}${error === null ? '' : `, ${error.code}: ${error.message}`}`;
  if (!REFUSALS.includes(httpStatus)) return { kind: 'unclear', message };
  return { kind: 'refused', message, isDenial: httpStatus === 401 || httpStatus === 403 };
}

/** What came of a call of a participant's method. */
export type RpcAnswer =
  | { kind: 'answered'; payload: string }
  /** The participant is there, and has no such method: it was not carried out. */
  | { kind: 'no-method' }
  /** No such participant, or no SIP service behind it: it was not carried out. */
  | { kind: 'absent' }
  /** The participant was asked and has not answered: what it did is not known. */
  | { kind: 'silent' }
  /** The server knows no such call, or the key may not make it, or it never got there. */
  | { kind: 'impossible'; message: string }
  /** It may have been carried out, and nothing tells. */
  | { kind: 'unknown'; message: string };

/** LiveKit's own codes (livekit/protocol rpc): 1400 no such method, 1401 no such participant. */
const RPC_ERROR = /RpcError (\d{4})/;

/** Reads LiveKit's answer to PerformRpc, as captured from server 1.13.11. */
export function readRpcAnswer(outcome: HttpOutcome): RpcAnswer {
  if (outcome.kind === 'failure') {
    const { message } = outcome;
    return outcome.mayHaveBeenSent ? { kind: 'unknown', message } : { kind: 'impossible', message };
  }
  const error = readTwirpError(outcome);
  if (error !== null) return readRpcError(error, outcome.httpStatus);
  const body = parseBody(outcome.body);
  if (outcome.httpStatus === 200 && isObject(body)) {
    return { kind: 'answered', payload: readText(body, 'payload') };
  }
  const message = outcome.body.slice(0, 200);
  // A server that does not know the call answers with a page of its own.
  const unknown = outcome.httpStatus === 404 || outcome.httpStatus === 405;
  return unknown ? { kind: 'impossible', message } : { kind: 'unknown', message };
}

function readRpcError({ code, message }: TwirpError, httpStatus: number): RpcAnswer {
  const rpc = RPC_ERROR.exec(message)?.[1];
  if (rpc === '1400') return { kind: 'no-method' };
  if (rpc === '1401') return { kind: 'absent' };
  // 1501: the connection to it is gone; 1502: it did not answer in time.
  if (rpc !== undefined) return { kind: 'silent' };
  if (code === 'unavailable' && message.includes('no response from servers')) {
    return { kind: 'absent' };
  }
  const refused = [401, 403, 404, 501].includes(httpStatus);
  return refused ? { kind: 'impossible', message } : { kind: 'unknown', message };
}
