/**
 * Names of the rooms that tests are dialled from. Whoever finds such a room can tell when it was
 * made, and on the same machine whether the process that made it is still there.
 */

const PREFIX = 'lk-transfer-smoke-';
const FORM =
  /^lk-transfer-smoke-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{6})-(\d+)-[0-9a-z]+$/;

/** Who makes a room. */
export interface RoomMaker {
  /** Six hexadecimal digits that stand for a machine, or for a container: where pids are unique. */
  machine: string;
  pid: number;
}

export interface RoomOrigin extends RoomMaker {
  /** ms since 1970, by the clock of that machine. */
  madeAtMs: number;
}

/**
 * A name for a new room.
 * @param unique letters and digits that no other room of this process has
 */
export function smokeRoomName(maker: RoomMaker, nowMs: number, unique: string): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${PREFIX}${time}-${maker.machine}-${maker.pid}-${unique}`;
}

/** @returns null for a room that is none of ours */
export function readSmokeRoomName(name: string): RoomOrigin | null {
  const [, year, month, day, hour, minute, second, machine = '', pid] = FORM.exec(name) ?? [];
  if (pid === undefined) return null;
  const madeAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(madeAtMs) ? null : { machine, pid: Number(pid), madeAtMs };
}
