import { describe, expect, it } from 'vitest';
import { checkDns, checkTcp, checkTls } from '../../../src/commands/doctor/network.ts';
import type { TlsFound } from '../../../src/livekit/reachability.ts';
import type { HttpFailure } from '../../../src/livekit/transport.ts';

const ORIGIN = new URL('https://lk.example.com');
const NOW = Date.parse('2026-11-23T20:00:00Z');
const DAY = 86_400_000;

const failure = (code: string): HttpFailure => ({
  kind: 'failure',
  code,
  message: code.toLowerCase(),
  mayHaveBeenSent: false,
});

describe('DNS', () => {
  it('shows every address', () => {
    const found = { kind: 'reached', ms: 12, addresses: ['192.0.2.1', '2001:db8::1'] } as const;
    expect(checkDns(ORIGIN, { ...found, addresses: [...found.addresses] })).toMatchObject({
      status: 'ok',
      detail: 'lk.example.com → 192.0.2.1, 2001:db8::1 (12 ms)',
    });
  });

  it('has nothing to do for an address', () => {
    expect(checkDns(new URL('http://[::1]:7880'), null)).toMatchObject({
      status: 'ok',
      detail: '[::1] is an address: there is nothing to look up',
    });
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'TIMEOUT'])('fails with %s', (code) => {
    expect(checkDns(ORIGIN, failure(code))).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('lk.example.com'),
      hint: expect.any(String),
      exitCode: 1,
    });
  });
});

describe('TCP', () => {
  it('is ok, or has failed', () => {
    expect(checkTcp(ORIGIN, { kind: 'reached', ms: 3, address: '192.0.2.1' })).toMatchObject({
      status: 'ok',
      detail: 'lk.example.com accepts connections at 192.0.2.1 (3 ms)',
    });
    expect(checkTcp(ORIGIN, failure('ECONNREFUSED'))).toMatchObject({
      status: 'failed',
      detail: 'Nothing answers at lk.example.com: the connection was refused',
      exitCode: 1,
    });
  });
});

const tls = (days: number, distrust: string | null = null) =>
  ({
    kind: 'reached',
    ms: 20,
    protocol: 'TLSv1.3',
    certificate: {
      validToMs: NOW + days * DAY,
      names: ['lk.example.org', '*.example.net'],
      issuer: 'CA',
    },
    distrust,
  }) as const satisfies TlsFound & { kind: 'reached'; ms: number };

describe('TLS', () => {
  it.each([
    [tls(90), 'ok', 'TLSv1.3; the certificate is good for 90 more days'],
    [tls(14), 'ok', 'TLSv1.3; the certificate is good for 14 more days'],
    [tls(13.9), 'warning', 'TLSv1.3; the certificate is good for 13 more days only'],
    [tls(1), 'warning', 'TLSv1.3; the certificate is good for 1 more day only'],
    [
      tls(-3, 'CERT_HAS_EXPIRED'),
      'failed',
      'TLSv1.3; the certificate of lk.example.com expired 3 days ago',
    ],
    [
      tls(40, 'CERT_HAS_EXPIRED'),
      'failed',
      'TLSv1.3; a certificate that the one of lk.example.com depends on has expired',
    ],
    [
      tls(40, 'CERT_NOT_YET_VALID'),
      'failed',
      'TLSv1.3; the certificate of lk.example.com is not valid yet',
    ],
    [
      tls(40, 'ERR_TLS_CERT_ALTNAME_INVALID'),
      'failed',
      'TLSv1.3; the certificate is for lk.example.org, *.example.net, not for lk.example.com',
    ],
    [
      tls(40, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'failed',
      'TLSv1.3; nobody this machine trusts has signed the certificate, but “CA” (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    [
      tls(40, 'CERT_REVOKED'),
      'failed',
      'TLSv1.3; the certificate is not to be trusted (CERT_REVOKED)',
    ],
  ])('%j is %s: %s', (found, status, detail) => {
    expect(checkTls(ORIGIN, found, NOW, false)).toMatchObject({ status, detail });
  });

  it('is skipped where the URL has none', () => {
    expect(checkTls(new URL('http://lk:7880'), null, NOW, false)).toMatchObject({
      status: 'skipped',
      detail: 'http:// has no TLS',
    });
  });

  it('fails where the server speaks none', () => {
    expect(checkTls(ORIGIN, failure('EPROTO'), NOW, false)).toMatchObject({
      status: 'failed',
      exitCode: 1,
    });
  });

  it('that nobody checks is a warning', () => {
    expect(checkTls(ORIGIN, tls(90), NOW, true)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED=0'),
    });
  });
});
