/** Everything that the words about a transfer are made from. */
import type { Call } from '../../calls/call.ts';
import type { IsAgentIdentity } from '../../calls/condition.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { ProviderName } from '../../destinations/providers.ts';
import type { Participant } from '../../livekit/messages.ts';
import type { Verdict } from '../classify.ts';
import type { CallerWhereabouts, Evidence, Leg, Outcome } from '../outcome.ts';
import type { OpenTransfer } from '../record.ts';

export interface Account {
  outcome: Outcome;
  evidence: Evidence | null;
  caller: CallerWhereabouts;
  leg: Leg;
  verdict: Verdict;
  call: Call;
  destination: Destination;
  /** The provider that the config names for the call's trunk; absent or null when it names none. */
  provider?: ProviderName | null | undefined;
  /** Earlier transfers of this call whose outcome nobody knows, the oldest first. */
  earlier?: readonly OpenTransfer[] | undefined;
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
export function providerOf({ provider, call }: Account): KnownProvider | null {
  if (provider) return { name: provider, certain: true };
  if (call.provider === null) return null;
  return { name: call.provider, certain: call.direction === 'outbound' };
}
