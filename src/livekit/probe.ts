/**
 * Reads that show what a key may do: one for each grant that a read can prove. Each is asked once,
 * by a token that holds this grant alone, and its answer is handed on as it came.
 */
import type { Credentials } from './credentials.ts';
import { type Grants, mintToken } from './token.ts';
import type { HttpOutcome, Transport } from './transport.ts';

export type ProbedRead = 'rooms' | 'participants' | 'inboundTrunks' | 'outboundTrunks';

export interface Probe {
  outcome: HttpOutcome;
  /** How long the answer took, in ms. */
  ms: number;
  /** How far the server's clock is ahead of ours, in ms (negative: behind); null when it is not told. */
  clockAheadMs: number | null;
}

/**
 * A room that is not there: permission is asked before the room is looked for, so an empty answer
 * proves the grant, and no real room is looked into.
 */
const NO_ROOM = 'lk-transfer-doctor-looks-here';

const READS: Readonly<Record<ProbedRead, { method: string; body: object; grants: Grants }>> = {
  rooms: {
    method: 'RoomService/ListRooms',
    body: { names: [NO_ROOM] },
    grants: { video: { roomList: true } },
  },
  participants: {
    method: 'RoomService/ListParticipants',
    body: { room: NO_ROOM },
    grants: { video: { roomAdmin: true, room: NO_ROOM } },
  },
  inboundTrunks: { method: 'SIP/ListSIPInboundTrunk', body: {}, grants: { sip: { admin: true } } },
  outboundTrunks: {
    method: 'SIP/ListSIPOutboundTrunk',
    body: {},
    grants: { sip: { admin: true } },
  },
};

/** The Date header has whole seconds: on average it lags half of one (RFC 9110 §6.6.1). */
const HALF_A_SECOND = 500;

/**
 * Asks one of the reads.
 * @param now the clock that is compared with the server's, in ms since 1970
 */
export async function probe(
  read: ProbedRead,
  credentials: Credentials,
  transport: Transport,
  { timeoutMs, now }: { timeoutMs: number; now(): number },
): Promise<Probe> {
  const { method, body, grants } = READS[read];
  const token = await mintToken(credentials, grants);
  const asked = now();
  const start = performance.now();
  let clockAheadMs: number | null = null;
  const outcome = await transport.post(`/twirp/livekit.${method}`, body, {
    token,
    timeoutMs,
    onHeaders: ({ date }) => {
      const told = Date.parse(date ?? '');
      // The server looked at its clock somewhere between the question and the answer.
      const ours = asked + (performance.now() - start) / 2;
      if (!Number.isNaN(told)) clockAheadMs = Math.round(told + HALF_A_SECOND - ours);
    },
  });
  return { outcome, ms: Math.round(performance.now() - start), clockAheadMs };
}
