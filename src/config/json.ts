/**
 * JSON with errors that name the line and column on every Node version, and with an objection to
 * a key that is there twice: JSON.parse would silently take the second of two departments.
 */
import { type ConfigProblem, isKnownError } from '../core/errors.ts';

/** Says where a text is no JSON or YAML any more, and why. */
export class SyntaxProblem extends Error {
  /** @param position counted from 1; null when the parser does not say */
  constructor(position: { line: number; column: number } | null, reason: string) {
    super(
      position === null ? reason : `line ${position.line}, column ${position.column}: ${reason}`,
    );
    this.name = 'SyntaxProblem';
  }
}

/** Deeper than any config; keeps a file of a million brackets off the stack. */
const DEEPEST = 100;

/**
 * Parses JSON.
 * @param text a byte order mark in front does not matter
 * @throws SyntaxProblem
 */
export function parseConfigJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  if (json.includes('\0')) throw new SyntaxProblem(null, 'not UTF-8 text; save it as UTF-8');
  new Scanner(json).document();
  return JSON.parse(json);
}

/** Walks over a JSON text (RFC 8259) without building anything. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws SyntaxProblem at the first character that does not belong */
  document(): void {
    this.#value(0);
    if (this.#skipBlanks() !== undefined) this.#fail('expected nothing after the last bracket');
  }

  #value(depth: number): void {
    if (depth > DEEPEST) this.#fail('nested too deeply');
    const next = this.#skipBlanks();
    if (next === '{') this.#members(depth + 1);
    else if (next === '[') this.#elements(depth + 1);
    else if (next === '"') this.#string();
    else if (!this.#take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)) {
      this.#fail('expected a value');
    }
  }

  #members(depth: number): void {
    const keys = new Set<string>();
    this.#at += 1;
    if (this.#skipBlanks() === '}') this.#at += 1;
    else {
      do {
        if (this.#skipBlanks() !== '"') this.#fail('expected a name in double quotes');
        const start = this.#at;
        const key = this.#string();
        if (keys.has(key)) this.#fail(`${quoteName(key)} is there twice`, start);
        keys.add(key);
        if (this.#skipBlanks() !== ':') this.#fail('expected a colon');
        this.#at += 1;
        this.#value(depth);
      } while (this.#goesOn('}'));
    }
  }

  #elements(depth: number): void {
    this.#at += 1;
    if (this.#skipBlanks() === ']') this.#at += 1;
    else {
      do this.#value(depth);
      while (this.#goesOn(']'));
    }
  }

  /** After a member or element: true at a comma, false at the closing bracket. */
  #goesOn(close: '}' | ']'): boolean {
    const next = this.#skipBlanks();
    if (next !== ',' && next !== close) this.#fail(`expected a comma or ${close}`);
    const comma = this.#at;
    this.#at += 1;
    if (next === ',' && this.#skipBlanks() === close) this.#fail('a comma too many', comma);
    return next === ',';
  }

  #string(): string {
    const start = this.#at;
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('this text is never closed', start);
      if (character === '\n' || character === '\r') this.#fail('a text ends on its own line');
      if (character < ' ') this.#fail('a control character inside a text');
      if (character !== '\\') continue;
      if (!this.#take(/\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y)) this.#fail('unknown escape after \\');
      this.#at -= 1;
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #skipBlanks(): string | undefined {
    this.#take(/[ \t\r\n]*/y);
    const next = this.#text[this.#at];
    if (next === '#' || (next === '/' && /[/*]/.test(this.#text[this.#at + 1] ?? ''))) {
      this.#fail('JSON has no comments; a .yaml file may have them');
    }
    return next;
  }

  #take(form: RegExp): boolean {
    form.lastIndex = this.#at;
    const found = form.test(this.#text);
    if (found) this.#at = form.lastIndex;
    return found;
  }

  #fail(reason: string, at = this.#at): never {
    const ended = at >= this.#text.trimEnd().length ? ', but the file ends here' : '';
    throw new SyntaxProblem(positionAt(this.#text, at), `${reason}${ended}`);
  }
}

/** Line and column, from 1, of an offset in a text. */
function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

// Pieces of a config: what a text may hold, how names, texts and paths are written, shapes.

/** Control characters of both sets, line separators, and halves of surrogate pairs. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Finds a character that must never reach a SIP header or a terminal.
 * @returns its code point as `U+000A`, or null
 */
export function forbiddenCharacter(text: string): string | null {
  const found = FORBIDDEN.exec(text)?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A name in quotes, shortened, with its control characters written out. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 59)}…` : name);
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

/** The path of a key: `departments.sales.to`, `agents[0]`, `trunks["sip.example.com"].dial`. */
export function writePath(path: readonly PropertyKey[]): string {
  let written = '';
  for (const key of path) {
    if (typeof key === 'number') written += `[${key}]`;
    else if (/^[\w$-]{1,60}$/.test(String(key))) written += `${written && '.'}${String(key)}`;
    else written += `[${quoteName(String(key))}]`;
  }
  return written;
}

/** What is wrong at a path of the config, as it was thrown. @throws what is no KnownError */
export function problemAt(path: string, error: unknown): ConfigProblem {
  if (!isKnownError(error)) throw error;
  const { message, hint } = error;
  return { path, message, ...(hint !== undefined && { hint }) };
}

/** What may follow a path that is written: its own keys, as `writePath` writes them. */
const MORE_KEYS = /^(?:\.[\w$-]+|\[(?:\d+|"(?:[^"\\]|\\.)*")\])*/;

/**
 * A problem by the text that people read, which begins with a path: the very path of the problem
 * (`departments.sales.to: …`), or that of its subject (`departments.sales on trunk ST_x: …`).
 * @param path that its own begins with
 */
export function problemBelow(path: string, text: string, hint: string | undefined): ConfigProblem {
  const keys = MORE_KEYS.exec(text.slice(path.length))?.[0] ?? '';
  const own = `${path}${keys}`;
  const message = text.startsWith(`${own}: `) ? text.slice(own.length + 2) : text;
  return { path: own, message, ...(hint !== undefined && { hint }) };
}

// Texts in double quotes, as JSON and YAML both read them.

/**
 * Everything that has no form of its own on a screen: controls, characters that hide or reorder
 * text, those that nobody has assigned (YAML refuses some of these), and line separators.
 */
const INVISIBLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Writes a text as JSON, with all that cannot be seen as `\uXXXX`. */
export function quoteText(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

/** The same for a whole JSON document, whose own line ends stay. */
export function escapeInvisible(json: string): string {
  return json.replace(INVISIBLE, (found) =>
    found === '\n'
      ? found
      : // Two units for what lies beyond the first plane: that is how JSON writes it.
        found
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

// Values of any shape, not checked yet.

/** Objects as JSON and YAML write them; dates and bytes, which YAML knows too, are not. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The names of departments and trunks, whatever the shape of the rest. */
export function namesIn(config: unknown): [section: string, name: string][] {
  return ['departments', 'trunks'].flatMap((section) => {
    const names = isRecord(config) ? config[section] : undefined;
    return isRecord(names)
      ? Object.keys(names).map((name): [string, string] => [section, name])
      : [];
  });
}

/** Whether any such name is what a number looks like once YAML has read it as one. */
export function hasNumberNames(config: unknown): boolean {
  return namesIn(config).some(([, name]) => String(Number(name)) === name);
}
