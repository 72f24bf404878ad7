/**
 * The sentences of the library. The engine's speak to somebody at a command line: here flags become
 * options, and commands become functions. And of each result one short sentence that a caller may hear.
 */

import type { Call } from '../calls/call.ts';
import { asSentence, ConfigError, isKnownError, type KnownError } from '../core/errors.ts';
import { startSentence } from '../core/text.ts';
import type { Destination } from '../destinations/destination.ts';
import { spokenName } from '../transfer/announce.ts';
import type { SipStatus, StepMethod } from '../transfer/outcome.ts';
import type { AttemptRecord, ChainResult, TransferResult } from '../transfer/result.ts';

// What a program has in place of flags and commands.

/** What a program writes where the command line has a flag. */
const OPTIONS: Readonly<Record<string, string>> = {
  again: 'again: true',
  'api-key': 'apiKey',
  'api-secret-file': 'apiSecret',
  'answer-caller': 'answerCaller: true',
  dialtone: 'dialtone',
  'keep-agent': 'keepAgent: true',
  header: 'headers',
  'no-dialtone': 'dialtone: false',
  'no-fallback': 'fallback: false',
  timeout: 'timeoutMs',
};

/** What has another form than a flag's name with an option's in its place. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/--again \(in a program: `again: true`\)/g, '`again: true`'],
  [/ \(`lk-transfer (?:hangup|help|history|rescue|transfer)[^`]*`\)/g, ''],
  [/`?(?:lk-transfer transfer [^`]* )?--method bridge`?/g, "`method: 'bridge'`"],
  [/`lk-transfer transfer --dry-run`/g, '`resolve`'],
  [
    /`lk-transfer calls` shows when the caller leaves the room/g,
    '`findCall` finds the caller while they are in the room',
  ],
  [
    /See who is (?:still )?(?:on the line|up) with `lk-transfer calls`/g,
    'See with `findCall` who is on the line',
  ],
  [/See who is there with `lk-transfer calls`/g, 'See with `findCall` whether the caller is there'],
  [/: `lk-transfer calls` shows who, and `lk-transfer hangup` hangs up on them/g, ''],
  [/ hang up on them: `lk-transfer hangup`/g, ' have `watchBridge` hang up on them'],
  [/`lk-transfer calls`/g, '`findCall`'],
  [
    /Then hang up on (?:that one: `[^`]*`|them: `[^`]*`, for the target with `[^`]*`)/g,
    'Have `watchBridge` hang up on that one',
  ],
  [/ To hang up on it: `lk-transfer hangup[^`]*`\.?/g, ''],
  [/: request an agent with `lk-transfer rescue [^`]*`/g, ''],
  [
    /`--no-announce` transfers them without another announcement/g,
    'Transfer them again without one',
  ],
  [/ \(`lk-transfer trunks`\)/g, ''],
  [/against `lk-transfer trunks`/g, 'against the outbound trunks in LiveKit'],
  [/Request an agent, whose audio answers the call: `[^`]*`/g, 'An agent’s audio answers the call'],
  [/, hang up on it: `lk-transfer hangup[^`]*`/g, ', have it removed from the room'],
  [
    /See with `lk-transfer doctor` which proxy is used, and whether it reaches LiveKit/g,
    'Check the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names',
  ],
  [/`lk-transfer config schema` prints/g, 'schema/transfer.schema.json in this package says'],
  [/, and `lk-transfer history` may not have it/g, ', and the record may not have it'],
  [/lk-transfer itself failed/g, 'the library itself failed'],
  [/lk-transfer looks for/g, 'The library looks for'],
  [/; --debug shows where it happened/g, ': its `cause` shows where it happened'],
  [/Write one with [^,]*, or name one with --config\./g, 'Give one as `config`.'],
  [/--wait (\d+\w)/g, "`wait: '$1'`"],
  [/(Add|For instance) --header ("[^"]*")/g, '$1 $2 in `headers`'],
];

/** In quotation marks it is somebody's own word, and stays. */
const FLAG = /(?<![\w"-])--([a-z][a-z-]*)/g;

/** A command, in backticks or without. */
const COMMAND = /lk-transfer [a-z]/;

function optionFor(flag: string): string {
  return OPTIONS[flag] ?? flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Flags that a program has an option for, by the name that the option has. */
const HAS_OPTION: ReadonlySet<string> = new Set([
  ...Object.keys(OPTIONS),
  ...['config', 'fallback', 'identity', 'room', 'url', 'via', 'wait'],
]);

/** @param by what comes in the place of a phrase, from what a program has there */
function replacePhrases(sentence: string, by: (instead: string) => string): string {
  return PHRASES.reduce(
    (text, [phrase, instead]) => text.replaceAll(phrase, by(instead)),
    sentence,
  );
}

/** A sentence of the engine's, as a program reads it. */
export function forPrograms(sentence: string): string {
  const worded = replacePhrases(sentence, (instead) => instead);
  const uncommanded = worded.replaceAll(/`lk-transfer [a-z][^`]*`/g, 'the command line');
  return uncommanded.replace(FLAG, (_, flag: string) => `\`${optionFor(flag)}\``);
}

/** Advice as a program reads it: what only the command line can do is left out. */
export function hintForPrograms(hint: string): string | null {
  const sentences = hint.split(/(?<=[.!?]) (?=["A-Z`])/);
  const useful = sentences.filter((sentence) => {
    const left = replacePhrases(sentence, () => '');
    const flags = [...left.matchAll(FLAG)].map(([, flag = '']) => flag);
    return flags.every((flag) => HAS_OPTION.has(flag)) && !COMMAND.test(left);
  });
  return useful.length === 0 ? null : forPrograms(useful.join(' '));
}

function asOption<T extends string | null | undefined>(hint: T): string | null {
  return typeof hint === 'string' ? hintForPrograms(hint) : null;
}

/** The same error, in sentences for programs: whole ones, for other sentences to follow. */
export function errorForPrograms<T extends KnownError>(error: T): T {
  const hint = asOption(error.hint) ?? undefined;
  const message = asSentence(forPrograms(error.message));
  Object.assign(error, { message, hint, details: error.details.map(forPrograms) });
  if (error instanceof ConfigError) {
    const problems = error.problems.map(({ hint: advice, ...problem }) => {
      const better = asOption(advice);
      return { ...problem, ...(better !== null && { hint: better }) };
    });
    Object.assign(error, { problems });
  }
  return error;
}

/** Has errors speak to programs. */
export function inSentences<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isKnownError(error) ? errorForPrograms(error) : error;
  }
}

/** Has errors of what is waited for speak to programs. */
export async function awaitInSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isKnownError(error) ? errorForPrograms(error) : error;
  }
}

/** A destination whose warnings and steps speak to programs. */
export function destinationForPrograms(destination: Destination): Destination {
  return {
    ...destination,
    rule: destination.rule.replace(/^--/, ''),
    steps: destination.steps.map(({ what, detail }) => ({ what, detail: forPrograms(detail) })),
    warnings: destination.warnings.map(forPrograms),
  };
}

/** A result that speaks to programs. */
export function resultForPrograms(result: TransferResult): TransferResult {
  const { headline, message, hint, advice } = result;
  const meaning = advice.meaning === null ? null : forPrograms(advice.meaning);
  return {
    ...result,
    headline: forPrograms(headline),
    message: forPrograms(message),
    hint: asOption(hint),
    // A program has no command line.
    advice: { ...advice, meaning, command: null },
  };
}

/** A result and its attempts. */
export function chainForPrograms(result: ChainResult): ChainResult {
  const attempts = result.attempts.map((attempt: AttemptRecord) => ({
    ...attempt,
    headline: forPrograms(attempt.headline),
    message: forPrograms(attempt.message),
  }));
  return { ...result, ...resultForPrograms(result), attempts };
}

// What a caller may hear: no ids, no codes, no addresses, and never more than is known.

/** What is known of a transfer, in the fields of its result. */
type Spoken = Pick<TransferResult, 'caller' | 'destination'> & {
  /** `accepted`: LiveKit says 200, and the target's answer is not shown yet. */
  outcome: TransferResult['outcome'] | 'accepted';
  sip: SipStatus | null;
  /** By default a REFER. */
  transferMethod?: StepMethod;
  /** Earlier transfers of the call that may still come about. */
  earlier: readonly Pick<TransferResult['earlier'][number], 'underWay'>[];
};

const NO_SUCH_NUMBER: readonly number[] = [400, 404, 410, 414, 416, 484, 485, 604];
const NO_ANSWER_CODES: readonly number[] = [408, 487, 504];
const CANNOT_NOW = 'cannot be reached right now';
const NOT_TAKEN: readonly number[] = [433, 603, 607, 608];

/** What the target's answer means to the caller, behind its name. */
function targetWords(code: number | null, method: StepMethod): string {
  // A dial that the target's side gave no answer to, or that ended as it began.
  if (code === null) return method === 'bridge' ? 'did not take the call' : CANNOT_NOW;
  if (code === 486 || code === 600) return 'is busy';
  if (NO_ANSWER_CODES.includes(code)) return 'does not answer';
  if (NOT_TAKEN.includes(code)) return 'did not take the call';
  if (NO_SUCH_NUMBER.includes(code)) return 'cannot be reached';
  return code === 480 ? 'is not available right now' : CANNOT_NOW;
}

/**
 * One sentence that a caller may hear, or a model may read: `Sales is busy.`
 * @returns what is true of the caller first: of one who has left, nothing else matters
 */
export function sayOf(spoken: Spoken): string {
  const { outcome, caller, destination, sip, transferMethod = 'refer', earlier } = spoken;
  const name = spokenName(destination);
  switch (outcome) {
    case 'completed':
      return `The caller has been put through to ${name}.`;
    case 'bridged':
      return `${startSentence(name)} is on the line.`;
    case 'accepted':
      return `The caller is being put through to ${name}.`;
    case 'ended':
      return 'The call has ended.';
    case 'unconfirmed':
      return `The caller may be through to ${name} already.`;
    case 'unknown':
      return caller === 'left'
        ? `The caller has left, and may be talking to ${name}.`
        : `${startSentence(name)} may still answer.`;
    case 'target-failed':
    case 'refused':
    case 'not-sent':
      if (caller === 'left') return 'The caller has left.';
      break;
  }
  if (outcome === 'target-failed') {
    return `${startSentence(name)} ${targetWords(sip?.code ?? null, transferMethod)}.`;
  }
  if (outcome === 'refused') return `This call cannot be put through to ${name}.`;
  if (earlier.some(({ underWay }) => underWay !== null)) {
    return 'The caller is being put through already.';
  }
  return earlier.length > 0
    ? 'The caller may have been put through already.'
    : `This call cannot be put through to ${name} right now.`;
}

// What the model of a voice agent is told, in words that a caller may hear.

export const SPOKE =
  'The caller spoke before the transfer was sent, so nothing was sent. Answer what they said, and call this again only if they still want it.';
const GO_ON = 'Go on helping the caller.';

/** What the model is told of a result: the next step goes by where the caller is. */
export function tellResult({
  say,
  caller,
  outcome,
}: Pick<TransferResult, 'caller' | 'outcome'> & { say: string }): string {
  if (caller === 'on-the-line') return `${say} ${GO_ON}`;
  if (caller === 'left' || outcome === 'completed') return say;
  if (outcome === 'bridged') return `${say} The two talk with each other now: say nothing more.`;
  return `${say} Where the caller is now is not known: do not transfer them again. If they are still there, ask them to hold the line.`;
}

/** What the model is told where nothing was sent. The error's own words are for operators. */
export function tellError(
  { code }: KnownError,
  names: readonly string[],
  call: Call | null,
  wasSent: boolean,
): string {
  const next = call === null ? '' : ` ${GO_ON}`;
  switch (code) {
    case 'unknown-department':
      return `There is no department of that name. There are: ${names.join(', ')}. ${GO_ON}`;
    case 'no-such-call':
      return 'No caller by telephone is on the line here.';
    case 'outcome-lost':
      return 'Whether the caller was put through is not known. Do not transfer them again.';
    case 'interrupted':
      return wasSent
        ? 'The transfer was cancelled before anybody answered.'
        : 'The transfer was cancelled. Nothing was sent.';
    default:
      return `This call cannot be put through right now.${next}`;
  }
}
