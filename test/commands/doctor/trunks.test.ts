import { describe, expect, it } from 'vitest';
import {
  checkConfigTrunks,
  checkMediaTimeout,
  checkTrunks,
  judgeTrunks,
  reportTrunks,
} from '../../../src/commands/doctor/trunks.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { providerPresets } from '../../../src/destinations/providers.ts';
import { NO_MEMORY, type TrunkVerdict } from '../../../src/history/trunk-verdicts.ts';
import type { Trunk } from '../../../src/livekit/messages.ts';
import { NOW, outboundTrunk as outbound, trunk, UNSEEN } from './findings.ts';
import { ASKED, all, answer, DENIED, NO_ANSWER, probes } from './probes.ts';

const reported = (one: Trunk, trunks: TransferConfig['trunks'] = {}) =>
  reportTrunks([one], { trunks })[0];
const judged = (one: Trunk, trunks: TransferConfig['trunks'] = {}) =>
  checkTrunks(reportTrunks([one], { trunks }), NOW)[0];

describe('a trunk', () => {
  it('inbound is listed with its numbers, and its provider when the config knows it', () => {
    expect(judged(trunk())).toEqual({
      id: 'trunk:ST_a',
      title: 'Trunk ST_a',
      status: 'not-checked',
      detail: expect.stringMatching(/^inbound .*“main”.*\+15550001111/),
      notes: [expect.stringContaining('trunks.ST_a.provider')],
      hint: null,
      exitCode: 0,
    });
    const plivo = [trunk({ numbers: [] }), { main: { provider: 'plivo' } }] as const;
    expect(reported(...plivo)).toMatchObject({
      provider: 'plivo',
      trunkKey: 'main',
      numbers: [],
      refer: null,
    });
    expect(judged(...plivo)).toMatchObject({
      status: 'not-checked',
      notes: [
        expect.stringContaining(providerPresets.plivo.title),
        expect.stringContaining(providerPresets.plivo.enable),
      ],
    });
  });

  it('outbound is recognised by its host', () => {
    expect(reported(outbound())).toMatchObject({ provider: null, refer: null });
    expect(judged(outbound())).toMatchObject({
      status: 'not-checked',
      detail: expect.stringMatching(/^outbound .*sbc\.example\.net.*\+15550001111/),
      notes: [expect.any(String)],
    });
    const twilio = outbound({ address: 'example.pstn.twilio.com:5060' });
    expect(reported(twilio)).toMatchObject({ provider: 'twilio', refer: null });
    expect(judged(twilio)?.notes).toEqual([
      expect.stringContaining(providerPresets.twilio.title),
      expect.stringContaining(providerPresets.twilio.enable),
    ]);
  });

  it.each([
    [{ refer: false }, null, 1],
    [{ provider: 'twilio', refer: false }, 'twilio', 2],
    [{ provider: 'livekit' }, 'livekit', 2],
  ] as const)('of which the config says %j moves no callers', (said, provider, notes) => {
    expect(reported(trunk(), { ST_a: said })).toMatchObject({ provider, refer: false });
    const check = judged(trunk(), { ST_a: said });
    expect(check).toMatchObject({ status: 'warning', hint: expect.any(String), exitCode: 0 });
    expect(check?.notes).toHaveLength(notes);
    // Whose word it is: the config's, with the place where it says so, or the provider's.
    const isOfConfig = check?.notes.at(-1)?.includes('trunks.ST_a.refer');
    expect(isOfConfig).toBe('refer' in said);
  });

  it('that is said to work is still not checked', () => {
    expect(reported(trunk(), { ST_a: { refer: true } })).toMatchObject({ refer: true });
    expect(judged(trunk(), { ST_a: { refer: true } })).toMatchObject({
      status: 'not-checked',
      notes: [expect.stringContaining('trunks.ST_a.refer')],
    });
  });

  const seen = (verdict: 'supported' | 'unsupported' | 'refused', code: number | null) => {
    const test: TrunkVerdict = {
      ...{ trunkId: 'ST_a', direction: 'inbound', transferMethod: 'refer', verdict, code },
      ...{ at: new Date(NOW - 3 * 86_400_000).toISOString(), provider: null },
    };
    const reports = reportTrunks([trunk()], {}, { ...NO_MEMORY, verdicts: [test] });
    return checkTrunks(reports, NOW)[0];
  };

  it.each([
    ['supported', null, 'ok', 'REFER honoured here (smoke test, 3 days ago)'],
    ['unsupported', 405, 'warning', 'no REFER here (405, smoke test, 3 days ago): bridge?'],
    ['refused', 603, 'warning', 'REFER refused here (603, smoke test, 3 days ago): bridge?'],
  ] as const)('that a test from this machine found to be %s', (verdict, code, status, note) => {
    const check = seen(verdict, code);
    expect(check).toMatchObject({ status, exitCode: 0 });
    expect(check?.notes.at(-1)).toContain(`seen from this machine: ${note}`);
    expect(check?.hint === null).toBe(status === 'ok');
  });

  it('of which more may be known says so', () => {
    const unread = ['The record cannot be read.', null];
    expect(checkTrunks(reportTrunks([trunk()], {}), NOW, unread)[0]).toMatchObject({
      status: 'not-checked',
      notes: [expect.any(String), 'The record cannot be read.'],
    });
  });

  it('there has to be', () => {
    expect(checkTrunks([], NOW)).toMatchObject([{ id: 'trunks', status: 'warning' }]);
  });
});

describe('the trunks of the config', () => {
  const named = (trunks: TransferConfig['trunks']) =>
    checkConfigTrunks({ trunks }, reportTrunks([trunk(), outbound()], { trunks }));

  it.each([
    [undefined, 'ok', ''],
    [{ 'sbc.example.net': {} }, 'ok', ''],
    [{ ST_a: {}, 'sbc.example.net': {} }, 'ok', ''],
    [{ MAIN: {} }, 'ok', ''],
    [{ ST_a: {}, ST_gone: {}, other: {} }, 'warning', 'ST_gone, other'],
  ])('%j: %s, missing: %s', (trunks, status, missing) => {
    const check = named(trunks);
    expect(check).toMatchObject({ id: 'config-trunks', status, exitCode: 0 });
    expect(check.detail).toContain(missing);
    expect(check.detail).not.toContain('ST_a');
    expect(check.hint === null).toBe(status === 'ok');
  });
});

describe('the media time-out', () => {
  const timeouts = (...ms: (number | null)[]) =>
    checkMediaTimeout(
      reportTrunks(
        ms.map((mediaTimeoutMs, index) => trunk({ id: `ST_${index}`, mediaTimeoutMs })),
        {},
      ),
      90_000,
    );

  it('is long enough when it is no shorter than our wait', () => {
    expect(timeouts(90_000, 600_000)).toMatchObject({
      id: 'media-timeout',
      status: 'ok',
      notes: [],
      hint: null,
    });
  });

  it('that is unset or shorter is a warning, with why', () => {
    expect(timeouts(null, 89_000, 90_000, null)).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/^3 of 4 /),
      notes: [expect.stringMatching(/\b15s: ST_0, ST_3$/), expect.stringMatching(/^1m 29s: ST_1$/)],
      hint: expect.stringContaining('media.media_timeout'),
      exitCode: 0,
    });
    expect(timeouts(null)).toMatchObject({
      status: 'warning',
      notes: [expect.stringMatching(/ST_0$/)],
    });
  });
});

describe('the lists of trunks', () => {
  const states = (...args: Parameters<typeof judgeTrunks>) =>
    judgeTrunks(...args).checks.map(({ id, status }) => `${id} ${status}`);

  it('lead to a check a trunk, and leave the SIP service unchecked', () => {
    expect(states(probes(), ASKED, {}, 90_000, UNSEEN)).toEqual([
      'sip not-checked',
      'trunk:ST_in not-checked',
      'trunk:ST_out not-checked',
      'config-trunks ok',
      'media-timeout warning',
    ]);
  });

  it('are looked at without a config, too', () => {
    expect(states(probes(), ASKED, null, 90_000, UNSEEN)).toContain('config-trunks skipped');
  });

  it.each([
    ['may not be seen', DENIED, ['sip not-checked', 'trunks skipped']],
    [
      'do not exist',
      answer(500, { code: 'internal', msg: 'sip not connected (redis required)' }),
      ['sip failed', 'trunks skipped'],
    ],
    ['do not come', NO_ANSWER, ['sip not-checked', 'trunks failed']],
    ['are a page', answer(200, '<html>'), ['sip not-checked', 'trunks failed']],
  ])('that %s are told as such', (_, probe, first) => {
    expect(states(all(probe), ASKED, {}, 90_000, UNSEEN)).toEqual([
      ...first,
      'config-trunks skipped',
      'media-timeout skipped',
    ]);
    const { checks, reports } = judgeTrunks(
      probes({ outboundTrunks: probe }),
      ASKED,
      {},
      90_000,
      UNSEEN,
    );
    expect(reports).toEqual([]);
    expect(checks[1]?.status).toBe(first[1]?.split(' ')[1]);
  });
});
