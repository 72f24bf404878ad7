/** `smoke --method bridge`: a trunk dials, whatever it says to a REFER. */
import { describe, expect, it } from 'vitest';
import type { TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { OURS, OUTSIDE, trunks, until } from '../sandbox/dialled.ts';
import { countOf, NO_REFER_SENT, only, smokeAgainst } from './smoke-cli.ts';

const TEST = `--method bridge --trunk out --dial ${OUTSIDE}`;
/** Hung up on once, and cleaned up after. */
const ONE_DIAL = { ...NO_REFER_SENT, RemoveParticipant: 2 };

/** A LiveKit whose phones are fast; the program's own pauses are as short as a test allows. */
const on = (trunk: Partial<TrunkSeed> = {}) => smokeAgainst(trunks(trunk));

describe.concurrent('the trunk dials', () => {
  it('says that it was answered and is gone, and that nobody counts packets', async () => {
    const ran = await on({ behaviour: { refuses: 405 } })(TEST);
    const result = only(ran);
    expect(result).toMatchObject({
      ...{ transferMethod: 'bridge', method: 'outbound', direction: 'outbound' },
      ...{ verdict: 'supported', answered: true, proof: 'livekit', use: 'warm', exitCode: 0 },
      ...{ refer: null, notify: null, transfer: null, leftBehind: [] },
      dial: { ok: true, durationMs: expect.any(Number) },
      bridge: { invite: null, audio: 'published', packets: null, gone: true },
    });
    expect(result.bridge?.seenMs).toBeGreaterThan(0);
    expect(ran).toMatchObject({ exitCode: 0, rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(ONE_DIAL);
    expect(ran.events.flatMap(({ step }) => step ?? [])).toEqual([
      ...['dialling', 'answered', 'on-the-line', 'hung-up', 'cleaned-up'],
    ]);
    expect(ran.events[0]).toMatchObject({ transferMethod: 'bridge', method: 'outbound' });
    expect(result.ticket[0]).toBe('Test of an outbound call: supported');
    expect(result.ticket.join('\n')).not.toContain('REFER');
  });

  it.each([486, 480, 408, 600])('and the number does not take it: %i', async (code) => {
    const ran = await on({ dial: { refuses: code } })(TEST);
    expect(only(ran)).toMatchObject({
      ...{ verdict: 'supported', answered: false, exitCode: 0 },
      bridge: { invite: { code }, audio: null, seenMs: null, gone: null },
    });
    expect(ran).toMatchObject({ rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(NO_REFER_SENT);
  });
});

describe.concurrent('it does not, or nobody knows', () => {
  it.each<[string, Partial<TrunkSeed>, verdict: string, exitCode: number]>([
    ['the password is refused', { dial: 'refuses-password' }, 'needs-configuration', 1],
    ['there is no password', { dial: 'wants-password' }, 'needs-configuration', 1],
    ['the trunk has no number', { number: undefined }, 'needs-configuration', 1],
    ['the provider forbids it', { dial: { refuses: 403 } }, 'refused', 1],
    ['there is no such number', { dial: { refuses: 404 } }, 'call-failed', 1],
    ['the trunk is in trouble', { dial: { refuses: 503 } }, 'call-failed', 1],
    ['there is no SIP service', { dial: 'no-service' }, 'call-failed', 1],
    ['it declines', { dial: { refuses: 603 } }, 'inconclusive', 7],
  ])('%s', async (_, trunk, verdict, exitCode) => {
    const ran = await on(trunk)(TEST);
    expect(only(ran)).toMatchObject({ verdict, exitCode, use: null, transfer: null });
    expect(ran).toMatchObject({ exitCode, rooms: [], participants: [] });
    expect(countOf(ran.mutations).CreateSIPParticipant).toBe(1);
  });
});
