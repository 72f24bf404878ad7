/** How calls are shown in lists and looked for: shared by the commands that do either. */
import { type Call, hasCallId, isCallId } from '../../calls/call.ts';
import { conditionWord, stuckMark } from '../../calls/condition.ts';
import {
  type CallCandidate,
  type CallerQuery,
  callsNamed,
  findCall,
  findCallInRoom,
  isNamed,
  mayBeNumber,
} from '../../calls/find.ts';
import { describeUnreadable, rankRoomsFor, type UnreadableRoom } from '../../calls/rooms.ts';
import { type OpenCalls, type Scan, type ScanOptions, scanCalls } from '../../calls/scan.ts';
import { isKnownError } from '../../core/errors.ts';
import { shellWord } from '../../core/text.ts';
import { dropPasted, warnOfDropped } from '../../destinations/address/phone-writing.ts';
import { type Column, formatAgeShortly } from '../../terminal/table.ts';
import { type Context, throwIfInterrupted } from './context.ts';
import type { Session } from './session.ts';

/** The caller by number, or by name where the number is hidden. */
function caller(call: Call): string {
  return call.phoneNumberRaw ?? call.name;
}

export const CALL_COLUMNS: readonly Column<Call>[] = [
  { field: 'callId', heading: 'Call', value: ({ callId }) => callId },
  {
    field: 'phoneNumber',
    heading: 'Caller',
    value: ({ phoneNumber }) => phoneNumber ?? '',
    text: caller,
  },
  {
    field: 'calledNumber',
    heading: 'Called',
    value: ({ calledNumber }) => calledNumber ?? '',
    optional: true,
  },
  { field: 'direction', heading: 'Way', value: ({ direction }) => direction, optional: true },
  { field: 'status', heading: 'Status', value: ({ status }) => status ?? 'unknown' },
  {
    field: 'condition',
    heading: 'Condition',
    value: ({ condition }) => condition,
    text: (call) => `${stuckMark(call)} ${conditionWord(call)}`.trimStart(),
    tone: ({ stuck }) => (stuck === null ? 'yellow' : stuck ? 'red' : null),
  },
  {
    field: 'agent',
    heading: 'Agent',
    value: ({ agent }) => agent?.identity ?? '',
    shrinks: true,
    optional: true,
  },
  {
    field: 'joinedAt',
    heading: 'Age',
    value: ({ joinedAt }) => joinedAt ?? '',
    text: ({ ageSeconds }) => formatAgeShortly(ageSeconds),
  },
  { field: 'room', heading: 'Room', value: ({ room }) => room, shrinks: true, optional: true },
  {
    field: 'identity',
    heading: 'Identity',
    value: ({ identity }) => identity,
    shrinks: true,
    optional: true,
  },
  { field: 'trunkId', heading: 'Trunk', value: ({ trunkId }) => trunkId ?? '', optional: true },
];

/** Why calls with an open transfer are not marked as such. */
export function unmarkedCalls(why: string): string {
  return `The record of transfers could not be read (${why}): calls with an open transfer are not marked here.`;
}

/**
 * The calls whose caller a transfer may have moved, or may still, as the record on this machine has it.
 * @param onUnread told why there may be more of them
 */
export async function readOpenCalls(
  { host }: Context,
  onUnread: (why: string) => void,
): Promise<OpenCalls> {
  // What is loaded here takes its time, and the request for the rooms is out by the next turn.
  await new Promise(setImmediate);
  const [{ openRefers, readOpenTransfers }, { historyFolder }] = await Promise.all([
    import('../../history/attempts.ts'),
    import('../../history/files.ts'),
  ]);
  const { byCall, unread } = await readOpenTransfers(historyFolder(host), host);
  if (unread !== null) onUnread(unread);
  return openRefers(byCall);
}

interface ScanWishes extends Pick<ScanOptions, 'room' | 'wanted' | 'readSeen'> {
  /** What a caller was named by: a room of that name is read too, and those that mention it first. */
  named?: string;
  /** Picks what was looked for out of a room's calls, for whoever watches. */
  foundBy?: (calls: readonly Call[]) => Call | undefined;
  onUnreadRecord?: (why: string) => void;
}

/**
 * Scans with a progress line, and names the rooms that could not be read.
 * @param onUnreadRecord told why open transfers may not be marked. Only a list of calls says so: what
 *   moves one asks the record itself, and fails where it cannot be read
 */
export async function scanWithProgress(
  { client, config, isAgent, isScanned, sandbox }: Session,
  context: Context,
  {
    room,
    wanted,
    named,
    readSeen,
    onUnreadRecord = () => {},
    foundBy = () => undefined,
  }: ScanWishes = {},
): Promise<Scan> {
  const { host, output } = context;
  let doing = 'Looking for calls';
  const progress = output.progress(doing);
  try {
    const scan = await scanCalls(client, {
      isAgent,
      country: config.defaultCountry,
      room,
      isScanned: (each) => each.name === named || isScanned(each),
      rankRoom: named === undefined ? undefined : rankRoomsFor(named),
      onRoom: ({ calls }) => {
        const found = foundBy(calls);
        if (found !== undefined) doing = `Found ${found.callId} in room ${found.room}, reading on`;
      },
      wanted,
      readSeen,
      readOpenTransfers: sandbox ? undefined : () => readOpenCalls(context, onUnreadRecord),
      now: host.now,
      onProgress: (read, total) => progress.update(`${doing}: room ${read} of ${total}`),
    });
    throwIfInterrupted(context);
    for (const text of describeUnreadable(scan.unreadable)) output.warn(text);
    return scan;
  } finally {
    progress.stop();
  }
}

/** What names a caller on the command line. */
interface CallerWords {
  caller?: string;
  room?: string;
  identity?: string;
}

/** A line to be copied. @param to the destination */
export const transferLine = (callId: string, to: string): string =>
  `lk-transfer transfer ${shellWord(callId)} --to ${shellWord(to)}`;

/** Lets somebody choose among calls that may be meant. @param why there is more than one, a sentence */
export type ChooseCall = (calls: readonly Call[], why: string) => Promise<Call>;

/**
 * Finds the call that is meant: in one room when a room is named, else among all.
 * @param commandFor the command that names a call by its id
 * @param choose asks which one is meant, where several may be; left out, that is an error
 * @throws KnownError when there is none, or more than one, or when nobody can say
 */
export async function findMeantCall(
  words: CallerWords,
  session: Session,
  context: Context,
  commandFor?: (callId: string) => string,
  choose?: ChooseCall,
): Promise<Call> {
  if (words.room !== undefined) {
    const { calls, unreadable } = await scanWithProgress(session, context, { room: words.room });
    const { room, identity } = words;
    return chosenAmong(calls, choose, () =>
      findCallInRoom(calls, room, identity, roomNames(unreadable)),
    );
  }
  const text = words.caller ?? '';
  const { calls, unreadable } = await scanFor(text, session, context);
  const query = { ...(await queryFor(text, session)), commandFor };
  const call = await chosenAmong(calls, choose, () =>
    findCall(calls, query, roomNames(unreadable)),
  );
  for (const note of notesOnNumber(query, call)) context.output.warn(note);
  return call;
}

/** The number tables are loaded only for what could be a number. */
async function queryFor(text: string, { config, scannedRooms }: Session): Promise<CallerQuery> {
  const query = { text, phoneNumber: null, where: scannedRooms };
  if (!mayBeNumber(text)) return query;
  const { readCallerNumber } = await import('../../destinations/address/numbers.ts');
  return { ...query, phoneNumber: readCallerNumber(text, config.defaultCountry ?? null) };
}

/** Reads as many rooms as it takes to tell which calls go by a name. */
async function scanFor(
  text: string,
  session: Session,
  context: Context,
  wishes: ScanWishes = {},
): Promise<Scan> {
  const wanted = isCallId(text) ? new Set([text]) : undefined;
  const scan = (room?: string) =>
    scanWithProgress(session, context, { ...wishes, room, wanted, named: text });
  // A room's SID is unique as well: no other room needs to be read.
  const one = text.startsWith('RM_') ? await scan(text) : null;
  return one !== null && one.calls.length + one.unreadable.length > 0 ? one : scan();
}

/**
 * Finds all calls that go by a name, and says whether another may. Whoever is at a terminal is told of
 * the first one at once.
 * @throws KnownError as findCall does where there is none
 */
export async function findNamedCalls(
  text: string,
  session: Session,
  context: Context,
  wishes: ScanWishes,
): Promise<Scan> {
  const query = await queryFor(text, session);
  const scan = await scanFor(text, session, context, {
    ...wishes,
    foundBy: (calls) => callsNamed(calls, query)[0],
  });
  const calls = callsNamed(scan.calls, query);
  if (calls.length === 0) findCall(scan.calls, query, roomNames(scan.unreadable));
  context.output.notice(whatWasRead(scan, text, session));
  return { ...scan, calls };
}

/** A sentence: no room is said to have been read that was not. */
function whatWasRead(
  { rooms, unreadable, left }: Scan,
  text: string,
  { scannedRooms }: Session,
): string {
  const read = rooms.length;
  const all = read + unreadable.length + left;
  const were = read === 1 ? '1 room was read' : `${read} rooms were read`;
  if (left > 0) return `${were} of ${all}: a call id is given once.`;
  if (read < all) return `${were} of ${all}.`;
  const isBySid = read === 1 && rooms[0]?.room.sid === text;
  if (isBySid) return `${were}: the SID of a room is given once.`;
  return `All ${read} rooms${scannedRooms.replace(/^ in rooms/, '')} were read.`;
}

/** The one call that is found; where several may be meant, the one that somebody chooses. */
async function chosenAmong(
  calls: readonly Call[],
  choose: ChooseCall | undefined,
  find: () => Call,
): Promise<Call> {
  try {
    return find();
  } catch (error) {
    if (choose === undefined || !isKnownError(error) || error.code !== 'ambiguous-call')
      throw error;
    const candidates = Array.isArray(error.data.candidates) ? error.data.candidates : [];
    const ids = new Set(candidates.map(({ callId }: CallCandidate) => callId));
    const several = calls.filter((call) => hasCallId(call) && ids.has(call.callId));
    if (several.length === 0) throw error;
    const nameless = candidates.filter(({ callId }: CallCandidate) => callId === '').length;
    const left = nameless === 0 ? '' : ` Not listed: ${nameless} without a call id.`;
    return choose(several, error.message + left);
  }
}

/** What a caller was found in spite of: nobody should wonder that another number is shown. */
function notesOnNumber({ text, phoneNumber }: CallerQuery, call: Call): string[] {
  if (isNamed(call, text)) return [];
  const notes = warnOfDropped(dropPasted(text).dropped);
  if (phoneNumber !== null && call.phoneNumber !== null && phoneNumber !== call.phoneNumber) {
    notes.push(
      `${phoneNumber} may be another way to write ${call.phoneNumber}, who is on the line`,
    );
  }
  return notes;
}

export function roomNames(rooms: readonly UnreadableRoom[]): string[] {
  return rooms.map(({ room }) => room);
}
