/**
 * Keys that were pressed before a question stood there. They wait in the terminal, and would answer
 * whatever is asked next; a consent must be to what was read.
 */
import type { ReadStream } from 'node:tty';
import type { Host } from '../core/host.ts';

/** What waits is there at once; over a slow line some of it is still under way, in ms. */
const SETTLE_MS = 60;

const CTRL_C = '\u0003';

/**
 * Throws away what was typed up to now.
 * @returns `interrupted` when a Ctrl-C was among it
 */
export async function dropTypedAhead({ stdin, sleep }: Host): Promise<'dropped' | 'interrupted'> {
  const input = stdin.raw as ReadStream;
  let interrupted = false;
  const drop = (chunk: Buffer | string) => {
    interrupted ||= chunk.toString().includes(CTRL_C);
  };
  // In raw mode, since otherwise a line without its Enter would stay behind in the terminal.
  input.setRawMode?.(true);
  input.on('data', drop);
  await sleep(SETTLE_MS);
  input.off('data', drop);
  input.pause();
  input.setRawMode?.(false);
  return interrupted ? 'interrupted' : 'dropped';
}
