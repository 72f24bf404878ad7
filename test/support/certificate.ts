/** Certificates for servers on loopback, of any age: Node makes keys and no certificates. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface CertificateWishes {
  /** DNS names and IPv4 addresses that it is good for. */
  names: readonly string[];
  /** When it ends, in days from now; negative: that long ago. */
  days: number;
  /** Whose it is: of two that are called the same, OpenSSL tries the first. */
  owner?: string;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const hex = (text: string) => Buffer.from(text, 'hex');

/** UTCTime, which RFC 5280 §4.1.2.5 wants until 2049. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

const ECDSA_WITH_SHA256 = sequence(hex('06082a8648ce3d040302'));
const COMMON_NAME = hex('0603550403');
const SUBJECT_ALT_NAME = hex('0603551d11');

function generalName(name: string): Buffer {
  return /^[\d.]+$/.test(name)
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Makes a certificate that has signed itself (RFC 5280 §4.1), with its key, in PEM. */
export function makeCertificate({
  names,
  days,
  owner = 'loopback of the tests',
}: CertificateWishes): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const common = der(0x0c, Buffer.from(owner));
  const name = sequence(der(0x31, sequence(COMMON_NAME, common)));
  const ends = Date.now() + days * 86_400_000;
  const content = sequence(
    der(0xa0, hex('020102')),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(ends - 400 * 86_400_000), time(ends)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, der(0x04, sequence(...names.map(generalName)))))),
  );
  const signature = sign('sha256', content, { key: privateKey, dsaEncoding: 'der' });
  const cert = sequence(content, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    cert: pem('CERTIFICATE', cert),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
