import { describe, expect, it } from 'vitest';
import type { Condition } from '../../src/calls/call.ts';
import {
  agentIdentities,
  agentsAmong,
  isStuckCondition,
  judgeCondition,
} from '../../src/calls/condition.ts';
import type { Participant } from '../../src/livekit/messages.ts';
import { cpuMs } from '../support/cpu-time.ts';
import {
  AUDIO,
  agent,
  call,
  caller,
  MUTED,
  NOW,
  participant,
  secondsAgo,
  VIDEO,
} from '../support/livekit.ts';

const isBot = agentIdentities(['bot-*', 'assistant']);

function conditionAmong(others: Participant[], wishes: Parameters<typeof call>[0] = {}): Condition {
  return judgeCondition(call(wishes), [caller(), ...others], isBot, NOW);
}

const behalf = { 'lk.publish_on_behalf': 'agent-x' };
const initializing = { 'lk.agent.state': 'initializing' };
const otherCaller = caller({ identity: 'sip_2', attributes: { 'sip.callID': 'SCL_2' } });
const person = (wishes = {}) => participant({ identity: 'jane', ...wishes });
const recorder = participant({ identity: 'EG_1', kind: 'EGRESS' });

describe('an active call', () => {
  it.each<[string, Participant[], Condition]>([
    // Nobody there.
    ['alone', [], 'no-agent'],
    ['with a recorder only', [recorder], 'no-agent'],
    [
      'with an avatar whose agent is gone',
      [participant({ kind: 'AGENT', attributes: behalf, tracks: [AUDIO] })],
      'no-agent',
    ],
    [
      'with an avatar of standard kind whose agent is gone',
      [person({ attributes: behalf, tracks: [AUDIO] })],
      'no-agent',
    ],
    // Other callers.
    ['with another SIP party', [otherCaller], 'with-sip-party'],
    ['with another SIP party and an agent', [otherCaller, agent()], 'unremarkable'],
    [
      'with a WhatsApp party',
      [participant({ kind: 'CONNECTOR', tracks: [AUDIO] })],
      'unremarkable',
    ],
    // People.
    ['with a person who has audio', [person({ tracks: [AUDIO] })], 'with-person'],
    [
      'with a person who has audio and a silent agent',
      [person({ tracks: [AUDIO] }), agent({ tracks: [] })],
      'with-person',
    ],
    ['with a person who only looks on', [person()], 'unremarkable'],
    ['with a person who shows video only', [person({ tracks: [VIDEO] })], 'unremarkable'],
    [
      'with a person who looks on and a silent agent',
      [person(), agent({ tracks: [] })],
      'agent-silent',
    ],
    // Agents.
    ['with an agent', [agent()], 'unremarkable'],
    ['with a recorder and an agent', [recorder, agent()], 'unremarkable'],
    ['with an agent that has no track', [agent({ tracks: [] })], 'agent-silent'],
    ['with an agent that has video only', [agent({ tracks: [VIDEO] })], 'agent-silent'],
    ['with an agent that is not connected', [agent({ state: 'JOINED' })], 'agent-silent'],
    ['with an agent that is leaving', [agent({ state: 'DISCONNECTED' })], 'agent-silent'],
    ['with an agent whose only track is muted', [agent({ tracks: [MUTED] })], 'agent-muted'],
    [
      'with an agent with video and a muted track',
      [agent({ tracks: [VIDEO, MUTED] })],
      'agent-muted',
    ],
    [
      'with an agent that mutes one of two tracks',
      [agent({ tracks: [MUTED, AUDIO] })],
      'unremarkable',
    ],
    // Agents by pattern.
    [
      'with a bot that joined as a person',
      [person({ identity: 'bot-7', tracks: [AUDIO] })],
      'unremarkable',
    ],
    ['with a bot without audio', [person({ identity: 'bot-7' })], 'agent-silent'],
    [
      'with a bot that is muted',
      [person({ identity: 'assistant', tracks: [MUTED] })],
      'agent-muted',
    ],
    [
      'with somebody whose name merely contains a bot’s',
      [person({ identity: 'robot-7', tracks: [AUDIO] })],
      'with-person',
    ],
    // Avatars.
    [
      'with an agent that speaks through an avatar',
      [agent({ tracks: [] }), person({ attributes: behalf, tracks: [AUDIO, VIDEO] })],
      'unremarkable',
    ],
    [
      'with an agent that speaks through an avatar of agent kind',
      [agent({ tracks: [] }), agent({ identity: 'avatar', attributes: behalf })],
      'unremarkable',
    ],
    [
      'with an agent whose avatar is silent too',
      [agent({ tracks: [] }), person({ attributes: behalf })],
      'agent-silent',
    ],
    [
      'with an agent whose avatar is muted',
      [agent({ tracks: [] }), person({ attributes: behalf, tracks: [MUTED] })],
      'agent-muted',
    ],
    // Several.
    [
      'with a silent agent and a speaking one',
      [agent({ identity: 'scribe', tracks: [] }), agent()],
      'unremarkable',
    ],
    [
      'with two silent agents',
      [agent({ tracks: [] }), agent({ identity: 'b', tracks: [] })],
      'agent-silent',
    ],
    [
      'with a silent agent and a muted one',
      [agent({ tracks: [] }), agent({ identity: 'b', tracks: [MUTED] })],
      'agent-muted',
    ],
    [
      'with a starting agent and a speaking one',
      [agent({ tracks: [], attributes: initializing }), agent({ identity: 'b' })],
      'unremarkable',
    ],
    // Starting.
    [
      'with an agent that has been starting for 95 s',
      [agent({ attributes: initializing, tracks: [] })],
      'agent-starting',
    ],
    [
      'with an agent that has been starting for 31 s',
      [agent({ attributes: initializing, joinedAtMs: secondsAgo(31) })],
      'agent-starting',
    ],
    [
      'with an agent that has been starting for 29 s',
      [agent({ attributes: initializing, tracks: [], joinedAtMs: secondsAgo(29) })],
      'unremarkable',
    ],
    [
      'with an old and a young agent starting',
      [
        agent({ attributes: initializing }),
        agent({ identity: 'b', attributes: initializing, joinedAtMs: secondsAgo(2) }),
      ],
      'unremarkable',
    ],
    [
      'with an agent that says nothing of its state',
      [agent({ attributes: { other: 'x' } })],
      'unremarkable',
    ],
    [
      'with an agent in a state nobody knows',
      [agent({ attributes: { 'lk.agent.state': 'novelty' } })],
      'unremarkable',
    ],
  ])('%s', (_, others, condition) => {
    expect(conditionAmong(others)).toBe(condition);
  });
});

describe('a call that is not up', () => {
  it.each<[string, Parameters<typeof call>[0], Condition]>([
    ['inbound, ringing for 16 s', { status: 'ringing', ageSeconds: 16 }, 'unanswered'],
    ['inbound, ringing for 15 s', { status: 'ringing', ageSeconds: 15 }, 'connecting'],
    [
      'inbound, ringing since nobody knows when',
      { status: 'ringing', ageSeconds: null },
      'connecting',
    ],
    [
      'outbound, ringing for a minute',
      { status: 'ringing', direction: 'outbound', ageSeconds: 60 },
      'connecting',
    ],
    ['outbound, dialing', { status: 'dialing', direction: 'outbound' }, 'connecting'],
    ['outbound, sending digits', { status: 'automation', direction: 'outbound' }, 'unremarkable'],
    ['hanging up', { status: 'hangup' }, 'hanging-up'],
    ['without a call id', { callId: '' }, 'no-call-id'],
    ['of unknown status', { status: null }, 'status-unknown'],
  ])('%s', (_, wishes, condition) => {
    expect(conditionAmong([], wishes)).toBe(condition);
    expect(conditionAmong([agent()], wishes)).toBe(condition);
  });
});

it.each<[Condition, boolean]>([
  ['unanswered', true],
  ['no-agent', true],
  ['agent-silent', true],
  ['agent-muted', true],
  ['agent-starting', true],
  ['connecting', false],
  ['with-sip-party', false],
  ['with-person', false],
  ['unremarkable', false],
])('%s, seen twice, means stuck: %s', (condition, stuck) => {
  expect(isStuckCondition(condition)).toBe(stuck);
});

describe('agents by identity', () => {
  it.each<[string, string, boolean]>([
    ['bot-*', 'bot-1', true],
    ['bot-*', 'bot-', true],
    ['bot-*', 'bot', false],
    ['bot-*', 'a-bot-1', false],
    ['*-bot', 'sales-bot', true],
    ['*-bot', 'sales-bots', false],
    ['a*c*e', 'abcde', true],
    ['*', '', true],
    ['a.c', 'abc', false],
    ['a.c', 'a.c', true],
    ['[x]+(y)', '[x]+(y)', true],
    ['Bot', 'bot', false],
    ['bot*', 'bot\nx', true],
  ])('%s names %j: %s', (pattern, identity, named) => {
    expect(agentIdentities([pattern])(identity)).toBe(named);
  });

  it('take no time over many stars', () => {
    const started = cpuMs();
    expect(agentIdentities([`${'*a'.repeat(12)}b`])('a'.repeat(60))).toBe(false);
    expect(cpuMs() - started).toBeLessThan(1000);
  });

  it('are no SIP callers, whatever those call themselves', () => {
    expect(agentsAmong([caller({ identity: 'bot-1' })], isBot)).toEqual([]);
  });
});
