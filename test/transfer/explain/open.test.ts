/** Outcomes that nobody knows: what is said of them, wherever the caller is, word for word. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/transfer/explain/explain.ts';
import type { TransferFacts } from '../../../src/transfer/explain/facts.ts';
import {
  type Cause,
  type Classification,
  type Leg,
  NO_ANSWER,
} from '../../../src/transfer/outcome.ts';
import { facts, openTransfer } from './transfer-facts.ts';

const WHO = '+15105550100 (SCL_1)';
const TARGET = 'sales (sip:100@pbx.company.com)';
const EARLIER = [openTransfer()];
const LISTED =
  'The caller is still listed in the room, which proves nothing either way: when a target answers late, LiveKit goes on showing the caller.';
const GONE =
  'The caller has left the room: they may be talking to the target, or have hung up; nothing tells which.';
const GONE_TO_ONE = GONE.replace('the target', 'one of the targets');
const UNREAD = 'Where the caller is now could not be read.';
const RINGING = 'The target may be ringing, or talking.';

function tell(
  outcome: 'unknown' | 'unconfirmed' | 'ended',
  verdict: Partial<Classification>,
  wishes: Partial<TransferFacts>,
) {
  return explain(facts(outcome, verdict, wishes));
}

describe('unknown', () => {
  const timedOut: Partial<Classification> = { cause: 'no-verdict-in-time' };
  const why = `Whether ${WHO} was transferred to ${TARGET} is not known: no answer came within 1m 30s, and the transfer cannot be called back.`;

  it.each<[Leg, string, string]>([
    [
      'listed',
      `${why} ${RINGING} ${LISTED}`,
      'Do not transfer again before you know: ask at the target whether the call arrived. `lk-transfer calls` shows when the caller leaves the room.',
    ],
    [
      'gone',
      `${why} ${GONE}`,
      'Ask at the target whether the call arrived; if it did not, call the caller back.',
    ],
    [
      'unread',
      `${why} ${RINGING} ${UNREAD}`,
      'Do not transfer again before you know: ask at the target whether the call arrived. See who is on the line with `lk-transfer calls`.',
    ],
  ])('with the leg %s', (leg, message, hint) => {
    expect(tell('unknown', timedOut, { leg })).toMatchObject({ message, hint });
  });

  it.each<[Cause, Partial<Classification>, string]>([
    [
      'refer-unanswered',
      { stage: 'refer' },
      'the trunk never answered the REFER (SIP’s transfer request), and probably ignores it',
    ],
    ['reports-stopped', {}, 'the trunk stopped reporting before the end'],
    ['cancelled', {}, 'somebody cancelled it through LiveKit’s API, which does not stop the trunk'],
    [
      'service-stopping',
      {},
      'LiveKit’s SIP service (the part that holds telephone calls) was stopping',
    ],
    [
      'connection-lost',
      { livekit: { ...NO_ANSWER, code: 'ECONNRESET' } },
      'the connection to LiveKit broke before its answer came (ECONNRESET)',
    ],
    [
      'connection-lost',
      { livekit: { ...NO_ANSWER, code: 'TIMEOUT' } },
      'LiveKit itself gave no answer in time (TIMEOUT)',
    ],
    [
      'stated-reason',
      { livekit: { ...NO_ANSWER, httpStatus: 409, code: 'aborted', reason: 'STR_REJECTED' } },
      'LiveKit says that it failed, but not how far it had come',
    ],
    [
      'stated-reason',
      { livekit: { ...NO_ANSWER, httpStatus: 200, reason: 'STR_COMPLETED' } },
      'LiveKit’s answer says both that it worked and that it failed',
    ],
    [
      'sip',
      { stage: 'notify', sip: { code: 202, reason: 'Accepted' } },
      'the trunk reported 202 Accepted of the target, and only 200 means that it answered',
    ],
    [
      'sip',
      { stage: 'refer', sip: { code: 200, reason: 'OK' } },
      'the trunk answered 200 OK, which says nothing of the target',
    ],
    [
      'sip',
      { stage: 'notify', sip: { code: 486, reason: 'Busy Here' } },
      'LiveKit’s answer names 486 Busy Here, and contradicts that elsewhere',
    ],
    [
      'stated-reason',
      { livekit: { ...NO_ANSWER, httpStatus: 200, code: 'STS_TRANSFER_SUCCESSFUL' } },
      'LiveKit’s answer says both that it worked and that it failed',
    ],
    [
      'unlisted',
      {
        livekit: { ...NO_ANSWER, httpStatus: 500, code: 'unknown', message: 'write: broken pipe.' },
      },
      'LiveKit’s answer settles nothing (HTTP 500: write: broken pipe)',
    ],
    [
      'unlisted',
      { livekit: { ...NO_ANSWER, httpStatus: 502, message: '<html>Bad Gateway</html>' } },
      'something on the way answered in LiveKit’s place (HTTP 502)',
    ],
  ])('%s says why', (cause, verdict, meaning) => {
    const { message, advice } = tell('unknown', { cause, ...verdict }, {});
    expect(message).toContain(`${TARGET} is not known: ${meaning}. ${RINGING}`);
    expect(advice).toMatchObject({ meaning, action: 'ask-target' });
  });

  it('a trunk that never answers a REFER gets the advice of a warm transfer', () => {
    const { hint, advice } = tell('unknown', { cause: 'refer-unanswered' }, {});
    expect(hint).toContain('If the trunk ignores transfers, use a warm transfer: dial the target');
    expect(advice.warmTransfer).toBe(true);
    expect(tell('unknown', timedOut, {}).advice.warmTransfer).toBe(false);
  });

  it('a wait too short to tell is named as such', () => {
    expect(tell('unknown', timedOut, { waitMs: 20_000 }).hint).toContain(
      'wait longer (--wait 90s)',
    );
    expect(tell('unknown', timedOut, { waitMs: 33_000 }).hint).not.toContain('--wait');
  });

  it('a failed target, after a transfer that is still open, may be the other one’s', () => {
    const busy: Partial<Classification> = {
      cause: 'sip',
      stage: 'notify',
      sip: { code: 486, reason: 'Busy Here' },
    };
    expect(tell('unknown', busy, { openTransfers: EARLIER })).toMatchObject({
      message: `Whether ${WHO} was transferred to ${TARGET} is not known: the trunk reported 486 Busy Here (busy), but that may be its late answer to an earlier transfer of this call, to support at 20:47 UTC, whose outcome nobody knows. ${RINGING} ${LISTED}`,
      hint: 'Do not transfer again before you know: ask at both targets whether the call arrived. `lk-transfer calls` shows when the caller leaves the room.',
      advice: { action: 'ask-target', warmTransfer: false },
    });
    expect(tell('unknown', busy, { openTransfers: EARLIER, leg: 'gone' }).message).toContain(
      GONE_TO_ONE,
    );
  });
});

describe('unconfirmed', () => {
  it.each<[Leg, string]>([
    [
      'listed',
      'The caller is still listed in the room, although LiveKit hangs up about a second after a true success.',
    ],
    ['unread', UNREAD],
  ])('with the leg %s: only LiveKit says so', (leg, where) => {
    const { message, hint } = tell('unconfirmed', {}, { leg });
    expect(message).toBe(
      `LiveKit reports that ${WHO} was transferred to ${TARGET}, but nothing else shows it. ${where}`,
    );
    expect(hint).toMatch(/^Do not transfer again before you know: ask at the target .*calls`/);
  });

  it.each<[Leg, string, string]>([
    ['listed', 'LiveKit hangs up about a second after a true success.', 'Do not transfer again'],
    ['gone', GONE_TO_ONE, 'Ask at both targets whether the call arrived; if it did not, call'],
    ['unread', UNREAD, 'Do not transfer again'],
  ])('with the leg %s, after a transfer that is still open', (leg, where, step) => {
    const { message, hint, advice } = tell('unconfirmed', {}, { leg, openTransfers: EARLIER });
    expect(message).toContain(
      `LiveKit reports that ${WHO} was transferred to ${TARGET}, but an earlier transfer of this call, to support at 20:47 UTC, had no known outcome, and this may be its answer. `,
    );
    expect(message.endsWith(where)).toBe(true);
    expect(hint?.startsWith(step)).toBe(true);
    expect(hint).toContain('at both targets');
    expect(hint).toContain(
      'A real LiveKit was seen to credit the late answer of a first transfer to the second.',
    );
    expect(advice.action).toBe('ask-target');
  });

  it('counts the transfers that are open, and the targets to ask at', () => {
    const again = openTransfer({ to: 'sales', referTo: 'sip:100@pbx.company.com' });
    const other = openTransfer({ to: 'voicemail', referTo: 'sip:999@pbx.company.com' });
    const same = tell('unconfirmed', {}, { leg: 'gone', openTransfers: [again] });
    expect(same.hint).toContain('Ask at the target whether');
    expect(same.message).toContain(GONE);
    const three = tell('unconfirmed', {}, { leg: 'gone', openTransfers: [...EARLIER, other] });
    expect(three.message).toContain('to voicemail at 20:47 UTC (and 1 more before it),');
    expect(three.hint).toContain('Ask at all 3 targets');
  });
});

describe('ended', () => {
  const over = `The call with ${WHO} is over, and nothing shows whether ${TARGET} answered.`;
  const FIRST =
    'Either the caller hung up, or the trunk hung up first, as some do after a good transfer';
  const ASK = 'Ask at the target, or call the caller back.';
  const MARK =
    'If this trunk always hangs up first, set "hangsUpFirst": true for ST_1 in the config.';

  it.each<[Leg, string]>([
    ['gone', over],
    ['unread', `LiveKit says that the call with ${WHO}`],
    ['listed', 'which proves nothing either way.'],
  ])('with the leg %s', (leg, words) => {
    expect(tell('ended', {}, { leg }).message).toContain(words);
  });

  it('says what may have happened, what to do, and how to spare the doubt', () => {
    const { message, hint } = tell('ended', {}, { leg: 'gone' });
    expect(message).toBe(over);
    expect(hint).toBe(`${FIRST}. ${ASK} ${MARK}`);
  });

  it('names the media time-out, once it is long enough ago', () => {
    const hold =
      '; or LiveKit cut a leg that the trunk had put on hold, silent for 15 s (a longer media_timeout, set on the trunk in LiveKit, prevents that)';
    expect(tell('ended', {}, { leg: 'gone', durationMs: 15_001 }).hint).toBe(
      `${FIRST}${hold}. ${ASK} ${MARK}`,
    );
    expect(tell('ended', {}, { leg: 'gone', durationMs: 15_000 }).hint).not.toContain('hold');
  });

  it('says whose word it is, where LiveKit states it', () => {
    expect(tell('ended', { cause: 'call-ended' }, { leg: 'gone' }).hint).toBe(
      `LiveKit says that the call ended before the transfer did. ${ASK}`,
    );
  });

  it('sends one to both targets, after a transfer that is still open', () => {
    expect(tell('ended', {}, { leg: 'gone', openTransfers: EARLIER }).hint).toContain(
      'Ask at both targets, or call the caller back.',
    );
  });
});

it('nothing that is open is told as if it could be tried again, or as if the caller were there', () => {
  for (const leg of ['listed', 'gone', 'unread'] as const) {
    for (const openTransfers of [[], EARLIER]) {
      for (const outcome of ['unknown', 'unconfirmed', 'ended'] as const) {
        const { message, hint } = tell(outcome, {}, { leg, openTransfers });
        expect(`${message} ${hint}`).not.toMatch(/try again|still on the line|undefined|null/i);
      }
    }
  }
});
