/** A transfer told in a sentence or two: what happened, where the caller is, what to do next. */
import type { Call } from '../../calls/call.ts';
import { MEDIA_TIMEOUT_MS } from '../../core/duration.ts';
import type { Destination } from '../../destinations/destination.ts';
import { type Advice, adviceOf, type Finding, NO_ADVICE, type SipStage } from './advice.ts';
import { leftBehind, whereCallerIs } from './caller-location.ts';
import {
  hasOpenTransfers,
  openTransferTargets,
  providerOf,
  type TransferFacts,
  whomToAsk,
} from './facts.ts';
import { notSentWords } from './not-sent.ts';
import { nameStatus, sipWordsAt } from './status.ts';
import { unconfirmedWords, unknownWords } from './unknown.ts';

// The call is over, and nothing shows whether the target answered: what may have happened.

/** Finds the explanations that fit. */
function endedWords(account: TransferFacts): Finding {
  const { call, durationMs, verdict } = account;
  const meaning = 'nothing shows whether the target answered';
  const ask = `Ask at ${whomToAsk(account)}, or call the caller back.`;
  if (verdict.cause === 'call-ended') {
    const hint = `LiveKit says that the call ended before the transfer did. ${ask}`;
    return { meaning, hint, action: 'ask-target' };
  }
  const hold =
    durationMs > MEDIA_TIMEOUT_MS
      ? '; or LiveKit cut a leg that the trunk had put on hold, silent for 15 s (a longer media_timeout, set on the trunk in LiveKit, prevents that)'
      : '';
  const trunk = call.trunkId ?? call.host ?? 'this trunk';
  return {
    meaning,
    hint: `Either the caller hung up, or the trunk hung up first, as some do after a good transfer${hold}. ${ask} If this trunk always hangs up first, set "hangsUpFirst": true for ${trunk} in the config.`,
    action: 'ask-target',
  };
}

export interface Words {
  message: string;
  hint: string | null;
  advice: Advice;
}

/** The caller as people know them: by number, else by name, else by call id. */
export function nameCaller(call: Call): string {
  const known = call.phoneNumberRaw ?? (call.name || null);
  return known === null ? call.callId : `${known} (${call.callId})`;
}

/** The destination as people know it, with the address the trunk was given. */
export function nameDestination(destination: Destination): string {
  const { department, number, referTo, input } = destination;
  const known = department ?? number ?? input;
  return known === referTo ? referTo : `${known} (${referTo})`;
}

/** What a SIP status means, and what to do about it on this trunk. */
function statusWords(account: TransferFacts, stage: SipStage): Finding {
  const code = account.verdict.sip?.code ?? 0;
  return sipWordsAt(providerOf(account), { stage, code, destination: account.destination });
}

/** Whether a next step helps the next caller, when this one is gone. */
function isLasting({ action }: Finding): boolean {
  return action.startsWith('fix-') || action === 'ask-provider' || action === 'warm-transfer';
}

/** A number that cannot be called back is hidden, or `anonymous`. */
function callBack({ phoneNumberRaw }: Call): string {
  return /\d/.test(phoneNumberRaw ?? '')
    ? 'Call the caller back.'
    : 'The caller’s number is hidden: only they can call again.';
}

/** The next step after a definite failure, which hangs on where the caller is. */
function inView(account: TransferFacts, finding: Finding): Finding {
  const { hint } = finding;
  if (finding.action === 'ask-target') return finding;
  if (hasOpenTransfers(account)) {
    const first = `First ask at ${openTransferTargets(account)}: the caller may be there.`;
    return { ...finding, hint: `${first} ${hint}`, action: 'ask-target' };
  }
  if (account.caller === 'left') {
    const next = isLasting(finding) ? `${callBack(account.call)} ${hint}` : callBack(account.call);
    return { ...finding, hint: next, action: 'call-back' };
  }
  // A refusal says nothing of the caller, where they could not be seen.
  if (account.leg === 'unread' && account.outcome !== 'not-sent') {
    return { ...finding, hint: `See who is on the line with \`lk-transfer calls\`. ${hint}` };
  }
  return finding;
}

/** The weakest proof is named: a caller who hangs up meanwhile leaves the same way. */
function takenForSuccess({ evidence }: TransferFacts): string | null {
  if (evidence !== 'trunk') return null;
  return 'The call was gone at once: this trunk is known to hang up first, so that counts as the target’s answer. A caller who hung up meanwhile would look the same.';
}

/** An Asterisk that is told not to wait reports success at once; a target takes longer to answer. */
function quickSuccess(account: TransferFacts): string | null {
  const suspicious = providerOf(account)?.name === 'asterisk' && account.durationMs < 1000;
  if (!suspicious) return null;
  return 'The answer came within a second: an Asterisk with refer_blind_progress=no reports success before anybody answers.';
}

function describe(account: TransferFacts): Words {
  const { call, destination, outcome, verdict } = account;
  const caller = nameCaller(call);
  const target = nameDestination(destination);
  const words = (finding: Finding, message: string): Words => ({
    message,
    hint: finding.hint,
    advice: adviceOf(finding),
  });
  switch (outcome) {
    case 'completed': {
      const hints = [takenForSuccess(account), quickSuccess(account), leftBehind(account)].filter(
        (hint) => hint !== null,
      );
      return {
        message: `Transferred ${caller} to ${target}: the target answered.`,
        hint: hints.join(' ') || null,
        advice: NO_ADVICE,
      };
    }
    case 'ended':
      return words(
        endedWords(account),
        `${account.leg === 'gone' ? 'The' : 'LiveKit says that the'} call with ${caller} is over, and nothing shows whether ${target} answered.`,
      );
    case 'unconfirmed': {
      const finding = unconfirmedWords(account);
      return words(
        finding,
        `LiveKit reports that ${caller} was transferred to ${target}, but ${finding.meaning}.`,
      );
    }
    case 'refused': {
      const finding = inView(account, statusWords(account, 'refer'));
      return words(
        finding,
        `The trunk refused to transfer ${caller} to ${target}: it answered the REFER (SIP’s transfer request) with ${nameStatus(verdict.sip)}: ${finding.meaning}.`,
      );
    }
    case 'target-failed': {
      const finding = inView(account, statusWords(account, 'notify'));
      return words(
        finding,
        `The trunk tried to transfer ${caller}, but the call to ${target} failed: ${nameStatus(verdict.sip)} (${finding.meaning}).`,
      );
    }
    case 'not-sent': {
      const finding = inView(account, notSentWords(account));
      return words(finding, `Nothing was sent: ${finding.meaning}.`);
    }
    case 'unknown': {
      const finding = unknownWords(account);
      const meanwhile = account.leg === 'gone' ? '' : ' The target may be ringing, or talking.';
      return words(
        finding,
        `Whether ${caller} was transferred to ${target} is not known: ${finding.meaning}.${meanwhile}`,
      );
    }
  }
}

/** Tells what became of a transfer. */
export function explain(account: TransferFacts): Words {
  const words = describe(account);
  // "The call is over" has said it already.
  if (account.outcome === 'ended' && account.caller === 'left') return words;
  return { ...words, message: `${words.message} ${whereCallerIs(account)}` };
}
