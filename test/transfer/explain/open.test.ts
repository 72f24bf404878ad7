/** Outcomes that nobody knows: the next step, wherever the caller is. */
import { describe, expect, it } from 'vitest';
import { startSentence } from '../../../src/core/text.ts';
import { USE_BRIDGE } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { sipWords } from '../../../src/transfer/explain/status.ts';
import {
  type Cause,
  type Classification,
  type Leg,
  NO_ANSWER,
} from '../../../src/transfer/outcome.ts';
import { call } from '../../support/livekit.ts';
import { facts, openTransfer } from './transfer-facts.ts';

const WHO = '+15105550100 (SCL_1)';
const TARGET = 'sales (sip:100@pbx.company.com)';
const EARLIER = [openTransfer()];
const LEGS: Leg[] = ['listed', 'gone', 'unread'];
const OUTCOMES = ['unknown', 'unconfirmed', 'ended'] as const;
const timedOut: Partial<Classification> = { cause: 'no-verdict-in-time' };

function said(
  outcome: (typeof OUTCOMES)[number],
  verdict: Partial<Classification>,
  wishes: Partial<TransferFacts>,
) {
  return explain(facts(outcome, verdict, wishes));
}

describe.each(OUTCOMES)('%s', (outcome) => {
  it.each(LEGS)('with the leg %s: ask at the target, and nothing else is sure', (leg) => {
    for (const openTransfers of [[], EARLIER]) {
      const { message, hint, advice } = said(outcome, timedOut, { leg, openTransfers });
      expect(advice).toMatchObject({ action: 'ask-target', warmTransfer: false, provider: null });
      expect(message).toContain(WHO);
      expect(message).toContain(TARGET);
      expect(hint).toMatch(/\bask at\b/i);
      if (outcome !== 'ended') {
        expect(message).toContain(startSentence(advice.meaning ?? ''));
        expect(hint?.startsWith('Do not transfer again before you know')).toBe(leg !== 'gone');
      }
    }
  });

  it('tells by the leg where the caller is', () => {
    const messages = LEGS.map((leg) => said(outcome, timedOut, { leg }).message);
    expect(new Set(messages).size).toBe(3);
    expect(messages.map((message) => /listed/.test(message))).toEqual([true, false, false]);
    expect(messages.map((message) => /could not be read/.test(message))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('counts the targets to ask at', () => {
    const again = openTransfer({ to: 'sales', referTo: 'sip:100@pbx.company.com' });
    const other = openTransfer({ to: 'voicemail', referTo: 'sip:999@pbx.company.com' });
    const targetsAfter = (openTransfers: TransferFacts['openTransfers']) =>
      /ask at (the target|both targets|all \d targets)/i.exec(
        said(outcome, timedOut, { leg: 'gone', openTransfers }).hint ?? '',
      )?.[1];
    expect(targetsAfter([])).toBe('the target');
    expect(targetsAfter([again])).toBe('the target');
    expect(targetsAfter(EARLIER)).toBe('both targets');
    expect(targetsAfter([...EARLIER, other])).toBe('all 3 targets');
  });
});

describe('unknown', () => {
  const REASONS: [Cause, Partial<Classification>][] = [
    ['no-verdict-in-time', {}],
    ['refer-unanswered', { stage: 'refer' }],
    ['reports-stopped', {}],
    ['cancelled', {}],
    ['no-sip-service', {}],
    ['service-stopping', {}],
    ['connection-lost', { livekit: { ...NO_ANSWER, code: 'ECONNRESET' } }],
    ['connection-lost', { livekit: { ...NO_ANSWER, code: 'TIMEOUT' } }],
    [
      'stated-reason',
      { livekit: { ...NO_ANSWER, httpStatus: 409, code: 'aborted', reason: 'STR_REJECTED' } },
    ],
    [
      'stated-reason',
      { livekit: { ...NO_ANSWER, httpStatus: 200, code: 'STS_TRANSFER_SUCCESSFUL' } },
    ],
    ['sip', { stage: 'notify', sip: { code: 202, reason: 'Accepted' } }],
    ['sip', { stage: 'refer', sip: { code: 200, reason: 'OK' } }],
    ['sip', { stage: 'notify', sip: { code: 486, reason: 'Busy Here' } }],
    [
      'unlisted',
      {
        livekit: { ...NO_ANSWER, httpStatus: 500, code: 'unknown', message: 'write: broken pipe.' },
      },
    ],
    [
      'unlisted',
      { livekit: { ...NO_ANSWER, httpStatus: 502, message: '<html>Bad Gateway</html>' } },
    ],
    ['none', {}],
  ];
  const meaningOf = ([cause, verdict]: [Cause, Partial<Classification>]) =>
    said('unknown', { cause, ...verdict }, {}).advice.meaning;

  it('tells every reason apart', () => {
    expect(new Set(REASONS.map(meaningOf)).size).toBe(REASONS.length);
  });

  it.each(REASONS)('%s says why, and that the target may have the caller', (cause, verdict) => {
    const { message, advice } = said('unknown', { cause, ...verdict }, {});
    expect(message).toContain(
      `is not known. ${startSentence(advice.meaning ?? '')}. The target may be`,
    );
    expect(advice.action).toBe('ask-target');
  });

  it('says the same of a success by reason and by status that contradict a failure', () => {
    const livekit = { ...NO_ANSWER, httpStatus: 200, reason: 'STR_COMPLETED' };
    const byStatus = { ...NO_ANSWER, httpStatus: 200, code: 'STS_TRANSFER_COMPLETED' };
    expect(meaningOf(['stated-reason', { livekit }])).toBe(
      meaningOf(['stated-reason', { livekit: byStatus }]),
    );
  });

  it('names the status, the error and the HTTP status that there are', () => {
    const named = REASONS.map(meaningOf).join('\n');
    for (const name of ['202 Accepted', '200 OK', '486 Busy Here', 'ECONNRESET', 'TIMEOUT']) {
      expect(named).toContain(name);
    }
    expect(named).toContain('(HTTP 500: write: broken pipe)');
    expect(named).toContain('(HTTP 502)');
    expect(named).not.toContain('html');
  });

  it('a trunk that never answers a REFER gets the advice of a warm transfer', () => {
    const { hint, advice } = said('unknown', { cause: 'refer-unanswered' }, {});
    expect(hint).toContain(USE_BRIDGE);
    expect(advice.warmTransfer).toBe(true);
    expect(said('unknown', timedOut, {}).advice.warmTransfer).toBe(false);
  });

  it('a wait too short to tell is named as such', () => {
    expect(said('unknown', timedOut, { waitMs: 20_000 }).hint).toContain('(--wait 90s)');
    expect(said('unknown', timedOut, { waitMs: 33_000 }).hint).not.toContain('--wait');
  });

  it('a failed target, after a transfer that is still open, may be the other one’s', () => {
    const busy: Partial<Classification> = {
      cause: 'sip',
      stage: 'notify',
      sip: { code: 486, reason: 'Busy Here' },
    };
    const { message, advice } = said('unknown', busy, { openTransfers: EARLIER });
    expect(message).toContain(`486 Busy Here (${sipWords(486, 'notify').meaning})`);
    expect(message).toContain(', to support at 20:47 UTC');
    expect(advice).toMatchObject({ action: 'ask-target', warmTransfer: false });
    const after = said('unknown', busy, { openTransfers: EARLIER, leg: 'gone' });
    expect(after.message).toContain('one of the targets');
  });
});

describe('unconfirmed', () => {
  it.each(LEGS)('with the leg %s, after a transfer that is still open', (leg) => {
    const alone = said('unconfirmed', {}, { leg });
    const { message, advice } = said('unconfirmed', {}, { leg, openTransfers: EARLIER });
    expect(message).toContain(', to support at 20:47 UTC,');
    expect(advice.meaning).not.toBe(alone.advice.meaning);
    expect(advice.action).toBe('ask-target');
  });

  it('counts the transfers that are open, and names the last', () => {
    const again = openTransfer({ to: 'sales', referTo: 'sip:100@pbx.company.com' });
    const other = openTransfer({ to: 'voicemail', referTo: 'sip:999@pbx.company.com' });
    const same = said('unconfirmed', {}, { leg: 'gone', openTransfers: [again] });
    expect(same.message).not.toContain('one of the targets');
    const three = said('unconfirmed', {}, { leg: 'gone', openTransfers: [...EARLIER, other] });
    expect(three.message).toContain('to voicemail at 20:47 UTC (and 1 more),');
    expect(three.message).toContain('one of the targets');
  });
});

describe('ended', () => {
  const end = (wishes: Partial<TransferFacts>) => said('ended', {}, { leg: 'gone', ...wishes });

  it('says once that the call is over, where the leg is gone', () => {
    const { message, advice } = end({});
    expect(message.match(/\. |\.$/g)).toHaveLength(1);
    expect(message).toContain(advice.meaning?.replace('the target', TARGET));
  });

  it('names the setting that spares the doubt, and the trunk as the config calls it', () => {
    expect(end({}).hint).toContain('"hangsUpFirst": true for ST_1 in the config');
    const byHost = end({ call: call({ trunkId: null, host: 'pbx.example.net' }) });
    expect(byHost.hint).toContain('"hangsUpFirst": true for pbx.example.net in the config');
  });

  it('names the media time-out, once it is long enough ago', () => {
    expect(end({ durationMs: 15_001 }).hint).toContain('media_timeout');
    expect(end({ durationMs: 15_000 }).hint).not.toContain('media_timeout');
    expect(end({ durationMs: 15_000 }).hint).toBe(end({}).hint);
  });

  it('guesses at no reason where LiveKit states the end, but at its own media time-out', () => {
    const statedAfter = (durationMs: number) =>
      said('ended', { cause: 'call-ended' }, { leg: 'gone', durationMs }).hint;
    expect(statedAfter(15_000)).not.toMatch(/hangsUpFirst|media_timeout/);
    expect(statedAfter(15_000)).not.toBe(end({}).hint);
    expect(statedAfter(15_001)).toMatch(/media_timeout/);
    expect(statedAfter(15_001)).not.toMatch(/hangsUpFirst/);
  });
});

it('nothing that is open is told as if it could be tried again, or as if the caller were there', () => {
  for (const leg of LEGS) {
    for (const openTransfers of [[], EARLIER]) {
      for (const outcome of OUTCOMES) {
        const { message, hint } = said(outcome, {}, { leg, openTransfers });
        expect(`${message} ${hint}`).not.toMatch(/try again|still on the line|undefined|null/i);
      }
    }
  }
});
