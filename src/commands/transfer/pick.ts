/** Picking a caller and a destination from lists, for somebody at a terminal. */
import type { Call } from '../../calls/call.ts';
import { conditionWord, isStuckCondition, stuckFirst } from '../../calls/condition.ts';
import { mayBeNumber, notSeen } from '../../calls/find.ts';
import { otherRooms } from '../../calls/rooms.ts';
import type { TransferConfig } from '../../config/types.ts';
import { isKnownError, NotFoundError } from '../../core/errors.ts';
import { readCallerNumber } from '../../destinations/address/caller-number.ts';
import { mayBeSameNumber } from '../../destinations/address/phone-writing.ts';
import type { TrunkFacts } from '../../destinations/destination.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { listDepartments, readInput } from '../../destinations/reading.ts';
import { resolveDestination, trunkByName } from '../../destinations/resolve.ts';
import { trunkConfigFor } from '../../destinations/trunks.ts';
import { choose } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { renderTable } from '../../terminal/table.ts';
import { CALL_COLUMNS, roomNames, scanWithProgress } from '../shared/calls.ts';
import { awaitAnswer, type Context } from '../shared/context.ts';
import type { Session } from '../shared/session.ts';
import { listedIn, readTrunkLists } from '../shared/trunk-choice.ts';

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

/** How long their names may keep somebody waiting, in ms: they help to find a call, and no more. */
const TRUNK_NAMES_TIMEOUT_MS = 1000;

/**
 * The names of trunks by their ids, as far as they can be had.
 * @param done aborted when nobody waits for them any more
 */
async function readTrunkNames(
  { client }: Session,
  { host }: Context,
  done: AbortSignal,
): Promise<Map<string, string>> {
  const late = host.sleep(TRUNK_NAMES_TIMEOUT_MS, done).then(() => []);
  const trunks = await Promise.race([readTrunkLists(client).then(listedIn), late]);
  return new Map(trunks.map(({ id, name }) => [id, name]));
}

/** What a call is found by, beside its names: every word on its line, and where it comes from. */
function factsOf(call: Call, trunkName: string | undefined, config: TransferConfig): string[] {
  const { condition, status, direction, agent, trunkId, host, provider } = call;
  const trunk = { ...trunkByName(trunkId ?? ''), id: trunkId, name: trunkName ?? null, host };
  const { key, trunk: known } = trunkConfigFor(config, trunk);
  const providers = [provider, known.provider].filter((each) => each != null);
  return [
    condition,
    conditionWord(call),
    isStuckCondition(condition) ? 'stuck' : '',
    status ?? '',
    direction,
    agent?.identity ?? '',
    trunkId ?? '',
    trunkName ?? '',
    key ?? '',
    host ?? '',
    ...providers.flatMap((each) => [each, providerPresets[each].title]),
  ];
}

/** Says whether a text is a caller's number, however it is written. */
function numberReader(country: string | null): (text: string, call: Call) => boolean {
  let last: { text: string; number: string | null } = { text: '', number: null };
  return (text, { phoneNumber }) => {
    if (phoneNumber === null || !mayBeNumber(text)) return false;
    if (text !== last.text) last = { text, number: readCallerNumber(text, country) };
    return last.number !== null && mayBeSameNumber(last.number, phoneNumber);
  };
}

/** Calls that can be moved, those that nobody serves first. */
export async function pickCall(session: Session, context: Context): Promise<Call> {
  const { config } = session;
  const done = new AbortController();
  const [{ calls, unreadable }, trunkNames] = await Promise.all([
    scanWithProgress(session, context),
    readTrunkNames(session, context, done.signal),
  ]).finally(() => done.abort());
  const movable = calls.filter(({ transferable }) => transferable);
  if (movable.length === 0 && unreadable.length > 0) {
    const none = `No SIP call that could be transferred was seen${session.scannedRooms}`;
    throw notSeen(none, roomNames(unreadable));
  }
  if (movable.length === 0) {
    const none = `There is no SIP call that could be transferred${session.scannedRooms}.`;
    throw new NotFoundError('no-such-call', none, {
      hint: `See who is up with \`lk-transfer calls\`.${otherRooms(session.scannedRooms)}`,
    });
  }
  movable.sort(stuckFirst);
  const { host, interruption } = context;
  const lines = await callLines(movable, host.stderr.columns ?? 80);
  const choices = movable.map((call, index) => ({
    name: lines[index] ?? call.callId,
    value: call,
    short: escapeText(`${call.phoneNumberRaw ?? call.name}  ${call.callId}`),
    words: [call.phoneNumberRaw ?? '', call.name, call.callId, call.room, call.identity],
    also: factsOf(call, trunkNames.get(call.trunkId ?? ''), config),
    numbers: [call.phoneNumber ?? '', call.phoneNumberRaw ?? '', call.calledNumber ?? ''],
  }));
  const message = 'Which caller? (type to search)';
  const isNamed = numberReader(config.defaultCountry ?? null);
  return awaitAnswer(choose(host, { message, choices, isNamed }, interruption.abort), context);
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
  const choices = listDepartments(config).map(({ name, to, number = '', ...department }) => ({
    name: escapeText(
      `${name}  ${to}${department.description === undefined ? '' : `  ${department.description}`}`,
    ),
    value: `department:${name}`,
    words: [name, ...(department.aliases ?? [])],
    also: [number],
    numbers: [to, number].filter(mayBeNumber),
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
