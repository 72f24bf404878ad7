/** The last step of a destination: what is legal, allowed, and worth a word before it is sent. */
import { alternatives } from '../config/json.ts';
import { dialledIn, MIN_PHONE_DIGITS } from './address/dial-string.ts';
import type { Phone } from './address/phone.ts';
import { mayBeSameNumber, newFormsOf } from './address/phone-writing.ts';
import type { LegalUri } from './address/uri.ts';
import { warnOfMissingPlus } from './address/uri-warnings.ts';
import { result, type StepResult, type TrunkFacts } from './destination.ts';
import { addressFormWarning } from './providers.ts';
import type { Reading } from './reading.ts';
import type { Addressed, ResolveContext } from './steps.ts';
import { bareHost } from './trunks.ts';

interface Finished {
  rule: string;
  address: LegalUri;
  headers: Record<string, string>;
  /** E.164, when the target is a phone number. */
  number: string | null;
}

/** Warns of the number, the address, its form for the provider, and a loop to ourselves. */
export function warnOfDestination(
  { phone, rule, address, judgement, headers }: Addressed,
  { match, trunk }: ResolveContext,
): StepResult<Finished> {
  const { dialled } = judgement;
  // Without its plus, the number inside an address is the policy's guess and no fact.
  const read = phone ?? (dialled.startsWith('+') ? judgement.phone : null);
  const number = read?.isPossible === true ? read.e164 : null;
  const provider = match.trunk.provider ?? trunk?.provider ?? null;
  // A template that leaves out the plus (`{digits}`) means to.
  const meant = phone === null || address.user === null ? null : warnOfMissingPlus(address.user);
  const warnings = [
    warnOfNumber(read, dialled),
    ...address.warnings.filter((warning) => warning !== meant),
    provider === null ? null : addressFormWarning(provider, address.uri),
    warnOfUnplaced(trunk),
    warnOfLoop(dialled, number ?? judgement.phone?.e164 ?? null, trunk),
  ];
  return result(
    { rule, address, headers, number },
    [],
    warnings.filter((warning) => warning !== null),
  );
}

/** What the config says of the call's own trunk, that it has no REFER among it, was not looked at. */
function warnOfUnplaced(trunk: TrunkFacts | null): string | null {
  if (trunk?.unplaced === undefined) return null;
  return `which trunk this call is on is not known (${trunk.unplaced.why}): --via stands for it`;
}

function warnOfNumber(phone: Phone | null, dialled: string): string | null {
  if (phone?.isInUse === true) return null;
  const number = phone?.isPossible === true ? phone.e164 : dialled;
  if (!/^\+\d+$/.test(number)) return null;
  // An address goes out as it is written: what its number became is for whoever wrote it.
  const found = newFormsOf(number);
  if (found !== null) {
    return `${number} is a number as it was before ${found.year}: it would be ${alternatives(found.forms)} now`;
  }
  return phone?.isPossible === true
    ? `${number} is not a number in use, as far as is known`
    : `${number} is not a possible phone number`;
}

/**
 * Warns of a target that is the called number, another number of our own, or the caller's: what
 * comes in there may be answered by the very agent that the caller is to be freed of.
 * @param e164 the phone number as the trunk would read it; null when there is none
 */
function warnOfLoop(dialled: string, e164: string | null, trunk: TrunkFacts | null): string | null {
  if (trunk === null) return null;
  const forms = [digitsOf(dialled), digitsOf(e164)].filter((form) => form !== '');
  const isTarget = (number: string | null) =>
    number !== null && forms.some((form) => mayBeSameNumber(`+${form}`, `+${digitsOf(number)}`));
  if (isTarget(trunk.trunkNumber)) {
    const whose =
      trunk.direction === 'outbound' ? 'our own number' : 'the number the caller called';
    return `${dialled} is ${whose}: it may loop to the same agent`;
  }
  const ours = trunk.ourNumbers?.find(({ number }) => isTarget(number));
  if (ours !== undefined) {
    return `${dialled} is a number of our own (inbound trunk ${ours.trunk}): it may loop to the same agent`;
  }
  if (isTarget(trunk.callerNumber)) return `${dialled} is the caller's own number`;
  return trunk.ourNumbersUnread === true && forms.some((form) => form.length >= MIN_PHONE_DIGITS)
    ? `whether ${dialled} is a number of our own, and leads back to an agent, was not checked: the list of trunks could not be read`
    : null;
}

/** Says whether an address dials a phone number, so that the numbers of our own matter for it. */
export function dialsNumber(referTo: string): boolean {
  return digitsOf(dialledIn(referTo)).length >= MIN_PHONE_DIGITS;
}

function digitsOf(number: string | null): string {
  return number?.replace(/[^\d]/g, '') ?? '';
}

// Of what an outbound trunk dials.

/** Whether an outbound trunk leads to this host. */
export function isHostOf(trunk: TrunkFacts, host: string): boolean {
  return trunk.host !== null && bareHost(trunk.host) === bareHost(host);
}

/** What is lost of an address of which the user part alone is dialled. */
export function warnOfDialling(
  { kind }: Reading,
  { host, headers }: LegalUri,
  trunk: TrunkFacts,
): string[] {
  const elsewhere = kind !== 'number' && host !== null && !isHostOf(trunk, host);
  return [
    ...(elsewhere
      ? [`it is dialled at ${trunk.host ?? 'the outbound trunk'}, and the config says ${host}`]
      : []),
    ...(headers === null ? [] : ['headers in the address are left out of a bridge']),
  ];
}
