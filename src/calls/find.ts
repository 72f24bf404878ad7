/** Which call is meant: `[caller]` compared, exactly, with everything a call can be called. */
import { KnownError, NotFoundError } from '../core/errors.ts';
import { nearestNames } from '../core/text.ts';
import { isOneOfSeveral, mayBeSameNumber } from '../destinations/address/phone-writing.ts';
import { type Call, hasCallId, hidesNumber } from './call.ts';
import { otherRooms } from './rooms.ts';

/** What somebody typed to name a caller. */
export interface CallerQuery {
  text: string;
  /** The same as a phone number in E.164, of whatever form, when it can be read as one. */
  phoneNumber: string | null;
  /** The rooms that were looked at, where it was not all of them: a clause of `roomsClause`. */
  where?: string | undefined;
  /** The command that names a call by its id, for whoever has to. */
  commandFor?: ((callId: string) => string) | undefined;
}

/** By a name that LiveKit gives once: no room that was not read holds another call of that name. */
function goesByUniqueName({ callId, roomSid }: Call, { text }: CallerQuery): boolean {
  return callId === text || roomSid === text;
}

/** By what LiveKit calls it, as it stands there. */
export function isNamed(call: Call, text: string): boolean {
  const { callId, room, roomSid, identity, phoneNumberRaw } = call;
  return [callId, room, roomSid, identity, phoneNumberRaw].includes(text);
}

function goesBy(call: Call, { text, phoneNumber }: CallerQuery): boolean {
  if (isNamed(call, text)) return true;
  if (phoneNumber === null || call.phoneNumber === null) return false;
  return mayBeSameNumber(call.phoneNumber, phoneNumber);
}

/** The calls that go by a name; one that is given once stands alone. */
export function callsNamed(calls: readonly Call[], query: CallerQuery): Call[] {
  const unique = calls.filter((call) => goesByUniqueName(call, query));
  return unique.length > 0 ? unique : calls.filter((call) => goesBy(call, query));
}

/** Found by nothing but a number in an old form, which several numbers of now may have been. */
function isGuess(call: Call, { text, phoneNumber }: CallerQuery): boolean {
  if (isNamed(call, text)) return false;
  if (phoneNumber === null || call.phoneNumber === null) return false;
  return isOneOfSeveral(call.phoneNumber, phoneNumber);
}

/** Whether a phone number may have been meant. */
export function mayBeNumber(text: string): boolean {
  return /\d/.test(text) && !/[a-z]/i.test(text);
}

/** One line that tells a call from its neighbours. */
function describeCall(call: Call): string {
  const who = call.phoneNumberRaw ?? call.name;
  return `${call.callId}  ${who}  room ${call.room}  ${call.status ?? 'status unknown'}`;
}

const countRooms = (unread: readonly string[]): string =>
  unread.length === 1 ? `room ${unread[0]}` : `${unread.length} rooms`;

/** One that may be meant, in the field names of `calls --json`. */
export type CallCandidate = Pick<Call, 'callId' | 'phoneNumber' | 'room' | 'identity' | 'status'>;

function asCandidate({ callId, phoneNumber, room, identity, status }: Call): CallCandidate {
  return { callId, phoneNumber, room, identity, status };
}

/** What programs are told beside the words: who was found, and how many rooms nobody could read. */
function searchData(found: readonly Call[], unread: readonly string[]) {
  return { candidates: found.map(asCandidate), unreadRooms: unread.length };
}

/**
 * Nobody was found, and somebody may be there: that is no word about the caller.
 * @param what as far as could be seen, without a full stop
 */
export function notSeen(
  what: string,
  unread: readonly string[],
  hidden: HiddenCallers = NOBODY_HIDDEN,
): KnownError {
  return new KnownError('server', `${what}, and ${countRooms(unread)} could not be read.`, {
    details: hidden.details,
    hint: `The caller may be there: try again in a moment.${hidden.hint}`,
    data: { ...searchData([], unread), ...hidden.data },
  });
}

/** Who may be meant by a number that none of the calls shows, and how to name one of them. */
interface HiddenCallers {
  /** A clause behind the one that nobody was found. */
  clause: string;
  details: string[];
  /** A sentence behind the hint. */
  hint: string;
  data: { candidates?: CallCandidate[]; hiddenNumbers?: number };
}

const NOBODY_HIDDEN: HiddenCallers = { clause: '', details: [], hint: '', data: {} };

/** A whole trunk may hide its callers' numbers: nobody reads through all of them. */
const MOST_LINES = 5;

/** Callers who hide their number: whoever looks for a number would never learn of them. */
function hiddenCallers(calls: readonly Call[], query: CallerQuery): HiddenCallers {
  const { text, phoneNumber, commandFor } = query;
  const isNumber = phoneNumber !== null || mayBeNumber(text);
  const hidden = isNumber ? calls.filter((call) => hasCallId(call) && hidesNumber(call)) : [];
  const [only, ...others] = hidden;
  if (only === undefined) return NOBODY_HIDDEN;
  const lines = hidden.slice(0, MOST_LINES).map(describeCall);
  const more = hidden.length - lines.length;
  const command =
    others.length > 0 || commandFor === undefined ? '' : `: \`${commandFor(only.callId)}\``;
  return {
    clause:
      others.length === 0
        ? ', but 1 caller hides their number'
        : `, but ${hidden.length} callers hide their number`,
    details: more === 0 ? lines : [...lines, `and ${more} more, which \`lk-transfer calls\` shows`],
    hint:
      others.length === 0
        ? ` If you mean that caller, name the call by its id${command}.`
        : ' If you mean one of those, name the call by its id.',
    data: { candidates: hidden.map(asCandidate), hiddenNumbers: hidden.length },
  };
}

/** One was found, and another may be where nobody could look: a number or identity is no id. */
function notSettled(found: Call, query: CallerQuery, unread: readonly string[]): KnownError {
  const { callId } = found;
  const command = query.commandFor === undefined ? '' : `: \`${query.commandFor(callId)}\``;
  return new KnownError(
    'unread-rooms',
    `Another call may match “${query.text}”: ${countRooms(unread)} could not be read.`,
    {
      details: [describeCall(found)],
      hint: `Try again in a moment. If you mean ${callId}, name it by that id${command}.`,
      data: searchData([found], unread),
    },
  );
}

/** One was found by a number that may as well have become somebody else's. */
function notCertain(found: Call, query: CallerQuery): KnownError {
  const { callId, phoneNumber } = found;
  const command = query.commandFor === undefined ? '' : `: \`${query.commandFor(callId)}\``;
  return new KnownError(
    'ambiguous-call',
    `“${query.text}” may be ${phoneNumber}, who is on the line, or the number of somebody else. Their country changed its numbers, and the old form does not show which number it is now.`,
    {
      details: [describeCall(found)],
      hint: `If you mean ${callId}, name it by that id${command}.`,
      data: searchData([found], []),
    },
  );
}

/**
 * Finds the one call that is meant. By its call id, or the SID of a room that was read, a call is the
 * only one of its name; any other name is settled only when every room was read.
 * @param unread names of rooms that are there and could not be read
 * @throws KnownError `ambiguous-call` with the candidates, `unread-rooms` when another call may go by
 *   the name, `server` when the call may be in a room that could not be read, NotFoundError when
 *   there is none
 */
export function findCall(
  calls: readonly Call[],
  query: CallerQuery,
  unread: readonly string[] = [],
): Call {
  const matches = callsNamed(calls, query);
  const [only, second] = matches;
  if (only !== undefined && second === undefined) {
    if (isGuess(only, query)) throw notCertain(only, query);
    if (goesByUniqueName(only, query) || unread.length === 0) return only;
    throw notSettled(only, query, unread);
  }
  if (only !== undefined) {
    const more = unread.length === 0 ? '' : `, and ${countRooms(unread)} could not be read`;
    throw new KnownError(
      'ambiguous-call',
      `“${query.text}” could be any of ${matches.length} calls${more}.`,
      {
        details: matches.map(describeCall),
        hint: 'Name one by its call id.',
        data: searchData(matches, unread),
      },
    );
  }
  const hidden = hiddenCallers(calls, query);
  const suggestions = nearestCallIds(calls, query);
  const none = `No call matches “${query.text}”${query.where ?? ''}`;
  if (unread.length > 0) {
    throw notSeen(`${none} where calls could be seen${hidden.clause}`, unread, hidden);
  }
  throw new NotFoundError('no-such-call', `${none}${hidden.clause}.`, {
    details: hidden.details,
    hint: `${hintFor(calls, query, suggestions)}${hidden.hint}${otherRooms(query.where ?? '')}`,
    data: {
      ...(suggestions.length > 0 && { suggestions }),
      // Without them there is nothing to choose from.
      ...(hidden !== NOBODY_HIDDEN && { ...searchData([], unread), ...hidden.data }),
    },
  });
}

const NUMBER_OF_A_COUNTRY = /^[\d\s().-]{7,}$/;

/** Not for what may be a number: no call id is near one. */
function nearestCallIds(calls: readonly Call[], { text, phoneNumber }: CallerQuery): string[] {
  if (phoneNumber === null && NUMBER_OF_A_COUNTRY.test(text)) return [];
  const ids = calls.map(({ callId }) => callId);
  return nearestNames(text, ids, 1);
}

/** What a caller who is on the line may have been meant by. */
function hintFor(
  calls: readonly Call[],
  { text, phoneNumber, where = '' }: CallerQuery,
  [near]: readonly string[],
): string {
  if (calls.length === 0)
    return where === '' ? 'There is no SIP call at all.' : `There is no SIP call${where}.`;
  const names = 'Name a call by its call id, phone number, room or identity';
  if (phoneNumber === null && NUMBER_OF_A_COUNTRY.test(text)) {
    return `${names}. This could not be read as a phone number: write it with + and its country code, or set "defaultCountry" in the config.`;
  }
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  return `${names}, exactly as \`lk-transfer calls\` shows it.${guess}`;
}

/**
 * Finds the call in one room.
 * @param identity which participant, when the room holds more than one caller
 * @param unread the room's name, when it is there and could not be read
 * @throws KnownError as findCall does
 */
export function findCallInRoom(
  calls: readonly Call[],
  room: string,
  identity: string | undefined,
  unread: readonly string[] = [],
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
      data: searchData(inRoom, unread),
    });
  }
  if (unread.length > 0) {
    throw new KnownError('server', `Room “${room}” could not be read: who is in it is not known.`, {
      hint: 'Try again in a moment.',
      data: searchData([], unread),
    });
  }
  const who = identity === undefined ? 'No SIP caller' : `No SIP caller “${identity}”`;
  throw new NotFoundError('no-such-call', `${who} in room “${room}”.`, {
    hint: 'See who is on the line with `lk-transfer calls`.',
  });
}
