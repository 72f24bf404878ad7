/** Picking a caller and a destination from lists, for somebody at a terminal. */
import type { Call } from '../calls/call.ts';
import { isStuckCondition } from '../calls/condition.ts';
import { listDepartments } from '../destinations/departments.ts';
import { InterruptedError, NotFoundError } from '../errors.ts';
import { escapeText } from '../terminal/escape.ts';
import { choose, PromptAborted } from '../terminal/prompts.ts';
import { formatAge } from '../terminal/times.ts';
import { scanWithProgress } from './call-list.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

async function orInterrupted<Answer>(
  { interruption }: Context,
  asked: Promise<Answer>,
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', 'Interrupted. Nothing was sent.');
  }
}

function callLine(call: Call): string {
  return escapeText(
    [
      call.phoneNumberRaw ?? call.name,
      call.condition,
      formatAge(call.ageSeconds),
      call.callId,
      call.room,
    ]
      .filter((text) => text !== '')
      .join('  '),
  );
}

/** Calls that can be moved, those that nobody serves first. */
export async function pickCall(session: Session, context: Context): Promise<Call> {
  const { calls } = await scanWithProgress(session, context);
  const movable = calls.filter(({ transferable }) => transferable);
  if (movable.length === 0) {
    throw new NotFoundError('no-such-call', 'There is no SIP call that could be transferred.', {
      hint: 'See who is up with `lk-transfer calls`.',
    });
  }
  const stuckFirst = [
    ...movable.filter(({ condition }) => isStuckCondition(condition)),
    ...movable.filter(({ condition }) => !isStuckCondition(condition)),
  ];
  const choices = stuckFirst.map((call) => ({ name: callLine(call), value: call }));
  return orInterrupted(
    context,
    choose(context.host, 'Which caller? (type to search)', choices, context.interruption.abort),
  );
}

/** A department of the config, or whatever is typed. */
export async function pickDestination({ config }: Session, context: Context): Promise<string> {
  const { host, interruption } = context;
  const departments = listDepartments(config).map(({ name, to, description }) => ({
    name: escapeText(`${name}  ${to}${description === undefined ? '' : `  ${description}`}`),
    value: `department:${name}`,
  }));
  const typed = (text: string) => ({ name: `“${escapeText(text)}”, as typed`, value: text });
  const question = 'Where to? (a department, or type a number, extension or address)';
  return orInterrupted(context, choose(host, question, departments, interruption.abort, typed));
}
