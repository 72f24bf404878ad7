/** What every report says of a test, in the same words. Foreign text is in all of them. */
import { nameStatus } from '../../transfer/explain/status.ts';
import { type CondensedResult, isMet } from '../result.ts';

/** The trunk as people know it: its name, else its id, else its host. */
export function trunkTitle({ trunk }: CondensedResult): string {
  return trunk.name || trunk.id || trunk.host || 'unknown trunk';
}

/** `inbound loop`, `outbound`: what the verdict holds for, and how it was come by. */
export function testTitle({ direction, method }: CondensedResult): string {
  return direction === null || method === 'outbound' ? method : `${direction} ${method}`;
}

function referFact({ refer }: CondensedResult): string[] {
  if (refer === null) return [];
  if (refer.code !== null) {
    return [`REFER ${nameStatus({ code: refer.code, reason: refer.reason ?? '' })}`];
  }
  return [refer.accepted ? 'REFER accepted' : 'REFER not accepted'];
}

function targetFact({ refer, answered }: CondensedResult): string[] {
  if (answered === null) return refer?.accepted === true ? ['target not proven'] : [];
  return [answered ? 'target answered' : 'target not answered'];
}

function expectationFact(result: CondensedResult): string[] {
  const met = isMet(result);
  if (met === null) return [];
  return [met ? 'as expected' : `expected ${result.expected}`];
}

/** The verdict and what it rests on, shortly: `supported, REFER accepted, target answered`. */
export function facts(result: CondensedResult): string {
  return [
    result.verdict,
    ...referFact(result),
    ...(result.notify === null ? [] : [`NOTIFY ${nameStatus(result.notify)}`]),
    ...targetFact(result),
    ...expectationFact(result),
  ].join(', ');
}

/** What to know besides, a sentence a line. */
export function remarks({
  message,
  hint,
  agentIdentity: agent,
  leftBehind,
}: CondensedResult): string[] {
  return [
    message,
    ...(hint === null ? [] : [hint]),
    ...(agent === null ? [] : [`An agent came into the test room: ${agent}`]),
    ...leftBehind.map((left) => `Left behind in LiveKit: ${left}`),
  ];
}

/** Seconds, to the millisecond: `2.310`. */
export function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
