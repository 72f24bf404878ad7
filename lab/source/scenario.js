/** Puts a SIPp scenario together from its parts in scenarios/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAB } from './settings.js';

/** Reason phrases of RFC 3261 and its followers. */
const PHRASES = /** @type {Readonly<Record<number, string>>} */ ({
  202: 'Accepted',
  204: 'No Notification',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  433: 'Anonymity Disallowed',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
});

/** @param {number} code */
export function phraseOf(code) {
  return PHRASES[code] ?? '';
}

/** @typedef {Readonly<Record<string, string | number>>} Values */

/** @param {string} path below scenarios/, without .xml */
function part(path) {
  return readFileSync(join(LAB, 'scenarios', `${path}.xml`), 'utf8').trimEnd();
}

/** `{{name}}` or `{{name 486 Busy Here}}`, with no other inside. */
const PLACE = /\{\{([a-z-]+)(?: (\d{3}) ?([^{}]*))?\}\}/;

/**
 * The text of a scenario. A `{{name}}` in it stands for a value of that name, or for the file of that
 * name in scenarios/steps/; in `{{name 486 Busy Here}}` the file is given that code and phrase.
 * @param {'caller' | 'trunk'} whose
 * @param {Values} values `dial` and `refer` name a file of their folder
 */
export function scenario(whose, { dial, refer, ...values }) {
  const own = {
    ...values,
    ...(dial !== undefined && { dial: part(`dial/${dial}`) }),
    ...(refer !== undefined && { refer: part(`refer/${refer}`) }),
  };
  let text = part(whose);
  for (let found = PLACE.exec(text); found; found = PLACE.exec(text)) {
    const [place, name = '', code, phrase] = found;
    text = text.replace(place, () => filling(name, code, phrase, own));
  }
  return `${text}\n`;
}

/**
 * @param {string} name
 * @param {string | undefined} code
 * @param {string | undefined} phrase
 * @param {Values} values
 */
function filling(name, code, phrase = '', values) {
  if (code === undefined && Object.hasOwn(values, name)) return String(values[name]);
  const step = part(`steps/${name}`);
  if (code === undefined) return step;
  const {
    subscription = Number(code) < 200 ? 'active;expires=60' : 'terminated;reason=noresource',
  } = values;
  return (
    step
      .replaceAll('{{code}}', code)
      // SIPp takes a blank at the end of a line away, and without it this is no status line.
      .replaceAll('{{phrase}}', phrase === '' ? '[nothing]' : phrase)
      .replaceAll('{{subscription}}', String(subscription))
  );
}
