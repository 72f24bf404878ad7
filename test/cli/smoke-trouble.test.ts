import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { smokeRoomName } from '../../src/smoke/clean-up.ts';
import { json, serve } from '../livekit/loopback.ts';
import {
  FROM,
  OFFICE_PHONE,
  OUR_TARGET,
  OURS,
  OUTSIDE,
  officeCalls,
  trunks,
  until,
  withOffice,
} from '../sandbox/dialled.ts';
import { cliAgainst } from './run-cli.ts';
import { countOf, dialFailureWords, ONE_TEST, only, smokeAgainst } from './smoke-cli.ts';

const TARGET = '+15105550100';
const TEST = `--trunk out --dial ${OUTSIDE} --to ${TARGET}`;

describe.concurrent('an interruption', () => {
  const interrupt = (seed: ReturnType<typeof trunks>, when: string, line = TEST) =>
    smokeAgainst(seed)(line, {
      flags: ['--yes'],
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain(when));
        fake.raise('SIGINT');
      },
    });

  it('while it rings hangs up', async () => {
    const ran = await interrupt(trunks({ calleeAnswersAfterMs: 10_000_000 }), 'Dialling');
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [], stdout: '' });
    expect(ran.stderr).toContain('Nothing of the test is left in LiveKit');
    expect(countOf(ran.mutations)).toMatchObject({ CreateSIPParticipant: 1 });
    expect(countOf(ran.mutations).TransferSIPParticipant).toBeUndefined();
  });

  it('while the REFER is under way says that it goes on, and removes the call', async () => {
    const ran = await interrupt(trunks({ behaviour: 'never-notifies' }), 'REFER sent');
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
    expect(ran.stderr).toContain('It continues, and cannot be cancelled');
    expect(ran.stderr).toMatch(
      /may still be connected at the provider\. .* knows the call by sip\.callIDFull/,
    );
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
  });

  it('while the REFER of a loop is under way says that all of it is over', async () => {
    const line = `--trunk out --loop ${OURS} --to ${TARGET}`;
    const ran = await interrupt(trunks({ behaviour: 'never-notifies' }), 'REFER sent', line);
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
    expect(ran.stderr).toContain(
      'was already sent, and the call was ended. Nothing of the test is left in LiveKit.',
    );
    expect(ran.stderr).not.toMatch(/continues|Do not transfer again/);
    expect(countOf(ran.mutations).TransferSIPParticipant).toBe(1);
  });

  it('while it looks at the target tells the verdict, and what was made is removed', async () => {
    const trunk = { behaviour: 'hangs-up-before-notify', connectsInternally: true } as const;
    const seed = trunks(trunk, {}, { dispatch: 'dropped' });
    const line = `--trunk out --dial ${OUTSIDE} --to ${OUR_TARGET}`;
    const ran = await interrupt(seed, 'Looking for the call at', line);
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
    expect(ran.stdout).toMatch(/inconclusive/);
    expect(ran.stderr).toContain('Interrupted. The test is over.');
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
  });

  it('ends a loop on both sides', async () => {
    const seed = trunks({}, { behaviour: 'never-notifies' });
    const ran = await interrupt(seed, 'REFER sent', `--trunk out --loop ${OURS} --to ${TARGET}`);
    expect(ran).toMatchObject({ exitCode: 130, rooms: [], participants: [] });
  });

  it('of a loop leaves alone who calls from the same number', async () => {
    let theirs = '';
    const ran = await smokeAgainst(withOffice({ dial: 'never-answers' }))(
      `--trunk out --loop ${OURS} --to ${TARGET}`,
      {
        flags: ['--yes'],
        during: async (fake, sandbox) => {
          theirs = await officeCalls(sandbox, OURS);
          await until(async () => expect(fake.stderr()).toContain('call came in'));
          fake.raise('SIGINT');
        },
      },
    );
    expect(ran).toMatchObject({ exitCode: 130, rooms: expect.arrayContaining([theirs]) });
    expect(ran.participants).toEqual(expect.arrayContaining([OFFICE_PHONE, `sip_${FROM}`]));
    expect(ran.participants).toHaveLength(3);
  });

  it('starts no more of several tests', async () => {
    const seed = trunks({ behaviour: 'never-notifies' });
    const entry = { trunk: 'out', dial: OUTSIDE, to: TARGET };
    const ran = await smokeAgainst(seed)('--all', {
      config: { defaultCountry: 'US', smoke: [entry, entry, entry] },
      flags: ['--yes'],
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain('REFER sent'));
        fake.raise('SIGTERM');
      },
    });
    expect(ran).toMatchObject({ exitCode: 143, rooms: [], participants: [] });
    expect(countOf(ran.mutations)).toEqual(ONE_TEST);
  });
});

describe('a dial that LiveKit never ends', () => {
  it('is given up after a Ctrl-C, which says that the call may still come', async () => {
    const trunk = { sip_trunk_id: 'ST_out', name: 'out', numbers: ['+15105550009'] };
    let isCutOff = false;
    const { origin, seen } = await serve((response, request, count) => {
      if (request.path.endsWith('/CreateSIPParticipant')) {
        response.on('close', () => {
          isCutOff = true;
        });
        return;
      }
      json(200, request.path.endsWith('/ListSIPOutboundTrunk') ? { items: [trunk] } : {})(
        response,
        request,
        count,
      );
    });
    const ran = await cliAgainst()(['smoke', ...TEST.split(' '), '--yes'], {
      env: { LIVEKIT_URL: origin },
      during: async (fake) => {
        await until(async () =>
          expect(seen.some(({ path }) => path.includes('Create'))).toBe(true),
        );
        fake.raise('SIGINT');
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toMatch(/the call dialled from room \S+, which may still be connected/);
    expect(ran.stderr).not.toContain('Nothing of the test is left');
    await until(async () => expect(isCutOff).toBe(true));
  });
});

describe.concurrent('what an earlier test has left', () => {
  const name = smokeRoomName({ machine: '0f0f0f', pid: 7 }, Date.now() - 3_600_000, 'x');
  const left = () => ({
    ...trunks(),
    rooms: [
      { name, age: 3600, participants: [] },
      { name: 'call-1', participants: [] },
    ],
  });

  it('is named before the next one, with the way to remove it', async () => {
    const ran = await smokeAgainst(left())(TEST, { flags: ['--yes'] });
    expect(ran.stderr).toContain(name);
    expect(ran.stderr).toContain('lk-transfer smoke --clean --yes');
    expect(ran.rooms).toEqual([name, 'call-1']);
  });

  it('is removed by --clean, and nothing else is', async () => {
    const own = smokeAgainst(left());
    const dry = await own('--clean', { flags: ['--dry-run'] });
    expect(dry).toMatchObject({ exitCode: 0, mutations: [] });
    expect(dry.stdout).toContain(`Would remove room ${name}`);
    const ran = await own('--clean', { flags: ['--yes'] });
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: `Removed room ${name}.\n`,
      rooms: ['call-1'],
    });
    expect(countOf(ran.mutations)).toEqual({ DeleteRoom: 1 });
    const again = await own('--clean', { flags: ['--yes'] });
    expect(again).toMatchObject({ exitCode: 0, stdout: '', mutations: [] });
  });
});

describe('a Ctrl-C in --clean', () => {
  const names = ['x1', 'x2', 'x3'].map((unique) =>
    smokeRoomName({ machine: '0f0f0f', pid: 7 }, Date.now() - 3_600_000, unique),
  );

  it('ends it, and nothing more is removed', async () => {
    const isRemoval = ({ path }: { path: string }) => path.endsWith('/DeleteRoom');
    let removals = 0;
    const { origin, seen } = await serve((response, request, count) => {
      if (isRemoval(request)) removals += 1;
      // The second removal is never answered.
      if (removals === 2) return;
      const rooms = names.map((name) => ({ name }));
      json(200, isRemoval(request) ? {} : { rooms })(response, request, count);
    });
    const ran = await cliAgainst()('smoke --clean --yes', {
      env: { LIVEKIT_URL: origin },
      during: async (fake) => {
        await until(async () => expect(seen.filter(isRemoval)).toHaveLength(2));
        fake.raise('SIGINT');
      },
    });
    expect(ran).toMatchObject({ exitCode: 130, stdout: '' });
    expect(ran.stderr).toBe('Interrupted: 1 of 3 removed.\n');
    expect(seen.filter(isRemoval)).toHaveLength(2);
  });

  it('at its question removes nothing', async () => {
    const seed = {
      ...trunks(),
      rooms: names.map((name) => ({ name, age: 3600, participants: [] })),
    };
    const ran = await smokeAgainst(seed)('--clean', {
      flags: ['--no-color'],
      isTTY: true,
      columns: 250,
      during: async (fake) => {
        await until(async () => expect(fake.stderr()).toContain(', with everybody there?'));
        fake.raise('SIGINT');
      },
    });
    expect(ran).toMatchObject({ exitCode: 130, mutations: [], rooms: names });
    expect(ran.stderr).toContain('Interrupted. Nothing was removed.');
  });
});

describe.concurrent('a server that withholds grants', () => {
  const without = (...withheldGrants: NonNullable<Seed['withheldGrants']>) =>
    smokeAgainst({ ...trunks(), withheldGrants });

  it('of listing trunks: an id will do, a name will not', async () => {
    const own = without('sip.admin');
    const byId = await own(`--trunk ST_out --dial ${OUTSIDE} --to ${TARGET}`);
    expect(only(byId)).toMatchObject({ verdict: 'supported', trunk: { id: 'ST_out' } });
    const loop = await own(`--trunk ST_out --loop ${OURS} --to ${TARGET}`);
    expect(only(loop)).toMatchObject({ verdict: 'supported', direction: 'inbound' });
    const missing = await own(`--trunk ST_nobody --dial ${OUTSIDE} --to ${TARGET}`);
    expect(only(missing)).toMatchObject(dialFailureWords('trunk-missing', OUTSIDE));
    const byName = await own(TEST);
    expect(byName).toMatchObject({ exitCode: 4, mutations: [] });
    expect(JSON.parse(byName.stderr).error.hint).toContain('sip.admin');
  });

  it('of dialling and transferring', async () => {
    const ran = await without('sip.call')(TEST);
    expect(only(ran)).toMatchObject({
      ...{ verdict: 'call-failed', dial: { ok: false } },
      ...dialFailureWords('permission', OUTSIDE),
    });
    expect(ran).toMatchObject({ exitCode: 4, rooms: [], participants: [] });
  });

  it('of deleting rooms: the call is ended all the same, and the room is named', async () => {
    const ran = await without('roomCreate')(TEST);
    expect(only(ran)).toMatchObject({ verdict: 'supported' });
    expect(only(ran).leftBehind).toEqual([expect.stringMatching(/the room lk-transfer-smoke-/)]);
    expect(ran.participants).toEqual([]);
  });

  it('of listing rooms: a test number can be dialled, a loop cannot be seen', async () => {
    const own = without('roomList');
    expect(only(await own(TEST)).verdict).toBe('supported');
    const loop = await own(`--trunk out --loop ${OURS} --to ${TARGET}`);
    expect(loop).toMatchObject({ exitCode: 4, mutations: [] });
  });

  it('of seeing participants and of deleting rooms: what is left is named with --all, too', async () => {
    const ran = await without('roomAdmin', 'roomCreate')('--all', {
      config: {
        defaultCountry: 'US',
        smoke: [{ trunk: 'out', dial: OUTSIDE, to: TARGET }],
      },
    });
    expect(only(ran)).toMatchObject({ verdict: 'call-failed', dial: { ok: true }, exitCode: 4 });
    expect(only(ran).durationMs).toBeGreaterThan(0);
    expect(only(ran).leftBehind.at(-1)).toMatch(/the room lk-transfer-smoke-/);
  });

  it('of seeing participants: nothing is transferred blindly', async () => {
    const ran = await without('roomAdmin')(TEST);
    expect(ran.exitCode).toBe(4);
    expect(countOf(ran.mutations).TransferSIPParticipant).toBeUndefined();
    expect(ran.rooms).toEqual([]);
  });
});
