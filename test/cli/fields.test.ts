/** `--fields`, alike for every command, with `--json` and without. */
import { describe, expect, it, vi } from 'vitest';
import { listCandidates } from '../../src/commands/help/complete.ts';
import { describeGrammar, findPosition } from '../../src/commands/help/position.ts';
import { allDeclared } from '../../src/commands/shared/command.ts';
import { buildProgram } from '../../src/program/program.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { commandTree } from '../support/command-tree.ts';
import { type CliOptions, cliAgainst, EXAMPLE } from './run-cli.ts';

interface Line {
  /** What is typed, without --fields. */
  line: string;
  /** A field of its records, another one, and how many records there are; null: it prints none. */
  has: [first: string, second: string] | null;
  /** Where the records stand in what JSON prints; by default it is one, or a list of them. */
  records?: (printed: string) => object[];
  options?: CliOptions;
}

const events = (printed: string): { type?: string }[] =>
  printed
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
const results = (printed: string) =>
  events(printed)
    .filter(({ type }) => type === 'result')
    .map(({ type: _type, time: _time, ...rest }: { type?: string; time?: string }) => rest);

const TEST = 'smoke --trunk ST_outbound0001 --dial +15105550177 --to mobile';
const CHECK = { env: { LK_TRANSFER_CONFIG: EXAMPLE } };

/** A line of each command, and of each form that its records have. */
const LINES: readonly Line[] = [
  { line: 'rooms', has: ['room', 'callers'] },
  { line: 'trunks', has: ['trunkId', 'next'] },
  { line: 'calls', has: ['callId', 'agent'] },
  { line: 'departments', has: ['department', 'steps'] },
  { line: 'departments --all-trunks', has: ['department', 'trunkKey'] },
  { line: 'resolve sales', has: ['referTo', 'steps'] },
  { line: 'resolve sales --all-trunks', has: ['trunkKey', 'warnings'] },
  { line: 'resolve sales --call SCL_noAgent00001', has: ['referTo', 'steps'] },
  { line: 'transfer SCL_noAgent00001 --to sales --yes', has: ['outcome', 'sip'] },
  { line: 'transfer SCL_noAgent00001 --to sales --dry-run', has: ['wouldSend', 'request'] },
  {
    line: 'transfer - --to sales --confirm 1',
    has: ['callId', 'passedOver'],
    records: results,
    options: { stdin: { text: 'SCL_healthy00001\n' } },
  },
  {
    line: 'transfer - --to sales --dry-run',
    has: ['dryRun', 'call'],
    records: events,
    options: { stdin: { text: 'SCL_healthy00001\n' } },
  },
  { line: 'hangup SCL_noAgent00001 --yes', has: ['outcome', 'endCall'] },
  { line: 'hangup SCL_noAgent00001 --dry-run', has: ['wouldSend', 'cutsOffFrom'] },
  {
    line: 'hangup - --confirm 1',
    has: ['callId', 'leg'],
    records: results,
    options: { stdin: { text: 'SCL_healthy00001\n' } },
  },
  {
    line: 'hangup - --dry-run',
    has: ['dryRun', 'call'],
    records: events,
    options: { stdin: { text: 'SCL_healthy00001\n' } },
  },
  { line: 'rescue SCL_noAgent00001 --agent fallback-agent --yes', has: ['outcome', 'newcomers'] },
  { line: 'rescue SCL_noAgent00001 --agent fallback-agent --dry-run', has: ['agents', 'replaces'] },
  { line: 'history', has: ['id', 'sip'] },
  { line: 'history --summary', has: ['by', 'medianMs'] },
  { line: `${TEST} --yes`, has: ['verdict', 'trunk'], records: results },
  { line: `${TEST} --dry-run`, has: ['testNumber', 'destination'], records: events },
  { line: 'smoke --clean --yes', has: ['room', 'ageSeconds'] },
  {
    line: 'doctor',
    has: ['check', 'notes'],
    records: (printed) => JSON.parse(printed).checks,
  },
  { line: 'config init --country US --output made.json', has: ['format', 'departments'] },
  { line: 'config show', has: ['key', 'origin'] },
  { line: 'config check', has: ['valid', 'departments'], options: CHECK },
  { line: 'config path', has: ['file', 'bundled'], options: CHECK },
  { line: 'config schema', has: null },
  { line: 'schema', has: ['name', 'description'] },
  {
    line: 'sandbox',
    has: ['url', 'apiKey'],
    options: {
      during: async ({ stdout, stderr, raise }) => {
        await vi.waitUntil(() => stdout() + stderr() !== '', { timeout: 15_000, interval: 5 });
        raise('SIGINT');
      },
    },
  },
  { line: 'completion bash', has: null },
  { line: 'help calls', has: null },
];

/** Shells call `complete`; `history close` and `ticket` have their own tests, since they need a record. */
const WITHOUT = ['lk-transfer', 'config', 'complete', 'close', 'ticket', 'desk'];

/** @param cli with a sandbox of its own, unless the line is one that changes nothing there */
async function run({ line, options = {} }: Line, more: string, cli = cliAgainst()) {
  let sandbox: Sandbox | undefined;
  const ran = await cli(`${line} ${more}`, {
    ...options,
    during: async (fake, itsOwn) => {
      sandbox = itsOwn;
      await options.during?.(fake, itsOwn);
    },
  });
  return { ...ran, requests: sandbox?.requests.length };
}

describe.concurrent('--fields', () => {
  // Nobody asks this one for anything.
  const unasked = cliAgainst();

  it('is tried with every command', () => {
    const names = commandTree().map(({ name }) => name);
    const tried = LINES.map(({ line }) => line.replace(/^config /, '').split(' ')[0]);
    expect([...new Set([...tried, ...WITHOUT])].sort()).toEqual([...new Set(names)].sort());
  });

  it.each(LINES)('of `$line` is refused before anything else where it is wrong', async (line) => {
    const { has } = line;
    for (const format of ['', ' --json']) {
      const ran = await run(line, `--fields nope${format}`, unasked);
      expect(ran).toMatchObject({ exitCode: 2, stdout: '', requests: 0 });
      if (has === null) expect(ran.stderr).toContain('this command prints none');
      else for (const field of has) expect(ran.stderr).toContain(field);
    }
  });

  it.each(LINES.filter(({ has }) => has !== null))('of `$line` selects', async (line) => {
    const [first, second] = line.has ?? ['', ''];
    const fields = `--fields ${second},${first}`;
    const json = await run(line, `${fields} --json`);
    const records = (line.records ?? ((text) => [JSON.parse(text)].flat()))(json.stdout);
    for (const record of records) expect(Object.keys(record)).toEqual([second, first]);

    const lines = await run(line, fields);
    const rows = lines.stdout.split('\n').slice(0, -1);
    expect(rows).toHaveLength(records.length);
    for (const row of rows) expect(row.split('\t')).toHaveLength(2);
    expect(lines.exitCode).toBe(json.exitCode);
    const isEmpty = line.line === 'history' || line.line.startsWith('smoke --clean');
    expect(records.length > 0).toBe(!isEmpty);
  });
});

describe('the fields that completion offers', () => {
  const grammar = describeGrammar(allDeclared(buildProgram({ columns: undefined }, () => {})));
  const offered = (line: string) => {
    const before = [...line.split(' '), '--fields'];
    const { wanted } = findPosition(grammar, { before, current: '' });
    return listCandidates(wanted, grammar, {}, () => true).candidates.map(({ word }) => word);
  };

  const unasked = cliAgainst();

  it.each(LINES)('of `$line` are those that it takes', async (line) => {
    const ran = await run(line, '--fields nope', unasked);
    const taken = /Fields: (.*)/.exec(ran.stderr)?.[1]?.split(', ') ?? [];
    expect(offered(line.line)).toEqual(taken);
  });
});
