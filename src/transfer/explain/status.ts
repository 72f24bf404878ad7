/**
 * What a SIP status means to somebody who moves calls, and what to do about it. The same number
 * means one thing as the trunk's answer to the REFER and another in the NOTIFY about the target, so
 * there are two tables.
 */
import type { Destination } from '../../destinations/destination.ts';
import type { SipStatus } from '../outcome.ts';
import type { Finding, SipRow, SipStage } from './advice.ts';
import type { KnownProvider } from './facts.ts';
import { providerWords } from './provider.ts';
import { REFER_STATUSES, TARGET_STATUSES } from './status-tables.ts';

function indexed(rows: readonly SipRow[]): ReadonlyMap<string, Finding> {
  return new Map(
    rows.flatMap(([codes, action, meaning, hint, more]) => {
      const finding: Finding = { meaning, hint, action, ...more };
      return codes.split(' ').map((code) => [code, finding] as const);
    }),
  );
}

const STATUSES = { refer: indexed(REFER_STATUSES), notify: indexed(TARGET_STATUSES) };

/**
 * @returns words for any failure status: the known ones by table, the others by their class
 */
export function sipWords(code: number, stage: SipStage): Finding {
  const statuses = STATUSES[stage];
  const found = statuses.get(String(code)) ?? statuses.get(`${Math.floor(code / 100)}xx`);
  // No status at all is none of SIP's failures; the general words fit it best.
  return found ?? (statuses.get('4xx') as Finding);
}

/**
 * @param provider whose trunk the status came from, where that is known
 * @returns the general words, with what the provider is known to mean in their place
 */
export function sipWordsAt(
  provider: KnownProvider | null,
  { stage, code, destination }: { stage: SipStage; code: number; destination: Destination | null },
): Finding {
  const general = sipWords(code, stage);
  if (provider === null || destination === null) return general;
  return { ...general, ...providerWords(provider, { stage, code, destination }) };
}

/** `486 Busy Here`; foreign text, like all reasons. */
export function nameStatus(sip: SipStatus | null): string {
  if (sip === null) return 'no SIP status';
  return sip.reason === '' ? String(sip.code) : `${sip.code} ${sip.reason}`;
}
