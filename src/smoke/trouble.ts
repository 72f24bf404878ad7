/** The words for a test call that did not come about, and what to do about it. */
import { nameStatus } from '../transfer/explain/status.ts';
import type { DialCause, DialOutcome } from './dial-outcome.ts';

interface Words {
  /** Follows “the test call did not come about: ”. */
  why: string;
  hint: string;
}

const ANOTHER_NUMBER = 'Use a test number that answers by itself, such as a voicemail or a menu.';
const PASSWORD =
  'Set the user name and password of the provider on the outbound trunk in LiveKit, or have the provider know LiveKit by its IP address.';
const SERVICE =
  'Look at the state of the SIP service (the part of LiveKit that holds telephone calls), then try again.';

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
    why: 'the trunk wants a password, and LiveKit has none for it',
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
  unreachable: {
    why: 'LiveKit could not be reached',
    hint: 'Check the network and LIVEKIT_URL or --url, then try again.',
  },
  lost: {
    why: 'LiveKit’s answer never came, so the number may have been called',
    hint: 'Look at the connection to LiveKit, then try again.',
  },
  unlisted: { why: 'LiveKit turned it away', hint: 'Look at the trunk in LiveKit.' },
};

/** @returns why it failed, as a clause; and what to do, in sentences */
export function dialWords({ cause, sip, message }: Extract<DialOutcome, { ok: false }>): Words {
  const { why, hint } = WORDS[cause];
  if (sip !== null) return { why: `${why} (${nameStatus(sip)})`, hint };
  return { why: cause === 'unlisted' && message !== '' ? `${why}: ${message}` : why, hint };
}
