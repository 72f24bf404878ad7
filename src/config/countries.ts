/** Country codes, as far as their form goes; which ones exist is the phone numbers' business. */

/**
 * Reads a country code.
 * @returns two capital letters (`us` counts as `US`), or null when it is something else
 */
export function countryCode(text: string): string | null {
  return /^[A-Za-z]{2}$/.test(text.trim()) ? text.trim().toUpperCase() : null;
}
