/** Errors that say where in the config their cause stands. */
import { DestinationError } from '../core/errors.ts';

/**
 * Runs a step on a value of the config; a DestinationError of it names the place.
 * @param place a dotted path (`departments.sales.to`), or null for what was typed
 */
export function inPlace<T>(place: string | null, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (place === null || !(error instanceof DestinationError)) throw error;
    throw new DestinationError(`${place}: ${error.message}`, { hint: error.hint, cause: error });
  }
}
