/** How people write phone numbers: which characters carry digits, and which are a mistake. */
import { DestinationError } from '../../core/errors.ts';
import { nameCharacter } from './characters.ts';

/** Longer than any number with its separators; what is longer was pasted by mistake. */
const MAX_LENGTH = 64;

/** Full-width, Arabic-Indic and Eastern Arabic-Indic digits: the zero of each. */
const ZEROS = [0xff10, 0x0660, 0x06f0];

/**
 * What may stand between digits, as the inside of a character class: brackets, dots, slashes, blanks
 * of every width, and every kind of hyphen.
 */
export const SEPARATORS = String.raw`\s()./~\-‐-―−．（）－ー`;
const SEPARATOR = new RegExp(`[${SEPARATORS}]`);

/** What dials on after the answer: `;ext=5`, `x123`, `,,2#`, `ext. 7`, `p2`. */
const AFTER_ANSWER = /^(?:[,;#]|(?:x|ext|extn|extension|p|w)[\s.:]*\d)/i;

export interface WrittenNumber {
  hasPlus: boolean;
  /** Digits only, in ASCII. */
  digits: string;
}

/**
 * Reads the plus and the digits out of a number as written.
 * @throws DestinationError for letters, digits to dial after the answer, anything that is no digit
 */
export function readDigits(text: string): WrittenNumber {
  if (text.length > MAX_LENGTH) {
    throw new DestinationError(`a phone number is not ${text.length} characters long`);
  }
  let digits = '';
  let hasPlus = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    const digit = asciiDigit(character);
    if (digit !== null) digits += digit;
    else if ((character === '+' || character === '＋') && !hasPlus && digits === '') hasPlus = true;
    else if (!SEPARATOR.test(character)) throw notADigit(text, index, digits, hasPlus);
  }
  if (digits === '') {
    throw new DestinationError(`there is no digit in "${text}"`, {
      hint: 'Write a number as +15105550100.',
    });
  }
  return { hasPlus, digits };
}

function asciiDigit(character: string): string | null {
  if (character >= '0' && character <= '9') return character;
  const code = character.charCodeAt(0);
  const zero = ZEROS.find((start) => code >= start && code <= start + 9);
  return zero === undefined ? null : String(code - zero);
}

function notADigit(
  text: string,
  index: number,
  digits: string,
  hasPlus: boolean,
): DestinationError {
  const rest = text.slice(index);
  const position = index + 1;
  const number = `${hasPlus ? '+' : ''}${digits}`;
  if (digits !== '' && AFTER_ANSWER.test(rest)) {
    return new DestinationError(
      `"${rest}" would have to be dialled after the answer, and a REFER dials no digits then`,
      {
        hint: `Transfer to ${number} alone, or to a direct number or SIP address of that extension.`,
      },
    );
  }
  if (/\p{L}/u.test(rest.slice(0, 2))) {
    return new DestinationError(`"${text}" has letters in it, and phone numbers are digits only`, {
      hint: 'Write a vanity number as digits (FLOWERS is 3569377), a department by its exact name.',
    });
  }
  if (rest.startsWith('*') || rest.startsWith('#')) {
    return new DestinationError(
      `${rest[0]} at position ${position}: star codes are no phone numbers`,
      {
        hint: `Give it as an extension of the PBX: extension:${text.replace(/[^\d*#]/g, '').slice(0, 20)}`,
      },
    );
  }
  const found = nameCharacter(text.codePointAt(index) ?? 0);
  return new DestinationError(`${found} at position ${position} cannot stand in a phone number`, {
    hint: 'Write the number as +15105550100.',
  });
}
