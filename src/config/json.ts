/**
 * JSON with errors that name the line and column on every Node version, and with an objection to
 * a key that is there twice: JSON.parse would silently take the second of two departments.
 */
import { quoteName } from './text.ts';

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
