/** How far the way to the server goes: name, connection, certificate. */
import { describeFailure } from '../../livekit/failures.ts';
import { isAddress, type Reached, type TlsFound } from '../../livekit/reachability.ts';
import type { HttpFailure } from '../../livekit/transport.ts';
import { type CheckId, type CheckResult, check } from './check.ts';

/** A certificate that renews itself does so by now; one that does not is forgotten. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Node's codes for a certificate that nobody trusted has signed. */
const UNKNOWN_SIGNER = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

function failure(id: CheckId, failed: HttpFailure, host: string): CheckResult {
  const { message, hint } = describeFailure(failed, host);
  return check(id, 'failed', message, { hint });
}

/** @param found null: nobody looked, as an address needs no looking up */
export function checkDns(origin: URL, found: Reached<{ addresses: string[] }> | null): CheckResult {
  const { hostname } = origin;
  if (found === null || isAddress(hostname)) {
    return check('dns', 'ok', `${hostname} is an address: there is nothing to look up`);
  }
  if (found.kind === 'failure') return failure('dns', found, hostname);
  const { addresses, ms } = found;
  return check('dns', 'ok', `${hostname} → ${addresses.join(', ')} (${ms} ms)`);
}

export function checkTcp(origin: URL, found: Reached<{ address: string }>): CheckResult {
  if (found.kind === 'failure') return failure('tcp', found, origin.host);
  // A name may have several addresses: which one answered is worth knowing.
  const at = isAddress(origin.hostname) ? '' : ` at ${found.address}`;
  return check('tcp', 'ok', `${origin.host} accepts connections${at} (${found.ms} ms)`);
}

/**
 * @param found null: the URL has no TLS
 * @param now ms since 1970, for the days that are left
 * @param unchecked NODE_TLS_REJECT_UNAUTHORIZED=0 has certificates taken unseen
 */
export function checkTls(
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
      hint: 'Unset it: whoever sits on the way could take the tokens.',
    });
  }
  const until = `the certificate is good for ${plural(days, 'more day')}`;
  if (days >= SOON_DAYS) return check('tls', 'ok', `${protocol}; ${until}`);
  return check('tls', 'warning', `${protocol}; ${until} only`, {
    hint: 'Renew it in time, and see why it has not renewed itself.',
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
      'Renew it on the server; if it is not expired there, look at the clock of this machine.',
    );
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return failed(
      `the certificate of ${host} is not valid yet`,
      'Look at the clock of this machine, then at the certificate.',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate.names.slice(0, 5).join(', ') || 'no name at all';
    return failed(
      `the certificate is for ${names}, not for ${hostname}`,
      'Use the host that the certificate is for in LIVEKIT_URL or --url, or give the server one for this host.',
    );
  }
  return UNKNOWN_SIGNER.test(code)
    ? failed(
        `nobody this machine trusts has signed the certificate, but “${certificate.issuer}” (${code})`,
        'A private certificate authority goes into NODE_EXTRA_CA_CERTS, as a file in PEM form.',
      )
    : failed(
        `the certificate is not to be trusted (${code})`,
        'Look at the certificate of the server.',
      );
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
