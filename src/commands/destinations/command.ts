/** What `departments`, `resolve` and `trunks` take: where callers can go, and by what. */
import { UsageError } from '../../core/errors.ts';
import type { ReferCounts } from '../../history/summary.ts';
import type { TrunkVerdict } from '../../history/trunk-verdicts.ts';
import type { Trunk } from '../../livekit/messages.ts';
import type { KnownRefer } from '../../transfer/explain/facts.ts';
import { defineCommand, type OptionsOf } from '../shared/command.ts';
import {
  allTrunksFlag,
  callFlag,
  refusedFlag,
  TRUNK_CHOICE,
  trunkFlag,
  viaFlag,
} from '../shared/flags.ts';

// What `departments` takes.

export const DEPARTMENT_FIELDS = [
  ...['department', 'to', 'number', 'referTo', 'rule', 'steps', 'headers', 'aliases'],
  ...['fallback', 'description', 'announce', 'warnings', 'problem', 'bridge'],
];
export const DEPARTMENT_TRUNK_FIELDS = ['department', 'trunkKey', ...DEPARTMENT_FIELDS.slice(1)];

/** What `transfer` and `resolve` change for once is here a choice of what to look at. */
function refuseVia(): never {
  throw new UsageError('`departments` has no --via: nothing is sent.', {
    hint: '--trunk shows where they lead on one trunk, --all-trunks on all of the config.',
  });
}

export const departmentsCommand = defineCommand({
  name: 'departments',
  description: 'list the departments of the config, and the address of each',
  flags: [
    trunkFlag('on this trunk: an id, a name, or a SIP host'),
    callFlag('on the trunk of this call'),
    allTrunksFlag('on every trunk of the config, one line each'),
    refusedFlag('--via <trunk>', refuseVia),
  ],
  excludes: [TRUNK_CHOICE],
  fields: { '': DEPARTMENT_FIELDS, '--all-trunks': DEPARTMENT_TRUNK_FIELDS },
  examples: ['departments', 'departments --all-trunks', 'departments --json'],
});

export type DepartmentsOptions = OptionsOf<typeof departmentsCommand>;

// What `resolve` takes.

export const RESOLVED_TRUNK_FIELDS = [
  ...['trunkKey', 'referTo', 'rule', 'warnings', 'problem', 'bridge'],
];

export const RESOLVED_FIELDS = [
  ...(['input', 'kind', 'department', 'number', 'referTo', 'rule'] as const),
  ...(['headers', 'steps', 'fallback', 'announce', 'warnings', 'bridge'] as const),
];

export const resolveCommand = defineCommand({
  name: 'resolve',
  description: 'show the address that a trunk gets for a destination',
  positionals: [
    {
      syntax: '<destination>',
      description: 'a department, number, extension, or SIP or tel URI',
    },
  ],
  flags: [
    trunkFlag('for this trunk: an id, a name, or a SIP host'),
    callFlag('for the trunk of this call'),
    allTrunksFlag('for every trunk of the config, one line each'),
    viaFlag('by the address form of this trunk or SIP domain'),
  ],
  excludes: [TRUNK_CHOICE],
  fields: { '': RESOLVED_FIELDS, '--all-trunks': RESOLVED_TRUNK_FIELDS },
  examples: ['resolve sales', 'resolve "(510) 555-0100" --json', 'resolve sales --all-trunks'],
});

export type ResolveCommandOptions = OptionsOf<typeof resolveCommand>;

// What `trunks` takes.

/** One trunk, in the field names of the JSON output. These names stay. */
export interface TrunkRecord {
  /** `ST_…`. */
  trunkId: string;
  /** As LiveKit has it; may be empty. */
  name: string;
  /** `inbound`: its callers call us. */
  direction: Trunk['direction'];
  /** Its own. */
  numbers: readonly string[];
  /** Host, or host:port, of an outbound trunk; null of an inbound one. */
  address: string | null;
  /** By the config, else by the address. */
  provider: string | null;
  /** Its key in the config's `trunks`; null when the config says nothing about it. */
  trunkKey: string | null;
  /** In ms; null: LiveKit's own default, 15 s. */
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
  description: 'list the trunks, and what is known about transfers on each',
  fields: { '': TRUNK_FIELDS },
  help: `
Fields:
  trunkId, name, direction, numbers, address, provider
  trunkKey        its key in the config
  mediaTimeoutMs  null: LiveKit’s own, 15s
  smoke           the last test by each method (trunkId, direction,
                  transferMethod, verdict, code, at, provider)
  refers          REFERs of the last 30 days (honoured, refused, unknown)
  knownRefer      the last certain answer to a REFER (by, verdict, code, at)
  next, command   what to do, and the command for it
Null in smoke and refers: it could not be read.
`,
  examples: ['trunks', 'trunks --json', 'trunks --fields trunkId,next,command'],
});

export type TrunksOptions = OptionsOf<typeof trunksCommand>;
