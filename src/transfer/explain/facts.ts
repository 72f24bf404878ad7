/** What is known of a transfer: everything that the sentences about it are made from. */
import type { Call } from '../../calls/call.ts';
import type { IsAgentIdentity } from '../../calls/condition.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { ProviderName } from '../../destinations/providers.ts';
import type { Participant } from '../../livekit/messages.ts';
import type {
  CallerLocation,
  Classification,
  Evidence,
  Leg,
  OpenTransfer,
  Outcome,
  UnderWay,
} from '../outcome.ts';

export interface TransferFacts {
  outcome: Outcome;
  /** What proves that the target answered; null after anything but a success. */
  evidence: Evidence | null;
  caller: CallerLocation;
  leg: Leg;
  classification: Classification;
  call: Call;
  destination: Destination;
  /** The provider that the config names for the call's trunk; absent or null when it names none. */
  provider?: ProviderName | null | undefined;
  /** Earlier transfers of this call whose outcome nobody knows, the oldest first. */
  openTransfers?: readonly OpenTransfer[] | undefined;
  durationMs: number;
  waitMs: number;
  /** Who is in the room now; null when that could not be read. */
  room: Participant[] | null;
  isAgent: IsAgentIdentity;
  nowMs: number;
}

export interface KnownProvider {
  name: ProviderName;
  /** false: recognised by what an inbound caller's side says of itself. */
  certain: boolean;
}

/** Whose trunk the call is on: the config's word, else what the call looks like. */
export function providerOf({ provider, call }: TransferFacts): KnownProvider | null {
  if (provider) return { name: provider, certain: true };
  if (call.provider === null) return null;
  return { name: call.provider, certain: call.direction === 'outbound' };
}

// Open transfers: earlier ones of the same call, while nobody knows how they ended.

/** A clause, for a warning before another transfer of the call is sent. */
export function describeOpenTransfer({ startedAt, to, outcome, underWay }: OpenTransfer): string {
  if (underWay !== null) {
    return `a transfer of this call to ${to} is ${describeUnderWay(underWay)}: it may move the caller at any moment`;
  }
  const ended = outcome === null ? 'its outcome was never recorded' : `its outcome is ${outcome}`;
  return `a transfer of this call to ${to} was sent at ${startedAt}, and ${ended}: the caller may be talking there`;
}

/** Who is at it, and for how long. */
export function describeUnderWay({ pid, forMs }: UnderWay): string {
  // Most are seen in their first seconds, and a second is long then.
  const time = forMs < 10_000 ? `${(forMs / 1000).toFixed(1)} s` : formatDuration(forMs);
  return `under way since ${time}, by process ${pid} on this machine`;
}

/** `, to sales at 20:47 UTC,`: the last one, and how many stand before it. */
export function nameOpenTransfers({
  openTransfers = [],
}: Pick<TransferFacts, 'openTransfers'>): string {
  const last = openTransfers.at(-1);
  if (last === undefined) return '';
  const others = openTransfers.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more before it)`;
  return `, to ${last.to} at ${last.startedAt.slice(11, 16)} UTC${more},`;
}

/** Whether an earlier transfer of the same call may still come about. */
export function hasOpenTransfers({ openTransfers = [] }: TransferFacts): boolean {
  return openTransfers.length > 0;
}

/** Where the caller may be by an earlier transfer: `support`, `support and voicemail`. */
export function openTransferTargets({
  openTransfers = [],
}: Pick<TransferFacts, 'openTransfers'>): string {
  const names = [...new Set(openTransfers.map(({ to }) => to))];
  return names.length === 0 ? 'its target' : names.join(' and ');
}

/** Who may have the caller: this target, and those of earlier transfers that may still come about. */
export function whomToAsk({ openTransfers = [], destination }: TransferFacts): string {
  const targets = new Set([destination.referTo, ...openTransfers.map(({ referTo }) => referTo)]);
  if (targets.size === 1) return 'the target';
  return targets.size === 2 ? 'both targets' : `all ${targets.size} targets`;
}
