/** What the tests of dialled calls share: trunks, a dial, and looks at who is where. */
import { expect, vi } from 'vitest';
import type { Seed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask } from './requests.ts';

export const TEST_ROOM = 'smoke-test';
export const LEG = 'smoke-leg';
export const OFFICE_PHONE = 'office-phone';
/** Our numbers: the one we call from, the one that calls come in to, and another one of those. */
export const FROM = '+15105550009';
export const OURS = '+15105550001';
export const OUR_TARGET = '+15105550002';
/** A number outside that answers. */
export const OUTSIDE = '+15105550177';

/** An outbound trunk and two inbound ones, and nobody on the line. */
export function trunks(
  outbound: Partial<TrunkSeed> = {},
  inbound: Partial<TrunkSeed> = {},
  target: Partial<TrunkSeed> = {},
): Seed {
  const hostname = 'sbc.example.net';
  const behaviour = 'honours-refer';
  const direction = 'inbound';
  return {
    trunks: [
      {
        id: 'ST_out',
        name: 'out',
        direction: 'outbound',
        number: FROM,
        hostname,
        behaviour,
        ...outbound,
      },
      { id: 'ST_in', name: 'in', direction, number: OURS, hostname, behaviour, ...inbound },
      { id: 'ST_to', name: 'to', direction, number: OUR_TARGET, hostname, behaviour, ...target },
    ],
    rooms: [],
  };
}

/** The same, and the telephones of an office whose calls show the outbound trunk's number as well. */
export function withOffice(outbound: Partial<TrunkSeed> = {}): Seed {
  const { trunks: all, rooms } = trunks(outbound);
  const [office] = trunks({ id: 'ST_office', name: 'office' }).trunks;
  return { trunks: office === undefined ? all : [...all, office], rooms };
}

/**
 * Somebody in that office calls a number of ours as soon as a test has dialled it.
 * @returns the room in which an agent has answered them
 */
export async function officeCalls(sandbox: Sandbox, number: string): Promise<string> {
  const isDial = ({ method }: { method: string }) => method === 'SIP/CreateSIPParticipant';
  await until(async () => expect(sandbox.requests.some(isDial)).toBe(true));
  const caller = { room_name: 'office', participant_identity: OFFICE_PHONE };
  void dial(sandbox, number, { sip_trunk_id: 'ST_office', ...caller });
  const room = await arrivalAt(sandbox, number);
  await untilStatus(sandbox, 'active', room);
  return room;
}

export function dial(sandbox: Sandbox, to: string, more: object = {}): Promise<Response> {
  return ask(sandbox, 'SIP/CreateSIPParticipant', {
    sip_trunk_id: 'ST_out',
    sip_call_to: to,
    room_name: TEST_ROOM,
    participant_identity: LEG,
    wait_until_answered: true,
    ...more,
  });
}

export interface Seen {
  identity: string;
  name: string;
  kind: string;
  metadata: string;
  attributes: Record<string, string>;
}

export async function seenIn(sandbox: Sandbox, room: string): Promise<Seen[]> {
  const answer = await ask(sandbox, 'RoomService/ListParticipants', { room }, room);
  const { participants } = (await answer.json()) as { participants: Seen[] };
  return participants;
}

/** The one SIP participant of a room; undefined when there is none. */
export async function legIn(sandbox: Sandbox, room = TEST_ROOM): Promise<Seen | undefined> {
  return (await seenIn(sandbox, room)).find(({ kind }) => kind === 'SIP');
}

export async function statusIn(sandbox: Sandbox, room = TEST_ROOM): Promise<string | undefined> {
  return (await legIn(sandbox, room))?.attributes['sip.callStatus'];
}

export async function roomNames(sandbox: Sandbox): Promise<string[]> {
  const answer = await ask(sandbox, 'RoomService/ListRooms', {});
  const { rooms } = (await answer.json()) as { rooms: { name: string }[] };
  return rooms.map(({ name }) => name);
}

/** The room of a call that came in to a number of ours, once it is there. */
export function arrivalAt(sandbox: Sandbox, number: string): Promise<string> {
  return until(async () => {
    for (const room of await roomNames(sandbox)) {
      const leg = await legIn(sandbox, room);
      const isInbound = leg?.attributes['sip.ruleID'] !== undefined;
      if (isInbound && leg.attributes['sip.trunkPhoneNumber'] === number) return room;
    }
    throw new Error(`No call has come in to ${number}`);
  });
}

/** Waits until the call in a room has a status; `undefined` when it is over. */
export function untilStatus(
  sandbox: Sandbox,
  status: string | undefined,
  room = TEST_ROOM,
): Promise<void> {
  return until(async () => expect(await statusIn(sandbox, room)).toBe(status));
}

/** Tries until it does not fail; as long as a busy machine may need. */
export function until<Found>(attempt: () => Promise<Found>): Promise<Found> {
  return vi.waitFor(attempt, { timeout: 15_000, interval: 20 });
}
