/** What the sandbox's tests share: a request to it, and seeds with one call each. */
import { AccessToken } from 'livekit-server-sdk';
import type { CallerSeed, RoomSeed, Seed, TrunkSeed } from '../../src/sandbox/demo/rooms.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';

export const ROOM = 'room';
export const CALLER = 'sip_+15105550142';

/** One trunk, one room, one caller; each with what the test is about. */
export function oneCall(
  trunk: Partial<TrunkSeed> = {},
  room: Partial<RoomSeed> = {},
  caller: Partial<CallerSeed> = {},
): Seed {
  return {
    trunks: [
      {
        id: 'ST_one',
        name: 'one',
        direction: 'inbound',
        number: '+15550001111',
        hostname: 'sbc.example.net',
        behaviour: 'honours-refer',
        ...trunk,
      },
    ],
    rooms: [
      {
        name: ROOM,
        participants: [
          { kind: 'agent', identity: 'agent', audio: 'published', age: 60 },
          {
            kind: 'caller',
            callId: 'SCL_one',
            trunk: 'ST_one',
            number: '+15105550142',
            age: 60,
            ...caller,
          },
        ],
        ...room,
      },
    ],
  };
}

/** Asks one method of the sandbox, with every grant that it may want for that room. */
export async function ask(
  sandbox: Sandbox,
  method: string,
  body: object,
  room = ROOM,
): Promise<Response> {
  const token = new AccessToken(sandbox.apiKey, sandbox.apiSecret);
  token.addGrant({ roomCreate: true, roomList: true, roomAdmin: true, room });
  token.addSIPGrant({ admin: true, call: true });
  return fetch(`${sandbox.url}/twirp/livekit.${method}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await token.toJwt()}`,
    },
    body: JSON.stringify(body),
  });
}

export function transfer(sandbox: Sandbox, transferTo: string, wait = '45s'): Promise<Response> {
  return ask(sandbox, 'SIP/TransferSIPParticipant', {
    room_name: ROOM,
    participant_identity: CALLER,
    transfer_to: transferTo,
    ringing_timeout: wait,
  });
}

/** The first request of a process takes long, and must not count where time does. */
export async function warmUp(): Promise<void> {
  const sandbox = await startSandbox({ seed: oneCall() });
  await look(sandbox);
  await sandbox.close();
}

/** HTTP status of GetParticipant: 200 while the caller is there. */
export async function look(sandbox: Sandbox, identity = CALLER): Promise<number> {
  const answer = await ask(sandbox, 'RoomService/GetParticipant', { room: ROOM, identity });
  await answer.text();
  return answer.status;
}
