/** The numbers of callers: as people write them to name one, and as carriers do. */
import { DestinationError } from '../../core/errors.ts';
import { type Phone, readOldForm, readPhone } from './phone.ts';
import { readDigits, type WrittenNumber } from './phone-writing.ts';

/**
 * Reads the number of a caller, to be compared with those of calls: any writing will do, and
 * nothing is refused for not being in use.
 * @returns E.164, or null when it is no number
 */
export function readCallerNumber(text: string, defaultCountry: string | null): string | null {
  let written: WrittenNumber;
  try {
    written = readDigits(text.trim());
  } catch (error) {
    if (error instanceof DestinationError) return null;
    throw error;
  }
  const { hasPlus, digits } = written;
  const plain = `+${digits}`;
  if (hasPlus) return readPhone(plain, null)?.e164 ?? plain;
  const abroad = readAbroad(digits);
  if (defaultCountry !== null) {
    const country = defaultCountry.toUpperCase();
    const found = (readPhone(digits, country) ?? abroad)?.e164;
    return found ?? readOldForm(digits, country) ?? readOldForm(withPlus(digits), null);
  }
  // Ten digits may be a number of this country, or of another with a short one.
  const worldwide = readPhone(plain, null);
  return (worldwide?.isInUse ? worldwide : abroad)?.e164 ?? readOldForm(withPlus(digits), null);
}

/** Carriers write 00 before a country's code in every country, whatever is dialled there. */
function readAbroad(digits: string): Phone | null {
  return digits.startsWith('00') ? readPhone(withPlus(digits), null) : null;
}

function withPlus(digits: string): string {
  return `+${digits.replace(/^00/, '')}`;
}

/** Shorter ones are not told from those of the country they come from. */
const FEWEST_WORLDWIDE_DIGITS = 11;

/**
 * Reads what a carrier wrote without a plus. What may be a number of this country and one of another
 * as well is neither: a guess would send its caller's number to a stranger.
 * @param digits nothing but digits
 * @returns E.164, or null when it is none, or more than one
 */
export function readCarrierNumber(digits: string, defaultCountry: string | null): string | null {
  const country = defaultCountry?.toUpperCase() ?? null;
  const national = country === null ? null : readPhone(digits, country);
  const abroad = readAbroad(digits);
  const worldwide = digits.length < FEWEST_WORLDWIDE_DIGITS ? null : readPhone(`+${digits}`, null);
  const found = [national, abroad, worldwide].filter((each) => each !== null);
  const inUse = new Set(found.filter((each) => each.isInUse).map(({ e164 }) => e164));
  if (inUse.size === 0) {
    const likely = (national ?? abroad)?.e164 ?? readOldForm(digits, country);
    if (likely !== null || digits.length < FEWEST_WORLDWIDE_DIGITS) return likely;
    return readOldForm(withPlus(digits), null);
  }
  const [only] = inUse;
  return inUse.size === 1 ? (only ?? null) : null;
}
