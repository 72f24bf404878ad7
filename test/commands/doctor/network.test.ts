import { describe, expect, it } from 'vitest';
import {
  checkDns,
  checkTcp,
  checkTls,
  trustedBeside,
} from '../../../src/commands/doctor/network.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { chooseProxy } from '../../../src/livekit/server-route.ts';
import { NOW, ORIGIN, tls, unreached } from './findings.ts';

describe('DNS', () => {
  it('shows every address', () => {
    const addresses = ['192.0.2.1', '2001:db8::1'];
    expect(checkDns(ORIGIN, { kind: 'reached', ms: 12, addresses })).toMatchObject({
      id: 'dns',
      status: 'ok',
      detail: expect.stringContaining('192.0.2.1, 2001:db8::1'),
    });
  });

  it('has nothing to do for an address', () => {
    expect(checkDns(new URL('http://[::1]:7880'), null)).toMatchObject({
      id: 'dns',
      status: 'ok',
      hint: null,
    });
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'TIMEOUT'])('fails with %s', (code) => {
    expect(checkDns(ORIGIN, unreached(code))).toMatchObject({
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
      id: 'tcp',
      status: 'ok',
      detail: expect.stringContaining('192.0.2.1'),
    });
    expect(checkTcp(ORIGIN, unreached('ECONNREFUSED'))).toMatchObject({
      status: 'failed',
      hint: expect.any(String),
      exitCode: 1,
    });
  });
});

describe('DNS and TCP of a proxy', () => {
  const { proxy } = chooseProxy(ORIGIN.href, { ALL_PROXY: 'http://a:CANARY@proxy.example:3128' });
  const addresses = ['192.0.2.9'];
  const reached = { kind: 'reached' as const, ms: 3, addresses, address: '192.0.2.9' };
  const ways = [
    [checkDns(ORIGIN, reached, proxy), checkDns(ORIGIN, unreached('ENOTFOUND'), proxy)],
    [checkTcp(ORIGIN, reached, proxy), checkTcp(ORIGIN, unreached('ECONNREFUSED'), proxy)],
  ] as const;

  it.each(ways)('are told as its own', (well, failed) => {
    expect(well.detail).toMatch(/^the proxy proxy\.example.*192\.0\.2\.9/);
    expect(failed).toMatchObject({ status: 'failed', exitCode: 1 });
    const named =
      'No connection to lk.example.com: the proxy proxy.example:3128 (ALL_PROXY) cannot';
    expect(failed.detail).toContain(named);
    expect(JSON.stringify([well, failed])).not.toContain('CANARY');
  });
});

describe('TLS', () => {
  it.each([
    [90, null, 'ok'],
    [14, null, 'ok'],
    [13.9, null, 'warning'],
    [1, null, 'warning'],
    [-3, 'CERT_HAS_EXPIRED', 'failed'],
    [40, 'CERT_HAS_EXPIRED', 'failed'],
    [40, 'CERT_NOT_YET_VALID', 'failed'],
    [40, 'ERR_TLS_CERT_ALTNAME_INVALID', 'failed'],
    [40, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'failed'],
    [40, 'CERT_REVOKED', 'failed'],
  ])(
    'with a certificate that is good for %d days, distrusted for %s, is %s',
    (days, distrust, status) => {
      const found = checkTls(ORIGIN, tls(days, distrust), NOW, false);
      expect(found).toMatchObject({ id: 'tls', status, exitCode: status === 'failed' ? 1 : 0 });
      expect(found.hint === null).toBe(status === 'ok');
    },
  );

  it('names what a certificate is for, who signed it, and a code that nobody knows', () => {
    const detailOf = (distrust: string) => checkTls(ORIGIN, tls(40, distrust), NOW, false).detail;
    expect(detailOf('ERR_TLS_CERT_ALTNAME_INVALID')).toContain('lk.example.org, *.example.net');
    expect(detailOf('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).toContain('“CA”');
    expect(detailOf('CERT_REVOKED')).toContain('CERT_REVOKED');
  });

  it('is skipped where the URL has none', () => {
    expect(checkTls(new URL('http://lk:7880'), null, NOW, false)).toMatchObject({
      id: 'tls',
      status: 'skipped',
    });
  });

  it('fails where the server speaks none', () => {
    expect(checkTls(ORIGIN, unreached('EPROTO'), NOW, false)).toMatchObject({
      status: 'failed',
      exitCode: 1,
    });
  });

  it('tells what is trusted beside Node’s own authorities, and by which variable', () => {
    const env = { SSL_CERT_FILE: '/x/ca.pem', NODE_EXTRA_CA_CERTS: ' ' };
    const trusted = trustedBeside(env);
    expect(trusted).toEqual([expect.stringContaining('SSL_CERT_FILE (/x/ca.pem)')]);
    for (const distrust of [null, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']) {
      expect(checkTls(ORIGIN, tls(90, distrust), NOW, false, trusted).notes).toEqual(trusted);
    }
    expect(trustedBeside({})).toEqual([]);
    expect(checkTls(new URL('http://lk'), null, NOW, false, trusted).notes).toEqual([]);
  });

  it('has failed where the certificates to trust cannot be read', () => {
    const error = new UsageError('SSL_CERT_FILE: /x does not exist.', { hint: 'Name another.' });
    expect(checkTls(ORIGIN, error, NOW, false)).toMatchObject({
      id: 'tls',
      status: 'failed',
      hint: 'Name another.',
      exitCode: 2,
    });
  });

  it('that nobody checks is a warning', () => {
    expect(checkTls(ORIGIN, tls(90), NOW, true)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED'),
      hint: expect.any(String),
    });
  });
});
