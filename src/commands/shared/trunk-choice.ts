/** For which trunk a destination is to be shown: none, a named one, a call's, or every one. */
import { nearestNames } from '../../core/text.ts';
import type { Destination, TrunkFacts } from '../../destinations/destination.ts';
import { trunkByName } from '../../destinations/resolve.ts';
import { trunkConfigFor } from '../../destinations/trunks.ts';
import { trunkFinder } from '../../transfer/trunk-facts.ts';
import { type ConfigSession, openConfig } from './config-session.ts';
import { type Context, type GlobalOptions, throwIfInterrupted } from './context.ts';

/** One of them at most: the parser takes no more. */
interface TrunkChoice extends GlobalOptions {
  /** An id, a name or a SIP host. */
  trunk?: string;
  /** The call whose trunk it is. */
  call?: string;
  /** A line for every trunk of the config. */
  allTrunks?: boolean;
}

/** Stands for every trunk that the config does not name, in lines for programs. */
export const ANY_OTHER_TRUNK = '*';

/** A trunk that the config does not know is no mistake, but a misspelt one looks the same. */
function warnIfUnknown(
  name: string,
  facts: TrunkFacts,
  { config }: ConfigSession,
  { output }: Context,
): void {
  if (trunkConfigFor(config, facts).key !== null) return;
  const near = nearestNames(name, Object.keys(config.trunks ?? {})).map((key) => `"${key}"`);
  const guess = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  output.notice(`The config says nothing of the trunk "${name}"${guess || '.'}`);
}

/**
 * Resolves for the trunk that the options name. LiveKit is asked only about a call.
 * @param resolve may be called twice
 * @param targetsOf the addresses in what it returns
 */
export async function resolveForTrunk<T>(
  options: TrunkChoice,
  context: Context,
  resolve: (session: ConfigSession, trunk: TrunkFacts | null) => T,
  targetsOf: (resolved: T) => readonly Destination[],
): Promise<{ session: ConfigSession; resolved: T }> {
  const { call: caller, trunk } = options;
  if (caller === undefined) {
    const session = await openConfig(options, context);
    const facts = trunk === undefined ? null : trunkByName(trunk);
    const resolved = resolve(session, facts);
    if (facts !== null) warnIfUnknown(trunk ?? '', facts, session, context);
    return { session, resolved };
  }
  // Only a call needs what talks to LiveKit.
  const [{ openSession, withSession }, { findMeantCall }] = await Promise.all([
    import('./session.ts'),
    import('./calls.ts'),
  ]);
  return withSession(openSession(options, context), async (session) => {
    const call = await findMeantCall({ caller }, session, context);
    const finder = trunkFinder(session.client, session.config, context.host.sleep);
    const facts = await finder.factsOf(call);
    const resolved = await finder.resolveWith(facts, (each) => resolve(session, each), targetsOf);
    throwIfInterrupted(context);
    return { session, resolved };
  });
}
