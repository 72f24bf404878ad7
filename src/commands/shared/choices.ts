/** What calls and destinations are found by, for whoever picks one at a terminal. */
import type { Call } from '../../calls/call.ts';
import { conditionWord, isStuckCondition } from '../../calls/condition.ts';
import { mayBeNumber } from '../../calls/find.ts';
import type { TransferConfig } from '../../config/types.ts';
import { isKnownError, NotFoundError } from '../../core/errors.ts';
import type { HostClock } from '../../core/host.ts';
import { readCallerNumber } from '../../destinations/address/numbers.ts';
import { mayBeSameNumber } from '../../destinations/address/phone-writing.ts';
import { type TrunkFacts, trunkConfigFor } from '../../destinations/destination.ts';
import { trunkByName } from '../../destinations/on-trunks.ts';
import { providerPresets } from '../../destinations/providers.ts';
import { listDepartments, readInput } from '../../destinations/reading.ts';
import { resolveDestination } from '../../destinations/resolve.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import type { Choice, TypedChoice } from '../../terminal/search.ts';
import { escapeText } from '../../terminal/style.ts';
import { mayBridge, type PlanRequest } from '../../transfer/plan.ts';
import { listedIn, readTrunkLists } from './trunk-choice.ts';

/** How long their names may keep somebody waiting, in ms: they help to find a call, and no more. */
const TRUNK_NAMES_TIMEOUT_MS = 1000;

/**
 * The names of trunks by their ids, as far as they can be had.
 * @param done aborted when nobody waits for them any more
 */
export async function readTrunkNames(
  client: LiveKitClient,
  { sleep }: Pick<HostClock, 'sleep'>,
  done: AbortSignal,
): Promise<Map<string, string>> {
  const late = sleep(TRUNK_NAMES_TIMEOUT_MS, done).then(() => []);
  const trunks = await Promise.race([readTrunkLists(client).then(listedIn), late]);
  return new Map(trunks.map(({ id, name }) => [id, name]));
}

/** The departments that are reached by a number: those that its caller meant. */
function departmentsAt(number: string | null, config: TransferConfig): string[] {
  if (number === null) return [];
  return listDepartments(config).flatMap(({ name, to, number: own }) =>
    to === number || own === number ? [name] : [],
  );
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
    ...departmentsAt(call.calledNumber, config),
    ...providers.flatMap((each) => [each, providerPresets[each].title]),
  ];
}

/**
 * A call with all that it is found by.
 * @param name its line; safe to print
 */
export function callChoice(
  call: Call,
  name: string,
  trunkName: string | undefined,
  config: TransferConfig,
): Choice<Call> {
  return {
    name,
    value: call,
    short: escapeText(`${call.phoneNumberRaw ?? call.name}  ${call.callId}`),
    words: [call.phoneNumberRaw ?? '', call.name, call.callId, call.room, call.identity],
    also: factsOf(call, trunkName, config),
    numbers: [call.phoneNumber ?? '', call.phoneNumberRaw ?? '', call.calledNumber ?? ''],
  };
}

/** Says whether a text is a caller's number, however it is written. */
export function numberReader(country: string | null): (text: string, call: Call) => boolean {
  let last: { text: string; number: string | null } = { text: '', number: null };
  return (text, { phoneNumber }) => {
    if (phoneNumber === null || !mayBeNumber(text)) return false;
    if (text !== last.text) last = { text, number: readCallerNumber(text, country) };
    return last.number !== null && mayBeSameNumber(last.number, phoneNumber);
  };
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

interface DestinationChoices {
  /** The departments of the config. */
  choices: readonly Choice<string>[];
  /** A choice of what is typed. */
  asChoice(text: string): TypedChoice<string>;
  /** Why this trunk cannot be sent there, safe to print; null when it can. */
  refuse(input: string): string | null;
}

/** A department of the config, or whatever is typed, as long as this trunk can be sent there. */
export function destinationChoices(
  config: TransferConfig,
  trunk: TrunkFacts,
  { via, method }: Pick<PlanRequest, 'via' | 'method'>,
): DestinationChoices {
  // Only the outbound trunk can say whether it dials a target.
  const bridges = mayBridge(trunk, { config }, { via, method });
  return {
    choices: listDepartments(config).map(({ name, to, number = '', ...department }) => ({
      name: escapeText(
        `${name}  ${to}${department.description === undefined ? '' : `  ${department.description}`}`,
      ),
      value: `department:${name}`,
      words: [name, ...(department.aliases ?? [])],
      also: [number],
      numbers: [to, number].filter(mayBeNumber),
    })),
    asChoice: (text) => ({
      name: escapeText(text),
      value: text,
      description: 'as typed',
      first: namesDestination(text, config),
    }),
    refuse: (input) => {
      try {
        if (bridges) readInput(input.replace(/^department:/, ''), config);
        else resolveDestination(input, config, trunk, { via });
        return null;
      } catch (error) {
        if (!isKnownError(error)) throw error;
        return escapeText(error.message);
      }
    },
  };
}
