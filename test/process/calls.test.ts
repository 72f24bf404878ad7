/** The list of calls on a real terminal, and from one run to the next. */
import { describe, expect, it, vi } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { openTerminal, stylesIn, withoutEscapes } from './open-terminal.ts';
import { makeFolder, openSandbox, runProgram } from './run-program.ts';

const ID = 'SCL_ABCDEFGHIJKL';
const AGENT = 'agent-AJ_ABCDEFGHIJKL';
const NUMBER = '+491511234567890';
const seed: Seed = {
  trunks: [
    {
      id: 'ST_one',
      name: 'one',
      direction: 'inbound',
      number: '+15105550001',
      hostname: 'sbc.example.net',
      behaviour: 'honours-refer',
    },
  ],
  rooms: [
    {
      name: 'call-_+491511234567890_UXhTJCKREUsw',
      participants: [
        { kind: 'caller', callId: ID, trunk: 'ST_one', number: NUMBER, age: 120 },
        { kind: 'agent', identity: AGENT, state: 'listening', audio: 'none', age: 100 },
      ],
    },
    {
      name: 'alone',
      participants: [
        { kind: 'caller', callId: 'SCL_alone0000001', trunk: 'ST_one', number: NUMBER, age: 60 },
      ],
    },
  ],
};

describe.concurrent('the list of calls', () => {
  it.each([80, 120])('is whole on a terminal of %i columns', async (columns) => {
    const { env, methods } = await openSandbox({ seed });
    const terminal = openTerminal('lk-transfer calls', { columns, env });
    expect(await terminal.left).toBe(0);
    // The last of what a progress line left, and the list itself.
    const lines = withoutEscapes(terminal.sent().replaceAll('\u001b[2K', '\n'))
      .split(/[\r\n]+/)
      .slice(-6)
      .filter((line) => line !== '');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const row = lines.find((line) => line.includes(ID)) ?? '';
    for (const whole of [NUMBER, '! agent silent', AGENT, ID]) expect(row).toContain(whole);
    expect(row).toMatch(/ 2m /);
    expect(lines.at(-1)).toMatch(new RegExp(`(^| )Next: lk-transfer transfer ${ID} --to sales$`));
    expect(stylesIn(terminal.sent())).toContain('\u001b[31m');
    expect(methods()).toHaveLength(3);
  });

  it('is remembered from one run to the next', async () => {
    const { env: place } = await openSandbox({ seed });
    const env = { ...place, XDG_STATE_HOME: makeFolder() };
    const words = ['calls', '--fields', 'callId,stuck'];
    const first = await runProgram(words, { env });
    expect(first.stdout.split('\n')).toContain('SCL_alone0000001\tunknown');
    const second = await vi.waitUntil(
      async () => {
        const ran = await runProgram(words, { env });
        return ran.stdout.includes('unknown') ? null : ran;
      },
      { timeout: 15_000, interval: 500 },
    );
    expect(second.stdout.split('\n')).toContain('SCL_alone0000001\ttrue');
    expect([first, second].map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
  });
});
