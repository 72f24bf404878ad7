/** Whether two writings are one number: providers add and drop plus and country code. */

/** Fewer digits than a national number has say too little. */
const FEWEST_DIGITS = 7;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** @returns false when either is not known */
export function isSameNumber(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const [short = '', long = ''] = [digitsOf(one), digitsOf(other)].sort(
    (a, b) => a.length - b.length,
  );
  if (short === '') return one === other && one !== '';
  if (short === long) return true;
  return short.length >= FEWEST_DIGITS && long.endsWith(short.replace(/^0+/, ''));
}
