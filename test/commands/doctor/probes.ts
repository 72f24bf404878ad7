/** Answers to probes as the tests want them. */
import type { Probe, Probes } from '../../../src/commands/doctor/access.ts';

export const ASKED = { host: 'lk.example.com', apiKey: 'APItest' };

export function answer(
  httpStatus: number,
  body: unknown,
  contentType = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
): Probe {
  return {
    outcome: {
      kind: 'answer',
      httpStatus,
      contentType,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
    ms: 7,
    clockAheadMs: 0,
  };
}

export const NO_ANSWER: Probe = {
  outcome: { kind: 'failure', code: 'TIMEOUT', message: 'no answer', mayHaveBeenSent: true },
  ms: 4000,
  clockAheadMs: null,
};

export const DENIED = answer(401, { code: 'unauthenticated', msg: 'permissions denied' });

export const TRUNKS = {
  in: { sip_trunk_id: 'ST_in', name: 'in', numbers: ['+15550001111'], media: null },
  out: {
    sip_trunk_id: 'ST_out',
    name: '',
    address: 'example.pstn.twilio.com:5060',
    numbers: ['+15550002222'],
    media: { media_timeout: '120s' },
  },
};

/** A server on which all is well. */
export function probes(wishes: Partial<Probes> = {}): Probes {
  return {
    rooms: answer(200, { rooms: [] }),
    participants: answer(200, { participants: [] }),
    inboundTrunks: answer(200, { items: [TRUNKS.in] }),
    outboundTrunks: answer(200, { items: [TRUNKS.out] }),
    ...wishes,
  };
}

/** The same answer to everything. */
export function all(probe: Probe): Probes {
  return { rooms: probe, participants: probe, inboundTrunks: probe, outboundTrunks: probe };
}
