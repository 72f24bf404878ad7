/** What is said of a transfer that stops without a result of its own: an error, with its hint. */
import type { Call } from '../../calls/call.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { Leg } from '../outcome.ts';
import { nameCaller, nameDestination, type Words } from './explain.ts';

interface ErrorWords {
  message: string;
  hint: string | undefined;
}

/** Who was to go where. */
interface WhoAndWhere {
  call: Call;
  destination: Destination;
}

/** What is said of a result; it stands as it is. */
type Told = Pick<Words, 'message' | 'hint'>;

/** Somebody left before the request went out. */
export const NOTHING_SENT = 'Interrupted. Nothing was sent.';

/** Whoever was asked said no. */
export const DECLINED = 'Not transferred, as you wish. Nothing was sent.';

/** Somebody left while LiveKit's answer was waited for. */
export function interruptedWhileSending({ call, destination }: WhoAndWhere): ErrorWords {
  return {
    message: `Interrupted, but the transfer of ${nameCaller(call)} to ${nameDestination(destination)} had been sent: it goes on without us, and nothing can call it back.`,
    hint: 'Do not transfer again before you know: ask at the target. See who is still on the line with `lk-transfer calls`.',
  };
}

/** The outcome is known, and where the caller is, is not: somebody left while that was read. */
export function interruptedWhileReading({ message, hint }: Told): ErrorWords {
  return {
    message: `Interrupted before it was clear where the caller is. ${message}`,
    hint: hint ?? undefined,
  };
}

/** Somebody left between two targets: the first did not take the call, nothing else was sent. */
export function interruptedBetweenTargets({ message, hint }: Told): ErrorWords {
  return {
    message: `Interrupted before the next target was tried. ${message}`,
    hint: hint ?? undefined,
  };
}

/** A bug of ours after the request went out: it must not pass for a transfer that failed. */
export function outcomeLost({ call, destination }: WhoAndWhere, bug: unknown): ErrorWords {
  const what = bug instanceof Error ? `${bug.name}: ${bug.message}` : String(bug);
  return {
    message: `The transfer of ${nameCaller(call)} to ${nameDestination(destination)} was sent, and then lk-transfer itself failed (${what}): how it ended is not known.`,
    hint: 'Do not transfer again before you know: ask at the target. And please report this bug; --debug shows where it happened.',
  };
}

/**
 * Earlier transfers of the call could not be read.
 * @param folder where the record of transfers lies
 * @param cause half a sentence
 * @param offersAgain whether `--again` can be asked for
 */
export function unreadableRecord(
  folder: string,
  cause: string,
  offersAgain: boolean,
): ErrorWords & { reason: string } {
  const rest = `record of transfers could not be read (${cause}): whether an earlier transfer of this call may still come about is not known`;
  const otherwise = offersAgain
    ? ' Or ask who has the caller, and repeat it with --again (in a program: `again: true`).'
    : '';
  return {
    reason: `the ${rest}`,
    message: `The ${rest}. Nothing was sent.`,
    hint: `It lies in ${folder}: make it readable for this user.${otherwise}`,
  };
}

/** The caller is not where they were, just before the request. */
export function callerAway(call: Call, leg: Leg): ErrorWords {
  const what = {
    gone: 'left before the transfer',
    listed: 'came back under another identity before the transfer',
    unread: `is no longer there as ${call.identity}, and the room could not be read`,
  }[leg];
  return {
    message: `${nameCaller(call)} ${what}. Nothing was sent.`,
    hint: 'See who is on the line with `lk-transfer calls`.',
  };
}
