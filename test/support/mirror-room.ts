/** A room as an agent's process sees it, with the events that it gets: the sandbox's, mirrored. */
import { EventEmitter } from 'node:events';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { BridgeRoom } from '../../src/index.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';

const EVERY_MS = 40;

type Remote = { identity: string; attributes: Record<string, string> };

export class MirrorRoom extends EventEmitter implements BridgeRoom {
  readonly name: string;
  readonly localParticipant: { identity: string };
  readonly remoteParticipants = new Map<string, Remote>();
  isConnected = true;
  readonly #service: RoomServiceClient;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor({ url, apiKey, apiSecret }: Sandbox, name: string, identity: string) {
    super();
    this.name = name;
    this.localParticipant = { identity };
    this.#service = new RoomServiceClient(url, apiKey, apiSecret);
  }

  /** Shows who is there from now on. */
  async start(): Promise<this> {
    this.#looking = this.#look();
    await this.#looking;
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.start(), EVERY_MS);
    return this;
  }

  /** Shows no more, and asks no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async disconnect(): Promise<void> {
    await this.stop();
    this.isConnected = false;
    this.remoteParticipants.clear();
    this.emit('disconnected');
  }

  /** Somebody is gone from it, whatever the server says. */
  lose(identity: string): Remote {
    const lost = this.remoteParticipants.get(identity);
    if (lost === undefined) throw new Error(`${identity} is not there`);
    this.remoteParticipants.delete(identity);
    this.emit('participantDisconnected', lost);
    return lost;
  }

  async #look(): Promise<void> {
    const listed = await this.#service.listParticipants(this.name).catch(() => []);
    const others = listed.filter(({ identity }) => identity !== this.localParticipant.identity);
    for (const { identity, attributes } of others) {
      this.remoteParticipants.set(identity, { identity, attributes });
    }
    const there = new Set(others.map(({ identity }) => identity));
    for (const identity of [...this.remoteParticipants.keys()]) {
      if (!there.has(identity)) this.lose(identity);
    }
  }
}
