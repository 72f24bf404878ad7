/** How far the way to the server goes: name, connection, certificate. */

import { isKnownError, type KnownError } from '../../core/errors.ts';
import { formatDuration } from '../../core/text.ts';
import { TOKEN_LIFETIME_MS } from '../../livekit/client.ts';
import { describeFailure } from '../../livekit/failures.ts';
import { isAddress, type Reached, type TlsFound } from '../../livekit/reachability.ts';
import { type ProxyChoice, type ProxyServer, proxyLoss } from '../../livekit/server-route.ts';
import type { HttpFailure } from '../../livekit/transport.ts';
import { type CheckId, type CheckResult, check } from './check.ts';

/** A certificate that renews itself does so by now; one that does not is forgotten. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Node's codes for a certificate that nobody trusted has signed. */
const UNKNOWN_SIGNER = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** @param proxy what was to be reached in the server's place */
function failure(
  id: CheckId,
  failed: HttpFailure,
  host: string,
  proxy: ProxyServer | null = null,
): CheckResult {
  const why =
    proxy === null ? failed : { ...failed, ...proxyLoss(proxy, failed.code, failed.message) };
  const { message, hint } = describeFailure(why, host);
  return check(id, 'failed', message, { hint });
}

/**
 * @param found null: nobody looked, as an address needs no looking up
 * @param proxy whose name it is, where there is one: the proxy looks up that of the server
 */
export function checkDns(
  origin: URL,
  found: Reached<{ addresses: string[] }> | null,
  proxy: ProxyServer | null = null,
): CheckResult {
  const { hostname } = proxy?.url ?? origin;
  const called = proxy === null ? hostname : `the proxy ${hostname}`;
  if (found === null || isAddress(hostname)) {
    return check('dns', 'ok', `${called} is an IP address: no DNS lookup is needed`);
  }
  if (found.kind === 'failure') return failure('dns', found, origin.hostname, proxy);
  const { addresses, ms } = found;
  return check('dns', 'ok', `${called} → ${addresses.join(', ')} (${ms} ms)`);
}

/** @param proxy to which it is, where there is one */
export function checkTcp(
  origin: URL,
  found: Reached<{ address: string }>,
  proxy: ProxyServer | null = null,
): CheckResult {
  if (found.kind === 'failure') return failure('tcp', found, origin.host, proxy);
  const { hostname } = proxy?.url ?? origin;
  const called = proxy === null ? origin.host : `the proxy ${proxy.name}`;
  // A name may have several addresses: which one answered is worth knowing.
  const at = isAddress(hostname) ? '' : ` at ${found.address}`;
  return check('tcp', 'ok', `${called} accepts connections${at} (${found.ms} ms)`);
}

/**
 * @param found null: the URL has no TLS; an error: the certificates to trust cannot be read
 * @param now ms since 1970, for the days that are left
 * @param authorities what is trusted beside Node's own authorities, as `trustedBeside` tells it
 * @param unchecked NODE_TLS_REJECT_UNAUTHORIZED=0 has certificates taken unseen
 */
export function checkTls(
  origin: URL,
  found: Reached<TlsFound> | KnownError | null,
  now: number,
  unchecked: boolean,
  authorities: readonly string[] = [],
): CheckResult {
  if (isKnownError(found)) {
    return check('tls', 'failed', found.message, { hint: found.hint, exitCode: found.exitCode });
  }
  const judged = judgeTls(origin, found, now, unchecked);
  return found === null ? judged : { ...judged, notes: [...authorities] };
}

/** The variables that name certificates to trust, each with its file. */
export function trustedBeside(env: Environment): string[] {
  return ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => {
    const file = env[name]?.trim() ?? '';
    return file === '' ? [] : [`the certificates in ${name} (${file}) are trusted as well`];
  });
}

function judgeTls(
  origin: URL,
  found: Reached<TlsFound> | null,
  now: number,
  unchecked: boolean,
): CheckResult {
  if (found === null) return check('tls', 'skipped', `${origin.protocol}// has no TLS`);
  if (found.kind === 'failure') return failure('tls', found, origin.host);
  const { certificate, distrust, protocol } = found;
  const days = Math.floor((certificate.validToMs - now) / DAY_MS);
  if (distrust !== null) return distrusted(origin, found, distrust, days);
  if (unchecked) {
    return check('tls', 'warning', 'NODE_TLS_REJECT_UNAUTHORIZED=0: certificates are not checked', {
      hint: 'Unset it: anybody on the network path could take the tokens.',
    });
  }
  const until = `the certificate is valid for ${plural(days, 'more day')}`;
  if (days >= SOON_DAYS) return check('tls', 'ok', `${protocol}; ${until}`);
  return check('tls', 'warning', `${protocol}; ${until} only`, {
    hint: 'Renew it in time, and find out why no automatic renewal has run.',
  });
}

function distrusted(
  { hostname, host }: URL,
  { certificate, protocol }: TlsFound,
  code: string,
  days: number,
): CheckResult {
  const failed = (what: string, hint: string) =>
    check('tls', 'failed', `${protocol}; ${what}`, { hint });
  if (code === 'CERT_HAS_EXPIRED') {
    return failed(
      days < 0
        ? `the certificate of ${host} expired ${plural(-days, 'day')} ago`
        : `a certificate that the one of ${host} depends on has expired`,
      'Renew it on the server. If it is still valid there, check the clock of this machine.',
    );
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return failed(
      `the certificate of ${host} is not valid yet`,
      'Check the clock of this machine, then the certificate.',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate.names.slice(0, 5).join(', ') || 'no name at all';
    return failed(
      `the certificate is for ${names}, not for ${hostname}`,
      'Use the host of the certificate in LIVEKIT_URL or --url, or give the server a certificate for this host.',
    );
  }
  return UNKNOWN_SIGNER.test(code)
    ? failed(
        `this machine does not trust who signed the certificate: “${certificate.issuer}” (${code})`,
        'If that is your private certificate authority, name its PEM file in SSL_CERT_FILE or NODE_EXTRA_CA_CERTS.',
      )
    : failed(`the certificate cannot be trusted (${code})`, 'Check the certificate of the server.');
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

// What of this machine matters: the version of Node.js, and the proxy that requests go through.

type Environment = Readonly<Record<string, string | undefined>>;

/** @param version `20.19.0`, without a v */
export function checkNode(version: string, platform: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const found = `${version} on ${platform}`;
  // The same as in bin/lk-transfer.js, which is for Nodes that cannot read this.
  const isNewEnough = major === 20 ? minor >= 19 : major === 22 ? minor >= 8 : major > 22;
  return isNewEnough
    ? check('node', 'ok', found)
    : check('node', 'failed', `${found}, which is too old`, {
        hint: 'Install Node.js 20.19, 22.8 or newer.',
      });
}

/**
 * Judges which proxy requests go through. Of a proxy only host and port are told: its address may
 * carry a password.
 * @param choice what the variables say of this server, or why they cannot be followed
 * @param server null when it is not known
 */
export function checkProxy(choice: ProxyChoice | KnownError, server: URL | null): CheckResult {
  if (isKnownError(choice)) {
    return check('proxy', 'failed', choice.message, {
      hint: choice.hint,
      exitCode: choice.exitCode,
    });
  }
  const { proxy, set, exempt } = choice;
  if (proxy !== null) {
    const login = proxy.authorization === null ? '' : ', with a user and password';
    return check('proxy', 'ok', `${proxy.name} is used (${proxy.variable}${login})`);
  }
  const straight = 'requests go directly to the server';
  const named = `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set`;
  if (set.length === 0) {
    const scheme = server === null ? '' : ` for ${server.protocol}//`;
    return check('proxy', 'ok', `none is set${scheme}; ${straight}`);
  }
  if (server === null) {
    return check('proxy', 'not-checked', `${named}; the server decides whether it is used`);
  }
  const why =
    exempt === 'loopback'
      ? `${server.hostname} is this machine`
      : `${exempt} leaves ${server.hostname} out`;
  return check('proxy', 'ok', `${named}, and ${why}; ${straight}`);
}

// What a wrong clock breaks: a token says from when and until when it is good.

/** A Date header has whole seconds, and an answer its way to come: less proves nothing. */
const NOTICEABLE_MS = 5_000;

/** LiveKit takes a token that is not valid yet, or no more, for a minute (protocol, auth/verifier.go). */
const LEEWAY_MS = 60_000;

const SET_IT = 'Set the clock of this machine, with NTP if possible (`timedatectl set-ntp true`).';

/**
 * Compares the clocks. Ours ahead: the server meets tokens from its future. Ours behind: tokens have
 * expired when they are made.
 * @param serverAheadMs how far the server's clock is ahead of ours; null when it did not tell
 */
export function checkClock(serverAheadMs: number | null): CheckResult {
  if (serverAheadMs === null) {
    return check('clock', 'not-checked', 'the server sent no Date header to compare with');
  }
  const off = Math.abs(serverAheadMs);
  if (off < NOTICEABLE_MS) {
    return check('clock', 'ok', 'this machine and the server differ by less than 5 s');
  }
  const where = serverAheadMs > 0 ? 'behind' : 'ahead of';
  const found = `this machine is ${formatDuration(off)} ${where} the server`;
  const limit = serverAheadMs > 0 ? TOKEN_LIFETIME_MS : LEEWAY_MS;
  const breaks =
    serverAheadMs > 0
      ? `tokens are valid for ${formatDuration(TOKEN_LIFETIME_MS)} by our clock`
      : `LiveKit accepts tokens up to ${formatDuration(LEEWAY_MS)} early; other servers accept none`;
  return off >= limit
    ? check('clock', 'failed', `${found}: its tokens are expired or not yet valid there`, {
        hint: SET_IT,
        exitCode: 1,
      })
    : check('clock', 'warning', `${found}; ${breaks}`, { hint: SET_IT });
}
