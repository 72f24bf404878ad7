import { describe, expect, it } from 'vitest';
import { openTimed } from '../support/simulated-time.ts';
import { cliAgainst, ONE_TRUNK } from './run-cli.ts';

const cli = cliAgainst();

describe('without a terminal', () => {
  it.each([
    ['transfer SCL_healthy00001 --to sales', 'confirmation-needed'],
    ['transfer SCL_healthy00001 --yes', 'usage'],
    ['transfer --to sales --yes', 'usage'],
    ['transfer SCL_healthy00001 --room x --to sales --yes', 'usage'],
    ['transfer --identity x --to sales --yes', 'usage'],
  ])('%s stops before any request (conduct 32, 35)', async (line, code) => {
    let requests = 0;
    const { exitCode, stdout, stderr, mutations } = await cli(`${line} --json`, {
      during: (_, sandbox) => {
        requests = sandbox.requests.length;
      },
    });
    expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 2, stdout: '', mutations: [] });
    expect(JSON.parse(stderr).error.code).toBe(code);
    const after = await cli('transfer --json', {
      during: (_, sandbox) => {
        expect(sandbox.requests.length).toBe(requests);
      },
    });
    expect(after.exitCode).toBe(2);
  });

  it('a piped y confirms nothing (conduct 33)', async () => {
    const result = await cli('transfer SCL_healthy00001 --to sales', {
      stdin: { isTTY: false, text: 'y\n' },
      stderr: { isTTY: true },
    });
    expect(result).toMatchObject({ exitCode: 2, mutations: [] });
  });

  it('--dry-run sends nothing, whatever else is said (conduct 36)', async () => {
    const { exitCode, stdout, mutations } = await cli(
      'transfer SCL_healthy00001 --to sales --dry-run --yes',
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 0, mutations: [] });
    expect(stdout).toBe(
      'Would transfer SCL_healthy00001 to sip:100@pbx.company.com. Nothing was sent.\n',
    );
  });

  it('the plan of a dry run is data', async () => {
    const { stdout } = await cli('transfer SCL_healthy00001 --to sales --dry-run --json');
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: true,
      call: { callId: 'SCL_healthy00001' },
      destination: { referTo: 'sip:100@pbx.company.com', rule: 'dial.extension' },
      fallbacks: [],
      request: {
        identity: 'sip_+15105550101',
        transferTo: 'sip:100@pbx.company.com',
        waitMs: 90_000,
      },
    });
  });
});

describe('a caller who leaves', () => {
  const gone = (leaves: { afterMs: number } | 'at-first-read') =>
    cliAgainst({
      seed: {
        trunks: [ONE_TRUNK],
        rooms: [
          {
            name: 'room',
            participants: [
              {
                kind: 'caller',
                callId: 'SCL_leaves000001',
                trunk: 'ST_one',
                number: '+15105550101',
                age: 60,
                leaves,
              },
            ],
          },
        ],
      },
    });

  it('between the list and the transfer is not transferred (conduct 38)', async () => {
    const own = gone('at-first-read');
    const { exitCode, stderr, mutations } = await own(
      'transfer SCL_leaves000001 --to sales --yes --json',
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 5, mutations: [] });
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'no-such-call',
      message: expect.stringContaining('Nothing was sent'),
    });
  });
});

describe('an interruption', () => {
  const until = async (condition: () => boolean) => {
    for (let tries = 0; tries < 500 && !condition(); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(condition()).toBe(true);
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s after sending says that the transfer goes on (conduct 41)',
    async (signal, code) => {
      const own = cliAgainst();
      const { exitCode, stderr, mutations } = await own(
        'transfer SCL_noNotify0001 --to sales --yes --quiet',
        {
          during: async (fake, sandbox) => {
            await until(() => sandbox.requests.some(({ mutating }) => mutating));
            fake.raise(signal);
          },
        },
      );
      expect({ exitCode, mutations }).toEqual({
        exitCode: code,
        mutations: ['SIP/TransferSIPParticipant'],
      });
      expect(stderr).toContain('It continues, and cannot be cancelled');
      expect(stderr).toContain('Do not transfer again');
    },
  );

  it('before sending sends nothing', async () => {
    const own = cliAgainst();
    const { exitCode, stderr, mutations } = await own(
      'transfer SCL_healthy00001 --to sales --yes --quiet',
      {
        during: async (fake, sandbox) => {
          await until(() => sandbox.requests.length > 0);
          fake.raise('SIGINT');
        },
      },
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: 130, mutations: [] });
    expect(stderr).toContain('Nothing was sent.');
  });

  it('leaves no signal listener behind', async () => {
    let listeners = -1;
    await cli('calls --room nowhere', {
      during: (fake) => {
        setTimeout(() => {
          listeners = fake.listeners();
        }, 500);
      },
    });
    await until(() => listeners !== -1);
    expect(listeners).toBe(0);
  });
});

describe('--sandbox', () => {
  it.each([
    '--url http://x',
    '--api-key k',
    '--project p',
    '--credentials f',
    '--api-secret-file -',
  ])('does not go with %s', async (flag) => {
    const { exitCode, stderr } = await cli(`calls --sandbox ${flag}`);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(flag.split(' ')[0]);
  });

  it('uses the bundled example without a config, and says so', async () => {
    const { exitCode, stderr, stdout } = await cli('resolve sales --sandbox', { config: null });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'sip:100@pbx.company.com\n' });
    expect(stderr).toContain('this uses the example that comes with lk-transfer');
  });

  it('has the same calls at every start', async () => {
    const [one, two] = await Promise.all([openTimed(), openTimed()]);
    const ids = async (sandbox: typeof one) =>
      (
        await cli('calls --fields callId,room,identity', {
          env: { LIVEKIT_URL: sandbox.url },
        })
      ).stdout;
    // Two that are about as old may change places while the second list is read.
    const sorted = (list: string) => list.split('\n').sort();
    expect(sorted(await ids(one))).toEqual(sorted(await ids(two)));
    await Promise.all([one.close(), two.close()]);
  });
});
