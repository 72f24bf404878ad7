/** Standard input, read whole. */
import { InterruptedError, UsageError } from '../../core/errors.ts';
import type { Context } from './context.ts';

/** More than any list of callers, and than any secret. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads standard input to its end.
 * @throws UsageError when there is more of it than anything we read; InterruptedError when a signal
 *   comes first
 */
export async function readStdin({ host, interruption }: Context): Promise<string> {
  // One that came before anybody listened is not told again.
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  const { raw } = host.stdin;
  const stop = () => raw.destroy();
  interruption.abort.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of raw) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_BYTES) throw new UsageError('Standard input is too long to be what is meant.');
      chunks.push(bytes);
    }
  } catch (error) {
    // A stream that was taken away is no failure of its own.
    if (interruption.signal === null) throw error;
  } finally {
    interruption.abort.removeEventListener('abort', stop);
  }
  if (interruption.signal !== null) throw new InterruptedError(interruption.signal, 'Interrupted.');
  return Buffer.concat(chunks).toString('utf8');
}
