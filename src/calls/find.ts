/** Which call is meant: `[caller]` compared, exactly, with everything a call can be called. */
import { KnownError, NotFoundError } from '../errors.ts';
import type { Call } from './call.ts';

/** One way in which a call answers to what was asked for. */
type Reading = 'call id' | 'room' | 'identity' | 'phone number';

/** What somebody typed to name a caller. */
export interface CallerQuery {
  text: string;
  /** The same as a phone number in E.164, when it can be read as one. */
  phoneNumber: string | null;
}

function readingsOf(call: Call, query: CallerQuery): Reading[] {
  const readings: Reading[] = [];
  if (call.callId === query.text) readings.push('call id');
  if (call.room === query.text || call.roomSid === query.text) readings.push('room');
  if (call.identity === query.text) readings.push('identity');
  if (query.phoneNumber !== null && call.phoneNumber === query.phoneNumber) {
    readings.push('phone number');
  }
  return readings;
}

/** One line that tells a call from its neighbours. */
export function describeCall(call: Call): string {
  const who = call.phoneNumberRaw ?? call.name;
  return `${call.callId}  ${who}  room ${call.room}  ${call.status ?? 'status unknown'}`;
}

/**
 * Finds the one call that is meant.
 * @throws KnownError `ambiguous-call` with the candidates, NotFoundError when there is none
 */
export function findCall(calls: readonly Call[], query: CallerQuery): Call {
  const matches = calls.filter((call) => readingsOf(call, query).length > 0);
  const [only, second] = matches;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new KnownError(
      'ambiguous-call',
      `“${query.text}” could be any of ${matches.length} calls.`,
      { details: matches.map(describeCall), hint: 'Name one by its call id.' },
    );
  }
  throw new NotFoundError('no-such-call', `No call goes by “${query.text}”.`, {
    hint:
      calls.length === 0
        ? 'There is no SIP call up at all.'
        : 'A call id, a phone number, a room or an identity names a call, exactly as `lk-transfer calls` shows it.',
  });
}

/**
 * Finds the call in one room.
 * @param identity which participant, when the room holds more than one caller
 */
export function findCallInRoom(
  calls: readonly Call[],
  room: string,
  identity: string | undefined,
): Call {
  const inRoom = calls.filter(
    (call) =>
      (call.room === room || call.roomSid === room) &&
      (identity === undefined || call.identity === identity),
  );
  const [only, second] = inRoom;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new KnownError('ambiguous-call', `Room “${room}” holds ${inRoom.length} callers.`, {
      details: inRoom.map((call) => `${call.identity}  ${describeCall(call)}`),
      hint: 'Name one with --identity.',
    });
  }
  const who = identity === undefined ? 'No SIP caller' : `No SIP caller “${identity}”`;
  throw new NotFoundError('no-such-call', `${who} in room “${room}”.`, {
    hint: 'See who is up with `lk-transfer calls`.',
  });
}
