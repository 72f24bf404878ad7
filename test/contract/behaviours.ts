/**
 * What a caller, and the trunk they are on, can be asked to do: the names that a caller source is
 * run with, and how the sandbox brings each of them about. README.md says the same in words.
 */
import type {
  CallerSeed,
  DialBehaviour,
  ParticipantSeed,
  RoomSeed,
  Seed,
  TrunkSeed,
} from '../../src/sandbox/demo/rooms.ts';

/** A trunk, a room and a caller, as far as they are not the usual ones. */
export interface Scene {
  trunk?: Partial<TrunkSeed>;
  room?: Partial<RoomSeed>;
  caller?: Partial<CallerSeed>;
  /** Who else is in the room. */
  others?: readonly ParticipantSeed[];
}

const answersAfter = (answersAfterMs: number): Scene => ({ trunk: { answersAfterMs } });

/** Calls: one is up, and this is what becomes of a transfer of it. */
const CALLS: Readonly<Record<string, Scene>> = {
  answers: {},
  'answers-with-agent': {
    others: [{ kind: 'agent', identity: 'agent', audio: 'published', age: 60 }],
  },
  'answers-outbound': { trunk: { direction: 'outbound' } },
  'answers-while-digits-are-sent': { caller: { status: 'automation' } },
  'answers-after-8-s': answersAfter(8_000),
  'answers-after-30-s': answersAfter(30_000),
  'busy-486': { trunk: { behaviour: { notifies: 486 }, answersAfterMs: 1_000 } },
  'busy-486-without-phrase': {
    trunk: { behaviour: { notifies: 486, phrase: '' }, answersAfterMs: 1_000 },
  },
  'refuses-488-without-phrase': { trunk: { behaviour: { refuses: 488, phrase: '' } } },
  'never-reports': { trunk: { behaviour: 'never-notifies' } },
  'stops-reporting': { trunk: { behaviour: 'stops-reporting' } },
  'never-answers-the-refer': { trunk: { behaviour: 'never-answers' } },
  'hangs-up-early': { trunk: { behaviour: 'hangs-up-before-notify' } },
  'hangs-up-after-200': { trunk: { behaviour: 'hangs-up-after-notify' } },
  'holds-without-audio': { trunk: { behaviour: 'holds-without-audio' } },
  'still-ringing': { caller: { status: 'ringing' } },
  'still-dialing': { trunk: { direction: 'outbound' }, caller: { status: 'dialing' } },
  'sip-service-frozen': {
    room: { transferAnswer: { fails: 'unavailable', message: 'no response from servers' } },
  },
};

/** SIP codes that are asked for by number, as LiveKit groups them, and 416, which is in no group. */
export const SIP_CODES: readonly number[] = [
  [400, 405, 406, 414, 415, 416, 420, 421, 429, 484, 485, 488, 489, 493, 606],
  [401, 402, 403, 433, 603, 607, 608],
  [407, 428, 436, 437, 438, 494],
  [302, 404, 410, 481, 604],
  [408, 504],
  [480, 486, 600],
  [487, 491],
  [500, 501, 502, 503],
].flat();

/** Final NOTIFYs that are a success to SIP and prove nothing. */
const OTHER_SUCCESSES = [202, 204];

/** The REFER is refused with this code, or accepted and this code reported. */
const CODES: Readonly<Record<string, Scene>> = Object.fromEntries([
  ...SIP_CODES.map((code) => [`refuses-${code}`, { trunk: { behaviour: { refuses: code } } }]),
  ...[...SIP_CODES, ...OTHER_SUCCESSES].map((code) => [
    `reports-${code}`,
    { trunk: { behaviour: { notifies: code }, answersAfterMs: 1_000 } },
  ]),
]);

/** Every behaviour of a call that has a name of its own. */
export const BEHAVIOURS: Readonly<Record<string, Scene>> = { ...CALLS, ...CODES };

/** A trunk to dial over, and a number that is dialled. */
export interface DialScene {
  trunk?: Partial<TrunkSeed>;
  callTo: string;
}

const ANSWERS = '+15105550177';

const dial = (behaviour: DialBehaviour): DialScene => ({
  trunk: { dial: behaviour },
  callTo: ANSWERS,
});

/** Trunks: what becomes of a call that is dialled over it. */
export const DIAL_BEHAVIOURS: Readonly<Record<string, DialScene>> = {
  'dial-answers': { callTo: ANSWERS },
  'dial-busy-486': { callTo: '+15105550486' },
  'dial-refuses-404': { callTo: '+15105550404' },
  'dial-refuses-403': dial({ refuses: 403 }),
  'dial-refuses-480-with-own-phrase': dial({ refuses: 480, phrase: 'Out Of Credit' }),
  'dial-never-answers': dial('never-answers'),
  'dial-wants-password': dial('wants-password'),
  'dial-refuses-password': dial('refuses-password'),
  'dial-no-service': dial('no-service'),
  'dial-service-full': dial('cpu-exhausted'),
  'dial-no-number': { trunk: { number: '' }, callTo: ANSWERS },
  'dial-inbound-trunk': { trunk: { direction: 'inbound' }, callTo: ANSWERS },
  'dial-answers-then-busy-486': { trunk: { behaviour: { notifies: 486 } }, callTo: ANSWERS },
  'dial-answers-then-refuses-603': { trunk: { behaviour: { refuses: 603 } }, callTo: ANSWERS },
  'dial-answers-then-refuses-405': { trunk: { behaviour: { refuses: 405 } }, callTo: ANSWERS },
};

/** A call, and a trunk to dial somebody over into its room. */
interface BridgeScene {
  call: Scene;
  dial: DialScene;
}

const WITH_AGENT: Scene = {
  others: [{ kind: 'web', identity: 'agent-1', audio: 'published', age: 60 }],
};
const RINGS: DialScene = { trunk: { calleeAnswersAfterMs: 600_000 }, callTo: ANSWERS };

/** Calls: what becomes of somebody who is dialled into their room. */
export const BRIDGE_BEHAVIOURS: Readonly<Record<string, BridgeScene>> = {
  'bridge-answers': { call: WITH_AGENT, dial: { callTo: ANSWERS } },
  'bridge-busy-486': { call: WITH_AGENT, dial: { callTo: '+15105550486' } },
  'bridge-rings': { call: WITH_AGENT, dial: RINGS },
  'bridge-of-ringing-caller': { call: { caller: { status: 'ringing' } }, dial: RINGS },
};

/** What a caller source prints of a call. */
export interface PlacedCall {
  room: string;
  identity: string;
  callId: string;
  phoneNumber: string;
}

/** What a caller source prints of a trunk. */
export interface PlacedTrunk {
  trunkId: string;
  phoneNumber: string;
}

/** What a caller source prints of a call, and of a trunk to dial into its room over. */
export interface PlacedBridge extends PlacedCall {
  trunkId: string;
  callTo: string;
}

/** What is added to a sandbox, and what a caller source prints of it. */
export interface Placement<Placed> {
  seed: Pick<Seed, 'trunks' | 'rooms'>;
  placed: Placed;
}

const TRUNK: Omit<TrunkSeed, 'id'> = {
  name: 'the trunk',
  direction: 'inbound',
  number: '+15550001111',
  hostname: 'sbc.example.net',
  behaviour: 'honours-refer',
};

const NUMBER = '+15105550142';

/**
 * The scene as a seed: a trunk, a room and a caller of their own.
 * @param mark stands in every id and name
 */
export function seedOf(
  { trunk, room, caller, others = [] }: Scene,
  mark: string,
): Placement<PlacedCall> {
  const name = `room-${mark}`;
  const id = `ST_${mark}`;
  const callId = `SCL_${mark}`;
  const seed: Pick<Seed, 'trunks' | 'rooms'> = {
    trunks: [{ ...TRUNK, id, ...trunk }],
    rooms: [
      {
        name,
        participants: [
          // Somebody stays, so that the room does; an agent does not hold it open.
          ...(others.length > 0 ? others : [WATCHER]),
          { kind: 'caller', callId, trunk: id, number: NUMBER, age: 60, ...caller },
        ],
        ...room,
      },
    ],
  };
  const identity = caller?.identity ?? `sip_${NUMBER}`;
  return { seed, placed: { room: name, identity, callId, phoneNumber: NUMBER } };
}

const WATCHER: ParticipantSeed = { kind: 'web', identity: 'watcher', audio: 'none', age: 60 };

/** The same for a trunk to dial over. */
export function dialSeedOf({ trunk, callTo }: DialScene, mark: string): Placement<PlacedTrunk> {
  const id = `ST_${mark}`;
  const { number, ...rest } = { ...TRUNK, number: '+15550002222', id, ...trunk };
  const direction = trunk?.direction ?? 'outbound';
  const own = { ...rest, direction, ...(number === '' ? {} : { number }) };
  return { seed: { trunks: [own], rooms: [] }, placed: { trunkId: id, phoneNumber: callTo } };
}

/** The same for a call, and a trunk to dial over into its room. */
export function bridgeSeedOf(
  { call, dial }: { call: Scene; dial: DialScene },
  mark: string,
): Placement<PlacedBridge> {
  const caller = seedOf(call, mark);
  const { seed, placed } = dialSeedOf(dial, `${mark}-out`);
  const { trunkId, phoneNumber: callTo } = placed;
  return {
    seed: { ...caller.seed, trunks: [...caller.seed.trunks, ...seed.trunks] },
    placed: { ...caller.placed, trunkId, callTo },
  };
}
