/** Rooms that killed tests have left: named, offered, and removed. */

import { randomUUID } from 'node:crypto';
import { type ExitCode, InterruptedError, isKnownError, KnownError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { formatDuration } from '../../core/text.ts';
import { markMachine } from '../../history/entry.ts';
import { findLeftovers, type Leftover, type RoomMaker } from '../../smoke/clean-up.ts';
import { confirm } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { awaitAnswer, type Context, canPrompt } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import type { SmokeOptions } from './command.ts';
import { LEFTOVER_FIELDS, type LeftoverRecord } from './command.ts';

/**
 * This process, as it stands in the names of its rooms; the machine's own name is nobody's business.
 * Where nothing tells the machine from others, none has the same name: of its rooms only the age
 * tells whether they are left over, or a test in another container has just made them.
 */
export function roomMaker({ machine, pid }: Pick<Host, 'machine' | 'pid'>): RoomMaker {
  return { machine: markMachine(machine ?? randomUUID()), pid };
}

async function lookForLeftovers({ client }: Session, { host }: Context): Promise<Leftover[]> {
  return findLeftovers(await client.listRooms(), roomMaker(host), host.isRunning, host.now());
}

const describe = ({ room, ageSeconds }: Leftover): string =>
  `${room}, ${formatDuration(ageSeconds * 1000)} old`;

const count = (leftovers: readonly Leftover[]): string =>
  leftovers.length === 1 ? 'a room' : `${leftovers.length} rooms`;

/** @throws InterruptedError on Ctrl-C, with what is said then */
function agrees(question: string, context: Context, consequence: string): Promise<boolean> {
  const { host, interruption } = context;
  return awaitAnswer(confirm(host, question, interruption.abort), context, consequence);
}

/**
 * @returns the rooms that were removed, and for each of the others a sentence
 * @throws InterruptedError on Ctrl-C: no more are removed then
 */
async function remove(
  leftovers: readonly Leftover[],
  { client }: Session,
  { interruption }: Context,
): Promise<{ removed: Leftover[]; failures: string[] }> {
  const failures: string[] = [];
  const removed: Leftover[] = [];
  for (const leftover of leftovers) {
    const { room } = leftover;
    try {
      await client.deleteRoom(room);
      removed.push(leftover);
    } catch (error) {
      if (!isKnownError(error)) throw error;
      // Every further request would fail of the same.
      if (interruption.signal !== null) {
        throw new InterruptedError(
          interruption.signal,
          `Interrupted: ${removed.length} of ${leftovers.length} removed.`,
          { cause: error },
        );
      }
      failures.push(`Room ${room} could not be removed: ${error.message}`);
    }
  }
  return { removed, failures };
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
    `An earlier smoke test was interrupted, and has left ${count(leftovers)}: ${leftovers.map(describe).join('; ')}.`,
  );
  const asks = canPrompt(context, options) && options.yes !== true && options.dryRun !== true;
  if (!asks) {
    output.warn('Remove what is left with `lk-transfer smoke --clean --yes`.');
    return;
  }
  const asked = agrees(`Remove ${count(leftovers)}?`, context, 'Nothing was sent or removed.');
  if (!(await asked)) return;
  const { failures } = await remove(leftovers, session, context);
  for (const failure of failures) output.warn(failure);
}

/** Lists rooms as the run asks for it. @param words a sentence about one, not yet escaped */
async function show(
  leftovers: readonly Leftover[],
  dryRun: boolean,
  { output }: Context,
  words: (leftover: Leftover) => string,
): Promise<void> {
  const records = leftovers.map(
    ({ room, ageSeconds }): LeftoverRecord => ({ dryRun, room, ageSeconds }),
  );
  if (output.json || output.selects) await output.list(records, [], LEFTOVER_FIELDS);
  else for (const each of leftovers) output.line(escapeText(words(each)));
}

/**
 * `smoke --clean`.
 * @returns 0; 1 when something could not be removed
 * @throws KnownError `declined`; InterruptedError on Ctrl-C
 */
export async function cleanLeftovers(
  options: SmokeOptions,
  session: Session,
  context: Context,
): Promise<ExitCode> {
  const { output } = context;
  const leftovers = await lookForLeftovers(session, context);
  if (leftovers.length === 0) {
    if (output.json) output.document([]);
    output.notice('Smoke tests have left nothing.');
    return 0;
  }
  if (options.dryRun === true) {
    await show(leftovers, true, context, (each) => `Would remove room ${describe(each)}.`);
    return 0;
  }
  if (options.yes !== true) {
    output.warn(`Left by earlier smoke tests: ${leftovers.map(describe).join('; ')}.`);
    const question = `Remove ${count(leftovers)}, with everybody there?`;
    if (!(await agrees(question, context, 'Nothing was removed.'))) {
      throw new KnownError('declined', 'Not removed: you did not confirm.');
    }
  }
  const { removed, failures } = await remove(leftovers, session, context);
  await show(removed, false, context, ({ room }) => `Removed room ${room}.`);
  for (const failure of failures) output.warn(failure);
  return failures.length === 0 ? 0 : 1;
}
