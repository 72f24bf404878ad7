/** Questions to whoever runs a command. */
import { InterruptedError } from '../../core/errors.ts';
import { PromptAborted } from '../../terminal/prompts.ts';
import type { Context } from './context.ts';

/**
 * Waits for an answer; a Ctrl-C at the question ends the run.
 * @param consequence what is said then, behind “Interrupted.”
 * @throws InterruptedError
 */
export async function answerTo<Answer>(
  asked: Promise<Answer>,
  { interruption }: Context,
  consequence = 'Nothing was sent.',
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', `Interrupted. ${consequence}`);
  }
}
