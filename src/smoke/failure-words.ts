/** The words for a test call that did not come about, and what to do about it. */

import type { DialOutcome } from '../transfer/bridge/dial-outcome.ts';
import { nameStatus } from '../transfer/explain/status.ts';
import type { DialCause } from '../transfer/outcome.ts';
import type { SmokeEvidence } from './judge.ts';
import type { BridgeSight, CallFailure, SmokeMethod } from './result.ts';

interface Words {
  /** Follows “the test call was not connected: ”. */
  why: string;
  hint: string;
}

const ANOTHER_NUMBER = 'Use a test number that answers by itself, such as a voicemail or a menu.';
const PASSWORD =
  'Set the user name and password of the provider on the outbound trunk in LiveKit. Or ask the provider to accept LiveKit by its IP address.';
const ADDRESS =
  'Check address, port and transport of the outbound trunk in LiveKit, and whether the provider lets LiveKit’s SIP service through.';
const SERVICE =
  'Check the SIP service (the part of LiveKit that holds telephone calls), then try again.';

const WORDS: Readonly<Record<DialCause, Words>> = {
  busy: { why: 'the number is busy', hint: ANOTHER_NUMBER },
  'no-answer': { why: 'nobody answered in time', hint: ANOTHER_NUMBER },
  unavailable: { why: 'the number is not available right now', hint: ANOTHER_NUMBER },
  declined: { why: 'the number, or its provider, declined the call', hint: ANOTHER_NUMBER },
  'wrong-number': {
    why: 'there is no such number',
    hint: 'Check the number: it may need the country code and a plus.',
  },
  forbidden: {
    why: 'the provider does not allow the call',
    hint: 'Check outbound permissions, countries, caller id and credit at the provider.',
  },
  'password-missing': {
    why: 'the trunk needs a password, and LiveKit has none for it',
    hint: PASSWORD,
  },
  'password-refused': { why: 'the trunk refuses LiveKit’s password', hint: PASSWORD },
  'trunk-missing': {
    why: 'LiveKit knows no such outbound trunk',
    hint: 'The outbound trunks of the project are listed by `lk sip outbound list`.',
  },
  'no-numbers': {
    why: 'the trunk has no number to call from',
    hint: 'Add a number to the outbound trunk in LiveKit.',
  },
  'no-sip-service': { why: 'LiveKit’s SIP service did not take the call', hint: SERVICE },
  'address-silent': { why: 'the trunk’s address did not answer the call', hint: ADDRESS },
  'no-connection': {
    why: 'no connection to the trunk’s address could be made',
    hint: ADDRESS,
  },
  'address-unknown': {
    why: 'the trunk’s address cannot be resolved',
    hint: 'Check the spelling of the address of the outbound trunk in LiveKit.',
  },
  'answer-lost': {
    why: 'LiveKit gave up without the trunk’s answer. The number may have been called',
    hint: 'Test again.',
  },
  refused: {
    why: 'the trunk did not take the call',
    hint: 'Ask the provider what its answer means.',
  },
  permission: {
    why: 'the API key may not dial',
    hint: 'Use a key of this project that may: a token needs SIP call rights (sip.call).',
  },
  credentials: {
    why: 'LiveKit does not accept the API key or its secret',
    hint: 'Check that URL, key and secret come from the same project, and the clock of this machine.',
  },
  intercepted: {
    why: 'something in front of LiveKit (a portal, a proxy or a firewall) rejected it',
    hint: 'Check LIVEKIT_URL or --url, and whether this machine may send such requests to it.',
  },
  unreachable: {
    why: 'LiveKit could not be reached',
    hint: 'Check the network and LIVEKIT_URL or --url, then try again.',
  },
  lost: {
    why: 'LiveKit’s answer never came. The number may have been called',
    hint: 'Look at the connection to LiveKit, then try again.',
  },
  unlisted: { why: 'LiveKit rejected it', hint: 'Look at the trunk in LiveKit.' },
};

/** @returns why it failed, as a clause; and what to do, in sentences */
export function dialWords({ cause, sip, message }: Extract<DialOutcome, { ok: false }>): Words {
  const { why, hint } = WORDS[cause];
  if (sip !== null) return { why: `${why} (${nameStatus(sip)})`, hint };
  return { why: cause === 'unlisted' && message !== '' ? `${why}: ${message}` : why, hint };
}

// The words for a test that never came to a REFER.

export interface TestWords {
  message: string;
  hint: string | null;
}

/** Rooms in a sentence; of many the first few. */
export function nameRooms(rooms: readonly string[]): string {
  const shown = rooms.slice(0, 3).join(', ');
  if (rooms.length === 1) return `room ${shown}`;
  return `${rooms.length} rooms (${shown}${rooms.length > 3 ? ', …' : ''})`;
}

/** The leg was gone before its REFER, or when that came. */
const DROPPED: Readonly<Record<SmokeMethod, TestWords>> = {
  outbound: {
    message: 'The test call ended before it could be transferred.',
    hint: 'Use a test number that stays on the line for a minute or more.',
  },
  loop: {
    message: 'The call that came in ended before it could be transferred.',
    hint: 'Make sure that whoever answers there stays on the line for a minute or more.',
  },
  live: {
    message: 'The call ended before it could be transferred.',
    hint: 'Test with another call.',
  },
};

/** A dial without its answer may have been answered all the same. */
function dialMessage(number: string, { cause }: { cause: string }, why: string): string {
  return cause === 'lost' || cause === 'answer-lost'
    ? `How the test call to ${number} ended is not known: ${why}.`
    : `The test call to ${number} was not connected: ${why}.`;
}

/** @param number the number that was dialled or waited for, for people */
export function callFailureWords(
  failure: CallFailure,
  { number, method }: { number: string; method: SmokeMethod },
): TestWords {
  switch (failure.kind) {
    case 'dial': {
      const { why, hint } = dialWords(failure.dial);
      return { message: dialMessage(number, failure.dial, why), hint };
    }
    case 'no-arrival':
      return {
        message: `Somebody answered at ${number}, but no call came in to LiveKit there.`,
        hint: 'Some providers connect a call between two of their own numbers internally. Dial over the trunk of another provider, or call the number yourself with --wait-call.',
      };
    case 'foreign-arrival':
      return {
        message: `A call came in at ${number}, but from ${failure.from}, not from the trunk’s number. It may be a customer’s call, and was not touched.`,
        hint: 'Have the provider show the number of the trunk, or call the number yourself with --wait-call.',
      };
    case 'early-arrival':
      return {
        message: `A call came in at ${number} from the trunk’s number, but was answered long before the test call. It may be a customer’s call, and was not touched.`,
        hint: 'Test again when nobody else calls from that number, or call the number yourself with --wait-call.',
      };
    case 'several-arrivals':
      return {
        message: `At ${number}, ${failure.count} calls came in that may be the test call. None was touched.`,
        hint: 'Run one test of a number at a time.',
      };
    case 'arrival-unanswered':
      return {
        message: `A call came in at ${number}, and nobody in its room answered it.`,
        hint: 'LiveKit answers a call when an agent or a person in the room publishes audio: check that an agent is dispatched there.',
      };
    case 'arrival-unread':
      return {
        message: `Which call came in at ${number} is not known: LiveKit did not show who is in ${nameRooms(failure.rooms)}.`,
        hint: 'Test again in a moment; if that does not help, check the LiveKit server.',
      };
    case 'no-call':
      return {
        message: `Nobody called ${number} in time.`,
        hint: 'Call the number while the test waits; --within sets how long.',
      };
    case 'leg-dropped':
      return DROPPED[method];
  }
}

// The words for a bridge test, which comes to no REFER at all.

/** @param number that was dialled, for people */
export function bridgeWords(
  grounds: SmokeEvidence,
  failure: CallFailure | null,
  { audio }: BridgeSight,
  number: string,
): TestWords {
  if (failure?.kind === 'dial') return undialledWords(grounds, failure, number);
  if (failure !== null) {
    return {
      message: `${number} answered, and the call ended by itself within seconds.`,
      hint: 'Use a test number that stays on the line for a minute or more. If that ends as well, ask the provider why it hangs up.',
    };
  }
  switch (grounds) {
    case 'bridge-silent':
      return {
        message: `${number} answered, and LiveKit ${audio === 'muted' ? 'shows its audio muted' : 'shows no audio track of it'}: a caller may hear nothing.`,
        hint: 'Test again; if that does not help, check the SIP service (the part of LiveKit that holds telephone calls).',
      };
    case 'bridge-unseen':
      return {
        message: `LiveKit says that ${number} answered, and did not show who is in the test room.`,
        hint: 'Test again in a moment; if that does not help, check the LiveKit server.',
      };
    default:
      return {
        message: `The trunk dials: ${number} answered and stayed on the line. LiveKit does not show how much sound came.`,
        hint: 'Callers can be bridged over this trunk with --method bridge (bridge.trunk in the config).',
      };
  }
}

function undialledWords(
  grounds: SmokeEvidence,
  failure: Extract<CallFailure, { kind: 'dial' }>,
  number: string,
): TestWords {
  const { why, hint } = dialWords(failure.dial);
  if (grounds === 'bridge-unanswered') {
    return {
      message: `The trunk dials; the call to ${number} was not answered: ${why}.`,
      hint: `An answered call proves more. ${ANOTHER_NUMBER}`,
    };
  }
  const unknown = grounds === 'bridge-unclear' && failure.dial.cause === 'no-answer';
  return {
    message: dialMessage(number, failure.dial, why),
    hint: unknown ? `LiveKit does not say whether it rang there. ${hint}` : hint,
  };
}
