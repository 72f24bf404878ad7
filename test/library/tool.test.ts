/** The tool of a voice agent, on a sandbox, in a session that only pretends to be one. */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  isKnownError,
  type KnownError,
  openTransfers,
  type TransferConfig,
  type TransferOutcome,
  type TransferTool,
  type TransferToolOptions,
  transferTool,
} from '../../src/index.ts';
import type { Seed, TrunkBehaviour } from '../../src/sandbox/demo/rooms.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import '../support/all-sources.ts';

const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  departments: {
    sales: { to: '100', aliases: ['new business'], description: 'New orders' },
    support: { to: '486', announce: 'Support will be with you in a moment.' },
    parts: '+1 900 555 0100',
  },
};

function seed(behaviour: TrunkBehaviour): Seed {
  return {
    trunks: [
      {
        ...{ id: 'ST_one', name: 'one', direction: 'inbound', number: '+15550001111' },
        ...{ hostname: 'sbc.example.net', behaviour, answersAfterMs: 500 },
      },
    ],
    rooms: [
      {
        name: 'room',
        participants: [
          { kind: 'agent', identity: 'agent', audio: 'published', age: 60 },
          {
            ...{ kind: 'caller', callId: 'SCL_one', trunk: 'ST_one', identity: 'sip_one' },
            ...{ number: '+15105550142', age: 60 },
          },
        ],
      },
      {
        name: 'empty',
        participants: [{ kind: 'agent', identity: 'agent', audio: 'published', age: 60 }],
      },
    ],
  };
}

/** Long enough for a busy machine to see that the leg lingered after LiveKit’s 200. */
const LINGERS_MS = 2500;

type Context = Parameters<TransferTool['execute']>[1]['ctx'];

type Session = Context['session'] & { userState: string };

/** A session in which each word said takes no time, and what the caller does meanwhile. */
interface Habits {
  tts?: boolean;
  /** While the announcement is said. */
  during?: (speech: { interrupted: boolean }, session: { userState: string }) => void;
  /** What the model itself said in this turn was interrupted. */
  interrupted?: boolean;
  /** While what the model said in this turn is still heard. */
  before?: (session: Session) => Promise<void>;
  /** While the announcement is heard. */
  meanwhile?: (session: Session) => Promise<void>;
}

/** A word too short to interrupt anything. */
async function speakShortly(session: Session): Promise<void> {
  await delay(100);
  session.userState = 'speaking';
  await delay(200);
  session.userState = 'listening';
  await delay(100);
}

const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

async function agentWith(
  options: Partial<TransferToolOptions> = {},
  { tts = true, during, interrupted = false, before, meanwhile }: Habits = {},
  behaviour: TrunkBehaviour = 'honours-refer',
  config: object = CONFIG,
) {
  const sandbox = await startSandbox({ seed: seed(behaviour), speed: 10, lingersMs: LINGERS_MS });
  const { url, apiKey, apiSecret } = sandbox;
  const transfers = await openTransfers({ config, url, apiKey, apiSecret });
  cleanUps.unshift(
    () => sandbox.close(),
    () => transfers.close(),
  );
  const said: string[] = [];
  const outcomes: (TransferOutcome | KnownError)[] = [];
  const left: TransferOutcome[] = [];
  const changes = new EventEmitter();
  const session = {
    on: changes.on.bind(changes),
    off: changes.off.bind(changes),
    userState: 'listening',
    ...(tts && { tts: {} }),
    say: (text: string) => {
      if (!tts) throw new Error('trying to generate speech from text without a TTS model');
      said.push(text);
      const speech = { interrupted: false, waitForPlayout: async () => meanwhile?.(session) };
      during?.(speech, session);
      return speech;
    },
  };
  const ctx: Context = {
    session,
    speechHandle: { interrupted },
    waitForPlayout: async () => before?.(session),
  };
  const tool = transferTool(transfers, {
    room: 'room',
    onOutcome: (outcome) => void outcomes.push(outcome),
    onLeft: (outcome) => void left.push(outcome),
    ...options,
  });
  return {
    ...{ tool, said, outcomes, left, session, changes, transfers },
    call: (department: string, abortSignal?: AbortSignal) =>
      tool.execute({ department }, { ctx, ...(abortSignal && { abortSignal }) }),
    sent: () => sandbox.requests.filter((each) => each.mutating).length,
  };
}

describe.concurrent('the tool', () => {
  it('offers the departments of the config, and nothing else', async () => {
    const { tool } = await agentWith();
    expect(tool.onDuplicate).toBe('reject');
    expect(tool.parameters).toEqual({
      type: 'object',
      properties: {
        department: {
          type: 'string',
          enum: ['sales', 'support', 'parts'],
          description: 'Which department: sales (New orders; also: new business); support; parts.',
        },
      },
      required: ['department'],
      additionalProperties: false,
    });
  });

  it.each(['+15105550100', 'sip:1@x', 'number:+15105550100', '100', 'legal', ''])(
    'sends nobody to %j, which is none',
    async (department) => {
      const agent = await agentWith();
      expect(await agent.call(department)).toBe(
        'There is no department of that name. There are: sales, support, parts. Go on helping the caller.',
      );
      expect(agent.said).toEqual([]);
      expect(agent.sent()).toBe(0);
    },
  );

  it('announces, moves the caller, tells the log, and lets the job end', async () => {
    const agent = await agentWith();
    expect(await agent.call('sales')).toBe('The caller has been put through to sales.');
    expect(agent.said).toEqual(['One moment, I am putting you through to sales.']);
    expect(agent.outcomes).toMatchObject([{ outcome: 'completed', call: { callId: 'SCL_one' } }]);
    expect(agent.left).toEqual(agent.outcomes);
    expect(agent.sent()).toBe(1);
  });

  it('says what the config has it say, and the words for callers after a failure', async () => {
    const agent = await agentWith();
    expect(await agent.call('support')).toBe('Support is busy. Go on helping the caller.');
    expect(agent.said).toEqual(['Support will be with you in a moment.']);
    expect(agent.left).toEqual([]);
    expect(agent.outcomes).toMatchObject([{ message: expect.stringContaining('486') }]);
  });

  it('says what the config has it say before any transfer, with the department filled in', async () => {
    const config = { ...CONFIG, announce: 'To {department} now.' };
    const agent = await agentWith({}, {}, 'honours-refer', config);
    await agent.call('support');
    await agent.call('sales');
    expect(agent.said).toEqual(['Support will be with you in a moment.', 'To sales now.']);
  });

  it('says what the program has it say, or nothing', async () => {
    const own = await agentWith({ announce: ({ name }) => `To ${name}!` });
    await own.call('support');
    expect(own.said).toEqual(['To support!']);
    const silent = await agentWith({ announce: false });
    expect(await silent.call('sales')).toBe('The caller has been put through to sales.');
    expect(silent.said).toEqual([]);
  });

  it('moves the caller without an announcement where the session has no TTS', async () => {
    const agent = await agentWith({}, { tts: false });
    expect(await agent.call('sales')).toBe('The caller has been put through to sales.');
    expect(agent.sent()).toBe(1);
  });

  it.each<[string, Habits]>([
    [
      'interrupts the announcement',
      {
        during: (speech) => {
          speech.interrupted = true;
        },
      },
    ],
    [
      'has begun to speak at its end',
      {
        during: (_, session) => {
          session.userState = 'speaking';
        },
      },
    ],
    ['interrupted what the model said before it', { interrupted: true }],
    ['the same, without TTS', { interrupted: true, tts: false }],
    ['says one word during the announcement', { meanwhile: speakShortly }],
    ['says one word while the model speaks', { before: speakShortly }],
    ['says one word while the model speaks, without TTS', { before: speakShortly, tts: false }],
  ])('sends nothing when the caller %s', async (_, habits) => {
    const agent = await agentWith({}, habits);
    expect(await agent.call('sales')).toMatch(/^The caller spoke .* nothing was sent\./);
    expect(agent.sent()).toBe(0);
    expect(agent.left).toEqual([]);
  });

  it('sends nothing when the caller speaks between the announcement and the request', async () => {
    const agent = await agentWith();
    const { transfer } = agent.transfers;
    const tool = transferTool(
      {
        ...agent.transfers,
        transfer: async (...asked) => {
          agent.session.userState = 'speaking';
          const { signal } = asked[2] ?? {};
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          return transfer(...asked);
        },
      },
      { room: 'room' },
    );
    const ctx = { session: agent.session, speechHandle: { interrupted: false } };
    const run = { ctx: { ...ctx, waitForPlayout: async () => {} } };
    expect(await tool.execute({ department: 'sales' }, run)).toMatch(/^The caller spoke /);
    expect(agent.sent()).toBe(0);
  });

  it('sends nothing when the caller says one word while they are looked up', async () => {
    const agent = await agentWith();
    const { changes, transfers } = agent;
    const tool = transferTool(
      {
        ...transfers,
        findCall: (...asked) => {
          changes.emit('user_state_changed', { oldState: 'listening', newState: 'speaking' });
          changes.emit('user_state_changed', { oldState: 'speaking', newState: 'listening' });
          return transfers.findCall(...asked);
        },
      },
      { room: 'room' },
    );
    const ctx = { session: agent.session, speechHandle: { interrupted: false } };
    const run = { ctx: { ...ctx, waitForPlayout: async () => {} } };
    expect(await tool.execute({ department: 'sales' }, run)).toMatch(/^The caller spoke /);
    expect(agent.sent()).toBe(0);
    expect(changes.listenerCount('user_state_changed')).toBe(0);
  });

  it('sends nothing once the session has given it up', async () => {
    const agent = await agentWith();
    expect(await agent.call('sales', AbortSignal.abort())).toBe(
      'The transfer was cancelled. Nothing was sent.',
    );
    expect(agent.sent()).toBe(0);
  });

  it('announces and sends once when it is called twice at once', async () => {
    const agent = await agentWith();
    const answers = await Promise.all([agent.call('sales'), agent.call('support')]);
    expect(answers).toEqual([
      'The caller has been put through to sales.',
      'The caller is being put through already.',
    ]);
    expect(agent.said).toHaveLength(1);
    expect(agent.sent()).toBe(1);
  });

  it('does not announce or send again what may still come about', async () => {
    const config = { ...CONFIG, transfer: { wait: '2s' } };
    const agent = await agentWith({}, {}, 'never-notifies');
    Object.assign(agent.transfers.config, config);
    const first = await agent.call('sales');
    expect(first).toMatch(/^Sales may still answer\. .* do not transfer them again/);
    const second = await agent.call('support');
    expect(second).toMatch(/^The caller may have been put through already\. /);
    expect(second).not.toMatch(/go on helping/i);
    expect(agent.said).toHaveLength(1);
    expect(agent.sent()).toBe(1);
  });

  it('has no advice to go on helping for a caller who is gone', async () => {
    const agent = await agentWith({}, {}, 'hangs-up-before-notify');
    const told = await agent.call('sales');
    expect(agent.outcomes).toMatchObject([{ caller: 'left' }]);
    expect(told).not.toMatch(/go on/i);
    expect(agent.left).toHaveLength(1);
    const nobody = await agentWith({ room: () => 'empty' });
    expect(await nobody.call('sales')).toBe('No caller by telephone is on the line here.');
  });

  it('keeps the words for operators from the model, and hands them to the log', async () => {
    const agent = await agentWith({}, {}, { refuses: 405 });
    const answers = [await agent.call('sales'), await agent.call('parts')];
    expect(answers).toEqual([
      'This call cannot be put through to sales. Go on helping the caller.',
      'This call cannot be put through right now. Go on helping the caller.',
    ]);
    const [refused, forbidden] = agent.outcomes;
    expect(refused).toMatchObject({ outcome: 'refused', sip: { code: 405 } });
    expect(isKnownError(forbidden) && forbidden.code).toBe('policy');
  });

  it('lets the job end even where the log fails, and does not wait for that', async () => {
    const left: string[] = [];
    const troubles: string[] = [];
    const agent = await agentWith({
      onOutcome: () => {
        throw new Error('no disk');
      },
      onLeft: async () => {
        left.push('left');
        await delay(60_000, undefined, { ref: false });
      },
      onTrouble: (trouble) => troubles.push(trouble),
    });
    expect(await agent.call('sales')).toBe('The caller has been put through to sales.');
    expect(left).toEqual(['left']);
    expect(await agent.call('sales')).toBe('No caller by telephone is on the line here.');
    expect(troubles).toEqual([
      'onOutcome threw: Error: no disk',
      'onOutcome threw: Error: no disk',
    ]);
  });

  it('tells of a job that cannot be ended, and no more', async () => {
    const troubles: string[] = [];
    const agent = await agentWith({
      onLeft: async () => {
        throw new Error('no job');
      },
      onTrouble: (trouble) => troubles.push(trouble),
    });
    expect(await agent.call('sales')).toBe('The caller has been put through to sales.');
    await vi.waitUntil(() => troubles.length > 0, 15_000);
    expect(troubles).toEqual(['onLeft threw: Error: no job']);
  });

  it('says at once that there is nobody to transfer to', async () => {
    const { transfers } = await agentWith();
    const failureOf = (configFile: string | null | undefined) => {
      try {
        transferTool({ ...transfers, configFile, departments: () => [] }, { room: 'room' });
      } catch (error) {
        return error;
      }
      return null;
    };
    expect(failureOf(null)).toMatchObject({ code: 'config', message: 'No config was found.' });
    expect(failureOf('/etc/t.json')).toMatchObject({
      ...{ code: 'config', file: '/etc/t.json' },
      message: 'The config /etc/t.json names no department.',
    });
    expect(failureOf(undefined)).toMatchObject({
      message: 'The config that was given names no department.',
    });
  });

  it('does not look for a caller in a room without a name', async () => {
    const agent = await agentWith({ room: () => undefined });
    await expect(agent.call('sales')).rejects.toMatchObject({ code: 'usage' });
  });
});
