/** The answers of real LiveKits, of every era that was captured, that the contract is held against. */
import { readFileSync } from 'node:fs';
import type { Era } from '../../src/sandbox/server.ts';

export interface CapturedAnswer {
  case: string;
  /** Null: a server of one era with the SIP service of another. */
  era: Era | null;
  status: number;
  contentType: string;
  body: string;
  /** How long the answer took, in ms. */
  ms: number;
  /** Who was in the room then: identity, kind and status of each. */
  after?: string;
  /** The request, for transfers. */
  transfer_to?: string;
  ringing_timeout?: string;
  headers?: Record<string, string>;
  /** What GetParticipant said, so many ms after the answer. */
  callStatusAfter?: [ms: number, status: string | number][];
}

interface Line extends Omit<CapturedAnswer, 'era'> {
  /** Which server and SIP service; of the first capture it is not said. */
  stack?: string;
}

function eraOf({ stack }: Line): Era | null {
  if (stack === undefined) return '1.13';
  if (stack.endsWith('SIP service of 21 August 2026')) return null;
  return stack.includes('attaches SIPTransferError') ? '1.13.11' : '1.13.11-august';
}

function readCapture(file: string): CapturedAnswer[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((text): Line => JSON.parse(text))
    .map((line) => ({ ...line, era: eraOf(line) }));
}

/** Dials into a caller's room, hang-ups, dispatches of agents, and RPC. */
export const bridgeAnswers: readonly CapturedAnswer[] = readCapture('bridge-answers.ndjson');

export const answers: readonly CapturedAnswer[] = [
  ...readCapture('livekit-answers.ndjson'),
  ...readCapture('../transfer/captured-answers-1.13.11.ndjson'),
  ...bridgeAnswers,
  ...readCapture('lab-answers.ndjson'),
];

/**
 * Finds captured answers.
 * @throws Error when there is none of that name: a renamed case must not pass as an empty test
 */
export function capturedAll(name: string): CapturedAnswer[] {
  const found = answers.filter((answer) => answer.case.startsWith(name));
  if (found.length === 0) throw new Error(`Nothing was captured as "${name}"`);
  return found;
}

/** The first captured answer of exactly this name. */
export function captured(name: string): CapturedAnswer {
  const [answer] = capturedAll(name).filter((each) => each.case === name);
  if (!answer) throw new Error(`Nothing was captured as "${name}"`);
  return answer;
}
