/** The address of a LiveKit server, as people and LiveKit's own tools write it. */
import { KnownError } from '../core/errors.ts';

/** ws and wss are what LiveKit's dashboard shows; the API answers on http and https there. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
};

/**
 * Reads the address of a server.
 * @param text `wss://my-project.livekit.cloud`, `http://localhost:7880`; a slash at the end is fine
 * @param name what the address is called in a message: `LIVEKIT_URL`, `--url`
 * @returns the http or https origin, without a slash at the end
 * @throws KnownError `wrong-url`; it repeats no more than the host, since what stands in the wrong
 *   place may be a secret
 */
export function serverUrl(text: string, name = 'The LiveKit URL'): string {
  const refuse = (what: string, hint: string): never => {
    throw new KnownError('wrong-url', `${name} ${what}.`, { hint: `${hint}.` });
  };
  const example = 'It looks like wss://my-project.livekit.cloud or http://localhost:7880';
  const written = text.trim();
  // The URL parser would quietly drop line breaks and tabs, and turn \ into /.
  if (/[\p{Cc}\s\\]/u.test(written)) return refuse('holds blanks or control characters', example);
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/.test(written)) {
    return refuse('is not a full address', `Put wss:// or http:// in front. ${example}`);
  }
  if (!URL.canParse(written)) return refuse('is not a valid address', example);
  const url = new URL(written);
  const protocol = PROTOCOLS[url.protocol];
  if (protocol === undefined) {
    return refuse('must start with wss://, https://, ws:// or http://', example);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('carries a user or password', 'The key and the secret are given apart from it');
  }
  const origin = `${protocol}//${url.host}`;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return refuse('carries a path', `LiveKit's API sits at the root of its host: use ${origin}`);
  }
  // Parsed once more, so that wss://host:443 and https://host are one.
  return new URL(origin).origin;
}

/** The host of a URL as sockets want it: an IPv6 address without its brackets. */
export function bareHostname(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
