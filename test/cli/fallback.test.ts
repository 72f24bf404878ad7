import { describe, expect, it } from 'vitest';
import type { RoomSeed } from '../../src/sandbox/demo/rooms.ts';
import { type CliOptions, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const room: RoomSeed = {
  name: 'room',
  participants: [
    { kind: 'caller', callId: 'SCL_1', trunk: 'ST_one', number: '+15105550100', age: 60 },
    { kind: 'web', identity: 'watcher', audio: 'none', age: 60 },
  ],
};

const CONFIG = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.company.com', number: null },
  departments: {
    busy: { to: '486', fallback: ['closed', 'voicemail'] },
    closed: { to: '480', fallback: ['never'] },
    voicemail: '100',
    never: '101',
    half: { to: '486', fallback: ['abroad', 'voicemail'] },
    abroad: '+44 20 7946 0000',
    twice: { to: '486', fallback: ['busy', 'voicemail'] },
  },
};

const cli = (line: string, options: CliOptions = {}) =>
  cliAgainst({ seed: { trunks: [ONE_TRUNK], rooms: [room] } })(line, {
    config: CONFIG,
    ...options,
  });

interface Result {
  outcome: string;
  attempts: { outcome: string; sip: { code: number } | null; destination: { input: string } }[];
}
const tried = ({ attempts }: Result) =>
  attempts.map(({ destination, sip }) => [destination.input, sip?.code ?? null]);

describe.concurrent('fallbacks', () => {
  it('of the department are tried in order, and theirs are not', async () => {
    const { exitCode, stdout, mutations } = await cli('transfer SCL_1 --to busy --yes --json');
    const result: Result = JSON.parse(stdout);
    expect(result).toMatchObject({
      outcome: 'completed',
      destination: { department: 'voicemail' },
    });
    expect(tried(result)).toEqual([
      ['busy', 486],
      ['department:closed', 480],
      ['department:voicemail', null],
    ]);
    expect({ exitCode, posts: mutations.length }).toEqual({ exitCode: 0, posts: 3 });
  });

  it('are told one line each', async () => {
    const { stdout, stderr } = await cli('transfer SCL_1 --to busy --yes');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain(': busy (486). The caller is still on the line');
    expect(lines[1]).toContain(': not available (480). The caller is still on the line');
    expect(lines[2]).toMatch(/: transferred\. The caller has left the room\.$/);
    expect(lines[3]).toMatch(/^Transferred /);
    expect(stderr).toContain('Trying the next: closed (sip:480@pbx.company.com).');
    expect(stderr).toMatch(/If it fails +closed → sip:480@pbx.company.com/);
  });

  it('of the command line stand instead of the department’s', async () => {
    const { stdout } = await cli(
      'transfer SCL_1 --to busy --fallback 603 --fallback never --yes --json',
    );
    expect(tried(JSON.parse(stdout))).toEqual([
      ['busy', 486],
      ['603', 603],
      ['never', null],
    ]);
  });

  it('are left alone with --no-fallback', async () => {
    const { exitCode, stdout } = await cli('transfer SCL_1 --to busy --no-fallback --yes --json');
    expect(tried(JSON.parse(stdout))).toEqual([['busy', 486]]);
    expect(exitCode).toBe(1);
  });

  it('of the config that lead nowhere are left out, with a word about it', async () => {
    const { stdout, stderr } = await cli('transfer SCL_1 --to half --yes --json');
    expect(tried(JSON.parse(stdout))).toEqual([
      ['half', 486],
      ['department:voicemail', null],
    ]);
    expect(JSON.parse(stderr).warning.message).toContain('abroad is left out');
  });

  it('that lead to the same address again are left out', async () => {
    const { stdout, stderr } = await cli('transfer SCL_1 --to twice --yes --json');
    expect(tried(JSON.parse(stdout)).map(([input]) => input)).toEqual([
      'twice',
      'department:voicemail',
    ]);
    expect(stderr).toContain('its address is that of twice');
  });

  it.each([
    ['unknown', 'nosuch', 5],
    ['not to be dialled', '+442079460000', 2],
    ['an emergency number', 'sip:911@pbx.company.com', 2],
  ])('of the command line that are %s stop it all', async (_, fallback, code) => {
    const { exitCode, mutations } = await cli(
      `transfer SCL_1 --to busy --fallback ${fallback} --yes`,
    );
    expect({ exitCode, mutations }).toEqual({ exitCode: code, mutations: [] });
  });

  it.each(['--no-fallback --fallback voicemail', '--fallback voicemail --no-fallback'])(
    'are neither dropped nor tried with %s: nothing is sent',
    async (flags) => {
      const { exitCode, stdout, stderr, mutations } = await cli(
        `transfer SCL_1 --to busy ${flags} --yes`,
      );
      expect({ exitCode, stdout, mutations }).toEqual({ exitCode: 2, stdout: '', mutations: [] });
      expect(stderr).toMatch(/error: --(no-)?fallback does not go with --(no-)?fallback\./);
    },
  );

  it('stand in a dry run', async () => {
    const { stdout } = await cli('transfer SCL_1 --to busy --dry-run --json');
    const { fallbacks } = JSON.parse(stdout);
    expect(fallbacks).toMatchObject([
      { destination: { department: 'closed' }, request: { transferTo: 'sip:480@pbx.company.com' } },
      { destination: { department: 'voicemail' } },
    ]);
    expect((await cli('transfer SCL_1 --to busy --dry-run')).stdout).toBe(
      'Would transfer SCL_1 to sip:486@pbx.company.com, then sip:480@pbx.company.com, then sip:100@pbx.company.com. Nothing was sent.\n',
    );
  });
});
