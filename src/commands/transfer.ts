/** `transfer`: send a caller to another place, and say what became of it. */
import type { Call } from '../calls/call.ts';
import { settleDepartment } from '../config/settings.ts';
import { findDepartment } from '../destinations/departments.ts';
import type { Destination, TrunkFacts } from '../destinations/destination.ts';
import { parseReferHeader } from '../destinations/headers.ts';
import { providerPresets } from '../destinations/providers.ts';
import { resolveDestination } from '../destinations/resolve.ts';
import { trunkConfigFor } from '../destinations/trunks.ts';
import { type ExitCode, InterruptedError, KnownError, UsageError } from '../errors.ts';
import { escapeText } from '../terminal/escape.ts';
import { confirm, PromptAborted } from '../terminal/prompts.ts';
import { planTransfer, type TransferPlan } from '../transfer/plan.ts';
import type { TransferResult } from '../transfer/result.ts';
import { refuseUntransferable, type SendTransferOptions, sendTransfer } from '../transfer/send.ts';
import { findMeantCall } from './call-list.ts';
import { type Context, canPrompt, type GlobalOptions } from './context.ts';
import { openSession, type Session, withSession } from './session.ts';
import { previewTransfer } from './transfer-preview.ts';
import { trunkOfCall } from './trunk-facts.ts';

export interface TransferOptions extends GlobalOptions {
  caller?: string;
  to?: string;
  room?: string;
  identity?: string;
  yes?: boolean;
  dryRun?: boolean;
  /** As typed. */
  wait?: string;
  header?: string[];
  dialtone?: boolean;
  via?: string;
}

/** After this long an unanswered REFER would have failed, so the trunk has taken it, in ms. */
const REFER_ANSWERED_MS = 33_000;

/** A line that cannot lead to a transfer is refused before any word to a server. */
function checkOptions(options: TransferOptions, context: Context): void {
  const asks = canPrompt(context, options);
  if (options.caller !== undefined && options.room !== undefined) {
    throw new UsageError('A caller and --room both say who is meant; give one of them.');
  }
  if (options.identity !== undefined && options.room === undefined) {
    throw new UsageError('--identity goes with --room.', {
      hint: 'An identity alone can be given as the caller.',
    });
  }
  if (!asks && options.caller === undefined && options.room === undefined) {
    throw new UsageError('Which caller? None was named.', {
      hint: 'Give a call id, phone number, room or identity; `lk-transfer calls` lists them.',
    });
  }
  if (!asks && options.to === undefined) {
    throw new UsageError('Where to? --to is missing.', {
      hint: 'Give a department, number, extension, or SIP or tel URI: --to sales',
    });
  }
  if (!asks && options.yes !== true && options.dryRun !== true) {
    throw new KnownError(
      'confirmation-needed',
      'A transfer wants a confirmation, and there is nobody here to ask. Nothing was sent.',
      { hint: 'Confirm with --yes, or look first with --dry-run.' },
    );
  }
}

function readHeaders(options: TransferOptions): Record<string, string> {
  return Object.fromEntries(
    (options.header ?? []).map((text) => {
      const { name, value } = parseReferHeader(text);
      return [name, value];
    }),
  );
}

/**
 * Whether a leg that leaves at once is no doubt on this trunk. The config says so, or the provider's
 * preset; but of an inbound call the provider may be recognised by the caller's own word alone, and
 * that must not turn a doubt into a success.
 */
function hangsUpFirst({ config }: Session, trunk: TrunkFacts): boolean {
  const { trunk: known } = trunkConfigFor(config, trunk);
  const recognised = trunk.direction === 'outbound' ? trunk.provider : null;
  const provider = known.provider ?? recognised;
  return known.hangsUpFirst ?? (provider !== null && providerPresets[provider].hangsUpFirst);
}

function plan(
  call: Call,
  destination: Destination,
  trunk: TrunkFacts,
  headers: Record<string, string>,
  session: Session,
): TransferPlan {
  const { settings, config } = session;
  const department =
    destination.department === null ? null : findDepartment(config, destination.department);
  const { wait, dialtone } =
    department === null ? settings : settleDepartment(settings, department.name, department);
  return planTransfer(call, destination, {
    waitMs: wait.value,
    playDialtone: dialtone.value,
    headers,
    hangsUpFirst: hangsUpFirst(session, trunk),
  });
}

/** Whoever is asked sees what about, even where they want no chatter. */
async function showPreview(
  planned: TransferPlan,
  { place }: Session,
  { output }: Context,
  asks: boolean,
): Promise<void> {
  if (output.json || (output.quiet && !asks)) return;
  const { dim, yellow } = await output.palette('stderr');
  for (const { label, text } of previewTransfer(planned, place)) {
    const paint = label === 'Warning' ? yellow : dim;
    output.styled(`${paint(label.padEnd(12))}${escapeText(text)}`);
  }
}

function showDryRun({ call, destination, request }: TransferPlan, { output }: Context): void {
  if (output.json) {
    output.record({ dryRun: true, call, destination, fallbacks: [], request });
    return;
  }
  output.line(
    `Would transfer ${escapeText(call.callId)} to ${escapeText(request.transferTo)}. Nothing was sent.`,
  );
}

/** @throws KnownError `declined`, or InterruptedError; in both cases nothing was sent */
async function askConfirmation({ host, interruption }: Context): Promise<void> {
  try {
    if (await confirm(host, 'Transfer this caller?', interruption.abort)) return;
  } catch (error) {
    if (!(error instanceof PromptAborted)) throw error;
    throw new InterruptedError(interruption.signal ?? 'SIGINT', 'Interrupted. Nothing was sent.');
  }
  throw new KnownError('declined', 'Not transferred, as you wish. Nothing was sent.');
}

/** Tells what is known while LiveKit is waited for: it reports nothing before the end. */
function tellProgress({ host, output }: Context): Pick<
  SendTransferOptions,
  'onSent' | 'onVerifying'
> & {
  wasSent(): boolean;
  stop(): void;
} {
  let sent = false;
  let later: ReturnType<typeof setTimeout> | undefined;
  const { elapsed } = host;
  const start = elapsed();
  return {
    wasSent: () => sent,
    onSent: () => {
      sent = true;
      const progress = output.progress('REFER sent, waiting for the target');
      later = setTimeout(
        () => progress.update('The trunk has accepted the REFER, waiting for the target'),
        REFER_ANSWERED_MS - (elapsed() - start),
      );
    },
    onVerifying: () => {
      clearTimeout(later);
      output.progress('LiveKit has answered, looking where the caller is');
    },
    stop: () => {
      clearTimeout(later);
      output.close();
    },
  };
}

async function showResult(result: TransferResult, { output }: Context): Promise<void> {
  if (output.json) {
    output.record(result);
    return;
  }
  const { green, red, yellow } = await output.palette('stdout');
  const paint = result.exitCode === 0 ? green : result.exitCode === 7 ? yellow : red;
  output.line(paint(escapeText(result.message)));
  if (result.hint === null) return;
  // After a success the hint is chatter; after anything else it is what to do next.
  if (result.exitCode === 0) output.notice(result.hint);
  else output.warn(result.hint);
}

/** Finds the caller and the destination, asks, sends, and tells what became of it. */
async function transferCaller(
  options: TransferOptions,
  headers: Record<string, string>,
  session: Session,
  context: Context,
  send: SendTransferOptions,
): Promise<ExitCode> {
  const { client } = session;
  const picker = () => import('./transfer-pick.ts');
  const call =
    options.caller === undefined && options.room === undefined
      ? await (await picker()).pickCall(session, context)
      : await findMeantCall(options, session, context);
  const trunk = await trunkOfCall(call, client, session.config);
  const { via } = options;
  const to = options.to ?? (await (await picker()).pickDestination(session, context, trunk, via));
  const destination = resolveDestination(to, session.config, trunk, { via });
  const planned = plan(call, destination, trunk, headers, session);

  const asks = options.yes !== true && options.dryRun !== true;
  await showPreview(planned, session, context, asks);
  if (options.dryRun === true) {
    showDryRun(planned, context);
    return 0;
  }
  const refusal = await refuseUntransferable(client, planned, call, send);
  if (refusal === null && options.yes !== true) await askConfirmation(context);
  const result = refusal ?? (await sendTransfer(client, planned, send));
  context.output.close();
  await showResult(result, context);
  return result.exitCode;
}

/**
 * @returns the exit code of the outcome
 * @throws KnownError for whatever stops it before anything is sent
 */
export async function run(options: TransferOptions, context: Context): Promise<ExitCode> {
  const { host: clock, interruption } = context;
  checkOptions(options, context);
  const headers = readHeaders(options);
  const { wait, dialtone } = options;
  const open = openSession(options, context, { mutates: true, flags: { wait, dialtone } });
  const progress = tellProgress(context);
  try {
    return await withSession(open, (session) => {
      const send = { clock, isAgent: session.isAgent, interruption, ...progress };
      return transferCaller(options, headers, session, context, send);
    });
  } catch (error) {
    // Whatever Ctrl-C cut off before the request went out: it never did.
    const { signal } = interruption;
    if (signal === null || progress.wasSent()) throw error;
    throw new InterruptedError(signal, 'Interrupted. Nothing was sent.');
  } finally {
    progress.stop();
  }
}
