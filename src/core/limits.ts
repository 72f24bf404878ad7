/** Limits of SIP, of LiveKit and of HTTP that more than one room goes by. All in ms. */

/** How long a transfer waits for its target where nothing says another wait. */
export const DEFAULT_WAIT_MS = 90_000;
/** Below this LiveKit gives up at once. */
export const SHORTEST_WAIT_MS = 2_000;
/** Node's HTTP gives up on an answer at 300 s, and so do many proxies. */
export const LONGEST_WAIT_MS = 290_000;

/** An unanswered REFER fails after this long (RFC 3261 §17.1.2.2, timer F). */
export const REFER_TIMEOUT_MS = 32_000;
/** A wait at least this long tells a REFER that is ignored from a target that is slow. */
export const TELLING_WAIT_MS = REFER_TIMEOUT_MS + 1_000;

/** Without audio for this long LiveKit ends a leg, unless its trunk says otherwise (LiveKit SIP 1.11). */
export const MEDIA_TIMEOUT_MS = 15_000;
