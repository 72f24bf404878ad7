/**
 * What is said beside the results of transfers: an error, with its hint, of one that stops without a
 * result; of many, why a caller is not tried, what is left running, the sum.
 */
import type { Call } from '../../calls/call.ts';
import { shellWord } from '../../core/text.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { Announcement } from '../announce.ts';
import type { Bridge, Leg, LiveKitAnswer } from '../outcome.ts';
import { SANDBOX_ENDS } from './advice.ts';
import { nameCaller, nameDestination, type Words } from './facts.ts';
import { quoteForeignText } from './not-sent.ts';

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
export const NOT_SENT = 'Nothing was sent.';
export const NOTHING_SENT = `Interrupted. ${NOT_SENT}`;
/** Of the bridge that is offered after a refused REFER. */
export const ONLY_REFUSED = 'The trunk has refused the transfer, and no target was dialled.';

/** Whoever was asked said no. */
export const DECLINED = 'Not transferred: you did not confirm. Nothing was sent.';

/** What is left of a transfer once its run is over: an entry, nothing, or not even the call. */
export type Trace = 'recorded' | 'unrecorded' | 'sandbox';

/** Where to look after that, beside the target. */
function whereToLook({ callId }: Call, trace: Trace): string {
  if (trace === 'sandbox') return SANDBOX_ENDS;
  const list = '`lk-transfer calls` proves nothing yet: the transfer is still under way.';
  if (trace === 'unrecorded') return `The transfer was not recorded. ${list}`;
  return `\`lk-transfer history --open\` lists it. Record what you found: \`lk-transfer history close ${shellWord(callId)}\`. ${list}`;
}

/** Somebody left while LiveKit's answer was waited for. */
export function interruptedWhileSending(
  { call, destination }: WhoAndWhere,
  trace: Trace,
): ErrorWords {
  return {
    message: `Interrupted, but the transfer of ${nameCaller(call)} to ${nameDestination(destination)} was already sent. It continues, and cannot be cancelled.`,
    hint: `Do not transfer again before you know: ask at the target. ${whereToLook(call, trace)}`,
  };
}

/** Somebody left while the target rang, and it rings no more. @param sentAway agents, by an earlier one */
export function cancelledDial(
  { call, destination }: WhoAndWhere,
  sentAway: readonly string[],
): ErrorWords {
  const rescue = `request an agent with \`lk-transfer rescue ${shellWord(call.callId)}\`.`;
  let hint = 'Nothing has changed for the caller.';
  if (call.status === 'ringing') {
    hint = `The dial answered the caller, who may now wait in silence: ${rescue}`;
  } else if (sentAway.length > 0) {
    hint = `The agent (${sentAway.join(', ')}) was sent away for an earlier target. The caller may now wait in silence: ${rescue}`;
  }
  return {
    message: `Interrupted. The call to ${nameDestination(destination)} was stopped while it rang.`,
    hint,
  };
}

/** Somebody leaves at once while the target is dialled: nobody hangs up on it. */
export function leavingDial(destination: Destination): string {
  return `Stopped waiting while ${nameDestination(destination)} was called. The target may still ring. If it answers, it joins the caller’s room, and nobody watches. See who is there with \`lk-transfer calls\`.`;
}

/** Somebody left while the target rang, and whether it still does could not be seen. */
export function interruptedDial({ destination }: WhoAndWhere): ErrorWords {
  return {
    message: `Interrupted. Whether ${nameDestination(destination)} still rings is not known: it could not be hung up on.`,
    hint: 'If the target answers, it joins the caller’s room. See who is there with `lk-transfer calls`.',
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
    message: `The transfer of ${nameCaller(call)} to ${nameDestination(destination)} was sent. Then lk-transfer itself failed (${what}): how the transfer ended is not known.`,
    hint: 'Do not transfer again before you know: ask at the target. Please report this bug; --debug shows where it happened.',
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
  const rest = `record of transfers could not be read (${cause}). Whether an earlier transfer of this call may still succeed is not known`;
  const otherwise = offersAgain
    ? ' Or find out who has the caller, and repeat the transfer with --again (in a program: `again: true`).'
    : '';
  return {
    reason: `the ${rest}`,
    message: `The ${rest}. Nothing was sent.`,
    hint: `The record is in ${folder}: make it readable for this user.${otherwise}`,
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

// A bridge, after its target has answered.

/** Somebody does not watch any longer, while those who were bridged talk. */
export function leftBridges(
  bridges: readonly Bridge[],
  inSandbox: boolean,
): { message: string; hint: string } {
  if (inSandbox) return { message: 'Stopped watching.', hint: SANDBOX_ENDS };
  const [first] = bridges;
  const ends = bridges.map(({ endsAt }) => endsAt).filter((at) => at !== null);
  const last = ends.sort().at(-1);
  const limit =
    last === undefined ? '' : ` LiveKit hangs up on the target at ${last.slice(11, 16)} UTC.`;
  if (first === undefined || bridges.length > 1) {
    return {
      message: `Stopped watching. ${bridges.length} bridged calls continue, and nobody watches them.`,
      hint: 'When one of two hangs up, the other stays, in silence: `lk-transfer calls` shows who, and `lk-transfer hangup` hangs up on them.',
    };
  }
  const { room, identity } = first;
  return {
    message:
      'Stopped watching. The caller and the target stay in the room, and nobody watches them.',
    hint: `When one of them hangs up, the other stays, in silence.${limit} Then hang up on them: \`lk-transfer hangup --room ${shellWord(room)}\`, for the target with \`--identity ${shellWord(identity)}\`.`,
  };
}

/** The caller spoke while the announcement was said: they may not want what it announced. */
export function callerSpoke(call: Call): ErrorWords {
  return {
    message: `${nameCaller(call)} spoke during the announcement, so nothing was sent.`,
    hint: 'Let the agent answer. Transfer again if the caller still wants it.',
  };
}

/** @param reason why it was not, or may not have been, announced: clauses */
export function notAnnounced(call: Call, mayBeHeard: boolean, reason: string): ErrorWords {
  const who = nameCaller(call);
  if (mayBeHeard) {
    return {
      message: `Whether ${who} heard the announcement is not known: ${reason}. It was required, so nothing was sent.`,
      hint: 'The caller may have heard it, and may be waiting. `--no-announce` transfers them without another announcement.',
    };
  }
  return {
    message: `The transfer of ${who} is not announced: ${reason}. It was required, so nothing was sent.`,
    hint: 'Leave out --announce-required, or give a sound file with --announce-file.',
  };
}

/** The caller is moved all the same. @param mayBeHeard whether they may have heard it, or some of it */
export function movedUnannounced(call: Call, mayBeHeard: boolean, reason: string): string {
  return mayBeHeard
    ? `Whether ${nameCaller(call)} heard the announcement is not known: ${reason}. They are transferred anyway.`
    : `The transfer of ${nameCaller(call)} is not announced: ${reason}. They are transferred anyway.`;
}

// Many transfers.

/** Follows the name of a signal's error: nothing was done to this caller. */
export const BEFORE_ITS_TURN = 'interrupted before its turn';

/** A list whose second look failed says of a caller neither that they are stuck nor that they are not. */
export const STUCK_UNKNOWN =
  'whether it is stuck is not known (`lk-transfer calls --sure` looks twice). To include it, give its call id alone';

/** The list may hold several such calls: they count as one. */
export const NO_CALL_ID = 'LiveKit gives it no call id, so a list cannot name it';

/** Why no more is sent, once LiveKit, or what stands in front of it, turned one request away. */
export function turnedAwayBefore({ httpStatus, code, message }: LiveKitAnswer): string {
  // A page in LiveKit's place says nothing that anybody wants to read.
  const isForeign = code === null && (message === '' || /^\s*[<{[]/.test(message));
  const said = isForeign ? '' : `: ${quoteForeignText(message)}`;
  return `the transfer of another caller was rejected (HTTP ${httpStatus}${said})`;
}

/** Why no more is dialled over an outbound trunk that took no call of another caller. */
export function dialledInVain(trunk: string, { message }: LiveKitAnswer): string {
  return `outbound trunk ${trunk} took no call for another caller: ${quoteForeignText(message)}`;
}

/** Why no more is sent on a trunk that answered a REFER with this status. */
export function refusedBefore(trunk: string, code: number): string {
  return `trunk ${trunk} refused a transfer with ${code}`;
}

/** Why no more is sent to a target that did not take several calls in a row. */
export function busyBefore(referTo: string, times: number): string {
  return `${referTo} was busy ${times} times in a row`;
}

/** What a caller heard of a transfer that did not happen, behind the reason. */
function heardBefore({ outcome, by, text, file }: Announcement): string {
  const what = by === 'file' ? `the sound file ${file}.` : `“${text}”`;
  if (outcome === 'said') return ` The caller has already heard ${what}`;
  return outcome === 'unknown' ? ` The caller may have heard ${what}` : '';
}

/** @returns a sentence for a caller who was not tried; the reason may be a sentence or a clause */
export function notTried(callId: string, reason: string, announcement?: Announcement): string {
  const why = `Not tried: ${callId}: ${reason}.`.replace(/\.\.$/, '.');
  return why + (announcement === undefined ? '' : heardBefore(announcement));
}

/** A target was left out before anything was sent: a fallback takes its place. */
export function targetPassedOver({ call, destination }: WhoAndWhere, reason: string): string {
  return `${nameCaller(call)} is not sent to ${nameDestination(destination)}: ${reason}.`;
}

/**
 * A fallback was left out.
 * @param reason what became of other callers, or what could not be read: a clause
 */
export function fallbackPassedOver({ call, destination }: WhoAndWhere, reason: string): string {
  return `The fallback ${nameDestination(destination)} was not tried for ${nameCaller(call)}: ${reason}.`;
}

/** @param refers how many went out and go on @param dials how many ring, and are hung up on */
export function stoppingBatch(refers: number, dials: number): string {
  const stops = `Interrupted: no more transfers are started.${dials === 0 ? '' : ` The ringing of ${dials} is stopped.`}`;
  if (refers === 0) return stops;
  return `${stops} Waiting for ${refers} under way. A second Ctrl-C stops waiting; LiveKit continues them.`;
}

/** @param callIds the calls whose transfers go on, when somebody does not wait for them */
export function leavingBatch(callIds: readonly string[], sum: string): string {
  return callIds.length === 0
    ? `Stopped. ${sum}`
    : `Stopped waiting. These were sent and continue; how they end is not known: ${callIds.join(', ')}. ${sum}`;
}

interface BatchCounts {
  callers: number;
  /** In the order in which they are told. */
  outcomes: readonly (readonly [string, number])[];
  underWay: number;
  notTried: number;
}

/** The sum of a batch, as a sentence. */
export function batchSum({ callers, outcomes, underWay, notTried }: BatchCounts): string {
  const parts = [
    ...outcomes.map(([outcome, count]) => `${count} ${outcome}`),
    ...(underWay > 0 ? [`${underWay} under way`] : []),
    ...(notTried > 0 ? [`${notTried} not tried`] : []),
  ];
  const said = parts.length === 0 ? 'nothing was done' : parts.join(', ');
  return `Of ${callers} caller${callers === 1 ? '' : 's'}: ${said}.`;
}
