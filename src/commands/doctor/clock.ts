/** What a wrong clock breaks: a token says from when and until when it is good. */
import { formatDuration } from '../../core/duration.ts';
import { TOKEN_LIFETIME_MS } from '../../livekit/token.ts';
import { type CheckResult, check } from './check.ts';

/** A Date header has whole seconds, and an answer its way to come: less proves nothing. */
const NOTICEABLE_MS = 5_000;

/** LiveKit takes a token that is not valid yet, or no more, for a minute (protocol, auth/verifier.go). */
const LEEWAY_MS = 60_000;

const SET_IT = 'Set the clock of this machine, best by NTP (`timedatectl set-ntp true`).';

/**
 * Compares the clocks. Ours ahead: the server meets tokens from its future. Ours behind: tokens have
 * expired when they are made.
 * @param serverAheadMs how far the server's clock is ahead of ours; null when it did not tell
 */
export function checkClock(serverAheadMs: number | null): CheckResult {
  if (serverAheadMs === null) {
    return check('clock', 'not-checked', 'the server sent no Date to compare with');
  }
  const off = Math.abs(serverAheadMs);
  if (off < NOTICEABLE_MS) {
    return check('clock', 'ok', 'this machine and the server agree to within 5 s');
  }
  const where = serverAheadMs > 0 ? 'behind' : 'ahead of';
  const found = `this machine is ${formatDuration(off)} ${where} the server`;
  const limit = serverAheadMs > 0 ? TOKEN_LIFETIME_MS : LEEWAY_MS;
  const breaks =
    serverAheadMs > 0
      ? `tokens are good for ${formatDuration(TOKEN_LIFETIME_MS)} by our clock`
      : `LiveKit allows tokens to be up to ${formatDuration(LEEWAY_MS)} early, and other servers none`;
  return off >= limit
    ? check('clock', 'failed', `${found}: its tokens are out of their time there`, {
        hint: SET_IT,
        exitCode: 1,
      })
    : check('clock', 'warning', `${found}; ${breaks}`, { hint: SET_IT });
}
