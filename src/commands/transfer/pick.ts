/** Picking a caller and a destination from lists, for somebody at a terminal. */
import type { Call } from '../../calls/call.ts';
import { isStuckCondition } from '../../calls/condition.ts';
import { notSeen } from '../../calls/find.ts';
import type { TransferConfig } from '../../config/types.ts';
import { isKnownError, NotFoundError } from '../../core/errors.ts';
import { listDepartments } from '../../destinations/departments.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { readInput } from '../../destinations/reading.ts';
import { resolveDestination } from '../../destinations/resolve.ts';
import { choose } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { renderTable } from '../../terminal/table.ts';
import { CALL_COLUMNS, roomNames, scanWithProgress } from '../shared/calls.ts';
import { awaitAnswer, type Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';

/** What tells one caller from the others, in this order. */
const SHOWN = ['phoneNumber', 'condition', 'joinedAt', 'callId', 'room'];

/** One line a call, in the columns that the list of calls has, as many as fit. */
async function callLines(calls: readonly Call[], columns: number): Promise<string[]> {
  const { default: stringWidth } = await import('string-width');
  const shown = SHOWN.flatMap((field) => CALL_COLUMNS.filter((column) => column.field === field));
  // The pointer takes two columns, and a line that fills the last one would wrap.
  const [, ...lines] = renderTable(calls, shown, columns - 3, stringWidth);
  return lines;
}

/** Calls that can be moved, those that nobody serves first. */
export async function pickCall(session: Session, context: Context): Promise<Call> {
  const { calls, unreadable } = await scanWithProgress(session, context);
  const movable = calls.filter(({ transferable }) => transferable);
  if (movable.length === 0 && unreadable.length > 0) {
    throw notSeen('No SIP call that could be transferred was seen', roomNames(unreadable));
  }
  if (movable.length === 0) {
    throw new NotFoundError('no-such-call', 'There is no SIP call that could be transferred.', {
      hint: 'See who is up with `lk-transfer calls`.',
    });
  }
  const stuckFirst = [
    ...movable.filter(({ condition }) => isStuckCondition(condition)),
    ...movable.filter(({ condition }) => !isStuckCondition(condition)),
  ];
  const { host, interruption } = context;
  const lines = await callLines(stuckFirst, host.stderr.columns ?? 80);
  const choices = stuckFirst.map((call, index) => ({
    name: lines[index] ?? call.callId,
    value: call,
    short: escapeText(`${call.phoneNumberRaw ?? call.name}  ${call.callId}`),
    words: [call.phoneNumberRaw ?? '', call.name, call.callId, call.room, call.identity],
  }));
  const message = 'Which caller? (type to search)';
  return awaitAnswer(choose(host, { message, choices }, interruption.abort), context);
}

/** Whether a text is an address, a number or an extension, by the rules that `--to` is read by. */
function namesDestination(text: string, config: TransferConfig): boolean {
  try {
    return readInput(text, config).kind !== 'department';
  } catch (error) {
    if (!isKnownError(error)) throw error;
    // What is meant as one and written wrongly is told so, and not taken for a search.
    return !(error instanceof NotFoundError);
  }
}

/** A department of the config, or whatever is typed, as long as this trunk can be sent there. */
export async function pickDestination(
  { config }: Session,
  context: Context,
  trunk: TrunkFacts,
  via: string | undefined,
): Promise<string> {
  const { host, interruption } = context;
  const choices = listDepartments(config).map(({ name, to, description, aliases = [] }) => ({
    name: escapeText(`${name}  ${to}${description === undefined ? '' : `  ${description}`}`),
    value: `department:${name}`,
    words: [name, ...aliases],
  }));
  const asChoice = (text: string) => ({
    name: escapeText(text),
    value: text,
    description: 'as typed',
    first: namesDestination(text, config),
  });
  const message = 'Where to? (a department, or type a number, extension or address)';
  const refuse = (input: string): string | null => {
    try {
      resolveDestination(input, config, trunk, { via });
      return null;
    } catch (error) {
      if (!isKnownError(error)) throw error;
      return escapeText(error.message);
    }
  };
  const question = { message, choices, asChoice, refuse };
  return awaitAnswer(choose(host, question, interruption.abort), context);
}
