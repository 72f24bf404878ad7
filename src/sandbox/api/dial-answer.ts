/** From how a dialled call went to what the client is told. */
import type { DialEnd } from '../provider/dialling.ts';
import { sipFailure } from '../provider/sip-status.ts';
import type { DialBehaviour } from '../world/population.ts';
import { errorFromBehind, type TwirpError } from './twirp-error.ts';

/** LiveKit has words of its own for these answers to an INVITE (livekit/sip, outbound calls). */
const EXPECTED = new Set([400, 404, 480, 486, 488]);

/**
 * What keeps the SIP service from placing any call over a trunk.
 * @returns undefined when nothing does
 */
export function faultOfService(dial: DialBehaviour | undefined): TwirpError | undefined {
  switch (dial) {
    case 'no-service':
      return errorFromBehind('unavailable', 'no response from servers');
    case 'cpu-exhausted':
      return errorFromBehind('unavailable', 'cpu exhausted');
    default:
      return undefined;
  }
}

/**
 * The error of a call that nobody answered.
 * @returns undefined when somebody did
 */
export function faultOfDial(end: DialEnd): TwirpError | undefined {
  switch (end.end) {
    case 'answered':
      return undefined;
    case 'refused':
      return sipFailure(
        EXPECTED.has(end.status.code)
          ? 'INVITE failed: '
          : 'unexpected status from INVITE response: ',
        end.status,
      );
    case 'password-missing':
      return errorFromBehind(
        'failed_precondition',
        'sip server required auth, but no username or password was provided',
      );
    case 'password-refused':
      return errorFromBehind(
        'failed_precondition',
        'max auth retry attempts reached for SIP invite',
      );
    case 'timed-out':
      return errorFromBehind('canceled', 'sip request timed out');
    case 'removed':
      return errorFromBehind('canceled', 'context canceled');
  }
}
