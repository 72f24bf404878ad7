import { describe, expect, it } from 'vitest';
import {
  checkConfigTrunks,
  checkMediaTimeout,
  checkTrunks,
  judgeTrunks,
  reportTrunks,
} from '../../../src/commands/doctor/trunks.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import type { Trunk } from '../../../src/livekit/messages.ts';
import { ASKED, all, answer, DENIED, NO_ANSWER, probes } from './probes.ts';

const trunk = (wishes: Partial<Trunk> = {}): Trunk => ({
  id: 'ST_a',
  name: 'main',
  direction: 'inbound',
  numbers: ['+15550001111'],
  address: null,
  transport: null,
  mediaTimeoutMs: null,
  ...wishes,
});
const outbound = (wishes: Partial<Trunk> = {}) =>
  trunk({ id: 'ST_out', name: '', direction: 'outbound', address: 'sbc.example.net', ...wishes });

const judged = (one: Trunk, trunks: TransferConfig['trunks'] = {}) =>
  checkTrunks(reportTrunks([one], { trunks }))[0];

describe('a trunk', () => {
  it('inbound is listed with its numbers, and its provider when the config knows it', () => {
    expect(judged(trunk())).toEqual({
      id: 'trunk:ST_a',
      title: 'Trunk ST_a',
      status: 'not-checked',
      detail: 'inbound “main”, +15550001111',
      notes: [
        'provider and REFER not known; the config can name the provider (trunks.ST_a.provider)',
      ],
      hint: null,
      exitCode: 0,
    });
    expect(judged(trunk({ numbers: [] }), { main: { provider: 'plivo' } })).toMatchObject({
      status: 'not-checked',
      detail: 'inbound “main”, any number',
      notes: ['provider: Plivo Zentrunk', 'REFER: on by default'],
    });
  });

  it('outbound is recognised by its host', () => {
    expect(judged(outbound())).toMatchObject({
      detail: 'outbound at sbc.example.net, +15550001111',
      notes: ['a provider that lk-transfer does not know: REFER not known before it is tested'],
    });
    expect(judged(outbound({ address: 'example.pstn.twilio.com:5060' }))?.notes).toEqual([
      'provider: Twilio Elastic SIP Trunking',
      'REFER: trunk → Features → Call Transfer (SIP REFER) = enabled, and Enable PSTN Transfer (to phone numbers)',
    ]);
  });

  it.each([
    [{ refer: false }, ['REFER: the config says that there is none (trunks.ST_a.refer)']],
    [
      { provider: 'twilio', refer: false },
      [
        'provider: Twilio Elastic SIP Trunking',
        'REFER: the config says that there is none (trunks.ST_a.refer)',
      ],
    ],
    [
      { provider: 'livekit' },
      [
        'provider: LiveKit phone numbers',
        'REFER: not to be had: use a SIP trunk of a provider, or a warm transfer',
      ],
    ],
  ] as const)('of which the config says %j moves no callers', (said, notes) => {
    expect(judged(trunk(), { ST_a: said })).toMatchObject({ status: 'warning', notes });
  });

  it('that is said to work is still not checked', () => {
    expect(judged(trunk(), { ST_a: { refer: true } })).toMatchObject({
      status: 'not-checked',
      notes: ['REFER: the config says that it works (trunks.ST_a.refer)'],
    });
  });

  it('there has to be', () => {
    expect(checkTrunks([])).toMatchObject([{ id: 'trunks', status: 'warning' }]);
  });
});

describe('the trunks of the config', () => {
  const named = (trunks: TransferConfig['trunks']) =>
    checkConfigTrunks({ trunks }, reportTrunks([trunk(), outbound()], { trunks }));

  it.each([
    [undefined, 'ok', 'the config names no trunk'],
    [{ 'sbc.example.net': {} }, 'ok', 'the config names no trunk'],
    [{ ST_a: {}, 'sbc.example.net': {} }, 'ok', 'LiveKit has every trunk that the config names'],
    [{ MAIN: {} }, 'ok', 'LiveKit has every trunk that the config names'],
    [
      { ST_a: {}, ST_gone: {}, other: {} },
      'warning',
      'LiveKit has no trunk ST_gone, other, which the config names',
    ],
  ])('%j: %s, %s', (trunks, status, detail) => {
    expect(named(trunks)).toMatchObject({ status, detail });
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
      status: 'ok',
      detail: 'every trunk lets a leg be silent for 1m 30s or longer',
    });
  });

  it('that is unset or shorter is a warning, with why', () => {
    expect(timeouts(null, 89_000, 90_000, null)).toMatchObject({
      status: 'warning',
      detail: '3 of 4 trunks cut a silent leg before our wait of 1m 30s is over',
      notes: ['unset, so 15s: ST_0, ST_3', '1m 29s: ST_1'],
      hint: 'A trunk that puts the caller on hold while it dials sends no audio: LiveKit then hangs up on the caller, and calls the transfer a success. Set media.media_timeout of the trunk to 90s or more.',
    });
    expect(timeouts(null).detail).toMatch(/^1 of 1 trunks cuts /);
  });
});

describe('the lists of trunks', () => {
  const states = (...args: Parameters<typeof judgeTrunks>) =>
    judgeTrunks(...args).checks.map(({ id, status }) => `${id} ${status}`);

  it('lead to a check a trunk, and leave the SIP service unchecked', () => {
    expect(states(probes(), ASKED, {}, 90_000)).toEqual([
      'sip not-checked',
      'trunk:ST_in not-checked',
      'trunk:ST_out not-checked',
      'config-trunks ok',
      'media-timeout warning',
    ]);
  });

  it('are looked at without a config, too', () => {
    expect(states(probes(), ASKED, null, 90_000)).toContain('config-trunks skipped');
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
    expect(states(all(probe), ASKED, {}, 90_000)).toEqual([
      ...first,
      'config-trunks skipped',
      'media-timeout skipped',
    ]);
    const { checks, reports } = judgeTrunks(probes({ outboundTrunks: probe }), ASKED, {}, 90_000);
    expect(reports).toEqual([]);
    expect(checks[1]?.status).toBe(first[1]?.split(' ')[1]);
  });
});
