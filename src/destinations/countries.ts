/** The countries that phone numbers are known of, by name. */
import { countryCodes } from '../config/countries.ts';

export interface Country {
  /** Two capital letters. */
  code: string;
  /** In English. */
  name: string;
}

/** Lists every country by its letters. */
export function listCountries(): Country[] {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return countryCodes()
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}
