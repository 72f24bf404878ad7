/** The demo's trunks to dial out on, each with what a test of it meets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from '../../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { dial, LEG, OUTSIDE, statusIn, untilStatus } from '../dialled.ts';
import { ask } from '../requests.ts';

const SPEED = 20;

/** A leg that lingers goes a second after the answer, one that has gone is seen no more after it. */
type Leg = 'stays' | 'lingers' | 'gone';

/** HTTP status of the dial, HTTP status of the transfer, and what becomes of the leg. */
const MEETS: Readonly<Record<string, readonly [number] | readonly [number, number, Leg]>> = {
  ST_outbound0001: [200, 200, 'lingers'],
  ST_outSinch0001: [200, 200, 'lingers'],
  ST_outPlivo0001: [200, 200, 'gone'],
  ST_outNoRefer01: [200, 400, 'stays'],
  ST_outTelnyx001: [200, 403, 'stays'],
  ST_outTwilio403: [200, 403, 'stays'],
  ST_outAuth40701: [200, 401, 'stays'],
  ST_outAsterisk1: [200, 400, 'stays'],
  ST_outIgnores01: [200, 408, 'stays'],
  ST_outSilent001: [200, 408, 'stays'],
  ST_outNetSap001: [200, 409, 'gone'],
  ST_outHolds0001: [200, 409, 'gone'],
  ST_outInternal1: [200, 200, 'lingers'],
  ST_outDrops0001: [200, 404, 'gone'],
  ST_outBadPass01: [412],
  ST_outNoPass001: [412],
  ST_outNoAnswer1: [408],
  ST_outNoNumber1: [412],
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ speed: SPEED });
});
afterAll(() => sandbox.close());

describe.concurrent('a test of the demo trunk', () => {
  it.each(Object.entries(MEETS))('%s meets %j', async (trunk, [dialled, transferred, leg]) => {
    const room = `test-${trunk}`;
    const more = { sip_trunk_id: trunk, room_name: room, ringing_timeout: '20s' };
    expect((await dial(sandbox, OUTSIDE, more)).status).toBe(dialled);
    if (transferred === undefined) return;
    // The leg that drops does so by itself, before any transfer.
    if (transferred === 404) await untilStatus(sandbox, undefined, room);
    const answer = await ask(
      sandbox,
      'SIP/TransferSIPParticipant',
      {
        room_name: room,
        participant_identity: LEG,
        transfer_to: 'tel:+15105559999',
        ringing_timeout: '45s',
      },
      room,
    );
    expect(answer.status).toBe(transferred);
    if (leg === 'lingers') await untilStatus(sandbox, undefined, room);
    else expect(await statusIn(sandbox, room)).toBe(leg === 'stays' ? 'active' : undefined);
  });
});

describe.concurrent('the demo', () => {
  it('has every trunk to dial out on in this table', () => {
    const outbound = demoSeed.trunks.filter(({ direction }) => direction === 'outbound');
    expect(outbound.map(({ id }) => id).sort()).toEqual(Object.keys(MEETS).sort());
  });

  it('has two numbers where a call rings in vain or is turned away', async () => {
    for (const [number, status] of [
      ['+15105550041', 404],
      ['+15105550042', 408],
    ] as const) {
      const request = {
        sip_trunk_id: 'ST_outbound0001',
        room_name: `vain-${number}`,
        ringing_timeout: '20s',
      };
      expect((await dial(sandbox, number, request)).status).toBe(status);
    }
  });
});
