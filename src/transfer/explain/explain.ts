/** A transfer in a sentence or two: what happened, where the caller is, what to do next. */
import { type Call, hidesNumber } from '../../calls/call.ts';
import { formatDuration, startSentence } from '../../core/text.ts';
import type { BridgeEnd } from '../bridge/watch.ts';
import type { Classification } from '../outcome.ts';
import { adviceOf, type Finding, NO_ADVICE, type SipStage } from './advice.ts';
import { bridgeAction, explainBridge } from './bridge.ts';
import {
  hasOpenTransfers,
  inBrief,
  leftBehind,
  nameCaller,
  nameDestination,
  nameStatus,
  providerOf,
  subjectOf,
  type TransferFacts,
  type Words,
  whereCallerIs,
} from './facts.ts';
import { askFirst, notSentWords } from './not-sent.ts';
import { endedWords, sipWordsAt, targetSays, unconfirmedWords, unknownWords } from './status.ts';

/** Says what became of a transfer, where the caller is, and what to do next. */
export function explain(facts: TransferFacts): Words {
  if (facts.method === 'bridge') return explainBridge(facts);
  const words = bridgeAction(facts, { ...explainOutcome(facts), headline: headlineOf(facts) });
  // "The call is over" has said it already.
  if (facts.outcome === 'ended' && facts.caller === 'left') return words;
  return { ...words, message: `${words.message} ${whereCallerIs(facts)}` };
}

// The headline.

function headlineOf(facts: TransferFacts): string {
  const place = whereInBrief(facts);
  return `${subjectOf(facts)}: ${whatInBrief(facts)}.${place === null ? '' : ` ${place}.`}`;
}

/** The headline of a request that went out, and of which nobody will know how it ended. */
export function headlineOfLost(about: Pick<TransferFacts, 'call' | 'destination'>): string {
  return `${subjectOf(about)}: ${NOT_KNOWN}. Where the caller is was not read.`;
}

const NOT_KNOWN = 'not known whether it went through';

/** What became of it. It claims no more than the message does. */
function whatInBrief({ outcome, evidence, classification, leg }: TransferFacts): string {
  const { sip, stage } = classification;
  switch (outcome) {
    // A REFER moves the caller out of the room.
    case 'bridged':
    case 'completed':
      return evidence === 'trunk' ? 'transferred, as this trunk shows it' : 'transferred';
    case 'ended':
      return leg === 'gone'
        ? 'the call is over, and whether the target answered is not known'
        : 'LiveKit says that the call is over';
    case 'unconfirmed':
      return 'reported as transferred, and not confirmed';
    case 'refused':
      return stage === null
        ? `failed, at the trunk or at the target (${inBrief(nameStatus(sip))})`
        : `the trunk refused (${inBrief(nameStatus(sip))})`;
    case 'target-failed':
      return targetSays(sip);
    case 'not-sent':
      return 'nothing was sent';
    case 'unknown':
      return NOT_KNOWN;
  }
}

/** Where the caller is: the first clause of what the message says; null where that says it all. */
function whereInBrief(facts: TransferFacts): string | null {
  if (facts.caller === 'left') {
    if (facts.outcome === 'ended') return null;
    return facts.outcome === 'completed'
      ? 'The caller has left the room'
      : 'The caller is no longer in the room';
  }
  return (
    whereCallerIs(facts)
      // No blank behind a colon: it stands in the identity of an agent.
      .replace(/(?:, which proves|, although|, and should|: ).*$/, '')
      .replace(/\.$/, '')
  );
}

/** The message, yet without where the caller is; the hint; the advice. */
function explainOutcome(facts: TransferFacts): Omit<Words, 'headline'> {
  const { call, destination, outcome, classification } = facts;
  const caller = nameCaller(call);
  const target = nameDestination(destination);
  switch (outcome) {
    case 'bridged':
    case 'completed': {
      const hints = [takenForSuccess(facts), quickSuccess(facts), leftBehind(facts)].filter(
        (hint) => hint !== null,
      );
      return {
        message: `Transferred ${caller} to ${target}: the target answered.`,
        hint: hints.join(' ') || null,
        advice: NO_ADVICE,
      };
    }
    case 'ended':
      return {
        message: `${facts.leg === 'gone' ? 'The' : 'LiveKit says that the'} call with ${caller} is over, and nothing shows whether ${target} answered.`,
        ...hintOf(endedWords(facts)),
      };
    case 'unconfirmed': {
      const finding = unconfirmedWords(facts);
      return {
        message: `LiveKit reports that ${caller} was transferred to ${target}. ${startSentence(finding.meaning)}.`,
        ...hintOf(finding),
      };
    }
    case 'refused': {
      if (classification.stage === null) {
        const finding = nextStep(facts, unattributedWords(facts));
        return {
          message: `The transfer of ${caller} to ${target} failed with ${nameStatus(classification.sip)}. LiveKit does not say whose answer that is. ${startSentence(finding.meaning)}.`,
          ...hintOf(finding),
        };
      }
      const finding = nextStep(facts, statusWords(facts, 'refer'));
      return {
        message: `The trunk refused to transfer ${caller} to ${target}. It answered the REFER (SIP’s transfer request) with ${nameStatus(classification.sip)}: ${finding.meaning}.`,
        ...hintOf(finding),
      };
    }
    case 'target-failed': {
      const finding = nextStep(facts, statusWords(facts, 'notify'));
      return {
        message: `The trunk tried to transfer ${caller}, but the call to ${target} failed: ${nameStatus(classification.sip)} (${finding.meaning}).`,
        ...hintOf(finding),
      };
    }
    case 'not-sent': {
      const finding = nextStep(facts, notSentWords(facts));
      return { message: `Nothing was sent: ${finding.meaning}.`, ...hintOf(finding) };
    }
    case 'unknown': {
      const finding = unknownWords(facts);
      const meanwhile = facts.leg === 'gone' ? '' : ' The target may be ringing, or talking.';
      return {
        message: `Whether ${caller} was transferred to ${target} is not known. ${startSentence(finding.meaning)}.${meanwhile}`,
        ...hintOf(finding),
      };
    }
  }
}

function hintOf(finding: Finding): Pick<Words, 'hint' | 'advice'> {
  return { hint: finding.hint, advice: adviceOf(finding) };
}

/** What a SIP status means, and what to do about it on this trunk. */
function statusWords(facts: TransferFacts, stage: SipStage): Finding {
  const code = facts.classification.sip?.code ?? 0;
  return sipWordsAt(providerOf(facts), { stage, code, destination: facts.destination });
}

/** It failed, and LiveKit does not say where: at the trunk, or at the target. */
function unattributedWords(facts: TransferFacts): Finding {
  const trunk = statusWords(facts, 'refer');
  const target = statusWords(facts, 'notify');
  return {
    meaning: `either the trunk refused the REFER (${trunk.meaning}), or the target did not take the call (${target.meaning})`,
    hint: `If it was the trunk: ${trunk.hint} If it was the target: ${target.hint}`,
    action: 'ask-provider',
    warmTransfer: false,
  };
}

/** The next step after a definite failure, which depends on where the caller is. */
function nextStep(facts: TransferFacts, finding: Finding): Finding {
  if (hasOpenTransfers(facts)) return askFirst(facts, finding);
  if (finding.action === 'ask-target') return finding;
  const { hint } = finding;
  if (facts.caller === 'left') {
    const next = isLasting(finding) ? `${callBack(facts.call)} ${hint}` : callBack(facts.call);
    return { ...finding, hint: next, action: 'call-back' };
  }
  // A refusal says nothing of the caller, where they could not be seen.
  if (facts.leg === 'unread' && facts.outcome !== 'not-sent') {
    return { ...finding, hint: `See who is on the line with \`lk-transfer calls\`. ${hint}` };
  }
  return finding;
}

/** Whether a next step helps the next caller, when this one is gone. */
function isLasting({ action }: Finding): boolean {
  return action.startsWith('fix-') || action === 'ask-provider' || action === 'bridge';
}

/** What can be done for a caller who has left. */
export function callBack(call: Call): string {
  return hidesNumber(call)
    ? 'The caller’s number is hidden: only they can call again.'
    : 'Call the caller back.';
}

/**
 * What LiveKit's answer, or its absence, comes to by itself: for whoever waits while it is read where
 * the caller is.
 * @returns half a sentence
 */
export function answerInBrief({ outcome, stage, sip, cause, livekit }: Classification): string {
  const status = sip === null ? '' : ` with ${sip.code}`;
  switch (outcome) {
    case 'accepted':
    case 'unconfirmed':
      return 'LiveKit reports success';
    case 'bridged':
      return 'The target answered';
    case 'completed':
      return 'LiveKit says the target answered';
    case 'ended':
      return 'LiveKit says the call ended';
    case 'refused':
      return `LiveKit says the ${stage === 'refer' ? 'trunk refused' : 'transfer failed'}${status}`;
    case 'target-failed':
      return `LiveKit says the target failed${status}`;
    case 'not-sent':
      return 'Nothing was sent';
    case 'unknown':
      if (cause === 'no-verdict-in-time') return 'No answer came in time';
      if (cause === 'refer-unanswered') return 'The trunk did not answer the REFER';
      if (cause !== 'connection-lost') return 'How it ended is not known';
      return livekit.code === 'TIMEOUT'
        ? 'No answer from LiveKit came in time'
        : 'The connection to LiveKit broke';
  }
}

// After a success: how sure it is.

/** The weakest proof is named: a caller who hangs up meanwhile leaves the same way. */
function takenForSuccess({ evidence }: TransferFacts): string | null {
  if (evidence !== 'trunk') return null;
  return 'The call ended at once. This trunk is known to hang up first, so this counts as the target’s answer. A caller who hung up would look the same.';
}

/** An Asterisk that is told not to wait reports success at once; a target takes longer to answer. */
function quickSuccess(facts: TransferFacts): string | null {
  const suspicious = providerOf(facts)?.name === 'asterisk' && facts.durationMs < 1000;
  if (!suspicious) return null;
  return 'The answer came within a second: an Asterisk with refer_blind_progress=no reports success before anybody answers.';
}

// A bridge, while it is watched.

export const BRIDGE_UNREAD =
  'LiveKit cannot be read right now. Still trying; nobody is hung up on.';
export const BRIDGE_IN_DOUBT =
  'One of the two may have left. Looking again; nobody is hung up on before it is certain.';

/** How a watched bridge ended, a sentence or two. */
export function bridgeEndWords({ leftFirst: by, other, durationMs }: BridgeEnd): string {
  const talked = `after ${formatDuration(durationMs)}`;
  if (by === 'both') return `The call ended ${talked}: both have hung up.`;
  const [one, rest] = by === 'caller' ? ['caller', 'target'] : ['target', 'caller'];
  const after = {
    'hung-up': `the ${rest} was hung up on`,
    gone: `the ${rest} had already left`,
    'with-agent': `the ${rest} stays with the agent in the room`,
    'with-others': `the ${rest} stays with the others in the room`,
    unknown: `whether the ${rest} is gone is not known: it could not be hung up on`,
  }[other];
  return `The ${one} hung up ${talked}, and ${after}.`;
}
