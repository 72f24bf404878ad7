/** Picking a caller and a destination from lists, for somebody at a terminal. */
import type { Call } from '../../calls/call.ts';
import { stuckFirst } from '../../calls/condition.ts';
import { notSeen } from '../../calls/find.ts';
import { otherRooms } from '../../calls/rooms.ts';
import type { TrunkConfig } from '../../config/types.ts';
import { DestinationError, NotFoundError } from '../../core/errors.ts';
import {
  CallNeededError,
  CountryNeededError,
  type TrunkFacts,
  TrunkLimitError,
} from '../../destinations/destination.ts';
import { resolveOnEveryTrunk, type TrunkResolution } from '../../destinations/on-trunks.ts';
import { choose } from '../../terminal/prompts.ts';
import { escapeText } from '../../terminal/style.ts';
import { renderTable } from '../../terminal/table.ts';
import { nameCaller } from '../../transfer/explain/facts.ts';
import type { PlanRequest } from '../../transfer/plan.ts';
import {
  CALL_COLUMNS,
  type ChooseCall,
  findMeantCall,
  roomNames,
  scanWithProgress,
} from '../shared/calls.ts';
import { callChoice, destinationChoices, numberReader, readTrunkNames } from '../shared/choices.ts';
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

/** Which calls somebody may choose from. */
export interface Choosable {
  fits(call: Call): boolean;
  /** What they are, behind “call”: `that could be transferred`. */
  what: string;
}

/** A flag names a caller as well as a word does. */
interface Named {
  caller?: string;
  room?: string;
  identity?: string;
}

/**
 * The call that is meant, from the command line or from a list to pick from.
 * @param asks whether somebody can be asked, where several may be meant
 * @param commandFor the command that names a call by its id
 */
export function meantCall(
  options: Named,
  session: Session,
  context: Context,
  asks: boolean,
  commandFor: ((callId: string) => string) | undefined,
  choosable: Choosable,
): Promise<Call> {
  if (options.caller === undefined && options.room === undefined) {
    return pickCall(session, context, choosable);
  }
  const choose: ChooseCall = (calls, why) => pickAmong(calls, why, session, context);
  return findMeantCall(options, session, context, commandFor, asks ? choose : undefined);
}

/** Calls of a kind, those that nobody serves first. */
async function pickCall(
  session: Session,
  context: Context,
  { fits, what }: Choosable,
): Promise<Call> {
  const done = new AbortController();
  const [{ calls, unreadable }, trunkNames] = await Promise.all([
    scanWithProgress(session, context),
    readTrunkNames(session.client, context.host, done.signal),
  ]).finally(() => done.abort());
  const fitting = calls.filter(fits);
  if (fitting.length === 0 && unreadable.length > 0) {
    const none = `No SIP call ${what} was seen${session.scannedRooms}`;
    throw notSeen(none, roomNames(unreadable));
  }
  if (fitting.length === 0) {
    const none = `There is no SIP call ${what}${session.scannedRooms}.`;
    throw new NotFoundError('no-such-call', none, {
      hint: `See who is on the line with \`lk-transfer calls\`.${otherRooms(session.scannedRooms)}`,
    });
  }
  return chooseCall(fitting, trunkNames, session, context);
}

/**
 * One of several calls that go by what was typed.
 * @param why there is a choice, a sentence
 */
async function pickAmong(
  calls: readonly Call[],
  why: string,
  session: Session,
  context: Context,
): Promise<Call> {
  context.output.warn(why);
  return chooseCall(calls, new Map(), session, context);
}

async function chooseCall(
  calls: readonly Call[],
  trunkNames: ReadonlyMap<string, string>,
  { config }: Session,
  context: Context,
): Promise<Call> {
  const { host, interruption } = context;
  const sorted = [...calls].sort(stuckFirst);
  const lines = await callLines(sorted, host.stderr.columns ?? 80);
  const choices = sorted.map((call, index) =>
    callChoice(call, lines[index] ?? call.callId, trunkNames.get(call.trunkId ?? ''), config),
  );
  const message = 'Which caller? (type to search)';
  const isNamed = numberReader(config.defaultCountry ?? null);
  return awaitAnswer(choose(host, { message, choices, isNamed }, interruption.abort), context);
}

/**
 * Checks a destination before anybody is asked for the caller. What a trunk cannot dial, or only a call
 * can complete, is told once the caller is known.
 * @throws KnownError for what no trunk could be sent to
 */
export function checkDestination(to: string, { config }: Session, via: string | undefined): void {
  const found = resolveOnEveryTrunk(to, config, { via });
  const mayBecomeRight = ({ trunk, failure }: TrunkResolution) =>
    failure === null ||
    failure instanceof TrunkLimitError ||
    failure instanceof CallNeededError ||
    failure instanceof CountryNeededError ||
    failure.code === 'unplaced-trunk' ||
    (failure instanceof DestinationError && isProviderOpen(config.trunks?.[trunk ?? '']));
  const first = found[0]?.failure ?? null;
  if (first !== null && !found.some(mayBecomeRight)) throw first;
}

/** Its provider may be recognised by the call, and then dial at this domain. */
function isProviderOpen(trunk: TrunkConfig | undefined): boolean {
  return trunk?.domain !== undefined && trunk.provider === undefined;
}

/** What can be done with a call in place of a transfer. */
export type Instead = 'rescue' | 'ask' | 'hangup';

const INSTEAD: Readonly<Record<Instead, string>> = {
  rescue: 'Rescue: request an agent, who stays in place of one that is silent',
  ask: 'Ask at the target of the earlier transfer: who that is, and since when',
  hangup: 'Hang up: end the call that may be left here',
};

/** What fits the condition of a call, beside a transfer. */
function insteadFor({ condition }: Call): Instead[] {
  if (condition === 'transfer-open') return ['ask', 'hangup'];
  return condition === 'no-agent' || condition.startsWith('agent-') ? ['rescue'] : [];
}

/**
 * A department of the config, or whatever is typed, as long as this trunk can be sent there; or what
 * else fits the call.
 */
export async function pickDestination(
  call: Call,
  { config }: Session,
  context: Context,
  trunk: TrunkFacts,
  request: Pick<PlanRequest, 'via' | 'method'>,
): Promise<string | { instead: Instead }> {
  const { host, interruption, output } = context;
  const { choices, asChoice, refuse } = destinationChoices(config, trunk, request);
  const others = output.selects ? [] : insteadFor(call);
  const question = {
    message: 'Where to? (a department, or type a number, extension or address)',
    choices: [
      ...choices,
      ...others.map((instead) => ({ name: INSTEAD[instead], value: { instead } })),
    ],
    asChoice,
    refuse: (value: string | { instead: Instead }) =>
      typeof value === 'string' ? refuse(value) : null,
  };
  return awaitAnswer(choose(host, question, interruption.abort), context);
}

/** What is to be done with a caller who still rings: nothing can be transferred then. */
export async function pickForRinging(call: Call, context: Context): Promise<'rescue' | 'bridge'> {
  const { host, interruption } = context;
  const choices = [
    {
      name: 'Rescue: request an agent, whose audio answers the call',
      value: 'rescue' as const,
      short: 'Rescue',
    },
    {
      name: 'Bridge: dial a target into the room, which answers the call at once',
      value: 'bridge' as const,
      short: 'Bridge',
    },
  ];
  const message = `Nobody has answered ${escapeText(nameCaller(call))}, so no transfer can start. What instead?`;
  return awaitAnswer(choose(host, { message, choices }, interruption.abort), context);
}
