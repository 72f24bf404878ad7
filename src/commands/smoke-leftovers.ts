/** Rooms that killed tests have left: named, offered, and removed. */
import { createHash } from 'node:crypto';
import { formatDuration } from '../duration.ts';
import { type ExitCode, isKnownError, KnownError } from '../errors.ts';
import type { Host } from '../host.ts';
import { findLeftovers, type Leftover } from '../smoke/leftovers.ts';
import type { RoomMaker } from '../smoke/room-name.ts';
import { escapeText } from '../terminal/escape.ts';
import { confirm } from '../terminal/prompts.ts';
import { answerTo } from './asked.ts';
import { type Context, canPrompt } from './context.ts';
import type { Session } from './session.ts';
import type { SmokeOptions } from './smoke-options.ts';

/** This process, as it stands in the names of its rooms; the machine's own name is nobody's business. */
export function roomMaker({ machine, pid }: Host): RoomMaker {
  return { machine: createHash('sha256').update(machine).digest('hex').slice(0, 6), pid };
}

async function lookForLeftovers({ client }: Session, { host }: Context): Promise<Leftover[]> {
  return findLeftovers(await client.listRooms(), roomMaker(host), host.isRunning, host.now());
}

const describe = ({ room, ageSeconds }: Leftover): string =>
  `${room}, ${formatDuration(ageSeconds * 1000)} old`;

const count = (leftovers: readonly Leftover[]): string =>
  leftovers.length === 1 ? 'a room' : `${leftovers.length} rooms`;

/** @throws InterruptedError on Ctrl-C */
function agrees(question: string, context: Context): Promise<boolean> {
  const { host, interruption } = context;
  return answerTo(confirm(host, question, interruption.abort), context);
}

/** @returns what could not be removed, one sentence each */
async function remove(leftovers: readonly Leftover[], { client }: Session): Promise<string[]> {
  const failures: string[] = [];
  for (const { room } of leftovers) {
    try {
      await client.deleteRoom(room);
    } catch (error) {
      if (!isKnownError(error)) throw error;
      failures.push(`Room ${room} could not be removed: ${error.message}`);
    }
  }
  return failures;
}

/** Before a test: says what an earlier one has left, and offers to remove it where somebody can answer. */
export async function offerCleanUp(
  options: SmokeOptions,
  session: Session,
  context: Context,
): Promise<void> {
  const { output } = context;
  let leftovers: Leftover[];
  try {
    leftovers = await lookForLeftovers(session, context);
  } catch (error) {
    // A key that may not list rooms may still dial.
    if (isKnownError(error) && error.code === 'permission') return;
    throw error;
  }
  if (leftovers.length === 0) return;
  output.warn(
    `An earlier smoke test was cut off and has left ${count(leftovers)}: ${leftovers.map(describe).join('; ')}.`,
  );
  const asks = canPrompt(context, options) && options.yes !== true && options.dryRun !== true;
  if (!asks) {
    output.warn('Remove what is left with `lk-transfer smoke --clean --yes`.');
    return;
  }
  if (!(await agrees('Remove what it has left?', context))) return;
  for (const failure of await remove(leftovers, session)) output.warn(failure);
}

/** `smoke --clean`. @returns 0; 1 when something could not be removed */
export async function cleanLeftovers(
  options: SmokeOptions,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  const { output } = context;
  const leftovers = await lookForLeftovers(session, context);
  if (leftovers.length === 0) {
    if (output.json) output.document([]);
    output.notice('No smoke test has left anything.');
    return 0;
  }
  if (options.dryRun === true) {
    if (output.json) output.document(leftovers.map((each) => ({ dryRun: true, ...each })));
    else
      for (const each of leftovers) output.line(`Would remove room ${escapeText(describe(each))}.`);
    return 0;
  }
  if (options.yes !== true) {
    output.warn(`Left by earlier smoke tests: ${leftovers.map(describe).join('; ')}.`);
    if (!(await agrees(`Remove ${count(leftovers)} with everybody in it?`, context))) {
      throw new KnownError('declined', 'Not removed, as you wish.');
    }
  }
  const failures = await remove(leftovers, session);
  const removed = leftovers.filter(({ room }) => !failures.some((text) => text.includes(room)));
  if (output.json) output.document(removed);
  else for (const { room } of removed) output.line(`Removed room ${escapeText(room)}.`);
  for (const failure of failures) output.warn(failure);
  return failures.length === 0 ? 0 : 1;
}
