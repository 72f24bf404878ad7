import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { KnownError } from '../../src/core/errors.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import type { SmokeContext, SmokeStep } from '../../src/smoke/context.ts';
import { planSmoke } from '../../src/smoke/plan.ts';
import { runSmokeTest, type Unfinished } from '../../src/smoke/run.ts';
import { NO_RECORD } from '../../src/transfer/result.ts';
import { fakeClient, NOW } from '../support/livekit.ts';
import { answer, failure, twirp } from '../transfer/answers.ts';

const trunk = {
  id: 'ST_out',
  name: 'out',
  host: 'sbc.example.net',
  transport: 'udp',
  provider: null,
  numbers: ['+15105550009'],
  isListed: true,
};
const rules = { config: {}, settings: resolveSettings({ config: {} }) };
const test = planSmoke(
  {
    name: { trunk: 'out', name: 'dial +15105550177 to +15105550100' },
    transferMethod: 'refer',
    method: 'outbound',
    trunk,
    number: '+15105550177',
    call: null,
    to: '+15105550100',
    expected: null,
    endsItself: false,
  },
  { inbound: [], outbound: [trunk] },
  { via: undefined, headers: {} },
  rules,
);

/** A lab on fakes, which notes what is asked for to clean up. */
function lab(dial: () => Promise<HttpOutcome>, more: Partial<LiveKitClient> = {}) {
  const asked: string[] = [];
  const note = (what: string) => async () => {
    asked.push(what);
  };
  const client = fakeClient({
    createSipParticipant: () => {
      asked.push('dial');
      return dial();
    },
    removeParticipant: async () => {
      asked.push('remove');
      return true;
    },
    deleteRoom: note('delete'),
    ...more,
  });
  const signals = new AbortController();
  const made: SmokeContext = {
    client,
    steady: client,
    rules,
    isAgent: () => false,
    clock: { now: () => NOW, elapsed: () => performance.now(), sleep: async () => {} },
    speed: 1,
    interruption: {
      signal: null,
      abort: signals.signal,
      happened: new Promise(() => {}),
    },
    record: NO_RECORD,
    earlierOf: async () => [],
    newRoomName: () => 'lk-transfer-smoke-room',
    ringingMs: 45_000,
    callWithinMs: 1000,
    tell: () => {},
    onMade: () => {},
  };
  return { lab: made, asked };
}

describe('a dial without the trunk’s answer', () => {
  it.each([
    [1, 32_010, 'address-silent'],
    [1, 12, 'answer-lost'],
    // In a sandbox that runs ten times as fast, LiveKit's 32 s are 3.2 of ours.
    [10, 3_210, 'address-silent'],
  ])('at %i times the speed, after %i ms: %s', async (speed, ms, cause) => {
    let nowMs = 0;
    const { lab: dead } = lab(async () => {
      nowMs += ms;
      return twirp(408, 'canceled', 'transaction failed to complete (0 intermediate responses)');
    });
    const clock = { ...dead.clock, elapsed: () => nowMs };
    const ran = await runSmokeTest(test, { ...dead, clock, speed });
    expect(ran.finding.failure).toMatchObject({ kind: 'dial', dial: { cause } });
    expect(ran.dial).toEqual({ ok: false, durationMs: ms });
  });
});

describe('clean-up', () => {
  it('comes before anybody hears of a crash of a step', async () => {
    const { lab: crashing, asked } = lab(async () => answer(200, {}), {
      listParticipants: () => Promise.reject(new TypeError('a bug of ours')),
    });
    await expect(runSmokeTest(test, crashing)).rejects.toThrow('a bug of ours');
    expect(asked).toEqual(['dial', 'remove', 'delete']);
  });

  it('comes before anybody hears that LiveKit cannot be read', async () => {
    const { lab: unread, asked } = lab(async () => answer(200, {}), {
      listParticipants: () => Promise.reject(new KnownError('server', 'no')),
    });
    await expect(runSmokeTest(test, unread)).rejects.toMatchObject({ code: 'server' });
    expect(asked).toEqual(['dial', 'remove', 'delete']);
  });

  it('tells what is left of a test that could not be finished', async () => {
    const no = () => Promise.reject(new KnownError('server', 'no'));
    const more = { listParticipants: no, removeParticipant: no, deleteRoom: no };
    const { lab: stuck } = lab(async () => answer(200, {}), more);
    const told: Unfinished[] = [];
    const ran = runSmokeTest(test, stuck, (unfinished) => told.push(unfinished));
    await expect(ran).rejects.toMatchObject({ code: 'server' });
    expect(told).toEqual([
      {
        dial: { ok: true, durationMs: expect.any(Number) },
        leftBehind: [
          expect.stringContaining('the participant'),
          expect.stringContaining('the room'),
        ],
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('follows a dial whose answer was lost, more than once: the number may only be about to ring', async () => {
    const { lab: lost, asked } = lab(async () => failure('ECONNRESET', true));
    const ran = await runSmokeTest(test, lost);
    expect(ran.finding.failure).toMatchObject({ kind: 'dial', dial: { cause: 'lost' } });
    expect(asked.filter((what) => what === 'dial')).toHaveLength(1);
    expect(asked.filter((what) => what === 'delete')).toHaveLength(4);
  });

  it('comes once where LiveKit was never reached', async () => {
    const { lab: unreached, asked } = lab(async () => failure('ECONNREFUSED', false));
    await runSmokeTest(test, unreached);
    expect(asked).toEqual(['dial', 'remove', 'delete']);
  });

  it('names what it could not remove, and does not fail for it', async () => {
    const no = () => Promise.reject(new KnownError('server', 'no'));
    const { lab: stuck } = lab(async () => failure('ECONNRESET', true), {
      removeParticipant: no,
      deleteRoom: no,
    });
    const { leftBehind } = await runSmokeTest(test, stuck);
    expect(leftBehind).toEqual([
      expect.stringContaining('the participant lk-transfer-smoke in room lk-transfer-smoke-room'),
      expect.stringContaining('the room lk-transfer-smoke-room'),
    ]);
  });

  /** The same lab, with a Ctrl-C as soon as it dials. */
  function interrupted(cut: SmokeContext): SmokeContext {
    let signal: SmokeContext['interruption']['signal'] = null;
    return {
      ...cut,
      interruption: {
        abort: cut.interruption.abort,
        happened: Promise.resolve().then(() => {
          signal = 'SIGINT';
          return 'SIGINT' as const;
        }),
        get signal() {
          return signal;
        },
      },
    };
  }

  it('comes again until a dial that was cut off has ended', async () => {
    let end: (outcome: HttpOutcome) => void = () => {};
    const dialling = new Promise<HttpOutcome>((resolve) => {
      end = resolve;
    });
    let removals = 0;
    const { lab: cut, asked } = lab(() => dialling, {
      removeParticipant: async () => {
        removals += 1;
        if (removals === 3) end(answer(408, { code: 'canceled', msg: 'context canceled' }));
        return true;
      },
    });
    await expect(runSmokeTest(test, interrupted(cut))).rejects.toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('Nothing of the test is left'),
    });
    expect(asked.filter((what) => what === 'delete').length).toBeGreaterThanOrEqual(4);
  });

  it('does not claim that nothing is left while the call may still come about', async () => {
    const { lab: cut } = lab(() => new Promise(() => {}));
    const told: SmokeStep[] = [];
    const telling: SmokeContext = { ...interrupted(cut), tell: (step) => told.push(step) };
    await expect(runSmokeTest(test, telling)).rejects.toMatchObject({
      code: 'interrupted',
      message: 'Interrupted.',
    });
    expect(told.at(-1)).toMatchObject({
      step: 'cleaned-up',
      leftBehind: [expect.stringMatching(/call .* lk-transfer-smoke-room/)],
    });
  });
});
