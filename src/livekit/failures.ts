/** Turns an answer to a read that is no success into an error that says what to do. */

import { KnownError } from '../core/errors.ts';
import { formatDuration } from '../core/text.ts';
import type { HttpAnswer, HttpFailure } from './transport.ts';
import { isObject, parseBody, readTwirpError } from './twirp.ts';

/** How much of a foreign answer an error message may quote. */
const QUOTE_LENGTH = 160;

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

/** What OpenSSL says of an answer that is no TLS: HTTP, or another protocol's greeting. */
const NO_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/;

/** Of an error of OpenSSL's, which names its functions and source files, the reason alone. */
function reasonOf(message: string): string {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(message)?.[1] ?? message;
}

/**
 * Why no connection came about, and what to try.
 * @param failure what the transport reports
 * @param server the host of the project, for the message
 */
export function describeFailure(
  failure: HttpFailure,
  server: string,
): { message: string; hint: string } {
  const { code } = failure;
  // A connection knows of no path.
  const host = server.replace(/\/.*/, '');
  if (code.startsWith('PROXY_')) {
    return {
      message: `No connection to ${host}: ${failure.message}.`,
      hint:
        code === 'PROXY_LOGIN'
          ? 'Put them before the host of the proxy: http://user:password@proxy.example.com:3128.'
          : 'Check the address of the proxy, and whether it may connect there. NO_PROXY names hosts that need no proxy.',
    };
  }
  if (code === 'ECONNREFUSED') {
    return {
      message: `Nothing answers at ${host}: the connection was refused.`,
      hint: 'Is the server running, and is the port right? Check LIVEKIT_URL or --url.',
    };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      message: `The name ${host} cannot be resolved.`,
      hint: 'Check the spelling of LIVEKIT_URL or --url, and this machine’s DNS.',
    };
  }
  if (code === 'TLS_PORT') {
    return {
      message: `${host} does not answer without TLS: this port speaks TLS.`,
      hint: 'Use wss:// or https:// in LIVEKIT_URL or --url.',
    };
  }
  if (NO_TLS.test(`${code} ${failure.message}`)) {
    return {
      message: `No LiveKit answers at ${host}: what answers there does not speak TLS.`,
      hint: 'For a server without TLS, use ws:// or http:// in LIVEKIT_URL or --url. Otherwise check the host and the port.',
    };
  }
  if (code.startsWith('HPE_')) {
    return {
      message: `No LiveKit answers at ${host}: what answers there does not speak HTTP.`,
      hint: 'Check the host and the port in LIVEKIT_URL or --url.',
    };
  }
  if (code === 'ECONNRESET') {
    return {
      message: `${host} closed the connection before the answer was complete.`,
      hint: 'Check the host and the port in LIVEKIT_URL or --url. A server that is restarting answers a little later.',
    };
  }
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|WRONG_VERSION/.test(code)) {
    return {
      message: `No secure connection to ${host}: ${quote(reasonOf(failure.message))}.`,
      hint: 'Name the file of a private certificate authority in SSL_CERT_FILE or NODE_EXTRA_CA_CERTS. For a server without TLS, use http:// or ws:// in the URL.',
    };
  }
  if (code === 'TIMEOUT' || code === 'CONNECT_TIMEOUT') {
    return {
      message: `${host} did not answer: ${failure.message}.`,
      hint: 'Try again, or allow more time with --timeout.',
    };
  }
  return {
    message: `The connection to ${host} failed: ${quote(failure.message)} (${code}).`,
    hint: 'Check the network and LIVEKIT_URL or --url.',
  };
}

// Who answers: LiveKit, or something in its place.

/** LiveKit's own words for a key or a token that it does not take (server 1.13, and its JWT library). */
const DENIALS =
  /invalid (?:API key|authorization)|permissions denied|token (?:is|has|signature)|signature is invalid/i;

/**
 * Whether it is LiveKit that does not take the key, or lets it do too little. Portals and proxies
 * answer 401 and 403 as well, with pages and errors of their own: those say nothing of the key.
 */
export function isDenial(answer: HttpAnswer): boolean {
  if (answer.httpStatus !== 401 && answer.httpStatus !== 403) return false;
  const twirp = readTwirpError(answer);
  if (twirp !== null) {
    const own = ['unauthenticated', 'permission_denied'].includes(twirp.code);
    return own || DENIALS.test(twirp.message);
  }
  return !/^\s*[<{[]/.test(answer.body) && DENIALS.test(answer.body);
}

/** Statuses that LiveKit itself, or a busy gateway in front of it, may answer without an error object. */
const MAY_BE_LIVEKIT = [404, 408, 425, 429, 451];

/**
 * Judges who gave an answer to a question for rooms: LiveKit; something in its place, so that asking
 * again changes nothing; or either. An answer of LiveKit's to another question may be `unclear`, and
 * is never `other`.
 */
export function judgeAnswerer(answer: HttpAnswer): 'livekit' | 'other' | 'unclear' {
  const { httpStatus, body } = answer;
  if (httpStatus === 401 || httpStatus === 403) return isDenial(answer) ? 'livekit' : 'other';
  const twirp = readTwirpError(answer);
  if (twirp !== null) return twirp.code === 'bad_route' ? 'unclear' : 'livekit';
  if (httpStatus === 200) {
    const read = parseBody(body);
    // Without rooms some servers leave the list out (proto3 JSON).
    const isList = isObject(read) && (Array.isArray(read.rooms) || Object.keys(read).length === 0);
    if (isList) return 'livekit';
    // What begins like JSON may be LiveKit's, cut off or newer than we are.
    return /^\s*(?:[{["]|null|$)/.test(body) ? 'unclear' : 'other';
  }
  const isOther = (httpStatus < 500 && !MAY_BE_LIVEKIT.includes(httpStatus)) || httpStatus === 511;
  return isOther ? 'other' : 'unclear';
}

/**
 * The address of the server that a redirect sends LiveKit's requests on to.
 * @returns null when it leads to something else: a login, say
 */
export function serverBehind(redirectsTo: string | null | undefined): string | null {
  return /^(.+)\/twirp\/livekit\.[A-Za-z]+\/[A-Za-z]+$/.exec(redirectsTo ?? '')?.[1] ?? null;
}

function interceptedError(answer: HttpAnswer, host: string): KnownError {
  const { httpStatus, redirectsTo, contentType } = answer;
  if (httpStatus >= 300 && httpStatus < 400) {
    const server = serverBehind(redirectsTo);
    const message = `${host} redirects to ${redirectsTo ?? 'somewhere else'} (HTTP ${httpStatus}), and does not answer as LiveKit.`;
    return new KnownError('wrong-url', message, {
      hint:
        server === null
          ? 'A portal or proxy in front of LiveKit does this to ask for a login. Let this machine through it, and check LIVEKIT_URL or --url.'
          : `If that is your LiveKit, use ${server} as LIVEKIT_URL or --url.`,
    });
  }
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0];
  const what = type === undefined ? '' : `, ${type}`;
  const message = `No LiveKit answers at ${host}: a portal or proxy answered in its place (HTTP ${httpStatus}${what}).`;
  return new KnownError('wrong-url', message, {
    hint: 'Log in to the network, or let this machine through the portal or proxy. Then check LIVEKIT_URL or --url.',
  });
}

function authError(text: string, answer: { host: string; apiKey: string }): KnownError {
  const { host, apiKey } = answer;
  if (text.includes('permissions denied')) {
    return new KnownError('permission', `${host} refuses this request for API key ${apiKey}.`, {
      hint: 'The key is known, but may not do this. Use a key of the project that has the calls.',
    });
  }
  if (text.includes('signature is invalid')) {
    return new KnownError(
      'credentials',
      `${host} says that the secret of API key ${apiKey} is wrong.`,
      {
        hint: 'Copy key and secret again, both from the same project.',
      },
    );
  }
  if (text.includes('invalid API key')) {
    return new KnownError('credentials', `${host} does not know API key ${apiKey}.`, {
      hint: 'Check that URL, key and secret come from the same project.',
    });
  }
  if (text.includes('expired') || text.includes('not valid yet')) {
    return new KnownError(
      'credentials',
      `${host} says that our token is expired or not yet valid.`,
      {
        hint: 'The clock of this machine and the server’s differ by minutes. Set the clock.',
      },
    );
  }
  return new KnownError(
    'credentials',
    `${host} does not accept API key ${apiKey}: ${quote(text)}`,
    {
      hint: 'Check URL, key and secret.',
    },
  );
}

/**
 * @param outcome an answer other than 200, or no answer
 * @param where whom was asked (host, key id), and for what (`the list of rooms`)
 */
export function readFailure(
  outcome: HttpAnswer | HttpFailure,
  where: { host: string; apiKey: string; what: string },
): KnownError {
  const { host, what } = where;
  if (outcome.kind === 'failure') {
    const { message, hint } = describeFailure(outcome, host);
    // What is missing there is a user and password, which no second try brings.
    const kind = outcome.code === 'PROXY_LOGIN' ? 'credentials' : 'unreachable';
    return new KnownError(kind, message, { hint });
  }
  const twirp = readTwirpError(outcome);
  const text = twirp?.message ?? outcome.body;
  if (isDenial(outcome)) return authError(text, where);
  if (judgeAnswerer(outcome) === 'other') return interceptedError(outcome, host);
  if (outcome.httpStatus === 451) {
    return new KnownError('wrong-url', `${host} does not serve this project: ${quote(text)}`, {
      hint: 'The project is pinned to a region. Use the URL of the project, not that of a region.',
    });
  }
  // Whole JSON that is not what was asked for comes from another kind of server.
  const isOther = outcome.httpStatus === 200 && twirp === null && isObject(parseBody(outcome.body));
  const isLost = outcome.httpStatus === 404 && (twirp === null || twirp.code === 'bad_route');
  if (isOther || isLost) {
    return new KnownError('wrong-url', `${host} answers, but it is no LiveKit server.`, {
      hint: 'Use the URL that LiveKit shows for the project, such as wss://name.livekit.cloud. Add the path if LiveKit is served under one.',
    });
  }
  if (outcome.httpStatus === 429) {
    return new KnownError('server', `${host} says that there were too many requests.`, {
      hint: `Wait ${outcome.retryAfterMs ? formatDuration(outcome.retryAfterMs) : 'a few seconds'} and try again.`,
    });
  }
  const detail = twirp === null ? `HTTP ${outcome.httpStatus}` : `${twirp.code}: ${quote(text)}`;
  return new KnownError('server', `${host} did not give ${what} (${detail}).`, {
    hint: 'Try again in a moment; if that does not help, check the LiveKit server.',
  });
}
