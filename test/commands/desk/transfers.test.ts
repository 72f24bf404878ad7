/** The desk's own way of sending, against a sandbox: what the config has the agent say comes first. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scanCalls } from '../../../src/calls/scan.ts';
import type { SendingTransfer } from '../../../src/commands/desk/steps.ts';
import { SessionTransfers } from '../../../src/commands/desk/transfers.ts';
import type { Context } from '../../../src/commands/shared/context.ts';
import { openSession } from '../../../src/commands/shared/session.ts';
import { previewTransfer } from '../../../src/commands/transfer/preview.ts';
import { sleep } from '../../../src/core/host.ts';
import type { AgentSeed } from '../../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import type { TrunkSeed } from '../../../src/sandbox/world/seed-types.ts';
import { Output } from '../../../src/terminal/output.ts';
import { ONE_TRUNK } from '../../cli/run-cli.ts';
import { fakeHost } from '../../support/fake-host.ts';

const CONFIG = {
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  announce: 'One moment, {department}.',
  departments: { sales: '100' },
};

const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

/** The transfers of a desk whose one caller is with an agent that answers so. */
async function deskWith(
  rpc: AgentSeed['rpc'],
  behaviour: TrunkSeed['behaviour'] = 'honours-refer',
) {
  const agent = {
    kind: 'agent',
    identity: 'agent',
    audio: 'published',
    age: 60,
    ...(rpc && { rpc }),
  };
  const caller = {
    kind: 'caller',
    callId: 'SCL_1',
    trunk: 'ST_one',
    number: '+15105550142',
    age: 60,
  };
  const rooms = [{ name: 'room', participants: [caller, agent] as never }];
  const sandbox = await startSandbox({
    seed: { trunks: [{ ...ONE_TRUNK, behaviour }], rooms },
    speed: 10,
    lingersMs: 2000,
  });
  const cwd = mkdtempSync(join(tmpdir(), 'lk-transfer-desk-'));
  writeFileSync(join(cwd, 'transfer.config.json'), JSON.stringify(CONFIG));
  const { url, apiKey, apiSecret } = sandbox;
  const { host, stderr } = fakeHost({
    ...{ cwd, home: cwd, sleep: (ms, signal) => sleep(ms / 10, signal) },
    env: { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret },
  });
  const context: Context = {
    host,
    output: new Output(host, { json: false, quiet: false }),
    interruption: {
      signal: null,
      abort: new AbortController().signal,
      happened: new Promise(() => {}),
      onLeaving: () => {},
    },
    noteSent: () => {},
    noteDone: () => {},
  };
  const options = { json: false, quiet: false, input: true, debug: false, sandbox: false };
  const session = await openSession(options, context, { mutates: true });
  cleanUps.push(
    () => session.close(),
    () => sandbox.close(),
    () => rmSync(cwd, { recursive: true, force: true }),
  );
  const { calls } = await scanCalls(session.client, { isAgent: session.isAgent, now: host.now });
  const [call] = calls;
  if (call === undefined) throw new Error('nobody is on the line');
  const transfers = new SessionTransfers(session, context);
  const { planned, refusal } = await transfers.plan(call, 'sales', { again: false });
  expect(refusal).toBeNull();
  const step: SendingTransfer = {
    ...{ kind: 'sending', deed: { kind: 'transfer', planned } },
    ...{ sentMs: null, waitMs: 0, stage: '', failed: [] },
  };
  const stages: string[] = [];
  return {
    step,
    leave: () => {
      transfers.sumUp();
      return stderr();
    },
    stages,
    preview: previewTransfer(planned, 'here').map(({ label, text }) => `${label}: ${text}`),
    send: () => transfers.send(step, () => stages.push(step.stage)),
    asked: () =>
      sandbox.requests.flatMap(({ method, body }) => {
        if (method.endsWith('TransferSIPParticipant')) return ['REFER'];
        return method.endsWith('PerformRpc') ? [(body as { method: string }).method] : [];
      }),
  };
}

const agentSays = (payload: string): AgentSeed['rpc'] => ({
  'lk-transfer.ready': { payload: '' },
  'lk-transfer.announce': { payload },
});

describe.concurrent('a transfer from the desk', () => {
  it('is announced, and then sent', async () => {
    const desk = await deskWith(agentSays('{"interrupted":false}'));
    expect(desk.preview).toContain('Announced: “One moment, sales.”, by agent');
    const result = await desk.send();
    expect(result).toMatchObject({ outcome: 'completed', announcement: { outcome: 'said' } });
    expect(desk.asked()).toEqual(['lk-transfer.ready', 'lk-transfer.announce', 'REFER']);
    expect(desk.stages[0]).toBe('agent tells the caller');
  });

  it('is not sent where the caller speaks', async () => {
    const desk = await deskWith(agentSays('{"interrupted":true}'));
    await expect(desk.send()).rejects.toMatchObject({ code: 'caller-spoke', exitCode: 3 });
    expect(desk.asked()).not.toContain('REFER');
  });

  it('that was refused is not said to continue while the caller is looked for', async () => {
    const refused = await deskWith({}, { refuses: 603 });
    const result = await refused.send();
    expect(result.outcome).toBe('refused');
    expect(refused.stages.at(-1)).toContain('603, looking where the caller is');
    expect(refused.step.isOver).toBe(true);
    const silent = await deskWith({}, 'never-notifies');
    expect((await silent.send()).outcome).not.toBe('completed');
    expect(silent.step.isOver).not.toBe(true);
  });

  it('is sent where nobody can announce it, or where that is not known, and the panel says so', async () => {
    const deaf = await deskWith({});
    expect(deaf.preview).toContain('Warning: it cannot be announced: agent takes no announcements');
    expect((await deaf.send()).outcome).toBe('completed');
    const unclear = await deskWith(agentSays('?'));
    expect((await unclear.send()).announcement).toMatchObject({ outcome: 'unknown' });
    expect(unclear.step.failed[0]).toMatch(/^Whether .* heard the announcement is not known/);
    expect(unclear.leave()).toMatch(/heard the announcement is not known/);
  });
});
