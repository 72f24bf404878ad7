/** The lists of trunks, as LiveKit gave them or not. */
import type { TransferConfig } from '../../config/types.ts';
import { readFailure } from '../../livekit/failures.ts';
import { readTrunks, type Trunk } from '../../livekit/messages.ts';
import type { HttpOutcome } from '../../livekit/transport.ts';
import { parseJson } from '../../livekit/twirp.ts';
import { type Asked, lacksGrant, type Probes } from './access.ts';
import { type CheckResult, check } from './check.ts';
import {
  checkConfigTrunks,
  checkMediaTimeout,
  checkTrunks,
  reportTrunks,
  type TrunkReport,
} from './trunks.ts';

export interface TrunkFindings {
  checks: CheckResult[];
  reports: TrunkReport[];
}

/** LiveKit's words where it runs without the message bus that SIP needs. */
const NO_SIP = 'sip not connected';

/**
 * Judges everything about trunks.
 * @param config null when it cannot be used
 * @param waitMs the longest that a transfer waits for its target
 */
export function judgeTrunks(
  probes: Probes,
  asked: Asked,
  config: TransferConfig | null,
  waitMs: number,
): TrunkFindings {
  const inbound = readList(probes.inboundTrunks.outcome, 'inbound');
  const outbound = readList(probes.outboundTrunks.outcome, 'outbound');
  if (inbound === null || outbound === null) {
    const { outcome } = inbound === null ? probes.inboundTrunks : probes.outboundTrunks;
    return { checks: withoutTrunks(outcome, asked), reports: [] };
  }
  const reports = reportTrunks([...inbound, ...outbound], config ?? {});
  return {
    reports,
    checks: [
      sipService(),
      ...checkTrunks(reports),
      config === null
        ? check('config-trunks', 'skipped', 'the config cannot be used')
        : checkConfigTrunks(config, reports),
      checkMediaTimeout(reports, waitMs),
    ],
  };
}

/** @returns null when that is no list of trunks */
function readList(outcome: HttpOutcome, direction: Trunk['direction']): Trunk[] | null {
  if (outcome.kind === 'failure' || outcome.httpStatus !== 200) return null;
  return readTrunks(parseJson(outcome.body), direction);
}

function sipService(): CheckResult {
  return check(
    'sip',
    'not-checked',
    'only a call can tell: no request that only reads reaches it',
    {
      hint: '`lk-transfer smoke` places a call and transfers it.',
    },
  );
}

function withoutTrunks(outcome: HttpOutcome, asked: Asked): CheckResult[] {
  const rest = [
    check('config-trunks', 'skipped', 'the trunks are not known'),
    check('media-timeout', 'skipped', 'the trunks are not known'),
  ];
  if (outcome.kind === 'answer' && lacksGrant(outcome)) {
    return [sipService(), check('trunks', 'skipped', 'the key may not see them'), ...rest];
  }
  if (outcome.kind === 'answer' && outcome.body.includes(NO_SIP)) {
    const sip = check('sip', 'failed', `${asked.host} runs without SIP (${NO_SIP})`, {
      hint: 'A LiveKit of your own needs Redis and the SIP service beside it for telephony.',
    });
    return [sip, check('trunks', 'skipped', 'there is no SIP'), ...rest];
  }
  const { message, hint, exitCode } = readFailure(outcome, { ...asked, what: 'its trunks' });
  return [sipService(), check('trunks', 'failed', message, { hint, exitCode }), ...rest];
}
