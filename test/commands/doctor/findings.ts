/** What doctor finds out, as the tests want it: all is well but for what a test says. */
import type { Findings, NetworkFindings } from '../../../src/commands/doctor/report.ts';
import { resolveSettings } from '../../../src/config/settings.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { NO_MEMORY } from '../../../src/history/trunk-verdicts.ts';
import type { Trunk } from '../../../src/livekit/messages.ts';
import type { Reached, TlsFound } from '../../../src/livekit/reachability.ts';
import type { HttpFailure } from '../../../src/livekit/transport.ts';
import { probes } from './probes.ts';

export const NOW = Date.parse('2026-11-23T20:00:00Z');
const DAY_MS = 86_400_000;

export const ORIGIN = new URL('https://lk.example.com');

/** A layer that does not stand, under Node's code for why. */
export function unreached(code: string): HttpFailure {
  return { kind: 'failure', code, message: code.toLowerCase(), mayHaveBeenSent: false };
}

/** A certificate that is good for so many days, and Node's code for why it is not to be trusted. */
export function tls(
  days: number,
  distrust: string | null = null,
  certificate: Partial<TlsFound['certificate']> = {},
): Extract<Reached<TlsFound>, { kind: 'reached' }> {
  return {
    kind: 'reached',
    ms: 20,
    protocol: 'TLSv1.3',
    certificate: {
      validToMs: NOW + days * DAY_MS,
      names: ['lk.example.org', '*.example.net'],
      issuer: 'CA',
      ...certificate,
    },
    distrust,
  };
}

export const WELL: NetworkFindings = {
  dns: { kind: 'reached', ms: 1, addresses: ['192.0.2.1'] },
  tcp: { kind: 'reached', ms: 2, address: '192.0.2.1' },
  tls: tls(90),
  probes: probes(),
};

export function configured(config: TransferConfig): Findings['config'] {
  return {
    file: '/x.json',
    bundled: false,
    ignored: [],
    config,
    settings: resolveSettings({ config }),
  };
}

export function findings(wishes: Partial<Findings> = {}): Findings {
  return {
    machine: { nodeVersion: '22.11.0', platform: 'linux', env: {}, now: NOW },
    config: configured({ departments: { desk: 'sip:desk@example.com' } }),
    credentials: { apiKey: 'APItest', source: 'environment' },
    url: 'https://lk.example.com',
    proxies: { proxy: null, set: [], exempt: null },
    network: WELL,
    memory: NO_MEMORY,
    ...wishes,
  };
}

/** Nothing was seen of any trunk before. */
export const UNSEEN = { memory: NO_MEMORY, nowMs: NOW };

/** An inbound trunk, as LiveKit lists it. */
export function trunk(wishes: Partial<Trunk> = {}): Trunk {
  return {
    id: 'ST_a',
    name: 'main',
    direction: 'inbound',
    numbers: ['+15550001111'],
    address: null,
    transport: null,
    mediaTimeoutMs: null,
    ...wishes,
  };
}

export function outboundTrunk(wishes: Partial<Trunk> = {}): Trunk {
  return trunk({
    id: 'ST_out',
    name: '',
    direction: 'outbound',
    address: 'sbc.example.net',
    ...wishes,
  });
}
