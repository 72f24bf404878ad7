/** Whichever rooms and trunks cannot be read: nobody is moved for it, and no list is shorter without a word. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  AimedFault,
  CallerSeed,
  FaultAnswer,
  ParticipantSeed,
  RoomSeed,
  Seed,
} from '../../src/sandbox/demo/rooms.ts';
import { dial, FROM, OURS, trunks } from '../sandbox/dialled.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { openTimed } from '../support/simulated-time.ts';
import { type CliResult, cliAgainst, ONE_TRUNK } from './run-cli.ts';

const TWIN = '+15105550142';
const ONLY = '+15105550177';

const caller = (id: string, number: string, identity = `sip_${id}`): CallerSeed => ({
  kind: 'caller',
  callId: `SCL_${id}`,
  trunk: 'ST_one',
  number,
  identity,
  age: 60,
});
const agent = (id: string): ParticipantSeed => ({
  kind: 'agent',
  identity: `agent-${id}`,
  audio: 'published',
  age: 60,
});
const ROOMS: RoomSeed[] = [
  { name: 'one', participants: [caller('one', TWIN, 'sip_twin'), agent('one')] },
  { name: 'two', participants: [caller('two', TWIN, 'sip_twin')] },
  { name: 'only', participants: [caller('only', ONLY), agent('only')] },
  { name: 'lonely', participants: [caller('lonely', '+15105550188')] },
  {
    name: 'crowd',
    participants: [caller('first', '+15105550191'), caller('second', '+15105550192')],
  },
  { name: 'meeting', participants: [agent('meeting')] },
];
const NAMES = ROOMS.map(({ name }) => name);
const IDS = ['one', 'two', 'only', 'lonely', 'first', 'second'].map((id) => `SCL_${id}`);

/** The trunk refuses every transfer, and so everybody stays: each run meets the same picture. */
const seed = { trunks: [{ ...ONE_TRUNK, behaviour: { refuses: 488 } }], rooms: ROOMS };

const cli = cliAgainst({ seed: { trunks: [], rooms: [] } });

/** On this trunk, which the config knows by its name alone, an extension is at another address. */
const CONFIG = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@wrong.example.com' },
  trunks: { [ONE_TRUNK.name]: { dial: { extension: 'sip:{extension}@right.example.com' } } },
  departments: { sales: '100' },
};

interface Ran extends CliResult {
  /** `room/identity address` of each transfer that went out. */
  sent: string[];
}

/** The same rooms for a test alone, so that many run side by side. */
class World {
  readonly #sandbox = openTimed({ seed });

  constructor() {
    atTheEnd(async () => (await this.#sandbox).close());
  }

  async run(line: string, stdin?: string): Promise<Ran> {
    const { url, requests } = await this.#sandbox;
    const before = requests.length;
    const ran = await cli(line, {
      env: { LIVEKIT_URL: url },
      config: CONFIG,
      ...(stdin !== undefined && { stdin: { text: stdin } }),
    });
    const sent = requests.slice(before).filter(({ method }) => method.includes('Transfer'));
    return {
      ...ran,
      sent: sent.map(({ body }) => {
        const { room_name, participant_identity, transfer_to } = body as Record<string, string>;
        return `${room_name}/${participant_identity} ${transfer_to}`;
      }),
    };
  }

  /** With these faults in the way of the program. */
  async runWith(faults: readonly AimedFault[], work: Work): Promise<Ran> {
    const { aim } = await this.#sandbox;
    aim(faults);
    try {
      return await work(this);
    } finally {
      aim([]);
    }
  }

  /** How a batch comes by its callers. */
  async pipe(list: string): Promise<Ran> {
    const { stdout } = await this.run(list);
    const count = list.includes('--json')
      ? (JSON.parse(stdout || '[]') as unknown[]).length
      : stdout.split('\n').length - 1;
    return this.run(`transfer - --to sales --confirm ${count}`, stdout);
  }
}

type Work = (world: World) => Promise<Ran>;

const answers: readonly FaultAnswer[] = [
  { status: 503 },
  { status: 429, headers: { 'Retry-After': '1' } },
  { status: 401, body: 'invalid API key: APIsandboxKey01' },
  { status: 404, body: '404 page not found\n' },
  { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>' },
  { status: 200, body: '{"code":"unavailable","msg":"no response from servers"}' },
  'reset',
];

/** How one room fails: its list mostly, at the first look or the second, mostly for good. */
const failure = fc.record({
  method: fc.oneof(
    { weight: 5, arbitrary: fc.constant('RoomService/ListParticipants') },
    { weight: 1, arbitrary: fc.constant('RoomService/GetParticipant') },
  ),
  from: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(1, 2) },
    { weight: 1, arbitrary: fc.constantFrom(3, 4) },
  ),
  times: fc.oneof(
    { weight: 4, arbitrary: fc.constant(1000) },
    { weight: 1, arbitrary: fc.constantFrom(1, 3) },
  ),
  answer: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ status: 503 }) },
    { weight: 2, arbitrary: fc.constantFrom(...answers) },
  ),
});
const roomFailures: fc.Arbitrary<AimedFault[]> = fc
  .subarray(NAMES, { minLength: 0, maxLength: 4 })
  .chain((rooms) => fc.tuple(...rooms.map((room) => failure.map((each) => ({ ...each, room })))));
const trunkFailure: fc.Arbitrary<AimedFault[]> = fc
  // LiveKit's own word, where the key may move calls and not list trunks, among them.
  .constantFrom<FaultAnswer>({ status: 401, body: 'permissions denied' }, ...answers)
  .map((answer) => [{ method: 'SIP/ListSIPInboundTrunk', answer }]);
const failures = fc
  .tuple(roomFailures, fc.oneof(fc.constant<AimedFault[]>([]), trunkFailure))
  .map((faults) => faults.flat());

const whole = new Map<string, Promise<Ran>>();
/** What comes of it with every room answered. */
function reference(name: string, work: Work): Promise<Ran> {
  const known = whole.get(name) ?? work(new World());
  whole.set(name, known);
  return known;
}

function holds(numRuns: number, check: (faults: AimedFault[]) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(failures, check), { numRuns, endOnFailure: true });
}

const SENDS: [string, Work][] = [
  ...[TWIN, ONLY, 'sip_twin', 'sip_only', 'one', 'crowd', 'SCL_one', 'SCL_first'].map(
    (name): [string, Work] => {
      const line = `transfer ${name} --to sales --yes`;
      return [line, (world) => world.run(line)];
    },
  ),
  ...[TWIN, ONLY, 'SCL_one'].map((name): [string, Work] => {
    const line = `smoke --call ${name} --to sales --yes --json`;
    return [line, (world) => world.run(line)];
  }),
  ['transfer - of ids', (world) => world.run('transfer - --to sales --confirm 6', IDS.join('\n'))],
  ['calls --json | transfer -', (world) => world.pipe('calls --json')],
  ['calls --sure --json | transfer -', (world) => world.pipe('calls --sure --json')],
  ['calls --stuck --json | transfer -', (world) => world.pipe('calls --stuck --json')],
  [
    'calls --stuck --fields callId | transfer -',
    (world) => world.pipe('calls --stuck --fields callId'),
  ],
];

describe('a transfer goes out only if it would with every room answered', () => {
  it.each(SENDS)('%s', async (name, work) => {
    const expected = await reference(name, work);
    const world = new World();
    await holds(12, async (faults) => {
      const { sent } = await world.runWith(faults, work);
      expect(new Set(sent).size).toBe(sent.length);
      expect(expected.sent).toEqual(expect.arrayContaining(sent));
    });
  });

  it('and with every room answered, some do', async () => {
    const sent = await Promise.all(SENDS.map(([name, work]) => reference(name, work)));
    expect(sent.map((each) => each.sent.length)).toEqual([
      ...[0, 1, 0, 1, 1, 0, 1, 1],
      ...[0, 1, 1],
      ...[6, 4, 6, 2, 2],
    ]);
  });
});

/** Somebody is on the line at the number that is tested, and stays where they are. */
const CUSTOMER = 'customer';
const smokeSeed = (faults: readonly AimedFault[]): Seed => ({
  ...trunks({}, { behaviour: { refuses: 405 } }),
  rooms: [
    {
      name: CUSTOMER,
      participants: [{ ...caller('customer', FROM), trunk: 'ST_in' }, agent('customer')],
    },
  ],
  faults,
});

/** A test that takes the call that comes in; the rooms that transfers went out for. */
async function smokeBeside(
  faults: readonly AimedFault[],
  line: string,
  ringing = 1,
): Promise<string[]> {
  const livekit = await openTimed({ seed: smokeSeed(faults) });
  let told = () => '';
  let rung: Promise<unknown> | undefined;
  /** Nobody looks before all of them are on the line: what a look shows is not left to chance. */
  const ring = () =>
    Promise.all(
      Array.from({ length: ringing }, (_, index) =>
        dial(livekit, OURS, { participant_identity: `leg-${index}`, max_call_duration: '600s' }),
      ),
    );
  await cli(`smoke ${line} --to +15105550100 --yes --json`, {
    env: { LIVEKIT_URL: livekit.url },
    config: { defaultCountry: 'US' },
    beforePause: () => {
      if (told().includes('waiting-for-call')) rung ??= ring();
      return rung;
    },
    during: (fake) => {
      told = fake.stdout;
    },
  });
  await livekit.close();
  return livekit.requests
    .filter(({ method }) => method.includes('Transfer'))
    .map(({ body }) => (body as { room_name: string }).room_name);
}

/** How reading fails in a room or in all of them, those that are made by the test among them. */
const smokeFailure: fc.Arbitrary<AimedFault> = fc
  .record({
    aimed: fc.constantFrom(
      { method: 'RoomService/ListRooms' },
      { method: 'RoomService/ListParticipants' },
      { method: 'RoomService/ListParticipants', room: CUSTOMER },
    ),
    from: fc.constantFrom(1, 2, 3, 5),
    times: fc.constantFrom(2, 6, 1000),
    answer: fc.constantFrom(...answers),
  })
  .map(({ aimed, ...fault }) => ({ ...aimed, ...fault }));

describe('a test that takes the call that comes in moves nobody else', () => {
  it.each([`--trunk ST_out --loop ${OURS}`, `--wait-call ${OURS} --within 60s`])(
    '%s',
    async (line) => {
      const [room, ...more] = await smokeBeside([], line);
      expect(room).toMatch(/^call-/);
      expect(more).toEqual([]);
      const check = async (faults: AimedFault[]) => {
        const sent = await smokeBeside(faults, line);
        expect(sent.length).toBeLessThanOrEqual(1);
        expect(sent).not.toContain(CUSTOMER);
      };
      const several = fc.array(smokeFailure, { minLength: 1, maxLength: 2 });
      await fc.assert(fc.asyncProperty(several, check), { numRuns: 8, endOnFailure: true });
    },
  );

  it('of two that come in while one is waited for', async () => {
    const line = `--wait-call ${OURS} --within 60s`;
    expect(await smokeBeside([], line, 2)).toEqual([]);
    const oneRead = fc
      .record({ from: fc.integer({ min: 2, max: 9 }), times: fc.constantFrom(1, 2) })
      .map((when) => ({ method: 'RoomService/ListParticipants', ...when }));
    const check = async (fault: AimedFault) => {
      expect(await smokeBeside([{ ...fault, answer: { status: 501 } }], line, 2)).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(oneRead, check), { numRuns: 12, endOnFailure: true });
  });
});

/** Ids of the calls that a dry run would move. */
function foreseen({ stdout }: Ran): string[] {
  const events = stdout.split('\n').filter((line) => line !== '');
  return events.flatMap((line) => {
    const { wouldSend, call } = JSON.parse(line);
    return wouldSend === true ? [call.callId] : [];
  });
}

describe('a dry run foresees only what it would with every room answered', () => {
  it.each([
    [`transfer ${TWIN} --to sales --dry-run --json`, undefined, []],
    [`transfer ${ONLY} --to sales --dry-run --json`, undefined, ['SCL_only']],
    ['transfer sip_twin --to sales --dry-run --json', undefined, []],
    ['transfer SCL_two --to sales --dry-run --json', undefined, ['SCL_two']],
    ['transfer - --to sales --dry-run --json', IDS.join('\n'), IDS],
  ])('%s', async (line, stdin, expected) => {
    const world = new World();
    expect(foreseen(await world.run(line, stdin))).toEqual(expected);
    await holds(12, async (faults) => {
      const ran = await world.runWith(faults, () => world.run(line, stdin));
      expect(ran.sent).toEqual([]);
      const ids = foreseen(ran);
      expect(expected).toEqual(expect.arrayContaining(ids));
      if (ids.length < expected.length) expect(ran.exitCode).not.toBe(0);
    });
  });
});

describe('a list that says less says so', () => {
  type Row = { callId: string; stuck: boolean | null };
  const rowsOf = ({ stdout }: Ran): Row[] => JSON.parse(stdout || '[]');

  it('of which none is stuck, for all that one look tells, no more than of those that are', async () => {
    const world = new World();
    const expected = rowsOf(await world.run('calls --json'));
    const open = expected.filter(({ stuck }) => stuck === null).map(({ callId }) => callId);
    expect(open.sort()).toEqual(['SCL_lonely', 'SCL_two']);
    await holds(15, async (faults) => {
      const rows = rowsOf(await world.runWith(faults, () => world.run('calls --json')));
      expect(rows.filter(({ stuck }) => stuck === true)).toEqual([]);
      for (const { callId, stuck } of rows) if (open.includes(callId)) expect(stuck).toBeNull();
    });
  });

  it.each(['calls --sure --json', 'calls --stuck --json'])('%s', async (line) => {
    const world = new World();
    const expected = new Map(
      rowsOf(await world.run(line)).map(({ callId, stuck }) => [callId, stuck]),
    );
    expect(expected.size).toBe(line.includes('--stuck') ? 2 : 6);
    await holds(40, async (faults) => {
      const ran = await world.runWith(faults, () => world.run(line));
      const rows = rowsOf(ran);
      const known = rows.filter(({ stuck }) => stuck !== null);
      for (const { callId, stuck } of known)
        expect([callId, stuck]).toEqual([callId, expected.get(callId)]);
      for (const { callId } of rows) expect(expected.has(callId)).toBe(true);
      if (known.length === expected.size) return;
      expect(ran.exitCode).not.toBe(0);
      expect(ran.stderr).toMatch(/not be read|not known|does not know API key/);
    });
  });

  it.each(['calls --fields callId', 'calls --stuck --fields callId', 'rooms', 'rooms --all'])(
    '%s',
    async (line) => {
      const ids = ({ stdout }: Ran) => stdout.split('\n').map((row) => row.split('\t')[0]);
      const world = new World();
      const expected = ids(await world.run(line));
      await holds(15, async (faults) => {
        const ran = await world.runWith(faults, () => world.run(line));
        expect(expected).toEqual(expect.arrayContaining(ids(ran)));
        if (ids(ran).length < expected.length) {
          expect(ran.exitCode).not.toBe(0);
          expect(ran.stderr).toMatch(/could not be read|does not know API key/);
        }
      });
    },
  );
});
