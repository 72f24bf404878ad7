import { describe, expect, it } from 'vitest';
import { reportExitCode } from '../../../src/commands/doctor/check.ts';
import { type Findings, judgeFindings } from '../../../src/commands/doctor/report.ts';
import { ConfigError, CredentialsError, KnownError } from '../../../src/core/errors.ts';
import { configured, findings, unreached, WELL } from './findings.ts';
import { all, answer, NO_ANSWER } from './probes.ts';

const FAILED = unreached('ECONNREFUSED');

/** What a report comes to. */
function judge(given: Findings) {
  const { checks } = judgeFindings(given);
  return {
    states: Object.fromEntries(checks.map(({ id, status }) => [id, status])),
    failed: checks.filter(({ status }) => status === 'failed').map(({ id }) => id),
    exitCode: reportExitCode(checks),
  };
}

describe('the report', () => {
  it('has every check in its order', () => {
    expect(judgeFindings(findings()).checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'node ok',
      'proxy ok',
      'config ok',
      'credentials ok',
      'url ok',
      'dns ok',
      'tcp ok',
      'tls ok',
      'http ok',
      'clock ok',
      'key ok',
      'grant-room-list ok',
      'grant-room-admin ok',
      'grant-sip-admin ok',
      'grant-sip-call not-checked',
      'grant-room-create not-checked',
      'sip not-checked',
      'trunk:ST_in not-checked',
      'trunk:ST_out not-checked',
      'config-trunks ok',
      'media-timeout warning',
      'templates ok',
      'department:desk ok',
    ]);
  });

  it('lists the trunks as data', () => {
    expect(judgeFindings(findings()).trunks).toEqual([
      {
        id: 'ST_in',
        name: 'in',
        direction: 'inbound',
        numbers: ['+15550001111'],
        address: null,
        provider: null,
        trunkKey: null,
        refer: null,
        mediaTimeoutMs: null,
        knownRefer: null,
      },
      {
        id: 'ST_out',
        name: '',
        direction: 'outbound',
        numbers: ['+15550002222'],
        address: 'example.pstn.twilio.com:5060',
        provider: 'twilio',
        trunkKey: null,
        refer: null,
        mediaTimeoutMs: 120_000,
        knownRefer: null,
      },
    ]);
  });

  it.each([
    ['dns', { dns: FAILED, tcp: null, tls: null, probes: null }],
    ['tcp', { tcp: FAILED, tls: FAILED, probes: all({ ...NO_ANSWER, outcome: FAILED }) }],
    ['tls', { tls: FAILED, probes: all({ ...NO_ANSWER, outcome: FAILED }) }],
    ['http', { probes: all(NO_ANSWER) }],
  ])('has one failure where %s fails, and what stands on it is skipped', (id, network) => {
    const { states, failed, exitCode } = judge(findings({ network: { ...WELL, ...network } }));
    expect({ failed, exitCode }).toEqual({ failed: [id], exitCode: 1 });
    expect(states).toMatchObject({ key: 'skipped', 'grant-sip-call': 'skipped', sip: 'skipped' });
    expect(states['department:desk']).toBe('ok');
  });

  it('believes an answer more than a connection that failed beside it', () => {
    const { states, failed } = judge(findings({ network: { ...WELL, tcp: FAILED } }));
    expect(failed).toEqual(['tcp']);
    expect(states).toMatchObject({ http: 'ok', key: 'ok' });
  });

  it('stops at a key that is not accepted', () => {
    const network = { ...WELL, probes: all(answer(401, 'invalid API key')) };
    const { states, failed, exitCode } = judge(findings({ network }));
    expect({ failed, exitCode }).toEqual({ failed: ['key'], exitCode: 4 });
    expect(states).toMatchObject({ clock: 'ok', 'grant-room-list': 'skipped', trunks: 'skipped' });
  });

  it('goes on without a config', () => {
    const config = new ConfigError('/x is broken.');
    const { states, failed, exitCode } = judge(findings({ config }));
    expect({ failed, exitCode }).toEqual({ failed: ['config'], exitCode: 2 });
    expect(states).toMatchObject({
      key: 'ok',
      'trunk:ST_in': 'not-checked',
      'config-trunks': 'skipped',
      departments: 'skipped',
    });
  });

  it('asks no server without credentials or address, and says the worst', () => {
    const broken = { config: new ConfigError('/x is broken.'), network: null };
    expect(judge(findings({ ...broken, credentials: null, url: null }))).toMatchObject({
      failed: ['config'],
      exitCode: 2,
    });
    const credentials = new CredentialsError('There are none.');
    expect(judge(findings({ ...broken, credentials, url: null }))).toMatchObject({
      failed: ['config', 'credentials'],
      exitCode: 4,
    });
    const url = new KnownError('wrong-url', 'LIVEKIT_URL carries a path.');
    expect(judge(findings({ network: null, url }))).toMatchObject({ failed: ['url'], exitCode: 2 });
  });

  it.each([
    ['what the config says', { transfer: { wait: '30s' } }, 30],
    [
      'what the most patient department says',
      {
        transfer: { wait: '30s' },
        departments: { slow: { to: 'sip:slow@example.com', wait: '2m' } },
      },
      120,
    ],
    ['the default', {}, 90],
  ])('measures media time-outs by our longest wait: %s', (_, config, seconds) => {
    const { checks } = judgeFindings(findings({ config: configured(config) }));
    expect(checks.find(({ id }) => id === 'media-timeout')?.hint).toContain(` ${seconds}s `);
  });
});
