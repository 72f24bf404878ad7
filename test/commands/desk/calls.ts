/** Calls and states of a watch, as a test needs them. */
import type { Call } from '../../../src/calls/call.ts';
import type { WatchedCall, WatchState } from '../../../src/calls/watched-calls.ts';

export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

export function callOf(given: Partial<Call> = {}): Call {
  return {
    callId: 'SCL_one',
    room: 'call-one',
    roomSid: 'RM_one',
    identity: 'sip_one',
    name: '',
    phoneNumber: '+15105550101',
    phoneNumberRaw: '+15105550101',
    calledNumber: '+15105550000',
    direction: 'inbound',
    status: 'active',
    condition: 'no-agent',
    conditionSince: null,
    stuck: true,
    transferable: true,
    recording: false,
    trunkId: 'ST_one',
    ruleId: null,
    host: null,
    provider: null,
    agent: null,
    joinedAt: new Date(NOW_MS - 60_000).toISOString(),
    ageSeconds: 60,
    ...given,
  };
}

export function watchedOf(call: Partial<Call>, given: Partial<WatchedCall> = {}): WatchedCall {
  return {
    call: callOf(call),
    firstSeenMs: NOW_MS - 60_000,
    isNew: false,
    endedAtMs: null,
    ...given,
  };
}

export function stateOf(
  calls: readonly WatchedCall[],
  given: Partial<WatchState> = {},
): WatchState {
  return {
    calls,
    isWhole: true,
    rooms: calls.length,
    unreadable: [],
    lastLookMs: NOW_MS - 1000,
    tickMs: 2000,
    requestsPerMinute: 34,
    maxRequests: 300,
    slowedBy: null,
    lost: null,
    ...given,
  };
}

/** As many calls as are wanted, each its own. */
export function manyCalls(count: number): WatchedCall[] {
  return Array.from({ length: count }, (_, index) => {
    const number = `+1510${String(5_550_000 + index)}`;
    return watchedOf({
      callId: `SCL_${String(index).padStart(12, '0')}`,
      room: `call-${index}`,
      roomSid: `RM_${index}`,
      identity: `sip_${number}`,
      phoneNumber: number,
      phoneNumberRaw: number,
      agent: { identity: `agent-${index}`, state: 'listening' },
    });
  });
}
