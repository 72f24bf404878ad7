/** Picking a caller and a destination from lists, for somebody at a terminal. */
import type { Call } from '../calls/call.ts';
import { isStuckCondition } from '../calls/condition.ts';
import { listDepartments } from '../destinations/departments.ts';
import type { TrunkFacts } from '../destinations/destination.ts';
import { resolveDestination } from '../destinations/resolve.ts';
import { InterruptedError, isKnownError, NotFoundError } from '../errors.ts';
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

/** A department of the config, or whatever is typed, as long as this trunk can be sent there. */
export async function pickDestination(
  { config }: Session,
  context: Context,
  trunk: TrunkFacts,
  via: string | undefined,
): Promise<string> {
  const { host, interruption } = context;
  const departments = listDepartments(config).map(({ name, to, description }) => ({
    name: escapeText(`${name}  ${to}${description === undefined ? '' : `  ${description}`}`),
    value: `department:${name}`,
  }));
  // inquirer shows what is wrong with a choice only if its name is what was typed.
  const asChoice = (text: string) => ({
    name: escapeText(text),
    value: text,
    description: 'as typed',
  });
  const question = 'Where to? (a department, or type a number, extension or address)';
  const refuse = (input: string): string | null => {
    try {
      resolveDestination(input, config, trunk, { via });
      return null;
    } catch (error) {
      if (!isKnownError(error)) throw error;
      return escapeText(error.message);
    }
  };
  return orInterrupted(
    context,
    choose(host, question, departments, interruption.abort, { asChoice, refuse }),
  );
}
