/** The faults that a seed asks for: in the answer to a transfer, in reading rooms, in any request. */
import type { JsonValue } from '@bufbuild/protobuf';
import type { Clock } from '../world/clock.ts';
import type {
  AimedFault,
  FaultAnswer,
  ReadBehaviour,
  TransferAnswer,
} from '../world/seed-types.ts';
import {
  type FaultInjection,
  type MessageReply,
  type RawAnswer,
  type Reply,
  writeMessage,
} from './method.ts';
import { ApiError, errorFromBehind } from './token.ts';

// In the answer to a transfer, on its way from LiveKit to the client.

type Answer = TransferAnswer | undefined;

const HUGE_BYTES = 70_000_000;

/**
 * What answers a transfer that is never begun.
 * @returns undefined when it is
 * @throws ApiError when the SIP service fails
 */
export function insteadOfTransfer(answer: Answer): FaultInjection | undefined {
  if (answer === 'reset-before-refer') return { kind: 'reset' };
  if (typeof answer !== 'object') return undefined;
  if ('fails' in answer) throw errorFromBehind(answer.fails, answer.message);
  return {
    kind: 'raw',
    status: answer.turnsAway,
    contentType: 'text/plain; charset=utf-8',
    body: answer.text,
  };
}

/**
 * What comes from the network or a proxy, neither of which waits for the end of the transfer.
 * @returns undefined when the client waits for LiveKit
 */
export function duringTransfer(answer: Answer): FaultInjection | undefined {
  switch (answer) {
    case 'connection-reset':
      return { kind: 'reset' };
    case 'silence':
      return { kind: 'silence' };
    case 'bad-gateway-page':
      return { kind: 'raw', status: 502, contentType: 'text/html', body: page('502 Bad Gateway') };
    case 'gateway-timeout-page':
      return {
        kind: 'raw',
        status: 504,
        contentType: 'text/html',
        body: page('504 Gateway Time-out'),
      };
    case 'error-page-as-json':
      return {
        kind: 'raw',
        status: 500,
        contentType: 'application/json',
        body: page('500 Internal Server Error'),
      };
    default:
      return undefined;
  }
}

/**
 * What reaches the client at the end of a transfer.
 * @param own LiveKit's own answer, which throws its errors
 * @param wrapper the words in front of errors that come from behind the API server
 * @throws ApiError LiveKit's own, when nothing is done to it
 */
export function afterTransfer(answer: Answer, own: () => MessageReply, wrapper: string): Reply {
  const ok = { kind: 'raw', status: 200, contentType: 'application/json' } as const;
  switch (answer) {
    case 'garbage':
      return { ...ok, body: 'no JSON here\n' };
    case 'truncated-json':
      return { ...ok, body: '{"transfer_id":"", "status":"STS_TRANS' };
    case 'page-as-json':
      return { ...ok, body: page('Sign in to the network') };
    case 'json-as-page':
      return { kind: 'raw', ...written(own, wrapper), contentType: 'text/html' };
    case 'silence-mid-body':
      return { kind: 'half', ending: 'silence', ...written(own, wrapper) };
    case 'reset-mid-body':
      return { kind: 'half', ending: 'reset', ...written(own, wrapper) };
    case 'huge-body':
      return { kind: 'huge', bytes: HUGE_BYTES };
    default:
      return own();
  }
}

/** LiveKit's own answer as it goes out in JSON, success or error. */
function written(own: () => MessageReply, wrapper: string): RawAnswer {
  const contentType = 'application/json';
  try {
    return { status: 200, contentType, body: writeMessage(own().message) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.httpStatus, contentType, body: error.toBody(wrapper) };
  }
}

/** A page as nginx writes it. */
function page(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

// In reading the list of rooms, or one room.

export class ReadFaults {
  readonly #behaviour: ReadBehaviour;
  readonly #clock: Clock;
  #reads = 0;
  #isTransferred = false;

  constructor(behaviour: ReadBehaviour | undefined, clock: Clock) {
    this.#behaviour = behaviour ?? {};
    this.#clock = clock;
  }

  /** A transfer was asked for here. */
  noteTransfer(): void {
    this.#isTransferred = true;
  }

  /**
   * Waits as long as one read takes.
   * @throws ApiError `unavailable` when it fails
   */
  async apply(): Promise<void> {
    this.#reads += 1;
    const isUnavailable = this.#isUnavailable();
    const { delayMs } = this.#behaviour;
    if (delayMs !== undefined) await this.#clock.pause(delayMs);
    if (isUnavailable) throw errorFromBehind('unavailable', 'no response from servers');
  }

  #isUnavailable(): boolean {
    switch (this.#behaviour.unavailable) {
      case 'always':
        return true;
      case 'first-read':
        return this.#reads === 1;
      case 'after-transfer':
        return this.#isTransferred;
      default:
        return false;
    }
  }
}

// In any request, aimed at some of them.

/** One fault, and the requests that have met it. */
interface Aim {
  fault: AimedFault;
  met: number;
  /** When it was first at work, in ms of the sandbox's time. */
  sinceMs: number | null;
}

export class AimedFaults {
  readonly #clock: Clock;
  #aims: Aim[] = [];

  constructor(faults: readonly AimedFault[] = [], clock: Clock) {
    this.#clock = clock;
    this.aim(faults);
  }

  /** Puts these in the place of those there are. */
  aim(faults: readonly AimedFault[]): void {
    this.#aims = faults.map((fault) => ({ fault, met: 0, sinceMs: null }));
  }

  /**
   * What comes in the place of LiveKit's answer, when it is time for it. Every fault that a request
   * is meant by counts it; the first one that is at work answers.
   * @param body the request, in proto field names
   * @returns undefined when LiveKit answers
   */
  async insteadOf(method: string, body: JsonValue): Promise<FaultInjection | undefined> {
    const atWork = this.#aims
      .filter(({ fault }) => isMeant(fault, method, body))
      .filter((aim) => this.#meets(aim));
    const [first] = atWork;
    if (first === undefined) return undefined;
    const { delayMs, answer } = first.fault;
    if (delayMs !== undefined) await this.#clock.pause(delayMs);
    return answer === undefined ? undefined : faultOf(answer);
  }

  /** Counts a request. @returns whether the fault is at work on it */
  #meets(aim: Aim): boolean {
    const { from = 1, times = Number.POSITIVE_INFINITY, forMs } = aim.fault;
    aim.met += 1;
    if (aim.met < from || aim.met >= from + times) return false;
    aim.sinceMs ??= this.#clock.elapsed();
    return forMs === undefined || this.#clock.elapsed() - aim.sinceMs < forMs;
  }
}

function isMeant({ method, room }: AimedFault, asked: string, body: JsonValue): boolean {
  return (
    (method === undefined || method === asked) && (room === undefined || namesRoom(body, room))
  );
}

/** Requests about one room, and ListRooms for some of them. */
function namesRoom(body: JsonValue, room: string): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const { room: one, room_name: other, names } = body;
  return one === room || other === room || (Array.isArray(names) && names.includes(room));
}

function faultOf(answer: FaultAnswer): FaultInjection {
  if (typeof answer === 'string') return { kind: answer };
  const { status, headers = {}, body = '' } = answer;
  return { kind: 'raw', status, contentType: 'text/plain; charset=utf-8', body, headers };
}
