/** What to do about an outcome, as data for programs. The hint says the same in sentences. */
import type { ProviderName } from '../../destinations/providers.ts';

/** The next step, in one word. */
export type Action =
  /** It is done. */
  | 'none'
  /** Nobody knows whether the target has the caller: ask there before anything else. */
  | 'ask-target'
  /** The caller is no longer on the line. */
  | 'call-back'
  /** The call may be over: see who is on the line. */
  | 'look'
  /** Something is under way: wait for its end, then look. */
  | 'wait'
  /** The call is not answered yet: an agent or a person in the room has to answer it. */
  | 'answer-call'
  /** The same again, in a few seconds. */
  | 'retry-soon'
  /** The same again, in some minutes. */
  | 'retry-later'
  /** This target does not take the call now. */
  | 'other-destination'
  /** The number is wrong, or the form of address is not the one that the trunk takes. */
  | 'fix-address'
  /** A header, or another part of the request, is wrong or missing. */
  | 'fix-request'
  /** The trunk, or the account at its provider, is not set up for this. */
  | 'fix-trunk'
  /** LiveKit's URL, the API key or its secret. */
  | 'fix-credentials'
  /** Only the provider can say what stands in the way. */
  | 'ask-provider'
  /** The trunk moves no calls by itself: dial the target into the caller's room instead. */
  | 'bridge';

/** In the field names of the JSON output. These names stay. */
export interface Advice {
  /** What the failure means, as a clause; null after a success. */
  meaning: string | null;
  action: Action;
  /** On this trunk, as it is set up now, a bridge is the way that works. */
  warmTransfer: boolean;
  /** Whose words the hint goes by, when it goes by a provider's. */
  provider: ProviderName | null;
  /** What to have switched on there. */
  setting: string | null;
  /** The form of address wanted there, when the address may be what was refused. */
  address: string | null;
  /** The line that carries the action out, where there is one. */
  command: string | null;
}

/** What is found out about an outcome: the parts of a message, its hint, and its advice. */
export interface Finding extends Partial<Omit<Advice, 'meaning' | 'action'>> {
  /** A clause, for the middle of a sentence. */
  meaning: string;
  /** Whole sentences. */
  hint: string;
  action: Action;
}

/** The advice when nothing is left to do. */
export const NO_ADVICE: Advice = {
  meaning: null,
  action: 'none',
  warmTransfer: false,
  provider: null,
  setting: null,
  address: null,
  command: null,
};

/** The part of a finding that programs read. */
export function adviceOf({ hint: _hint, ...advice }: Finding): Advice {
  return { ...NO_ADVICE, ...advice };
}

/** What stands for the whole line until it is known which caller it is about. */
export const METHOD_BRIDGE = '`--method bridge`';

/** Ends a sentence that begins with “Until then,” or “If not,”. */
export const USE_BRIDGE = `bridge the caller, which dials the target into the room: ${METHOD_BRIDGE}.`;

/**
 * A transfer that was left after its request went out, in the record of transfers. It stands here,
 * since every command opens the record, and few explain an outcome.
 */
export const INTERRUPTED_AFTER_SENDING = 'Interrupted after it was sent: the transfer continued.';

/** What is advised holds for any other LiveKit; the sandbox of a run is gone with it. */
export const SANDBOX_ENDS =
  'Here the sandbox ends with this command, and no later command sees this transfer.';

/** The same of a bridge, whose target rang and was hung up on. */
export const RINGING_STOPPED = 'Interrupted: the target was hung up on while it rang.';

/** Of a bridge that is offered after a transfer, and comes to nothing. */
export const NOT_DIALLED = 'No target was dialled.';

/** A question was not answered with yes, after a target that a program had left was hung up on. */
export const LEFTOVER_ENDED = 'Only the earlier target was hung up on.';

/** Who gave the status: the trunk to the REFER, or its NOTIFY of the target. */
export type SipStage = 'refer' | 'notify';

/**
 * One line of a table of SIP statuses: `401 407` for single ones, `5xx` for those of a class that
 * are not listed; then the next step, the meaning (a clause) and the hint (whole sentences).
 */
export type SipRow = readonly [
  codes: string,
  action: Action,
  meaning: string,
  hint: string,
  more?: Pick<Finding, 'warmTransfer'>,
];

/** What SIP answers where there is no REFER: the method, its body or its subscription is not known. */
export const NO_REFER_CODES: readonly number[] = [405, 406, 415, 420, 421, 489, 501];
/** They come to “you may not”: policy, or a feature that is not switched on. */
export const POLICY_CODES: readonly number[] = [403, 603];
