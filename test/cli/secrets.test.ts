/** 53: a secret is used, and never printed, wherever it comes from. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANARY } from '../../src/sandbox/demo/rooms.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { COMMANDS, expectNoSecret, SECRET } from '../support/secrets.ts';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const cli = cliAgainst();

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-secrets-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('secrets', () => {
  it.each(['environment', 'file', 'standard input', 'credentials file', 'lk project'])(
    '53: a secret from the %s is never printed, whatever happens',
    async (source) => {
      const home = makeFolder();
      let place = { url: '', apiKey: '' };
      await cli('--version', {
        during: (_, sandbox) => {
          place = sandbox;
        },
      });
      const { url, apiKey: key } = place;
      // A sandbox that does not know this secret: everything it is asked for fails.
      writeFileSync(join(home, 'secret'), `${SECRET}\n`);
      writeFileSync(
        join(home, '.env'),
        `LIVEKIT_URL=${url}\nLIVEKIT_API_KEY=${key}\nLIVEKIT_API_SECRET=${SECRET}\n`,
      );
      mkdirSync(join(home, '.livekit'));
      writeFileSync(
        join(home, '.livekit', 'cli-config.yaml'),
        `projects:\n  - name: p\n    url: ${url}\n    api_key: ${key}\n    api_secret: ${SECRET}\n`,
        { mode: 0o600 },
      );
      const pair = ['--url', url, '--api-key', key, '--api-secret-file'];
      const flags = {
        environment: [],
        file: [...pair, join(home, 'secret')],
        'standard input': [...pair, '-'],
        'credentials file': ['--credentials', join(home, '.env')],
        'lk project': ['--project', 'p'],
      }[source] as string[];
      const given: CliOptions = {
        ...{ cwd: home, home },
        env:
          source === 'environment'
            ? { LIVEKIT_API_SECRET: SECRET }
            : { LIVEKIT_URL: undefined, LIVEKIT_API_KEY: undefined, LIVEKIT_API_SECRET: undefined },
        ...(source === 'standard input' && { stdin: { text: `${SECRET}\n` } }),
      };
      let [stdout, stderr] = ['', ''];
      for (const line of COMMANDS) {
        const ran = await cli([...line.split(' '), '--debug', ...flags], given);
        stdout += ran.stdout;
        stderr += ran.stderr;
      }
      // It has been used, or there would have been nothing to give away.
      expect(stderr).toContain('the secret of API key APIsandboxKey01 is wrong');
      expect(stdout).toContain('(set, not shown)');
      expectNoSecret(stdout + stderr);
    },
  );

  it('53: what LiveKit itself answers of secrets is never shown', async () => {
    let printed = '';
    for (const line of ['rooms --all', 'calls --room standup', 'calls --room conference-0042']) {
      for (const flag of ['--debug', '--json']) {
        const { exitCode, stdout, stderr } = await cli(`${line} ${flag}`);
        expect(exitCode).toBe(0);
        printed += stdout + stderr;
      }
    }
    const dry = await cli('transfer SCL_noAgent00001 --to sales --dry-run --json');
    expect(dry.exitCode).toBe(0);
    printed += dry.stdout + dry.stderr;
    expect(printed).toContain('conference-0042');
    expect(printed).not.toContain(CANARY);
    expect((await cli('rooms --json --fields turnPassword')).exitCode).toBe(2);
  });
});
