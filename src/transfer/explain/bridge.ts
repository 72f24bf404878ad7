/** Sentences about a target that was dialled into the caller's room. */
import { callIdOf, isBridgeLeg } from '../../calls/call.ts';
import { judgeCondition } from '../../calls/condition.ts';
import { shellWord, startSentence } from '../../core/text.ts';
import type { Bridge, BridgeCause } from '../outcome.ts';
import { adviceOf, type Finding, METHOD_BRIDGE, NO_ADVICE } from './advice.ts';
import {
  inBrief,
  listedBesideOpen,
  nameCaller,
  nameDestination,
  nameStatus,
  stillOnTheLine,
  subjectOf,
  type TransferFacts,
  type Words,
} from './facts.ts';
import { aboutCredentials, askFirst, notSentWords, quoteForeignText } from './not-sent.ts';
import { sipWords, targetSays } from './status.ts';

/** Says what became of a bridge, where the caller is, and what to do next. */
export function explainBridge(facts: TransferFacts): Words {
  const isDoubtful = facts.caller === 'unknown' && facts.leg === 'listed';
  const finding = isDoubtful ? askFirst(facts, findingOf(facts)) : findingOf(facts);
  const where = whereCallerIs(facts);
  return {
    headline: `${subjectOf(facts)}: ${inShort(facts)}. ${whereInBrief(where)}.`,
    message: `${messageOf(facts, finding)} ${where}`,
    hint: finding.hint === '' ? null : finding.hint,
    advice: facts.outcome === 'bridged' ? NO_ADVICE : adviceOf(finding),
  };
}

function causeOf({ classification }: TransferFacts): BridgeCause | null {
  return classification.dial ?? null;
}

// Where the caller is.

function whereCallerIs(facts: TransferFacts): string {
  switch (facts.caller) {
    case 'with-target':
      return 'The caller talks with the target in the room.';
    case 'left':
      return 'The caller is no longer in the room.';
    case 'unknown':
      if (facts.leg === 'listed') return listedBesideOpen(facts);
      return 'Where the caller is now could not be read.';
    case 'on-the-line':
      return stillOnTheLine(facts);
  }
}

const whereInBrief = (where: string) => where.replace(/(?::|, which proves|\.$).*$/, '');

// What became of it.

/** Why a target did not take the call, where no SIP status says it. */
const TARGET_DID: Partial<Record<BridgeCause, string>> = {
  'no-answer': 'no answer',
  'target-left': 'the target answered and hung up at once',
  'address-silent': 'the outbound trunk does not answer',
};

function inShort(facts: TransferFacts): string {
  const { outcome, classification } = facts;
  const cause = causeOf(facts);
  switch (outcome) {
    case 'bridged':
      return 'bridged';
    case 'ended':
      return 'the caller hung up before the target was there';
    case 'unconfirmed':
      return 'the target answered, and who is in the room is not known';
    case 'unknown':
      return cause === 'still-there'
        ? 'the target could not be hung up on'
        : 'not known whether the target was called';
    case 'not-sent':
      return cause === null ? 'nothing was sent' : 'nobody was called';
    default:
      return (cause !== null && TARGET_DID[cause]) || targetSays(classification.sip);
  }
}

function messageOf(facts: TransferFacts, { meaning }: Finding): string {
  const caller = nameCaller(facts.call);
  const target = nameDestination(facts.destination);
  switch (facts.outcome) {
    case 'bridged':
      return `Bridged ${caller} to ${target}: the target answered, and both ${facts.caller === 'unknown' ? 'were seen' : 'are'} in the room.`;
    case 'ended':
      return `The caller ${caller} hung up before ${target} was there. The target’s phone does not ring.`;
    case 'unconfirmed':
      return `LiveKit says that ${target} answered. Whether ${caller} and the target are together is not known: ${meaning}.`;
    case 'unknown':
      if (causeOf(facts) === 'still-there') return `${target} was called, and ${meaning}.`;
      return `Whether ${target} was called is not known. ${startSentence(meaning)}.`;
    case 'not-sent':
      return causeOf(facts) === null
        ? `Nothing was sent: ${meaning}.`
        : `Nobody was called at ${target}: ${meaning}.`;
    default:
      return `The call to ${target} failed: ${meaning}.`;
  }
}

// What it means, and what to do.

const LOOK = 'See who is on the line with `lk-transfer calls`.';
const ANOTHER = 'Try another destination, or the same one later.';

function findingOf(facts: TransferFacts): Finding {
  const cause = causeOf(facts);
  if (cause === null) return notSentWords(facts);
  if (facts.outcome === 'bridged') {
    return { meaning: '', hint: hintsOfBridge(facts), action: 'none' };
  }
  const { sip } = facts.classification;
  if (sip !== null && facts.outcome === 'target-failed') {
    const { meaning, hint, action } = sipWords(sip.code, 'notify');
    return { meaning: `${inBrief(nameStatus(sip))} (${meaning})`, hint, action };
  }
  return FINDINGS[cause]?.(facts) ?? unlisted(facts);
}

function unlisted({ classification }: TransferFacts): Finding {
  const said = quoteForeignText(classification.livekit.message);
  return {
    meaning: `LiveKit says ${said}`,
    hint: `${LOOK} What LiveKit says is in its log.`,
    action: 'look',
  };
}

const FINDINGS: Partial<Record<BridgeCause, (facts: TransferFacts) => Finding>> = {
  'no-answer': () => ({
    meaning: 'nobody answered, or the outbound trunk reaches nobody',
    hint: ANOTHER,
    action: 'other-destination',
  }),
  'target-left': (facts) => {
    const sent = facts.bridge?.removedAgents ?? [];
    const when = sent.length === 0 ? 'at once' : `as the agent (${sent.join(', ')}) was sent away`;
    return {
      meaning: `the target answered, and hung up ${when}`,
      hint: sent.length > 0 && isAlone(facts) ? nobodyWith(facts) : ANOTHER,
      action: 'other-destination',
    };
  },
  'address-silent': () => ({
    meaning: 'nothing answers at the address of the outbound trunk',
    hint: 'Check its address in LiveKit (`lk sip outbound list`), and whether the network lets SIP through.',
    action: 'fix-trunk',
  }),
  'caller-left': ({ call }) => ({
    meaning: 'the caller hung up',
    hint:
      call.phoneNumberRaw === null
        ? 'The caller’s number is hidden: only they can call again.'
        : 'Call the caller back.',
    action: 'call-back',
  }),
  'still-there': ({ bridge }) => ({
    meaning: 'could not be hung up on: it may still ring, or be in the room',
    hint: `Do not bridge again before you know. ${LOOK}${hangUpOn(bridge)}`,
    action: 'look',
  }),
  'room-unread': () => ({
    meaning: 'the room could not be read',
    hint: `${LOOK} If one of the two is alone, hang up on them: \`lk-transfer hangup\`.`,
    action: 'look',
  }),
  lost: ({ classification: { livekit }, bridge }) => ({
    meaning: `LiveKit gave no answer (${livekit.code ?? `HTTP ${livekit.httpStatus}`})${goneNow(bridge)}`,
    hint: `${LOOK} Do not bridge again before you know that the target is not there.`,
    action: 'look',
  }),
  'answer-lost': ({ bridge }) => ({
    meaning: `LiveKit did not get the answer of the target’s side${goneNow(bridge)}`,
    hint: `${LOOK} Do not bridge again before you know that the target is not there.`,
    action: 'look',
  }),
  'password-missing': () => ({
    meaning: 'the outbound trunk needs a user and a password, and LiveKit has none for it',
    hint: 'Give the outbound trunk its user and password in LiveKit.',
    action: 'fix-trunk',
  }),
  'password-refused': () => ({
    meaning: 'the outbound trunk does not take the user or the password that LiveKit has for it',
    hint: 'Check the user and password of the outbound trunk in LiveKit.',
    action: 'fix-trunk',
  }),
  'trunk-missing': () => ({
    meaning: 'LiveKit has no such outbound trunk',
    hint: 'Check bridge.trunk in the config against `lk-transfer trunks`.',
    action: 'fix-trunk',
  }),
  'no-numbers': () => ({
    meaning: 'the outbound trunk has no number to call from',
    hint: 'Give the outbound trunk a number in LiveKit.',
    action: 'fix-trunk',
  }),
  'no-sip-service': () => ({
    meaning: 'LiveKit’s SIP service did not answer',
    hint: 'Check the SIP service (the part of LiveKit that holds telephone calls), then try again.',
    action: 'retry-later',
  }),
  'no-connection': () => ({
    meaning: 'no connection to the outbound trunk could be made',
    hint: 'Check the address and the transport of the outbound trunk in LiveKit.',
    action: 'fix-trunk',
  }),
  'address-unknown': () => ({
    meaning: 'the name in the address of the outbound trunk cannot be resolved',
    hint: 'Check the address of the outbound trunk in LiveKit.',
    action: 'fix-trunk',
  }),
  permission: () => ({
    meaning: 'the API key may not dial',
    hint: 'Use a key of this project that may: a token needs SIP call rights (sip.call).',
    action: 'fix-credentials',
  }),
  credentials: aboutCredentials,
  intercepted: ({ classification }) => ({
    meaning: `something in front of LiveKit rejected the request (HTTP ${classification.livekit.httpStatus})`,
    hint: 'Check LIVEKIT_URL or --url, and whether this machine may send such requests to it.',
    action: 'fix-request',
  }),
  unreachable: ({ classification }) => ({
    meaning: `LiveKit could not be reached (${classification.livekit.code})`,
    hint: 'Check the network, and LIVEKIT_URL or --url.',
    action: 'retry-later',
  }),
};

/** Nobody is there for the caller, and nobody will hang up on them. */
function isAlone({ caller, call, room, isAgent, nowMs }: TransferFacts): boolean {
  if (caller !== 'on-the-line' || room === null) return false;
  return judgeCondition(call, room, isAgent, nowMs) === 'no-agent';
}

function nobodyWith({ call }: TransferFacts): string {
  const id = shellWord(call.callId);
  return `Nobody is with the caller now: request an agent (\`lk-transfer rescue ${id}\`), try another destination, or hang up (\`lk-transfer hangup ${id}\`).`;
}

function hangUpOn(bridge: Bridge | null): string {
  if (bridge === null) return '';
  const { room, identity } = bridge;
  return ` To hang up on it: \`lk-transfer hangup --room ${shellWord(room)} --identity ${shellWord(identity)}\`.`;
}

/** Whether somebody may still be ringing. */
function goneNow(bridge: Bridge | null): string {
  if (bridge === null || bridge.present === null) return ', and the room could not be read';
  return bridge.present.includes(bridge.identity)
    ? '. The target is in the room, and could not be hung up on'
    : '. No target is in the room now';
}

/** What else is true of the two who talk. */
function hintsOfBridge({ bridge, room, call }: TransferFacts): string {
  if (bridge === null) return '';
  const { stayingAgents, watchedBy, endsAt, callId, identity, present } = bridge;
  const others = room?.filter((each) => each.kind === 'SIP' && !isBridgeLeg(each)) ?? [];
  const why = others.some((each) => callIdOf(each) !== call.callId)
    ? 'is still in the room: another caller is there, too'
    : 'could not be sent away, and is still in the room';
  const names = stayingAgents.join(', ');
  const staying = stayingAgents.length === 0 ? [] : [`The agent (${names}) ${why}.`];
  const told = [call.identity, identity, ...stayingAgents];
  const rest = present?.filter((each) => !told.includes(each)).join(', ') ?? '';
  const limit =
    endsAt === null ? '' : ` LiveKit hangs up on the target at ${endsAt.slice(11, 16)} UTC.`;
  const alone = `Nobody watches the two: when one hangs up, the other stays, in silence. Then hang up on that one: \`lk-transfer hangup ${shellWord(callId ?? identity)}\`.${limit}`;
  const unwatched = watchedBy === null ? [alone] : [];
  const also = rest === '' || watchedBy === 'agent' ? [] : [`Also in the room: ${rest}.`];
  return [...also, ...staying, ...unwatched].join(' ');
}

/** The line that bridges a caller. */
function bridgeCommand({ call, destination }: TransferFacts): string {
  return `lk-transfer transfer ${shellWord(call.callId)} --to ${shellWord(destination.input)} --method bridge`;
}

/** Puts the whole line into words that end in a bridge, where the caller is there to be bridged. */
export function bridgeAction(facts: TransferFacts, words: Words): Words {
  const { hint, advice } = words;
  const applies = hint?.includes(METHOD_BRIDGE) === true;
  if (!applies || facts.caller !== 'on-the-line' || hint === null) return words;
  const command = bridgeCommand(facts);
  return {
    ...words,
    hint: hint.replace(METHOD_BRIDGE, `\`${command}\``),
    advice: { ...advice, command },
  };
}
