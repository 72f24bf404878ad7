/** `resolve`: how a destination becomes the address a trunk gets. */
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { resolveDestination } from '../destinations/resolve.ts';
import { type ExitCode, UsageError } from '../errors.ts';
import { escapeText } from '../terminal/escape.ts';
import { findMeantCall } from './call-list.ts';
import type { Context, GlobalOptions } from './context.ts';
import { type ConfigSession, openConfig, openSession, withSession } from './session.ts';
import { trunkFinder, trunkOfWords } from './trunk-facts.ts';

export interface ResolveOptions extends GlobalOptions {
  destination: string;
  trunk?: string;
  call?: string;
  via?: string;
}

/** The result in the field names of the JSON output. */
function recordOf(destination: Destination): object {
  const { input, kind, department, number, referTo, rule, headers, steps, fallback, warnings } =
    destination;
  return { input, kind, department, number, referTo, rule, headers, steps, fallback, warnings };
}

async function show(
  options: ResolveOptions,
  { output }: Context,
  { config }: ConfigSession,
  trunk: TrunkFacts | null,
): Promise<ExitCode> {
  const destination = resolveDestination(
    options.destination,
    config,
    trunk,
    options.via === undefined ? {} : { via: options.via },
  );
  if (output.json) {
    output.record(recordOf(destination));
    return 0;
  }
  if (output.forPeople) {
    const { dim } = await output.palette('stdout');
    for (const { what, detail } of destination.steps) {
      output.line(`${dim(what.padEnd(12))} ${escapeText(detail)}`);
    }
  } else {
    output.line(escapeText(destination.referTo));
  }
  for (const warning of destination.warnings) output.warn(`warning: ${warning}`);
  return 0;
}

/** @returns 0; what does not resolve is thrown, with exit code 2 or 5 */
export async function run(options: ResolveOptions, context: Context): Promise<ExitCode> {
  if (options.trunk !== undefined && options.call !== undefined) {
    throw new UsageError('--trunk and --call both name a trunk; give one of them.');
  }
  if (options.call === undefined) {
    const trunk = options.trunk === undefined ? null : trunkOfWords(options.trunk);
    return show(options, context, await openConfig(options, context), trunk);
  }
  const caller = options.call;
  return withSession(openSession(options, context), async (session) => {
    const call = await findMeantCall({ caller }, session, context);
    const trunk = await trunkFinder(session.client, session.config)(call);
    return show(options, context, session, trunk);
  });
}
