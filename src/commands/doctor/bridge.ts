/** Whether callers can be bridged: the outbound trunks that the config names. */
import type { BridgePlace, TransferConfig } from '../../config/types.ts';
import { isKnownError } from '../../core/errors.ts';
import type { Trunk } from '../../livekit/messages.ts';
import { chooseOutboundTrunk } from '../../transfer/bridge/dial-plan.ts';
import { type CheckResult, check } from './check.ts';

/** Every outbound trunk that the config names for bridges, with the path that names it. */
function bridgeTrunks({
  bridge,
  trunks = {},
  departments = {},
}: TransferConfig): [string, string][] {
  const places: [string, BridgePlace | undefined][] = [
    ['bridge.trunk', bridge],
    ...Object.entries(trunks).map(([name, trunk]): [string, BridgePlace | undefined] => [
      `trunks.${name}.bridge.trunk`,
      trunk.bridge,
    ]),
    ...Object.entries(departments).map(([name, department]): [string, BridgePlace | undefined] => [
      `departments.${name}.bridge.trunk`,
      typeof department === 'string' ? undefined : department.bridge,
    ]),
  ];
  return places.flatMap(([path, place]): [string, string][] =>
    place?.trunk === undefined ? [] : [[path, place.trunk]],
  );
}

/**
 * Whether targets could be dialled where callers are bridged.
 * @returns nothing where the config bridges nobody
 */
export function checkBridge(config: TransferConfig, outbound: readonly Trunk[]): CheckResult[] {
  const named = bridgeTrunks(config);
  const bridges = Object.values(config.trunks ?? {}).some(
    ({ method }) => method === 'bridge' || method === 'auto',
  );
  if (named.length === 0 && !bridges) return [];
  const notes = named.flatMap(([path, wanted]) => {
    try {
      chooseOutboundTrunk(wanted, outbound);
      return [];
    } catch (error) {
      if (!isKnownError(error)) throw error;
      return [`${path}: ${error.message}`];
    }
  });
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
