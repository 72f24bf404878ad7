import { describe, expect, it } from 'vitest';
import { listCandidates } from '../../../src/commands/help/complete.ts';
import {
  type CommandGrammar,
  describeGrammar,
  findPosition,
} from '../../../src/commands/help/position.ts';
import { allDeclared } from '../../../src/commands/shared/command.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { buildProgram } from '../../../src/program/program.ts';

const grammar = describeGrammar(allDeclared(buildProgram({ columns: undefined }, () => {})));

const CONFIG: TransferConfig = {
  trunks: { ST_one: {}, 'Main Street': {}, 'sip.example.com': {} },
  departments: {
    sales: { to: '100', aliases: ['new business'], description: 'New orders' },
    '-odd': '101',
  },
};

/** The words that may stand at the end of a line, or `files`. */
function offered(line: string): string[] | 'files' {
  const before = line.split(' ');
  const current = before.pop() ?? '';
  const { wanted } = findPosition(grammar, { before, current });
  const { files, candidates } = listCandidates(wanted, grammar, CONFIG, () => true);
  return files ? 'files' : candidates.map(({ word }) => word);
}

const COMMANDS = grammar.commands.map(({ name }) => name);
const TRUNKS = ['ST_one', 'Main Street', 'sip.example.com'];
const NAMES = ['sales', 'new business', '-odd'];

describe('at the end of a line', () => {
  it.each<[string, string[] | 'files']>([
    ['', COMMANDS],
    ['--json ', COMMANDS],
    ['--config x.json ', COMMANDS],
    ['--config=x.json ', COMMANDS],
    ['nonsense ', []],
    ['calls ', []],
    ['calls --status ', ['dialing', 'ringing', 'automation', 'active', 'hangup']],
    ['participants --direction ', ['inbound', 'outbound']],
    ['--json calls --direction ', ['inbound', 'outbound']],
    ['calls --direction=', ['--direction=inbound', '--direction=outbound']],
    ['calls --trunk ', ['ST_one', 'Main Street', 'sip.example.com']],
    ['calls --room ', []],
    ['calls --room=', []],
    ['calls --stuck=', []],
    ['resolve --trunk ', TRUNKS],
    ['transfer --via ', TRUNKS],
    ['resolve ', ['sales', 'new business']],
    ['resolve -- ', NAMES],
    ['resolve sales ', []],
    ['transfer ', []],
    ['transfer --to ', NAMES],
    ['transfer x --yes --fallback ', NAMES],
    ['transfer x -y --to=', NAMES.map((name) => `--to=${name}`)],
    ['transfer - --to ', NAMES],
    ['transfer --to --to ', []],
    ['config ', ['init', 'show', 'check', 'schema', 'path']],
    ['config show ', []],
    ['config init --format ', ['json', 'yaml']],
    ['config init --output ', 'files'],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    [
      'help ',
      [...COMMANDS, 'conditions', 'environment', 'exit-codes', 'cold-or-warm', 'providers'],
    ],
    ['calls --config ', 'files'],
    ['calls --credentials=', 'files'],
    ['calls --api-secret-file ', 'files'],
    ['calls -- --st', []],
  ])('%j there may be %j', (line, words) => {
    expect(offered(line)).toEqual(words);
  });

  it('a dash leads to the command’s own flags and those of every command, once each', () => {
    const flags = offered('calls -');
    expect(flags).toEqual(expect.arrayContaining(['--stuck', '--status', '--json', '--help']));
    expect(flags).not.toContain('--to');
    expect(flags).not.toContain('--api-secret');
    expect(new Set(flags).size).toBe(flags.length);
    expect(offered('transfer --')).toEqual(expect.arrayContaining(['--no-fallback', '--dry-run']));
  });

  it('of a command below another offers its own flags, not those of that one', () => {
    const flags = offered('history close -');
    expect(flags).toEqual(expect.arrayContaining(['--reason', '--by', '--json']));
    expect(flags).not.toContain('--since');
    expect(offered('history ')).toEqual(['close']);
  });

  it('completes the part behind the last comma, and leaves out what stands there', () => {
    const fields = offered('rooms --fields ');
    expect(fields).toEqual(expect.arrayContaining(['room', 'callers', 'ageSeconds']));
    const rest = offered('rooms --fields callers,ro');
    expect(rest).toEqual(expect.arrayContaining(['callers,room', 'callers,roomSid']));
    expect(rest).not.toContain('callers,callers');
    expect(offered('rooms --fields=callers,')).toContain('--fields=callers,room');
    expect(offered('history --outcome unknown,')).toContain('unknown,unrecorded');
    expect(offered('history --outcome unknown,')).not.toContain('unknown,unknown');
  });

  it('knows which fields there are by what else stands on the line', () => {
    expect(offered('history --summary --fields ')).toContain('medianMs');
    expect(offered('history --fields ')).not.toContain('medianMs');
    expect(offered('transfer - --fields ')).toContain('passedOver');
    expect(offered('transfer x --fields ')).not.toContain('passedOver');
    expect(offered('transfer x --dry-run --fields ')).toContain('wouldSend');
    expect(offered('completion bash --fields ')).toEqual([]);
  });

  it('knows the values given so far, by every writing of a flag', () => {
    const before = '--config a.json calls --config=b.json -q --sandbox --room'.split(' ');
    const { given } = findPosition(grammar, { before, current: '' });
    expect(Object.fromEntries(given)).toEqual({
      '--config': 'b.json',
      '-q': '',
      '--quiet': '',
      '--sandbox': '',
    });
  });

  it('leaves out names that could not be shown, and keeps names whose description could not', () => {
    const { wanted } = findPosition(grammar, { before: ['resolve', '--to'], current: '' });
    const config = { departments: { 'a\u202eb': '1', b: { to: '2', description: 'x\u001b[2J' } } };
    const value = {
      ...wanted,
      kind: 'value',
      value: { kind: 'destinations' },
      prefix: '',
    } as const;
    const isSafe = (text: string) => text !== 'a\u202eb' && !text.includes('\u001b');
    expect(
      listCandidates({ ...value, dashesAreFlags: false }, grammar, config, isSafe).candidates,
    ).toEqual([{ word: 'b', description: '' }]);
  });
});

describe('the grammar', () => {
  const all = (command: CommandGrammar): CommandGrammar[] => [
    command,
    ...command.commands.flatMap(all),
  ];

  it('has no command or flag that help hides', () => {
    expect(COMMANDS).toContain('completion');
    expect(COMMANDS).not.toContain('complete');
  });

  it('knows what every value is, or that nobody can guess it', () => {
    const free = all(grammar).flatMap(({ options }) =>
      options.filter(({ value }) => value?.kind === 'free').map(({ flags }) => flags.at(-1)),
    );
    // Whoever adds a flag decides here: is its value one that can be completed?
    expect([...new Set(free)].sort()).toEqual(
      [
        '--agent',
        '--announce',
        '--api-key',
        '--by',
        '--call',
        '--caller',
        '--confirm',
        '--country',
        '--department',
        '--dial',
        '--domain',
        '--header',
        '--identity',
        '--interval',
        '--limit',
        '--loop',
        '--max-requests',
        '--pbx',
        '--port',
        '--project',
        '--rate',
        '--reason',
        '--repeat',
        '--room',
        '--rooms',
        '--since',
        '--speed',
        '--timeout',
        '--url',
        '--wait',
        '--wait-call',
        '--webhook',
        '--webhooks',
        '--within',
      ].sort(),
    );
  });
});
