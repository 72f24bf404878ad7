/** The hint as data: the shape that scripts lean on, and what it says where. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/transfer/explain/advice.ts';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import { sipWords } from '../../../src/transfer/explain/status.ts';
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
  bridge: true,
};
const FIELDS = ['action', 'address', 'command', 'meaning', 'provider', 'setting', 'warmTransfer'];
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
      command: null,
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
      command: 'lk-transfer transfer SCL_1 --to sales --method bridge',
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
  const forBusy = sipWords(486, 'notify').hint;
  const forOff = sipWords(405, 'refer').hint;

  it('on the line: what helps this caller', () => {
    expect(busy({})).toMatchObject({ hint: forBusy, advice: { action: 'other-destination' } });
    const line = '`lk-transfer transfer SCL_1 --to sales --method bridge`';
    const hint = forOff.replace('`--method bridge`', line);
    expect(off({})).toMatchObject({ hint, advice: { action: 'bridge' } });
  });

  it('gone: call back, and for the next caller what lasts', () => {
    expect(busy({ leg: 'gone' }).advice).toMatchObject({ action: 'call-back', meaning: 'busy' });
    expect(busy({ leg: 'gone' }).hint).not.toContain(forBusy);
    expect(off({ leg: 'gone' }).advice).toMatchObject({ action: 'call-back', warmTransfer: true });
    expect(off({ leg: 'gone' }).hint).toBe(`${busy({ leg: 'gone' }).hint} ${forOff}`);
  });

  it.each([null, 'anonymous'])('gone, with a number that is %s: they have to call', (number) => {
    const hidden = call({ phoneNumber: null, phoneNumberRaw: number });
    const { hint, advice } = busy({ leg: 'gone', call: hidden });
    expect(advice.action).toBe('call-back');
    expect(hint).not.toBe(busy({ leg: 'gone' }).hint);
    expect(hint).not.toContain(forBusy);
  });

  it('unread: look first', () => {
    const { hint, advice } = busy({ leg: 'unread' });
    expect(advice.action).toBe('other-destination');
    expect(hint).toMatch(/`lk-transfer calls`\. /);
    expect(hint?.endsWith(` ${forBusy}`)).toBe(true);
  });

  it('with an earlier transfer open: ask there first', () => {
    const { message, hint, advice } = off({ openTransfers: [openTransfer()] });
    expect(message).toContain('to support at 20:47 UTC');
    expect(message).not.toContain('on the line');
    expect(hint).toMatch(/^[^.]* support\b/);
    expect(hint?.endsWith(` ${forOff}`)).toBe(true);
    expect(advice).toMatchObject({ action: 'ask-target', warmTransfer: true });
  });
});
