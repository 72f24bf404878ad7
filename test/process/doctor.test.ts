/** `doctor` as a process: certificates that this machine trusts, its exit codes, its lines. */
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atTheEnd } from '../support/at-the-end.ts';
import { makeCertificate } from '../support/certificate.ts';
import { CTRL_C, cursorIsVisible, openTerminal, withoutEscapes } from './open-terminal.ts';
import { EXAMPLE, makeFolder, openSandbox, runProgram } from './run-program.ts';

const KEY = { LIVEKIT_API_KEY: 'APIkey', LIVEKIT_API_SECRET: 'CANARYsecret0f8a2c' };

/** A LiveKit without rooms and trunks, behind a certificate that this machine trusts. */
async function serveTrusted(names: string[], days: number) {
  const { cert, key } = makeCertificate({ names, days });
  const server = createServer({ cert, key }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(() => server.close());
  const { port } = server.address() as AddressInfo;
  const authority = join(makeFolder({ 'ca.pem': cert }), 'ca.pem');
  return {
    ...KEY,
    LIVEKIT_URL: `wss://127.0.0.1:${port}`,
    NODE_EXTRA_CA_CERTS: authority,
  };
}

/** Accepts connections and never says a word. */
async function silentPort(): Promise<number> {
  const server = createTcpServer((socket) => {
    atTheEnd(() => socket.destroy());
    socket.on('error', () => {});
  });
  atTheEnd(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe.concurrent('doctor', () => {
  it.each([
    [['127.0.0.1'], 90, 'ok', /the certificate is valid for (89|90) more days\t/, 'ok', 0],
    [['127.0.0.1'], 5, 'warning', /valid for [45] more days only\t.*Renew it in time/, 'ok', 0],
    [['127.0.0.1'], -3, 'failed', /the certificate of \S+ expired [34] days ago/, 'skipped', 1],
    [['lk.example.com'], 90, 'failed', /is for lk\.example\.com, not for 127/, 'skipped', 1],
  ] as const)(
    'sees a certificate for %j with %d days left: %s',
    async (names, days, status, detail, http, wanted) => {
      const env = await serveTrusted([...names], days);
      const { exitCode, stdout } = await runProgram(['doctor'], { env });
      const lines = stdout.split('\n');
      const tls = lines.find((line) => line.includes('\ttls\t')) ?? '';
      expect(tls).toMatch(detail);
      expect(tls.split('\t')[0]).toBe(status);
      expect(stdout).toMatch(new RegExp(`^${http}\\thttp\\t`, 'm'));
      expect(exitCode).toBe(wanted);
    },
  );

  it('sees a certificate that nobody trusts', async () => {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = await serveTrusted(['127.0.0.1'], 90);
    const { exitCode, stdout } = await runProgram(['doctor', '--timeout', '30s'], { env });
    expect(stdout).toMatch(/^failed\ttls\t.*NODE_EXTRA_CA_CERTS/m);
    expect(exitCode).toBe(1);
  });

  it('reads only, and each thing once', async () => {
    const sandbox = await openSandbox();
    const { exitCode } = await runProgram(['doctor', '--json'], { env: sandbox.env });
    expect(exitCode).toBe(0);
    expect(sandbox.mutations()).toEqual([]);
    expect(sandbox.methods().sort()).toEqual([
      'RoomService/ListParticipants',
      'RoomService/ListRooms',
      'SIP/ListSIPInboundTrunk',
      'SIP/ListSIPOutboundTrunk',
    ]);
  });

  it('shows colour beside its words on a terminal, and fits it', async () => {
    const { env } = await openSandbox();
    // Longer than a terminal holds: what is unread when the last program on it leaves is lost.
    const line = "bash -c 'lk-transfer doctor; code=$?; sleep 1; exit $code'";
    const terminal = openTerminal(line, { env, columns: 90 });
    expect(await terminal.left).toBe(0);
    const lines = withoutEscapes(terminal.sent()).split(/[\r\n]+/);
    expect(terminal.sent()).toContain('\u001b[32mok ');
    expect(terminal.sent()).toContain('\u001b[33mwarning ');
    // A path stays whole, so that it can be copied.
    expect(lines.filter((line) => line.length > 90 && !line.includes(EXAMPLE))).toEqual([]);
  });

  it('40: leaves at a Ctrl-C with 130, and takes its line away', async () => {
    const env = { ...KEY, LIVEKIT_URL: `http://127.0.0.1:${await silentPort()}` };
    const terminal = openTerminal('lk-transfer doctor', { env });
    await terminal.until(/Checking 127\.0\.0\.1/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(withoutEscapes(terminal.sent())).toMatch(/Interrupted\.\s*$/);
  });
});
