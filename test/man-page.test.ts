/** The manual page, as the build writes it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Help } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { manPage } from '../scripts/build/man-page.ts';
import { EXIT_CODES, VARIABLES } from '../src/commands/help/run.ts';
import { allDeclared, belowFlags, fullName } from '../src/commands/shared/command.ts';
import { buildProgram } from '../src/program/program.ts';

const page = manPage();
const lines = page.trimEnd().split('\n');
const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-man-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'lk-transfer.1');
writeFileSync(file, page);

const MEANT: Readonly<Record<string, string>> = {
  ...{ '\\e': '\\', '\\-': '-', '\\&': '' },
  ...{ '\\(aq': "'", '\\(ga': '`', '\\(ha': '^', '\\(ti': '~', '\\(dq': '"' },
};

/** What the source of a page says, as a reader sees it: without fonts, and its lines joined. */
function asRead(source: string): string {
  return source
    .replaceAll(/\\f[BIR]/g, '')
    .replaceAll(/\\\[u([0-9A-F]{4,6})\]/g, (_, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    )
    .replaceAll(/\\(?:\(..|[e\-&])/g, (escaped) => MEANT[escaped] ?? escaped)
    .replaceAll(/\s+/g, ' ');
}

const readable = asRead(page);
const program = allDeclared(buildProgram({ columns: undefined }, () => {}));
const help = new Help();
const all = (parent: Command): Command[] =>
  help.visibleCommands(parent).flatMap((command) => [command, ...all(command)]);
const commands = all(program);

/** The part of the page that is about a command. */
function sectionOf(name: string): string {
  const [, section = ''] = page.split(`.SS ${name.replaceAll('-', '\\-')}\n`);
  return asRead(section.split(/^\.S[SH] /m)[0] ?? '');
}

describe('the manual page', () => {
  it('has commands to tell of', () => {
    expect(commands.map(fullName)).toEqual(
      expect.arrayContaining(['calls', 'transfer', 'history close', 'config init']),
    );
  });

  it.each(commands.map((command) => [fullName(command), command] as const))(
    'has all that help says of `%s`',
    (name, command) => {
      const section = sectionOf(name);
      expect(section).toContain(`lk-transfer ${name}`);
      const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
      const said = [
        ...options.flatMap((option) => [help.optionTerm(option), help.optionDescription(option)]),
        ...command.registeredArguments.map(({ description }) => description),
        ...belowFlags(command).examples.map((line) => `lk-transfer ${line}`),
        ...command.aliases(),
        ...belowFlags(command).help.replaceAll('`', '').split('\n'),
      ];
      const shown = section.replaceAll('`', '');
      for (const text of said) {
        expect(shown).toContain(text.replaceAll('`', '').replaceAll(/\s+/g, ' ').trim());
      }
    },
  );

  it('has the flags of every command once, the exit codes and the environment', () => {
    for (const option of help.visibleOptions(program)) {
      expect(readable.split(` .TP ${help.optionTerm(option)} `)).toHaveLength(2);
    }
    for (const [code] of EXIT_CODES) expect(readable).toContain(` .TP ${code} `);
    for (const name of Object.keys(VARIABLES)) expect(readable).toContain(` .TP ${name} `);
  });

  it('has nothing of what help hides', () => {
    expect(page).not.toMatch(/^\.SS complete$/m);
  });

  it('is made of requests that are meant, and of nothing else that roff takes for its own', () => {
    const requests = lines.filter((line) => /^[.']/.test(line));
    const meant = /^\.(?:TH .+|S[HS] .+|PP|TP|RS 4|RE|nf|fi|nh|ad l|\\" .+)$/;
    expect(requests.filter((line) => !meant.test(line))).toEqual([]);
    const escapes = page.match(/\\(?:\(..|\[u[0-9A-F]{4,6}\]|f[BIR]|.)/g) ?? [];
    const known = /^\\(?:[e\-&"]|f[BIR]|\((?:aq|ga|ha|ti|dq)|\[u[0-9A-F]{4,6}\])$/;
    expect([...new Set(escapes)].filter((each) => !known.test(each))).toEqual([]);
    expect(page).not.toMatch(/[^\n\x20-\x7e]/);
    expect(lines.filter((line) => line === '')).toEqual([]);
  });

  it('closes all that it opens', () => {
    for (const [open, close] of [
      ['.nf', '.fi'],
      ['.RS 4', '.RE'],
    ]) {
      const marks = lines.filter((line) => line === open || line === close);
      expect(marks.length).toBeGreaterThan(0);
      expect(marks.filter((mark, index) => mark !== (index % 2 === 0 ? open : close))).toEqual([]);
    }
    const fonts = page.match(/\\f[BIR]/g) ?? [];
    expect(fonts.length).toBeGreaterThan(100);
    expect(fonts.filter((font, index) => (font === '\\fR') !== (index % 2 === 1))).toEqual([]);
  });
});

/** Runs a program of the system. @returns null where it is not there */
function runTool(name: string, ...words: string[]): { status: number | null; said: string } | null {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MAN_KEEP_FORMATTING: '' };
  const { error, status, stdout, stderr } = spawnSync(name, words, { env, encoding: 'utf8' });
  return error === undefined ? { status, said: `${stdout}${stderr}` } : null;
}

const groff = runTool('groff', '--version');
const mandoc = runTool('mandoc', '-T', 'lint', file);

describe('as its readers show it', () => {
  it.skipIf(groff === null)('groff finds nothing to warn of', () => {
    expect(runTool('groff', '-man', '-ww', '-z', '-T', 'utf8', file)).toEqual({
      status: 0,
      said: '',
    });
  });

  it.skipIf(groff === null)('groff shows what is typed so that it can be copied', () => {
    const shown = runTool('groff', '-man', '-P', '-cbou', '-T', 'utf8', file)?.said ?? '';
    for (const command of commands) {
      for (const line of belowFlags(command).examples) {
        expect(shown.split('\n')).toContain(`${' '.repeat(11)}lk-transfer ${line}`);
      }
    }
    expect(shown).toContain('--api-secret-file <file>');
    // In words, quotes are curved; where something is typed, they are not.
    expect(shown).toMatch(/\w’s /);
  });

  it.skipIf(mandoc === null)('mandoc finds nothing but that it has no date', () => {
    // Two builds of one version are the same page.
    const said = mandoc?.said
      .trim()
      .split('\n')
      .filter((line) => !line.includes('missing date'));
    expect(said).toEqual([]);
  });
});
