/** The hint as data: the shape that scripts lean on, and what it says where. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import type { Outcome } from '../../../src/transfer/outcome.ts';
import { call } from '../../support/livekit.ts';
import { explainStatus, facts, openTransfer } from './transfer-facts.ts';

/** The closed set. A word may be added here; taking one away breaks somebody's script. */
const ACTIONS: Record<Action, true> = {
  none: true,
  'ask-target': true,
  'call-back': true,
  look: true,
  wait: true,
  'answer-call': true,
  'retry-soon': true,
  'retry-later': true,
  'other-destination': true,
  'fix-address': true,
  'fix-request': true,
  'fix-trunk': true,
  'fix-credentials': true,
  'ask-provider': true,
  'warm-transfer': true,
};
const FIELDS = ['action', 'address', 'meaning', 'provider', 'setting', 'warmTransfer'];
const OUTCOMES: Outcome[] = [
  'completed',
  'ended',
  'unconfirmed',
  'refused',
  'target-failed',
  'not-sent',
  'unknown',
];

describe('advice', () => {
  it.each(OUTCOMES)('has all of its fields after %s, and an action of the set', (outcome) => {
    const { advice } = explain(facts(outcome));
    expect(Object.keys(advice).sort()).toEqual(FIELDS);
    expect(Object.keys(ACTIONS)).toContain(advice.action);
    expect(JSON.parse(JSON.stringify(advice))).toEqual(advice);
  });

  it('is none after a success', () => {
    expect(explain(facts('completed')).advice).toEqual({
      meaning: null,
      action: 'none',
      warmTransfer: false,
      provider: null,
      setting: null,
      address: null,
    });
  });

  it('says the same as the words', () => {
    const { advice, message, hint } = explainStatus('refer', 603, {
      call: call({ provider: 'telnyx' }),
    });
    expect(advice).toEqual({
      meaning: 'the provider’s policy; nobody was called',
      action: 'fix-trunk',
      warmTransfer: true,
      provider: 'telnyx',
      setting: 'SIP REFER for the account, by its support',
      address: 'sip:+<number>@sip.telnyx.com',
    });
    expect(message).toContain(advice.meaning);
    expect(hint).toContain(advice.address);
  });

  it.each(['ended', 'unconfirmed', 'unknown'] as const)('%s: ask at the target', (outcome) => {
    expect(explain(facts(outcome)).advice.action).toBe('ask-target');
  });
});

describe('after a definite failure the next step hangs on where the caller is', () => {
  const busy = (wishes: Partial<TransferFacts>) => explainStatus('notify', 486, wishes);
  const off = (wishes: Partial<TransferFacts>) => explainStatus('refer', 405, wishes);

  it('on the line: what helps this caller', () => {
    expect(busy({}).advice.action).toBe('other-destination');
    expect(busy({}).hint).toBe('Try another destination, or the same one in a minute.');
  });

  it('gone: call back, and for the next caller what lasts', () => {
    expect(busy({ leg: 'gone' })).toMatchObject({
      hint: 'Call the caller back.',
      advice: { action: 'call-back', meaning: 'busy' },
    });
    expect(off({ leg: 'gone' }).hint).toMatch(/^Call the caller back\. .*warm transfer/);
    expect(off({ leg: 'gone' }).advice).toMatchObject({ action: 'call-back', warmTransfer: true });
  });

  it.each([null, 'anonymous'])('gone, with a number that is %s: they have to call', (number) => {
    const hidden = call({ phoneNumber: null, phoneNumberRaw: number });
    expect(busy({ leg: 'gone', call: hidden }).hint).toBe(
      'The caller’s number is hidden: only they can call again.',
    );
  });

  it('unread: look first', () => {
    expect(busy({ leg: 'unread' }).hint).toBe(
      'See who is on the line with `lk-transfer calls`. Try another destination, or the same one in a minute.',
    );
  });

  it('with an earlier transfer open: ask there first', () => {
    const { message, hint, advice } = off({ openTransfers: [openTransfer()] });
    expect(message).toContain(
      'The caller is still listed in the room, which proves nothing either way: an earlier transfer of this call, to support at 20:47 UTC, has no known outcome.',
    );
    expect(message).not.toContain('on the line');
    expect(hint).toMatch(/^First ask at support: the caller may be there\. /);
    expect(advice.action).toBe('ask-target');
  });
});
