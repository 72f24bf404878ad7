/**
 * What a SIP status means to somebody who moves calls. The same number means one thing as the
 * trunk's answer to the REFER and another in the NOTIFY about the target, so there are
 * two tables.
 */
import type { SipStatus } from '../outcome.ts';
import type { Finding, SipRow, SipStage } from './advice.ts';
import { REFER_WORDS } from './refer-status.ts';
import { TARGET_WORDS } from './target-status.ts';

function indexed(rows: readonly SipRow[]): ReadonlyMap<string, Finding> {
  return new Map(
    rows.flatMap(([codes, finding]) => codes.split(' ').map((code) => [code, finding] as const)),
  );
}

const WORDS = { refer: indexed(REFER_WORDS), notify: indexed(TARGET_WORDS) };

/**
 * @returns words for any failure status: the known ones by table, the others by their class
 */
export function sipWords(code: number, stage: SipStage): Finding {
  const words = WORDS[stage];
  const found = words.get(String(code)) ?? words.get(`${Math.floor(code / 100)}xx`);
  // No status at all is none of SIP's failures; the general words fit it best.
  return found ?? (words.get('4xx') as Finding);
}

/** `486 Busy Here`; foreign text, like all reasons. */
export function nameStatus(sip: SipStatus | null): string {
  if (sip === null) return 'no SIP status';
  return sip.reason === '' ? String(sip.code) : `${sip.code} ${sip.reason}`;
}
