/** Transfers to record, a folder to record them in, and what then stands there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Call } from '../../src/calls/call.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { Watcher } from '../../src/history/attempts.ts';
import { openRecord, type RecordOptions } from '../../src/history/record.ts';
import { NO_ANSWER } from '../../src/transfer/outcome.ts';
import type {
  IntendedTransfer,
  TransferEnding,
  TransferResult,
} from '../../src/transfer/result.ts';
import { call, NOW } from '../support/livekit.ts';
import { destination } from '../transfer/plans.ts';

export const DAY = 86_400_000;

/** The process of a test; no other is there. */
export const HOST: Watcher = {
  machine: 'machine-of-the-test',
  pid: 4711,
  isRunning: () => false,
  now: () => NOW,
};

/** A folder for a record, not made yet: the first transfer makes it. */
export function recordFolder(): string {
  const home = mkdtempSync(join(tmpdir(), 'lk-transfer-history-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return join(home, 'state', 'lk-transfer');
}

/** Puts files there by hand: lines as objects or as they are. */
export function writeRecord(
  folder: string,
  lines: readonly (object | string)[],
  name = 'history.jsonl',
): void {
  mkdirSync(folder, { recursive: true });
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(join(folder, name), text.map((line) => `${line}\n`).join(''));
}

/** A record with the troubles it told of. */
export function startRecord(folder: string, wishes: Partial<RecordOptions> = {}) {
  const troubles: string[] = [];
  const record = openRecord({
    folder,
    maskNumbers: false,
    days: 90,
    livekit: 'livekit.example.com',
    host: HOST,
    onTrouble: (message) => troubles.push(message),
    offersAgain: true,
    ...wishes,
  });
  return { record, troubles };
}

export function intended(
  wishes: {
    call?: Partial<Call>;
    to?: Partial<Destination>;
    startedAt?: string;
    again?: boolean;
  } = {},
): IntendedTransfer {
  return {
    call: call(wishes.call),
    destination: destination(wishes.to),
    startedAt: wishes.startedAt ?? new Date(NOW).toISOString(),
    again: wishes.again ?? false,
  };
}

/** An ending with a result, of which only what is recorded matters here. */
export function ended(wishes: Partial<TransferResult> = {}): TransferEnding {
  const result = {
    outcome: 'refused',
    caller: 'on-the-line',
    leg: 'listed',
    stage: 'refer',
    sip: { code: 405, reason: 'Method Not Allowed' },
    evidence: null,
    message: 'The trunk refused it.',
    livekit: NO_ANSWER,
    durationMs: 7,
    exitCode: 1,
    ...wishes,
  };
  return { kind: 'result', result: result as TransferResult };
}

/** The names of the files in the folder, in the order in which they are read. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder).sort((a, b) => Number(a === 'history.jsonl') || (a < b ? -1 : 1));
}

/** All that stands in the record. */
export function textOf(folder: string): string {
  return filesOf(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

/** Its lines that are JSON, as they stand there. */
export function linesOf(folder: string): Record<string, unknown>[] {
  return textOf(folder)
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}
