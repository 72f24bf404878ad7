/**
 * The one way out: results on stdout and nothing else; progress, notices and errors on stderr.
 * Everything written here has been escaped, or is escaped here.
 */
import { Socket } from 'node:net';
import {
  asSentence,
  type ConfigProblem,
  type ErrorLine,
  type KnownError,
  type WarningLine,
} from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { CommandNames, type Place } from '../core/package.ts';
import { wrapWords } from '../core/text.ts';
import {
  escapeJsonText,
  escapeLines,
  escapeText,
  loadPalette,
  NO_PROGRESS,
  type Palette,
  type Progress,
  startProgress,
  wantsColour,
} from './style.ts';
import {
  type Column,
  fieldColumn,
  parseFields,
  renderTable,
  renderTsv,
  selectFields,
} from './table.ts';

export interface OutputOptions extends Place {
  json: boolean;
  quiet: boolean;
  /** `--fields`, not yet looked at. */
  fields?: string | undefined;
  /** `--color` / `--no-color`. */
  colour?: boolean | undefined;
}

/** Room for the labels of a preview. */
const LABEL_WIDTH = 12;

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** stdout is a terminal: tables with headings, relative times. */
  readonly forPeople: boolean;
  /** For commands in what `line` prints; all else here gives them their name by itself. */
  readonly commands: CommandNames;
  readonly #host: Host;
  readonly #options: OutputOptions;
  readonly #colour: { stdout: boolean; stderr: boolean };
  #progress: Progress = NO_PROGRESS;

  constructor(host: Host, options: OutputOptions) {
    this.#host = host;
    this.#options = options;
    this.json = options.json;
    this.quiet = options.quiet;
    this.commands = new CommandNames(host, options);
    this.forPeople = host.stdout.isTTY && !options.json;
    const colour = (stream: 'stdout' | 'stderr') =>
      wantsColour({ flag: options.colour, env: host.env }, host[stream].isTTY);
    this.#colour = { stdout: colour('stdout') && !options.json, stderr: colour('stderr') };
  }

  /**
   * Makes libraries that look at the environment see what was decided for stderr, where they draw:
   * inquirer (through Node) takes an empty NO_COLOR for set. Once a run, before one is loaded.
   */
  settleColourOfLibraries(): void {
    this.#host.setEnv('NO_COLOR', this.#colour.stderr ? undefined : '1');
    this.#host.setEnv('FORCE_COLOR', this.#colour.stderr ? '1' : undefined);
  }

  /** The colours for a stream; plain ones where it is not to be coloured. */
  palette(stream: 'stdout' | 'stderr'): Promise<Palette> {
    return loadPalette(this.#colour[stream]);
  }

  /** A line of the result. @param text safe to print */
  line(text: string): void {
    this.#progress.stop();
    this.#host.stdout.write(`${text}\n`);
  }

  /** A sentence of the result, which fits the terminal. @param text foreign text in it is escaped here */
  sentence(text: string, paint: (text: string) => string = (plain) => plain): void {
    this.#progress.stop();
    for (const line of this.#wrap('stdout', this.#safe(text))) {
      this.#host.stdout.write(`${paint(line)}\n`);
    }
  }

  /** The result as one JSON document: indented for people, compact for programs. */
  document(value: unknown): void {
    this.line(this.#json(value, this.#host.stdout.isTTY ? 2 : undefined));
  }

  /** One event of a stream: always one line, so that programs can read it as it comes. */
  event(value: object): void {
    this.line(this.#json(value));
  }

  /**
   * Whether nobody reads on (`| head -1`). Of a pipe only a write tells: a blank before JSON (RFC 8259 §2).
   */
  async isUnread(): Promise<boolean> {
    const { stdout } = this.#host;
    if (stdout.raw instanceof Socket && !stdout.isTTY) stdout.write(' ');
    return (await stdout.drained()) !== null;
  }

  /** Whether the run asks for certain fields: then they are the result, and no sentence. */
  get selects(): boolean {
    return this.#options.fields !== undefined;
  }

  /** The value, or with `--fields` those of it. @param known every field there may be */
  select(value: object, known: readonly string[]): object {
    const { fields } = this.#options;
    return fields === undefined ? value : selectFields(value, parseFields(fields, known));
  }

  /** One record of a stream, the fields that are asked for: a TAB-separated line. */
  fieldLine(value: object, known: readonly string[]): void {
    const { fields = '' } = this.#options;
    const columns = parseFields(fields, known).map((field) => fieldColumn(field, []));
    for (const line of renderTsv([this.commands.inRecord(value)], columns)) this.line(line);
  }

  /**
   * One record: as JSON, with `--fields` as a list of one, else in words.
   * @param known every field there may be
   */
  async record(
    value: object,
    known: readonly string[],
    inWords: () => void | Promise<void>,
  ): Promise<void> {
    if (this.json) this.document(this.select(value, known));
    else if (this.selects) await this.list([value], [], known);
    else await inWords();
  }

  /**
   * A list: JSON, a table or TAB-separated lines, as the run asks for.
   * @param known every field of a record, for `--fields`
   */
  async list<Row extends object>(
    records: readonly Row[],
    columns: readonly Column<Row>[],
    known: readonly string[],
  ): Promise<void> {
    const { fields: names } = this.#options;
    const fields = names === undefined ? null : parseFields(names, known);
    if (this.json) {
      this.document(fields === null ? records : records.map((row) => selectFields(row, fields)));
      return;
    }
    const rows = this.commands.inRecord(records);
    const usual = columns.filter((column) => !(this.forPeople && column.forPrograms === true));
    const shown = fields === null ? usual : fields.map((field) => fieldColumn(field, columns));
    if (!this.forPeople) {
      for (const line of renderTsv(rows, shown)) this.line(line);
      return;
    }
    if (rows.length === 0) return;
    const { default: stringWidth } = await import('string-width');
    const palette = await this.palette('stdout');
    const [head = '', ...lines] = renderTable(
      rows,
      shown,
      this.#host.stdout.columns,
      stringWidth,
      (text, tone) => palette[tone](text),
    );
    this.line(palette.bold(head));
    for (const line of lines) this.line(line);
  }

  /** Fails early, before any work, when `--fields` names a field that does not exist. */
  checkFields(known: readonly string[]): void {
    if (this.#options.fields !== undefined) parseFields(this.#options.fields, known);
  }

  /** Something worth knowing beside the result; `--quiet` and `--json` leave it out. */
  notice(text: string): void {
    if (!this.quiet && !this.json) this.warn(text);
  }

  /** Something that must be known beside the result; in JSON mode an object a line, like an error. */
  warn(text: string): void {
    this.#progress.stop();
    const lines = this.json
      ? [this.#json({ warning: { message: text } } satisfies WarningLine)]
      : this.#wrap('stderr', this.#safe(text));
    for (const line of lines) this.#host.stderr.write(`${line}\n`);
  }

  /** Several lines for whoever looks for a bug: a stack. @param object that stands for them in JSON mode */
  trace(text: string, object: object = {}): void {
    this.#progress.stop();
    this.#host.stderr.write(`${this.json ? this.#json(object) : escapeLines(text)}\n`);
  }

  /**
   * A label and what it stands for, on stderr, in a column of its own on a terminal.
   * @param text foreign text in it is escaped here
   */
  labelled(label: string, text: string, paint: (label: string) => string): void {
    this.#progress.stop();
    const [first = '', ...others] = this.#wrap('stderr', this.#safe(text), LABEL_WIDTH);
    this.#host.stderr.write(`${paint(label.padEnd(LABEL_WIDTH))}${first}\n`);
    for (const line of others) this.#host.stderr.write(`${' '.repeat(LABEL_WIDTH)}${line}\n`);
  }

  /** Shows that something is being waited for, on a terminal. */
  progress(label: string | (() => string)): Progress {
    this.#progress.stop();
    const { env, stderr, elapsed } = this.#host;
    const shown = stderr.isTTY && env.TERM !== 'dumb' && !env.CI && !this.quiet && !this.json;
    this.#progress = shown ? startProgress(stderr, elapsed, label) : NO_PROGRESS;
    return this.#progress;
  }

  /** Writes an error, in words or as the JSON error object. */
  async failure(error: KnownError): Promise<void> {
    this.#progress.stop();
    if (this.json) {
      const problems = problemsOf(error);
      const { code, message, hint = null, exitCode, details, data } = error;
      const value: ErrorLine = {
        error: {
          ...{ code, message: asSentence(message), hint, exitCode },
          // Data says the same, and better.
          ...(details.length > 0 && Object.keys(data).length === 0 && { details }),
          ...data,
          ...(problems !== null && { problems }),
        },
      };
      this.#host.stderr.write(`${this.#json(value)}\n`);
      return;
    }
    const { red, dim } = await this.palette('stderr');
    // Somebody who said no, spoke up, or left, has met no error.
    const wanted = ['declined', 'caller-spoke', 'interrupted'].includes(error.code);
    const label = wanted ? '' : 'error:';
    const sentence = `${label} ${this.#safe(asSentence(error.message))}`.trimStart();
    const text = this.#wrap('stderr', sentence).join('\n');
    this.#host.stderr.write(`${red(label)}${text.slice(label.length)}\n`);
    for (const detail of error.details) this.#indented(this.#safe(detail), 2);
    for (const { path, message, hint } of problemsOf(error) ?? []) {
      const isNamed = path === '' || message.startsWith(`${path} `);
      const place = isNamed ? '' : `${escapeText(path)}: `;
      this.#indented(`${place}${this.#safe(message)}`, 2);
      if (hint !== undefined) this.#indented(this.#safe(hint), 4, dim);
    }
    if (error.hint !== undefined) this.#indented(this.#safe(error.hint), 0, dim);
  }

  /** On stderr, behind so many blanks. */
  #indented(text: string, indent: number, paint = (line: string) => line): void {
    for (const line of this.#wrap('stderr', text, indent)) {
      this.#host.stderr.write(`${' '.repeat(indent)}${paint(line)}\n`);
    }
  }

  #safe(text: string): string {
    return escapeText(this.commands.inText(text));
  }

  #json(value: unknown, indent?: number): string {
    return escapeJsonText(JSON.stringify(this.commands.inRecord(value), null, indent));
  }

  /** On a terminal, lines that fit it; for programs one line is one line. */
  #wrap(stream: 'stdout' | 'stderr', text: string, indent = 0): string[] {
    const { isTTY, columns } = this.#host[stream];
    return wrapWords(text, isTTY && columns !== undefined ? columns - indent : undefined);
  }

  /** Takes away whatever is still drawn. */
  close(): void {
    this.#progress.stop();
  }
}

function problemsOf(error: KnownError): readonly ConfigProblem[] | null {
  if (!('problems' in error) || !Array.isArray(error.problems) || error.problems.length === 0) {
    return null;
  }
  return error.problems as readonly ConfigProblem[];
}
