/** The rules of single values: countries, waits, SIP headers, dial templates, keys of trunks. */
import {
  hiddenCharacter,
  LONGEST_WAIT_MS,
  nearestNames,
  parseDuration,
  SHORTEST_WAIT_MS,
} from '../core/text.ts';
import { alternatives, forbiddenCharacter, quoteName } from './json.ts';

// Countries.

/**
 * Every country that has phone numbers of its own, as two letters. The tables of phone numbers know
 * them too, and take longer to load than the whole list of calls to print; a test compares the two.
 */
const COUNTRIES = `
  AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
  BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC
  EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK
  HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
  LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY
  MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS
  RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL
  TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
`;

/** What people call a country, beside its two letters. */
const OTHER_CODES: Readonly<Record<string, string>> = { UK: 'GB' };

/** What people take for a country, and may have meant another by. */
const USUAL_MISTAKES: Readonly<Record<string, string>> = { EN: 'GB' };

/**
 * Reads a country.
 * @param text two letters, in any case
 * @returns them in capitals, or what is wrong with them
 */
export function readCountry(
  text: string,
): { ok: true; code: string } | { ok: false; problem: string } {
  const letters = text.trim().toUpperCase();
  const code = Object.hasOwn(OTHER_CODES, letters) ? (OTHER_CODES[letters] ?? letters) : letters;
  if (/^[A-Z]{2}$/.test(code)) {
    if (countryCodes().includes(code)) return { ok: true, code };
    const meant = Object.hasOwn(USUAL_MISTAKES, code) ? USUAL_MISTAKES[code] : undefined;
    if (meant !== undefined) {
      return { ok: false, problem: `there is no country "${text}": did you mean ${meant}?` };
    }
  }
  return {
    ok: false,
    problem: `there is no country "${text}": write two letters, such as US, DE or GB`,
  };
}

/** The two letters of every country. */
export function countryCodes(): string[] {
  return COUNTRIES.trim().split(/\s+/);
}

interface Country {
  /** Two capital letters. */
  code: string;
  /** In English. */
  name: string;
}

/** Lists every country that phone numbers are known of, by its letters. */
export function listCountries(): Country[] {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return countryCodes()
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

// How long to wait for a transfer target: the range that LiveKit and HTTP clients leave.

/**
 * Reads a wait.
 * @param written `45s`, `2m`, or a whole number of seconds, as text or as a number
 * @returns milliseconds, or what is wrong with it
 */
export function readWait(
  written: string | number,
): { ok: true; ms: number } | { ok: false; problem: string } {
  const ms = parseDuration(String(written));
  if (ms === null) {
    return { ok: false, problem: 'expected a duration such as 45s or 2m, or whole seconds' };
  }
  if (ms < SHORTEST_WAIT_MS || ms > LONGEST_WAIT_MS) {
    return { ok: false, problem: 'expected a wait from 2s to 290s' };
  }
  return ms % 1000 === 0 ? { ok: true, ms } : { ok: false, problem: 'expected whole seconds' };
}

// SIP headers that may go out with a REFER.

/** RFC 3261 §25.1, token. */
const TOKEN = /^[A-Za-z0-9.!%*_+`'~-]+$/;
const LONGEST_HEADER_NAME = 255;
/** In bytes of UTF-8. */
export const LONGEST_HEADER_VALUE = 1024;
/** What is wrong with a longer one. */
export const HEADER_TOO_LONG = `expected at most ${LONGEST_HEADER_VALUE} bytes`;

/**
 * Headers that belong to the REFER itself: LiveKit's SIP service refuses these, except Route, To and
 * Via, which it lets through and which would break the request or send it elsewhere. The single
 * letters are the compact forms (RFC 3261 §7.3.3).
 */
const RESERVED_FAMILIES = ['accept', 'allow', 'content-'];
const RESERVED = new Set(
  'call-id contact cseq event expires from max-forwards record-route refer-to reply-to route to via'
    .concat(' c e f i k l m o r t u v')
    .split(' '),
);

/** Whether this can be the name of a header at all. */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name) && name.length <= LONGEST_HEADER_NAME;
}

/** Whether the REFER sets this header itself, so that nobody else may. */
export function belongsToRefer(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) || RESERVED_FAMILIES.some((start) => lower.startsWith(start));
}

/** Says what is wrong with the name of a header, or null. */
export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) {
    return "expected the name of a SIP header: letters, digits and - . ! % * _ + ` ' ~";
  }
  if (name.length > LONGEST_HEADER_NAME)
    return `expected at most ${LONGEST_HEADER_NAME} characters`;
  if (belongsToRefer(name)) {
    return `${quoteName(name)} belongs to the REFER itself and cannot be set`;
  }
  return null;
}

/** Says what is wrong with the value of a header, or null. */
export function headerValueProblem(value: string): string | null {
  const character = forbiddenCharacter(value);
  if (character !== null) return `contains a control character (${character})`;
  const hidden = hiddenCharacter(value);
  if (hidden !== null) return `contains a character that nobody sees (${hidden})`;
  return new TextEncoder().encode(value).length > LONGEST_HEADER_VALUE ? HEADER_TOO_LONG : null;
}

// Templates with `{placeholders}`: how a destination becomes a Refer-To, and header values.

const PLACEHOLDERS = [
  'number',
  'digits',
  'extension',
  'domain',
  'department',
  'trunkNumber',
  'callerNumber',
] as const;

type TemplateKind = 'number' | 'extension' | 'header';

/** What each kind cannot know: a number has no extension, an extension no number. */
const UNAVAILABLE: Record<TemplateKind, readonly string[]> = {
  number: ['extension'],
  extension: ['number', 'digits'],
  header: [],
};

/** The placeholders of a template, in order. Braces around anything but a word are plain text. */
export function placeholdersIn(template: string): string[] {
  return [...template.matchAll(/\{([\w-]+)\}/g)].map((match) => match[1] as string);
}

/** Says what is wrong with a header value as a template. */
export function headerTemplateProblems(template: string): string[] {
  return placeholderProblems('header', template);
}

/** Says what is wrong with a dial template; an empty list when it is fine. */
export function dialTemplateProblems(kind: 'number' | 'extension', template: string): string[] {
  const problems = placeholderProblems(kind, template);
  const used = placeholdersIn(template);
  if (!/^(?:sips?|tel):./.test(template))
    problems.push('expected it to start with sip:, sips: or tel:');
  if (kind === 'number' && !used.includes('number') && !used.includes('digits')) {
    problems.push('expected {number} or {digits} in it');
  }
  if (kind === 'extension' && !used.includes('extension'))
    problems.push('expected {extension} in it');
  if (/[\s<>"]/.test(template))
    problems.push('expected the bare address, without blanks, <, > or "');
  if (/[{}]/.test(template.replace(/\{[\w-]+\}/g, '')))
    problems.push('has a { or } that stands alone');
  // LiveKit writes tel URIs without <>, where parameters would become the header's own.
  if (template.startsWith('tel:') && template.includes(';')) {
    problems.push('a tel: address cannot carry parameters here; use a sip: one');
  }
  return problems;
}

function placeholderProblems(kind: TemplateKind, template: string): string[] {
  const known = PLACEHOLDERS.filter((name) => !UNAVAILABLE[kind].includes(name));
  // One that stands there a thousand times is one mistake.
  return [...new Set(placeholdersIn(template))]
    .filter((name) => !(known as string[]).includes(name))
    .map((name) => {
      if (UNAVAILABLE[kind].includes(name))
        return `{${name}} cannot be used in the ${kind} template`;
      const near = nearestNames(name, known, 1).map((guess) => `; did you mean {${guess}}?`);
      const list = alternatives(known.map((word) => `{${word}}`));
      return `unknown placeholder ${quoteName(`{${name}}`)}${near.join('') || `; expected ${list}`}`;
    });
}

// Keys of `trunks`: how each is meant, and when two are one.

/** How a key of `trunks` is meant: `ST_…` is an id, a key with a dot a host, anything else a name. */
export function trunkKeyKind(key: string): 'id' | 'host' | 'name' {
  if (key.startsWith('ST_')) return 'id';
  return key.includes('.') ? 'host' : 'name';
}

/** Takes the port, the final dot and the capitals off a host; LiveKit's `sip.hostname` may have them. */
export function bareHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
}

/** The form in which keys are compared: ids as they are, names and hosts without their capitals. */
export function foldTrunkKey(key: string): string {
  switch (trunkKeyKind(key)) {
    case 'id':
      return key;
    case 'host':
      return bareHost(key);
    case 'name':
      return key.trim().toLowerCase();
  }
}
