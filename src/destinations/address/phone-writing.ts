/**
 * How people write phone numbers: which characters carry digits, which come along with copied text,
 * which are a mistake; and how they wrote them before their country gave out other numbers.
 */
import { DestinationError } from '../../core/errors.ts';
import { isInvisible, nameCharacter } from './characters.ts';

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

// What copied text brings along. A chat wraps a number in marks of the writing direction, a web page
// keeps its groups together with no-break spaces, a spreadsheet marks text by an apostrophe in front.

const MAY_BE_PASTED = /[^ -~]|^\s*'/;
const NO_BREAK_SPACES = '\u00a0\u2007\u202f';
const APOSTROPHES = "'’‘";

/** A text without what copying brought along. */
export interface PastedText {
  /** A no-break space is a blank in it. */
  text: string;
  /** What was left out, each with its name, once. */
  dropped: string[];
}

/**
 * Leaves out what copied text brings along. Nothing but a phone number may be read so: elsewhere a
 * hidden character may be what tells two names apart.
 */
export function dropPasted(text: string): PastedText {
  if (!MAY_BE_PASTED.test(text)) return { text, dropped: [] };
  const dropped = new Set<string>();
  let kept = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    const isFirst = kept.trim() === '';
    if (NO_BREAK_SPACES.includes(character)) kept += ' ';
    else if (!isFormatCharacter(code) && !(isFirst && APOSTROPHES.includes(character))) {
      kept += character;
      continue;
    }
    dropped.add(APOSTROPHES.includes(character) ? 'an apostrophe' : nameCharacter(code));
  }
  return { text: kept, dropped: [...dropped] };
}

/** Not a control character, nor the end of a line: those are no part of a number at all. */
function isFormatCharacter(code: number): boolean {
  return code > 159 && code !== 0x2028 && code !== 0x2029 && isInvisible(code);
}

/** Says what was left out of a number; an empty list where nothing was. */
export function warnOfDropped(dropped: readonly string[]): string[] {
  if (dropped.length === 0) return [];
  return [`left out of the phone number: ${[...new Set(dropped)].join(', ')}`];
}

export interface WrittenNumber {
  /** As typed, without what copying brought along. */
  text: string;
  hasPlus: boolean;
  /** Digits only, in ASCII. */
  digits: string;
}

/**
 * Reads the plus and the digits out of a number as written.
 * @throws DestinationError for letters, digits to dial after the answer, anything that is no digit
 */
export function readDigits(typed: string): WrittenNumber {
  if (typed.length > MAX_LENGTH) {
    throw new DestinationError(`a phone number is not ${typed.length} characters long`);
  }
  const { text } = dropPasted(typed);
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
  return { text, hasPlus, digits };
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
      `"${rest}" would have to be dialled after the answer, and a REFER cannot do that`,
      {
        hint: `Transfer to ${number} alone, or to a direct number or SIP address of that extension.`,
      },
    );
  }
  if (text.includes('@')) {
    return new DestinationError(`"${text}" is an address, and no phone number`, {
      hint: 'An address begins with its scheme, as in sip:100@pbx.example.com.',
    });
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

// Numbers as they were before their country changed all of a kind. Carriers send such forms for
// years, and old address books hold them.

interface Renumbering {
  /** In E.164, with what stays as groups. */
  old: RegExp;
  /** What it became: of several forms, one is right, and the old one does not tell which. */
  now: readonly string[];
  year: number;
}

const RENUMBERINGS: readonly Renumbering[] = [
  // Mexico: the 1 of mobile numbers, and the prefixes that were dialled within the country.
  { old: /^\+52(?:1|01|044|045)(?<rest>\d{10})$/, now: ['+52$<rest>'], year: 2019 },
  // Brazil: a 9 before mobile numbers of eight digits (the last area in 2016).
  { old: /^\+55(?<area>\d\d)(?<rest>[6-9]\d{7})$/, now: ['+55$<area>9$<rest>'], year: 2016 },
  // Colombia: 60 before the area code of fixed lines.
  { old: /^\+57(?<rest>[124-8]\d{7})$/, now: ['+5760$<rest>'], year: 2021 },
  // Ivory Coast: two digits of the operator in front, of its mobile network and of its fixed one.
  {
    old: /^\+225(?<rest>[014-9]\d{7})$/,
    now: ['+22501$<rest>', '+22505$<rest>', '+22507$<rest>'],
    year: 2021,
  },
  {
    old: /^\+225(?<rest>[23]\d{7})$/,
    now: ['+22521$<rest>', '+22525$<rest>', '+22527$<rest>'],
    year: 2021,
  },
  // Benin: 01 before every number.
  { old: /^\+229(?<rest>\d{8})$/, now: ['+22901$<rest>'], year: 2024 },
];

/** Argentina's mobile numbers have a 9 when they are called from abroad, and none at home. */
const ARGENTINA = /^\+549?(?<rest>\d{10})$/;

/** The forms that a number became. */
export interface NewForms {
  forms: string[];
  /** The year in which the old one went out of use. */
  year: number;
}

/**
 * Finds what a number of an old form became, whether or not any number is in use.
 * @param e164 a plus and digits
 * @returns null where it has no form that went out of use
 */
export function newFormsOf(e164: string): NewForms | null {
  const found = RENUMBERINGS.find(({ old }) => old.test(e164));
  if (found === undefined) return null;
  return { forms: found.now.map((now) => e164.replace(found.old, now)), year: found.year };
}

/**
 * Says whether two numbers may be one number in an old and in a new form, or as it is written at
 * home and abroad. That they are is a guess: good enough to find somebody who is on the line.
 * @param one a plus and digits, as the other
 */
export function mayBeSameNumber(one: string, other: string): boolean {
  if (one === other) return true;
  const writings = writingsOf(one);
  return writingsOf(other).some((each) => writings.includes(each));
}

/** Whether one of two numbers is of an old form that became several: the other may be a stranger's. */
export function isOneOfSeveral(one: string, other: string): boolean {
  if (one === other) return false;
  return [one, other].some((each) => (newFormsOf(each)?.forms.length ?? 1) > 1);
}

function writingsOf(e164: string): string[] {
  const rest = ARGENTINA.exec(e164)?.groups?.rest;
  if (rest !== undefined) return [`+549${rest}`];
  return [e164, ...(newFormsOf(e164)?.forms ?? [])];
}
