/** The tables of docs/: complete, and where they are made from the code, as the code has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SMOKE_VERDICTS } from '../src/config/words.ts';
import { exitCodeOf } from '../src/core/errors.ts';
import { providerPresets, wantedAddress } from '../src/destinations/providers.ts';
import type { Action } from '../src/transfer/explain/advice.ts';
import { sipWords } from '../src/transfer/explain/status.ts';
import type { Evidence, Outcome } from '../src/transfer/outcome.ts';
import { ROOT, runProgram } from './process/run-program.ts';
import { blocksOf, expectTable, readPage } from './support/pages.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  items?: Schema;
  anyOf?: Schema[];
}

const schema: Schema = JSON.parse(
  readFileSync(join(ROOT, 'schema', 'transfer.schema.json'), 'utf8'),
);

/** Every key, with X for a name of the user's: `departments.X.to`. */
function keysOf(node: Schema, path: readonly string[] = []): { path: string[]; means: string }[] {
  const inner = [
    ...Object.entries(node.properties ?? {}).map(([key, value]) => [key, value] as const),
    ...(node.additionalProperties ? [['X', node.additionalProperties] as const] : []),
  ];
  return [
    ...inner.flatMap(([key, value]) => {
      const here = [...path, key];
      const deeper = keysOf(value, here);
      const isLeaf = key !== 'X' && deeper.length === 0;
      return isLeaf ? [{ path: here, means: value.description ?? '' }] : deeper;
    }),
    ...[node.items, ...(node.anyOf ?? [])].flatMap((each) =>
      each === undefined ? [] : keysOf(each, path),
    ),
  ];
}

const KEYS = keysOf(schema);

/** The rows of the tables of a page, cell by cell. */
const rowsOf = (path: string) =>
  [...readPage(path).text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '));

/** Which rows of a page begin with such a word between backticks, and what their last cell has. */
function endsOf(path: string, words: readonly string[]): Record<string, string> {
  const rows = rowsOf(path).map((cells) => [
    cells[0]?.replaceAll('`', '') ?? '',
    cells.at(-1) ?? '',
  ]);
  return Object.fromEntries(rows.filter(([word = '']) => words.includes(word)));
}

describe('docs/configuration.md', () => {
  it('has every key of the config, with what it means', () => {
    expect(KEYS.length).toBeGreaterThan(50);
    expectTable('docs/configuration.md', 'keys', [
      '| key | means |',
      '|---|---|',
      ...KEYS.map(
        ({ path, means }) => `| \`${path.join('.')}\` | ${means.replaceAll('|', '\\|')} |`,
      ),
    ]);
  });

  it('has an example of every key', () => {
    const examples = blocksOf(readPage('docs/configuration.md'))
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text));
    const reaches = (value: unknown, [key, ...rest]: readonly string[]): boolean => {
      if (key === undefined) return true;
      if (Array.isArray(value)) return value.some((each) => reaches(each, [key, ...rest]));
      if (typeof value !== 'object' || value === null) return false;
      if (key === 'X') return Object.values(value).some((each) => reaches(each, rest));
      return Object.hasOwn(value, key) && reaches(Reflect.get(value, key), rest);
    };
    const without = KEYS.filter(({ path }) => !examples.some((each) => reaches(each, path)));
    expect(without.map(({ path }) => path.join('.'))).toEqual([]);
  });
});

describe('docs/providers.md', () => {
  it.each(Object.entries(providerPresets))(
    'has one row for %s, as the code has it',
    (name, preset) => {
      const rows = rowsOf('docs/providers.md').filter(([first]) =>
        first?.endsWith(`(\`${name}\`)`),
      );
      expect(rows).toHaveLength(1);
      const [[, enable, address, hangsUpFirst, refusal, source] = []] = rows;
      expect(address?.replaceAll('`', '')).toBe(wantedAddress(name as never, null) ?? 'none');
      expect(hangsUpFirst).toBe(preset.hangsUpFirst ? 'yes' : 'no');
      for (const cell of [enable, refusal, source]) expect(cell).toMatch(/\w/);
      for (const code of preset.refusal.match(/\b\d{3,}\b/g) ?? []) expect(refusal).toContain(code);
    },
  );
});

describe('docs/outcomes.md', () => {
  it('has every outcome of a transfer, each with its exit codes', () => {
    const codes = {
      completed: '0',
      bridged: '0',
      refused: '1',
      'target-failed': '1',
      'not-sent': '1, 2, 4, 5',
      ended: '1, 7',
      unconfirmed: '7',
      unknown: '7',
    } satisfies Record<Outcome, string>;
    expect(endsOf('docs/outcomes.md', Object.keys(codes))).toEqual(codes);
  });

  it('has every kind of evidence, and every next step', () => {
    const words = {
      ...({ reason: 0, lingered: 0, trunk: 0, 'in-room': 0 } satisfies Record<Evidence, 0>),
      ...({
        none: 0,
        'ask-target': 0,
        'call-back': 0,
        look: 0,
        wait: 0,
        'answer-call': 0,
        'retry-soon': 0,
        'retry-later': 0,
        'other-destination': 0,
        'fix-address': 0,
        'fix-request': 0,
        'fix-trunk': 0,
        'fix-credentials': 0,
        'ask-provider': 0,
        bridge: 0,
      } satisfies Record<Action, 0>),
    };
    const found = Object.keys(endsOf('docs/outcomes.md', Object.keys(words)));
    expect(found.sort()).toEqual(Object.keys(words).sort());
  });

  it('has every code of an error, by exit codes', () => {
    const codes = Object.entries(exitCodeOf);
    const exits = [...new Set(codes.map(([, exit]) => exit))].sort((a, b) => a - b);
    expectTable('docs/outcomes.md', 'errors', [
      '| exit code | `code` of the error |',
      '|---|---|',
      ...exits.map((exit) => {
        const names = codes.filter((each) => each[1] === exit).map(([code]) => `\`${code}\``);
        return `| ${exit} | ${names.join(', ')} |`;
      }),
    ]);
  });

  it('shows the error object of JSON mode as it is', async () => {
    const [shown = ''] = /\{"error":\{[^}]*\}\}/.exec(readPage('docs/outcomes.md').text) ?? [];
    const fields = [...shown.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    const { stderr } = await runProgram(['calls', '--bogus', '--json']);
    expect(fields).toEqual(['error', ...Object.keys(JSON.parse(stderr).error)]);
  });

  it('has what each SIP status means', () => {
    const statuses: { codes: number[]; words: string }[] = [];
    for (let code = 300; code < 700; code += 1) {
      const cells = (['refer', 'notify'] as const).flatMap((stage) => {
        const { meaning, action } = sipWords(code, stage);
        return [meaning, `\`${action}\``];
      });
      const words = cells.join(' | ');
      const same = statuses.find((each) => each.words === words);
      if (same === undefined) statuses.push({ codes: [code], words });
      else same.codes.push(code);
    }
    const classOf = (codes: number[]) => Math.floor((codes[0] ?? 0) / 100);
    // What most codes of a class mean is what its others mean: they stand last.
    const isRest = (codes: number[]) => codes.length > 50;
    const nameOf = (codes: number[]) =>
      isRest(codes)
        ? `${codes.length === 100 ? '' : 'other '}${classOf(codes)}xx`
        : codes.join(', ');
    statuses.sort(
      (a, b) =>
        classOf(a.codes) - classOf(b.codes) || Number(isRest(a.codes)) - Number(isRest(b.codes)),
    );
    expectTable('docs/outcomes.md', 'statuses', [
      '| status | in answer to the REFER | so | of the target | so |',
      '|---|---|---|---|---|',
      ...statuses.map(({ codes, words }) => `| ${nameOf(codes)} | ${words} |`),
    ]);
  });
});

describe('docs/smoke-tests.md', () => {
  it('has every verdict', () => {
    const named = rowsOf('docs/smoke-tests.md').map(([first = '']) => first.replaceAll('`', ''));
    expect(named).toEqual(expect.arrayContaining([...SMOKE_VERDICTS]));
  });
});
