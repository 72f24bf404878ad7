/** What a trunk does when LiveKit sends it a REFER inside a call (RFC 3515). */

import { type ParticipantInfo, ParticipantInfo_Kind } from '@livekit/protocol';
import type { Clock } from '../world/clock.ts';
import type { Departure } from '../world/open-rooms.ts';
import type { CallerSeed, TrunkSeed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { Bridges, PhoneNetwork } from './phone-network.ts';
import {
  hangsUpAfter,
  type Party,
  type SipAnswer,
  sipStatus,
  TARGET_REFUSES_AFTER_MS,
  userOf,
} from './sip-status.ts';

/** LiveKit ends a leg that has sent no audio for so long, unless the trunk or the dial says else. */
export const MEDIA_TIMEOUT_S = 15;

/** LiveKit's side of the call: what the trunk's actions are to it. */
export interface TrunkLeg {
  /** The REFER was answered with a failure. */
  refused(status: SipAnswer): void;
  /** The REFER was not answered at all: its transaction is over. */
  unanswered(): void;
  /** The last NOTIFY came, without the outcome of the transfer. */
  reportsStopped(): void;
  /** A final NOTIFY came. */
  notified(status: SipAnswer): void;
  /** The call is over: a BYE from the trunk, or LiveKit's own media time-out. */
  ended(): void;
}

/** The party who is transferred (RFC 5589), as the trunk handles them. */
export interface Transferee {
  /** The number that a target sees. */
  callerId: string;
  /** The trunk takes them out of the call with LiveKit. */
  takeOver(): void;
  /** They talk to the target. */
  connect(target: Party): void;
  /** The target did not take them; a transferee who was taken over has nobody left to talk to. */
  drop(): void;
}

interface Refer {
  trunk: TrunkSeed;
  transferTo: string;
  leg: TrunkLeg;
  transferee: Transferee;
  /** LiveKit ends a leg that has sent no audio for so long. */
  mediaTimeoutMs: number;
}

const ANSWERS_AFTER_MS = 5;
const TARGET_ANSWERS_AFTER_MS = 1_500;
const HANGS_UP_AFTER_MS = 800;
const STOPS_REPORTING_AFTER_MS = 200;
/** Timer F of RFC 3261 §17.1.2: 64 × T1, after which a request counts as unanswered. */
const TRANSACTION_TIMEOUT_MS = 32_000;

/** Lets the trunk act on a REFER; everything it does reaches the leg later. */
export function receiveRefer(refer: Refer, network: PhoneNetwork, clock: Clock): void {
  const { leg, trunk, mediaTimeoutMs } = refer;
  const { behaviour, answersAfterMs = TARGET_ANSWERS_AFTER_MS } = trunk;
  const notify = (status: SipAnswer) => leg.notified(status);

  if (typeof behaviour === 'object') {
    if ('refuses' in behaviour) {
      const status = sipStatus(behaviour.refuses, behaviour.phrase);
      clock.after(ANSWERS_AFTER_MS, () => leg.refused(status));
    } else {
      const status = sipStatus(behaviour.notifies, behaviour.phrase);
      clock.after(answersAfterMs, () => leg.notified(status));
    }
    return;
  }
  switch (behaviour) {
    case 'honours-refer':
      callTarget(refer, network, notify);
      return;
    case 'hangs-up-after-notify':
      callTarget(refer, network, (status) => {
        leg.notified(status);
        if (status.code === 200) leg.ended();
      });
      return;
    case 'hangs-up-before-notify':
      callTarget(refer, network);
      clock.after(HANGS_UP_AFTER_MS, () => {
        refer.transferee.takeOver();
        leg.ended();
      });
      return;
    case 'holds-without-audio':
      callTarget(refer, network);
      clock.after(mediaTimeoutMs, () => {
        refer.transferee.takeOver();
        leg.ended();
      });
      return;
    case 'never-answers':
      clock.after(TRANSACTION_TIMEOUT_MS, () => leg.unanswered());
      return;
    case 'stops-reporting':
      callTarget(refer, network);
      clock.after(STOPS_REPORTING_AFTER_MS, () => leg.reportsStopped());
      return;
    case 'never-notifies':
      callTarget(refer, network);
      return;
  }
}

/** The trunk calls the transfer target, and reports what became of that, if it does. */
function callTarget(
  { trunk, transferTo, transferee }: Refer,
  network: PhoneNetwork,
  report: (status: SipAnswer) => void = () => {},
): void {
  const request = {
    to: userOf(transferTo),
    from: transferee.callerId,
    answersAfterMs: trunk.answersAfterMs ?? TARGET_ANSWERS_AFTER_MS,
    refusesAfterMs: TARGET_REFUSES_AFTER_MS,
  };
  network.call(request, {
    ringing: () => {},
    answered: (target) => {
      transferee.connect(target);
      report(sipStatus(200));
    },
    refused: (status) => {
      transferee.drop();
      report(status);
    },
  });
}

// Calls that LiveKit dials over an outbound trunk: the INVITE, the wait for an answer, its end.

/** A call to dial. */
export interface Dial {
  trunk: TrunkSeed;
  room: string;
  /** Whoever is dialled, as they are in the room meanwhile. */
  participant: CallerSeed;
  /** Our number, which the other side sees. */
  from: string;
  ringingTimeoutMs: number;
  /** From the request on; no limit when undefined. */
  maxDurationMs: number | undefined;
  /** How long the digits take that are sent once it is answered. */
  digitsMs: number;
}

/** How the wait for an answer ended. */
export type DialEnd =
  | { end: 'answered' }
  | { end: 'refused'; status: SipAnswer }
  | { end: 'password-missing' }
  | { end: 'password-refused' }
  /** Nothing listens at the trunk's address, or nobody knows where that is. */
  | { end: 'connection-refused' }
  | { end: 'unknown-host' }
  /** The ringing time-out passed, and LiveKit gave up. */
  | { end: 'timed-out' }
  /** Somebody removed the participant meanwhile. */
  | { end: 'removed' };

const CALLEE_ANSWERS_AFTER_MS = 700;
/** As long as a captured INVITE took to be refused. */
const REFUSED_AFTER_MS = 45;
/** What LiveKit lets pass as a number, and what no trunk can read on the wire. */
const MALFORMED = /^tel:/i;

export class Dialling {
  /** By the id of a call that is not answered yet: what to do when it ends. */
  readonly #onEnded = new Map<string, () => void>();
  readonly #world: World;
  readonly #network: PhoneNetwork;
  readonly #bridges: Bridges;
  readonly #clock: Clock;

  constructor(world: World, network: PhoneNetwork, bridges: Bridges, clock: Clock) {
    this.#world = world;
    this.#network = network;
    this.#bridges = bridges;
    this.#clock = clock;
    world.onCallEnded((callId) => this.#onEnded.get(callId)?.());
  }

  /** Dials, once its participant is in the room, who leaves again when nobody answers. */
  dial(dial: Dial): Promise<DialEnd> {
    const { callId } = dial.participant;
    return new Promise((resolve) => {
      const finish = (end: DialEnd): void => {
        if (!this.#onEnded.delete(callId)) return;
        for (const stop of stops) stop();
        if (end.end !== 'answered') this.#world.endCall({ callId }, departureAt(end));
        resolve(end);
      };
      this.#onEnded.set(callId, () => finish({ end: 'removed' }));
      const { maxDurationMs } = dial;
      if (maxDurationMs !== undefined) {
        this.#clock.after(maxDurationMs, () => this.#world.endCall({ callId }, 'dropped'));
      }
      const stops = [
        this.#clock.after(dial.ringingTimeoutMs, () => finish({ end: 'timed-out' })),
        this.#invite(dial, finish),
      ];
    });
  }

  /** @returns takes the INVITE back (CANCEL) */
  #invite(dial: Dial, finish: (end: DialEnd) => void): () => void {
    const { trunk, participant, from } = dial;
    const { dial: behaviour } = trunk;
    const refuse = (end: DialEnd) => this.#clock.after(REFUSED_AFTER_MS, () => finish(end));
    if (typeof behaviour === 'object') {
      return refuse({ end: 'refused', status: sipStatus(behaviour.refuses, behaviour.phrase) });
    }
    if (MALFORMED.test(participant.number)) {
      return refuse({ end: 'refused', status: sipStatus(400) });
    }
    switch (behaviour) {
      case 'wants-password':
        return refuse({ end: 'password-missing' });
      case 'refuses-password':
        return refuse({ end: 'password-refused' });
      case 'connection-refused':
      case 'unknown-host':
        return refuse({ end: behaviour });
      case 'never-answers':
        return () => {};
    }
    const request = {
      to: participant.number,
      from,
      answersAfterMs: trunk.calleeAnswersAfterMs ?? CALLEE_ANSWERS_AFTER_MS,
      refusesAfterMs: REFUSED_AFTER_MS,
      connectsInternally: trunk.connectsInternally,
    };
    return this.#network.call(request, {
      ringing: () => this.#world.setStatus(participant.callId, 'ringing'),
      answered: (callee) => {
        this.#bridges.connect(participant.callId, callee);
        this.#answered(dial);
        finish({ end: 'answered' });
      },
      refused: (status) => finish({ end: 'refused', status }),
    });
  }

  #answered({ trunk, room, participant, digitsMs }: Dial): void {
    const { callId, mediaTimeoutS = trunk.mediaTimeoutS ?? MEDIA_TIMEOUT_S } = participant;
    if (digitsMs > 0) {
      this.#world.setStatus(callId, 'automation');
      this.#clock.after(digitsMs, () => this.#world.setStatus(callId, 'active'));
    } else {
      this.#world.setStatus(callId, 'active');
    }
    const { calleeHangsUpAfterMs: hangsUpAfterMs = hangsUpAfter(participant.number) } = trunk;
    if (hangsUpAfterMs === 'agents-left') {
      this.#world.onRoomChanged((changed) => {
        const isAgent = ({ kind }: ParticipantInfo) => kind === ParticipantInfo_Kind.AGENT;
        if (changed !== room || this.#world.participants(room).some(isAgent)) return;
        this.#world.endCall({ callId });
      });
    } else if (hangsUpAfterMs !== undefined) {
      this.#clock.after(hangsUpAfterMs, () => this.#world.endCall({ callId }));
    }
    if (trunk.calleeIsSilent) {
      this.#clock.after(mediaTimeoutS * 1000, () => this.#world.endCall({ callId }, 'no-audio'));
    }
  }
}

/** Codes of a callee who said no, and of one who is not there (livekit/sip, outbound calls). */
const REJECTED = new Set([486, 600, 603, 607, 608]);
const UNAVAILABLE = new Set([404, 408, 410, 480, 604]);

function departureAt(end: Exclude<DialEnd, { end: 'answered' }>): Departure {
  if (end.end !== 'refused') return end.end === 'timed-out' ? 'given-up' : 'trunk-failed';
  const { code } = end.status;
  if (REJECTED.has(code)) return 'rejected';
  return UNAVAILABLE.has(code) ? 'unavailable' : 'trunk-failed';
}
