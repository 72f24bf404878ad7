/** The manual page, in the man(7) language, from the same declarations as `--help`. */
import { type Command, Help, type Option } from 'commander';
import { EXIT_CODES, helpTopics, VARIABLES } from '../../src/commands/help/run.ts';
import { allDeclared, belowFlags, fullName } from '../../src/commands/shared/command.ts';
import { CONFIG_NAMES } from '../../src/config/words.ts';
import { version } from '../../src/core/package.ts';
import { startSentence, wrapWords } from '../../src/core/text.ts';
import { buildProgram, FIRST_LINES } from '../../src/program/program.ts';

const helper = new Help();

// What roff would take for its own, written so that it stands there as it is.

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** A text without a font of its own. */
function plain(text: string): string {
  return text.replace(
    /[\\\-'`^~"]|[^\x20-\x7e]/gu,
    (character) =>
      ESCAPES[character] ??
      `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;

/** A sentence: what stands in backticks is a command, and bold. */
function prose(text: string): string {
  return text
    .split(/`([^`]*)`/)
    .map((part, index) => (index % 2 === 1 ? bold(part) : plain(part)))
    .join('');
}

/** A line of text: a dot or an apostrophe at its beginning would make a request of it. */
function textLine(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Lines of the source, no longer than its readers like: where it breaks, the page does not. */
function textLines(text: string): string[] {
  return wrapWords(text, 78).map(textLine);
}

/** Names in bold, what stands for something in italics: `--to <destination>`. */
function term(text: string): string {
  return text
    .split(/(<[^>]*>|\[[^\]]*\])/)
    .map((part, index) => {
      if (part === '') return '';
      return index % 2 === 1 ? `\\fI${plain(part)}\\fR` : bold(part);
    })
    .join('');
}

/** The lines as they are: tables, and what is typed. */
function verbatim(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => textLine(plain(line))), '.fi', '.RE'];
}

/** A text of help: its indented lines stay as they are, the others become paragraphs. */
function blocks(text: string): string[] {
  const isTable = (line: string) => line.startsWith(' ');
  return text.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n').filter((line) => line !== '');
    const parts: string[][] = [];
    for (const line of lines) {
      const last = parts.at(-1);
      if (last !== undefined && isTable(last[0] ?? '') === isTable(line)) last.push(line);
      else parts.push([line]);
    }
    return parts.flatMap((part) =>
      isTable(part[0] ?? '')
        ? verbatim(part.map((line) => line.replace(/^ {1,2}/, '')))
        : ['.PP', ...textLines(prose(part.join(' ')))],
    );
  });
}

function list(rows: readonly (readonly [term: string, text: string])[]): string[] {
  return rows.flatMap(([name, text]) => ['.TP', textLine(name), ...textLines(prose(text))]);
}

function optionRows(options: readonly Option[]): [string, string][] {
  return options.map((option) => [
    term(helper.optionTerm(option)),
    helper.optionDescription(option),
  ]);
}

/** All that can be run, in the order of help: `history`, `history close`. */
function commandsOf(parent: Command): Command[] {
  return helper.visibleCommands(parent).flatMap((command) => [command, ...commandsOf(command)]);
}

const sentence = (text: string): string => `${startSentence(text)}.`;

function commandSection(command: Command): string[] {
  const { help, examples } = belowFlags(command);
  const usage = command.usage() === '' ? '' : ` ${command.usage()}`;
  const also = command.aliases().map((alias) => ` Also: \`${alias}\`.`);
  const options = helper.visibleOptions(command).filter(({ long }) => long !== '--help');
  return [
    `.SS ${plain(fullName(command))}`,
    textLine(`${bold(`lk-transfer ${fullName(command)}`)}${usage === '' ? '' : term(usage)}`),
    '.PP',
    ...textLines(prose(sentence(helper.commandDescription(command)) + also.join(''))),
    ...list(
      helper
        .visibleArguments(command)
        .map((argument) => [
          `\\fI${plain(helper.argumentTerm(argument))}\\fR`,
          helper.argumentDescription(argument),
        ]),
    ),
    ...list(optionRows(options)),
    ...blocks(help),
    '.PP',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...verbatim(examples.map((line) => `lk-transfer ${line}`)),
  ];
}

const FILES: readonly [string, string][] = [
  [
    CONFIG_NAMES.join(', '),
    'The config: the first of these in the working folder, or in one above it up to the root of the project. Outside of a project only the working folder counts.',
  ],
  [
    '~/.config/lk-transfer/',
    'The folder of your own config, for where no project has one: `$XDG_CONFIG_HOME/lk-transfer` with that variable, `%APPDATA%\\lk-transfer` on Windows.',
  ],
  [
    '~/.local/state/lk-transfer/',
    'The record of transfers, and what test calls have shown of trunks: `$XDG_STATE_HOME/lk-transfer` with that variable, `%LOCALAPPDATA%\\lk-transfer` on Windows.',
  ],
  ['~/.livekit/cli-config.yaml', 'The projects of the lk CLI, for `--project`.'],
];

/** Of tables: a page of 80 columns indents them by 11. */
const TABLE_COLUMNS = 68;

/** The paragraphs of a topic of help, without its title. */
function topic(name: keyof typeof helpTopics): string {
  return helpTopics[name](TABLE_COLUMNS).split('\n').slice(2).join('\n');
}

/** The page lk-transfer(1). */
export function manPage(): string {
  const program = allDeclared(buildProgram({ columns: undefined }, () => {}));
  const commands = commandsOf(program);
  const lines = [
    `.\\" Made by scripts/build/man-page.ts from the declarations of the commands.`,
    `.TH LK\\-TRANSFER 1 "" "lk\\-transfer ${plain(version)}" "User Commands"`,
    // Left-aligned, and no word broken: flags and paths are copied from here.
    '.nh',
    '.ad l',
    '.SH NAME',
    `lk\\-transfer \\- ${plain('cold transfers for callers on LiveKit telephony')}`,
    '.SH SYNOPSIS',
    `${bold('lk-transfer')} ${term('[command] [options]')}`,
    '.SH DESCRIPTION',
    ...textLines(
      prose(
        'Shows the telephone calls in the rooms of a LiveKit project, moves a caller to a department, number or address, and says what became of it. On a terminal, `lk-transfer` alone opens the desk: a live list to act on. Nothing is sent before it was confirmed, and a transfer is sent once.',
      ),
    ),
    '.SS Cold or warm',
    ...blocks(topic('cold-or-warm')),
    '.SH OPTIONS',
    'Every command takes these:',
    ...list(optionRows(helper.visibleOptions(program))),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH CONDITIONS OF A CALL',
    ...blocks(topic('conditions')),
    '.SH PROVIDERS',
    ...blocks(topic('providers')),
    '.SH EXIT STATUS',
    ...list(EXIT_CODES.map(([code, text]) => [bold(String(code)), sentence(text)])),
    '.SH ENVIRONMENT',
    ...list(Object.entries(VARIABLES).map(([name, text]) => [bold(name), sentence(text)])),
    '.SH FILES',
    ...list(FILES.map(([name, text]) => [`\\fI${plain(name)}\\fR`, text])),
    '.SH EXAMPLES',
    ...textLines(prose('With `--sandbox` no server is needed:')),
    ...verbatim(FIRST_LINES.map((line) => `lk-transfer ${line}`)),
    '.SH SEE ALSO',
    ...textLines(
      prose('The same is shown by `lk-transfer help` and `lk-transfer help exit-codes`.'),
    ),
  ];
  // A heading begins a paragraph by itself.
  const needed = lines.filter(
    (line, index) => line !== '.PP' || !/^\.S[HS] /.test(lines[index - 1] ?? ''),
  );
  return `${needed.join('\n')}\n`;
}
