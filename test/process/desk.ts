/** The desk on a terminal of its own, before a sandbox that a test can change. */
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { demoRooms, demoTrunks, type Seed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import {
  KEYS,
  openTerminalScreen,
  type TerminalScreen,
  type TerminalScreenOptions,
} from '../support/terminal-screen.ts';
import { EXAMPLE, LINGERS_MS, makeFolder } from './run-program.ts';

export interface Desk extends TerminalScreen {
  sandbox: Sandbox;
  /** Where the callers were sent, by the requests that the sandbox has got. */
  transfers(): string[];
  /** Has more calls come in. */
  add(rooms: typeof demoRooms): void;
  /** Ends a call, with its room. */
  hangUp(room: string): Promise<void>;
  /** Hangs up on one of a room. */
  leave(room: string, identity: string): Promise<void>;
  /** Types keys, once, where they count: what comes before a question could be read is dropped. */
  press(keys: string, until: RegExp): Promise<void>;
}

/** Keys count at every step but those that say so by a cursor, or by what they point at. */
function takesKeys(lines: string[]): boolean {
  const panel = lines.findIndex((line) => line.startsWith('── '));
  if (panel < 0 || lines.at(-1)?.startsWith('↑↓ scroll')) return true;
  return /[❯▏]|Enter or Esc goes back/.test(lines.slice(panel + 1).join('\n'));
}

/** Rooms of the demo that a test is about. */
export const roomsOf = (numbers: RegExp) => demoRooms.filter(({ name }) => numbers.test(name));

export async function openDesk(
  line = 'lk-transfer',
  {
    rooms = demoRooms,
    seed = {},
    env = {},
    ...options
  }: TerminalScreenOptions & { rooms?: typeof demoRooms; seed?: Partial<Seed> } = {},
): Promise<Desk> {
  const sandbox = await startSandbox({
    seed: { trunks: demoTrunks, rooms, ...seed },
    lingersMs: LINGERS_MS,
  });
  atTheEnd(() => sandbox.close());
  const { url, apiKey, apiSecret } = sandbox;
  const api = new RoomServiceClient(url, apiKey, apiSecret, { failover: false });
  const screen = openTerminalScreen(line, {
    env: {
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: apiKey,
      LIVEKIT_API_SECRET: apiSecret,
      LK_TRANSFER_CONFIG: EXAMPLE,
      ...env,
    },
    ...options,
  });
  return {
    ...screen,
    sandbox,
    transfers: () =>
      sandbox.requests
        .filter(({ method }) => method.endsWith('TransferSIPParticipant'))
        .map(({ body }) => JSON.stringify(body)),
    add: (more) => {
      const named = JSON.stringify(more);
      sandbox.add({ trunks: demoTrunks.filter(({ id }) => named.includes(id)), rooms: more });
    },
    hangUp: (room) => api.deleteRoom(room),
    leave: (room, identity) => api.removeParticipant(room, identity),
    press: async (keys, until) => {
      await screen.waitFor(takesKeys);
      screen.type(keys);
      await screen.waitFor(until);
    },
  };
}

/** From the list to the question whether to transfer. */
export async function toConfirmation(
  desk: TerminalScreen,
  search: string,
  destination: string,
): Promise<void> {
  desk.type(search);
  await desk.waitFor(new RegExp(`Search: ${search}[\\s\\S]*❯`));
  desk.type(KEYS.enter);
  await desk.waitFor(/❯ Transfer/);
  desk.type(KEYS.enter);
  await toQuestion(desk, destination);
}

/** From “where to?” to the question whether to transfer. */
export async function toQuestion(desk: TerminalScreen, destination: string): Promise<void> {
  await desk.waitFor(/where to\?[\s\S]*❯ sales/);
  desk.type(destination);
  await desk.waitFor(new RegExp(`To: ${destination}`));
  desk.type(KEYS.enter);
  await desk.waitFor(/Transfer this caller\? \(y\/N\) ▏/);
}

/** Takes the smallest size, the largest, and the usual one, each until it is drawn whole. */
export async function resizeAround(
  desk: TerminalScreen,
  isWhole: (lines: readonly string[]) => boolean,
): Promise<void> {
  for (const [columns, rows] of [
    [40, 10],
    [300, 100],
    [80, 24],
  ] as const) {
    desk.resize(columns, rows);
    await desk.waitFor((lines) => lines.length === rows && isWhole(lines));
  }
}

/** A shell with job control, in which a program can be stopped, and brought back. */
export function shellLine(): string {
  const settings = "PS1='ready> '\nbind 'set enable-bracketed-paste off'\n";
  const file = join(makeFolder({ bashrc: settings }), 'bashrc');
  return `bash --noprofile --rcfile '${file}' -i`;
}
