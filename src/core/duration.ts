/** Durations as people write them: `45s`, `2m`, `7d`, `1500ms`; a bare whole number is seconds. */

const FORM = /^(\d{1,9})(ms|s|m|h|d)?$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest that a timer of Node's can be set for, in ms (24.8 days): a longer one goes off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads a duration.
 * @param text `45s`, `2m`, `1500ms`, `1h`, `7d`, or a whole number of seconds
 * @returns milliseconds, or null when the text is not a duration
 */
export function parseDuration(text: string): number | null {
  const match = FORM.exec(text.trim());
  if (match === null) return null;
  const unit = (match[2] ?? 's') as keyof typeof UNIT_MS;
  return Number(match[1]) * UNIT_MS[unit];
}

/**
 * Writes a duration for people, to the second: `7s`, `2m`, `1m 35s`, `3h 10m`, `2d 4h`.
 * @param ms milliseconds; negative ones (a clock that runs behind) read as `0s`
 */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoParts(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? twoParts(hours, 'h', minutes % 60, 'm')
    : twoParts(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function twoParts(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit} ${small}${smallUnit}`;
}

// Limits of SIP, of LiveKit and of HTTP that more than one room goes by. All in ms.

/** How long a transfer waits for its target where nothing says another wait. */
export const DEFAULT_WAIT_MS = 90_000;
/** Below this LiveKit gives up at once. */
export const SHORTEST_WAIT_MS = 2_000;
/** Node's HTTP gives up on an answer at 300 s, and so do many proxies. */
export const LONGEST_WAIT_MS = 290_000;

/** Longer than any transfer takes its process, with LiveKit's slack and the look at the caller. */
export const LONGEST_TRANSFER_MS = LONGEST_WAIT_MS + 60_000;

/** An unanswered REFER fails after this long (RFC 3261 §17.1.2.2, timer F). */
export const REFER_TIMEOUT_MS = 32_000;
/**
 * Silence of a trunk for at least this long is its silence: a SIP transaction that fails earlier lost
 * the answer. Two seconds less than the timer, for clocks and timers that are not exact.
 */
export const SILENCE_MS = REFER_TIMEOUT_MS - 2_000;
/** A wait at least this long tells a REFER that is ignored from a target that is slow. */
export const SHORTEST_CONCLUSIVE_WAIT_MS = REFER_TIMEOUT_MS + 1_000;

/** Without audio for this long LiveKit ends a leg, unless its trunk says otherwise (LiveKit SIP 1.11). */
export const MEDIA_TIMEOUT_MS = 15_000;
