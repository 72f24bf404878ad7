/** Any text at all, of every character that there is. */
import fc from 'fast-check';

/** Half of a surrogate pair is no character. */
const [FIRST_HALF, HALVES, LAST] = [0xd800, 0x800, 0x10ffff];

export const anyCharacter = fc.nat({ max: LAST - HALVES }).map(
  (index) => String.fromCodePoint(index < FIRST_HALF ? index : index + HALVES),
  (text) => {
    const code = typeof text === 'string' ? text.codePointAt(0) : undefined;
    const isOne = code !== undefined && text === String.fromCodePoint(code);
    const isHalf = isOne && code >= FIRST_HALF && code < FIRST_HALF + HALVES;
    if (!isOne || isHalf) throw new Error('no character');
    return code < FIRST_HALF ? code : code - HALVES;
  },
);

/**
 * What fc.string makes of the unit `binary`, which lists a million characters before the first text:
 * more than a second in each worker.
 */
export function anyText(limits: { maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...limits, unit: anyCharacter });
}
