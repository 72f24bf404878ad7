import { describe, expect, it } from 'vitest';
import { demoRooms } from '../../src/sandbox/demo/rooms.ts';
import { ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import { makeFolder, runProgram } from './run-program.ts';

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

describe.concurrent('a transfer with parts missing', () => {
  it('asks for the caller alone where the destination was given', async () => {
    const terminal = openTerminal('lk-transfer transfer --to sales --sandbox');
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type(ENTER);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(`n${ENTER}`);
    expect(await terminal.left).toBe(3);
    expect(withoutEscapes(terminal.sent())).not.toContain('Where to?');
  });

  it('asks for the destination alone where the caller was given', async () => {
    const terminal = openTerminal('lk-transfer transfer SCL_noAgent00001 --sandbox');
    await terminal.until(/Where to\?[\s\S]*❯ /);
    terminal.type(`sales${ENTER}`);
    await terminal.until(/Transfer this caller\? \(y\/N\)/);
    terminal.type(`n${ENTER}`);
    expect(await terminal.left).toBe(3);
    expect(withoutEscapes(terminal.sent())).not.toContain('Which caller?');
  });

  it.each([
    ['an unknown department', 'salse', 'sales', 5],
    ['an emergency number', '911', 'emergency', 2],
    ['what is no address', 'sip:a@b@c', 'sip:', 2],
  ])('tells %s before it asks for the caller', async (_, to, says, code) => {
    const terminal = openTerminal(`lk-transfer transfer --to ${to} --sandbox`);
    expect(await terminal.left).toBe(code);
    const text = withoutEscapes(terminal.sent());
    expect(text).toContain(says);
    expect(text).not.toContain('Which caller?');
  });
});

describe.concurrent('a destination that only a call decides on', () => {
  it('is no mistake before the call is known: an emergency number of other countries', async () => {
    const cwd = makeFolder({
      'transfer.config.json': '{"dial":{"extension":"sip:{extension}@pbx.example.com"}}',
    });
    const words = 'SCL_noAgent00001 --to extension:15 --sandbox --dry-run';
    const terminal = openTerminal(`lk-transfer transfer ${words}`, { cwd });
    expect(await terminal.left).toBe(0);
    expect(withoutEscapes(terminal.sent())).toContain('to sip:15@pbx.example.com.');
  });

  it('is one where the config knows who dials', async () => {
    const cwd = makeFolder({
      'transfer.config.json':
        '{"defaultCountry":"FR","dial":{"extension":"sip:{extension}@pbx.example.com"}}',
    });
    const terminal = openTerminal('lk-transfer transfer --to extension:15 --sandbox', { cwd });
    expect(await terminal.left).toBe(2);
    expect(withoutEscapes(terminal.sent())).not.toContain('Which caller?');
  });
});

describe.concurrent('several callers that go by one name', () => {
  it('are no question yet where the destination is wrong', async () => {
    const terminal = openTerminal(`lk-transfer transfer '${ROOM}' --to salse --sandbox`);
    expect(await terminal.left).toBe(5);
    const text = withoutEscapes(terminal.sent());
    expect(text).toContain('no department "salse"');
    expect(text).not.toContain('Which caller?');
  });

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

  it('are chosen from by --room, too', async () => {
    const terminal = openTerminal(`lk-transfer transfer --room '${ROOM}' --to sales --sandbox`);
    await terminal.until(/holds 2 callers[\s\S]*Which caller\?[\s\S]*❯ /);
    terminal.type('\u0003');
    expect(await terminal.left).toBe(130);
  });

  it('are asked about in spite of --yes, which confirms, and chooses nothing', async () => {
    const terminal = openTerminal(`lk-transfer transfer '${ROOM}' --to sales --yes --sandbox`);
    await terminal.until(/Which caller\?[\s\S]*❯ /);
    terminal.type('twoInRoom001');
    await terminal.until(/❯ [^\n]*SCL_twoInRoom001/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(0);
    const text = withoutEscapes(terminal.sent());
    expect(text).not.toContain('Transfer this caller?');
    expect(text).toMatch(/\(SCL_twoInRoom001\)/);
  });

  it('are an error where nobody can choose', async () => {
    const { exitCode, stderr } = await runProgram([
      ...['transfer', `${ROOM}`, '--to', 'sales', '--yes', '--sandbox', '--json'],
    ]);
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe('ambiguous-call');
    expect(error.candidates.map(({ callId }: { callId: string }) => callId)).toEqual([
      'SCL_twoInRoom001',
      'SCL_twoInRoom002',
    ]);
  });
});
