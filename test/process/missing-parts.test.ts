/** A transfer that asks for what is missing, on a real terminal; what it asks for: test/cli/missing-parts.test.ts. */
import { describe, expect, it } from 'vitest';
import { demoRooms } from '../../src/sandbox/demo/rooms.ts';
import { ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';

/** The room of the demo that holds two callers. */
const ROOM = demoRooms.find(({ participants }) =>
  participants.some((person) => person.kind === 'caller' && person.callId === 'SCL_twoInRoom001'),
)?.name;

describe.concurrent('a batch on a terminal', () => {
  it('ends with a line for each caller, and explains those alone that were not moved', async () => {
    const ids = ['SCL_noAgent00001', 'SCL_refuses40501', 'SCL_refuses60301', 'SCL_ended'];
    const batch = 'lk-transfer transfer - --to sales --confirm 4 --rate 50 --sandbox';
    const terminal = openTerminal(`bash -c 'printf "${ids.join('\\n')}\\n" | ${batch}'`);
    expect(await terminal.left).toBe(1);
    const lines = withoutEscapes(terminal.sent())
      .split('\r\n')
      .map((line) => line.trimEnd());
    const head = lines.findIndex((line) => /^CALL +CALLER +TO +OUTCOME +CALLER IS$/.test(line));
    const table = lines.slice(head + 1, head + 5).map((line) => line.split(/ {2,}/));
    expect(table).toEqual([
      ['SCL_noAgent00001', '+15105550102', 'sales', 'completed', 'gone'],
      ['SCL_refuses40501', '+15105550110', 'sales', 'refused', 'on the line'],
      ['SCL_refuses60301', '+15105550111', 'sales', 'refused', 'on the line'],
      ['SCL_ended', '-', '-', 'not tried', 'not sent'],
    ]);
    const above = lines.slice(0, head).join('\n');
    expect(above).toContain('+15105550110 → sales: the trunk refused (405 Method Not Allowed).');
    expect(above).not.toContain('+15105550102 → sales:');
  });
});

describe.concurrent('several callers that go by one name', () => {
  it('are there to choose from, and the chosen one is moved', async () => {
    const terminal = openTerminal(`lk-transfer transfer '${ROOM}' --to sales --sandbox`);
    await terminal.until(/could be any of 2 calls[\s\S]*Which caller\?[\s\S]*❯ /);
    terminal.type('twoInRoom002');
    await terminal.until(/❯ [^\n]*SCL_twoInRoom002/);
    terminal.type(ENTER);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    expect(withoutEscapes(terminal.sent())).toMatch(/Caller +\S+ \(SCL_twoInRoom002\)/);
    terminal.type(`y${ENTER}`);
    expect(await terminal.left).toBe(0);
  });
});
