/** The countries that phone numbers are known of. */
import { getCountries, isSupportedCountry } from 'libphonenumber-js/max';
import { countryCode } from '../config/countries.ts';

export interface Country {
  /** Two capital letters. */
  code: string;
  /** In English. */
  name: string;
}

/** What people write, and no standard knows. */
const USUAL: Readonly<Record<string, string>> = { UK: 'GB', EN: 'GB' };

/**
 * Reads a country.
 * @param text two letters, in any case
 * @returns them in capitals, or what is wrong with them
 */
export function readCountry(
  text: string,
): { ok: true; code: string } | { ok: false; problem: string } {
  const code = countryCode(text);
  if (code !== null && isSupportedCountry(code)) return { ok: true, code };
  const meant = code === null ? undefined : USUAL[code];
  const problem =
    meant === undefined
      ? `there is no country "${text}": write two letters, such as US, DE or GB`
      : `there is no country "${text}": did you mean ${meant}?`;
  return { ok: false, problem };
}

/** Lists every country by its letters. */
export function listCountries(): Country[] {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return getCountries()
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}
