/** What is typed at questions: the program in one process, with a terminal of the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import { CTRL_C, ENTER, withoutEscapes } from '../process/open-terminal.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { onTerminal, type Typist } from './on-terminal.ts';
import { type CliOptions, cliAgainst } from './run-cli.ts';

const TRANSFER = 'transfer SCL_noAgent00001 --to sales';
const DOWN = '\u001b[B';
const CLEAR_LINE = '\u0015';

describe.concurrent('a confirmation', () => {
  it.each(['y', 'Y', 'yes', ' YES '])('takes “%s” for Yes', async (typed) => {
    const { exitCode, mutations } = await onTerminal(TRANSFER, async ({ until, type }) => {
      await until(/Transfer this caller\? \(y\/N\)/);
      type(`${typed}${ENTER}`);
    });
    expect(exitCode).toBe(0);
    expect(mutations).toHaveLength(1);
  });

  it.each(['', 'n', 'No'])('takes “%s” for No', async (typed) => {
    const { exitCode, mutations } = await onTerminal(TRANSFER, async ({ until, type }) => {
      await until(/Transfer this caller\? \(y\/N\)/);
      type(`${typed}${ENTER}`);
    });
    expect(exitCode).toBe(3);
    expect(mutations).toEqual([]);
  });

  it.each(['yup', 'yes please', 'yesno', 'nope', 'x', '1', 'ye'])(
    'takes “%s” for nothing, and asks again',
    async (typed) => {
      const { exitCode, mutations } = await onTerminal(TRANSFER, async ({ until, type }) => {
        await until(/Transfer this caller\? \(y\/N\)/);
        type(`${typed}${ENTER}`);
        await until(/Transfer this caller\? \(y\/N\) [\s\S]*Answer y \(yes\) or n \(no\)\./);
        // What was typed is gone: Enter alone is the default.
        type(ENTER);
      });
      expect(exitCode).toBe(3);
      expect(mutations).toEqual([]);
    },
  );
});

describe.concurrent('a list', () => {
  it.each([
    ['(510) 555-0109', 'SCL_escapes00001'],
    ['510 555 0109', 'SCL_escapes00001'],
    ['stuck', 'SCL_'],
    ['ignores refer', 'SCL_noAnswer0001'],
    ['telnyx', 'SCL_refuses60301'],
  ])('finds a caller by “%s”', async (typed, callId) => {
    const play = async ({ until, type }: Typist) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type(`${typed}${ENTER}`);
      await until(new RegExp(`Which caller\\?.* ${callId}[\\s\\S]*Where to\\?`));
      type(CTRL_C);
    };
    // The names of the trunks are waited for in real time.
    const { exitCode } = await onTerminal('transfer', play, { sleep });
    expect(exitCode).toBe(130);
  });

  it.each([
    ['200', '200 → sip:200@pbx'],
    ['new bus', 'sales → sip:100@pbx'],
    ['sal', 'sales → sip:100@pbx'],
    ['999', null],
  ])('takes “%s” for what the command line would', async (typed, leadsTo) => {
    const ran = await onTerminal('transfer SCL_noAgent00001', async ({ until, type }) => {
      await until(/Where to\?[\s\S]*❯ /);
      type(`${typed}${ENTER}`);
      await until(leadsTo === null ? /emergency number/ : /\(y\/N\)/);
      type(CTRL_C);
    });
    if (leadsTo !== null) expect(withoutEscapes(ran.stderr)).toContain(leadsTo);
    expect(ran.exitCode).toBe(130);
  });
});

describe.concurrent('what fits a picked caller, beside a transfer', () => {
  it('is an agent, where the one in the room is silent', async () => {
    const ran = await onTerminal('transfer', async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type(`0103${ENTER}`);
      await until(/Where to\?[\s\S]*Rescue: request an agent/);
      type(`rescue${ENTER}`);
      await until(
        /Requests +fallback-agent[\s\S]*removed once the new one is heard[\s\S]*\(y\/N\)/,
      );
      type(`y${ENTER}`);
    });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('rescued');
    expect(ran.mutations.some((method) => method.includes('Transfer'))).toBe(false);
  });

  it('is to ask at the target, or to hang up, where a transfer is open', async () => {
    const home = mkdtempSync(join(tmpdir(), 'lk-transfer-open-'));
    atTheEnd(() => rmSync(home, { recursive: true, force: true }));
    const cli = cliAgainst();
    await cli('transfer SCL_noNotify0001 --to sales --yes --wait 3s', { home });
    const pick = (what: string, play: (typist: Typist) => Promise<void>) =>
      onTerminal(
        'transfer',
        async (typist) => {
          await typist.until(/Which caller\?[\s\S]*❯ /);
          typist.type(`0112${ENTER}`);
          await typist.until(/Where to\?[\s\S]*Ask at the target[\s\S]*Hang up/);
          typist.type(`${what}${ENTER}`);
          await play(typist);
        },
        { home },
        cli,
      );
    const asked = await pick('ask at', async () => {});
    expect(asked.exitCode).toBe(0);
    expect(withoutEscapes(asked.stderr)).toMatch(/Ask +sales: do they have the caller/);
    expect(asked.mutations).toEqual([]);
    const ended = await pick('hang', async ({ until, type }) => {
      await until(/Hang up on this caller\? \(y\/N\)/);
      type(`y${ENTER}`);
    });
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain('hung up');
    expect(ended.mutations.some((method) => method.includes('Transfer'))).toBe(false);
  });
});

describe.concurrent('questions about a transfer', () => {
  it.each([
    ['Rescue', '', /Requests +fallback-agent[\s\S]*Request this agent\?/],
    ['Bridge', DOWN, /Where to\?/],
  ])('offer what fits a picked caller who still rings: %s', async (what, keys, leadsTo) => {
    const { exitCode, mutations } = await onTerminal('transfer', async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type('0104');
      await until(/❯ \+15105550104/);
      type(ENTER);
      await until(/no transfer can start\. What instead\?[\s\S]*❯ Rescue/);
      if (keys !== '') {
        type(keys);
        await until(/❯ Bridge/);
      }
      type(ENTER);
      await until(leadsTo);
      if (what === 'Bridge') {
        type(`sales${ENTER}`);
        await until(/Answer and bridge this caller\?/);
      }
      type(`n${ENTER}`);
    });
    expect({ exitCode, mutations }).toEqual({ exitCode: 3, mutations: [] });
  });

  it('narrow the callers down by what is typed, and take an address as typed', async () => {
    const ran = await onTerminal('transfer', async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type('0109');
      await until(/❯ \+15105550109/);
      type(ENTER);
      await until(/Where to\?[\s\S]*❯ /);
      type('banana');
      await until(/❯ banana/);
      type(ENTER);
      await until(/there is no department "banana"/);
      // What was refused stands there to be mended.
      type('s');
      await until(/❯ bananas/);
      type(`${CLEAR_LINE}4711`);
      await until(/❯ 4711/);
      type(ENTER);
      await until(/Transfer this caller\? \(y\/N\)/);
      type(ENTER);
    });
    expect(ran.exitCode).toBe(3);
    const text = withoutEscapes(ran.stderr);
    expect(text).toContain('(SCL_escapes00001)');
    expect(text).toContain('sip:4711@pbx.company.com');
  });

  it('take no choice that does not fit what is typed', async () => {
    const ran = await onTerminal('transfer', async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type(`nobody${ENTER}`);
      await until(/Nothing here matches/);
      type(`${CLEAR_LINE}+15105550109`);
      await until(/❯ \+15105550109/);
      type(CTRL_C);
    });
    expect(ran.exitCode).toBe(130);
    expect(withoutEscapes(ran.stderr)).not.toContain('Where to?');
  });
});

describe.concurrent('what is waited for', () => {
  it.each<[string, string, CliOptions['env']]>([
    ['CI', `${TRANSFER} --yes`, { CI: 'true' }],
    ['TERM=dumb', `${TRANSFER} --yes`, { TERM: 'dumb' }],
    ['--quiet', `${TRANSFER} --yes --quiet`, {}],
    ['--json', `${TRANSFER} --yes --json`, {}],
  ])('30: shows no progress with %s', async (_, line, env) => {
    const { exitCode, stdout, stderr } = await onTerminal(line, async () => {}, {
      env: { TERM: 'xterm-256color', ...env },
    });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('REFER sent');
    expect(stdout + stderr).not.toContain('\u001b[2K');
  });
});
