import { describe, expect, it } from 'vitest';
import { reportExitCode } from '../../../src/commands/doctor/check.ts';
import {
  type Findings,
  judgeFindings,
  type NetworkFindings,
} from '../../../src/commands/doctor/report.ts';
import { resolveSettings } from '../../../src/config/settings.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { ConfigError, CredentialsError, KnownError } from '../../../src/core/errors.ts';
import type { HttpFailure } from '../../../src/livekit/transport.ts';
import { all, answer, NO_ANSWER, probes } from './probes.ts';

const NOW = Date.parse('2026-11-23T20:00:00Z');
const FAILED: HttpFailure = {
  kind: 'failure',
  code: 'ECONNREFUSED',
  message: 'refused',
  mayHaveBeenSent: false,
};

const WELL: NetworkFindings = {
  dns: { kind: 'reached', ms: 1, addresses: ['192.0.2.1'] },
  tcp: { kind: 'reached', ms: 2, address: '192.0.2.1' },
  tls: {
    kind: 'reached',
    ms: 3,
    protocol: 'TLSv1.3',
    certificate: { validToMs: NOW + 90 * 86_400_000, names: ['lk.example.com'], issuer: 'CA' },
    distrust: null,
  },
  probes: probes(),
};

function configured(config: TransferConfig): Findings['config'] {
  return {
    file: '/x.json',
    bundled: false,
    ignored: [],
    config,
    settings: resolveSettings({ config }),
  };
}

function findings(wishes: Partial<Findings> = {}): Findings {
  return {
    machine: { nodeVersion: '22.0.0', platform: 'linux', env: {}, now: NOW },
    config: configured({ departments: { desk: 'sip:desk@example.com' } }),
    credentials: { apiKey: 'APItest', source: 'environment' },
    url: 'https://lk.example.com',
    network: WELL,
    ...wishes,
  };
}

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
        configKey: null,
        refer: null,
        mediaTimeoutMs: null,
      },
      {
        id: 'ST_out',
        name: '',
        direction: 'outbound',
        numbers: ['+15550002222'],
        address: 'example.pstn.twilio.com:5060',
        provider: 'twilio',
        configKey: null,
        refer: null,
        mediaTimeoutMs: 120_000,
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
    ['what the config says', { transfer: { wait: '30s' } }, '30s'],
    [
      'what the most patient department says',
      {
        transfer: { wait: '30s' },
        departments: { slow: { to: 'sip:slow@example.com', wait: '2m' } },
      },
      '2m',
    ],
    ['the default', {}, '1m 30s'],
  ])('measures media time-outs by our longest wait: %s', (_, config, wait) => {
    const { checks } = judgeFindings(findings({ config: configured(config) }));
    expect(checks.find(({ id }) => id === 'media-timeout')?.detail).toContain(
      `our wait of ${wait} `,
    );
  });
});
