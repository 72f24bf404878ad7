import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { sleep } from '../../src/core/host.ts';
import { demoTrunks } from '../../src/sandbox/demo/rooms.ts';
import { roomNames, seenIn } from '../sandbox/dialled.ts';
import { KEYS, openTerminalScreen, type TerminalScreen } from '../support/terminal-screen.ts';
import {
  type Desk,
  openDesk,
  resizeAround,
  roomsOf,
  shellLine,
  toConfirmation,
  toQuestion,
} from './desk.ts';
import { EXAMPLE, isRunning, makeFolder, runProgram } from './run-program.ts';

const TWO = /555010[12]/;
const QUESTION = /Transfer this caller\? \(y\/N\)/;

/** The screen with one figure for every number that time changes, everything else in its place. */
function steady(desk: TerminalScreen): string {
  const lines = desk.normalised().map((line) =>
    line
      .replace(/#+ requests/, '# requests')
      .replace(/:#{4,5}/, ':#####')
      .replace(/#+([smhd]\+?)( *)/g, (all, unit: string) => `#${unit}`.padEnd(all.length))
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

describe.concurrent('the desk', () => {
  it('moves the call that was picked, though the list changed meanwhile', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(/555010[123]/) });
    await desk.waitFor(/❯ \+15105550103/);
    // The second of the list; from here on nothing is chosen by its place.
    desk.type(KEYS.down);
    await desk.waitFor(/❯ \+15105550102/);
    desk.type(KEYS.enter);
    await desk.waitFor(/── \+15105550102[\s\S]*❯ Transfer/);
    await desk.hangUp(roomsOf(/5550103/)[0]?.name ?? '');
    desk.add(roomsOf(/555011[0-6]/));
    await desk.waitFor(/\+15105550116/);
    await desk.waitFor(/❯ \+15105550102/);
    desk.type(KEYS.enter);
    await toQuestion(desk, 'sales');
    await desk.press(`y${KEYS.enter}`, /Transferring|Transferred/);
    await desk.waitFor(/Transferred \+15105550102 [\s\S]*Back to the list/);
    expect(desk.transfers()).toHaveLength(1);
    expect(desk.transfers()[0]).toContain('15105550102');
    // The list is there, and so is what was chosen in it.
    await desk.press(KEYS.enter, /q leaves/);
    await desk.waitFor(/❯ \+15105550102 .*ended|\+15105550102 is no longer there/);
    desk.type('q');
    expect(await desk.left).toEqual({ exitCode: 0, isRestored: true });
    expect(desk.isAlternate()).toBe(false);
    expect(desk.isCursorVisible()).toBe(true);
    expect(desk.lines().join('\n')).toContain('+15105550102');
  });

  it('goes from a failure to another destination, and to success, in one session', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    await toConfirmation(desk, '0102', 'sip:1486@pbx.company.com');
    await desk.press(`y${KEYS.enter}`, /Another destination/);
    expect(desk.lines().join('\n')).toMatch(/486/);
    // The list is still there, above.
    expect(desk.lines().join('\n')).toMatch(/Search: 0102[\s\S]*❯ \+15105550102/);
    await desk.press(KEYS.enter, /where to\?/);
    // What has become of it is known of the trunk from here on.
    await desk.waitFor(/Trunk ST_honours00001: REFER honoured here \(\d+s ago\)/);
    await toQuestion(desk, 'sales');
    await desk.press(`y${KEYS.enter}`, /Transferred \+15105550102[\s\S]*Back to the list/);
    expect(desk.transfers()).toHaveLength(2);
    await desk.press(KEYS.enter, /Esc ends search/);
    desk.type(KEYS.escape);
    await desk.waitFor(/q leaves/);
    desk.type('q');
    expect((await desk.left).exitCode).toBe(0);
    // What was done is told once more, a line each, on the normal screen.
    expect(desk.lines().filter((line) => line.includes('+15105550102'))).toHaveLength(2);
  });

  it('says again of a transfer whose end nobody knows, and offers no other without a word', async () => {
    const config = { ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), transfer: { wait: '2s' } };
    const folder = makeFolder({ 'config.json': JSON.stringify(config) });
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550112/),
      env: { LK_TRANSFER_CONFIG: join(folder, 'config.json') },
    });
    await desk.waitFor(/❯ \+15105550112/);
    await toConfirmation(desk, '0112', 'sales');
    await desk.press(`y${KEYS.enter}`, /❯ Back to the list\s+Transfer anyway +an earlier/);
    await desk.press(KEYS.down, /❯ Transfer anyway/);
    await desk.press(KEYS.enter, /where to\?/);
    await toQuestion(desk, 'billing');
    // The preview tells of the one that is open, before anything is confirmed.
    expect(desk.lines().join('\n')).toMatch(
      /Warning +a transfer of this call to sales was sent at/,
    );
    expect(desk.transfers()).toHaveLength(1);
    for (const shown of [/where to\?/, /❯ Transfer/, /Esc ends search/]) {
      await desk.press(KEYS.escape, shown);
    }
    desk.type(KEYS.escape);
    await desk.waitFor(/q leaves/);
    desk.type('q');
    expect((await desk.left).exitCode).toBe(0);
    expect(desk.lines().join(' ')).toMatch(/\+15105550112 → sales: .*(?:unknown|not known|no )/);
  });

  it('knows in the next session that a trunk refused, from the record', async () => {
    const state = { XDG_STATE_HOME: makeFolder() };
    const rooms = roomsOf(/5550110/);
    const first = await openDesk('lk-transfer', { rooms, env: state });
    await first.waitFor(/❯ \+15105550110/);
    await toConfirmation(first, '0110', 'sales');
    await first.press(`y${KEYS.enter}`, /refused[\s\S]*Another destination/);
    await first.press(KEYS.down, /❯ Another destination/);
    await first.press(KEYS.enter, /no REFER here \(405, \d+s ago\): bridge\? \(--method bridge\)/);
    first.type(KEYS.ctrlC);
    await first.left;
    // The same server: by its address it is told which project a transfer was of.
    const { url, apiKey, apiSecret } = first.sandbox;
    const second = openTerminalScreen('lk-transfer', {
      env: {
        ...state,
        ...{ LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret },
        LK_TRANSFER_CONFIG: EXAMPLE,
      },
    });
    await second.waitFor(/❯ \+15105550110/);
    second.type(KEYS.enter + KEYS.enter);
    await second.waitFor(/Trunk ST_\w+: no REFER here \(405, \d+s ago\): bridge\?/);
    second.close();
  });

  it('never takes keys that were typed ahead for a consent', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    desk.type(KEYS.enter + KEYS.enter);
    await desk.waitFor(/where to\?[\s\S]*❯ sales/);
    desk.type(`sales${KEYS.enter}y${KEYS.enter}y${KEYS.enter}`);
    await desk.waitFor(QUESTION);
    // Pasted text is no answer either, and neither is Enter alone.
    await desk.press(`\u001b[200~y\r\u001b[201~x${KEYS.enter}`, /Answer y \(yes\) or n \(no\)/);
    await desk.press(KEYS.enter, /where to\?/);
    expect(desk.transfers()).toEqual([]);
    desk.close();
  });

  it('takes pasted text for a search, and its line end for nothing', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    desk.type('\u001b[200~+1 510-555-0101\r\n\u001b[201~');
    await desk.waitFor(/Search: \+1 510-555-0101▏ {2}1 of 2[\s\S]*❯ \+15105550101/);
    expect(desk.lines().join('\n')).not.toContain('❯ Transfer');
    desk.close();
  });

  it('offers nothing once the chosen call has ended', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    await toConfirmation(desk, '0102', 'sales');
    await desk.hangUp(roomsOf(/5550102/)[0]?.name ?? '');
    await desk.waitFor(/This call has ended\. Nothing was sent\./);
    expect(desk.lines().join('\n')).not.toContain('y and Enter');
    await desk.press(`y${KEYS.enter}`, /Esc ends search/);
    expect(desk.transfers()).toEqual([]);
    desk.close();
  });

  it('says since when LiveKit gives no answer, and keeps the list', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    await desk.sandbox.close();
    await desk.waitFor(/No answer from LiveKit since \d\d:\d\d:\d\d \(\d+s\), still trying/);
    expect(desk.lines().join('\n')).toContain('❯ +15105550102');
    desk.type('q');
    expect((await desk.left).exitCode).toBe(0);
  });

  it('leaves with Ctrl-C while a transfer is out, and says that it goes on', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(/5550112/) });
    await desk.waitFor(/❯ \+15105550112/);
    await toConfirmation(desk, '0112', 'sales');
    await desk.press(`y${KEYS.enter}`, /REFER sent, \d+s of at most 1m 30s/);
    expect(desk.lines().join('\n')).toContain('the transfer continues');
    desk.type(KEYS.ctrlC);
    expect(await desk.left).toEqual({ exitCode: 130, isRestored: true });
    expect(desk.isAlternate()).toBe(false);
    expect(desk.lines().join(' ')).toMatch(/It continues|still succeed/);
    expect(desk.transfers()).toHaveLength(1);
  });

  it('tells how a transfer ended before it tells that the key is refused', async () => {
    const config = { ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), transfer: { wait: '6s' } };
    const folder = makeFolder({ 'config.json': JSON.stringify(config) });
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550112/),
      env: { LK_TRANSFER_CONFIG: join(folder, 'config.json') },
    });
    await desk.waitFor(/❯ \+15105550112/);
    await toConfirmation(desk, '0112', 'sales');
    await desk.press(`y${KEYS.enter}`, /REFER sent/);
    const refusal = { status: 401, body: 'invalid API key' };
    desk.sandbox.aim([
      { method: 'RoomService/ListRooms', answer: refusal },
      { method: 'RoomService/ListParticipants', answer: refusal },
    ]);
    expect(await desk.left).toEqual({ exitCode: 4, isRestored: true });
    const text = desk.lines().join(' ');
    expect(text).toMatch(/\+15105550112 → sales: not known whether it went through/);
    expect(text).toContain('API key');
    expect(desk.transfers()).toHaveLength(1);
  });

  it('says what is out to somebody who leaves at once', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(/5550112/) });
    await desk.waitFor(/❯ \+15105550112/);
    await toConfirmation(desk, '0112', 'sales');
    await desk.press(`y${KEYS.enter}`, /REFER sent/);
    desk.type(KEYS.ctrlC + KEYS.ctrlC);
    expect(await desk.left).toEqual({ exitCode: 130, isRestored: true });
    expect(desk.lines().join(' ')).toMatch(/It continues|still succeed/);
  });

  it('takes keys again where a paste has no end, and Ctrl-C at once', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    // The end of a paste in pieces, as over a slow line.
    desk.type('\u001b[200~0101');
    desk.type('\u001b');
    await new Promise((resolve) => setTimeout(resolve, 200));
    desk.type('[201~');
    await desk.waitFor(/Search: 0101▏/);
    desk.type('\u001b[200~lost');
    desk.type(KEYS.ctrlC);
    expect(await desk.left).toEqual({ exitCode: 130, isRestored: true });
  });

  it('says that nothing was sent to somebody who leaves at the question', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    await toConfirmation(desk, '0102', 'sales');
    desk.type(KEYS.ctrlC);
    expect((await desk.left).exitCode).toBe(130);
    expect(desk.lines().join(' ')).toContain('Interrupted. Nothing was sent.');
  });

  it.for([
    [80, 24],
    [120, 40],
  ] as const)('looks like this on %s × %s', async ([columns, rows], { expect }) => {
    const desk = await openDesk('lk-transfer desk --no-color', {
      rooms: roomsOf(/555010[1-6]/),
      columns,
      rows,
    });
    // As soon as nothing is unsettled any more.
    await desk.waitFor((lines) => /: \d stuck \(!\) /.test(lines[0] ?? ''));
    await expect(steady(desk)).toMatchFileSnapshot(`desk-${columns}-list.txt`);
    await toConfirmation(desk, '0102', 'sales');
    await expect(steady(desk)).toMatchFileSnapshot(`desk-${columns}-confirmation.txt`);
    desk.close();
  });
});

/** An agent that can be sent for, by the name that the example's config gives. */
const WORKERS = [
  { agentName: 'fallback-agent', joinsAfterMs: 300, state: 'listening', audio: 'published' },
] as const;

/** Trunks of the demo, with another outbound one. */
const outbound = (more: object) =>
  demoTrunks.map((trunk) => (trunk.direction === 'outbound' ? { ...trunk, ...more } : trunk));

/** From the list to what is asked about an action, so many lines below the first. */
async function choose(desk: Desk, search: string, below: number, action: string): Promise<void> {
  desk.type(search);
  await desk.waitFor(new RegExp(`Search: ${search}[\\s\\S]*❯`));
  desk.type(KEYS.enter);
  await desk.waitFor(/──[\s\S]*❯/);
  desk.type(KEYS.down.repeat(below));
  await desk.waitFor(new RegExp(`❯ ${action}`));
  desk.type(KEYS.enter);
}

/** Bridges the caller of the trunk that answers 405, from its refusal. */
async function toBridge(desk: Desk): Promise<void> {
  await desk.waitFor(/❯ \+15105550110/);
  await toConfirmation(desk, '0110', 'sales');
  await desk.press(`y${KEYS.enter}`, /Transferring|refused/);
  await desk.waitFor(/refused[\s\S]*❯ Bridge to sales +dials the target/);
  expect(desk.lines().join('\n')).toMatch(/Another destination[\s\S]*Rescue[\s\S]*Back to/);
  await desk.press(KEYS.enter, /Bridge this caller\? \(y\/N\)/);
  expect(desk.lines().join('\n')).toContain('dialled into the room over Twilio outbound');
}

/** A desk that has bridged the one caller of its list. */
async function openBridge(): Promise<Desk> {
  const desk = await openDesk('lk-transfer', { rooms: roomsOf(/5550110/) });
  await toBridge(desk);
  await desk.press(`y${KEYS.enter}`, /The two are talking/);
  return desk;
}

const asked = (desk: Desk, method: string) =>
  desk.sandbox.requests.filter((request) => request.method.endsWith(method));

describe.concurrent('the desk, where nobody can be transferred', () => {
  it('sends for an agent to a caller who rings, and says who answered', async () => {
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550104/),
      seed: { workers: WORKERS },
    });
    await desk.waitFor(/❯ \+15105550104 .*not answered/);
    desk.type(KEYS.enter);
    // What helps first comes first, and a transfer is none of it.
    await desk.waitFor(/❯ Rescue {2}.*answers the call\s+Bridge {2}.*answers the caller at once/);
    expect(desk.lines().join('\n')).not.toMatch(/^ {2}Transfer/m);
    desk.type(KEYS.enter);
    await desk.waitFor(/Requests +fallback-agent[\s\S]*Request this agent\? \(y\/N\)/);
    expect(asked(desk, 'CreateDispatch')).toHaveLength(0);
    await desk.press(`y${KEYS.enter}`, /Rescuing|answered by/);
    await desk.waitFor(/\+15105550104: answered by agent-\S+[\s\S]*❯ Back to the list/);
    expect(asked(desk, 'CreateDispatch')).toHaveLength(1);
    await desk.press(KEYS.enter, /q leaves/);
    await desk.waitFor(/❯ \+15105550104 .*looks normal/);
    desk.type('q');
    expect(await desk.left).toEqual({ exitCode: 0, isRestored: true });
    expect(desk.lines().join('\n')).toMatch(/\+15105550104: answered by/);
  });

  it('sends for an agent in the place of one that is silent', async () => {
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550103/),
      seed: { workers: WORKERS },
    });
    await desk.waitFor(/❯ \+15105550103 .*agent silent/);
    await choose(desk, '0103', 1, 'Rescue');
    await desk.waitFor(/agent-AJ_silent \(silent\): removed once[\s\S]*Request this agent\?/);
    await desk.press(`y${KEYS.enter}`, /Rescuing|rescued by/);
    await desk.waitFor(
      /rescued by agent-[\s\S]*Removed, because the new agent is heard: agent-AJ_silent/,
    );
    expect(asked(desk, 'RemoveParticipant')).toHaveLength(1);
    desk.close();
  });

  it('says what is missing where no agent is named, and keeps the list', async () => {
    const { rescue: _, ...config } = JSON.parse(readFileSync(EXAMPLE, 'utf8'));
    const folder = makeFolder({ 'config.json': JSON.stringify(config) });
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550104/),
      env: { LK_TRANSFER_CONFIG: join(folder, 'config.json') },
    });
    await desk.waitFor(/❯ \+15105550104 .*not answered/);
    await choose(desk, '0104', 0, 'Rescue');
    await desk.waitFor(/None is named[\s\S]*rescue\.agent in the config[\s\S]*❯ Back/);
    await desk.press(KEYS.enter, /❯ \+15105550104[\s\S]*Esc ends search/);
    desk.close();
  });

  it('bridges after a refusal, watches the two, and hangs up on the one who is left', async () => {
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550110/),
      seed: { trunks: outbound({ calleeHangsUpAfterMs: 6000 }) },
    });
    await toBridge(desk);
    await desk.press(`y${KEYS.enter}`, /Bridging|bridged\./);
    await desk.waitFor(/bridged\.[\s\S]*The two are talking: \d+s\. When one hangs up, this desk/);
    // In place: the list is above it, with both of them.
    expect(desk.lines().join('\n')).toMatch(/❯ \+15105550110/);
    await desk.press(KEYS.enter, /watches 1 bridge of its own/);
    await desk.waitFor(
      /\+15105550110: The target hung up after \d+s, and the caller was hung up on/,
    );
    await desk.waitFor((lines) => !/watches 1 bridge/.test(lines.join('\n')));
    expect(asked(desk, 'CreateSIPParticipant')).toHaveLength(1);
    desk.type(KEYS.escape);
    await desk.waitFor(/q leaves/);
    desk.type('q');
    expect((await desk.left).exitCode).toBe(0);
    expect(desk.lines().join(' ')).toMatch(/The target hung up after/);
  });

  it('stops the ringing with Ctrl-C', async () => {
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550110/),
      seed: { trunks: outbound({ calleeAnswersAfterMs: 60_000 }) },
    });
    await toBridge(desk);
    await desk.press(`y${KEYS.enter}`, /Calling the target, \d+s of at most 1m 30s/);
    expect(desk.lines().join('\n')).toContain('Ctrl-C stops the ringing and leaves the desk.');
    desk.type(KEYS.ctrlC);
    expect(await desk.left).toEqual({ exitCode: 130, isRestored: true });
    expect(desk.lines().join(' ')).toContain('was stopped while it rang');
    expect(desk.sandbox.signals.map(({ signal }) => signal)).toContain('CANCEL');
  });

  it.each([
    ['q', 'q', 0],
    ['Ctrl-C', KEYS.ctrlC, 130],
  ])(
    'is left beside a bridge that goes on by the second %s, and says so',
    async (_, key, exitCode) => {
      const desk = await openBridge();
      await desk.press(KEYS.enter, /watches 1 bridge of its own/);
      desk.type(KEYS.escape);
      await desk.waitFor(/q leaves/);
      desk.type(key);
      await desk.waitFor(/Only this desk watches a bridge\. Press the key again/);
      desk.type(key);
      expect(await desk.left).toEqual({ exitCode, isRestored: true });
      expect(desk.lines().join(' ')).toMatch(/nobody watches them/);
    },
  );

  it('watches its bridge to the end where its terminal closes, and then ends', async () => {
    const desk = await openBridge();
    const pid = desk.pid();
    desk.closeWindow();
    const [room = ''] = await roomNames(desk.sandbox);
    await sleep(500);
    const lists = asked(desk, 'ListRooms').length;
    await sleep(3000);
    // The list that nobody sees is not read any more.
    expect({ runs: isRunning(pid), lists: asked(desk, 'ListRooms').length }).toEqual({
      ...{ runs: true, lists },
    });
    const target = (await seenIn(desk.sandbox, room)).find(({ identity }) =>
      identity.startsWith('lk-transfer-bridge-'),
    );
    await desk.leave(room, target?.identity ?? '');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 15_000);
    expect(await seenIn(desk.sandbox, room)).toEqual([]);
  });

  it('leaves a bridge that it watches without a terminal on SIGTERM', async () => {
    const desk = await openBridge();
    const pid = desk.pid();
    desk.closeWindow();
    await sleep(1000);
    desk.kill('SIGTERM');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 15_000);
    expect(asked(desk, 'RemoveParticipant')).toEqual([]);
  });

  it('has the outcome of a transfer recorded where its terminal closes meanwhile', async () => {
    const home = makeFolder();
    const env = { XDG_STATE_HOME: home };
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(/5550102/), env });
    await toConfirmation(desk, '0102', 'sales');
    await desk.press(`y${KEYS.enter}`, /REFER sent/);
    const pid = desk.pid();
    desk.closeWindow();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 15_000);
    const { stdout } = await runProgram(['history', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject([{ outcome: 'completed' }]);
  });

  it.each([
    ['its terminal closes', (desk: Desk) => desk.closeWindow()],
    ['it is told so by a signal', (desk: Desk) => desk.kill('SIGHUP')],
  ])('ends where %s when a transfer is over', async (_, close) => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(/5550102/) });
    await toConfirmation(desk, '0102', 'sales');
    await desk.press(`y${KEYS.enter}`, /transferred\./);
    const pid = desk.pid();
    close(desk);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 15_000);
  });

  it('hangs up on one of a bridged pair, and then on the other, whose bridge it watches', async () => {
    const desk = await openBridge();
    await desk.press(KEYS.enter, /watches 1 bridge of its own/);
    await desk.waitFor(/❯ \+15105550110 .*bridged/);
    desk.type(KEYS.enter);
    await desk.waitFor(/❯ Hang up on the target[\s\S]*Hang up on the caller/);
    desk.type(KEYS.enter);
    await desk.waitFor(
      /Cuts off +the target, from the caller[\s\S]*hangs up on the other one as well[\s\S]*this target\? \(y\/N\)/,
    );
    // A key that comes again would take the news away.
    await desk.press(`y${KEYS.enter}`, /Hanging up/);
    await desk.waitFor(/hung up\./);
    await desk.waitFor(/The target hung up after \d+s, and the caller was hung up on/);
    desk.close();
  });

  it('bridges where the config says so, without being asked to', async () => {
    const config = JSON.parse(readFileSync(EXAMPLE, 'utf8'));
    const trunks = { ...config.trunks, ST_refuses40501: { method: 'bridge' } };
    const folder = makeFolder({ 'config.json': JSON.stringify({ ...config, trunks }) });
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550110/),
      env: { LK_TRANSFER_CONFIG: join(folder, 'config.json') },
    });
    await desk.waitFor(/❯ \+15105550110/);
    await choose(desk, '0110', 0, 'Transfer');
    await desk.waitFor(/where to\?[\s\S]*its callers are bridged, as the config says/);
    desk.type(`sales${KEYS.enter}`);
    await desk.waitFor(/Bridge this caller\? \(y\/N\)/);
    await desk.press(`y${KEYS.enter}`, /The two are talking/);
    expect(desk.transfers()).toEqual([]);
    expect(asked(desk, 'CreateSIPParticipant')).toHaveLength(1);
    desk.close();
  });

  it('says of a caller who may have been moved whom to ask, and offers to hang up', async () => {
    const config = { ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), transfer: { wait: '2s' } };
    const folder = makeFolder({ 'config.json': JSON.stringify(config) });
    const desk = await openDesk('lk-transfer', {
      rooms: roomsOf(/5550112/),
      env: { LK_TRANSFER_CONFIG: join(folder, 'config.json') },
    });
    await desk.waitFor(/❯ \+15105550112/);
    await toConfirmation(desk, '0112', 'sales');
    await desk.press(`y${KEYS.enter}`, /Transferring|Back to the list/);
    await desk.waitFor(/❯ Back to the list/);
    await desk.press(KEYS.enter, /Esc ends search/);
    await desk.waitFor(/❯ \+15105550112 .*transfer open/);
    desk.type(KEYS.enter);
    await desk.waitFor(/❯ Ask at the target .*\s+Hang up/);
    desk.type(KEYS.enter);
    await desk.waitFor(/to sales was sent at[\s\S]*history close SCL_noNotify0001/);
    desk.type(KEYS.escape);
    await desk.waitFor(/❯ Ask at the target/);
    desk.type(KEYS.down + KEYS.enter);
    await desk.waitFor(/earlier transfer of this call may still succeed[\s\S]*\(y\/N\)/);
    await desk.press(`n${KEYS.enter}`, /❯ Ask at the target/);
    expect(asked(desk, 'RemoveParticipant')).toEqual([]);
    desk.close();
  });
});

describe.concurrent('a terminal that is drawn on', () => {
  const STEPS = ['list', 'actions', 'destination', 'confirmation'] as const;

  it('is drawn whole at any size, at every step, and takes a stop and a return', async () => {
    const desk = await openDesk(shellLine(), { rooms: roomsOf(TWO) });
    await desk.waitFor(/ready> $/m);
    desk.type(`lk-transfer${KEYS.enter}`);
    const next = {
      list: ['', /❯ \+15105550102/],
      actions: [KEYS.enter, /❯ Transfer/],
      destination: [KEYS.enter, /where to\?[\s\S]*❯ sales/],
      confirmation: [KEYS.enter, QUESTION],
    } as const;
    for (const step of STEPS) {
      const [keys, shown] = next[step];
      desk.type(keys);
      await desk.waitFor(shown);
      await resizeAround(
        desk,
        (lines) =>
          /Esc goes back|q leaves/.test(lines.at(-1) ?? '') && /^2 calls/.test(lines[0] ?? ''),
      );
      await desk.waitFor(shown);
      desk.type(KEYS.ctrlZ);
      await desk.waitFor(/Stopped[\s\S]*ready> $/m);
      expect(desk.isAlternate()).toBe(false);
      expect(desk.isCursorVisible()).toBe(true);
      desk.type(`stty -a | grep -oE -- '-?(icanon|echo)\\b' | xargs echo mode${KEYS.enter}`);
      await desk.waitFor(/^mode icanon echo$/m);
      desk.type(`clear; fg${KEYS.enter}`);
      await desk.waitFor(shown);
      expect(desk.isAlternate()).toBe(true);
    }
    expect(desk.transfers()).toEqual([]);
    for (const shown of [/where to\?/, /❯ Transfer/, /q leaves/]) {
      await desk.press(KEYS.escape, shown);
    }
    desk.type('q');
    await desk.waitFor(/ready> $/m);
    desk.type(`exit${KEYS.enter}`);
    await desk.left;
  });

  it('goes on where no shell could bring it back', async () => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO) });
    await desk.waitFor(/❯ \+15105550102/);
    desk.type(KEYS.ctrlZ);
    desk.type('0101');
    await desk.waitFor(/Search: \d*1/);
    expect(desk.isAlternate()).toBe(true);
    desk.close();
  });

  const crash = () => {
    const folder = makeFolder({
      'crash.cjs': "process.on('SIGUSR2', () => { throw new Error('on purpose') });",
    });
    return { NODE_OPTIONS: `--require ${folder}/crash.cjs` };
  };

  it.each([
    ['q', 0],
    ['Ctrl-C', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['a crash', 1],
  ])('is given back after %s', async (way, exitCode) => {
    const desk = await openDesk('lk-transfer', { rooms: roomsOf(TWO), env: crash() });
    await desk.waitFor(/❯ \+15105550102/);
    expect(desk.isAlternate()).toBe(true);
    if (way === 'q') desk.type('q');
    else if (way === 'Ctrl-C') desk.type(KEYS.ctrlC);
    else desk.kill(way === 'a crash' ? 'SIGUSR2' : (way as NodeJS.Signals));
    expect(await desk.left).toEqual({ exitCode, isRestored: true });
    expect(desk.isAlternate()).toBe(false);
    expect(desk.isCursorVisible()).toBe(true);
    // Lines wrap again, and pastes are not marked any more.
    for (const mode of ['7h', '2004l']) expect(desk.sent()).toContain(`\u001b[?${mode}`);
    const said = desk.lines().join('\n');
    if (way === 'a crash') expect(said).toContain('on purpose');
    else expect(said).not.toContain('bug');
  });

  it('is only drawn on where somebody sees it', async () => {
    const json = await runProgram(['--json']);
    expect(json).toMatchObject({ exitCode: 2, stdout: '' });
    expect(JSON.parse(json.stderr).error.message).toBe('A command is missing.');
    const desk = await runProgram(['desk', '--sandbox']);
    expect(desk).toMatchObject({ exitCode: 2, stdout: '' });
    expect(desk.stderr).toContain('needs a terminal');
    const dumb = openTerminalScreen('lk-transfer --sandbox', { env: { TERM: 'dumb' } });
    await dumb.waitFor(/Which caller\?/);
    expect(dumb.isAlternate()).toBe(false);
    dumb.close();
  });

  it('shows `calls --watch` to be looked at, and nothing to be done', async () => {
    const board = await openDesk('lk-transfer calls --watch', { rooms: roomsOf(TWO) });
    await board.waitFor(/❯ \+15105550102/);
    expect(board.lines().join('\n')).not.toContain('Enter acts');
    board.type(KEYS.enter);
    board.type('0101');
    await board.waitFor(/Search: 0101▏[\s\S]*❯ \+15105550101/);
    board.type(KEYS.escape);
    board.add(roomsOf(/5550113/));
    await board.waitFor(/\+15105550113 .* new /);
    await board.hangUp(roomsOf(/5550113/)[0]?.name ?? '');
    await board.waitFor(/\+15105550113 {2}ended/);
    await vi.waitUntil(() => !board.lines().join().includes('0113'), { timeout: 15_000 });
    board.type('q');
    expect(await board.left).toEqual({ exitCode: 0, isRestored: true });
  });
});
