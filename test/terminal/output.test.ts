import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, KnownError } from '../../src/core/errors.ts';
import { Output, type OutputOptions } from '../../src/terminal/output.ts';
import type { Column } from '../../src/terminal/table.ts';
import { type FakeHostOptions, fakeHost } from '../support/fake-host.ts';

const ESC = '\u001b';

function start(hostOptions: FakeHostOptions = {}, wishes: Partial<OutputOptions> = {}) {
  const fake = fakeHost(hostOptions);
  return { ...fake, output: new Output(fake.host, { json: false, quiet: false, ...wishes }) };
}

interface Row {
  id: string;
  name: string;
  agent: { identity: string } | null;
}
const COLUMNS: Column<Row>[] = [
  { field: 'id', heading: 'id', value: ({ id }) => id },
  { field: 'name', heading: 'name', value: ({ name }) => name, shrinks: true },
];
const ROWS: Row[] = [
  { id: '1', name: 'Ann', agent: { identity: 'a' } },
  { id: '2', name: `${ESC}[2J\tx\n`, agent: null },
];
const KNOWN = ['id', 'name', 'agent'];

describe('sentences', () => {
  const plain = (label: string) => label;

  it('fit a terminal, and break between words', async () => {
    const { output, stdout, stderr } = start({ isTTY: true, columns: 20, env: { NO_COLOR: '1' } });
    output.sentence(`one two three four ${ESC}[2J`);
    expect(stdout()).toBe('one two three four\n\\x1b[2J\n');
    output.warn('one two three four five');
    output.labelled('Label', 'one two three four', plain);
    await output.failure(
      new KnownError('server', 'Nothing came of it', { hint: 'Look at the server.' }),
    );
    expect(stderr()).toBe(
      [
        'one two three four',
        'five',
        'Label       one two',
        '            three',
        '            four',
        'error: Nothing came',
        'of it.',
        'Look at the server.',
        '',
      ].join('\n'),
    );
  });

  it('are one line each for programs, however long', () => {
    const { output, stdout, stderr } = start({ columns: 20 });
    const long = 'one two three four five six seven';
    output.sentence(long);
    output.warn(long);
    output.labelled('Label', long, plain);
    expect(stdout()).toBe(`${long}\n`);
    expect(stderr()).toBe(`${long}\nLabel       ${long}\n`);
  });
});

it('an event is one line, on a terminal too', () => {
  const { output, stdout } = start({ isTTY: true }, { json: true });
  output.event({ type: 'result', name: `${ESC}[2J` });
  expect(stdout()).toBe('{"type":"result","name":"\\u001b[2J"}\n');
});

describe('a list', () => {
  it('is a table on a terminal', async () => {
    const { output, stdout } = start({ isTTY: true, columns: 80 }, { colour: false });
    await output.list(ROWS, COLUMNS, KNOWN);
    expect(stdout()).toBe('ID  NAME\n1   Ann\n2   \\x1b[2J\\tx\\n\n');
  });

  it('is TAB-separated lines elsewhere', async () => {
    const { output, stdout } = start();
    await output.list(ROWS, COLUMNS, KNOWN);
    expect(stdout()).toBe('1\tAnn\n2\t\\x1b[2J\\tx\\n\n');
  });

  it('is one JSON document when asked for', async () => {
    const { output, stdout } = start({}, { json: true });
    await output.list(ROWS, COLUMNS, KNOWN);
    expect(JSON.parse(stdout())).toEqual(ROWS);
    expect(stdout()).toMatch(/^[^\n]+\n$/);
    expect(stdout()).not.toContain(ESC);
  });

  it.each([
    [{}, ''],
    [{ isTTY: true }, ''],
  ])('without rows is nothing (%j)', async (hostOptions, expected) => {
    const { output, stdout } = start(hostOptions);
    await output.list([], COLUMNS, KNOWN);
    expect(stdout()).toBe(expected);
  });

  it('without rows is an empty list in JSON', async () => {
    const { output, stdout } = start({}, { json: true });
    await output.list([], COLUMNS, KNOWN);
    expect(stdout()).toBe('[]\n');
  });

  it('shows the fields that are asked for, in that order, in every form', async () => {
    const tsv = start({}, { fields: 'agent,id' });
    await tsv.output.list(ROWS, COLUMNS, KNOWN);
    expect(tsv.stdout()).toBe('{"identity":"a"}\t1\n\t2\n');
    const json = start({}, { fields: 'agent,id', json: true });
    await json.output.list(ROWS, COLUMNS, KNOWN);
    expect(json.stdout()).toBe('[{"agent":{"identity":"a"},"id":"1"},{"agent":null,"id":"2"}]\n');
    const people = start({ isTTY: true }, { fields: 'name,agent', colour: false });
    await people.output.list(ROWS.slice(0, 1), COLUMNS, KNOWN);
    expect(people.stdout()).toBe('NAME  AGENT\nAnn   {"identity":"a"}\n');
  });

  it('of unknown fields is a usage error, even before any work', async () => {
    const { output, stdout } = start({}, { fields: 'novelty' });
    expect(() => output.checkFields(KNOWN)).toThrow(expect.objectContaining({ code: 'usage' }));
    await expect(output.list(ROWS, COLUMNS, KNOWN)).rejects.toMatchObject({ code: 'usage' });
    expect(stdout()).toBe('');
  });
});

describe('a document', () => {
  it.each([
    [false, '{"a":[1]}\n'],
    [true, '{\n  "a": [\n    1\n  ]\n}\n'],
  ])('is indented on a terminal only (%s)', (isTTY, text) => {
    const { output, stdout } = start({ isTTY }, { json: true });
    output.document({ a: [1] });
    expect(stdout()).toBe(text);
  });

  it.each<[string, { json: boolean; fields?: string }, string]>([
    ['as JSON', { json: true }, '{"a":1,"b":{"c":"\\t"}}\n'],
    ['as JSON of chosen fields', { json: true, fields: 'b' }, '{"b":{"c":"\\t"}}\n'],
    ['as chosen fields', { json: false, fields: 'b,a' }, '{"c":"\\t"}\t1\n'],
    ['in words', { json: false }, 'said\n'],
  ])('can be a record %s', async (_, options, text) => {
    const { output, stdout } = start({}, options);
    await output.record({ a: 1, b: { c: '\t' } }, ['a', 'b'], () => output.line('said'));
    expect(stdout()).toBe(text);
  });

  it('is no record of which fields can be chosen, where there is none', () => {
    const { output } = start({}, { json: false, fields: 'a' });
    expect(() => output.checkFields([])).toThrow('this command prints none');
  });

  it('has no colour, even where colour is forced', async () => {
    const { output, stdout } = start({ isTTY: true, env: { FORCE_COLOR: '1' } }, { json: true });
    const { red } = await output.palette('stdout');
    output.document({ a: red('x') });
    expect(stdout()).not.toContain(ESC);
  });
});

describe('an error', () => {
  const error = new KnownError('no-such-call', `No call “${ESC}[2J”.`, {
    hint: 'Look\nagain.',
    details: ['one', 'two\t'],
  });

  it('is told on stderr, the next step last', async () => {
    const { output, stdout, stderr } = start();
    await output.failure(error);
    expect(stderr()).toBe('error: No call “\\x1b[2J”.\n  one\n  two\\t\nLook\\nagain.\n');
    expect(stdout()).toBe('');
  });

  it('has no lines in JSON mode where data says the same', async () => {
    const { output, stderr } = start({}, { json: true });
    const data = { candidates: [] };
    await output.failure(new KnownError('usage', 'No.', { details: ['one'], data }));
    expect(Object.keys(JSON.parse(stderr()).error)).toEqual([
      ...['code', 'message', 'hint', 'exitCode', 'candidates'],
    ]);
  });

  it('is one object on stderr in JSON mode', async () => {
    const { output, stdout, stderr } = start({ isTTY: true }, { json: true });
    await output.failure(error);
    expect(JSON.parse(stderr())).toEqual({
      error: {
        code: 'no-such-call',
        message: `No call “${ESC}[2J”.`,
        hint: 'Look\nagain.',
        exitCode: 5,
        details: ['one', 'two\t'],
      },
    });
    expect(stderr().indexOf('\n')).toBe(stderr().length - 1);
    expect(stderr()).not.toContain(ESC);
    expect(stdout()).toBe('');
  });

  it('without a hint has null for it', async () => {
    const { output, stderr } = start({}, { json: true });
    await output.failure(new KnownError('server', 'x'));
    expect(JSON.parse(stderr()).error.hint).toBeNull();
  });

  it('tells every problem of a config, with its place', async () => {
    const problems = [
      { path: 'departments.a\u001b', message: 'wants an address' },
      { path: '', message: 'is no object' },
      { path: 'departments.b', message: 'departments.b on trunk ST_x: no template' },
    ];
    const config = new ConfigError('The config is wrong.', { problems });
    const words = start();
    await words.output.failure(config);
    expect(words.stderr()).toBe(
      'error: The config is wrong.\n  departments.a\\x1b: wants an address\n  is no object\n  departments.b on trunk ST_x: no template\n',
    );
    const json = start({}, { json: true });
    await json.output.failure(config);
    expect(JSON.parse(json.stderr()).error.problems).toEqual(problems);
  });

  it('is told however quiet it shall be', async () => {
    const { output, stderr } = start({}, { quiet: true });
    await output.failure(error);
    expect(stderr()).toContain('error: ');
  });

  it('is coloured on a terminal, and says “error” without it', async () => {
    const colourful = start({ isTTY: true });
    await colourful.output.failure(error);
    expect(colourful.stderr()).toContain(`${ESC}[31merror:${ESC}[39m`);
    const plain = start({ isTTY: true, env: { NO_COLOR: '1' } });
    await plain.output.failure(error);
    expect(plain.stderr()).not.toContain(ESC);
  });
});

describe('notices and warnings', () => {
  it.each([
    [{}, 'notice\nwarning\n'],
    [{ quiet: true }, 'warning\n'],
    [{ json: true }, '{"warning":{"message":"warning"}}\n'],
    [{ json: true, quiet: true }, '{"warning":{"message":"warning"}}\n'],
  ])('with %j are %j', (wishes, expected) => {
    const { output, stdout, stderr } = start({}, wishes);
    output.notice('notice');
    output.warn('warning');
    expect([stdout(), stderr()]).toEqual(['', expected]);
  });

  it('are escaped, and one line each', () => {
    const { output, stderr } = start();
    output.warn(`a${ESC}\nb`);
    expect(stderr()).toBe('a\\x1b\\nb\n');
  });
});

describe('colour for libraries', () => {
  it.each<[FakeHostOptions, boolean | undefined, Record<string, string>]>([
    [{ isTTY: true, env: { NO_COLOR: '' } }, undefined, { FORCE_COLOR: '1' }],
    [{ isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, undefined, { FORCE_COLOR: '1' }],
    [{ isTTY: true, env: { FORCE_COLOR: '1' } }, false, { NO_COLOR: '1' }],
    [{ env: {} }, undefined, { NO_COLOR: '1' }],
    // Prompts are drawn on stderr: it is stderr that counts.
    [{ stdout: { isTTY: false }, stderr: { isTTY: true } }, undefined, { FORCE_COLOR: '1' }],
    [{ stdout: { isTTY: true }, stderr: { isTTY: false } }, undefined, { NO_COLOR: '1' }],
  ])('%j with flag %s is settled once', (hostOptions, colour, expected) => {
    const { output, env } = start(hostOptions, { colour });
    output.settleColourOfLibraries();
    expect(env).toEqual(expected);
  });

  it('is decided for each stream by itself', async () => {
    const { output } = start({ stdout: { isTTY: false }, stderr: { isTTY: true } });
    expect((await output.palette('stdout')).red('x')).toBe('x');
    expect((await output.palette('stderr')).red('x')).toContain(ESC);
  });
});

describe('progress', () => {
  let nowMs = 0;
  const elapsed = () => nowMs;
  const pass = (ms: number) => {
    nowMs += ms;
    vi.advanceTimersByTime(ms);
  };
  beforeEach(() => {
    nowMs = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is drawn on stderr within 100 ms, with the seconds that have passed', () => {
    const { output, stdout, stderr } = start({ isTTY: true, elapsed });
    output.progress('reading');
    pass(100);
    expect(stderr()).toContain('reading');
    pass(12_000);
    expect(stderr()).toContain('reading (12 s)');
    expect(stdout()).toBe('');
    output.close();
  });

  it('does not flash up for what is quick', () => {
    const { output, stderr } = start({ isTTY: true, elapsed });
    const progress = output.progress('reading');
    pass(50);
    progress.stop();
    pass(5000);
    expect(stderr()).toBe('');
  });

  it.each<[string, FakeHostOptions, Partial<OutputOptions>]>([
    ['off a terminal', { stdout: { isTTY: true }, stderr: { isTTY: false } }, {}],
    ['on a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, {}],
    ['in CI', { isTTY: true, env: { CI: 'true' } }, {}],
    ['when quiet', { isTTY: true }, { quiet: true }],
    ['in JSON mode', { isTTY: true }, { json: true }],
  ])('is not shown %s', (_, hostOptions, wishes) => {
    const { output, stderr } = start({ ...hostOptions, elapsed }, wishes);
    output.progress('reading').update('still reading');
    pass(5000);
    output.close();
    expect(stderr()).toBe('');
  });

  it.each<[string, (output: Output) => unknown]>([
    ['a result', (output) => output.line('x')],
    ['a warning', (output) => output.warn('x')],
    ['a labelled line', (output) => output.labelled('x', 'y', (label) => label)],
    ['a sentence', (output) => output.sentence('x')],
    ['an event', (output) => output.event({ type: 'x' })],
    ['an error', (output) => output.failure(new KnownError('server', 'x'))],
    ['the end', (output) => output.close()],
  ])('is taken away before %s, for good', async (_, act) => {
    const { output, stderr } = start({ isTTY: true, elapsed, env: { NO_COLOR: '1' } });
    output.progress('reading');
    pass(100);
    await act(output);
    const [, after = ''] = stderr().split('reading');
    expect(after.startsWith(`\r${ESC}[2K`)).toBe(true);
    const before = stderr();
    pass(5000);
    expect(stderr()).toBe(before);
  });

  it('follows what is being done, and stays on one line', () => {
    const { output, stderr } = start({ isTTY: true, columns: 20, elapsed });
    const progress = output.progress('reading');
    pass(100);
    pass(100);
    progress.update('reading a very long list of rooms');
    const last = stderr().split(`${ESC}[2K`).at(-1) ?? '';
    expect(last).toMatch(/^reading a very.*…$/);
    expect(last.length).toBeLessThan(20);
    output.close();
  });

  it('gives way to the next', () => {
    const { output, stderr } = start({ isTTY: true, elapsed });
    output.progress('first');
    output.progress('second');
    pass(5000);
    expect(stderr()).not.toContain('first');
    expect(stderr()).toContain('second');
    output.close();
  });
});
