/** Whether callers can be bridged: the outbound trunks that the config names. */
import type { TransferConfig } from '../../config/types.ts';
import type { Trunk } from '../../livekit/messages.ts';
import { bridgeTrunkProblems, namedBridgeTrunks } from '../../transfer/bridge/dial-plan.ts';
import { type CheckResult, check } from './check.ts';

/**
 * Whether targets could be dialled where callers are bridged.
 * @returns nothing where the config bridges nobody
 */
export function checkBridge(config: TransferConfig, outbound: readonly Trunk[]): CheckResult[] {
  const bridges = Object.values(config.trunks ?? {}).some(
    ({ method }) => method === 'bridge' || method === 'auto',
  );
  if (namedBridgeTrunks(config).length === 0 && !bridges) return [];
  const notes = bridgeTrunkProblems(config, outbound);
  if (notes.length > 0) {
    return [
      check('bridge', 'failed', 'an outbound trunk that the config names cannot be dialled over', {
        notes,
        hint: 'Correct its id or name: `lk-transfer trunks` lists them.',
      }),
    ];
  }
  const isNamed = config.bridge?.trunk !== undefined || outbound.length === 1;
  return [
    isNamed
      ? check('bridge', 'ok', 'targets can be dialled over the outbound trunks that are named')
      : check('bridge', 'warning', 'which outbound trunk dials, is not said for every caller', {
          hint: 'Set bridge.trunk in the config.',
        }),
  ];
}
