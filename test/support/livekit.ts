/** Rooms, participants, calls and a client of the test's own making. */
import { type Call, readCall } from '../../src/calls/call.ts';
import type { LiveKitClient } from '../../src/livekit/client.ts';
import type { Participant, Room, Track } from '../../src/livekit/messages.ts';

/** The moment at which these tests take place. */
export const NOW = Date.parse('2026-11-23T20:49:15.692Z');
export const secondsAgo = (seconds: number): number => NOW - seconds * 1000;

export const AUDIO: Track = { type: 'AUDIO', muted: false };
export const MUTED: Track = { type: 'AUDIO', muted: true };
export const VIDEO: Track = { type: 'VIDEO', muted: false };

export type Wishes = Partial<Omit<Participant, 'attributes'>> & {
  attributes?: Record<string, string>;
};

export function participant({ attributes = {}, ...wishes }: Wishes = {}): Participant {
  return {
    sid: 'PA_1',
    identity: 'somebody',
    name: '',
    kind: 'STANDARD',
    kindDetails: [],
    state: 'ACTIVE',
    version: 5,
    joinedAtMs: secondsAgo(95),
    tracks: [],
    ...wishes,
    attributes: new Map(Object.entries(attributes)),
  };
}

export const INBOUND: Readonly<Record<string, string>> = {
  'sip.callID': 'SCL_1',
  'sip.callStatus': 'active',
  'sip.phoneNumber': '+15105550100',
  'sip.trunkPhoneNumber': '+15550001111',
  'sip.trunkID': 'ST_1',
  'sip.ruleID': 'SDR_1',
  'sip.hostname': 'sip.example.com',
};

/** An inbound SIP caller on an answered call. */
export function caller({ attributes, ...wishes }: Wishes = {}): Participant {
  return participant({
    identity: 'sip_+15105550100',
    name: 'Phone +15105550100',
    kind: 'SIP',
    tracks: [AUDIO],
    attributes: { ...INBOUND, ...attributes },
    ...wishes,
  });
}

/** An agent that publishes audio. */
export function agent(wishes: Wishes = {}): Participant {
  return participant({ identity: 'agent-x', kind: 'AGENT', tracks: [AUDIO], ...wishes });
}

export function room(wishes: Partial<Room> = {}): Room {
  return {
    sid: 'RM_1',
    name: 'room-1',
    createdAtMs: secondsAgo(100),
    numParticipants: 1,
    activeRecording: false,
    ...wishes,
  };
}

/** The call of `caller()`, with whatever a test wants otherwise. */
export function call(wishes: Partial<Call> = {}): Call {
  const read = readCall(caller(), room(), NOW);
  if (read === null) throw new Error('the caller of the tests is no call');
  return { ...read, ...wishes };
}

/** A client on which every method that the test does not give is an error. */
export function fakeClient(methods: Partial<LiveKitClient> = {}): LiveKitClient {
  const unexpected = (method: string) => () =>
    Promise.reject(new Error(`nothing should have called ${method}`));
  return {
    host: 'livekit.example.com',
    apiKey: 'APItest',
    listRooms: unexpected('listRooms'),
    listParticipants: unexpected('listParticipants'),
    getParticipant: unexpected('getParticipant'),
    listTrunks: unexpected('listTrunks'),
    transfer: unexpected('transfer'),
    createSipParticipant: unexpected('createSipParticipant'),
    removeParticipant: unexpected('removeParticipant'),
    performRpc: unexpected('performRpc'),
    createDispatch: unexpected('createDispatch'),
    listDispatches: unexpected('listDispatches'),
    deleteDispatch: unexpected('deleteDispatch'),
    deleteRoom: unexpected('deleteRoom'),
    requests: () => 0,
    readsAtATime: () => 24,
    rateLimits: () => 0,
    close: () => {},
    ...methods,
  };
}
