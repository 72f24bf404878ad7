import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAddress, lookUp, openTcp, openTls } from '../../src/livekit/reachability.ts';
import { bareHostname } from '../../src/livekit/transport.ts';
import { type CertificateWishes, makeCertificate } from '../support/certificate.ts';
import { blackHole, closedPort, serve, serveSockets } from './loopback.ts';

const IN_TIME = { timeoutMs: 3000 };

async function serveTls(wishes: CertificateWishes): Promise<number> {
  const server = createTlsServer(makeCertificate(wishes), (_request, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const portOf = (host: string) => Number(host.split(':').at(-1));

describe('a name', () => {
  it('is looked up', async () => {
    expect(await lookUp('localhost', IN_TIME)).toMatchObject({
      kind: 'reached',
      addresses: expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
    });
  });

  it('that nobody has is told as such', async () => {
    expect(await lookUp('nobody.invalid', IN_TIME)).toMatchObject({
      kind: 'failure',
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
  });

  it.each([
    ['127.0.0.1', true],
    ['[::1]', true],
    ['livekit.example.com', false],
  ])('%s is an address: %s', (host, is) => expect(isAddress(host)).toBe(is));

  it('in brackets loses them', () => expect(bareHostname('[::1]')).toBe('::1'));
});

describe('a connection', () => {
  it('stands', async () => {
    const { host } = await serve((response) => response.end());
    expect(await openTcp('127.0.0.1', portOf(host), IN_TIME)).toEqual({
      kind: 'reached',
      ms: expect.any(Number),
      address: '127.0.0.1',
    });
  });

  it('is refused', async () => {
    expect(await openTcp('127.0.0.1', await closedPort(), IN_TIME)).toMatchObject({
      kind: 'failure',
      code: 'ECONNREFUSED',
      mayHaveBeenSent: false,
    });
  });

  it('that never stands is given up in time', async () => {
    expect(await openTcp('127.0.0.1', await blackHole(), { timeoutMs: 150 })).toMatchObject({
      code: 'TIMEOUT',
      message: 'nothing within 0.15 s',
    });
  });

  it('is given up when somebody leaves, before and meanwhile', async () => {
    const port = await blackHole();
    const gone = AbortSignal.abort();
    expect(await openTcp('127.0.0.1', port, { ...IN_TIME, signal: gone })).toMatchObject({
      code: 'ABORTED',
    });
    const leaving = new AbortController();
    const opening = openTcp('127.0.0.1', port, { ...IN_TIME, signal: leaving.signal });
    leaving.abort();
    expect(await opening).toMatchObject({ code: 'ABORTED' });
  });
});

describe('TLS', () => {
  it('tells of the certificate, and of its signer whom nobody trusts', async () => {
    const port = await serveTls({ names: ['localhost', '127.0.0.1'], days: 90 });
    const found = await openTls('localhost', port, IN_TIME);
    expect(found).toEqual({
      kind: 'reached',
      ms: expect.any(Number),
      protocol: 'TLSv1.3',
      certificate: {
        names: ['localhost', '127.0.0.1'],
        issuer: 'loopback of the tests',
        validToMs: expect.any(Number),
      },
      distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    if (found.kind !== 'reached') throw new Error('not reached');
    const days = (found.certificate.validToMs - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  it('is not spoken by a server without it', async () => {
    const { host } = await serve((response) => response.end());
    expect(await openTls('127.0.0.1', portOf(host), IN_TIME)).toMatchObject({ kind: 'failure' });
  });

  it('that a server never answers is given up in time', async () => {
    const host = await serveSockets(() => {});
    expect(await openTls('127.0.0.1', portOf(host), { timeoutMs: 150 })).toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('that a server hangs up on has failed', async () => {
    const host = await serveSockets((socket) => socket.end());
    expect(await openTls('127.0.0.1', portOf(host), IN_TIME)).toMatchObject({ kind: 'failure' });
  });
});
