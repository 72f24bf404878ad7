/**
 * A Ctrl-C that waits. Once transfers of a batch are under way, the first signal must not cut them
 * off: it only starts no more of them, and whoever cannot wait sends a second one.
 */
import type { Context, Interruption } from '../shared/context.ts';

export interface Patience {
  /** The same context, whose interruption ends reads only until `begin` was called. */
  context: Context;
  /** From here on signals wait. */
  begin(): void;
  readonly begun: boolean;
}

/** @param context of the run; its own interruption goes on telling of every signal */
export function beginPatience(context: Context): Patience {
  const { interruption } = context;
  const controller = new AbortController();
  let waits = false;
  interruption.abort.addEventListener('abort', () => {
    if (!waits) controller.abort();
  });
  const patient: Interruption = {
    abort: controller.signal,
    happened: interruption.happened,
    onLeaving: interruption.onLeaving,
    get signal() {
      return controller.signal.aborted ? interruption.signal : null;
    },
  };
  return {
    context: { ...context, interruption: patient },
    begin: () => {
      waits = true;
    },
    get begun() {
      return waits;
    },
  };
}
