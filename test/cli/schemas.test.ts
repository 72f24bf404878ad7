/** `schema`: the JSON Schemas of what is printed. And of every document there is, one that was printed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it, vi } from 'vitest';
import { smokeRoomName } from '../../src/smoke/clean-up.ts';
import { OUTCOME, SENT } from '../history/entries.ts';
import { writeRecord } from '../history/records.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { checkDocument, DOCUMENT_NAMES, seenDocuments } from '../support/documents.ts';
import type { FakeHost } from '../support/fake-host.ts';
import { type CliOptions, cliOnFresh, EXAMPLE } from './run-cli.ts';

const cli = cliOnFresh();

/** A folder for a home, or for a file. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'lk-transfer-home-'));
  atTheEnd(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Somebody whose record has one transfer, of which nobody knows how it ended. */
function somebody(): CliOptions {
  const home = folder();
  const outcome = { ...OUTCOME, outcome: 'unknown', stage: 'transport', callerIs: 'unknown' };
  writeRecord(join(home, '.local', 'state', 'lk-transfer'), [
    { v: 1, ...SENT },
    { v: 1, ...outcome, sip: null },
  ]);
  return { home };
}

/** Waits until something was printed, and presses Ctrl-C. */
const stopWhenPrinted = async ({ stdout, raise }: FakeHost) => {
  await vi.waitUntil(() => stdout().includes('}'), { timeout: 15_000, interval: 5 });
  raise('SIGINT');
};

const TEST = 'smoke --trunk ST_outbound0001 --dial +15105550177 --to mobile';
const CONFIG = { env: { LK_TRANSFER_CONFIG: EXAMPLE } };
const CALLER = { stdin: { text: 'SCL_healthy00001\n' } };

/** A line for each document. */
const LINES: readonly [document: string, line: string, options?: () => CliOptions][] = [
  ['calls', 'calls'],
  ['calls-watch', 'calls --watch', () => ({ during: stopWhenPrinted })],
  ['config-check', 'config check', () => CONFIG],
  ['config-init', 'config init --country US --output made.json'],
  ['config-path', 'config path', () => CONFIG],
  ['config-show', 'config show', () => CONFIG],
  ['debug', 'resolve nowhere --debug'],
  ['departments', 'departments'],
  ['departments-all-trunks', 'departments --all-trunks'],
  ['doctor', 'doctor'],
  ['error', 'resolve nowhere'],
  ['hangup', 'hangup SCL_healthy00001 --yes'],
  ['hangup-batch', 'hangup - --confirm 1', () => CALLER],
  ['hangup-dry-run', 'hangup SCL_healthy00001 --dry-run'],
  ['history', 'history', somebody],
  ['history', 'history close SCL_1 --by me --reason told --yes', somebody],
  ['history-summary', 'history --summary', somebody],
  ['rescue', 'rescue SCL_noAgent00001 --agent fallback-agent --yes'],
  ['rescue-dry-run', 'rescue SCL_noAgent00001 --agent fallback-agent --dry-run'],
  ['resolve', 'resolve sales'],
  ['resolve-all-trunks', 'resolve sales --all-trunks'],
  ['rooms', 'rooms'],
  ['sandbox', 'sandbox', () => ({ during: stopWhenPrinted })],
  ['schema', 'schema'],
  ['smoke', `${TEST} --yes`],
  ['smoke-dry-run', `${TEST} --dry-run`],
  ['ticket', 'ticket SCL_1', somebody],
  ['transfer', 'transfer SCL_noAgent00001 --to sales --yes'],
  ['transfer-batch', 'transfer - --to sales --confirm 1', () => CALLER],
  ['transfer-bridge', 'transfer SCL_healthy00001 --to sales --method bridge --detach --yes'],
  ['transfer-dry-run', 'transfer SCL_noAgent00001 --to sales --dry-run'],
  ['trunks', 'trunks'],
  ['warning', 'transfer SCL_ringing00001 --to sales --dry-run'],
];

describe.concurrent('what is printed', () => {
  it.each(LINES)('as “%s” by `%s --json` fits its schema', async (name, line, options) => {
    const { stdout, stderr, exitCode } = await cli(`${line} --json`, options?.());
    const printed = ['debug', 'error', 'warning'].includes(name) ? stderr : stdout;
    expect({ printed, exitCode }).not.toEqual({ printed: '', exitCode });
    expect([...seenDocuments]).toContain(name);
  });

  it('as “smoke-clean” is the rooms that were left', async () => {
    const name = smokeRoomName({ machine: '0f0f0f', pid: 7 }, Date.now() - 3_600_000, 'x');
    const rooms = [{ name, age: 3600, participants: [] }];
    const { stdout } = await cliOnFresh({ seed: { trunks: [], rooms } })(
      'smoke --clean --yes --json',
    );
    expect(JSON.parse(stdout)).toMatchObject([{ dryRun: false, room: name }]);
  });

  it('into the report of a bug fits “doctor-report”', async () => {
    const file = join(folder(), 'bug.json');
    await cli(`doctor --json --report ${file}`);
    checkDocument('doctor-report', JSON.parse(readFileSync(file, 'utf8')));
  });

  it('may be selected fields, and no others', () => {
    expect(() => checkDocument('rooms', [{ room: 'a' }], true)).not.toThrow();
    expect(() => checkDocument('rooms', [{ room: 'a' }])).toThrow('must have required property');
    expect(() => checkDocument('rooms', [{ rooms: 'a' }], true)).toThrow('additional');
  });
});

describe('every document', () => {
  it('has been printed above, and was held to its schema', () => {
    expect(DOCUMENT_NAMES.filter((name) => !seenDocuments.has(name))).toEqual([]);
  });
});

describe('schema', () => {
  it('lists the documents, and the config', async () => {
    const { exitCode, stdout, stderr } = await cli('schema');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t')[0])).toEqual([...DOCUMENT_NAMES, 'config'].sort());
    expect(lines).toContain('rooms\t`rooms --json`: the rooms with SIP callers in them.');
    const listed = JSON.parse((await cli('schema --json')).stdout);
    expect(listed).toHaveLength(lines.length);
  });

  const quick = { inlineRefs: false, code: { optimize: false } };
  const validator = new Ajv({ allowUnionTypes: true, ...quick });

  it.each(DOCUMENT_NAMES)('prints that of %s alone and whole, for any validator', async (name) => {
    const { stdout } = await cli(['schema', name]);
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
    expect(Object.keys(schema.definitions ?? {}).filter((type) => type === name)).toEqual([]);
    // It refers to nothing that it does not have.
    expect(() => validator.compile(schema)).not.toThrow();
  });

  it('prints one that takes what is printed, with fields of a later version, and refuses others', async () => {
    const rooms = JSON.parse((await cli('rooms --json')).stdout);
    const schema = JSON.parse((await cli('schema rooms')).stdout);
    const fits = new Ajv().compile(schema);
    expect([fits(rooms), fits([{ ...rooms[0], later: 1 }])]).toEqual([true, true]);
    expect([fits(rooms[0]), fits([{ ...rooms[0], callers: '1' }])]).toEqual([false, false]);
  });

  it('prints the one of a config file', async () => {
    expect((await cli('schema config')).stdout).toBe((await cli('config schema')).stdout);
  });

  it('is a usage error of a name that there is not, and names the nearest', async () => {
    const { exitCode, stdout, stderr } = await cli('schema transfers');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'error: There is no schema “transfers”.\nDid you mean transfer? `lk-transfer schema` lists them all.\n',
    );
    const { error } = JSON.parse((await cli('schema transfers --json')).stderr);
    expect(error).toMatchObject({ code: 'usage', suggestions: ['transfer'] });
    expect((await cli(['schema', 'WatchEvent'])).exitCode).toBe(2);
  });

  it('is completed with the names', async () => {
    const { stdout } = await cli(['complete', 'fish', '--', 'schema', '']);
    const [kind, ...names] = stdout.trimEnd().split('\n');
    expect(kind).toBe('words');
    expect(names.map((line) => line.split('\t')[0])).toEqual([...DOCUMENT_NAMES, 'config'].sort());
  });
});
