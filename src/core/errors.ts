/**
 * Every way this program fails on purpose, and the exit code each one has.
 *
 * An error says what failed and why (`message`), and what to do next (`hint`). Messages may carry
 * foreign text (names, headers, server answers): whoever prints one escapes it first.
 */

import { startSentence } from './text.ts';

export type ErrorCode =
  | 'usage'
  | 'config'
  | 'destination'
  | 'policy'
  | 'ambiguous-call'
  | 'transfer-under-way'
  | 'confirmation-needed'
  | 'wrong-url'
  | 'declined'
  | 'caller-spoke'
  | 'credentials'
  | 'permission'
  | 'no-such-call'
  | 'no-open-transfer'
  | 'unknown-department'
  | 'no-such-trunk'
  | 'ambiguous-trunk'
  | 'unreachable'
  | 'server'
  | 'unread-rooms'
  | 'unplaced-trunk'
  | 'unreadable-record'
  | 'unwritten-record'
  | 'unwritten-report'
  | 'not-announced'
  | 'outcome-lost'
  | 'interrupted'
  | 'internal';

export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 7 | 130 | 143;

/** What has to be said first when several things happened, worst first. */
const WORST_FIRST: readonly ExitCode[] = [143, 130, 7, 4, 1, 5, 3, 2];

/** The exit code that stands for several; 0 for none. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

/** The one table from an error to the exit code of the process. */
export const exitCodeOf: Record<ErrorCode, ExitCode> = {
  usage: 2,
  config: 2,
  destination: 2,
  policy: 2,
  'ambiguous-call': 2,
  'transfer-under-way': 2,
  'confirmation-needed': 2,
  'wrong-url': 2,
  declined: 3,
  'caller-spoke': 3,
  credentials: 4,
  permission: 4,
  'no-such-call': 5,
  'no-open-transfer': 5,
  'unknown-department': 5,
  'no-such-trunk': 5,
  'ambiguous-trunk': 2,
  unreachable: 1,
  server: 1,
  'unread-rooms': 1,
  'unplaced-trunk': 1,
  'unreadable-record': 1,
  'unwritten-record': 1,
  'unwritten-report': 1,
  'not-announced': 1,
  'outcome-lost': 7,
  interrupted: 130,
  internal: 1,
};

/** One that may be meant: a call, a transfer of the record, or a trunk. */
export interface ErrorCandidate {
  /** Of a transfer in the record, or of a trunk. */
  id?: string | null;
  /** LiveKit's call id, `SCL_…`. */
  callId?: string;
  /** The caller's number, in E.164. */
  phoneNumber?: string | null;
  /** Of a call: the room that it is in. */
  room?: string;
  /** Of a call: the caller’s in that room. */
  identity?: string;
  /** Of a call, as LiveKit has it. */
  status?: string | null;
  /** Of a transfer: when it was sent, ISO 8601, UTC. */
  startedAt?: string;
  /** Of a transfer: where to. */
  to?: string;
  /** Of a transfer; null: none was recorded. */
  outcome?: string | null;
}

/** A trunk that may be meant. */
export interface ErrorTrunk {
  /** `ST_…`. */
  id: string | null;
  /** As LiveKit has it. */
  name: string | null;
  /** Of its address. */
  host: string | null;
  /** By the config, else by the address. */
  provider: string | null;
}

/** What an error tells programs beside its words. These names stay. */
export interface ErrorData {
  /** Names that may have been meant. */
  suggestions?: readonly string[];
  /** Calls or transfers that may be meant. */
  candidates?: readonly ErrorCandidate[];
  /** Trunks that may be meant. */
  candidateTrunks?: readonly ErrorTrunk[];
  /** How many callers hide their number. */
  hiddenNumbers?: number;
  /** How many rooms could not be read: the caller may be in one of them. */
  unreadRooms?: number;
  /** LiveKit's call id of the caller, who was told something before. */
  callId?: string;
  /** What became of the announcement: see `Announcement` of transfer/announce.ts. */
  announcement?: object;
}

/** What went wrong, as programs are told. These names stay. */
export interface ErrorWords {
  /** What kind of failure it is. */
  code: ErrorCode;
  /** What failed, and why: sentences. */
  message: string;
  /** What to do next. */
  hint: string | null;
  /** Of the process. */
  exitCode: ExitCode;
  /** More of it, a line each. */
  details?: readonly string[];
  /** Everything that is wrong with a config file. */
  problems?: readonly ConfigProblem[];
}

/** A line on standard error: the run has failed. */
export interface ErrorLine {
  /** What went wrong. */
  error: ErrorWords & ErrorData;
}

/** A line on standard error: something must be known beside the result. */
export interface WarningLine {
  /** What is worth knowing: a sentence. */
  warning: { message: string };
}

interface Explanation {
  /** The next step, in words; the most useful line comes last. */
  hint?: string | undefined;
  /** Lines below the message: candidates, say. A message itself is one line. */
  details?: readonly string[];
  /** The same for programs: more fields of the error object. */
  data?: ErrorData;
  cause?: unknown;
}

/** A failure that the user can understand and act on. Anything else that is thrown is a bug. */
export class KnownError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly data: ErrorData;

  constructor(
    code: ErrorCode,
    message: string,
    { hint, details = [], data = {}, cause }: Explanation = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KnownError';
    this.code = code;
    this.hint = hint;
    this.details = details;
    this.data = data;
  }

  get exitCode(): ExitCode {
    return exitCodeOf[this.code];
  }
}

/** The command line is wrong: an unknown flag, a missing argument, flags that exclude each other. */
export class UsageError extends KnownError {
  constructor(message: string, explanation?: Explanation) {
    super('usage', message, explanation);
    this.name = 'UsageError';
  }
}

/** One thing wrong in a config file: where, and what was expected. */
export interface ConfigProblem {
  /** Dotted path inside the file (`departments.sales.to`); empty for the file as a whole. */
  path: string;
  /** What was expected, or what is wrong; it may begin with the path. */
  message: string;
  /** What to do about it, where that is not plain from the message. */
  hint?: string;
}

/** The config file is missing, unreadable, or says something it may not say. */
export class ConfigError extends KnownError {
  readonly file: string | null;
  readonly problems: readonly ConfigProblem[];

  constructor(
    message: string,
    {
      file = null,
      problems = [],
      ...explanation
    }: Explanation & { file?: string | null; problems?: readonly ConfigProblem[] } = {},
  ) {
    super('config', message, explanation);
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}

/** What was asked for is not an address a call can be sent to. */
export class DestinationError extends KnownError {
  constructor(message: string, explanation?: Explanation) {
    super('destination', message, explanation);
    this.name = 'DestinationError';
  }
}

/** The address is fine, and the config (or the law of emergency numbers) forbids it. */
export class PolicyError extends KnownError {
  constructor(message: string, explanation?: Explanation) {
    super('policy', message, explanation);
    this.name = 'PolicyError';
  }
}

/** The credentials are missing, incomplete, or not accepted. */
export class CredentialsError extends KnownError {
  constructor(message: string, explanation?: Explanation) {
    super('credentials', message, explanation);
    this.name = 'CredentialsError';
  }
}

/** No call, participant, department or trunk of that name. */
export class NotFoundError extends KnownError {
  constructor(
    code: 'no-such-call' | 'unknown-department' | 'no-such-trunk',
    message: string,
    explanation?: Explanation,
  ) {
    super(code, message, explanation);
    this.name = 'NotFoundError';
  }
}

/** SIGINT or SIGTERM. The exit code is the shell's convention, 128 + the signal's number. */
export class InterruptedError extends KnownError {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM', message: string, explanation?: Explanation) {
    super('interrupted', message, explanation);
    this.name = 'InterruptedError';
    this.signal = signal;
  }

  override get exitCode(): ExitCode {
    return this.signal === 'SIGTERM' ? 143 : 130;
  }
}

/** Says whether a value is a failure made for people, as against a bug. */
export function isKnownError(value: unknown): value is KnownError {
  return value instanceof KnownError;
}

/**
 * A message as a whole sentence. Parts of messages are written to stand behind a place in the
 * config as well, so some begin small and end open; what begins with a name (`LIVEKIT_URL`,
 * `dial.number:`) stays so.
 */
export function asSentence(message: string): string {
  const capital = /^[a-z]+ /.test(message) ? startSentence(message) : message;
  return /[.!?…]["”)\]}]?$/.test(capital) ? capital : `${capital}.`;
}
