/** How calls are shown in lists and looked for: shared by the commands that do either. */
import { type Call, hasCallId, isCallId } from '../../calls/call.ts';
import { conditionWord, stuckMark } from '../../calls/condition.ts';
import {
  type CallCandidate,
  findCall,
  findCallInRoom,
  isNamed,
  mayBeNumber,
} from '../../calls/find.ts';
import { type Scan, type ScanOptions, scanCalls, type UnreadableRoom } from '../../calls/scan.ts';
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

/**
 * Ids of calls with a transfer whose outcome nobody knows, as the record on this machine has it.
 * @param onUnread told why there may be more of them
 */
export async function readOpenCalls(
  { host }: Context,
  onUnread: (why: string) => void,
): Promise<ReadonlySet<string>> {
  // What is loaded here takes its time, and the request for the rooms is out by the next turn.
  await new Promise(setImmediate);
  const [{ readOpenTransfers }, { historyFolder }] = await Promise.all([
    import('../../history/attempts.ts'),
    import('../../history/files.ts'),
  ]);
  const { byCall, unread } = await readOpenTransfers(historyFolder(host), host);
  if (unread !== null) onUnread(unread);
  return new Set(byCall.keys());
}

/** Of so many rooms that failed in the same way, each is told of by itself. */
const FEW_ROOMS = 3;

/** A sentence for each cause, however many rooms there are. */
function describeUnreadable(unreadable: readonly UnreadableRoom[]): string[] {
  const byCause = new Map<string, UnreadableRoom[]>();
  for (const each of unreadable) {
    const cause = each.message.replaceAll(each.room, '');
    byCause.set(cause, [...(byCause.get(cause) ?? []), each]);
  }
  return [...byCause.values()].flatMap((rooms) => {
    if (rooms.length <= FEW_ROOMS) {
      return rooms.map(
        ({ room, message }) =>
          `Room ${room} could not be read, so its calls are missing here: ${message}`,
      );
    }
    const shown = rooms.slice(0, FEW_ROOMS).map(({ room }) => room);
    return [
      `${rooms.length} rooms (${shown.join(', ')}, …) could not be read, so their calls are missing here: ${rooms[0]?.message}`,
    ];
  });
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
  }: Pick<ScanOptions, 'room' | 'wanted' | 'readSeen'> & {
    /** What a caller was named by: a room of that name is read, whatever `rooms` says. */
    named?: string;
    onUnreadRecord?: (why: string) => void;
  } = {},
): Promise<Scan> {
  const { host, output } = context;
  const progress = output.progress('Looking for calls');
  try {
    const scan = await scanCalls(client, {
      isAgent,
      country: config.defaultCountry,
      room,
      isScanned: (each) => each.name === named || isScanned(each),
      wanted,
      readSeen,
      readOpenTransfers: sandbox ? undefined : () => readOpenCalls(context, onUnreadRecord),
      now: host.now,
      onProgress: (read, total) => progress.update(`Looking for calls: room ${read} of ${total}`),
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

/**
 * @param command what a call id stands behind: `transfer`, `smoke --call`
 * @param to the destination, when it is known
 */
export function commandWithId(command: string, to: string | undefined): (callId: string) => string {
  const rest = to === undefined ? '' : ` --to ${shellWord(to)}`;
  return (callId) => `lk-transfer ${command} ${shellWord(callId)}${rest}`;
}

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
  const wanted = isCallId(text) ? new Set([text]) : undefined;
  // A room's SID is unique as well: no other room needs to be read.
  const room = text.startsWith('RM_') ? text : undefined;
  let scan = await scanWithProgress(session, context, { room, wanted, named: text });
  const isNowhere = scan.calls.length === 0 && scan.unreadable.length === 0;
  if (room !== undefined && isNowhere) {
    scan = await scanWithProgress(session, context, { named: text });
  }
  const { calls, unreadable } = scan;
  const phoneNumber = await asPhoneNumber(text, session);
  const query = { text, phoneNumber, commandFor, where: session.scannedRooms };
  const call = await chosenAmong(calls, choose, () =>
    findCall(calls, query, roomNames(unreadable)),
  );
  for (const note of notesOnNumber(text, phoneNumber, call)) context.output.warn(note);
  return call;
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
    return choose(
      calls.filter((call) => hasCallId(call) && ids.has(call.callId)),
      error.message,
    );
  }
}

/** What a caller was found in spite of: nobody should wonder that another number is shown. */
function notesOnNumber(text: string, phoneNumber: string | null, call: Call): string[] {
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

/** The text as a number in E.164, or null; the number tables are loaded only if it could be one. */
async function asPhoneNumber(text: string, { config }: Session): Promise<string | null> {
  if (!mayBeNumber(text)) return null;
  const { readCallerNumber } = await import('../../destinations/address/caller-number.ts');
  return readCallerNumber(text, config.defaultCountry ?? null);
}
