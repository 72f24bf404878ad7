/** What is kept out of the record: secrets always, phone numbers where the config says so. */

/** Room for any name, address or sentence of ours; foreign text may be longer. */
const LONGEST = 300;

/** Cuts a text to what one field of the record may hold. */
export function boundText(text: string): string {
  if (text.length <= LONGEST) return text;
  // Never between the halves of a surrogate pair.
  return `${text.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * Takes out what may be a secret: what a name such as `password` stands before, the password and
 * the headers of an address, and tokens. Where an address or a value ends is not certain in foreign
 * text, so the rest of the word goes with it, and the rest of the line of a header.
 */
export function hideSecrets(text: string): string {
  return hideNamed(text).replace(/\S+/g, (word) => hideToken(hideInAddress(word)));
}

/** A value of the config as it may be shown: a header's name tells whether it is a secret. */
export function valueWithoutSecrets<Value>(setting: { key: string; value: Value }): Value | string {
  const { key, value } = setting;
  if (typeof value !== 'string') return value;
  const header = /\.headers\.(.+)$/.exec(key)?.[1];
  const before = header === undefined ? '' : `${header}: `;
  return hideSecrets(before + value).slice(before.length);
}

/** The patterns stand in here: what only reads the record must not load them. */
function hideNamed(text: string): string {
  // Of each repetition, the next piece cannot match a character, or it has a bound: else a long text
  // could take longer than its length.
  const HEADER_NAME = 'authorization|cookie';
  const NAME =
    'secret|pass(?:word|wd|phrase|code)|(?:(?<![a-z])|auth)(?:pass|pwd)(?![a-z])|token|jwt|credential';
  const KEY = '(?:api|private|access)[-_]?key';
  const SEPARATOR = '[\\w-]{0,40}["\'`\\\\]{0,8}\\s*[:=]>?\\s*(?:[[({]\\s*)?';
  /** Also with its quotes escaped, as in JSON in a log; not closed, to the end. */
  const QUOTED = '(\\\\{0,8})(["\'`])[^]*?(?:((?<!\\\\)\\2\\3)|$)';

  /** `Proxy-Authorization: Basic …`, and what else a header has after its first blank. */
  const HEADER = new RegExp(`((?:${HEADER_NAME})${SEPARATOR})(?:${QUOTED}|\\S.*)`, 'gi');
  /** `LIVEKIT_API_SECRET=…`, `"auth_password": "…"` */
  const NAMED = new RegExp(`((?:${NAME}|${KEY})${SEPARATOR})(?:${QUOTED}|\\S+)`, 'gi');
  /** `--api-secret …`; what a flag for a file has after it is no secret. */
  const FLAG = new RegExp(
    `(--[\\w-]{0,40}?(?:${NAME})(?![\\w-]{0,40}file)[\\w-]{0,40}\\s+)(?:${QUOTED}|\\S+)`,
    'gi',
  );
  /** The credentials of HTTP, wherever they stand (RFC 7617, RFC 6750). */
  const SCHEME = /\b((?:basic|bearer)\s+)[^\s"'`\\]+/gi;
  /** `LIVEKIT_KEYS="APIabc…: …"`, and `keys` in the config of a LiveKit server. */
  const PAIR = /\b(API[A-Za-z\d]{6,40}["'`\\]{0,8}\s*:\s*["'`\\]{0,8})[^\s"'`\\]+/g;

  const hide = (_: string, before: string, slashes = '', quote = '', end = '') =>
    `${before}${slashes}${quote}***${end}`;
  return text
    .replace(HEADER, hide)
    .replace(NAMED, hide)
    .replace(FLAG, hide)
    .replace(SCHEME, '$1***')
    .replace(PAIR, '$1***');
}

/** `sip:ann:hush@host?Subject=x` becomes `sip:ann:***@host?***`; the sentence round it stays. */
function hideInAddress(word: string): string {
  const scheme = /(?:sips?|tel|turns?):|[a-z\d]:(?=\/\/)/i.exec(word);
  if (scheme === null) return word;
  const start = scheme.index + scheme[0].length;
  let end = word.length;
  while (end > start && ').,:;'.includes(word.charAt(end - 1))) end -= 1;
  const question = word.indexOf('?', start);
  const address = question === -1 ? word : `${word.slice(0, question)}?***${word.slice(end)}`;
  const colon = address.indexOf(':', start);
  const at = address.lastIndexOf('@');
  return colon === -1 || colon > at
    ? address
    : `${address.slice(0, colon)}:***${address.slice(at)}`;
}

/** A JSON Web Token: two parts that are JSON objects in base64, and the signature. */
function hideToken(word: string): string {
  const start = word.indexOf('eyJ');
  return start === -1 || !word.includes('.eyJ', start) ? word : `${word.slice(0, start)}***`;
}

/** An IPv4 address, which is left alone; or five digits and more, in any writing of a number. */
const NUMBERS =
  /(?<![\p{Nd}.+])((?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3})(?![\p{Nd}.])|\p{Nd}(?:[\s\p{Pd}.()/]{0,3}\p{Nd}){4,}/gu;

/** Replaces the digits of phone numbers by `*`, save the last two. */
export function maskNumbers(text: string): string {
  return text.replace(NUMBERS, (found: string, host: string | undefined) => {
    if (host !== undefined) return found;
    let left = (found.match(/\p{Nd}/gu) ?? []).length;
    return found.replace(/\p{Nd}/gu, (digit) => {
      left -= 1;
      return left < 2 ? digit : '*';
    });
  });
}

/** What all texts of one transfer go through. */
export type Cleaner = (text: string) => string;

/**
 * Makes what does the same, except for the ids in a text that something is found by.
 * @param ids passed over unless they look like LiveKit's own (`SCL_…`, `ST_…`): splitting a number
 *   at anything else could leave it readable
 */
export function numberMasker(ids: readonly string[]): Cleaner {
  const known = new Set(ids.filter((id) => /^[A-Z]+_\w{8,}$/.test(id)));
  // A project may have thousands of them, in a few lengths.
  const lengths = [...new Set([...known].map((id) => id.length))].sort((a, b) => b - a);
  return (text) => {
    const likeAnId = /[A-Z]+_\w{8,}/g;
    let masked = '';
    let from = 0;
    for (let found = likeAnId.exec(text); found !== null; found = likeAnId.exec(text)) {
      const [word] = found;
      const id = lengths.map((length) => word.slice(0, length)).find((each) => known.has(each));
      if (id === undefined) continue;
      masked += maskNumbers(text.slice(from, found.index)) + id;
      from = found.index + id.length;
      likeAnId.lastIndex = from;
    }
    return masked + maskNumbers(text.slice(from));
  };
}

/**
 * Makes the cleaner for a transfer: no secrets, phone numbers masked if asked for, bounded. The ids
 * that the transfer is found by stay as they are, wherever they stand.
 */
export function cleanerFor(
  { callId, trunkId }: { callId: string; trunkId: string | null },
  masked: boolean,
): Cleaner {
  const mask = numberMasker([callId, ...(trunkId === null ? [] : [trunkId])]);
  return (text) => {
    const open = hideSecrets(text);
    return boundText(masked ? mask(open) : open);
  };
}

/** A phone number and nothing else, in any writing of one. */
const ONLY_A_NUMBER = /^\+?[\d ().-]+$/;

/**
 * Cleans the ids of a call. The provider looks it up by them, so their digits stay where numbers are
 * masked: save those of an id that is nothing but a number, which may be somebody's.
 */
export function cleanIds(
  ids: Readonly<Record<string, string>> | undefined,
  clean: Cleaner,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ids ?? {}).map(([name, id]) => [
      name,
      ONLY_A_NUMBER.test(id) ? clean(id) : boundText(hideSecrets(id)),
    ]),
  );
}
