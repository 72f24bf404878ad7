/** The transfers that the SIP service has pending: one for each call, whoever asked for it. */

import type { EraTraits } from '../api/era.ts';
import type { Clock } from '../world/clock.ts';
import type { WorldCall } from '../world/open-rooms.ts';
import { stableSuffix } from '../world/participants.ts';
import type { World } from '../world/world.ts';
import type { Bridges, PhoneNetwork } from './phone-network.ts';
import type { SipAnswer } from './sip-status.ts';
import { MEDIA_TIMEOUT_S, receiveRefer, type Transferee, type TrunkLeg } from './trunk.ts';

/** How the wait for a transfer ended, which is not always how the transfer ended. */
export type TransferEnd =
  | { end: 'answered' }
  | { end: 'refused' | 'target-failed'; status: SipAnswer }
  /** The call was over before the final NOTIFY. */
  | { end: 'call-ended' }
  /** The ringing time-out passed; nothing recalls the REFER. */
  | { end: 'timed-out' }
  /** The trunk never answered the REFER. */
  | { end: 'unanswered' }
  /** The trunk ended its reports before the end. */
  | { end: 'reports-stopped' }
  /** The call was not established, so no REFER was sent. */
  | { end: 'not-established' }
  /** A transfer to another target was pending, so no REFER was sent. */
  | { end: 'elsewhere' };

/** A transfer whose wait is over. */
export interface EndedTransfer {
  end: TransferEnd;
  /** LiveKit's id of the transfer; empty where no REFER was sent. */
  transferId: string;
}

/**
 * After NOTIFY 200 LiveKit gives the trunk a second to hang up and then does it itself; the capture
 * shows the participant listed 1,030 ms longer. NOT scaled by the sandbox's speed: clients measure
 * this second to tell a target that answered from a call that merely ended.
 */
export const LINGERS_MS = 1_030;

interface Pending {
  transferTo: string;
  outcome: Promise<EndedTransfer>;
  finish(end: TransferEnd): void;
}

export class OngoingTransfers {
  readonly #pending = new Map<string, Pending>();
  /** What waits for an outgoing call to be answered, or to have sent its digits. */
  readonly #onceActive = new Map<string, () => void>();
  readonly #world: World;
  readonly #network: PhoneNetwork;
  readonly #bridges: Bridges;
  readonly #clock: Clock;
  readonly #lingersMs: number;
  readonly #era: EraTraits;
  #count = 0;

  /** @param lingersMs how long a leg stays listed after its target has answered, real ms */
  constructor(
    world: World,
    network: PhoneNetwork,
    bridges: Bridges,
    clock: Clock,
    lingersMs: number,
    era: EraTraits,
  ) {
    this.#world = world;
    this.#network = network;
    this.#bridges = bridges;
    this.#clock = clock;
    this.#lingersMs = lingersMs;
    this.#era = era;
    world.onCallEnded((callId) => {
      this.#onceActive.delete(callId);
      const pending = this.#pending.get(callId);
      // A provider that hangs up right behind its NOTIFY is not to overtake it.
      if (pending) clock.after(era.lateNotifyMs, () => pending.finish({ end: 'call-ended' }));
    });
    world.onCallActive((callId) => {
      this.#onceActive.get(callId)?.();
      this.#onceActive.delete(callId);
    });
  }

  /**
   * Transfers a call, or joins its pending transfer when that has the same target.
   * @param timeoutMs the ringing time-out, in the sandbox's time
   */
  async transfer(call: WorldCall, transferTo: string, timeoutMs: number): Promise<EndedTransfer> {
    const pending = this.#pending.get(call.callId);
    if (pending) {
      if (pending.transferTo === transferTo) return pending.outcome;
      return { end: { end: 'elsewhere' }, transferId: '' };
    }
    if (call.direction === 'inbound' && call.status === 'ringing') {
      return { end: { end: 'not-established' }, transferId: '' };
    }
    return this.#send(call, transferTo, timeoutMs);
  }

  #send(call: WorldCall, transferTo: string, timeoutMs: number): Promise<EndedTransfer> {
    const { callId } = call;
    this.#count += 1;
    const transferId = `STR_${stableSuffix(`transfer ${this.#count} of ${callId}`)}`;
    const { promise, resolve } = deferred<EndedTransfer>();
    const stopWaiting = this.#clock.after(timeoutMs, () => transfer.finish({ end: 'timed-out' }));
    const transfer: Pending = {
      transferTo,
      outcome: promise,
      finish: (end) => {
        if (this.#pending.get(callId) !== transfer) return;
        this.#pending.delete(callId);
        stopWaiting();
        resolve({ end, transferId });
      },
    };
    this.#pending.set(callId, transfer);
    // Before an outgoing call is answered the REFER waits, however long, and the request times out
    // meanwhile (LiveKit's SIP service).
    const refer = () => this.#refer(call, transferTo, transfer);
    if (isEstablished(call)) refer();
    else this.#onceActive.set(callId, refer);
    return promise;
  }

  #refer(call: WorldCall, transferTo: string, transfer: Pending): void {
    const { trunk, seed } = call;
    const mediaTimeoutS = seed.mediaTimeoutS ?? trunk.mediaTimeoutS ?? MEDIA_TIMEOUT_S;
    const refer = {
      trunk,
      transferTo,
      leg: this.#legOf(call, transfer),
      transferee: transfereeOf(call, this.#bridges),
      mediaTimeoutMs: mediaTimeoutS * 1000,
    };
    receiveRefer(refer, this.#network, this.#clock);
  }

  #legOf(call: WorldCall, transfer: Pending): TrunkLeg {
    return {
      refused: (status) => transfer.finish({ end: 'refused', status }),
      unanswered: () => transfer.finish({ end: 'unanswered' }),
      reportsStopped: () => transfer.finish({ end: 'reports-stopped' }),
      // Providers leave the id out of a NOTIFY, so LiveKit credits it to whatever is pending then:
      // a late one to the next transfer, or to nobody, and the caller stays listed (LiveKit behaviour, captured).
      notified: (status) => this.#notified(call, status),
      ended: () => this.#world.endCall(call),
    };
  }

  #notified(call: WorldCall, status: SipAnswer): void {
    const pending = this.#pending.get(call.callId);
    if (!pending) return;
    if (status.code === 200) {
      pending.finish({ end: 'answered' });
      this.#hangUp(call);
    } else {
      pending.finish({ end: 'target-failed', status });
    }
  }

  /** LiveKit's own end of a leg whose target has answered. */
  #hangUp(call: WorldCall): void {
    const { hangupShare } = this.#era;
    const end = () => this.#world.endCall(call, 'dropped');
    // LiveKit sends all of its digits first (captured).
    if (this.#world.call(call.callId)?.status === 'automation') {
      this.#onceActive.set(call.callId, end);
      return;
    }
    if (hangupShare > 0) {
      const activeMs = this.#lingersMs * (1 - hangupShare);
      this.#clock.afterReal(activeMs, () => this.#world.setStatus(call.callId, 'hangup'));
    }
    this.#clock.afterReal(this.#lingersMs, end);
  }
}

/** The party at the far end of the leg that is transferred (RFC 5589). */
function transfereeOf(call: WorldCall, bridges: Bridges): Transferee {
  const { callId, trunk, seed } = call;
  // As of the REFER: nobody else takes their place when they are gone at the target's answer.
  const party = bridges.partnerOf(callId);
  let isTakenOver = false;
  const takeOver = (): void => {
    if (!isTakenOver) bridges.release(callId);
    isTakenOver = true;
  };
  return {
    callerId: trunk.transferCallerId === 'transferor' ? (trunk.number ?? seed.number) : seed.number,
    takeOver,
    connect: (target) => {
      takeOver();
      bridges.connect(party, target);
    },
    drop: () => {
      if (isTakenOver) bridges.hangUp(party);
    },
  };
}

function isEstablished(call: WorldCall): boolean {
  return call.status === 'active' || call.status === 'automation';
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((keep) => {
    resolve = keep;
  });
  return { promise, resolve };
}
