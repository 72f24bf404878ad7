/**
 * Callers and trunks that behave as a test wants them to: placed in a sandbox of this process, or by
 * the program that LK_TRANSFER_CONTRACT_PLACE names. README.md describes that program.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'vitest';
import {
  type Era,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.ts';
import type { SimulatedTime } from '../support/simulated-time.ts';
import {
  BEHAVIOURS,
  BRIDGE_BEHAVIOURS,
  bridgeSeedOf,
  DIAL_BEHAVIOURS,
  dialSeedOf,
  type PlacedBridge,
  type PlacedCall,
  type PlacedTrunk,
  type Scene,
  seedOf,
} from './behaviours.ts';
import { connect, isSandbox, type LiveKit, ONE_ERA, SPEED } from './livekit-under-test.ts';

const { LK_TRANSFER_CONTRACT_PLACE: program } = process.env;

/** A source that cannot make a behaviour leaves with this exit code (EX_UNAVAILABLE of sysexits.h). */
export const CANNOT_MAKE = 69;

/** After this a source that was told to end a call is ended itself. */
const ENDS_WITHIN_MS = 10_000;

/** Where a call or a trunk is. */
export interface Place {
  livekit: LiveKit;
  /** Null where it is in another process. */
  sandbox: Sandbox | null;
}

export type Caller = Place & PlacedCall;

type Options = Pick<SandboxOptions, 'speed' | 'lingersMs'> & {
  era?: Era | null;
  time?: SimulatedTime;
};
type Context = Pick<TestContext, 'skip' | 'onTestFinished'>;

/**
 * Brings a call about; it ends with the test. The test is skipped where nobody can make it.
 * @param behaviour how the call and its trunk behave
 * @param scene how the sandbox brings that about, when the behaviour has no name in the table
 */
export async function callerWho(
  behaviour: string,
  context: Context,
  options: Options = {},
  scene: Scene | undefined = BEHAVIOURS[behaviour],
): Promise<Caller> {
  if (!isSandbox) return placeOutside(behaviour, context, readCall);
  if (!scene) throw new Error(`There is no behaviour "${behaviour}"`);
  const { seed, placed } = seedOf(scene, 'one');
  return { ...(await sandboxWith(seed, context, options)), ...placed };
}

/** The same for a trunk, and a number to dial over it. */
export async function trunkWhich(
  behaviour: string,
  context: Context,
  options: Options = {},
): Promise<Place & PlacedTrunk> {
  if (!isSandbox) return placeOutside(behaviour, context, readTrunk);
  const scene = DIAL_BEHAVIOURS[behaviour];
  if (!scene) throw new Error(`There is no behaviour "${behaviour}"`);
  const { seed, placed } = dialSeedOf(scene, 'one');
  return { ...(await sandboxWith(seed, context, options)), ...placed };
}

/** The same for a call, and a trunk to dial somebody over into its room. */
export async function bridgeWhich(
  behaviour: string,
  context: Context,
  options: Options = {},
): Promise<Place & PlacedBridge> {
  if (!isSandbox) return placeOutside(behaviour, context, readBridge);
  const scene = BRIDGE_BEHAVIOURS[behaviour];
  if (!scene) throw new Error(`There is no behaviour "${behaviour}"`);
  const { seed, placed } = bridgeSeedOf(scene, 'one');
  return { ...(await sandboxWith(seed, context, options)), ...placed };
}

async function sandboxWith(
  seed: SandboxOptions['seed'],
  { onTestFinished }: Context,
  { era = ONE_ERA, time, ...options }: Options,
): Promise<Place> {
  const all = { ...options, seed, era: era ?? undefined };
  const sandbox = await (time?.open(all) ?? startSandbox({ speed: SPEED, ...all }));
  onTestFinished(() => sandbox.close());
  return { livekit: sandbox, sandbox };
}

/**
 * Has the program place it; it ends with the test.
 * @param read makes what is answered of the line that the program prints
 */
export async function placeOutside<Placed>(
  behaviour: string,
  { skip, onTestFinished }: Context,
  read: (line: string) => Placed,
): Promise<Place & Placed> {
  if (program === undefined) skip('no caller source: LK_TRANSFER_CONTRACT_PLACE');
  // Standard input is the hold on the call: it closes when this process ends, too.
  const source = spawn(program ?? '', [behaviour], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(source, 'exit');
  onTestFinished(() => endCall(source, exit));
  const line = await firstLine(source);
  if (line === null) {
    const [code, signal] = await exit;
    if (code === CANNOT_MAKE) skip(`the caller source cannot make ${behaviour}`);
    throw new Error(`The caller source left with ${code ?? signal}, and printed no call`);
  }
  return { livekit: await connect(), sandbox: null, ...read(line) };
}

type Source = ChildProcessByStdio<Writable, Readable, null>;

/** Null when it ends without one. */
async function firstLine({ stdout }: Source): Promise<string | null> {
  const lines = createInterface({ input: stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  return line ?? null;
}

async function endCall(source: Source, exit: Promise<unknown>): Promise<void> {
  source.stdin.end();
  const timer = setTimeout(() => source.kill('SIGKILL'), ENDS_WITHIN_MS);
  await exit.catch(() => {});
  clearTimeout(timer);
}

/** @throws Error when the line is not what a source prints */
function readCall(line: string): PlacedCall {
  const { room, identity, callId, phoneNumber } = fieldsOf(line);
  return {
    room: text(room, line),
    identity: text(identity, line),
    callId: text(callId, line),
    phoneNumber: text(phoneNumber, line),
  };
}

/** @throws Error when the line is not what a source prints */
function readTrunk(line: string): PlacedTrunk {
  const { trunkId, phoneNumber } = fieldsOf(line);
  return { trunkId: text(trunkId, line), phoneNumber: text(phoneNumber, line) };
}

/** @throws Error when the line is not what a source prints */
function readBridge(line: string): PlacedBridge {
  const { trunkId, callTo } = fieldsOf(line);
  return { ...readCall(line), trunkId: text(trunkId, line), callTo: text(callTo, line) };
}

/** @throws Error when the line is no JSON object */
export function fieldsOf(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`No call: ${line}`);
  return { ...value };
}

function text(value: unknown, line: string): string {
  if (typeof value !== 'string') throw new Error(`The caller source left something out: ${line}`);
  return value;
}
