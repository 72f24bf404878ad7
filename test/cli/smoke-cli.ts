/** Smoke tests of the whole program on a sandbox, and a look at what they leave behind. */
import { expect } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import type { Era, Sandbox } from '../../src/sandbox/server.ts';
import { callFailureWords, type TestWords } from '../../src/smoke/failure-words.ts';
import type { SmokeResult } from '../../src/smoke/result.ts';
import type { DialCause } from '../../src/transfer/outcome.ts';
import { roomNames, seenIn } from '../sandbox/dialled.ts';
import { type CliOptions, type CliResult, cliAgainst } from './run-cli.ts';

export interface SmokeRunResult extends CliResult {
  /** The events of `--json`, by type. */
  events: { type: string; step?: string; message?: string }[];
  results: SmokeResult[];
  /** Every request of the run. */
  methods: string[];
  /** What is in LiveKit afterwards. */
  rooms: string[];
  participants: string[];
}

/** How many times each request that changes something was made. */
export function countOf(mutations: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const method of mutations) {
    const name = method.split('/')[1] ?? method;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What a test that came to a transfer asks for, each once. */
export const ONE_TEST = {
  CreateSIPParticipant: 1,
  TransferSIPParticipant: 1,
  RemoveParticipant: 1,
  DeleteRoom: 1,
};
export const NO_REFER_SENT = { CreateSIPParticipant: 1, RemoveParticipant: 1, DeleteRoom: 1 };

/** What is in a sandbox; a question mark stands for what it does not show. */
export async function everything(sandbox: Sandbox) {
  const rooms = await roomNames(sandbox).catch(() => ['?']);
  const seen = await Promise.all(
    rooms.map((room) => seenIn(sandbox, room).then((all) => all.map(({ identity }) => identity))),
  ).catch(() => [['?']]);
  return { rooms, participants: seen.flat() };
}

/** Makes `smoke(...)` for one sandbox; `--json` and `--yes` are added unless a test says otherwise. */
export function smokeAgainst(seed: Seed, options: { speed?: number; era?: Era } = {}) {
  const cli = cliAgainst({ seed, ...options });
  return async (
    line: string | string[],
    given: CliOptions & { flags?: string[] } = {},
  ): Promise<SmokeRunResult> => {
    let sandbox: Sandbox | undefined;
    let before = 0;
    const { flags = ['--json', '--yes'], during } = given;
    const words = typeof line === 'string' ? line.split(' ') : line;
    const ran = await cli(['smoke', ...words, ...flags], {
      ...given,
      during: async (fake, opened) => {
        sandbox = opened;
        before = opened.requests.length;
        await during?.(fake, opened);
      },
    });
    if (sandbox === undefined) throw new Error('there was no sandbox');
    const isJson = flags.includes('--json');
    const lines = isJson ? ran.stdout.split('\n').filter((text) => text !== '') : [];
    const events = lines.map((text) => JSON.parse(text));
    return {
      ...ran,
      events,
      methods: sandbox.requests.slice(before).map(({ method }) => method),
      results: events.filter(({ type }) => type === 'result') as SmokeResult[],
      ...(await everything(sandbox)),
    };
  };
}

/** What is said of a dial that failed for this cause, without a status. */
export function dialFailureWords(cause: DialCause, number: string): TestWords {
  const dial = { ok: false, cause, sip: null, message: '' } as const;
  return callFailureWords({ kind: 'dial', dial }, { number, method: 'outbound' });
}

/** The one result of a run. */
export function only({ results, stderr }: SmokeRunResult): SmokeResult {
  const [result, second] = results;
  expect([results.length, stderr]).toEqual([1, expect.any(String)]);
  if (result === undefined || second !== undefined) throw new Error(`no single result: ${stderr}`);
  return result;
}
