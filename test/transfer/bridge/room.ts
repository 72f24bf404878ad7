/** A caller's room on a clock of its own, in which things happen by themselves, for bridges. */
import { KnownError } from '../../../src/core/errors.ts';
import type { Signal } from '../../../src/core/host.ts';
import type { LiveKitClient } from '../../../src/livekit/client.ts';
import type { Participant } from '../../../src/livekit/messages.ts';
import type { HttpOutcome } from '../../../src/livekit/transport.ts';
import { agent, caller, fakeClient, NOW, participant } from '../../support/livekit.ts';
import { failure } from '../answers.ts';

export const TARGET = 'lk-transfer-bridge-abc123-42-f00';

/** The target, as it stands in the room. */
export const target = (
  status: 'ringing' | 'active' | 'hangup' | '' = 'active',
  identity = TARGET,
): Participant =>
  participant({
    identity,
    kind: 'SIP',
    attributes: { 'sip.callID': `SCL_${identity}`, 'sip.callStatus': status },
  });

export class BridgeRoom {
  people = new Map<string, Participant>();
  nowMs = 0;
  /** The room cannot be read, nor anybody be removed. */
  away = false;
  /** Removals are answered, and nobody goes: the SIP service is dead. */
  deaf = false;
  /** So long it takes until the dial's connection stands. */
  connectsAfterMs = 0;
  signal: Signal | null = null;
  removed: string[] = [];
  dials = 0;
  reads = 0;
  readonly client: LiveKitClient;
  #events: { atMs: number; happen: () => void }[] = [];
  #answerDial: ((answer: HttpOutcome) => void) | null = null;

  constructor(...people: Participant[]) {
    this.add(...(people.length === 0 ? [caller(), agent()] : people));
    const unlessAway = () => {
      if (this.away) throw new KnownError('server', 'LiveKit is away.');
    };
    this.client = fakeClient({
      listParticipants: async () => {
        this.reads += 1;
        unlessAway();
        return [...this.people.values()];
      },
      removeParticipant: async (_room, identity) => {
        unlessAway();
        this.removed.push(identity);
        const wasThere = this.people.has(identity);
        if (!this.deaf) this.people.delete(identity);
        return wasThere;
      },
      createSipParticipant: ({ abortUnsent }, onSent) => {
        let isSent = false;
        const send = () => {
          if (abortUnsent?.aborted) return;
          this.dials += 1;
          isSent = true;
          onSent?.();
        };
        if (this.connectsAfterMs === 0) send();
        else this.at(this.connectsAfterMs, send);
        return new Promise((resolve) => {
          this.#answerDial = resolve;
          abortUnsent?.addEventListener('abort', () => {
            if (!isSent) resolve(failure('ABORTED', false));
          });
        });
      },
    });
  }

  add(...people: Participant[]): void {
    for (const each of people) this.people.set(each.identity, each);
  }

  remove(...identities: string[]): void {
    for (const each of identities) this.people.delete(each);
  }

  /** LiveKit's answer to the dial. */
  answer(outcome: HttpOutcome): void {
    this.#answerDial?.(outcome);
  }

  at(atMs: number, happen: () => void): void {
    this.#events.push({ atMs, happen });
    this.#events.sort((a, b) => a.atMs - b.atMs);
  }

  readonly now = (): number => NOW + this.nowMs;
  readonly elapsed = (): number => this.nowMs;
  /** Pauses: what happens meanwhile has happened by then. */
  readonly rest = async (ms: number): Promise<void> => {
    const untilMs = this.nowMs + ms;
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; ) {
      this.#events.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.happen();
      next = this.#events[0];
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
    // Whoever waits for something else has heard of it.
    for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
    if (this.nowMs > 24 * 3_600_000) throw new Error('it goes on for ever');
  };
}
