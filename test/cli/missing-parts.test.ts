/** What is asked for where a transfer is not told everything. On a real terminal: test/process/missing-parts.test.ts. */
import { describe, expect, it } from 'vitest';
import { demoRooms } from '../../src/sandbox/demo/rooms.ts';
import { CTRL_C, ENTER, withoutEscapes } from '../process/open-terminal.ts';
import { onTerminal } from './on-terminal.ts';
import { type CliResult, cliOnFresh } from './run-cli.ts';

/** The room of the demo that holds two callers. */
const ROOM = demoRooms.find(({ participants }) =>
  participants.some((person) => person.kind === 'caller' && person.callId === 'SCL_twoInRoom001'),
)?.name;

/** Everything that a terminal shows. */
const shown = ({ stdout, stderr }: CliResult) => withoutEscapes(stderr + stdout);

const asksNothing = async () => {};

describe.concurrent('a transfer with parts missing', () => {
  it('asks for the caller alone where the destination was given', async () => {
    const ran = await onTerminal('transfer --to sales', async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type(ENTER);
      await until(/Transfer this caller\? \(y\/N\)/);
      type(`n${ENTER}`);
    });
    expect(ran.exitCode).toBe(3);
    expect(shown(ran)).not.toContain('Where to?');
  });

  it('asks for the destination alone where the caller was given', async () => {
    const ran = await onTerminal('transfer SCL_noAgent00001', async ({ until, type }) => {
      await until(/Where to\?[\s\S]*❯ /);
      type(`sales${ENTER}`);
      await until(/Transfer this caller\? \(y\/N\)/);
      type(`n${ENTER}`);
    });
    expect(ran.exitCode).toBe(3);
    expect(shown(ran)).not.toContain('Which caller?');
  });

  it.each([
    ['an unknown department', 'salse', 'sales', 5],
    ['an emergency number', '911', 'emergency', 2],
    ['what is no address', 'sip:a@b@c', 'sip:', 2],
  ])('tells %s before it asks for the caller', async (_, to, says, code) => {
    const ran = await onTerminal(`transfer --to ${to}`, asksNothing);
    expect(ran.exitCode).toBe(code);
    expect(shown(ran)).toContain(says);
    expect(shown(ran)).not.toContain('Which caller?');
  });
});

describe.concurrent('a destination that only a call decides on', () => {
  const dial = { extension: 'sip:{extension}@pbx.example.com' };

  it('is no mistake before the call is known: an emergency number of other countries', async () => {
    const line = 'transfer SCL_noAgent00001 --to extension:15 --dry-run';
    const ran = await onTerminal(line, asksNothing, { config: { dial } });
    expect(ran.exitCode).toBe(0);
    expect(shown(ran)).toContain('to sip:15@pbx.example.com.');
  });

  it('is one where the config knows who dials', async () => {
    const config = { defaultCountry: 'FR', dial };
    const ran = await onTerminal('transfer --to extension:15', asksNothing, { config });
    expect(ran.exitCode).toBe(2);
    expect(shown(ran)).not.toContain('Which caller?');
  });
});

describe.concurrent('several callers that go by one name', () => {
  it('are no question yet where the destination is wrong', async () => {
    const ran = await onTerminal(`transfer ${ROOM} --to salse`, asksNothing);
    expect(ran.exitCode).toBe(5);
    expect(shown(ran)).toContain('no department "salse"');
    expect(shown(ran)).not.toContain('Which caller?');
  });

  it('are chosen from by --room, too', async () => {
    const ran = await onTerminal(`transfer --room ${ROOM} --to sales`, async ({ until, type }) => {
      await until(/holds 2 callers[\s\S]*Which caller\?[\s\S]*❯ /);
      type(CTRL_C);
    });
    expect(ran.exitCode).toBe(130);
  });

  it('are asked about in spite of --yes, which confirms, and chooses nothing', async () => {
    const ran = await onTerminal(`transfer ${ROOM} --to sales --yes`, async ({ until, type }) => {
      await until(/Which caller\?[\s\S]*❯ /);
      type('twoInRoom001');
      await until(/❯ [^\n]*SCL_twoInRoom001/);
      type(ENTER);
    });
    expect(ran.exitCode).toBe(0);
    expect(shown(ran)).not.toContain('Transfer this caller?');
    expect(shown(ran)).toMatch(/\(SCL_twoInRoom001\)/);
  });

  it('are an error where nobody can choose', async () => {
    const { exitCode, stderr } = await cliOnFresh()(`transfer ${ROOM} --to sales --yes --json`);
    expect(exitCode).toBe(2);
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe('ambiguous-call');
    expect(error.candidates.map(({ callId }: { callId: string }) => callId)).toEqual([
      'SCL_twoInRoom001',
      'SCL_twoInRoom002',
    ]);
  });
});
