import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readStdin } from '../../src/commands/shared/context.ts';
import { Output } from '../../src/terminal/output.ts';
import { fakeHost } from '../support/fake-host.ts';

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
  await expect(readStdin({ host, output, interruption })).rejects.toMatchObject({ exitCode: 143 });
});
