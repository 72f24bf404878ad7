/** How a test comes by its leg: dialled, come in by a loop, or made by somebody else. */
import { type Call, callIdOf, sipIdsAmong } from '../calls/call.ts';
import type { IsAgentIdentity } from '../calls/condition.ts';
import { readRoom } from '../calls/scan.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import type { DialRequest, Participant, Room } from '../livekit/messages.ts';
import { type Dialled, readDialOutcome } from '../transfer/bridge/dial-outcome.ts';
import { awaitLoop, isArrivalAt, watchArrivals, watchCalls } from './arrivals.ts';
import type { CleanUp } from './clean-up.ts';
import { pause, type SmokeContext, stopTestIfInterrupted } from './context.ts';
import { nameRooms } from './failure-words.ts';
import { nameTrunk, type SmokeTest } from './plan.ts';
import type { CallFailure } from './result.ts';

// Places the test call. It is asked for once, whatever comes; clean-up knows of it beforehand.

/** The identity of every leg that a test dials. */
const LEG_IDENTITY = 'lk-transfer-smoke';

/** A leg lasts no longer than this by itself, and longer than the transfer of it is waited for. */
const SHORTEST_LEG_MS = 120_000;
const AFTER_TRANSFER_MS = 30_000;

/** How long the leg may last, in ms: the net under clean-up. */
function longestLeg(waitMs: number): number {
  return Math.max(SHORTEST_LEG_MS, waitMs + AFTER_TRANSFER_MS);
}

/**
 * Dials.
 * @returns once somebody answered, or nobody will
 * @throws InterruptedError when a signal comes first: the call may still be on its way then
 */
async function dialTestCall(
  context: SmokeContext,
  cleanUp: CleanUp,
  request: DialRequest,
): Promise<Dialled> {
  const { clock, interruption, speed, steady } = context;
  stopTestIfInterrupted(context);
  const start = clock.elapsed();
  const dial = steady.createSipParticipant(request);
  cleanUp.addDialled({ room: request.roomName, identity: request.identity, dial });
  await Promise.race([dial, interruption.happened]);
  stopTestIfInterrupted(context);
  const answer = await dial;
  const durationMs = Math.round(clock.elapsed() - start);
  return { outcome: readDialOutcome(answer, durationMs * speed), durationMs };
}

// A call that somebody makes while we wait: “ring it now”.

const LOOK_EVERY_MS = 1_000;

type WaitedCall = { call: Call; failure: null } | { call: null; failure: CallFailure };

/**
 * Waits for the next call to a number, until it is answered in LiveKit.
 * @param number one of ours
 * @throws InterruptedError, and whatever the scan throws
 */
export async function waitForCall(context: SmokeContext, number: string): Promise<WaitedCall> {
  const { client, isAgent, clock, tell, callWithinMs } = context;
  // The one call that is found is transferred: each look has to see all that there are.
  const watch = await watchCalls(client, { isAgent, now: clock.now, fullLookEvery: 1 });
  const seconds = Math.round(callWithinMs / 1000);
  tell({
    step: 'waiting-for-call',
    testNumber: number,
    message: `Call ${number} now, within ${seconds} s.${sayBlind(watch.blindRooms)}`,
  });
  let unread: readonly string[] = watch.blindRooms;
  let told = false;
  for (let look = 0; look * LOOK_EVERY_MS < callWithinMs; look += 1) {
    await pause(context, LOOK_EVERY_MS);
    const seen = await watch.look();
    const arrived = seen.calls.filter(isArrivalAt(number));
    const undated = seen.undated.filter(isArrivalAt(number)).map(({ room }) => room);
    unread = [...new Set([...seen.unread, ...undated])];
    const [call, second] = arrived;
    if (second !== undefined) {
      return { call: null, failure: { kind: 'several-arrivals', count: arrived.length } };
    }
    if (call !== undefined && !told) {
      const { callId, room, status } = call;
      tell({ step: 'arrived', message: `A call came in at ${number}.`, callId, room, status });
      told = true;
    }
    // Whose call is meant may be where nobody could look: then this one is somebody else's.
    if (call?.transferable && unread.length === 0) return { call, failure: null };
  }
  if (unread.length > 0) return { call: null, failure: { kind: 'arrival-unread', rooms: unread } };
  return { call: null, failure: { kind: told ? 'arrival-unanswered' : 'no-call' } };
}

/** A customer may be on the line in a room that cannot be read: nobody there is ever transferred. */
function sayBlind(rooms: readonly string[]): string {
  return rooms.length === 0
    ? ''
    : ` LiveKit does not show who is in ${nameRooms(rooms)}: a call there is not touched.`;
}

type EstablishedLeg = {
  /** null where nobody dialled. */
  dial: { ok: boolean; durationMs: number } | null;
  /** ISO 8601, UTC. */
  dialledAt: string | null;
  answeredAt: string | null;
} & ({ wanted: WhichLeg; failure: null } | { wanted: null; failure: CallFailure });

/**
 * Brings up the leg that is to be transferred.
 * @throws InterruptedError, and whatever reading LiveKit throws
 */
export function establishLeg(
  test: SmokeTest,
  context: SmokeContext,
  cleanUp: CleanUp,
): Promise<EstablishedLeg> {
  switch (test.method) {
    case 'outbound':
      return dialOut(test, context, cleanUp);
    case 'loop':
      return dialOurselves(test, context, cleanUp);
    case 'live':
      return takeCall(test, context);
  }
}

interface StartedLeg {
  room: string;
  dialledAt: string;
  dialling: Promise<Dialled>;
}

function startLeg(test: SmokeTest, context: SmokeContext, cleanUp: CleanUp): StartedLeg {
  const number = test.number ?? '';
  const room = context.newRoomName();
  const message = `Dialling ${number} over the trunk “${nameTrunk(test.trunk)}”.`;
  context.tell({ step: 'dialling', message, testNumber: number, room });
  const dialledAt = isoNow(context);
  const dialling = dialTestCall(context, cleanUp, {
    trunkId: test.trunk?.id ?? '',
    number,
    roomName: room,
    identity: LEG_IDENTITY,
    ringingMs: context.ringingMs,
    longestMs: longestLeg(test.foreseen?.request.waitMs ?? 0),
  });
  return { room, dialledAt, dialling };
}

function isoNow({ clock }: SmokeContext): string {
  return new Date(clock.now()).toISOString();
}

function reportDial({ tell }: SmokeContext, { outcome, durationMs }: Dialled): void {
  if (outcome.ok) tell({ step: 'answered', message: 'Answered.', durationMs });
  else tell({ step: 'not-answered', message: 'The call was not answered.', durationMs });
}

async function dialOut(
  test: SmokeTest,
  context: SmokeContext,
  cleanUp: CleanUp,
): Promise<EstablishedLeg> {
  const { room, dialledAt, dialling } = startLeg(test, context, cleanUp);
  const dialled = await dialling;
  reportDial(context, dialled);
  const { outcome, durationMs } = dialled;
  const dial = { ok: outcome.ok, durationMs };
  if (!outcome.ok) {
    const failure: CallFailure = { kind: 'dial', dial: outcome };
    return { dial, dialledAt, answeredAt: null, wanted: null, failure };
  }
  const wanted = { room, identity: LEG_IDENTITY, callId: null };
  return { dial, dialledAt, answeredAt: isoNow(context), wanted, failure: null };
}

async function dialOurselves(
  test: SmokeTest,
  context: SmokeContext,
  cleanUp: CleanUp,
): Promise<EstablishedLeg> {
  const { client, isAgent, clock, tell } = context;
  const number = test.number ?? '';
  const watch = await watchArrivals(client, { number, isAgent, now: clock.now });
  const { room, dialledAt, dialling } = startLeg(test, context, cleanUp);
  const { dialled, call, failure } = await awaitLoop(context, dialling, watch, {
    callers: () => numbersShown(test, context, room),
    onArrival: ({ callId, room: arrivedIn, status }) => {
      const message = `A call came in at ${number}.`;
      tell({ step: 'arrived', message, callId, room: arrivedIn, status });
      const isNewRoom = watch.isNewRoom(arrivedIn);
      cleanUp.addSeen({ callId, room: arrivedIn, isNewRoom, isThere: false });
    },
  });
  reportDial(context, dialled);
  const { ok } = dialled.outcome;
  const times = {
    dial: { ok, durationMs: dialled.durationMs },
    dialledAt,
    answeredAt: ok ? isoNow(context) : null,
  };
  if (call === null) return { ...times, wanted: null, failure };
  const wanted = { room: call.room, identity: call.identity, callId: call.callId };
  // Not before: what is seen may be somebody else's, and our own leg ends with our dial.
  cleanUp.addArrived({ ...wanted, isNewRoom: watch.isNewRoom(call.room) });
  return { ...times, wanted, failure: null };
}

/** Our numbers that a call over this trunk may show; without a list of trunks the leg itself tells. */
async function numbersShown(
  { trunk }: SmokeTest,
  { client }: SmokeContext,
  room: string,
): Promise<readonly string[]> {
  const listed = trunk?.numbers ?? [];
  if (listed.length > 0) return listed;
  const leg = await client.getParticipant(room, LEG_IDENTITY);
  const number = leg?.attributes.get('sip.trunkPhoneNumber');
  return number === undefined ? [] : [number];
}

async function takeCall(test: SmokeTest, context: SmokeContext): Promise<EstablishedLeg> {
  const nothing = { dial: null, dialledAt: null, answeredAt: null };
  const waited =
    test.call === null
      ? await waitForCall(context, test.number ?? '')
      : { call: test.call, failure: null };
  if (waited.call === null) return { ...nothing, wanted: null, failure: waited.failure };
  const { room, identity, callId } = waited.call;
  return { ...nothing, wanted: { room, identity, callId }, failure: null };
}

// The leg that is transferred, and what there is to know of it before it is.

export interface SmokeLeg {
  call: Call;
  /** Name and value, as LiveKit has them. */
  ids: readonly (readonly [name: string, value: string])[];
}

export interface WhichLeg {
  room: string;
  /** By call id, or by identity where that is not known. */
  callId: string | null;
  identity: string;
}

/**
 * Reads a leg, with its agent and condition.
 * @returns null when it is not there any more
 */
export async function readLeg(
  client: LiveKitClient,
  wanted: WhichLeg,
  options: LegOptions,
): Promise<SmokeLeg | null> {
  return legAmong(await client.listParticipants(wanted.room), wanted, options);
}

interface LegOptions {
  isAgent: IsAgentIdentity;
  now(): number;
}

/** The same, of a room that has been read. */
export function legAmong(
  participants: Participant[],
  { room, callId, identity }: WhichLeg,
  options: LegOptions,
): SmokeLeg | null {
  const participant = participants.find((each) =>
    callId === null ? each.identity === identity : callIdOf(each) === callId,
  );
  if (participant === undefined) return null;
  const reading = readRoom(roomNamed(room), participants, options);
  const call = reading.calls.find((each) => each.identity === participant.identity);
  return call === undefined ? null : { call, ids: sipIdsAmong(participant.attributes) };
}

/** A room of which nothing but the name matters here. */
function roomNamed(name: string): Room {
  return { name, sid: '', createdAtMs: 0, numParticipants: 0, activeRecording: false };
}
