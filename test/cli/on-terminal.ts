/** The program in one process, with a terminal of the test's at which its questions are answered. */
import { vi } from 'vitest';
import { withoutEscapes } from '../process/open-terminal.ts';
import type { FakeHost } from '../support/fake-host.ts';
import { type CliOptions, cliOnFresh } from './run-cli.ts';

/** Types at the questions that come. */
export interface Typist {
  /** Waits until this stands behind what was waited for before. */
  until(pattern: RegExp): Promise<void>;
  type(keys: string): void;
}

/** Runs a line on a terminal: questions come on stderr. */
export function onTerminal(
  line: string | string[],
  play: (typist: Typist) => Promise<void>,
  given: CliOptions = {},
  cli = cliOnFresh(),
) {
  const during = async (fake: FakeHost) => {
    let from = 0;
    await play({
      type: fake.type,
      until: async (pattern) => {
        const isThere = () => pattern.test(withoutEscapes(fake.stderr().slice(from)));
        await vi.waitUntil(isThere, { timeout: 15_000, interval: 20 });
        from = fake.stderr().length;
      },
    });
  };
  return cli(line, { isTTY: true, columns: 120, ...given, during });
}
