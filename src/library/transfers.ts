/** What a program does with transfers: find the caller, see where a word leads, move the call. */
import type { Call } from '../calls/call.ts';
import { agentIdentities } from '../calls/condition.ts';
import { runConfig } from '../config/run-config.ts';
import { settle } from '../config/settings.ts';
import type { TransferConfig } from '../config/types.ts';
import { asSentence, isKnownError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { checkReferHeader } from '../destinations/address/headers.ts';
import { listDepartments } from '../destinations/departments.ts';
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { resolveDestination } from '../destinations/resolve.ts';
import { NOTHING_KEPT, openKeptRecord } from '../history/kept-record.ts';
import type { LiveKitClient } from '../livekit/client.ts';
import { planFor, type Rules, targetsOf } from '../transfer/plan.ts';
import type { TransferStep } from '../transfer/plan-part.ts';
import type { TransferResult } from '../transfer/result.ts';
import { sendTransfer } from '../transfer/send.ts';
import { trunkFinder } from '../transfer/trunk-facts.ts';
import { TransferMemory } from './memory.ts';
import { findCallAt } from './places.ts';
import type { Transfers, TransferWishes } from './types.ts';

/** What transfers stand on. */
export interface Ground {
  client: LiveKitClient;
  config: TransferConfig;
  host: Host;
  /** Whether transfers go into the record of this machine. */
  recorded: boolean;
  /** Told when the record cannot be kept. */
  onTrouble(message: string): void;
}

/** Has an error say in a sentence what the command line says in one, for agents to go on from. */
async function inSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isKnownError(error)) error.message = asSentence(error.message);
    throw error;
  }
}

/** Opens transfers on a client that is there already. */
export function transfersOn(ground: Ground): Transfers {
  const { client, host, recorded, onTrouble } = ground;
  const rulesFor = ({ wait, dialtone }: TransferWishes): Rules => {
    const flags = { wait, dialtone };
    const settings = settle({ flags, env: host.env, config: ground.config });
    return { settings, config: runConfig(ground.config, settings) };
  };
  const { config, settings } = rulesFor({});
  const isAgent = agentIdentities(settings.agents.value);
  const search = { client, isAgent, now: host.now };
  const memory = new TransferMemory();
  // Opened anew for each transfer: what other processes have sent in the meantime counts.
  const openRecord = () => {
    if (!recorded) return memory.beside(NOTHING_KEPT);
    const place = { settings: settings.history, livekit: client.host, host, onTrouble };
    return memory.beside(openKeptRecord(place));
  };
  // Anew each time as well: a list of trunks that could not be had once may be had later.
  const resolveOn = async <T>(
    call: Call,
    resolve: (facts: TrunkFacts) => T,
    targets: (resolved: T) => readonly Destination[],
  ): Promise<T> => {
    const finder = trunkFinder(client, config, host.sleep);
    return finder.resolveWith(await finder.factsOf(call), resolve, targets);
  };

  const transfers: Transfers = {
    config,
    departments: () => listDepartments(config),
    findCall: (place) => findCallAt(place, search),
    resolve: async (to, call = null, options = {}) => {
      const resolve = (trunk: TrunkFacts | null) => resolveDestination(to, config, trunk, options);
      return call === null ? resolve(null) : resolveOn(call, resolve, (found) => [found]);
    },
    transfer: async (caller, to, wishes = {}) => {
      const { headers = {}, fallback, again = false, via, onSent, onFallback } = wishes;
      for (const [name, value] of Object.entries(headers)) checkReferHeader(name, value);
      const rules = rulesFor(wishes);
      const call = 'callId' in caller ? caller : await findCallAt(caller, search);
      const { record, earlierOf } = openRecord();
      const chosen = { via, headers: { ...headers }, again };
      const planWishes = { ...chosen, fallback: fallback === false ? [] : fallback };
      const earlier = await earlierOf(call.callId);
      const { plan, leftOut } = await resolveOn(
        call,
        (trunk) => planFor(call, to, trunk, rules, planWishes, earlier),
        targetsOf,
      );
      const result = await sendTransfer(client, plan, {
        clock: host,
        isAgent,
        interruption: { signal: null },
        record,
        ...(onSent && { onSent }),
        ...(onFallback && {
          onFallback: (failed: TransferResult, next: TransferStep) =>
            onFallback(failed, next.destination),
        }),
      });
      const steps = [plan, ...plan.fallbacks];
      const warnings = steps.flatMap(({ destination }) => destination.warnings).concat(leftOut);
      return { ...result, warnings };
    },
    close: () => client.close(),
  };
  return {
    ...transfers,
    findCall: (place) => inSentences(() => transfers.findCall(place)),
    resolve: (...asked) => inSentences(() => transfers.resolve(...asked)),
    transfer: (...asked) => inSentences(() => transfers.transfer(...asked)),
  };
}
