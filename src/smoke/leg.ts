/** How a test comes by its leg: dialled, come in by a loop, or made by somebody else. */

import { awaitLoop } from './arrivals.ts';
import { watchArrivals } from './arrivals-part.ts';
import type { CleanUp } from './clean-up.ts';
import { type Dialled, dialTestCall, LEG_IDENTITY, longestLeg } from './dial.ts';
import type { Lab } from './environment.ts';
import type { Trouble } from './finding.ts';
import type { WhichLeg } from './leg-part.ts';
import { nameTrunk, type SmokeTest } from './plan.ts';
import { waitForCall } from './waited-call.ts';

export type BroughtUp = {
  /** null where nobody dialled. */
  dial: { ok: boolean; durationMs: number } | null;
  /** ISO 8601, UTC. */
  dialledAt: string | null;
  answeredAt: string | null;
} & ({ wanted: WhichLeg; trouble: null } | { wanted: null; trouble: Trouble });

/**
 * Brings up the leg that is to be transferred.
 * @throws InterruptedError, and whatever reading LiveKit throws
 */
export function bringUpLeg(test: SmokeTest, lab: Lab, cleanUp: CleanUp): Promise<BroughtUp> {
  switch (test.method) {
    case 'outbound':
      return dialOut(test, lab, cleanUp);
    case 'loop':
      return dialOurselves(test, lab, cleanUp);
    case 'live':
      return takeCall(test, lab);
  }
}

interface Placed {
  room: string;
  dialledAt: string;
  dialling: Promise<Dialled>;
}

function place(test: SmokeTest, lab: Lab, cleanUp: CleanUp): Placed {
  const number = test.number ?? '';
  const room = lab.newRoomName();
  const message = `Dialling ${number} over ${nameTrunk(test.trunk)}.`;
  lab.tell({ step: 'dialling', message, number, room });
  const dialledAt = isoNow(lab);
  const dialling = dialTestCall(lab, cleanUp, {
    trunkId: test.trunk?.id ?? '',
    number,
    roomName: room,
    identity: LEG_IDENTITY,
    ringingMs: lab.ringingMs,
    longestMs: longestLeg(test.foreseen.request.waitMs),
  });
  return { room, dialledAt, dialling };
}

function isoNow({ clock }: Lab): string {
  return new Date(clock.now()).toISOString();
}

function tellDial({ tell }: Lab, { outcome, durationMs }: Dialled): void {
  if (outcome.ok) tell({ step: 'answered', message: 'Answered.', durationMs });
  else tell({ step: 'not-answered', message: 'The call was not answered.', durationMs });
}

async function dialOut(test: SmokeTest, lab: Lab, cleanUp: CleanUp): Promise<BroughtUp> {
  const { room, dialledAt, dialling } = place(test, lab, cleanUp);
  const dialled = await dialling;
  tellDial(lab, dialled);
  const { outcome, durationMs } = dialled;
  const dial = { ok: outcome.ok, durationMs };
  if (!outcome.ok) {
    const trouble: Trouble = { kind: 'dial', dial: outcome };
    return { dial, dialledAt, answeredAt: null, wanted: null, trouble };
  }
  const wanted = { room, identity: LEG_IDENTITY, callId: null };
  return { dial, dialledAt, answeredAt: isoNow(lab), wanted, trouble: null };
}

async function dialOurselves(test: SmokeTest, lab: Lab, cleanUp: CleanUp): Promise<BroughtUp> {
  const { client, isAgent, clock, tell } = lab;
  const number = test.number ?? '';
  const watch = await watchArrivals(client, { number, isAgent, now: clock.now });
  const { room, dialledAt, dialling } = place(test, lab, cleanUp);
  const { dialled, call, trouble } = await awaitLoop(lab, dialling, watch, {
    callers: () => numbersShown(test, lab, room),
    onArrival: (arrived) => {
      const { callId, identity, status } = arrived;
      const isNewRoom = watch.isNewRoom(arrived.room);
      cleanUp.addArrived({ callId, room: arrived.room, identity, isNewRoom });
      const message = `The call came in at ${number}.`;
      tell({ step: 'arrived', message, callId, room: arrived.room, status });
    },
  });
  // The first to come in may have been that of somebody else who tests the same number.
  if (trouble?.kind === 'several-arrivals') cleanUp.leaveArrived();
  tellDial(lab, dialled);
  const { ok } = dialled.outcome;
  const times = {
    dial: { ok, durationMs: dialled.durationMs },
    dialledAt,
    answeredAt: ok ? isoNow(lab) : null,
  };
  if (call === null) return { ...times, wanted: null, trouble };
  const { identity, callId } = call;
  return { ...times, wanted: { room: call.room, identity, callId }, trouble: null };
}

/** Our numbers that a call over this trunk may show; without a list of trunks the leg itself tells. */
async function numbersShown(
  { trunk }: SmokeTest,
  { client }: Lab,
  room: string,
): Promise<readonly string[]> {
  const listed = trunk?.numbers ?? [];
  if (listed.length > 0) return listed;
  const leg = await client.getParticipant(room, LEG_IDENTITY);
  const number = leg?.attributes.get('sip.trunkPhoneNumber');
  return number === undefined ? [] : [number];
}

async function takeCall(test: SmokeTest, lab: Lab): Promise<BroughtUp> {
  const nothing = { dial: null, dialledAt: null, answeredAt: null };
  const waited =
    test.call === null
      ? await waitForCall(lab, test.number ?? '')
      : { call: test.call, trouble: null };
  if (waited.call === null) return { ...nothing, wanted: null, trouble: waited.trouble };
  const { room, identity, callId } = waited.call;
  return { ...nothing, wanted: { room, identity, callId }, trouble: null };
}
