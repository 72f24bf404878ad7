/** What `trunks` takes. */
import type { ReferCounts } from '../../history/summary.ts';
import type { TrunkVerdict } from '../../history/trunk-verdicts.ts';
import type { Trunk } from '../../livekit/messages.ts';
import type { KnownRefer } from '../../transfer/explain/facts.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';

/** One trunk, in the field names of the JSON output. These names stay. */
export interface TrunkRecord {
  trunkId: string;
  name: string;
  direction: Trunk['direction'];
  numbers: readonly string[];
  /** Host, or host:port, of an outbound trunk; null of an inbound one. */
  address: string | null;
  /** By the config, else by the address. */
  provider: string | null;
  /** Its key in the config's `trunks`; null when the config says nothing of it. */
  trunkKey: string | null;
  /** null: LiveKit's own default, 15 s. */
  mediaTimeoutMs: number | null;
  /** The last smoke test by each method; empty: none from this machine; null: not read. */
  smoke: readonly TrunkVerdict[] | null;
  /** Of the last 30 days of the record; null: not read. */
  refers: ReferCounts | null;
  /** What the newest of both shows for certain; null: nothing. */
  knownRefer: KnownRefer | null;
  /** What to do about it: a short sentence; null: nothing. */
  next: string | null;
  /** The command line that does it; null where there is none. */
  command: string | null;
}

const RECORD_HAS = {
  ...{ trunkId: true, name: true, direction: true, numbers: true, address: true },
  ...{ provider: true, trunkKey: true, mediaTimeoutMs: true, smoke: true, refers: true },
  ...{ knownRefer: true, next: true, command: true },
} as const satisfies Record<keyof TrunkRecord, true>;

export const TRUNK_FIELDS: readonly string[] = Object.keys(RECORD_HAS);

export const trunksCommand = defineCommand({
  name: 'trunks',
  description: 'list the trunks, and what is known of moving callers on each',
  fields: { '': TRUNK_FIELDS },
  help: `
Fields: trunkId, name, direction, numbers, address, provider; trunkKey, in the
config; mediaTimeoutMs (null: LiveKit’s own, 15s); smoke, the last test by
each method (trunkId, direction, transferMethod, verdict, code, at, provider);
refers,
those of 30 days (honoured, refused, unknown); knownRefer, the last that is
certain (by, verdict, code, at); next, what to do, and command, the line for it.
Null in smoke and refers: it could not be read.
`,
  examples: ['trunks', 'trunks --json', 'trunks --fields trunkId,next,command'],
});

export type TrunksOptions = OptionsOf<typeof trunksCommand>;
