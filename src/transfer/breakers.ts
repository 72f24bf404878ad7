/**
 * What a batch learns on its way: a trunk that refuses transfers refuses them all, and a target that
 * was busy twice in a row will be so for the next caller.
 */
import type { Call } from '../calls/call.ts';
import type { Verdict } from './classify.ts';
import { quoted } from './explain/livekit-words.ts';
import type { TransferStep } from './plan-part.ts';

/** The provider's policy, or no REFER at all: the next call on the trunk would fare no better. */
const REFUSES_ALL: readonly number[] = [403, 405, 501, 603];
/** Busy, or not available (RFC 3261 §21.4.18, §21.4.24, §21.6.1). */
const BUSY: readonly number[] = [480, 486, 600];
const BUSY_IN_A_ROW = 2;

export class Breakers {
  /** Trunk to the SIP code of its refusal. */
  readonly #trunks = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  /** How LiveKit, or what stands in front of it, turned a request away that came from us. */
  #rejection: string | null = null;

  /** Takes note of LiveKit's answer to one attempt. */
  learn(call: Call, { request }: TransferStep, { outcome, sip, exitCode, livekit }: Verdict): void {
    const trunk = trunkOf(call);
    const code = sip?.code ?? 0;
    if (outcome === 'refused' && trunk !== null && REFUSES_ALL.includes(code)) {
      this.#trunks.set(trunk, code);
    }
    if (outcome === 'completed' || outcome === 'accepted' || outcome === 'target-failed') {
      const busy = outcome === 'target-failed' && BUSY.includes(code);
      this.#busy.set(request.transferTo, busy ? this.#busyOf(request.transferTo) + 1 : 0);
    }
    if (outcome === 'not-sent' && exitCode === 4) {
      const { httpStatus, code, message } = livekit;
      // A page in LiveKit's place says nothing that anybody wants to read.
      const said = code === null && httpStatus === 403 ? '' : `: ${quoted(message)}`;
      this.#rejection = `the transfer of another caller was turned away (HTTP ${httpStatus}${said})`;
    }
  }

  /** Why a call must not be sent to this target now; null when it may. */
  reasonAgainst(call: Call, { request }: TransferStep): string | null {
    if (this.#rejection !== null) return this.#rejection;
    const trunk = trunkOf(call);
    const refusal = trunk === null ? undefined : this.#trunks.get(trunk);
    if (refusal !== undefined) return `trunk ${trunk} refused a transfer with ${refusal}`;
    return this.#busyOf(request.transferTo) >= BUSY_IN_A_ROW
      ? `${request.transferTo} was busy ${BUSY_IN_A_ROW} times in a row`
      : null;
  }

  #busyOf(referTo: string): number {
    return this.#busy.get(referTo) ?? 0;
  }
}

/** Calls on trunks that nobody can tell apart teach nothing about one another. */
function trunkOf({ trunkId, host }: Call): string | null {
  return trunkId ?? host;
}
