/** The calls of rooms, why they end, and what LiveKit's SIP service tells the phones meanwhile. */
import type { CallerSeed, SeedCallStatus, TrunkSeed } from './seed-types.ts';

export interface WorldCall {
  readonly callId: string;
  readonly room: string;
  readonly identity: string;
  readonly trunk: TrunkSeed;
  readonly direction: 'inbound' | 'outbound';
  readonly status: SeedCallStatus;
  readonly seed: CallerSeed;
}

/** It is dialled or rings, so nobody has answered yet. */
export function isUnanswered(status: SeedCallStatus): boolean {
  return status === 'dialing' || status === 'ringing';
}

/** Why somebody left a room. */
export type Departure =
  /** By themselves: the far end of a call has hung up. */
  | 'hung-up'
  /** RemoveParticipant. */
  | 'removed'
  /** Somebody else came in under their identity. */
  | 'replaced'
  | 'room-deleted'
  | 'room-closed'
  /** LiveKit's SIP service hung up: a transfer was over, the longest duration, EndCall. */
  | 'dropped'
  /** The SIP service heard nothing of them for too long. */
  | 'no-audio'
  /** Whoever was dialled did not answer, and LiveKit gave up. */
  | 'given-up'
  /** Whoever was dialled was not there. */
  | 'unavailable'
  /** Whoever was dialled said no. */
  | 'rejected'
  /** The trunk did not put the call through. */
  | 'trunk-failed';

/** Departures that the phone told of, so that LiveKit need not tell it. */
const TOLD_BY_PHONE: readonly Departure[] = ['hung-up', 'unavailable', 'rejected', 'trunk-failed'];

/** What LiveKit's SIP service told a phone. */
export interface PhoneSignal {
  callId: string;
  /** The other party's. */
  number: string;
  /** `ANSWER` is the 200 to a caller who rang, `486` the end of one who still does. */
  signal: 'INVITE' | 'ANSWER' | 'CANCEL' | 'BYE' | '486';
}

/** A sandbox that is used for days must not grow for days: beyond this the older half goes. */
const MOST_SIGNALS = 100_000;

export class Phones {
  /** In the order of their sending. */
  readonly signals: PhoneSignal[] = [];

  tell({ callId, number }: CallerSeed, signal: PhoneSignal['signal']): void {
    if (this.signals.length >= MOST_SIGNALS) this.signals.splice(0, MOST_SIGNALS / 2);
    this.signals.push({ callId, number, signal });
  }

  /** A call is over, of which the phone may not know yet. */
  tellEnd({ seed, direction, status }: WorldCall, departure: Departure): void {
    // With the SIP service dead nobody is there to tell the phone.
    if (TOLD_BY_PHONE.includes(departure) || seed.sipService) return;
    const ofUnanswered = direction === 'outbound' ? 'CANCEL' : '486';
    this.tell(seed, isUnanswered(status) ? ofUnanswered : 'BYE');
  }
}
