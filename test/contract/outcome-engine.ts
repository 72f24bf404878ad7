/** The real engine, from the search for the call to the look where the caller is. */
import { findCallInRoom } from '../../src/calls/find.ts';
import { scanCalls } from '../../src/calls/scan.ts';
import { isKnownError } from '../../src/core/errors.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createClient } from '../../src/livekit/connect.ts';
import { createTransport, type Transport } from '../../src/livekit/transport.ts';
import type { OpenTransfer } from '../../src/transfer/outcome.ts';
import { planStep, planTransfer } from '../../src/transfer/plan.ts';
import { NO_RECORD } from '../../src/transfer/result.ts';
import { sendTransfer } from '../../src/transfer/send.ts';
import type { ProgramClock } from '../support/fake-host.ts';
import { SPEED } from './livekit-under-test.ts';
import type { OutcomeRow } from './outcome-row.ts';

/**
 * LiveKit's verdict comes before the client gives up, also where one turn of the loop takes long; where
 * there is no verdict the client does give up, and is waited for.
 */
const BUSY_MACHINE_MS = { verdict: 10_000, none: 1000 };

const TRANSFER = '.SIP/TransferSIPParticipant';
const READ_TIMEOUT_MS = 10_000;

/** One person who transfers, and how. */
export interface Operator {
  /** The Refer-To; `sip:100@pbx.company.com`, which answers, by default. */
  to?: string;
  waitMs?: number;
  hangsUpFirst?: boolean;
  headers?: Record<string, string>;
  /** Comes once the operator before has sent a request, or has been told how it ended. */
  comesAfter?: 'request' | 'result';
  /** Earlier transfers of the call of which nobody knows how they ended, and that this is known. */
  earlier?: readonly OpenTransfer[];
  again?: boolean;
  /** The wall clock leaps by so many ms once the request is out. */
  clockLeapsByMs?: number;
  /** Where the transfer request goes instead, for all that happens to it before it arrives. */
  postsTo?: string;
  apiKey?: string;
  apiSecret?: string;
}

export interface Server {
  url: string;
  apiKey: string;
  apiSecret: string;
}

/**
 * Transfers go where the operator's network takes them, and are as impatient as all else is fast.
 * @param onPost a transfer request goes out to the server itself
 */
async function transportOf(
  server: Server,
  { postsTo }: Operator,
  onPost: () => void,
): Promise<Transport> {
  const reads = await createTransport(server.url, 'lk-transfer/contract');
  const transfers = await createTransport(postsTo ?? server.url, 'lk-transfer/contract');
  return {
    host: reads.host,
    post: (path, body, options) => {
      if (!path.endsWith(TRANSFER)) return reads.post(path, body, options);
      const { timeoutMs, connectTimeoutMs = timeoutMs } = options;
      if (postsTo === undefined) onPost();
      const spareMs = BUSY_MACHINE_MS[postsTo === undefined ? 'verdict' : 'none'];
      return transfers.post(path, body, {
        ...options,
        timeoutMs: timeoutMs / SPEED + spareMs,
        connectTimeoutMs: connectTimeoutMs / SPEED + spareMs,
      });
    },
    close: () => {
      reads.close();
      transfers.close();
    },
  };
}

function destinationAt(referTo: string): Destination {
  return {
    input: referTo,
    kind: 'uri',
    department: null,
    number: null,
    referTo,
    rule: 'uri',
    steps: [],
    headers: {},
    waitMs: null,
    dialtone: null,
    fallback: [],
    warnings: [],
  };
}

/**
 * Transfers the caller of a room.
 * @param onPost a transfer request goes out
 */
export async function operate(
  server: Server,
  room: string,
  operator: Operator,
  onPost: () => void,
  clock: ProgramClock,
): Promise<OutcomeRow> {
  const { to = 'sip:100@pbx.company.com', waitMs = 90_000, clockLeapsByMs = 0 } = operator;
  let posts = 0;
  const transport = await transportOf(server, operator, () => {
    posts += 1;
    onPost();
  });
  const { apiKey = server.apiKey, apiSecret = server.apiSecret } = operator;
  const client = createClient({
    ...clock,
    credentials: { url: server.url, apiKey, apiSecret, source: 'the test' },
    transport,
    timeoutMs: READ_TIMEOUT_MS,
  });
  let leapMs = 0;
  const now = () => Date.now() + leapMs;
  const isAgent = () => false;
  try {
    const { calls } = await scanCalls(client, { isAgent, room, now });
    const call = findCallInRoom(calls, room, undefined);
    const step = planStep(call, destinationAt(to), {
      waitMs,
      dialtone: 'auto',
      headers: { ...operator.headers },
    });
    const plan = planTransfer(call, step, {
      fallbacks: [],
      provider: null,
      hangsUpFirst: operator.hangsUpFirst ?? false,
      openTransfers: operator.earlier ?? [],
      again: operator.again ?? false,
    });
    const result = await sendTransfer(client, plan, {
      clock: { now, ...clock },
      isAgent,
      interruption: { signal: null },
      record: NO_RECORD,
      onSent: () => {
        leapMs = clockLeapsByMs;
      },
    });
    const { outcome, stage, sip, caller, leg, evidence, exitCode } = result;
    return { outcome, stage, sip: sip?.code ?? null, caller, leg, evidence, exitCode, posts };
  } catch (error) {
    if (!isKnownError(error)) throw error;
    const { code: outcome, exitCode } = error;
    const nothing = { stage: null, sip: null, caller: null, leg: null, evidence: null };
    return { outcome, ...nothing, exitCode, posts };
  } finally {
    client.close();
  }
}
