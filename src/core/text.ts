/**
 * Names, numbers, rooms and headers come from strangers. Before any of them reaches a terminal, a
 * record or a report, what could move a cursor, ring a bell, break a line or turn text round is made visible.
 */

/**
 * C0 and C1 controls and DEL; the line separators; the characters that reorder or hide text
 * (bidirectional controls, zero-width characters, the byte order mark); halves of surrogate pairs.
 */
export const UNSAFE_CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/gu;

/**
 * Finds a character that must be made visible.
 * @returns its code point as `U+200D`, or null
 */
export function hiddenCharacter(text: string): string | null {
  const index = text.search(UNSAFE_CHARACTERS);
  if (index === -1) return null;
  return `U+${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}`;
}

const SHORT: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeOne(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** Makes foreign text safe to print on one line. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE_CHARACTERS, escapeOne);
}

/** A word of a command line for people to copy. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Reads text that another program has written, by its byte order mark: PowerShell's `>` and pipes
 * write UTF-16. Without a mark it is UTF-8.
 * @returns the text without the mark
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isBigEndian = first === 0xfe && second === 0xff;
  if (!isBigEndian && !(first === 0xff && second === 0xfe)) return new TextDecoder().decode(bytes);
  // Node has UTF-16 with the low byte first only, in builds without ICU. Half a character at the end
  // becomes a mark of its own, and is refused by whoever reads the text.
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = new TextDecoder('utf-16le').decode(isBigEndian ? even.swap16() : even);
  return bytes.length % 2 === 0 ? text : `${text}\ufffd`;
}

// Sentences. Lines are broken between words: a terminal by itself breaks them anywhere.

/** A clause with a capital at its beginning, to stand as a sentence. */
export function startSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** East Asian Wide and Fullwidth (Unicode Standard Annex 11), and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const INVISIBLE = /^[\p{Mark}\p{Cf}]+$/u;

/** Of texts that were measured: a screen is drawn again and again with the same names. */
const widths = new Map<string, number>();

/**
 * How many columns a text takes on a terminal: a Chinese character takes two, an accent none. The
 * library that tables are measured with takes 20 ms to load, and every command has sentences.
 */
export function columnsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = widths.get(text) ?? 0;
  if (columns > 0) return columns;
  for (const { segment } of new Intl.Segmenter().segment(text)) columns += columnsOfOne(segment);
  if (widths.size === 1000) widths.clear();
  widths.set(text, columns);
  return columns;
}

const columnsOfOne = (character: string): number =>
  WIDE.test(character) ? 2 : INVISIBLE.test(character) ? 0 : 1;

/**
 * Cuts a text to what fits on one line, between what people see as characters.
 * @returns the text, or its beginning and an ellipsis
 */
export function cutToColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let start = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += columnsOfOne(segment);
    if (width > columns - 1) break;
    start += segment;
  }
  return `${start}…`;
}

/**
 * Breaks a text into lines that fit, where it has blanks. What is to be copied stays whole: a longer
 * word, and a command in backticks. A terminal breaks these itself, which copies as one line.
 * @param columns width of the terminal; undefined leaves the text as it is
 * @param longest command that stays whole
 */
export function wrapWords(text: string, columns: number | undefined, longest = Infinity): string[] {
  if (columns === undefined || columnsOf(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  let width = 0;
  const whole = text.replace(/`[^`]+`/g, (command) =>
    columnsOf(command) <= longest ? command.replaceAll(' ', '\0') : command,
  );
  for (const word of whole.split(' ').map((each) => each.replaceAll('\0', ' '))) {
    const added = columnsOf(word);
    if (line === '') line = word;
    else if (width + 1 + added <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
      width = 0;
    }
    width += width === 0 ? added : 1 + added;
  }
  return [...lines, line];
}

// Names that people type: departments, keys, trunks, and the ones they nearly typed.

/**
 * The form in which names are compared: case and runs of blanks do not matter.
 * `  New   Business ` and `new business` are one name.
 */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase();
}

/** How a text begins that is read as what it says, and as no name: an address, `extension:100`. */
export const READING_PREFIX = /^\s*(?:(?:sips?|tel):|(?:department|extension|number)\s*:)/i;

/** Nobody mistypes a longer word than this, and distances cost its square. */
const LONGEST = 64;

/**
 * Finds the names that a mistyped one probably meant, nearest first.
 * @param name what was typed
 * @param names what there is
 * @param limit how many at most
 * @returns the names as they are written; empty when none is near
 */
export function nearestNames(name: string, names: Iterable<string>, limit = 3): string[] {
  const wanted = fold(name);
  if (wanted === '' || wanted.length > LONGEST) return [];
  const bound = wanted.length <= 2 ? 1 : Math.min(3, Math.ceil(wanted.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const candidate of new Set(names)) {
    const folded = fold(candidate);
    if (folded.length > LONGEST) continue;
    const distance = distanceBetween(wanted, folded, bound);
    if (distance <= bound && distance < Math.max(wanted.length, folded.length)) {
      near.push({ name: candidate, distance });
    } else if (wanted.length >= 3 && (folded.startsWith(wanted) || wanted.startsWith(folded))) {
      // A beginning ("supp" for "support") is a near miss at any distance.
      if (folded.length >= 3) near.push({ name: candidate, distance: bound + 1 });
    }
  }
  return near
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map((found) => found.name);
}

/** Blanks and hyphens are what people get wrong least meaningfully, so they do not count. */
const fold = (name: string): string => name.toLowerCase().replace(/[\s_-]+/g, '');

/**
 * Edit distance with neighbours swapped counting once (optimal string alignment); gives up, with
 * any number above the bound, as soon as the bound cannot be kept.
 */
function distanceBetween(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  const at = (row: readonly number[], column: number) => row[column] ?? Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      }
      current.push(cost);
      best = Math.min(best, cost);
    }
    if (best > bound) return bound + 1;
    [beforeLast, last] = [last, current];
  }
  return at(last, b.length);
}

// Patterns in which `*` stands for any run of characters, as the config has them.

/** Makes the test whether a text fits one of the patterns. */
export function wildcardMatcher(patterns: readonly string[]): (text: string) => boolean {
  const split = patterns.map((pattern) => pattern.split('*'));
  return (text) => split.some((parts) => consistsOf(text, parts));
}

/** Whether a text consists of these parts in this order, with anything between them. */
function consistsOf(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || first.length > end) return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

// Durations as people write them: `45s`, `2m`, `7d`, `1500ms`; a bare whole number is seconds.

const FORM = /^(\d{1,9})(ms|s|m|h|d)?$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest that a timer of Node's can be set for, in ms (24.8 days): a longer one goes off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Reads a duration.
 * @param text `45s`, `2m`, `1500ms`, `1h`, `7d`, or a whole number of seconds
 * @returns milliseconds, or null when the text is not a duration
 */
export function parseDuration(text: string): number | null {
  const match = FORM.exec(text.trim());
  if (match === null) return null;
  const unit = (match[2] ?? 's') as keyof typeof UNIT_MS;
  return Number(match[1]) * UNIT_MS[unit];
}

/**
 * Writes a duration for people, to the second: `7s`, `2m`, `1m 35s`, `3h 10m`, `2d 4h`.
 * @param ms milliseconds; negative ones (a clock that runs behind) read as `0s`
 */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoParts(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoParts(hours, 'h', minutes % 60, 'm');
  return twoParts(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const twoParts = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit} ${small}${smallUnit}`;

// Limits of SIP, of LiveKit and of HTTP that more than one room goes by. All in ms.

/** How long a transfer waits for its target where nothing says another wait. */
export const DEFAULT_WAIT_MS = 90_000;
/** Below this LiveKit gives up at once. */
export const SHORTEST_WAIT_MS = 2_000;
/** Node's HTTP gives up on an answer at 300 s, and so do many proxies. */
export const LONGEST_WAIT_MS = 290_000;
/** Longer than any transfer takes its process, with LiveKit's slack and the look at the caller. */
export const LONGEST_TRANSFER_MS = LONGEST_WAIT_MS + 60_000;

/** An unanswered REFER fails after this long (RFC 3261 §17.1.2.2, timer F). */
export const REFER_TIMEOUT_MS = 32_000;
/**
 * Silence of a trunk for at least this long is its silence: a SIP transaction that fails earlier lost
 * the answer. Two seconds less than the timer, for clocks and timers that are not exact.
 */
export const SILENCE_MS = REFER_TIMEOUT_MS - 2_000;
/** A wait at least this long tells a REFER that is ignored from a target that is slow. */
export const SHORTEST_CONCLUSIVE_WAIT_MS = REFER_TIMEOUT_MS + 1_000;

/** Without audio for this long LiveKit ends a leg, unless its trunk says otherwise (LiveKit SIP 1.11). */
export const MEDIA_TIMEOUT_MS = 15_000;
