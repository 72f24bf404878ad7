import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readStdin } from '../../src/commands/shared/context.ts';
import { Output } from '../../src/terminal/output.ts';
import { fakeHost } from '../support/fake-host.ts';
import { cliOnFresh, ONE_TRUNK } from './run-cli.ts';

it('does not wait for input that nobody will read: the signal came first', async () => {
  const fake = fakeHost();
  const host = { ...fake.host, stdin: { isTTY: false, raw: new PassThrough() } };
  const output = new Output(host, { json: false, quiet: false });
  const abort = AbortSignal.abort();
  const interruption = {
    abort,
    signal: 'SIGTERM' as const,
    happened: Promise.resolve('SIGTERM' as const),
    onLeaving: () => {},
  };
  await expect(
    readStdin({ host, output, interruption, noteSent: () => {}, noteDone: () => {} }),
  ).rejects.toMatchObject({ exitCode: 143 });
});

/** What PowerShell and others put on a pipe, instead of UTF-8 without a mark. */
const ENCODINGS: readonly [string, (text: string) => Buffer][] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16, low byte first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16, high byte first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
];

describe.concurrent.each(ENCODINGS)('standard input in %s', (_, encode) => {
  const cli = cliOnFresh({
    seed: {
      trunks: [ONE_TRUNK],
      rooms: ['a', 'b'].map((name) => ({
        name,
        participants: [
          {
            kind: 'caller',
            callId: `SCL_${name.padEnd(12, '0')}`,
            trunk: ONE_TRUNK.id,
            number: '+15105550101',
            age: 60,
          },
        ],
      })),
    },
  });
  const LINE = 'transfer - --to 100 --confirm 2 --json';

  it.each([
    ['call ids, a line each', 'SCL_a00000000000\r\nSCL_b00000000000\r\n'],
    ['JSON', '[{"callId":"SCL_a00000000000"},{"callId":"SCL_b00000000000"}]\r\n'],
  ])('is a list of callers: %s', async (_title, list) => {
    const { exitCode, mutations } = await cli(LINE, { stdin: { text: encode(list) } });
    expect({ exitCode, sent: mutations.length }).toEqual({ exitCode: 0, sent: 2 });
  });
});

it('half a character at the end of UTF-16 is no list of callers', async () => {
  const whole = Buffer.from('\ufeffSCL_a00000000000', 'utf16le');
  const { exitCode, mutations } = await cliOnFresh()('transfer - --to 100 --yes', {
    stdin: { text: whole.subarray(0, -1) },
  });
  expect({ exitCode, mutations }).toEqual({ exitCode: 2, mutations: [] });
});
