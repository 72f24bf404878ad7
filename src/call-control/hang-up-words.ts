/** What is known of a call that was hung up on, and what is said of it. */
import { type Call, callIdOf, hasCallId, isBridgeLeg } from '../calls/call.ts';
import { agentsAmong, type IsAgentIdentity, ON_BEHALF } from '../calls/condition.ts';
import { asSentence, type KnownError } from '../core/errors.ts';
import { shellWord, startSentence } from '../core/text.ts';
import type { Participant } from '../livekit/messages.ts';
import type { RpcAnswer } from '../livekit/twirp.ts';
import type { Action, Advice } from '../transfer/explain/advice.ts';
import { leftBehind, nameCaller, type Words } from '../transfer/explain/facts.ts';
import { quoteForeignText } from '../transfer/explain/not-sent.ts';
import type { LegObservation } from '../transfer/verify.ts';

/** What is said of an outcome, and the next step as data. */
export type ControlWords = Pick<Words, 'headline' | 'message' | 'hint'> & {
  advice: Pick<Advice, 'meaning' | 'action'>;
};
/** An error that stands in the place of an outcome. */
export interface BrokenOff {
  message: string;
  hint: string;
}

export const LOOK = 'See who is on the line with `lk-transfer calls`.';

/** @param what became of it, shortly: a clause */
export function told(
  call: Call,
  what: string,
  message: string,
  hint: string | null,
  action: Action,
): ControlWords {
  const who = call.phoneNumberRaw ?? (call.name || call.callId || call.identity);
  const meaning = action === 'none' ? null : what;
  return { headline: `${who}: ${what}.`, message, hint, advice: { meaning, action } };
}

/** Sentences, those that there are. */
export const join = (...sentences: readonly (string | null)[]): string =>
  sentences.filter((each) => each !== null && each !== '').join(' ');

/** By number, name or id; one without an id by its identity. */
export function nameParty(call: Call): string {
  return hasCallId(call) ? nameCaller(call) : (call.phoneNumberRaw ?? call.identity);
}

// Whom a call is cut off from.

/** Somebody in the room beside the caller. */
export interface Company {
  /** Who it is. */
  kind: 'agent' | 'telephone' | 'person';
  /** In the room. */
  identity: string;
  /** LiveKit's call id, of somebody on the telephone. */
  callId: string | null;
  /** How people know them. */
  name: string;
}

/** Whether this is the call's own participant. */
export function isLegOf(
  call: Pick<Call, 'callId' | 'identity'>,
  participant: Participant,
): boolean {
  return hasCallId(call)
    ? callIdOf(participant) === call.callId
    : participant.identity === call.identity;
}

/** Who is in the room beside the caller; recorders, and what belongs to an agent, are nobody. */
export function companyOf(
  call: Call,
  room: readonly Participant[],
  isAgent: IsAgentIdentity,
): Company[] {
  const agents = agentsAmong(room, isAgent);
  return room.flatMap((each): Company[] => {
    const { identity, kind, name, attributes } = each;
    if (isLegOf(call, each) || attributes.has(ON_BEHALF)) return [];
    const who = { identity, callId: callIdOf(each) };
    if (agents.includes(each)) return [{ kind: 'agent', ...who, name: identity }];
    const known = name || identity;
    if (kind !== 'SIP') return kind === 'STANDARD' ? [{ kind: 'person', ...who, name: known }] : [];
    return [{ kind: 'telephone', ...who, name: attributes.get('sip.phoneNumber') || known }];
  });
}

const KINDS: Readonly<Record<Company['kind'], string>> = {
  agent: 'the agent',
  telephone: 'the other phone',
  person: 'the person',
};

/** Of the two of a bridge it may be the target who is hung up on. */
export const roleOf = (call: Pick<Call, 'identity'>): 'target' | 'caller' =>
  isBridgeLeg(call) ? 'target' : 'caller';

/** Who is cut off from whom, for a preview. @param company null where the room could not be read */
export function cutOffFrom(call: Call, company: readonly Company[] | null): string {
  const who = `the ${roleOf(call)}`;
  if (company === null) return `${who}; who else is in the room could not be read`;
  return `${who}, ${company.length === 0 ? 'who is alone in the room' : `from ${namesOf(call, company)}`}`;
}

/** Of a bridge the other phone is known by what it is. */
const kindOf = (call: Call, { kind, identity }: Company): string =>
  kind === 'telephone' && isBridgeLeg(call) !== isBridgeLeg({ identity })
    ? `the ${roleOf({ identity })}`
    : KINDS[kind];

const MOST_NAMES = 6;

/** Some of them by name, however many are in the room. */
function namesOf(call: Call, company: readonly Company[]): string {
  const names = company.map((each) => `${kindOf(call, each)} ${quoteForeignText(each.name)}`);
  const more = names.length - MOST_NAMES;
  if (more <= 0) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more`;
}

// Hanging up.

export type HangUpOutcome =
  /** The SIP service took it, and the caller is gone. */
  | 'hung-up'
  /** The caller had left by themselves. */
  | 'already-gone'
  /** Nothing was done. */
  | 'not-sent'
  /** The phone may still be connected. */
  | 'unknown';

/** Everything that the result is made from. */
export interface HangUpFacts {
  /** As it was read just before. */
  call: Call;
  /** Null where the SIP service was not asked. */
  endCall: RpcAnswer | null;
  /** The SIP service was alive just before, and LiveKit did not get its answer to EndCall. */
  isAnswerLost: boolean;
  /** Whether LiveKit took the caller off its list; null where it was not asked to, or did not say. */
  removed: boolean | null;
  /** Why LiveKit did not take the caller off its list. */
  removalFailure: KnownError | null;
  observation: LegObservation;
  isAgent: IsAgentIdentity;
}

export const HANG_UP_DECLINED = 'Not hung up: you did not confirm. Nothing was sent.';

/** What is worth a warning before somebody is hung up on: a clause; null: nothing. */
export function warningBeforeHangUp({ condition }: Pick<Call, 'condition'>): string | null {
  return condition === 'transfer-open'
    ? 'an earlier transfer of this call may still succeed, or has succeeded: hanging up may end the caller’s call with the target'
    : null;
}

/** What the phone gets of it, behind “the phone gets”. */
export function phoneGets({ status, direction }: Pick<Call, 'status' | 'direction'>): string {
  switch (status) {
    case 'hangup':
      return 'nothing more: the call was ending already';
    case 'dialing':
    case 'ringing':
      return direction === 'outbound'
        ? 'a CANCEL: it was still ringing'
        : 'SIP 486 (busy): it was still ringing';
    case null:
      return 'a BYE, or SIP 486 (busy) if it was still ringing';
    default:
      return 'a BYE';
  }
}

/** LiveKit SIP answers nothing about a call that it still dials (1.11, 21 August 2026). */
const isDialled = ({ direction, status }: Call): boolean =>
  direction === 'outbound' && (status === 'dialing' || status === 'ringing');

/** What came of asking the SIP service: a clause. */
function saysOfService(answer: RpcAnswer | null, call: Call): string {
  switch (answer?.kind) {
    case undefined:
      return 'LiveKit’s SIP service was not asked';
    case 'answered':
      return 'LiveKit’s SIP service says that it hung up, and nothing else shows it';
    case 'no-method':
      return 'LiveKit’s SIP service has no EndCall, so nothing says that the phone was told';
    case 'absent':
      return 'no SIP service answers for this call';
    case 'silent':
      return isDialled(call)
        ? 'LiveKit’s SIP service does not answer while it dials the phone'
        : 'LiveKit’s SIP service was asked, and did not answer';
    case 'impossible':
      return `the SIP service could not be asked (${quoteForeignText(answer.message)})`;
    case 'unknown':
      return `LiveKit gave no clear answer (${quoteForeignText(answer.message)})`;
  }
}

/** Says what became of a hang-up, and what to do next. */
export function explainHangUp(facts: HangUpFacts & { outcome: HangUpOutcome }): ControlWords {
  const { call, outcome, endCall, isAnswerLost, removed, removalFailure, observation } = facts;
  const who = nameParty(call);
  const { leg } = observation;
  switch (outcome) {
    case 'hung-up': {
      const message = `Hung up on ${who}, who is no longer in the room. The phone gets ${phoneGets(call)}.`;
      return told(call, 'hung up', message, whoStays(facts), 'none');
    }
    case 'already-gone': {
      const asked = endCall === null && removed === null ? ' Nothing was sent.' : '';
      const message = `${who} had already left: there was nobody to hang up on.${asked}`;
      return told(call, 'had already left', message, LOOK, 'none');
    }
    case 'not-sent': {
      const hint = removalFailure?.hint ?? `${LOOK} Then try again.`;
      const action = removalFailure === null ? 'look' : 'fix-credentials';
      return told(call, 'not hung up on', `${notSent(facts, who)} Nothing was done.`, hint, action);
    }
    case 'unknown': {
      const why = saysOfService(isAnswerLost ? { kind: 'silent' } : endCall, call);
      const failed = removalFailure === null ? null : asSentence(removalFailure.message);
      const where = {
        gone: 'LiveKit no longer lists them. That proves nothing about the phone: LiveKit removes them from its list even when the SIP service is down.',
        listed: 'They are still listed in the room.',
        unread: 'Whether they are still in the room could not be read.',
      }[leg];
      const likely =
        endCall?.kind === 'no-method' && removed === true && leg === 'gone'
          ? 'The SIP service did answer just before, so the phone was most likely told.'
          : null;
      const message = join(
        `Whether ${who} was hung up on is not known: ${why}.`,
        ...[failed, where, likely],
      );
      const dead =
        (endCall?.kind === 'silent' && !isDialled(call)) ||
        (endCall?.kind === 'absent' && !isAnswerLost)
          ? 'Check that the SIP service runs: while it does not, no call can be ended or transferred.'
          : null;
      const hint = join(
        'Only the other side can tell whether the phone is still connected.',
        dead,
        LOOK,
      );
      return told(call, 'not known whether the phone was hung up', message, hint, 'look');
    }
  }
}

function notSent({ call, removalFailure, observation }: HangUpFacts, who: string): string {
  if (removalFailure !== null) return asSentence(removalFailure.message);
  return observation.leg === 'listed'
    ? `${who} is no longer there as ${call.identity}: they came back under another identity.`
    : `Whether ${who} is still there as ${call.identity} is not known: the room could not be read.`;
}

/** Who is left in the room: LiveKit ends no other call. */
function whoStays({ call, observation: { room }, isAgent }: HangUpFacts): string | null {
  if (room === null) return null;
  const company = companyOf(call, room, isAgent);
  const [party, ...others] = company.filter(({ kind }) => kind === 'telephone');
  if (party === undefined) return leftBehind({ room, isAgent });
  if (company.length > 1) return `Still in the room: ${namesOf(call, company)}.`;
  if (others.length > 0 || party.callId === null) return null;
  return `${startSentence(kindOf(call, party))}, ${quoteForeignText(party.name)}, is alone in the room now, in silence: LiveKit does not end that call. \`lk-transfer hangup ${shellWord(party.callId)}\` does.`;
}

/** Somebody left before it was clear what came of it. */
export function interruptedHangUp(call: Call): BrokenOff {
  return {
    message: `Interrupted, but hanging up on ${nameParty(call)} had begun: the result was not read.`,
    hint: LOOK,
  };
}

export function nameBug(bug: unknown): string {
  return bug instanceof Error ? `${bug.name}: ${bug.message}` : String(bug);
}

/** A bug of ours after the request went out. */
export function hangUpLost(call: Call, bug: unknown): BrokenOff {
  return {
    message: `Hanging up on ${nameParty(call)} had begun. Then lk-transfer itself failed (${nameBug(bug)}): the result is not known.`,
    hint: `${LOOK} Please report this bug; --debug shows where it happened.`,
  };
}

// Many of them.

export const STOPPING_HANG_UPS = 'Interrupted: nobody else is hung up on.';

/** @param callIds of those who were being hung up on when somebody left */
export function leavingHangUps(callIds: readonly string[]): string {
  const ids = callIds.join(', ');
  return ids === '' ? 'Stopped.' : `Stopped waiting. The result was not read for: ${ids}.`;
}
