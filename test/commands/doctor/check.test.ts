import { describe, expect, it } from 'vitest';
import { type Check, renderChecks } from '../../../src/commands/doctor/check.ts';
import { loadPalette } from '../../../src/terminal/style.ts';

const row = (wishes: Partial<Check>): Check => ({
  id: 'dns',
  status: 'ok',
  title: 'DNS',
  detail: 'found',
  notes: [],
  hint: null,
  ...wishes,
});

const lines = async (rows: Check[], columns?: number) =>
  renderChecks(rows, columns, await loadPalette(false));

describe('checks on a terminal', () => {
  it('have a word for their state, and the rest in columns', async () => {
    const states = ['ok', 'warning', 'failed', 'skipped'] as const;
    const all = await lines(states.map((status) => row({ status, title: `Of ${status}` })));
    expect(all.slice(0, 4)).toEqual([
      'ok           Of ok       found',
      'warning      Of warning  found',
      'failed       Of failed   found',
      'skipped      Of skipped  found',
    ]);
  });

  it('of which nothing was checked stand in one block behind the others', async () => {
    const unchecked = (title: string, wishes: Partial<Check> = {}) =>
      row({ status: 'not-checked', title, ...wishes });
    expect(
      await lines([
        unchecked('SIP', { hint: 'Call.' }),
        row({}),
        unchecked('Key', { notes: ['n'] }),
      ]),
    ).toEqual([
      'ok           DNS  found',
      'not checked  2 things, which only a call, a transfer or the config can show:',
      '               SIP: found → Call.',
      '               Key: found; n',
    ]);
  });

  it('are told once more at the end where they fail or warn, each with what to do', async () => {
    const rows = [
      row({ status: 'warning', title: 'Clock', detail: 'late', hint: 'Set it.' }),
      row({}),
      row({
        status: 'failed',
        title: 'Key',
        detail: 'wrong',
        hint: 'Make another one.',
        notes: ['n'],
      }),
      row({ status: 'failed', title: 'TCP', detail: 'closed' }),
    ];
    expect((await lines(rows)).slice(-4)).toEqual([
      '',
      'failed       Key: wrong → Make another one.',
      'failed       TCP: closed',
      'warning      Clock: late → Set it.',
    ]);
    expect((await lines(rows, 40)).every((line) => line.length <= 40)).toBe(true);
    expect(await lines([row({})])).toEqual(['ok           DNS  found']);
  });

  it('have their notes and what to do below them', async () => {
    expect(await lines([row({ notes: ['one', 'two'], hint: 'Do it.' })])).toEqual([
      'ok           DNS  found',
      '               one',
      '               two',
      '               → Do it.',
    ]);
  });

  it('break between words where the terminal ends', async () => {
    const long = row({ detail: 'a name that was found', hint: 'Look it up once more.' });
    expect(await lines([long], 38)).toEqual([
      'ok           DNS  a name that was',
      '                  found',
      '               → Look it up once more.',
    ]);
  });

  it('that are skipped for one reason are one line', async () => {
    const skipped = (title: string, detail: string) => row({ status: 'skipped', title, detail });
    expect(
      await lines([skipped('TCP', 'why'), skipped('TLS', 'why'), skipped('Key', 'another')]),
    ).toEqual(['skipped      TCP, TLS  why', 'skipped      Key       another']);
  });

  it('with a long title push nobody else along', async () => {
    const title = 'To the-department-with-the-long-name';
    expect(await lines([row({}), row({ title })])).toEqual([
      'ok           DNS  found',
      'ok           To the-department-with-the-long-name: found',
    ]);
  });

  it('show what strangers named, and do not obey it', async () => {
    const [line = ''] = await lines([row({ title: 'To \u001b[2J', detail: 'a\nb' })]);
    expect(line).toBe('ok           To \\x1b[2J  a\\nb');
  });

  it('are coloured by their state, where colour is wanted', async () => {
    const [line] = renderChecks([row({ status: 'failed' })], 80, await loadPalette(true));
    expect(line).toBe('\u001b[31mfailed       \u001b[39mDNS  found');
  });
});
