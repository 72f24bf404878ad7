/** Whether two writings are one number: providers add and drop plus and country code. */

/** Fewer digits than a national number has say too little. */
const FEWEST_DIGITS = 7;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** With its plus a number is complete: nothing but a prefix for calls abroad can stand before it. */
const isComplete = (text: string): boolean => text.trimStart().startsWith('+');
const PREFIXES = ['00', '011'];

/** @returns false when either is not known */
export function isSameNumber(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const [short, long] = [one, other].sort((a, b) => digitsOf(a).length - digitsOf(b).length) as [
    string,
    string,
  ];
  const digits = digitsOf(short);
  const more = digitsOf(long);
  if (digits === '') return one === other && one !== '';
  if (digits === more) return true;
  // A German +49 151 0555 0100 ends in all digits of an American +1 510 555 0100.
  if (isComplete(short)) return !isComplete(long) && PREFIXES.some((p) => more === p + digits);
  const national = digits.replace(/^0+/, '');
  return national.length >= FEWEST_DIGITS && more.endsWith(national);
}
