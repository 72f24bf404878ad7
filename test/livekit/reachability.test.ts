import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContext } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAddress, lookUp, openTcp, openTls, readTrust } from '../../src/livekit/reachability.ts';
import { bareHostname } from '../../src/livekit/server-route.ts';
import { createTransport } from '../../src/livekit/transport.ts';
import { folderWith } from '../config/folders.ts';
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

describe('whom TLS trusts', () => {
  const own = makeCertificate({ names: ['127.0.0.1'], days: 9 });
  const other = makeCertificate({ names: ['127.0.0.1'], days: 9, owner: 'somebody else' });
  const PATHS = { own: 'own.pem', other: 'other.pem' };

  function trust(files: Record<string, string>, env: Record<string, string>) {
    return readTrust({ env, cwd: folderWith(files) });
  }

  /** What becomes of a request to a server with the certificate `own`. */
  async function askWith(secureContext?: SecureContext, ownConnection = false) {
    const server = createTlsServer(own, (_request, response) => response.end('{}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}`;
    const transport = await createTransport(url, 'lk-transfer/test', { secureContext });
    onTestFinished(() => transport.close());
    const outcome = await transport.post('/', {}, { token: 't', timeoutMs: 5000, ownConnection });
    const reached = await openTls('127.0.0.1', port, { timeoutMs: 5000, secureContext });
    return {
      answered: outcome.kind === 'answer',
      distrusted: reached.kind === 'reached' && reached.distrust !== null,
    };
  }
  const GOOD = { answered: true, distrusted: false };
  const BAD = { answered: false, distrusted: true };

  it('is nobody more where SSL_CERT_FILE is not set, or empty', async () => {
    expect(await trust({}, {})).toBeUndefined();
    expect(await trust({}, { SSL_CERT_FILE: ' ', NODE_EXTRA_CA_CERTS: 'x' })).toBeUndefined();
    expect(await askWith()).toEqual(BAD);
  });

  it.each([false, true])(
    'is the authority in SSL_CERT_FILE (own connection: %s)',
    async (alone) => {
      const given = await trust({ [PATHS.own]: own.cert }, { SSL_CERT_FILE: PATHS.own });
      expect(await askWith(given, alone)).toEqual(GOOD);
    },
  );

  it('is each of several in one file, with other things between them', async () => {
    const file = `${other.key}# first\n${other.cert}# second\r\n${own.cert}# end\n`;
    expect(await askWith(await trust({ f: file }, { SSL_CERT_FILE: 'f' }))).toEqual(GOOD);
  });

  it('is no stranger: another authority is not this one', async () => {
    const given = await trust({ [PATHS.other]: other.cert }, { SSL_CERT_FILE: PATHS.other });
    expect(await askWith(given)).toEqual(BAD);
  });

  it('stays whom NODE_EXTRA_CA_CERTS names, beside it', async () => {
    const files = { [PATHS.own]: own.cert, [PATHS.other]: other.cert };
    const env = { SSL_CERT_FILE: PATHS.other, NODE_EXTRA_CA_CERTS: PATHS.own };
    expect(await askWith(await trust(files, env))).toEqual(GOOD);
    const gone = { ...env, NODE_EXTRA_CA_CERTS: 'gone.pem' };
    expect(await askWith(await trust(files, gone))).toEqual(BAD);
  });

  it('is left to OpenSSL where Node is asked to, with the file read all the same', async () => {
    const env = { SSL_CERT_FILE: PATHS.own, NODE_OPTIONS: '--use-openssl-ca' };
    expect(await trust({ [PATHS.own]: own.cert }, env)).toBeUndefined();
    await expect(trust({}, env)).rejects.toThrow('does not exist');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['is not there', {}, /own\.pem does not exist/],
    ['is a folder', { 'own.pem/x': '' }, /own\.pem cannot be read \(EISDIR\)/],
    ['is empty', { [PATHS.own]: '' }, /own\.pem holds no certificate/],
    ['holds a key alone', { [PATHS.own]: own.key }, /holds no certificate/],
    ['is cut off', { [PATHS.own]: own.cert.slice(0, 300) }, /holds a certificate that is damaged/],
    [
      'is damaged behind what is not',
      { [PATHS.own]: other.cert + own.cert.replace(/\n[A-Za-z0-9+/]{9}/, '\n') },
      /holds a certificate that is damaged/,
    ],
  ])('is told where the file %s', async (_, files, message) => {
    const error: unknown = await trust(files, { SSL_CERT_FILE: PATHS.own }).catch((e) => e);
    expect(error).toMatchObject({ code: 'usage', exitCode: 2, hint: expect.any(String) });
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain('SSL_CERT_FILE');
    expect(String(error)).not.toMatch(/BEGIN|[A-Za-z0-9+/]{60}/);
  });
});
