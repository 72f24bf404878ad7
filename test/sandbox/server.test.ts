import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { ask, CALLER, look, oneCall, ROOM, transfer } from './requests.ts';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

describe('the sandbox', () => {
  it('records every request, with its answer once there is one', async () => {
    sandbox = await startSandbox({ seed: oneCall(), speed: 10 });
    await look(sandbox);
    const pending = transfer(sandbox, 'sip:100@pbx', '45s');
    await sleep(80);
    expect(sandbox.requests).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        method: 'RoomService/GetParticipant',
        mutating: false,
        body: { room: ROOM, identity: CALLER },
        status: 200,
      },
      {
        time: expect.any(String),
        method: 'SIP/TransferSIPParticipant',
        mutating: true,
        body: {
          room_name: ROOM,
          participant_identity: CALLER,
          transfer_to: 'sip:100@pbx',
          ringing_timeout: '45s',
        },
        status: 0,
      },
    ]);
    await pending;
    expect(sandbox.requests[1]?.status).toBe(200);
  });

  it('records refused and broken requests too', async () => {
    sandbox = await startSandbox();
    const url = `${sandbox.url}/twirp/livekit.SIP/TransferSIPParticipant`;
    await fetch(url, { method: 'POST', headers: { Authorization: 'Bearer x' }, body: '{}' });
    await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{',
    });
    expect(sandbox.requests).toMatchObject([
      { mutating: true, body: null, status: 401 },
      { mutating: true, body: null, status: 400 },
    ]);
  });

  it('tells other processes what it was asked, and does not record that', async () => {
    sandbox = await startSandbox({ seed: oneCall() });
    await look(sandbox);
    const answer = await fetch(`${sandbox.url}/sandbox/requests`);
    expect(await answer.json()).toEqual(sandbox.requests);
    expect(sandbox.requests).toHaveLength(1);
  });

  it('says that it is healthy, as LiveKit does', async () => {
    sandbox = await startSandbox();
    expect(await (await fetch(sandbox.url)).text()).toBe('OK');
  });

  it('listens on the port it is given, and says when that is taken', async () => {
    sandbox = await startSandbox();
    const port = Number(new URL(sandbox.url).port);
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('listens on loopback only', async () => {
    sandbox = await startSandbox();
    const port = Number(new URL(sandbox.url).port);
    // 127.0.0.2 is this computer as well: a server on every address would answer there.
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address);
    for (const host of ['127.0.0.2', ...others]) {
      await expect(opens(host, port), host).resolves.toBe(false);
    }
    expect(await opens('127.0.0.1', port)).toBe(true);
  });

  it('closes at once, with connections open and transfers pending', async () => {
    sandbox = await startSandbox({ seed: oneCall({ behaviour: 'never-notifies' }) });
    await look(sandbox);
    const pending = transfer(sandbox, 'sip:100@pbx', '45s').catch((error: Error) => error);
    await sleep(50);
    const started = performance.now();
    await sandbox.close();
    // The transfer would take 45 s.
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await pending).toBeInstanceOf(Error);
  });

  it('survives clients that go away in the middle of a request', async () => {
    sandbox = await startSandbox({ seed: oneCall() });
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /twirp/livekit.SIP/Nope HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{');
    await sleep(50);
    socket.destroy();
    await sleep(50);
    expect(await look(sandbox)).toBe(200);
  });

  it('answers a hundred requests at once', async () => {
    sandbox = await startSandbox({ seed: oneCall() });
    const request = () => ask(sandbox, 'RoomService/ListParticipants', { room: ROOM });
    const answers = await Promise.all(Array.from({ length: 100 }, request));
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
  });
});

function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const finish = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}
