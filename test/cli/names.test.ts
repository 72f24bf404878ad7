/**
 * What a field of JSON is called, and what that means: one thing, in whatever document it stands.
 * Everything that is printed is held against one table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OUTCOME, SENT } from '../history/entries.ts';
import { writeRecord } from '../history/records.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { NOW } from '../support/livekit.ts';
import { type CliOptions, cliOnFresh, EXAMPLE } from './run-cli.ts';

/** Says what is wrong with a value: nothing, or one line for each. */
type Type = (value: unknown, path: string) => string[];

const only =
  (name: string, fits: (value: unknown) => boolean): Type =>
  (value, path) =>
    fits(value) ? [] : [`${path} is no ${name}: ${JSON.stringify(value)}`];

const text = only('text', (value) => typeof value === 'string');
const truth = only('truth', (value) => typeof value === 'boolean');
const count = only('number', (value) => typeof value === 'number');
const anything: Type = () => [];
const matching = (pattern: RegExp) =>
  only(`${pattern}`, (value) => typeof value === 'string' && pattern.test(value));
const oneOf = (...words: string[]) =>
  only(words.join('|'), (value) => typeof value === 'string' && words.includes(value));
const maybe =
  (type: Type): Type =>
  (value, path) =>
    value === null ? [] : type(value, path);
const listOf =
  (type: Type): Type =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => type(each, `${path}[${index}]`))
      : [`${path} is no list: ${JSON.stringify(value)}`];
/** Values by names that are nobody's field: headers, outcomes. */
const byName =
  (type: Type): Type =>
  (value, path) =>
    Object.entries(value ?? {}).flatMap(([name, each]) => type(each, `${path}.${name}`));
/** A part of a record: its names are its own. Those behind the first may be missing. */
const part =
  (needed: Record<string, Type>, more: Record<string, Type> = {}): Type =>
  (value, path) => {
    if (typeof value !== 'object' || value === null) return [`${path} is no object`];
    const types = { ...needed, ...more };
    const missing = Object.keys(needed).filter((name) => !Object.hasOwn(value, name));
    return [
      ...missing.map((name) => `${path}.${name} is missing`),
      ...Object.entries(value).flatMap(([name, each]) => {
        const type = types[name];
        return type === undefined
          ? [`${path}.${name} is not known`]
          : type(each, `${path}.${name}`);
      }),
    ];
  };

/** Names that were met, in any document. */
const met = new Set<string>();
/** A record: its names are those of the table. */
const record: Type = (value, path) => {
  if (typeof value !== 'object' || value === null) return [`${path} is no record`];
  return Object.entries(value).flatMap(([name, each]) => {
    met.add(name);
    const type = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    return type === undefined
      ? [`${path}.${name} is not in the table`]
      : type(each, `${path}.${name}`);
  });
};

const number = matching(/^\+\d{7,15}$/);
const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const callStatus = oneOf('dialing', 'ringing', 'automation', 'active', 'hangup');
const sip = part({ code: count, reason: text });
const outcome = oneOf(
  ...[
    'completed',
    'bridged',
    'ended',
    'unconfirmed',
    'refused',
    'target-failed',
    'not-sent',
    'unknown',
  ],
);
const verdict = oneOf(
  ...['supported', 'unsupported', 'refused', 'needs-configuration', 'inconclusive', 'call-failed'],
);
const dialtone = maybe(oneOf('auto', 'us', 'uk', 'jp', 'au', 'etsi'));
const request = part(
  { transferTo: text, waitMs: count, headers: byName(text) },
  { roomName: text, identity: text, playDialtone: truth, dialtone },
);
const destination = part(
  {
    input: text,
    kind: oneOf('department', 'number', 'extension', 'uri'),
    department: maybe(text),
    referTo: text,
  },
  {
    ...{ number: maybe(number), rule: text, headers: byName(text), fallback: listOf(text) },
    ...{ steps: listOf(part({ what: text, detail: text })), warnings: listOf(text) },
    ...{ waitMs: maybe(count), dialtone: maybe(anything), announce: maybe(text) },
  },
);

const knownRefer = part({
  ...{ by: oneOf('smoke', 'transfer'), verdict: oneOf('honoured', 'refused') },
  ...{ code: maybe(count), at: time },
});

/** The one table. A name that means something else in another document does not pass. */
const FIELDS: Record<string, Type> = {
  // A call.
  callId: matching(/^(SCL_\w+)?$/),
  room: text,
  // Empty of a test call, of whose room only the name is read.
  roomSid: matching(/^(RM_\w+)?$/),
  identity: text,
  name: text,
  phoneNumber: maybe(number),
  phoneNumberRaw: maybe(text),
  callerName: maybe(text),
  calledNumber: maybe(text),
  direction: maybe(oneOf('inbound', 'outbound')),
  status: maybe(callStatus),
  closed: maybe(part({ by: text, at: time, reason: text })),
  condition: text,
  conditionSince: maybe(time),
  stuck: maybe(truth),
  transferable: truth,
  recording: truth,
  trunkId: maybe(matching(/^ST_\w+$/)),
  ruleId: maybe(matching(/^SDR_\w+$/)),
  host: maybe(text),
  provider: maybe(text),
  agent: maybe(part({ identity: text, state: maybe(text) })),
  joinedAt: maybe(time),
  // Of a call or a room: how long it has been there.
  ageSeconds: maybe(count),
  // A room.
  callers: count,
  agents: count,
  participants: count,
  createdAt: maybe(time),
  // The same as LiveKit and the provider know it.
  sipIds: byName(text),
  transferId: maybe(text),
  isUp: maybe(truth),
  missing: listOf(text),
  // A transfer, and its place in the record.
  id: text,
  outcome: maybe(outcome),
  caller: maybe(oneOf('left', 'on-the-line', 'with-target', 'unknown')),
  leg: maybe(oneOf('listed', 'gone', 'unread')),
  stage: maybe(oneOf('api', 'refer', 'notify', 'invite', 'transport')),
  sip: maybe(sip),
  livekit: part({
    ...{ httpStatus: maybe(count), code: maybe(text), message: text, transferId: maybe(text) },
    ...{ reason: maybe(text), meta: byName(text), redirectsTo: maybe(text) },
  }),
  livekitHost: maybe(text),
  evidence: maybe(oneOf('reason', 'lingered', 'trunk', 'in-room')),
  transferMethod: oneOf('refer', 'bridge'),
  bridgeTrunkId: maybe(matching(/^ST_\w+$/)),
  announcement: maybe(anything),
  bridge: maybe(
    part({
      ...{ room: text, identity: text, callId: maybe(text), number: text, trunkId: text },
      ...{ since: maybe(time), endsAt: maybe(time), watchedBy: maybe(text) },
      ...{ removedAgents: listOf(text), stayingAgents: listOf(text), present: maybe(listOf(text)) },
    }),
  ),
  bridgePlan: maybe(
    part({
      ...{ trunkId: text, trunkName: maybe(text), number: text, from: maybe(text) },
      ...{ longestMs: count, mediaTimeoutMs: count, keepsAgent: truth, answersCaller: truth },
    }),
  ),
  call: maybe(record),
  destination,
  headline: text,
  message: text,
  hint: maybe(text),
  announce: maybe(text),
  advice: part({
    ...{ meaning: maybe(text), action: text, warmTransfer: truth, provider: maybe(text) },
    ...{ setting: maybe(text), address: maybe(text), command: maybe(text) },
  }),
  startedAt: time,
  endedAt: maybe(time),
  durationMs: maybe(count),
  exitCode: maybe(count),
  earlier: listOf(record),
  attempts: listOf(record),
  interrupted: truth,
  open: truth,
  underWay: maybe(part({ pid: count, forMs: count })),
  to: text,
  // What would be done.
  dryRun: truth,
  wouldSend: truth,
  fallbacks: listOf(record),
  request,
  // Events.
  type: oneOf('attempt', 'result', 'not-tried', 'summary', 'step'),
  time,
  passedOver: listOf(part({ destination, reason: text })),
  code: text,
  reason: text,
  sent: count,
  outcomes: byName(count),
  notTried: listOf(record),
  // A destination.
  input: text,
  kind: text,
  department: maybe(text),
  number: maybe(number),
  referTo: maybe(text),
  rule: maybe(text),
  headers: byName(text),
  steps: listOf(part({ what: text, detail: text })),
  aliases: listOf(text),
  fallback: listOf(text),
  description: maybe(text),
  warnings: listOf(text),
  problem: maybe(text),
  trunkKey: maybe(text),
  // A test of a trunk.
  test: part({ trunk: text, name: text }),
  trunk: maybe(
    part({ id: maybe(text), name: maybe(text), host: maybe(text), provider: maybe(text) }),
  ),
  method: oneOf('outbound', 'loop', 'live'),
  step: text,
  testNumber: maybe(number),
  verdict,
  refer: maybe(part({ accepted: truth, code: maybe(count), reason: maybe(text) })),
  notify: maybe(sip),
  invite: maybe(part({ accepted: truth, code: maybe(count), reason: maybe(text) })),
  dial: maybe(part({ ok: truth, durationMs: count })),
  answered: maybe(truth),
  proof: maybe(text),
  use: maybe(oneOf('cold', 'warm')),
  transfer: maybe(record),
  agentIdentity: maybe(text),
  leftBehind: listOf(text),
  ticket: listOf(text),
  expected: maybe(verdict),
  ourTarget: maybe(number),
  endsItself: truth,
  afterwards: text,
  tests: count,
  verdicts: byName(count),
  // What `doctor` looks at.
  checks: listOf(record),
  check: text,
  result: oneOf('ok', 'warning', 'failed', 'skipped', 'not-checked'),
  title: text,
  detail: text,
  notes: listOf(text),
  trunks: listOf(
    part({
      ...{ id: text, name: text, direction: text, numbers: listOf(text), address: maybe(text) },
      ...{ provider: maybe(text), trunkKey: maybe(text), refer: maybe(truth) },
      ...{ mediaTimeoutMs: maybe(count), knownRefer: maybe(knownRefer) },
    }),
  ),
  // A trunk.
  numbers: listOf(text),
  address: maybe(text),
  mediaTimeoutMs: maybe(count),
  smoke: maybe(
    listOf(
      part({
        ...{ trunkId: text, direction: oneOf('inbound', 'outbound'), at: time },
        ...{
          transferMethod: oneOf('refer', 'bridge'),
          announcement: maybe(anything),
          verdict,
          code: maybe(count),
          provider: maybe(text),
        },
      }),
    ),
  ),
  refers: maybe(part({ honoured: count, refused: count, unknown: count })),
  knownRefer: maybe(knownRefer),
  next: maybe(text),
  command: maybe(text),
  // The config.
  file: maybe(text),
  format: oneOf('json', 'yaml'),
  overwritten: truth,
  backup: maybe(text),
  unresolved: listOf(part({ department: text, trunkKey: text })),
  used: truth,
  valid: truth,
  bundled: truth,
  departments: listOf(text),
  key: text,
  value: anything,
  origin: text,
  // An error.
  candidates: listOf(record),
  unreadRooms: count,
  suggestions: listOf(text),
};

function homeWithRecord(): string {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-names-'));
  atTheEnd(() => rmSync(home, { recursive: true, force: true }));
  writeRecord(join(home, '.local', 'state', 'lk-transfer'), [
    { v: 1, ...SENT, id: 'a' },
    { v: 1, ...OUTCOME, id: 'a' },
    { v: 1, ...SENT, id: 'b', callId: 'SCL_noAgent00001' },
  ]);
  return home;
}

const TEST = 'smoke --trunk ST_outbound0001 --dial +15105550177 --to mobile';
const stdin = { text: 'SCL_healthy00001\nSCL_refuses40501\nSCL_nobody\n' };
const HOME = homeWithRecord();

const LINES: [line: string, options: CliOptions][] = (
  [
    ['rooms --all'],
    ['calls'],
    ['departments'],
    ['departments --all-trunks'],
    ['resolve sales'],
    ['resolve sales --all-trunks'],
    ['transfer SCL_healthy00001 --to extension:486 --fallback sales --yes'],
    ['transfer SCL_refuses40501 --to sales --yes'],
    ['transfer SCL_ringing00001 --to sales --yes'],
    ['transfer SCL_noAgent00001 --to sales --yes', { home: HOME, now: () => NOW }],
    ['transfer SCL_noAgent00001 --to support --fallback sales --dry-run'],
    ['transfer - --to sales --fallback support --confirm 3', { stdin }],
    ['transfer - --to sales --dry-run', { stdin }],
    ['history', { home: HOME, now: () => NOW }],
    ['ticket SCL_1', { home: HOME, now: () => NOW }],
    ['trunks'],
    [`${TEST} --yes --expect supported`],
    [`${TEST} --dry-run`],
    ['smoke --call SCL_healthy00001 --to sales --yes'],
    ['doctor'],
    ['config init --country US --output made.json --department mobile=+15105550100'],
    ['config check', { env: { LK_TRANSFER_CONFIG: EXAMPLE } }],
    ['config path'],
    ['config show'],
    ['transfer conference-0042 --to sales --yes'],
    ['transfer SCL_healthy0001 --to sales --yes'],
    ['resolve salse'],
  ] satisfies [line: string, options?: CliOptions][]
).map(([line, options = {}]) => [line, options]);

describe('a field name', () => {
  it.concurrent.each(LINES)('means one thing in what `%s` prints', async (line, options) => {
    const { stdout, stderr } = await cliOnFresh()(`${line} --json`, options);
    const printed = stdout
      .trim()
      .split('\n')
      .filter((each) => each !== '')
      .flatMap((each) => [JSON.parse(each)].flat());
    const failure = stderr === '' ? {} : JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    const errors = 'error' in failure ? [failure.error] : [];
    expect([...printed, ...errors].length).toBeGreaterThan(0);
    expect([...printed, ...errors].flatMap((each) => record(each, line))).toEqual([]);
  });

  it('is in the table because something prints it', () => {
    expect(Object.keys(FIELDS).filter((name) => !met.has(name))).toEqual([]);
  });
});
