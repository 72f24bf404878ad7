/** What the parser refuses on every command, whatever its flags are: the whole tree is walked. */
import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { allDeclared, exclusionsOf, fullName } from '../../src/commands/shared/command.ts';
import { GLOBAL_EXCLUSIONS } from '../../src/commands/shared/context.ts';
import { UsageError } from '../../src/core/errors.ts';
import { buildProgram, parseCommandLine } from '../../src/program/program.ts';
import { runProgram } from '../../src/program/run.ts';
import { fakeHost } from '../support/fake-host.ts';

const parse = (words: readonly string[]) =>
  parseCommandLine(words, { interactive: false, columns: undefined });

/** What is wrong with a line; null when nothing is. */
async function problemOf(words: readonly string[]): Promise<UsageError | null> {
  try {
    await parse(words);
    return null;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error;
  }
}

const program = allDeclared(buildProgram({ columns: undefined }, () => {}));

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** A command with the words that it cannot do without, and the flags it has, of every command's too. */
const COMMANDS = leaves(program).map((command) => ({
  name: fullName(command),
  words: [
    ...fullName(command).split(' '),
    ...command.registeredArguments
      .filter(({ required }) => required)
      .map(({ argChoices }) => argChoices?.[0] ?? 'sales'),
  ],
  options: [...program.options, ...command.options].filter(
    ({ hidden, long }) => !hidden && long !== '--version',
  ),
  exclusions: [...GLOBAL_EXCLUSIONS, ...exclusionsOf(command)],
}));

const isToggle = ({ required }: Option) => !required;
const longOf = ({ long }: Option) => long ?? '';
/** A flag with a value of some kind, where it takes one. */
const withValue = (option: Option) =>
  isToggle(option) ? [longOf(option)] : [longOf(option), option.argChoices?.[0] ?? '5'];

it('walks all commands', () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['transfer', 'smoke', 'config init', 'calls']));
  for (const { words } of COMMANDS) expect(words.length).toBeGreaterThan(0);
});

describe.each(COMMANDS)('$name', ({ words, options, exclusions }) => {
  it('takes no flag for the value of another', async () => {
    // Of thousands of lines those that are read otherwise are gathered: to expect each takes longer.
    const wrong: unknown[] = [];
    for (const option of options.filter((each) => !isToggle(each))) {
      const flag = longOf(option);
      const others = options.flatMap(({ short, long }) => [short, long, `${long}=x`]);
      for (const next of [...others, '-qy', '--', '--nonsense', undefined]) {
        if (next === null || next === undefined) continue;
        const found = await problemOf([...words, flag, next]);
        const isRight = found?.message === `${flag} needs a value.` && found.hint !== undefined;
        if (!isRight || found.hint.includes('=x')) wrong.push([flag, next, found]);
      }
      expect((await problemOf([...words, flag]))?.message).toBe(`${flag} needs a value.`);
    }
    expect(wrong).toEqual([]);
  });

  it('takes for a value what only begins with a dash, and a flag that is joined on', async () => {
    for (const option of options.filter((each) => !isToggle(each))) {
      const flag = longOf(option);
      for (const given of [[flag, '-'], [flag, '-5'], [`${flag}=--sandbox`], [`${flag}=-y`]]) {
        // It may be wrong for this flag, but it is its value.
        const found = await problemOf([...words, ...given]);
        expect(found?.message ?? '', given.join(' ')).not.toMatch(/needs a value|unknown option/i);
      }
    }
  });

  it('has no value for a flag that takes none', async () => {
    for (const flag of options.filter(isToggle).flatMap(({ short, long }) => [short, long])) {
      if (flag === undefined || flag === null) continue;
      for (const value of ['true', 'false', '']) {
        const found = await problemOf([...words, `${flag}=${value}`]);
        expect(found?.message).toBe(`${flag} takes no value.`);
      }
    }
  });

  it('takes no flag together with its --no- twin, in either order', async () => {
    const twins = options.filter(({ negate }) => negate);
    for (const off of twins) {
      for (const on of options.filter(
        (each) => !each.negate && each.attributeName() === off.attributeName(),
      )) {
        for (const [first, second] of [
          [on, off],
          [off, on],
        ] as const) {
          const lines = [
            [...words, ...withValue(first), ...withValue(second)],
            // Before the command and behind it, where it is one of every command's.
            ...(program.options.includes(first)
              ? [[...withValue(first), ...words, ...withValue(second)]]
              : []),
          ];
          for (const line of lines) {
            const found = await problemOf(line);
            expect(found, line.join(' ')).toMatchObject({ exitCode: 2 });
            expect(found?.message).toBe(`${longOf(first)} does not go with ${longOf(second)}.`);
          }
        }
      }
    }
  });

  it('takes nothing of what excludes each other, in either order', async () => {
    const optionOf = (flag: string) => {
      const found = options.find(({ long }) => long === flag);
      if (found === undefined) throw new Error(`${flag} is excluded, and there is none`);
      return found;
    };
    for (const { oneOf, why } of exclusions) {
      for (const [index, some] of oneOf.entries()) {
        for (const others of oneOf.slice(index + 1)) {
          for (const [one, other] of some.flatMap((a) => others.map((b) => [a, b] as const))) {
            for (const [first, second] of [
              [one, other],
              [other, one],
            ] as const) {
              const line = [
                ...words,
                ...withValue(optionOf(first)),
                ...withValue(optionOf(second)),
              ];
              expect(await problemOf(line)).toMatchObject({
                message: `${one} does not go with ${other}.`,
                hint: why,
                exitCode: 2,
              });
            }
          }
        }
      }
    }
  });

  it('takes no two values for a flag that has one', async () => {
    for (const option of options.filter((each) => !isToggle(each))) {
      const flag = longOf(option);
      for (const given of [
        [`${flag}=1`, flag, '2'],
        [flag, '1', flag, '2'],
      ]) {
        const found = await problemOf([...words, ...given]);
        const repeats = /repeatable/.test(option.description);
        if (repeats) expect(found?.message ?? '').not.toContain('twice');
        else expect(found?.message).toBe(`${flag} is given twice.`);
      }
    }
  });
});

describe('what goes together', () => {
  it.each([
    // Nobody is to be asked, and this is the consent that is needed then.
    'transfer SCL_x --to sales --yes --no-input',
    // Still dry.
    'transfer SCL_x --to sales --yes --dry-run',
    'transfer - --to sales --confirm 3 --yes',
    'calls --quiet --debug',
    'calls --json --quiet --no-color',
    'calls --json --json -q --quiet',
    'calls --timeout 5s --timeout 5s',
    'transfer SCL_x --to sales --fallback a --fallback b',
    'calls --url http://x --api-key k --api-secret-file f',
  ])('%s', async (line) => {
    expect(await problemOf(line.split(' '))).toBeNull();
  });
});

describe('an error about such a line', () => {
  async function run(line: string) {
    const fake = fakeHost();
    const exitCode = await runProgram(line.split(' '), fake.host);
    return { exitCode, stdout: fake.stdout(), stderr: fake.stderr() };
  }

  it('is JSON where JSON is asked for, as an option or as no option can be', async () => {
    for (const line of ['calls --json --trunk', 'calls --json=true']) {
      const { exitCode, stdout, stderr } = await run(line);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage', exitCode: 2 } });
    }
  });

  it('is one where JSON is asked for without a command: help is none', async () => {
    for (const line of ['--json', '--json --fields callId', '--sandbox --json']) {
      const { exitCode, stdout, stderr } = await run(line);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'usage', message: 'A command is missing.' },
      });
    }
    for (const line of ['--json --help', '--json help', '--quiet']) {
      expect(await run(line)).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  it('says how a value that begins with a dash is written', async () => {
    const { stderr } = await run('transfer SCL_x --to --sandbox --yes');
    expect(stderr).toContain('error: --to needs a value.');
    expect(stderr).toContain('--sandbox follows it');
    expect(stderr).toContain('--to=VALUE');
  });

  it('repeats no secret that stands where a value should', async () => {
    for (const line of ['calls --trunk --api-secret=CANARY', 'calls --json=CANARY']) {
      const { exitCode, stderr } = await run(line);
      expect(exitCode).toBe(2);
      expect(stderr).not.toContain('CANARY');
    }
  });

  it('leads to the help of the command that is meant', async () => {
    expect(await problemOf(['--config', 'calls', 'rooms', '--bogus'])).toMatchObject({
      hint: 'See `lk-transfer rooms --help`.',
    });
  });
});
