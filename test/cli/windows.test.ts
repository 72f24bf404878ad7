/** What Windows has otherwise, as far as it can be checked elsewhere: see docs/windows.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as TreeSitter from '@vscode/tree-sitter-wasm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { quoteForPowerShell } from '../../src/commands/help/shells.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { fakeHost } from '../support/fake-host.ts';
import { cliAgainst } from './run-cli.ts';

const cli = cliAgainst();
const require = createRequire(import.meta.url);

function makeFile(name: string, text: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'lk-transfer-windows-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('a config file with the ends of lines of Windows', () => {
  const JSON_TEXT =
    '\uFEFF{\r\n  "dial": {\r\n    "extension": "sip:{extension}@b.com"\r\n  }\r\n}\r\n';
  const YAML_TEXT = 'dial:\r\n  extension: sip:{extension}@b.com\r\n# the end\r\n';

  it.each([
    ['JSON', 'transfer.config.json', JSON_TEXT],
    ['YAML', 'transfer.config.yaml', YAML_TEXT],
    ['YAML behind a byte order mark', 'transfer.config.yml', `\uFEFF${YAML_TEXT}`],
  ])('is read: %s', async (_, name, text) => {
    const file = makeFile(name, text);
    const { exitCode, stdout, stderr } = await cli(['resolve', '4711', '--config', file]);
    expect({ exitCode, stdout, stderr }).toEqual({
      ...{ exitCode: 0, stdout: 'sip:4711@b.com\n', stderr: '' },
    });
  });
});

it('names no home folder in the report of a bug, in any way of writing it', async () => {
  const log =
    'at run (C:\\Users\\Ann\\lk-transfer\\main.cjs:1:2)\r\nat file:///C:/Users/Ann/x.mjs:3:4\r\n{"file":"C:\\\\Users\\\\Ann\\\\x.json"}\r\n';
  const report = join(makeFile('log.txt', log), '..', 'bug.json');
  const words = ['doctor', '--report', report, '--log', join(report, '..', 'log.txt')];
  const { exitCode } = await cli(words, { home: 'C:\\Users\\Ann', platform: 'win32' });
  expect(exitCode).toBe(0);
  const written = JSON.parse(readFileSync(report, 'utf8'));
  expect(written).toMatchObject({ platform: 'win32' });
  expect(written.log.slice(0, 3)).toEqual([
    'at run (~\\lk-transfer\\main.cjs:1:2)',
    'at file:///~/x.mjs:3:4',
    '{"file":"~\\\\x.json"}',
  ]);
});

it.each([
  ['linux', 'SIGHUP'],
  ['win32', 'SIGTERM'],
] as const)('ends the desk when its window is closed: on %s by %s', (platform, signal) => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const { host } = fakeHost({ isTTY: true, platform });
  const before = process.listenerCount('SIGHUP');
  try {
    openScreen(host, { render: () => [], onKey: () => {}, onGone: () => {} });
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    process.listeners('SIGHUP').at(-1)?.('SIGHUP');
    expect(kill.mock.calls).toEqual([[process.pid, signal]]);
    expect(process.listenerCount('SIGHUP')).toBe(before);
  } finally {
    kill.mockRestore();
  }
});

describe('PowerShell', () => {
  let parse: (text: string) => TreeSitter.Node;

  beforeAll(async () => {
    const { Parser, Language }: typeof TreeSitter = require('@vscode/tree-sitter-wasm');
    await Parser.init();
    const grammar = '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm';
    const parser = new Parser().setLanguage(await Language.load(require.resolve(grammar)));
    parse = (text) => {
      const tree = parser.parse(text);
      if (tree === null) throw new Error(text);
      return tree.rootNode;
    };
  });

  it('can read the completion, whatever ends its lines', async () => {
    const { stdout } = await cli('completion powershell');
    expect(stdout).toContain('Register-ArgumentCompleter');
    expect(parse(stdout).hasError).toBe(false);
    expect(parse(stdout.replaceAll('\n', '\r\n')).hasError).toBe(false);
    expect(parse(stdout.replace('}', '')).hasError).toBe(true);
  });

  it.each([
    'sales',
    'new business',
    "Ann's queue",
    '$(touch HURT)',
    '`touch`',
    '; del *',
    '@x',
    '’',
  ])('takes %s for one word when it is completed', (word) => {
    const root = parse(`lk-transfer transfer ${quoteForPowerShell(word)}`);
    expect(root.hasError).toBe(false);
    const [elements] = root.descendantsOfType('command_elements');
    const words = elements?.namedChildren.filter((each) => each?.type !== 'command_argument_sep');
    expect(words).toHaveLength(2);
  });
});
