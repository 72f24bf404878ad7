/** The party at the far end of a leg that is transferred, and whom they talk to next. */

import type { Call } from '../world/world.ts';
import type { Lines } from './lines.ts';
import type { Transferee } from './trunk.ts';

export function transfereeOf(call: Call, lines: Lines): Transferee {
  const { callId, trunk, seed } = call;
  // Whoever it is when the REFER comes: gone by the time of the target's answer, they stay gone.
  const party = lines.partnerOf(callId);
  let isTaken = false;
  const takeOver = (): void => {
    if (!isTaken) lines.release(callId);
    isTaken = true;
  };
  return {
    callerId: trunk.transferCallerId === 'transferor' ? (trunk.number ?? seed.number) : seed.number,
    takeOver,
    connect: (target) => {
      takeOver();
      lines.connect(party, target);
    },
    drop: () => {
      if (isTaken) lines.hangUp(party);
    },
  };
}
