/** Targets that lead back to where the caller comes from. */
import { dialledIn, MIN_PHONE_DIGITS } from './address/dial-string.ts';
import type { TrunkFacts } from './destination.ts';

/**
 * Warns of a target that is the called number, another number of our own, or the caller's: what
 * comes in there may be answered by the very agent that the caller is to be freed of.
 * @param referTo the final Refer-To
 * @param e164 the phone number in it as the trunk would read it; null when there is none
 * @returns a sentence, or null
 */
export function warnOfLoop(
  referTo: string,
  e164: string | null,
  trunk: TrunkFacts | null,
): string | null {
  if (trunk === null) return null;
  const dialled = dialledIn(referTo);
  const forms = [digitsOf(dialled), digitsOf(e164)].filter((form) => form !== '');
  const isTarget = (number: string | null) => forms.includes(digitsOf(number));
  if (isTarget(trunk.trunkNumber)) {
    const whose =
      trunk.direction === 'outbound' ? 'our own number' : 'the number the caller called';
    return `${dialled} is ${whose}: it may loop to the same agent`;
  }
  const ours = trunk.ourNumbers?.find(({ number }) => isTarget(number));
  if (ours !== undefined) {
    return `${dialled} is a number of our own (inbound trunk ${ours.trunk}): it may loop to the same agent`;
  }
  return isTarget(trunk.callerNumber) ? `${dialled} is the caller's own number` : null;
}

/** Says whether an address dials a phone number, so that the numbers of our own matter for it. */
export function dialsNumber(referTo: string): boolean {
  return digitsOf(dialledIn(referTo)).length >= MIN_PHONE_DIGITS;
}

function digitsOf(number: string | null): string {
  return number?.replace(/[^\d]/g, '') ?? '';
}
