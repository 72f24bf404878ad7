/** What a test means to Nagios, Icinga and their kin. */
import type { ErrorCode } from '../../core/errors.ts';
import { isMet } from '../expectation.ts';
import type { SmokeResult } from '../result.ts';

/** The four states, which are the exit codes (Monitoring Plugins guidelines, "Plugin Return Codes"). */
export type NagiosState = 0 | 1 | 2 | 3;

export const STATE_NAMES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** CRITICAL before WARNING before OK, as the plugins' own library has it; UNKNOWN is no finding. */
export function worstState(states: readonly NagiosState[]): NagiosState {
  const found = states.filter((state) => state !== 3);
  return found.length === 0 ? 3 : (Math.max(...found) as NagiosState);
}

/**
 * The state of a test. An expectation decides alone; else OK needs a target that answered, since
 * a trunk that takes a REFER and then loses callers is not in order.
 */
export function stateOf(result: SmokeResult): NagiosState {
  const met = isMet(result);
  if (met !== null) return met ? 0 : 2;
  switch (result.verdict) {
    case 'supported':
      return result.answered === true ? 0 : 1;
    case 'inconclusive':
      return wasTaken(result) ? 1 : 2;
    case 'unsupported':
    case 'refused':
    case 'needs-configuration':
    case 'call-failed':
      return 2;
  }
}

/** Doubtful only in what came after: LiveKit reports success, and nothing proves it. */
function wasTaken({ refer, transfer }: SmokeResult): boolean {
  if (refer !== null) return refer.accepted;
  return transfer?.outcome === 'ended' || transfer?.outcome === 'unconfirmed';
}

/**
 * The state of a run that made no test. What lies with the network or the server is CRITICAL: the
 * guidelines keep UNKNOWN for a plugin that was called wrongly or could not do its work.
 */
export function stateOfError(code: ErrorCode): NagiosState {
  return code === 'unreachable' || code === 'server' ? 2 : 3;
}
