/** Calls and trunks of the lab, and what SIPp saw of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, vi } from 'vitest';
import { fieldsOf, type Place, placeOutside } from '../contract/caller-source.ts';
import { call } from '../contract/livekit-under-test.ts';
import { ROOT, type RunResult, runProgram } from '../process/run-program.ts';

/** What lab/place prints; what a behaviour does not have is empty. */
interface Placed {
  room: string;
  identity: string;
  callId: string;
  phoneNumber: string;
  trunkId: string;
  callTo: string;
  /** SIPp's messages: of the call, or of the trunk where that is all there is. */
  sippLog: string;
  /** The same of whoever can be dialled into the room. */
  targetLog: string;
}

export type LabCall = Place & Placed;

type Context = Pick<TestContext, 'skip' | 'onTestFinished'>;

/** Has lab/place bring a behaviour about; it ends with the test. */
export function placed(behaviour: string, context: Context): Promise<LabCall> {
  return placeOutside(behaviour, context, (line): Placed => {
    const fields = fieldsOf(line);
    const text = (name: keyof Placed) => String(fields[name] ?? '');
    return {
      room: text('room'),
      identity: text('identity'),
      callId: text('callId'),
      phoneNumber: text('phoneNumber'),
      trunkId: text('trunkId'),
      callTo: text('callTo'),
      sippLog: text('sippLog'),
      targetLog: text('targetLog'),
    };
  });
}

/** Starts a worker of LiveKit Agents that serves this name; it ends with the test. */
export async function agentServing(name: string, { onTestFinished }: Context): Promise<void> {
  const worker = spawn(process.execPath, [join(ROOT, 'lab', 'agent.js'), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const end = once(worker, 'exit');
  onTestFinished(async () => {
    worker.stdin.end();
    await end;
  });
  await Promise.race([
    once(worker.stdout, 'data'),
    end.then(() => {
      throw new Error('The agent has ended');
    }),
  ]);
}

/** Runs the built program against the lab. */
export function lab(
  { livekit }: Place,
  words: readonly string[],
  options: Parameters<typeof runProgram>[1] = {},
): Promise<RunResult> {
  const env = {
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
  };
  return runProgram(words, { ...options, env: { ...env, ...options.env } });
}

/** The JSON documents of standard output, one a line. */
export function documentsOf({ stdout }: RunResult): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => fieldsOf(line));
}

/** The last of them. */
export function lastOf(result: RunResult): Record<string, unknown> {
  return documentsOf(result).at(-1) ?? {};
}

/** Requests and answers on the wire in their order: `> INVITE`, `< 200`; `>` is what SIPp sent. */
export function wire(log: string): string[] {
  const messages = readFileSync(log, 'utf8').matchAll(
    /message (sent|received)[^\n]*\n\s*\n(?:SIP\/2\.0 (\d{3})|([A-Z]+) )/g,
  );
  return [...messages].map(
    ([, way, code, method]) => `${way === 'sent' ? '>' : '<'} ${code ?? method}`,
  );
}

/** A header of the first request of this method that SIPp received. */
export function headerOf(log: string, method: string, name: string): string | null {
  const [, request = ''] =
    new RegExp(`received[^\\n]*\\n\\s*\\n(${method} [\\s\\S]*?)\\n\\s*\\n`).exec(
      readFileSync(log, 'utf8'),
    ) ?? [];
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'm').exec(request)?.[1] ?? null;
}

/** How many messages there were of this kind, each one counted once though it was sent again. */
export function countOf(log: string, message: string): number {
  return wire(log).filter((each) => each === message).length;
}

const PATIENTLY = { timeout: 10_000, interval: 100 };

/** Waits until SIPp has seen it. */
export function untilOnWire(log: string, message: string): Promise<void> {
  return vi.waitFor(() => expect(wire(log)).toContain(message), PATIENTLY);
}

/** Everybody in the room: identity and status of the call, where it is one. */
export async function peopleIn({ livekit, room }: LabCall): Promise<Map<string, string>> {
  const { body } = await call(livekit, 'RoomService/ListParticipants', { room }, room);
  const { participants } = JSON.parse(body) as {
    participants: { identity: string; attributes: Record<string, string> }[];
  };
  return new Map(
    participants.map(({ identity, attributes }) => [identity, attributes['sip.callStatus'] ?? '']),
  );
}
