/** The flags of `transfer`, and which of them go together. */

import type { SettingFlags } from '../../config/settings.ts';
import { KnownError, UsageError } from '../../core/errors.ts';
import { parseReferHeader } from '../../destinations/address/uri.ts';
import type { PlanRequest } from '../../transfer/plan.ts';
import { type Context, canPrompt } from '../shared/context.ts';
import type { TransferOptions } from './command.ts';

/** Flags that say who is meant, and that it is meant. */
export type CallerOptions = Pick<
  TransferOptions,
  | 'caller'
  | 'room'
  | 'identity'
  | 'confirm'
  | 'rate'
  | 'yes'
  | 'dryRun'
  | 'json'
  | 'input'
  | 'apiSecretFile'
>;

/** Whether callers come from standard input. */
export function isBatch(options: Pick<CallerOptions, 'caller'>): boolean {
  return options.caller === '-';
}

/** A line that cannot lead to a transfer is refused before any word to a server. */
export function checkTransferOptions(options: TransferOptions, context: Context): void {
  const hasNowhere = options.to === undefined && !canPrompt(context, options);
  checkCallerOptions(options, context, {
    what: 'transfer',
    batch: 'transfer - --to voicemail --confirm 3',
    check: () => {
      if (hasNowhere || (isBatch(options) && options.to === undefined)) throw missingDestination();
    },
  });
}

/** What a command does with callers, for what is said of a wrong line. */
interface CallerAction {
  /** Behind “a”. */
  what: string;
  /** The command that reads callers from standard input. */
  batch: string;
  /** Checks what else the line needs, before it is asked whether it is confirmed. */
  check?: () => void;
}

/**
 * Checks how callers are named and confirmed.
 * @throws UsageError; KnownError `confirmation-needed` where nobody has confirmed, nor can be asked
 */
export function checkCallerOptions(
  options: CallerOptions,
  context: Context,
  { what, batch, check = () => {} }: CallerAction,
): void {
  if (options.caller !== undefined && options.room !== undefined) {
    throw new UsageError('A caller and --room both name the call: give only one.');
  }
  if (options.identity !== undefined && options.room === undefined) {
    throw new UsageError('--identity goes with --room.', {
      hint: 'An identity alone can be given as the caller.',
    });
  }
  if (isBatch(options)) {
    checkBatch(options, context, batch);
    check();
    return;
  }
  for (const flag of ['confirm', 'rate'] as const) {
    if (options[flag] === undefined) continue;
    throw new UsageError(`--${flag} goes with callers from standard input.`, {
      hint: `Give - as the caller, and pipe call ids in; --yes confirms a single ${what}.`,
    });
  }
  const asks = canPrompt(context, options);
  if (!asks && options.caller === undefined && options.room === undefined) {
    throw new UsageError('Which caller? None was named.', {
      hint: 'Give a call id, phone number, room or identity; `lk-transfer calls` lists them.',
    });
  }
  check();
  if (!asks && options.yes !== true && options.dryRun !== true) {
    throw new KnownError(
      'confirmation-needed',
      `A ${what} needs a confirmation, and nobody can be asked here. Nothing was sent.`,
      { hint: 'Confirm with --yes, or look first with --dry-run.' },
    );
  }
}

function checkBatch(
  { apiSecretFile }: Pick<CallerOptions, 'apiSecretFile'>,
  { host }: Context,
  command: string,
): void {
  if (host.stdin.isTTY) {
    throw new UsageError('- reads callers from standard input, which is a terminal here.', {
      hint: `Pipe call ids in: \`lk-transfer calls --stuck --fields callId | lk-transfer ${command}\``,
    });
  }
  if (apiSecretFile === '-') {
    throw new UsageError('Callers and the secret cannot both come from standard input.');
  }
}

/**
 * A number that whoever asks has to name is what stands between a pipe and twenty callers.
 * @throws KnownError `confirmation-needed` when it is missing or another
 */
export function checkConfirmation({ confirm, yes, dryRun }: CallerOptions, callers: number): void {
  if (dryRun === true) return;
  if (confirm === callers) return;
  if (confirm === undefined && (callers === 0 || (yes === true && callers === 1))) return;
  const read = `Standard input names ${callers} caller${callers === 1 ? '' : 's'}`;
  throw new KnownError(
    'confirmation-needed',
    confirm === undefined
      ? `${read}, and that number is not confirmed. Nothing was sent.`
      : `${read}, and --confirm says ${confirm}. Nothing was sent.`,
    {
      hint:
        callers === 0
          ? 'The command that lists them may have failed, or found nobody.'
          : `Confirm with --confirm ${callers}, or look first with --dry-run.`,
    },
  );
}

function missingDestination(): UsageError {
  return new UsageError('Where to? --to is missing.', {
    hint: 'Give a department, number, extension, or SIP or tel URI: --to sales',
  });
}

/** What of the command line overrides the config. */
export function settingFlags({ wait, dialtone, history, rooms }: TransferOptions): SettingFlags {
  return { wait, dialtone, history, rooms };
}

/** @throws DestinationError for a header that may not be sent */
export function planRequest(options: TransferOptions): PlanRequest {
  const { via, fallback, header = [], again = false, method, keepAgent, answerCaller } = options;
  return {
    ...{ via, again, method, keepAgent, answerCaller },
    fallback: fallback === false ? [] : fallback,
    headers: Object.fromEntries(
      header.map((text) => {
        const { name, value } = parseReferHeader(text);
        return [name, value];
      }),
    ),
  };
}
