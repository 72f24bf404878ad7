/** The built `smoke` as a process: killed, interrupted, asked on a terminal. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { everything } from '../cli/smoke-cli.ts';
import { OURS, OUTSIDE, trunks, until } from '../sandbox/dialled.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import { CTRL_C, cursorIsVisible, ENTER, openTerminal, withoutEscapes } from './open-terminal.ts';
import { EXAMPLE, LINGERS_MS, runProgram } from './run-program.ts';

const WORDS = ['smoke', '--trunk', 'out', '--dial', OUTSIDE, '--to', '+15105550100'];
const LOOP = ['smoke', '--trunk', 'out', '--loop', OURS, '--to', '+15105550100'];
const LINE = `lk-transfer ${WORDS.join(' ')}`;
/** A trunk that takes the REFER and never says what became of it. */
const NEVER_ENDS = { behaviour: 'never-notifies' } as const;

async function open(seed: Seed = trunks()) {
  const sandbox = await startSandbox({ seed, lingersMs: LINGERS_MS });
  atTheEnd(() => sandbox.close());
  const mutations = () =>
    sandbox.requests.filter(({ mutating }) => mutating).map(({ method }) => method.split('/')[1]);
  return {
    sandbox,
    mutations,
    left: () => everything(sandbox),
    untilAsked: (method: string) => until(async () => expect(mutations()).toContain(method)),
    env: {
      LIVEKIT_URL: sandbox.url,
      LIVEKIT_API_KEY: sandbox.apiKey,
      LIVEKIT_API_SECRET: sandbox.apiSecret,
      LK_TRANSFER_CONFIG: EXAMPLE,
    },
  };
}

const NOTHING = { rooms: [], participants: [] };

describe.concurrent('a smoke test', () => {
  it('leaves nothing behind', async () => {
    const { env, left } = await open();
    const ran = await runProgram([...WORDS, '--yes', '--json'], { env });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    const events = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.every(({ type, time }) => type !== undefined && time !== undefined)).toBe(true);
    expect(await left()).toEqual(NOTHING);
  });

  it.each([
    ['SIGINT', 130, WORDS, trunks(NEVER_ENDS), 'It continues, and cannot be cancelled'],
    ['SIGTERM', 143, WORDS, trunks(NEVER_ENDS), 'It continues, and cannot be cancelled'],
    ['SIGINT', 130, LOOP, trunks({}, NEVER_ENDS), 'was already sent, and the call was ended'],
  ] as const)('cleans up after %s and exits %i', async (signal, exitCode, words, seed, told) => {
    const { env, left, untilAsked } = await open(seed);
    const ran = await runProgram([...words, '--yes'], {
      env,
      during: async ({ kill }) => {
        await untilAsked('TransferSIPParticipant');
        kill(signal);
      },
    });
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toContain(told);
    expect(await left()).toEqual(NOTHING);
  });

  it('hangs up after SIGINT while it still rings', async () => {
    const { env, left, untilAsked } = await open(trunks({ calleeAnswersAfterMs: 10_000_000 }));
    const ran = await runProgram([...WORDS, '--yes'], {
      env,
      during: async ({ kill }) => {
        await untilAsked('CreateSIPParticipant');
        kill('SIGINT');
      },
    });
    expect(ran.exitCode).toBe(130);
    expect(await left()).toEqual(NOTHING);
  });

  it('that was killed is found by the next run, which removes what it left', async () => {
    const { env, left, untilAsked } = await open(trunks(NEVER_ENDS));
    const killed = await runProgram([...WORDS, '--yes'], {
      env,
      during: async ({ kill }) => {
        await untilAsked('TransferSIPParticipant');
        kill('SIGKILL');
      },
    });
    expect(killed.exitCode).toBeNull();
    const [room = ''] = (await left()).rooms;
    expect(room).toMatch(/^lk-transfer-smoke-/);
    expect((await left()).participants).toEqual(['lk-transfer-smoke']);

    const dry = await runProgram([...WORDS, '--dry-run'], { env });
    expect(dry).toMatchObject({ exitCode: 0 });
    expect(dry.stderr).toContain(room);
    expect(dry.stderr).toContain('lk-transfer smoke --clean --yes');
    const clean = await runProgram(['smoke', '--clean', '--yes'], { env });
    expect(clean).toMatchObject({ exitCode: 0, stdout: `Removed room ${room}.\n` });
    expect(await left()).toEqual(NOTHING);
  });

  it('that is running is left alone by another one', async () => {
    const { env, left, untilAsked } = await open(trunks(NEVER_ENDS));
    const running = await runProgram([...WORDS, '--yes'], {
      env,
      during: async ({ kill }) => {
        await untilAsked('TransferSIPParticipant');
        const clean = await runProgram(['smoke', '--clean', '--yes'], { env });
        expect(clean.stderr).toContain('Smoke tests have left nothing.');
        expect((await left()).rooms).toHaveLength(1);
        kill('SIGINT');
      },
    });
    expect(running.exitCode).toBe(130);
    expect(await left()).toEqual(NOTHING);
  });
});

/** A LiveKit that never answers one method. */
async function deafTo(method: string, url: string): Promise<{ url: string; asked: Promise<void> }> {
  let tell = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url?.endsWith(method)) {
      tell();
      return;
    }
    const { authorization = '' } = request.headers;
    try {
      const answer = await fetch(url + request.url, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    } catch {
      // The sandbox is closed at the end of the tests, with a transfer still under way.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe.concurrent('a clean-up that is cut off', () => {
  it('by a second Ctrl-C leaves at once, and names what is left and how to remove it', async () => {
    const { env, sandbox } = await open(trunks(NEVER_ENDS));
    const { url, asked } = await deafTo('RemoveParticipant', sandbox.url);
    const terminal = openTerminal(`${LINE} --yes`, { env: { ...env, LIVEKIT_URL: url } });
    await terminal.until(/REFER sent/);
    terminal.type(CTRL_C);
    await asked;
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(withoutEscapes(terminal.sent())).toMatch(
      /Stopped before the clean-up was done: lk-transfer-smoke-[\s\S]*lk-transfer smoke\s+--clean/,
    );
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it('by a server that does not answer says what is left', async () => {
    const { env, sandbox } = await open();
    const { url } = await deafTo('DeleteRoom', sandbox.url);
    const ran = await runProgram([...WORDS, '--yes', '--json', '--timeout', '3s'], {
      env: { ...env, LIVEKIT_URL: url },
    });
    const result = ran.stdout
      .split('\n')
      .map((line) => JSON.parse(line || '{}'))
      .find(({ type }) => type === 'result');
    expect(result.leftBehind).toEqual([expect.stringContaining('the room lk-transfer-smoke-')]);
    expect(result.verdict).toBe('supported');
  });
});

describe.concurrent('a smoke test on a terminal', () => {
  it('shows what it will do and leave, asks, and tells the steps and the verdict', async () => {
    const { env, left } = await open();
    const terminal = openTerminal(LINE, { env });
    await terminal.until(
      /Afterwards[\s\S]*the\s+provider\s+connects[\s\S]*Place this test call and transfer it\? \(y\/N\)/,
    );
    terminal.type(`y${ENTER}`);
    expect(await terminal.left).toBe(0);
    const text = withoutEscapes(terminal.sent());
    for (const step of [
      /Dialling \+15105550177 over the trunk “out”\./,
      /REFER sent/,
      /Cleaned up/,
    ]) {
      expect(text).toMatch(step);
    }
    expect(text).toMatch(/TRUNK +METHOD +WAY +VERDICT/);
    expect(text).toMatch(/out +outbound +out +supported +accepted/);
    expect(text).toMatch(/The trunk takes a REFER[\s\S]*the target answered\./);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(await left()).toEqual(NOTHING);
  });

  it.each([
    [ENTER, 3],
    [CTRL_C, 130],
  ])('sends nothing when %j answers the question', async (keys, exitCode) => {
    const { env, mutations } = await open();
    const terminal = openTerminal(LINE, { env });
    await terminal.until(/Place this test call and transfer it\?/);
    terminal.type(keys);
    expect(await terminal.left).toBe(exitCode);
    expect(terminal.sent()).toContain('Nothing was sent.');
    expect(mutations()).toEqual([]);
  });

  it('asks whoever watched the target where nothing else tells, and sets nothing by it', async () => {
    const { env, left } = await open(trunks({ behaviour: 'hangs-up-after-notify' }));
    const terminal = openTerminal(`${LINE} --yes --no-color`, { env });
    await terminal.until(/Did the target answer[\s\S]*❯ I don’t know/);
    expect(await left()).toEqual(NOTHING);
    terminal.type('yes');
    await terminal.until(/❯ Yes, it answered/);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(0);
    expect(withoutEscapes(terminal.sent())).toMatch(/"hangsUpFirst": true\s+for\s+ST_out/);
  });

  it('tells what was found to somebody who leaves at that question', async () => {
    const { env } = await open(trunks({ behaviour: 'hangs-up-after-notify' }));
    const terminal = openTerminal(`${LINE} --yes --no-color`, { env });
    await terminal.until(/Did the target answer[\s\S]*❯/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(withoutEscapes(terminal.sent())).toMatch(/out +outbound +out +inconclusive/);
    expect(cursorIsVisible(terminal.sent())).toBe(true);
  });

  it('cleans up after Ctrl-C', async () => {
    const { env, left } = await open(trunks(NEVER_ENDS));
    const terminal = openTerminal(`${LINE} --yes`, { env });
    await terminal.until(/REFER sent/);
    terminal.type(CTRL_C);
    expect(await terminal.left).toBe(130);
    expect(terminal.sent()).toContain('Cleaned up');
    expect(cursorIsVisible(terminal.sent())).toBe(true);
    expect(await left()).toEqual(NOTHING);
  });

  it('offers to remove what a killed one has left', async () => {
    const { env, left } = await open(trunks(NEVER_ENDS));
    const killed = openTerminal(`${LINE} --yes`, { env });
    await killed.until(/REFER sent/);
    killed.kill('SIGKILL');
    await killed.left;
    expect((await left()).rooms).toHaveLength(1);
    const terminal = openTerminal(LINE, { env });
    await terminal.until(/interrupted, and has left a room[\s\S]*Remove a room\? \(y\/N\)/);
    terminal.type(`y${ENTER}`);
    await terminal.until(/Place this test call and transfer it\?/);
    expect(await left()).toEqual(NOTHING);
    terminal.type(ENTER);
    expect(await terminal.left).toBe(3);
  });
});
