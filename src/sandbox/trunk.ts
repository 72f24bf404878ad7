/** What a trunk does when LiveKit sends it a REFER inside a call (RFC 3515). */
import type { Clock } from './clock.ts';
import type { TrunkSeed } from './population.ts';
import { type SipStatus, sipStatus } from './sip-status.ts';
import { outcomeAt } from './target.ts';

/** LiveKit's side of the call, as far as the trunk's doings reach it. */
export interface Leg {
  /** The REFER was answered with a failure. */
  refused(status: SipStatus): void;
  /** The REFER was not answered at all: its transaction is over. */
  unanswered(): void;
  /** The last NOTIFY came, and it was none that says how the transfer ended. */
  reportsStopped(): void;
  /** A final NOTIFY came. */
  notified(status: SipStatus): void;
  /** The call is over: a BYE from the trunk, or LiveKit's own media time-out. */
  ended(): void;
}

const ANSWERS_AFTER_MS = 5;
const TARGET_ANSWERS_AFTER_MS = 1_500;
const HANGS_UP_AFTER_MS = 800;
const STOPS_REPORTING_AFTER_MS = 200;
/** Timer F of RFC 3261 §17.1.2: 64 × T1, after which a request counts as unanswered. */
const TRANSACTION_TIMEOUT_MS = 32_000;
/** LiveKit ends a leg that has sent no audio for so long (livekit.md §1). */
const MEDIA_TIMEOUT_MS = 15_000;

/** Lets the trunk act on a REFER; everything it does arrives at the leg, later. */
export function receiveRefer(trunk: TrunkSeed, transferTo: string, leg: Leg, clock: Clock): void {
  const { behaviour, answersAfterMs = TARGET_ANSWERS_AFTER_MS } = trunk;
  const target = outcomeAt(transferTo, answersAfterMs);

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
      clock.after(target.afterMs, () => leg.notified(target.status));
      return;
    case 'hangs-up-after-notify':
      clock.after(target.afterMs, () => {
        leg.notified(target.status);
        if (target.status.code === 200) leg.ended();
      });
      return;
    case 'hangs-up-before-notify':
      clock.after(HANGS_UP_AFTER_MS, () => leg.ended());
      return;
    case 'holds-without-audio':
      clock.after(MEDIA_TIMEOUT_MS, () => leg.ended());
      return;
    case 'never-answers':
      clock.after(TRANSACTION_TIMEOUT_MS, () => leg.unanswered());
      return;
    case 'stops-reporting':
      clock.after(STOPS_REPORTING_AFTER_MS, () => leg.reportsStopped());
      return;
    case 'never-notifies':
      return;
  }
}
