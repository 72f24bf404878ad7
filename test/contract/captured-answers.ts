/** The answers of a real LiveKit (August 2026) that the contract is held against. */
import { readFileSync } from 'node:fs';

export interface CapturedAnswer {
  case: string;
  status: number;
  contentType: string;
  body: string;
  /** How long the answer took, in ms. */
  ms: number;
  /** The request, for transfers. */
  transfer_to?: string;
  ringing_timeout?: string;
  headers?: Record<string, string>;
  /** What GetParticipant said, so many ms after the answer. */
  callStatusAfter?: [ms: number, status: string | number][];
}

const answers: CapturedAnswer[] = readFileSync(
  new URL('./livekit-answers.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/**
 * Finds captured answers.
 * @throws Error when there is none of that name: a renamed case must not pass as an empty test
 */
export function capturedAll(name: string): CapturedAnswer[] {
  const found = answers.filter((answer) => answer.case.startsWith(name));
  if (found.length === 0) throw new Error(`Nothing was captured as "${name}"`);
  return found;
}

/** The one captured answer of exactly this name. */
export function captured(name: string): CapturedAnswer {
  const [answer] = capturedAll(name).filter((each) => each.case === name);
  if (!answer) throw new Error(`Nothing was captured as "${name}"`);
  return answer;
}
