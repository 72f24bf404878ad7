/** The record of transfers as a command uses it. */
import { type History, NO_HISTORY, openHistory } from '../../history/record.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/**
 * Opens the record of this machine; calls inside this program are nobody's history.
 * @param offersAgain whether the command has the flag `--again`
 * @param onTrouble told of trouble with it, where a warning cannot be printed
 */
export function openSessionHistory(
  { settings, client, sandbox }: Session,
  { host, output }: Context,
  {
    offersAgain,
    onTrouble = (message) => output.warn(message),
  }: { offersAgain: boolean; onTrouble?: (message: string) => void },
): History {
  if (sandbox) return NO_HISTORY;
  return openHistory({
    settings: settings.history,
    livekit: client.host,
    host,
    onTrouble,
    offersAgain,
  });
}
