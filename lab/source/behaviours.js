/** How SIPp and LiveKit are set up for each behaviour of test/contract/README.md. */
import { phraseOf } from './scenario.js';

/** @typedef {import('./scenario.js').Values} Values */

/**
 * @typedef {object} Call
 * @property {'call'} makes
 * @property {Values} sipp how the caller, or the trunk that is dialled, behaves
 * @property {boolean} [outbound] LiveKit dials it
 * @property {string} [dtmf] digits that LiveKit sends once it is answered
 * @property {'agent' | 'standard' | null} [publisher] who publishes audio in the room
 * @property {'active' | 'ringing' | 'dialing' | 'automation'} [status] once it is up; active, if not said
 * @property {boolean} [freezes] the SIP service that holds it, once the call is up
 * @property {Values} [dials] the trunk that somebody else can be dialled over
 */

/**
 * @typedef {object} Trunk
 * @property {'trunk'} makes
 * @property {Values | null} sipp null is an inbound one
 * @property {{ username: string, password: string }} [login] what LiveKit has for the trunk
 */

/** @param {number} after ms until the target answers */
const answersAfter = (after) => ({ refer: 'answers', after });

/**
 * @param {Values} sipp
 * @param {Partial<Call>} [more]
 * @returns {Call}
 */
const call = (sipp, more = {}) => ({ makes: 'call', sipp, publisher: 'standard', ...more });

/**
 * @param {Values | null} sipp
 * @param {Partial<Trunk>} [more]
 * @returns {Trunk}
 */
const trunk = (sipp, more = {}) => ({ makes: 'trunk', sipp, ...more });

/** @param {number} code */
const refuses = (code, phrase = phraseOf(code)) => ({ refer: 'refuses', code, phrase });
/** @param {number} code */
const reports = (code, phrase = phraseOf(code)) => ({ refer: 'reports', code, phrase });
/** @param {number} code */
const turnsAway = (code, phrase = phraseOf(code)) => ({ dial: 'refuses', code, phrase });

const ANSWERS = answersAfter(1_500);
const OUTBOUND = { outbound: true, publisher: null };
/** Half a second each. */
const DIGITS_FOR_40_S = 'w'.repeat(80);

/** @type {Readonly<Record<string, Call | Trunk>>} */
const BEHAVIOURS = {
  answers: call(ANSWERS),
  'answers-with-agent': call(ANSWERS, { publisher: 'agent' }),
  'answers-outbound': call({ ...ANSWERS, dial: 'answers' }, OUTBOUND),
  'answers-while-digits-are-sent': call(
    { ...ANSWERS, dial: 'answers' },
    { ...OUTBOUND, dtmf: DIGITS_FOR_40_S, status: 'automation' },
  ),
  'answers-after-8-s': call(answersAfter(8_000)),
  'answers-after-30-s': call(answersAfter(30_000)),
  'busy-486': call(reports(486)),
  'busy-486-without-phrase': call(reports(486, '')),
  'refuses-488-without-phrase': call(refuses(488, '')),
  'never-reports': call({ refer: 'never-reports' }),
  'stops-reporting': call({ refer: 'stops-reporting', subscription: 'terminated;reason=timeout' }),
  'never-answers-the-refer': call({ refer: 'never-answers' }),
  'hangs-up-early': call({ refer: 'hangs-up-early' }),
  'hangs-up-after-200': call({ refer: 'hangs-up-after-200' }),
  'holds-without-audio': call({ refer: 'holds-without-audio' }),
  'sip-service-frozen': call(ANSWERS, { freezes: true }),
  'still-ringing': call(ANSWERS, { publisher: null, status: 'ringing' }),
  'still-dialing': call({ dial: 'never-answers' }, { ...OUTBOUND, status: 'dialing' }),

  'dial-answers': trunk({ ...ANSWERS, dial: 'answers' }),
  'dial-answers-then-busy-486': trunk({ ...reports(486), dial: 'answers' }),
  'dial-answers-then-refuses-405': trunk({ ...refuses(405), dial: 'answers' }),
  'dial-answers-then-refuses-603': trunk({ ...refuses(603), dial: 'answers' }),
  'dial-busy-486': trunk(turnsAway(486)),
  'dial-refuses-403': trunk(turnsAway(403)),
  'dial-refuses-404': trunk(turnsAway(404)),
  'dial-refuses-480-with-own-phrase': trunk(turnsAway(480, 'Out Of Credit')),
  'dial-never-answers': trunk({ dial: 'never-answers' }),
  'dial-wants-password': trunk({ dial: 'wants-password' }),
  'dial-refuses-password': trunk(
    { dial: 'wants-password' },
    { login: { username: 'lab', password: 'not-the-right-one' } },
  ),
  'dial-inbound-trunk': trunk(null),

  'bridge-answers': call(ANSWERS, { dials: { ...ANSWERS, dial: 'answers' } }),
  'bridge-busy-486': call(ANSWERS, { dials: turnsAway(486) }),
  'bridge-rings': call(ANSWERS, { dials: { dial: 'rings' } }),
  'bridge-of-ringing-caller': call(ANSWERS, {
    publisher: null,
    status: 'ringing',
    dials: { dial: 'rings' },
  }),
};

/**
 * Undefined where nothing here makes it.
 * @param {string} name
 * @returns {Call | Trunk | undefined}
 */
export function behaviourOf(name) {
  if (Object.hasOwn(BEHAVIOURS, name)) return BEHAVIOURS[name];
  const [, what, code] = /^(refuses|reports)-([2-6]\d\d)$/.exec(name) ?? [];
  if (what === undefined) return undefined;
  return call(what === 'refuses' ? refuses(Number(code)) : reports(Number(code)));
}
