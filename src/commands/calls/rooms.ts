/** `rooms`: the rooms that have SIP callers in them. */

import { agentsAmong } from '../../calls/condition.ts';
import type { RoomReading } from '../../calls/scan.ts';
import type { ExitCode } from '../../core/errors.ts';
import { type Column, formatAge } from '../../terminal/table.ts';
import { scanWithProgress } from '../shared/calls.ts';
import type { Context } from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { ROOM_FIELDS, type RoomsOptions } from './command.ts';

/** One room, in the field names of the JSON output. */
export interface RoomRecord {
  /** Its name. */
  room: string;
  /** LiveKit's id of it, `RM_…`. */
  roomSid: string;
  /** How many SIP callers are in it. */
  callers: number;
  /** How many agents. */
  agents: number;
  /** How many in all, callers and agents included. */
  participants: number;
  /** It is being recorded. */
  recording: boolean;
  /** ISO 8601, UTC; null when LiveKit did not say. */
  createdAt: string | null;
  /** Since then, in seconds. */
  ageSeconds: number | null;
}

const COLUMNS: readonly Column<RoomRecord>[] = [
  { field: 'room', heading: 'Room', value: ({ room }) => room, shrinks: true },
  { field: 'roomSid', heading: 'SID', value: ({ roomSid }) => roomSid },
  { field: 'callers', heading: 'Callers', value: ({ callers }) => String(callers) },
  { field: 'agents', heading: 'Agents', value: ({ agents }) => String(agents) },
  { field: 'participants', heading: 'People', value: (room) => String(room.participants) },
  {
    field: 'recording',
    heading: 'Recording',
    value: ({ recording }) => String(recording),
    text: ({ recording }) => (recording ? 'recording' : 'no'),
  },
  {
    field: 'createdAt',
    heading: 'Age',
    value: ({ createdAt }) => createdAt ?? '',
    text: ({ ageSeconds }) => formatAge(ageSeconds),
  },
];

function describeRoom(
  { room, participants, calls }: RoomReading,
  { isAgent }: Session,
  nowMs: number,
): RoomRecord {
  const { createdAtMs } = room;
  const known = createdAtMs > 0;
  return {
    room: room.name,
    roomSid: room.sid,
    callers: calls.length,
    agents: agentsAmong(participants, isAgent).length,
    participants: participants.length,
    recording: room.activeRecording,
    createdAt: known ? new Date(createdAtMs).toISOString() : null,
    ageSeconds: known ? Math.max(0, Math.round((nowMs - createdAtMs) / 1000)) : null,
  };
}

/** @returns 0, also when there are no rooms; 1 when a room could not be read */
export function run(options: RoomsOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(ROOM_FIELDS);
  const open = openSession(options, context, { flags: { rooms: options.rooms } });
  return withSession(open, async (session) => {
    const scan = await scanWithProgress(session, context);
    const records = scan.rooms
      .filter(({ calls }) => options.all === true || calls.length > 0)
      .map((reading) => describeRoom(reading, session, host.now()));
    await output.list(records, COLUMNS, ROOM_FIELDS);
    const isWhole = scan.unreadable.length === 0;
    if (records.length === 0) {
      const none = options.all === true ? 'No rooms' : 'No rooms with SIP callers';
      output.notice(`${none}${session.scannedRooms}${isWhole ? '' : ' were seen'}.`);
    }
    return isWhole ? 0 : 1;
  });
}
