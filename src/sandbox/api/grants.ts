/** Which grant a request needs; without it LiveKit says the same words whatever is missing. */
import type { GrantName, Grants } from './token.ts';
import { TwirpError } from './twirp-error.ts';

/** What the token allows; undefined when there was no token. */
export type Caller = Grants | undefined;

/** What is left of a token's grants on a server that withholds some of them from everybody. */
export function withhold({ video, sip }: Grants, withheld: readonly GrantName[]): Grants {
  const keeps = (name: GrantName) => !withheld.includes(name);
  return {
    video: {
      ...video,
      roomCreate: video.roomCreate && keeps('roomCreate'),
      roomList: video.roomList && keeps('roomList'),
      roomAdmin: video.roomAdmin && keeps('roomAdmin'),
    },
    sip: { admin: sip.admin && keeps('sip.admin'), call: sip.call && keeps('sip.call') },
  };
}

export function requireRoomList(caller: Caller): void {
  demand(caller?.video.roomList);
}

export function requireRoomCreate(caller: Caller): void {
  demand(caller?.video.roomCreate);
}

/** Room admin is granted for one room, by name. */
export function requireRoomAdmin(caller: Caller, room: string): void {
  demand(caller?.video.roomAdmin && caller.video.room === room);
}

export function requireSipCall(caller: Caller): void {
  demand(caller?.sip.call);
}

export function requireSipAdmin(caller: Caller): void {
  demand(caller?.sip.admin);
}

function demand(granted: boolean | undefined): void {
  if (!granted) throw new TwirpError('unauthenticated', 'permissions denied');
}
