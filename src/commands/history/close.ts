/** `history close`: somebody has found out what became of an open transfer, and says so. */
import { userInfo } from 'node:os';
import { openConfig } from '../../config/load.ts';
import { type ExitCode, KnownError, NotFoundError, UsageError } from '../../core/errors.ts';
import { nearestNames } from '../../core/text.ts';
import { type RecordedAttempt, readAttempts, timeUnderWay } from '../../history/attempts.ts';
import { historyFolder } from '../../history/files.ts';
import { closeAttempts } from '../../history/summary.ts';
import { askText, confirm } from '../../terminal/prompts.ts';
import { formatAge } from '../../terminal/table.ts';
import { describeUnderWay } from '../../transfer/explain/facts.ts';
import { awaitAnswer, type Context, canPrompt } from '../shared/context.ts';
import { type CloseOptions, HISTORY_FIELDS } from './command.ts';

/** `the transfer to sales, sent 3h 2m ago (unknown)` */
function describe({ to, startedAt, outcome }: RecordedAttempt, nowMs: number): string {
  const age = formatAge(Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000)));
  return `the transfer to ${to}, sent ${age} ago (${outcome ?? 'outcome not recorded'})`;
}

/** A process of another machine may be at it, and LiveKit goes on with one whose process is gone. */
function mayBeGoingOn({ outcome, startedAt }: RecordedAttempt, nowMs: number): boolean {
  return outcome === null && timeUnderWay(startedAt, nowMs) !== null;
}

/** Why there is nothing to close: the newest of them tells. */
function describeSettled({ outcome, closed }: RecordedAttempt): string {
  if (closed === null) return `The last one ended with a known outcome: ${outcome}.`;
  return `The last one was closed by ${closed.by || 'somebody'} at ${closed.at}: ${closed.reason}`;
}

/**
 * The open transfers that are meant.
 * @param name the id of a call, or of one of its transfers
 * @throws NotFoundError, KnownError
 */
function findOpen(
  attempts: readonly RecordedAttempt[],
  name: string,
  offersAll: boolean,
  nowMs: number,
): RecordedAttempt[] {
  const found = attempts.filter(({ id, callId }) => callId === name || id === name);
  const last = found.at(-1);
  const open = found.filter((attempt) => attempt.open);
  const openIds = (of: readonly RecordedAttempt[]) => [...new Set(of.map(({ callId }) => callId))];
  if (last === undefined) {
    const near = nearestNames(name, openIds(attempts), 3);
    throw new NotFoundError('no-such-call', `The record has no transfer of “${name}”.`, {
      hint:
        near.length === 0
          ? 'See `lk-transfer history --open` for those that are open.'
          : `Did you mean ${near.join(' or ')}?`,
      data: { suggestions: near },
    });
  }
  if (open.length === 0) {
    throw new KnownError('no-open-transfer', `No transfer of ${last.callId} is open.`, {
      hint: describeSettled(last),
    });
  }
  const going = open.find(({ underWay }) => underWay !== null);
  if (going !== undefined && going.underWay !== null) {
    throw new KnownError(
      'transfer-under-way',
      `A transfer of ${going.callId} to ${going.to} is ${describeUnderWay(going.underWay)}.`,
      { hint: 'Wait until it has ended: its outcome may make this unnecessary.' },
    );
  }
  if (open.length > 1 && !offersAll) {
    throw new KnownError(
      'ambiguous-call',
      `${last.callId} has ${open.length} open transfers; you may know about only one of them.`,
      {
        details: open.map((attempt) => `${attempt.id}  ${describe(attempt, nowMs)}`),
        hint: 'Close one by its id, or all of them with --all.',
        data: {
          candidates: open.map(({ id, startedAt, to, outcome }) => ({
            id,
            startedAt,
            to,
            outcome,
          })),
        },
      },
    );
  }
  return open;
}

/** Who is at the keyboard, as far as the system tells; empty where it does not. */
function loginOf({ env }: Context['host']): string {
  const named = [env.USER, env.LOGNAME, env.USERNAME].find((name) => name?.trim());
  if (named !== undefined) return named.trim();
  try {
    return userInfo().username;
  } catch {
    // A user by number alone, as in some containers.
    return '';
  }
}

/**
 * What a flag says, or on a terminal an answer.
 * @throws UsageError where neither is there
 */
async function flagOrAnswer(
  given: string | undefined,
  { flag, question, needed }: { flag: string; question: string; needed: string },
  options: CloseOptions,
  context: Context,
): Promise<string> {
  const text = given?.trim() ?? '';
  if (text !== '') return text;
  if (given !== undefined || !canPrompt(context, options)) {
    throw new UsageError(`${flag} ${needed}.`, {
      hint: 'The record keeps it for anybody who asks later.',
    });
  }
  const { host, interruption } = context;
  const refuse = (typed: string) => (typed === '' ? 'Write a few words.' : null);
  return awaitAnswer(
    askText(host, question, interruption.abort, refuse),
    context,
    'Nothing was closed.',
  );
}

/** @throws KnownError `declined`, or `confirmation-needed` where nobody can be asked */
async function askConsent(
  open: readonly RecordedAttempt[],
  options: CloseOptions,
  context: Context,
): Promise<void> {
  if (options.yes === true) return;
  if (!canPrompt(context, options)) {
    throw new KnownError('confirmation-needed', 'Closing a transfer needs a confirmation.', {
      hint: 'Add --yes to confirm it on the command line.',
    });
  }
  const { host, interruption } = context;
  const question =
    open.length === 1
      ? 'Are you certain that this transfer is over?'
      : 'Are you certain that all of them are over?';
  const asked = confirm(host, question, interruption.abort);
  if (!(await awaitAnswer(asked, context, 'Nothing was closed.'))) {
    throw new KnownError('declined', 'Nothing was closed.');
  }
}

/**
 * @returns 0
 * @throws NotFoundError, or KnownError `no-open-transfer`, `transfer-under-way`, `ambiguous-call`,
 *   `unreadable-record`, `unwritten-record`
 */
export async function run(options: CloseOptions, context: Context): Promise<ExitCode> {
  const { host, output } = context;
  output.checkFields(HISTORY_FIELDS);
  if (options.sandbox) {
    throw new UsageError('Transfers in the sandbox are not recorded.', {
      hint: 'Without --sandbox it is the record of this machine.',
    });
  }
  const { settings } = await openConfig(options, context);
  const folder = historyFolder(host);
  const asks = canPrompt(context, options) && options.yes !== true;
  const attempts = await readAttempts(folder, host);
  const open = findOpen(attempts, options.call, options.all === true || asks, host.now());
  if (asks) {
    for (const attempt of open) {
      output.warn(`Open: ${describe(attempt, host.now())}, of ${attempt.callId}.`);
    }
  }
  for (const attempt of open.filter((each) => mayBeGoingOn(each, host.now()))) {
    output.warn(`It may still be under way: ${describe(attempt, host.now())}.`);
  }
  const reason = await flagOrAnswer(
    options.reason,
    { flag: '--reason', question: 'How do you know that it is over?', needed: 'is needed' },
    options,
    context,
  );
  const by = await flagOrAnswer(
    options.by ?? (loginOf(host) || undefined),
    {
      flag: '--by',
      question: 'Who are you?',
      needed: 'is needed: the system has no login name for you',
    },
    options,
    context,
  );
  await askConsent(open, options, context);
  // Of some of them it may have become known meanwhile how they ended.
  const meant = (await readAttempts(folder, host)).filter(({ id }) =>
    open.some((each) => each.id === id),
  );
  const still = findOpen(meant, options.call, true, host.now());
  const maskNumbers = settings.history.maskNumbers.value;
  const atMs = host.now();
  await closeAttempts(folder, still, { by, reason, atMs, maskNumbers });
  // What stands there now, and not what was meant to: another may have been quicker.
  const after = await readAttempts(folder, host);
  const closed = after.filter(({ id }) => still.some((each) => each.id === id));
  const sentences = closed.map((attempt) => {
    const note = attempt.closed;
    const who = note === null ? '' : ` By ${note.by}: ${note.reason}`;
    return `Closed: ${describe(attempt, host.now())}, of ${attempt.callId}.${who}`;
  });
  for (const sentence of sentences) context.noteDone(sentence);
  if (output.json || output.selects) await output.list(closed, [], HISTORY_FIELDS);
  else for (const sentence of sentences) output.sentence(sentence);
  return 0;
}
