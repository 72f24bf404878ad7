/** livekit.AgentDispatchService, which fetches agents, and PerformRpc, which asks one for something. */
import {
  AgentDispatch,
  AgentDispatchState,
  CreateAgentDispatchRequest,
  DeleteAgentDispatchRequest,
  ListAgentDispatchRequest,
  ListAgentDispatchResponse,
  ParticipantInfo_Kind,
  PerformRpcRequest,
  PerformRpcResponse,
} from '@livekit/protocol';
import type { Clock } from '../world/clock.ts';
import type { OpenRoom } from '../world/open-rooms.ts';
import { stableSuffix } from '../world/participants.ts';
import type { RpcBehaviour, Seed } from '../world/seed-types.ts';
import type { World } from '../world/world.ts';
import type { EraTraits } from './era.ts';
import { type Methods, messageReply, method } from './method.ts';
import { errorFromBehind, requireRoomAdmin } from './token.ts';

/** How long the API server looks for whoever should answer, before it says that there is nobody. */
const FINDS_NOBODY_MS = 3_000;
/** Of a call that LiveKit dialled, the SIP service mostly has left before its answer has (captured). */
const LOSES_ANSWER_MS = 2_000;
const AGENT_JOINS_AFTER_MS = 300;

/** Waits in vain. @throws ApiError `unavailable`, always */
async function findNobody(clock: Clock, afterMs = FINDS_NOBODY_MS): Promise<never> {
  await clock.pause(afterMs);
  throw errorFromBehind('unavailable', 'no response from servers');
}

export function agentDispatchService(seed: Seed, world: World, clock: Clock): Methods {
  const dispatches = new Dispatches(seed.workers ?? [], world, clock);
  return {
    'AgentDispatchService/CreateDispatch': method(
      CreateAgentDispatchRequest,
      async (request, grants) => {
        requireRoomAdmin(grants, request.room);
        return messageReply(dispatches.create(request));
      },
    ),

    'AgentDispatchService/ListDispatch': method(
      ListAgentDispatchRequest,
      async ({ room, dispatchId }, grants) => {
        requireRoomAdmin(grants, room);
        const all = dispatches.of(world.room(room) ?? (await findNobody(clock)));
        return messageReply(
          new ListAgentDispatchResponse({
            agentDispatches: all.filter(({ id }) => dispatchId === '' || dispatchId === id),
          }),
        );
      },
    ),

    'AgentDispatchService/DeleteDispatch': method(
      DeleteAgentDispatchRequest,
      async ({ room, dispatchId }, grants) => {
        requireRoomAdmin(grants, room);
        const deleted = dispatches.delete(
          world.room(room) ?? (await findNobody(clock)),
          dispatchId,
        );
        if (!deleted) throw errorFromBehind('not_found', 'dispatch ID not found');
        return messageReply(deleted);
      },
    ),
  };
}

/** What was dispatched to each room that is open. */
class Dispatches {
  readonly #byRoom = new WeakMap<OpenRoom, AgentDispatch[]>();
  readonly #workers: NonNullable<Seed['workers']>;
  readonly #world: World;
  readonly #clock: Clock;
  #count = 0;

  constructor(workers: NonNullable<Seed['workers']>, world: World, clock: Clock) {
    this.#workers = workers;
    this.#world = world;
    this.#clock = clock;
  }

  /** In the order of their making; LiveKit's own, for agents without a name, comes first. */
  of(open: OpenRoom): readonly AgentDispatch[] {
    const known = this.#byRoom.get(open);
    if (known) return known;
    const { name } = open.seed;
    const automatic = buildDispatch({ room: name }, `automatic ${name}`, open.info.creationTimeMs);
    this.#byRoom.set(open, [automatic]);
    return [automatic];
  }

  create({ room, agentName, metadata, attributes }: CreateAgentDispatchRequest): AgentDispatch {
    this.#count += 1;
    const open = this.#world.makeRoom(room);
    const request = { room, agentName, metadata, attributes };
    const made = buildDispatch(request, `dispatch ${this.#count}`, BigInt(Date.now()));
    this.#byRoom.set(open, [...this.of(open), made]);
    this.#send(open, agentName, this.#count);
    return made;
  }

  /** @returns undefined when there is none of that id */
  delete(open: OpenRoom, id: string): AgentDispatch | undefined {
    const all = this.of(open);
    this.#byRoom.set(
      open,
      all.filter((each) => each.id !== id),
    );
    return all.find((each) => each.id === id);
  }

  /** The worker has its job with the dispatch, so that no deletion stops the agent any more. */
  #send(open: OpenRoom, agentName: string, count: number): void {
    const worker = this.#workers.find((each) => each.agentName === agentName);
    if (!worker) return;
    const { agentName: _, joinsAfterMs = AGENT_JOINS_AFTER_MS, ...agent } = worker;
    const room = open.seed.name;
    const identity = `agent-AJ_${stableSuffix(`job ${count}`)}`;
    this.#clock.after(joinsAfterMs, () => {
      if (this.#world.room(room) !== open) return;
      this.#world.join(room, { ...agent, kind: 'agent', identity, age: 0 });
    });
  }
}

/** @param source what the id belongs to */
function buildDispatch(
  request: ConstructorParameters<typeof AgentDispatch>[0],
  source: string,
  createdAtMs: bigint,
): AgentDispatch {
  return new AgentDispatch({
    ...request,
    id: `AD_${stableSuffix(source)}`,
    // Its jobs stay empty, whether or not an agent has come (captured).
    state: new AgentDispatchState({ createdAt: createdAtMs * 1_000_000n }),
  });
}

// PerformRpc: the methods of agents, as their seeds have them, and those of the SIP service.

/** How long an answer is waited for when the request does not say. */
const RESPONSE_TIMEOUT_MS = 15_000;
/** How long the other side has to say that the request arrived (captured). */
const CONNECTION_TIMEOUT_MS = 7_000;

/** @returns no method at all in an era that has none */
export function rpcMethods(world: World, clock: Clock, { rpc }: EraTraits): Methods {
  if (rpc === 'nobody') return {};
  return {
    'RoomService/PerformRpc': method(PerformRpcRequest, async (request, grants) => {
      const { room, destinationIdentity: identity, method: name } = request;
      requireRoomAdmin(grants, room);
      const participant = world.room(room)?.participants.get(identity) ?? (await findNobody(clock));
      const waitMs = request.responseTimeoutMs || RESPONSE_TIMEOUT_MS;
      if (participant.kind !== ParticipantInfo_Kind.SIP) {
        const behaviour = world.room(room)?.agents.get(identity)?.rpc;
        return rpcReply(await askAgent(behaviour, name, waitMs, clock));
      }
      if (rpc !== 'phones-too') throw noSuchMethod();
      // While it dials, the SIP service is asked in vain as well (captured).
      const dials = participant.attributes['sip.callStatus'] === 'dialing';
      const isDead = world.callOf(participant)?.seed.sipService !== undefined;
      if (dials || isDead) await noAnswer(waitMs, clock);
      if (name === 'lk.sip.GetRemoteHeaders') return rpcReply('{"headers":{}}');
      if (name !== 'lk.sip.EndCall') throw noSuchMethod();
      const isOutbound = world.callOf(participant)?.direction === 'outbound';
      world.remove(room, identity, 'dropped');
      if (isOutbound) await findNobody(clock, LOSES_ANSWER_MS);
      return rpcReply('{}');
    }),
  };
}

function rpcReply(payload: string) {
  return messageReply(new PerformRpcResponse({ payload }));
}

/** @throws ApiError when the agent does not answer, or has no such method */
async function askAgent(
  behaviour: RpcBehaviour = {},
  name: string,
  waitMs: number,
  clock: Clock,
): Promise<string> {
  if (behaviour === 'hung') {
    if (waitMs < CONNECTION_TIMEOUT_MS) return noAnswer(waitMs, clock);
    await clock.pause(CONNECTION_TIMEOUT_MS);
    throw errorFromBehind('canceled', 'RpcError 1501: Connection timeout');
  }
  const handler = Object.hasOwn(behaviour, name) ? behaviour[name] : undefined;
  if (!handler) throw noSuchMethod();
  const { afterMs = 0, payload } = handler;
  if (afterMs > waitMs) return noAnswer(waitMs, clock);
  if (afterMs > 0) await clock.pause(afterMs);
  return payload;
}

/** Waits in vain for an answer. @throws ApiError `canceled`, always */
async function noAnswer(waitMs: number, clock: Clock): Promise<never> {
  await clock.pause(waitMs);
  throw errorFromBehind('canceled', 'RpcError 1502: Response timeout');
}

function noSuchMethod() {
  return errorFromBehind('invalid_argument', 'RpcError 1400: Method not supported at destination');
}
