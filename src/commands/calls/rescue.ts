/** `rescue`: send for an agent, and say whether one is with the caller. */
import { rescueCall } from '../../call-control/rescue.ts';
import {
  leavingRescue,
  RESCUE_DECLINED,
  type RescuePlan,
} from '../../call-control/rescue-words.ts';
import { type Call, hasCallId } from '../../calls/call.ts';
import { agentsAmong, canBeHeard, isStuckCondition } from '../../calls/condition.ts';
import { readWait } from '../../config/values.ts';
import { type ExitCode, InterruptedError, UsageError } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import type { Participant } from '../../livekit/messages.ts';
import { escapeText } from '../../terminal/style.ts';
import { NOTHING_SENT } from '../../transfer/explain/errors.ts';
import { nameCaller } from '../../transfer/explain/facts.ts';
import {
  type Context,
  canPrompt,
  confirmOrDecline,
  sameLineFor,
  throwIfInterrupted,
} from '../shared/context.ts';
import { openSession, type Session, withSession } from '../shared/session.ts';
import { checkCallerOptions } from '../transfer/options.ts';
import { type PreviewLine, previewCall } from '../transfer/preview.ts';
import { showLines, showResult } from '../transfer/report.ts';
import {
  RESCUE_DRY_RUN_FIELDS,
  RESCUE_FIELDS,
  type RescueCommandOptions,
  type RescueDryRun,
} from './command.ts';

const DEFAULT_WAIT_MS = 20_000;
/** LiveKit takes more; nobody names an agent so. */
const LONGEST_NAME = 256;

/** @throws UsageError for a wait that makes no sense */
function waitOf({ wait }: Pick<RescueCommandOptions, 'wait'>, { config }: Session): number {
  const written = wait ?? config.rescue?.wait;
  if (written === undefined) return DEFAULT_WAIT_MS;
  const read = readWait(written);
  if (read.ok) return read.ms;
  throw new UsageError(`--wait: ${read.problem}.`, { hint: 'For example --wait 20s.' });
}

interface AgentChoice {
  name: string;
  /** Where the name comes from, for people. */
  origin: string;
}

const digits = (number: string) => number.replace(/\D/g, '');

/**
 * Whom to send for.
 * @throws UsageError when nothing says, or when it cannot be a name
 */
function agentFor(
  call: Call,
  { agent }: Pick<RescueCommandOptions, 'agent'>,
  { config: { rescue = {} } }: Session,
): AgentChoice {
  if (agent !== undefined) return checkedAgent({ name: agent, origin: '--agent' });
  const called = digits(call.calledNumber ?? '');
  const own = Object.entries(rescue.numbers ?? {}).find(
    ([number]) => called !== '' && digits(number) === called,
  );
  if (own !== undefined) {
    return checkedAgent({ name: own[1], origin: `rescue.numbers.${own[0]} of the config` });
  }
  if (rescue.agent !== undefined) {
    return checkedAgent({ name: rescue.agent, origin: 'rescue.agent of the config' });
  }
  throw new UsageError('Which agent? None is named. Nothing was sent.', {
    hint: 'Give its name with --agent, or set rescue.agent in the config.',
  });
}

function checkedAgent(choice: AgentChoice): AgentChoice {
  const { name, origin } = choice;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (name.trim() !== '' && name.length <= LONGEST_NAME && !/[\u0000-\u001f\u007f]/.test(name)) {
    return choice;
  }
  throw new UsageError(`${origin}: that is not the name of an agent. Nothing was sent.`, {
    hint: 'The name is the agent_name that the worker registers with: one line of at most 256 characters.',
  });
}

/** The agents that are there, and whether each can be heard. */
function agentsThere(plan: RescuePlan, { isAgent }: Pick<Session, 'isAgent'>) {
  return agentsAmong(plan.seen, isAgent).map((agent) => ({
    identity: agent.identity,
    heard: canBeHeard(agent, plan.seen),
  }));
}

function warningsOf({ call, replace }: RescuePlan, agents: ReturnType<typeof agentsThere>) {
  const heard = agents.filter((each) => each.heard).map(({ identity }) => identity);
  return [
    isStuckCondition(call.condition)
      ? null
      : `the call is ${call.condition}: somebody may be serving it`,
    heard.length === 0
      ? null
      : `${heard.join(', ')} can be heard in the room: ${replace ? 'that conversation would end' : 'two agents would speak'}`,
  ].filter((text) => text !== null);
}

/** What a rescue would do. @param origin where the name of the agent comes from */
export function previewRescue(
  { plan, origin }: PlannedRescue,
  session: Pick<Session, 'isAgent' | 'place'>,
): PreviewLine[] {
  const { call, agentName, waitMs, replace } = plan;
  const agents = agentsThere(plan, session);
  const there = agents.map(({ identity, heard }) => `${identity} (${heard ? 'heard' : 'silent'})`);
  const names = there.join(', ') || 'nobody';
  const removes = replace && agents.length > 0;
  return [
    ...previewCall(call),
    { label: 'Requests', text: `${agentName}, by ${origin}` },
    { label: 'Waits', text: `up to ${formatDuration(waitMs)} until it is heard` },
    { label: 'Agents', text: `${names}${removes ? ': removed once the new one is heard' : ''}` },
    ...(call.status === 'ringing' && call.direction === 'inbound'
      ? [{ label: 'Answers', text: 'the call, which still rings: the agent’s audio does that' }]
      : []),
    { label: 'LiveKit', text: session.place },
    ...warningsOf(plan, agents).map((text) => ({ label: 'Warning', text })),
  ];
}

async function showDryRun(plan: RescuePlan, session: Session, context: Context): Promise<void> {
  const { output } = context;
  const { call, agentName, waitMs, replace } = plan;
  const agents = agentsThere(plan, session);
  const record: RescueDryRun = {
    dryRun: true,
    wouldSend: true,
    ...{ call, agentName, waitMs, agents },
    replaces: replace ? agents.map(({ identity }) => identity) : [],
  };
  await output.record(record, RESCUE_DRY_RUN_FIELDS, () => {
    const text = `Would request ${agentName} for ${nameCaller(call)}. Nothing was sent.`;
    output.line(escapeText(text));
  });
}

/** Everything that is to be confirmed, and where the name of the agent comes from. */
interface PlannedRescue {
  plan: RescuePlan;
  origin: string;
}

/**
 * Plans a rescue.
 * @throws UsageError where nothing names an agent; KnownError where the room cannot be read
 */
export async function planRescue(
  call: Call,
  options: Pick<RescueCommandOptions, 'agent' | 'wait' | 'replace'>,
  session: Session,
): Promise<PlannedRescue> {
  const waitMs = waitOf(options, session);
  const { name: agentName, origin } = agentFor(call, options, session);
  const seen: readonly Participant[] = await session.client.listParticipants(call.room);
  return { plan: { call, agentName, waitMs, replace: options.replace === true, seen }, origin };
}

/** The call that is meant, by the line or by somebody who is asked. */
async function callToRescue(
  options: RescueCommandOptions,
  session: Session,
  context: Context,
): Promise<Call> {
  // What is wrong with it whoever is meant is told before anybody is asked to choose.
  waitOf(options, session);
  const { meantCall } = await import('../transfer/pick.ts');
  const commandFor = sameLineFor(context);
  const choosable = { fits: hasCallId, what: 'that has a call id' };
  const asks = canPrompt(context, options);
  return meantCall(options, session, context, asks, commandFor, choosable);
}

/**
 * Shows what it would do, asks, requests the agent, and tells what came of it.
 * @param onSent from here on it cannot pass for a rescue that was never sent for
 * @returns the exit code of the outcome
 */
export async function rescueCaller(
  call: Call,
  options: Pick<RescueCommandOptions, 'agent' | 'wait' | 'replace' | 'yes' | 'dryRun'>,
  session: Session,
  context: Context,
  onSent: () => void,
): Promise<ExitCode> {
  const { host, interruption, output } = context;
  const planned = await planRescue(call, options, session);
  const { plan } = planned;
  throwIfInterrupted(context);
  const asks = options.yes !== true && options.dryRun !== true;
  await showLines(previewRescue(planned, session), context, asks);
  if (options.dryRun === true) {
    await showDryRun(plan, session, context);
    return 0;
  }
  if (asks) await confirmOrDecline(context, 'Request this agent?', RESCUE_DECLINED);
  const result = await rescueCall(session.client, plan, {
    clock: { ...host, sleep: (ms) => host.sleep(ms, interruption.abort) },
    isAgent: session.isAgent,
    interruption,
    steady: session.steadyClient,
    onSent: () => {
      onSent();
      interruption.onLeaving(() => output.warn(leavingRescue(plan)));
      const wait = formatDuration(plan.waitMs);
      output.progress(`Agent requested, waiting up to ${wait}. Ctrl-C cancels the request`);
    },
  });
  output.close();
  context.noteDone(result.message);
  await showResult(result, context, RESCUE_FIELDS);
  return result.exitCode;
}

/**
 * @returns the exit code of the outcome
 * @throws KnownError for whatever stops it before anything is sent; InterruptedError
 */
export async function run(options: RescueCommandOptions, context: Context): Promise<ExitCode> {
  const { interruption, output } = context;
  if (options.caller === '-') {
    throw new UsageError('`rescue` takes one caller at a time.', {
      hint: 'Run it once for each of them.',
    });
  }
  checkCallerOptions(options, context, { what: 'rescue', batch: '' });
  output.checkFields(options.dryRun === true ? RESCUE_DRY_RUN_FIELDS : RESCUE_FIELDS);
  let sent = false;
  try {
    const open = openSession(options, context, { mutates: true, flags: { rooms: options.rooms } });
    return await withSession(open, async (session) => {
      const call = await callToRescue(options, session, context);
      return rescueCaller(call, options, session, context, () => {
        sent = true;
      });
    });
  } catch (error) {
    // Whatever Ctrl-C cut off before the request went out: it never did.
    const { signal } = interruption;
    if (signal === null || sent) throw error;
    throw new InterruptedError(signal, NOTHING_SENT);
  } finally {
    output.close();
  }
}
