import type { RpcInvocationData } from '@livekit/rtc-node';
import { describe, expect, it } from 'vitest';
import { KnownError } from '../../src/core/errors.ts';
import type { HttpOutcome } from '../../src/livekit/transport.ts';
import type { RpcRequest } from '../../src/livekit/twirp.ts';
import {
  type AnnouncerRoom,
  announceBy,
  announcementProblem,
  fillAnnouncement,
  findAnnouncer,
  registerAnnouncer,
} from '../../src/transfer/announce.ts';
import { agent, call, caller, fakeClient, participant } from '../support/livekit.ts';
import { answer, failure } from './answers.ts';

const rpcAnswer = (payload: string) => answer(200, { payload });
const rpcError = (httpStatus: number, code: string, msg: string) =>
  answer(httpStatus, { code, msg });

const NO_METHOD = rpcError(
  400,
  'invalid_argument',
  'RpcError 1400: Method not supported at destination',
);
const HUNG = rpcError(408, 'canceled', 'RpcError 1502: Response timeout');
const NOT_THERE = rpcError(503, 'unavailable', 'no response from servers');
const NO_GRANT = rpcError(401, 'unauthenticated', 'permissions denied');
const TOO_OLD = rpcError(404, 'bad_route', 'no handler for path');
const THREW = rpcError(408, 'canceled', 'RpcError 1500: Application error in method handler');

function clientOf(
  outcomes: Record<string, HttpOutcome>,
  list: () => Promise<ReturnType<typeof participant>[]> = async () => [caller(), agent()],
) {
  const requests: RpcRequest[] = [];
  const client = fakeClient({
    listParticipants: list,
    performRpc: async (request) => {
      requests.push(request);
      return outcomes[request.identity] ?? NOT_THERE;
    },
  });
  return { client, requests };
}

const isBot = (identity: string) => identity.startsWith('bot-');

describe('who can announce', () => {
  const find = (
    outcomes: Record<string, HttpOutcome>,
    list?: () => Promise<ReturnType<typeof participant>[]>,
  ) => findAnnouncer(clientOf(outcomes, list).client, call(), isBot);

  it.each(['', 'ready', '{"ready":true}', '[]', 'null', '{"__proto__":{"ready":false}}'])(
    'is an agent that answers: %j',
    async (payload) => {
      const { client, requests } = clientOf({ 'agent-x': rpcAnswer(payload) });
      expect(await findAnnouncer(client, call(), isBot)).toEqual({ identity: 'agent-x' });
      expect(requests).toEqual([
        {
          room: 'room-1',
          identity: 'agent-x',
          method: 'lk-transfer.ready',
          payload: '{"version":1}',
          timeoutMs: 1000,
        },
      ]);
    },
  );

  it.each<[HttpOutcome, string]>([
    [rpcAnswer('{"ready":false}'), 'agent-x is not ready'],
    [rpcAnswer('{"ready":false,"reason":"no\\n TTS."}'), 'agent-x is not ready (no TTS)'],
    [NO_METHOD, 'agent-x takes no announcements'],
    [HUNG, 'agent-x does not answer, and may have stopped working'],
    [THREW, 'agent-x could not do it (RpcError 1500: Application error in method handler)'],
    [NOT_THERE, 'agent-x is no longer there'],
    [rpcError(404, 'not_found', 'participant does not exist'), 'agent-x is no longer there'],
    [NO_GRANT, 'the key may not ask an agent: that needs roomAdmin (permissions denied)'],
    [TOO_OLD, 'this LiveKit server cannot ask an agent: servers since 1.9.2 can'],
    [
      failure('ECONNREFUSED', false),
      'LiveKit gives no clear answer about agent-x (ECONNREFUSED happened)',
    ],
    [answer(502, '<html>', 'text/html'), 'LiveKit gives no clear answer about agent-x (<html>)'],
  ])('is not one of %j', async (outcome, reason) => {
    expect(await find({ 'agent-x': outcome })).toEqual({ reason });
  });

  it('is nobody in a room without agents, and not known of one that cannot be read', async () => {
    expect(await find({}, async () => [caller(), participant()])).toEqual({
      reason: 'no agent is in the room',
    });
    const failing = () => Promise.reject(new KnownError('server', 'LiveKit is away'));
    expect(await find({}, failing)).toEqual({
      reason: 'who is in the room could not be read (LiveKit is away)',
    });
    await expect(find({}, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });

  it('is asked of all agents at once, and the caller’s own is taken first', async () => {
    const bot = participant({ identity: 'bot-1' });
    const gone = agent({ identity: 'agent-gone', state: 'DISCONNECTED' });
    const list = async () => [caller(), gone, agent(), bot];
    const ready = rpcAnswer('');
    const { client, requests } = clientOf({ 'agent-x': ready, 'bot-1': ready }, list);
    const mine = call({ agent: { identity: 'bot-1', state: null } });
    expect(await findAnnouncer(client, mine, isBot)).toEqual({ identity: 'bot-1' });
    expect(requests.map(({ identity }) => identity)).toEqual(['bot-1', 'agent-x']);
    expect(await find({ 'agent-x': HUNG, 'bot-1': ready }, list)).toEqual({ identity: 'bot-1' });
    expect(await find({ 'agent-x': HUNG, 'bot-1': NO_METHOD }, list)).toEqual({
      reason: 'agent-x does not answer, and may have stopped working; bot-1 takes no announcements',
    });
  });

  it('is not asked of more than a few', async () => {
    const crowd = Array.from({ length: 30 }, (_, index) => agent({ identity: `agent-${index}` }));
    const { client, requests } = clientOf({}, async () => crowd);
    await findAnnouncer(client, call(), isBot);
    expect(requests).toHaveLength(4);
  });
});

describe('an announcement', () => {
  const announce = async (outcome: HttpOutcome) => {
    const { client, requests } = clientOf({ 'agent-x': outcome });
    const told = await announceBy(client, call(), 'agent-x', 'One moment.', 'sales');
    return { told, requests };
  };

  it('is asked for once, with who is meant', async () => {
    const { told, requests } = await announce(rpcAnswer('{"interrupted":false}'));
    expect(told).toEqual({
      text: 'One moment.',
      outcome: 'said',
      by: 'agent',
      agent: 'agent-x',
      file: null,
      reason: null,
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'lk-transfer.announce', timeoutMs: 30_000 });
    expect(JSON.parse(requests[0]?.payload ?? '')).toEqual({
      version: 1,
      text: 'One moment.',
      department: 'sales',
      room: 'room-1',
      identity: 'sip_+15105550100',
      callId: 'SCL_1',
    });
  });

  it.each<[HttpOutcome, string, RegExp | null]>([
    [rpcAnswer('{"interrupted":true}'), 'interrupted', null],
    [rpcAnswer('{"interrupted":"true"}'), 'unknown', /does not say whether/],
    [rpcAnswer('{"interrupted":null}'), 'unknown', /does not say whether/],
    [rpcAnswer('ok'), 'unknown', /does not say whether/],
    [rpcAnswer(''), 'unknown', /does not say whether/],
    [rpcAnswer('{"refused":"busy"}'), 'not-said', /^agent-x refused \(busy\)$/],
    [NO_METHOD, 'not-said', /takes no announcements/],
    [NOT_THERE, 'not-said', /no longer there/],
    [NO_GRANT, 'not-said', /roomAdmin/],
    [TOO_OLD, 'not-said', /1\.9\.2/],
    [failure('ECONNREFUSED', false), 'not-said', /ECONNREFUSED/],
    [failure('ECONNRESET', true), 'unknown', /ECONNRESET/],
    [HUNG, 'unknown', /does not answer/],
    [THREW, 'unknown', /could not do it/],
    [answer(502, '<html>', 'text/html'), 'unknown', /no clear answer/],
  ])('whose answer is %j', async (outcome, becomes, reason) => {
    const { told, requests } = await announce(outcome);
    expect(requests).toHaveLength(1);
    expect(told.outcome).toBe(becomes);
    if (reason === null) expect(told.reason).toBeNull();
    else expect(told.reason).toMatch(reason);
  });

  it('takes what an agent writes for foreign text, and little of it', async () => {
    const { told } = await announce(
      rpcAnswer(JSON.stringify({ refused: `${'very '.repeat(5000)}\n\u001b[31m` })),
    );
    expect(told.reason?.length).toBeLessThan(200);
    expect(told.reason).not.toContain('\n');
  });
});

describe('the words', () => {
  it('have the department filled in, as callers know it', () => {
    const text = 'To {department}, {department}.';
    const to = { department: 'sales $& {department}', kind: 'department' } as const;
    expect(fillAnnouncement(text, to)).toBe('To sales $& {department}, sales $& {department}.');
    expect(fillAnnouncement(text, { department: null, kind: 'number' })).toBe(
      'To that number, that number.',
    );
  });

  it.each([
    ['', 'is empty'],
    [' \t ', 'is empty'],
    ['One\nTwo', 'U+000A'],
    ['Sales\u202e', 'U+202E'],
    ['x'.repeat(301), '301 characters'],
  ])('are refused: %j', (text, problem) => {
    expect(announcementProblem(text)).toContain(problem);
  });

  it('may be long', () => {
    expect(announcementProblem('ü'.repeat(300))).toBeNull();
  });
});

// The agent's side.

type Handler = (data: RpcInvocationData) => Promise<string>;

function fakeRoom(others: readonly string[] = []) {
  const handlers = new Map<string, Handler>();
  const room = {
    localParticipant: {
      registerRpcMethod: (method: string, handler: Handler) => void handlers.set(method, handler),
      unregisterRpcMethod: (method: string) => void handlers.delete(method),
    },
    remoteParticipants: new Map(others.map((identity) => [identity, {}])),
  };
  const ask = async (method: string, payload: unknown, callerIdentity = 'b1946ac9') => {
    const data = { requestId: 'b1946ac9', callerIdentity, responseTimeout: 30_000 };
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const answered = await handlers.get(method)?.({ ...data, payload: text });
    return JSON.parse(answered ?? 'null');
  };
  return { room, handlers, ask };
}

const REQUEST = {
  version: 1,
  text: 'One moment.',
  department: 'sales',
  identity: 'sip_1',
  callId: 'SCL_1',
};

describe('registerAnnouncer', () => {
  it('says what it is asked to, and whether the caller let it', async () => {
    const { room, ask } = fakeRoom();
    const said: unknown[] = [];
    let interrupted = false;
    registerAnnouncer(room, (text, about) => {
      said.push([text, about.department, about.identity, about.callId]);
      return interrupted;
    });
    expect(await ask('lk-transfer.ready', '')).toMatchObject({ ready: true });
    expect(await ask('lk-transfer.announce', REQUEST)).toEqual({ version: 1, interrupted: false });
    interrupted = true;
    expect(await ask('lk-transfer.announce', REQUEST)).toEqual({ version: 1, interrupted: true });
    expect(said[0]).toEqual(['One moment.', 'sales', 'sip_1', 'SCL_1']);
  });

  it('says one thing at a time, and is free again after a failure', async () => {
    const { room, ask } = fakeRoom();
    let fail: (error: Error) => void = () => {};
    const first = new Promise<boolean>((_, reject) => {
      fail = reject;
    });
    let said = 0;
    registerAnnouncer(room, () => {
      said += 1;
      return said === 1 ? first : Promise.resolve(false);
    });
    const speaking = ask('lk-transfer.announce', REQUEST);
    expect(await ask('lk-transfer.announce', REQUEST)).toEqual({
      refused: 'another announcement is being said',
    });
    expect(await ask('lk-transfer.ready', '')).toMatchObject({ ready: false });
    fail(new Error('no TTS'));
    await expect(speaking).rejects.toThrow('no TTS');
    expect(await ask('lk-transfer.announce', REQUEST)).toMatchObject({ interrupted: false });
    expect(said).toBe(2);
  });

  it.each([
    ['no JSON', 'the request has no text'],
    ['{"text":5}', 'the request has no text'],
    [{ ...REQUEST, text: '' }, 'the text is empty'],
    [{ ...REQUEST, text: 'a\nb' }, 'the text is not one line of plain text: it has U+000A in it'],
    [{ ...REQUEST, text: 'x'.repeat(301) }, expect.stringContaining('301 characters')],
  ])('refuses %j', async (payload, refused) => {
    const { room, ask } = fakeRoom();
    registerAnnouncer(room, () => {
      throw new Error('nothing should be said');
    });
    expect(await ask('lk-transfer.announce', payload)).toEqual({ refused });
  });

  it('hears the server, and nobody in the room', async () => {
    const { room, ask } = fakeRoom(['mallory']);
    registerAnnouncer(room, () => {
      throw new Error('nothing should be said');
    });
    expect(await ask('lk-transfer.announce', REQUEST, 'mallory')).toEqual({
      refused: 'only the server may ask',
    });
    expect(await ask('lk-transfer.ready', '', 'mallory')).toMatchObject({ ready: false });
  });

  it('does not take a say that tells nothing for one that was not interrupted', async () => {
    const { room, ask } = fakeRoom();
    registerAnnouncer(room, (async () => {}) as unknown as () => boolean);
    expect(await ask('lk-transfer.announce', REQUEST)).toEqual({ version: 1 });
  });

  it('takes its methods back, and wants a room that is connected', () => {
    const { room, handlers } = fakeRoom();
    const stop = registerAnnouncer(room, () => false);
    expect([...handlers.keys()]).toEqual(['lk-transfer.ready', 'lk-transfer.announce']);
    stop();
    expect(handlers.size).toBe(0);
    expect(() => registerAnnouncer({ localParticipant: undefined }, () => false)).toThrow(
      'connected',
    );
  });

  it('fits a room of @livekit/rtc-node, and what it answers is understood', async () => {
    const fits = (room: import('@livekit/rtc-node').Room): AnnouncerRoom => room;
    expect(fits).toBeTypeOf('function');
    const { room, handlers } = fakeRoom();
    registerAnnouncer(room, async () => true);
    const client = fakeClient({
      listParticipants: async () => [caller(), agent()],
      performRpc: async ({ method, payload }) => {
        const data = { requestId: '1', callerIdentity: '1', responseTimeout: 1, payload };
        const handler = handlers.get(method);
        return handler === undefined ? NO_METHOD : rpcAnswer(await handler(data));
      },
    });
    expect(await findAnnouncer(client, call(), isBot)).toEqual({ identity: 'agent-x' });
    const told = await announceBy(client, call(), 'agent-x', 'One moment.', null);
    expect(told.outcome).toBe('interrupted');
  });
});
