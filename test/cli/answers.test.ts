import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RoomSeed, TransferAnswer } from '../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { type Front, serveInFront } from '../support/front.ts';
import { cliOnFresh, FAST, ONE_TRUNK } from './run-cli.ts';

const ANSWERS = {
  reset: 'connection-reset',
  gateway: 'bad-gateway-page',
  garbage: 'garbage',
  truncated: 'truncated-json',
  frozen: { fails: 'unavailable', message: 'no response from servers' },
  odd: { fails: 'internal', message: 'something nobody has listed' },
} satisfies Record<string, TransferAnswer>;

const names = [...Object.keys(ANSWERS), 'plain', 'blind'];
const rooms = names.map((name, index): RoomSeed => {
  const answer = new Map<string, TransferAnswer>(Object.entries(ANSWERS)).get(name);
  return {
    name,
    ...(answer !== undefined && { transferAnswer: answer }),
    // Nobody can say where the caller is once the transfer was asked for.
    ...(name === 'blind' && { reading: { unavailable: 'after-transfer' } }),
    participants: [
      {
        kind: 'caller',
        callId: `SCL_${name.padEnd(12, '0')}`,
        trunk: 'ST_one',
        number: `+1510555010${index}`,
        age: 60,
      },
      // Somebody stays, so that the room does.
      { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
    ],
  };
});

const seed = { trunks: [ONE_TRUNK], rooms };
const cli = cliOnFresh({ seed });
/** Servers before November 2025, and one that states a success. */
const older = cliOnFresh({ seed, era: '2025' });
const stating = cliOnFresh({ seed, era: '1.13.11-august' });

describe.concurrent('an answer that is not the usual one', () => {
  it.each([
    ['reset', '100', { outcome: 'unknown', stage: 'transport', exitCode: 7 }],
    ['gateway', '100', { outcome: 'unknown', exitCode: 7 }],
    ['garbage', '100', { outcome: 'unknown', exitCode: 7 }],
    ['truncated', '100', { outcome: 'unknown', exitCode: 7 }],
    ['frozen', '100', { outcome: 'not-sent', caller: 'on-the-line', exitCode: 1 }],
    ['odd', '100', { outcome: 'unknown', caller: 'unknown', exitCode: 7 }],
    ['blind', '100', { outcome: 'unconfirmed', leg: 'unread', caller: 'unknown', exitCode: 7 }],
  ])('%s to %s is %o, after one request', async (room, to, expected) => {
    const { exitCode, stdout, mutations } = await cli(
      `transfer --room ${room} --to ${to} --yes --json`,
    );
    const result = JSON.parse(stdout);
    expect(result).toMatchObject(expected);
    expect(result.exitCode).toBe(exitCode);
    expect(mutations).toEqual(['SIP/TransferSIPParticipant']);
  });
});

describe.concurrent('a success', () => {
  it.each([
    ['of an older server', older, { evidence: 'lingered', caller: 'left' }],
    ['that is stated', stating, { evidence: 'reason' }],
  ])('%s is completed, after one request', async (_, run, expected) => {
    const { exitCode, stdout, mutations } = await run(
      'transfer --room plain --to 100 --yes --json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', ...expected, exitCode: 0 });
    expect(exitCode).toBe(0);
    expect(mutations).toEqual(['SIP/TransferSIPParticipant']);
  });
});

describe.concurrent('a LiveKit under a path of its host', () => {
  const FILE = join('.livekit', 'cli-config.yaml');

  it.each<[string, string[], (url: string, home: string) => Record<string, string>]>([
    ['LIVEKIT_URL', [], (LIVEKIT_URL) => ({ LIVEKIT_URL })],
    [
      'a project of the lk CLI',
      ['--project', 'p'],
      (url, home) => {
        mkdirSync(join(home, '.livekit'));
        const key =
          'api_key: APIsandboxKey01, api_secret: sandboxSecretOfNoUseOutsideThisComputer0001';
        writeFileSync(join(home, FILE), `projects: [{name: p, url: ${url}, ${key}}]`);
        return { LIVEKIT_URL: 'http://127.0.0.1:9/elsewhere' };
      },
    ],
  ])('is found by %s, and transfers there', async (_, flags, given) => {
    const home = mkdtempSync(join(tmpdir(), 'lk-transfer-front-'));
    atTheEnd(() => rmSync(home, { recursive: true, force: true }));
    const sandbox = await startSandbox({ seed, ...FAST });
    atTheEnd(() => sandbox.close());
    const front = await serveInFront(sandbox.url, { path: '/some/livekit' });
    const env = given(`${front.origin}/some/livekit/`, home);
    const line = 'transfer --room plain --to 100 --yes --json';
    const { stdout } = await cli([...line.split(' '), ...flags], { env, home });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'completed', exitCode: 0 });
    const posts = front.paths.filter((path) => path.endsWith('TransferSIPParticipant'));
    expect(posts).toEqual(['/some/livekit/twirp/livekit.SIP/TransferSIPParticipant']);
  });
});

describe.concurrent('a transfer that something in front of LiveKit does not let through', () => {
  const TRANSFER = 'SIP/TransferSIPParticipant';

  /** A sandbox behind a proxy that answers transfers, and transfers alone, itself. */
  async function behind(
    status: number,
    location?: string,
  ): Promise<Front & { env: Record<string, string> }> {
    const sandbox = await startSandbox({ seed, ...FAST });
    atTheEnd(() => sandbox.close());
    const front = await serveInFront(sandbox.url, {
      instead: {
        [TRANSFER]: (response) => {
          if (location !== undefined) response.setHeader('location', location);
          response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>');
        },
      },
    });
    return { ...front, env: { LIVEKIT_URL: front.origin } };
  }

  it.each([301, 307, 307, 308])(
    'by a redirect (HTTP %i) is not sent, and not followed',
    async (status) => {
      const elsewhere = await serveInFront('http://127.0.0.1:9');
      const target = `${elsewhere.origin}/login?token=CANARY`;
      const { env, paths } = await behind(status, target);
      const { exitCode, stdout } = await cli('transfer --room plain --to 100 --yes --json', {
        env,
      });
      const { message, ...result } = JSON.parse(stdout);
      expect(result).toMatchObject({ outcome: 'not-sent', caller: 'on-the-line', exitCode: 2 });
      expect(message).toContain(`${elsewhere.origin}/login?…`);
      expect(stdout).not.toContain('CANARY');
      expect(exitCode).toBe(2);
      expect(paths.filter((path) => path.endsWith(TRANSFER))).toHaveLength(1);
      expect(elsewhere.paths).toEqual([]);
    },
  );

  it.each([405, 407, 426, 431, 403, 401])(
    'under HTTP %i is not sent, and may be sent again',
    async (status) => {
      const { env, paths } = await behind(status);
      // One home for both: the record of the first transfer must not stop the second.
      const home = mkdtempSync(join(tmpdir(), 'lk-transfer-front-'));
      atTheEnd(() => rmSync(home, { recursive: true, force: true }));
      for (const requests of [1, 2]) {
        const { exitCode, stdout } = await cli('transfer --room plain --to 100 --yes --json', {
          env,
          home,
        });
        expect(JSON.parse(stdout)).toMatchObject({ outcome: 'not-sent', caller: 'on-the-line' });
        expect(exitCode).toBe(2);
        expect(paths.filter((path) => path.endsWith(TRANSFER))).toHaveLength(requests);
      }
    },
  );

  it.each([502, 504, 520, 524, 303])('under HTTP %i may have been sent', async (status) => {
    const { env } = await behind(status);
    const { exitCode, stdout } = await cli('transfer --room plain --to 100 --yes --json', {
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unknown', caller: 'unknown' });
    expect(exitCode).toBe(7);
  });
});
