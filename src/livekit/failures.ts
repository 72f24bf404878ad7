/** Turns an answer to a read that is no success into an error that says what to do. */
import { formatDuration } from '../core/duration.ts';
import { KnownError } from '../core/errors.ts';
import type { HttpAnswer, HttpFailure } from './transport.ts';
import { readTwirpError } from './twirp.ts';

/** How much of a foreign answer an error message may quote. */
const QUOTE_LENGTH = 160;

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

/**
 * Why no connection came about, and what to try.
 * @param failure what the transport reports
 * @param host the host of the project, for the message
 */
export function describeFailure(
  failure: HttpFailure,
  host: string,
): { message: string; hint: string } {
  const { code } = failure;
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
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|WRONG_VERSION/.test(code)) {
    return {
      message: `No secure connection to ${host}: ${quote(failure.message)}.`,
      hint: 'A private certificate authority goes into NODE_EXTRA_CA_CERTS; a server without TLS wants http:// or ws:// in the URL.',
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

function authError(text: string, answer: { host: string; apiKey: string }): KnownError {
  const { host, apiKey } = answer;
  if (text.includes('permissions denied')) {
    return new KnownError('permission', `${host} refuses this request for API key ${apiKey}.`, {
      hint: 'The key is known but may not do this. Use a key of the project that holds the calls.',
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
      hint: 'Does the key belong to this project? Check that URL, key and secret come from the same one.',
    });
  }
  if (text.includes('expired') || text.includes('not valid yet')) {
    return new KnownError('credentials', `${host} says that our token is out of its time.`, {
      hint: 'The clock of this machine and the server’s differ by minutes. Set the clock.',
    });
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
    return new KnownError('unreachable', message, { hint });
  }
  const twirp = readTwirpError(outcome);
  const text = twirp?.message ?? outcome.body;
  if (outcome.httpStatus === 401 || outcome.httpStatus === 403) return authError(text, where);
  if (outcome.httpStatus === 451) {
    return new KnownError('wrong-url', `${host} does not serve this project: ${quote(text)}`, {
      hint: 'The project is pinned to a region. Use the URL of the project, not of a region.',
    });
  }
  if (outcome.httpStatus === 404 && (twirp === null || twirp.code === 'bad_route')) {
    return new KnownError('wrong-url', `${host} answers, but it is no LiveKit server.`, {
      hint: 'The URL is the one LiveKit shows for the project, such as wss://name.livekit.cloud, without a path.',
    });
  }
  if (outcome.httpStatus === 429) {
    return new KnownError('server', `${host} says that there were too many requests.`, {
      hint: `Wait ${outcome.retryAfterMs ? formatDuration(outcome.retryAfterMs) : 'a few seconds'} and try again.`,
    });
  }
  const detail = twirp === null ? `HTTP ${outcome.httpStatus}` : `${twirp.code}: ${quote(text)}`;
  return new KnownError('server', `${host} did not give ${what} (${detail}).`, {
    hint: 'Try again in a moment; if it stays so, look at the state of the LiveKit server.',
  });
}
