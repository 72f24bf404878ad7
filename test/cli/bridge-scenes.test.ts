/**
 * Every scene that a bridge has to withstand, through the program: one dial a consent, nobody left
 * ringing, and no leg left alone while the program watches.
 */
import { RoomServiceClient } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import {
  BRIDGE_ROOM,
  BRIDGE_SCENES,
  type BridgeSceneName,
  bridgeScene,
  toldPhones,
} from '../support/bridge-scenes.ts';
import { cliAgainst } from './run-cli.ts';

interface End {
  /** Of the run's result. */
  outcome: string;
  exitCode: number;
  dials: 0 | 1;
  /** Whoever is in the room at the end, agents left out. */
  present: readonly ('caller' | 'target' | 'other')[];
  /** What went out to the target's phone. */
  target: readonly string[];
}

const WHERE_THEY_WERE = ['caller'] as const;
const TOGETHER = ['caller', 'target'] as const;
const failed = (outcome: string, more: Partial<End> = {}): End => ({
  ...{ outcome, exitCode: 1, dials: 1, present: WHERE_THEY_WERE, target: ['INVITE'] },
  ...more,
});
const NEVER_DIALLED = failed('not-sent', { exitCode: 2, dials: 0, target: [] });

/** Bridged, and left talking by a Ctrl-C, since nobody there hangs up. */
const TALKS: End = {
  ...{ outcome: 'bridged', exitCode: 130, dials: 1 },
  ...{ present: TOGETHER, target: ['INVITE'] },
};
/** Bridged; one hung up, and the other was hung up on. */
const ended = (target: readonly string[]): End => ({
  ...{ outcome: 'bridged', exitCode: 0, dials: 1, present: [], target },
});

const ENDS: Record<BridgeSceneName, End> = {
  'picks up': TALKS,
  'is a voicemail that never hangs up': TALKS,
  'is busy': failed('target-failed'),
  'says no': failed('target-failed'),
  'is away': failed('target-failed'),
  'has a wrong number': failed('target-failed'),
  'does not answer': failed('target-failed', { target: ['INVITE', 'CANCEL'] }),
  'hangs up': ended(['INVITE']),
  'sends no audio': ended(['INVITE', 'BYE']),
  'has a trunk that does not answer': failed('target-failed', { target: ['INVITE', 'CANCEL'] }),
  'has a trunk where nothing listens': failed('not-sent'),
  'has a trunk whose host nobody knows': failed('not-sent'),
  'has a trunk that refuses the password': failed('not-sent'),
  'has a trunk that wants a password': failed('not-sent'),
  'has no SIP service': failed('not-sent', { target: [] }),
  'rings when the caller hangs up': failed('ended', { present: [], target: ['INVITE', 'CANCEL'] }),
  'answers as the caller hangs up': failed('ended', {
    present: [],
    target: ['INVITE', 'BYE'],
  }),
  'talks when the caller hangs up': ended(['INVITE', 'BYE']),
  'is dialled when the agent leaves': TALKS,
  'talks when the agent comes back': TALKS,
  'meets a caller who rings': failed('target-failed', { target: ['INVITE', 'CANCEL'] }),
  'meets a caller whose SIP service is dead': TALKS,
  'meets another target who talks': NEVER_DIALLED,
  'meets another target who rings': NEVER_DIALLED,
};

async function presentIn({ url, apiKey, apiSecret }: Sandbox): Promise<string[]> {
  const rooms = new RoomServiceClient(url, apiKey, apiSecret);
  const found = await rooms.listParticipants(BRIDGE_ROOM).catch(() => []);
  return found
    .filter(({ identity }) => !identity.startsWith('agent'))
    .map(({ identity }) => {
      if (identity.startsWith('lk-transfer-bridge-')) return 'target';
      return identity.startsWith('sip_') ? 'caller' : 'other';
    })
    .sort();
}

describe.concurrent('a target who', () => {
  it.each(BRIDGE_SCENES)('%s', async (name) => {
    const { seed, to } = bridgeScene(name);
    const run = cliAgainst({ seed });
    let sandbox: Sandbox | undefined;
    let left = false;
    const line = `transfer SCL_bridgeCaller --to ${to} --method bridge --yes --answer-caller`;
    const done = await run(`${line} --wait 8s --json`, {
      config: { defaultCountry: 'US', bridge: { trunk: 'ST_out', mediaTimeout: '20s' } },
      during: async (fake, running) => {
        sandbox = running;
        if (ENDS[name] !== TALKS) return;
        while (!fake.stdout().includes('"bridged"')) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        left = true;
        fake.raise('SIGINT');
      },
    });
    if (sandbox === undefined) throw new Error('no sandbox');
    const results = done.stdout
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each))
      .filter(({ outcome }) => outcome !== undefined);
    const phones = toldPhones(sandbox.signals).filter((each) => each.endsWith(to));
    const seen: End = {
      outcome: results.at(-1).outcome,
      exitCode: done.exitCode,
      dials: done.mutations.filter((each) => each.endsWith('CreateSIPParticipant')).length as 0 | 1,
      present: (await presentIn(sandbox)).filter((each) => each !== 'other') as End['present'],
      target: phones.map((each) => each.replace(/ .*/, '')),
    };
    expect(seen).toEqual(ENDS[name]);
    expect(left).toBe(ENDS[name] === TALKS);
  });
});
