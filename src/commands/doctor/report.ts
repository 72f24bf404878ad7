/** From everything that was found out to the report: every check in its order, none left out. */

import { writePath } from '../../config/json.ts';
import { resolveDepartmentSettings, type Settings } from '../../config/settings.ts';
import type { TransferConfig } from '../../config/types.ts';
import { isKnownError, type KnownError } from '../../core/errors.ts';
import { DEFAULT_WAIT_MS, shellWord } from '../../core/text.ts';
import type { OurNumber } from '../../destinations/destination.ts';
import { resolveOnEveryTrunk } from '../../destinations/on-trunks.ts';
import { findTemplateProblems, proveDepartment } from '../../destinations/prove.ts';
import { listDepartments } from '../../destinations/reading.ts';
import { resolveDestination } from '../../destinations/resolve.ts';
import type { TrunkMemory } from '../../history/trunk-verdicts.ts';
import type { Reached, TlsFound } from '../../livekit/reachability.ts';
import { type ProxyChoice, type ProxyServer, serverName } from '../../livekit/server-route.ts';
import { bridgeText } from '../shared/trunk-choice.ts';
import {
  type ConfigFound,
  checkApi,
  checkConfigFile,
  checkCredentials,
  checkGrants,
  checkKey,
  checkUrl,
  type ProbedProject,
  type Probes,
} from './access.ts';
import {
  type CheckId,
  type CheckResult,
  check,
  checkSmokeTests,
  namedCheck,
  problemNote,
} from './check.ts';
import {
  checkClock,
  checkDns,
  checkNode,
  checkProxy,
  checkTcp,
  checkTls,
  trustedBeside,
} from './network.ts';
import { judgeTrunks, type TrunkFindings, type TrunkReport } from './trunks.ts';

/** What there is of the way to the server: of the first two to the proxy, where there is one. */
export interface NetworkFindings {
  /** null: an address needs no looking up. */
  dns: Reached<{ addresses: string[] }> | null;
  /** null: not tried, since the name is not known. */
  tcp: Reached<{ address: string }> | null;
  /** null: not tried, or the URL has no TLS; an error: the certificates to trust cannot be read. */
  tls: Reached<TlsFound> | KnownError | null;
  /** null: not tried, since the name is not known, or since nobody knows whom to trust. */
  probes: Probes | null;
}

export interface Findings {
  machine: {
    nodeVersion: string;
    platform: string;
    env: Readonly<Record<string, string | undefined>>;
    /** ms since 1970. */
    now: number;
  };
  config: (ConfigFound & { config: TransferConfig; settings: Settings }) | KnownError;
  /** null: nobody could look, for want of a config. */
  credentials: { apiKey: string; apiSecret?: string; source: string } | KnownError | null;
  /** The address of the server: its origin, and the path under which it is served. */
  url: string | KnownError | null;
  /** Which proxy leads there, or why nobody knows. */
  proxies: ProxyChoice | KnownError;
  /** null: without address, key and a proxy that can be used nothing was tried. */
  network: NetworkFindings | null;
  /** What this machine has seen of the project's trunks. */
  memory: TrunkMemory;
}

export interface Report {
  checks: CheckResult[];
  trunks: TrunkReport[];
}

/** Judges all findings. */
export function judgeFindings(findings: Findings): Report {
  const { machine, config, credentials, url, proxies } = findings;
  const origin = typeof url === 'string' ? new URL(url) : null;
  const usable = isKnownError(config) ? null : config;
  const { checks: server, reports: trunks } = judgeServer(findings, origin);
  return {
    trunks,
    checks: [
      checkNode(machine.nodeVersion, machine.platform),
      checkProxy(proxies, origin),
      checkConfigFile(config),
      checkCredentials(credentials),
      checkUrl(url),
      ...server,
      ...(usable === null
        ? skip(['templates', 'departments'], 'the config cannot be used')
        : [
            checkTemplates(usable.config),
            ...checkDepartments(usable.config, ourNumbers(trunks)),
            ...(usable.bundled ? [] : checkSmokeTests(usable, trunks)),
          ]),
    ],
  };
}

const WAY: readonly CheckId[] = ['dns', 'tcp', 'tls', 'http'];
const BEHIND_API: readonly CheckId[] = ['clock', 'key'];
const BEHIND_KEY: readonly CheckId[] = [
  'grant-room-list',
  'grant-room-admin',
  'grant-sip-admin',
  'grant-sip-call',
  'grant-room-create',
  'sip',
  'trunks',
  'config-trunks',
  'media-timeout',
];

function skip(ids: readonly CheckId[], why: string): CheckResult[] {
  return ids.map((id) => check(id, 'skipped', why));
}

function judgeServer(findings: Findings, origin: URL | null): TrunkFindings {
  const { network, machine, config, credentials } = findings;
  const all = [...WAY, ...BEHIND_API, ...BEHIND_KEY];
  if (origin === null) return { checks: skip(all, 'there is no server to ask'), reports: [] };
  if (network === null) {
    const missing = isKnownError(findings.proxies) ? 'proxy to go through' : 'key to ask with';
    return { checks: skip(all, `there is no ${missing}`), reports: [] };
  }
  const apiKey = isKnownError(credentials) || credentials === null ? '' : credentials.apiKey;
  const asked = { host: serverName(origin), apiKey };
  const proxy = isKnownError(findings.proxies) ? null : findings.proxies.proxy;
  const { checks: way, probes } = judgeWay(network, { origin, proxy }, machine, asked);
  if (probes === null) {
    const rest = skip([...BEHIND_API, ...BEHIND_KEY], 'no LiveKit answers');
    return { checks: [...way, ...rest], reports: [] };
  }
  const clock = checkClock(probes.rooms.clockAheadMs);
  const key = checkKey(probes, asked);
  if (key.status === 'failed') {
    const rest = skip(BEHIND_KEY, 'the key is not accepted');
    return { checks: [...way, clock, key, ...rest], reports: [] };
  }
  const usable = isKnownError(config) ? null : config;
  const waitMs = usable === null ? DEFAULT_WAIT_MS : longestWait(usable.config, usable.settings);
  const { checks, reports } = judgeTrunks(probes, asked, usable?.config ?? null, waitMs, {
    memory: findings.memory,
    nowMs: machine.now,
  });
  return { checks: [...way, clock, key, ...checkGrants(probes), ...checks], reports };
}

/** Layer by layer; what stands on one that failed is skipped. */
function judgeWay(
  { dns, tcp, tls, probes }: NetworkFindings,
  { origin, proxy }: { origin: URL; proxy: ProxyServer | null },
  { now, env }: Findings['machine'],
  asked: ProbedProject,
): { checks: CheckResult[]; probes: Probes | null } {
  const checks: CheckResult[] = [checkDns(origin, dns, proxy)];
  const without = (why: string) => ({
    checks: [...checks, ...skip(WAY.slice(checks.length), why)],
    probes: null,
  });
  if (tcp === null) return without('the name was not resolved');
  // Side by side one may have failed where a moment later the other did not: an answer is proof.
  const answered = probes?.rooms.outcome.kind === 'answer';
  checks.push(checkTcp(origin, tcp, proxy));
  if (tcp.kind === 'failure' && !answered) return without('there is no connection');
  const tlsCheck = checkTls(
    origin,
    tls,
    now,
    env.NODE_TLS_REJECT_UNAUTHORIZED === '0',
    trustedBeside(env),
  );
  checks.push(tlsCheck);
  if (probes === null || (tlsCheck.status === 'failed' && !answered))
    return without('there is no secure connection');
  const api = checkApi(probes.rooms, asked);
  return { checks: [...checks, api], probes: api.status === 'ok' ? probes : null };
}

/** The numbers of our own, by whose trunk they are. */
function ourNumbers(trunks: readonly TrunkReport[]): OurNumber[] {
  return trunks
    .filter(({ direction }) => direction === 'inbound')
    .flatMap(({ id, name, numbers }) => numbers.map((number) => ({ number, trunk: name || id })));
}

/** The longest that a transfer waits for its target: the config's own wait, or a department's. */
function longestWait(config: TransferConfig, settings: Settings): number {
  const waits = listDepartments(config).map(
    (department) => resolveDepartmentSettings(settings, department.name, department).wait.value,
  );
  return Math.max(settings.wait.value, ...waits);
}

// Where each department leads, on every trunk.

/** Whether the templates of a config make addresses at all. */
export function checkTemplates(config: TransferConfig): CheckResult {
  const problems = findTemplateProblems(config);
  return problems.length === 0
    ? check('templates', 'ok', 'all templates of the config make legal addresses')
    : check('templates', 'failed', 'some templates of the config make no legal address', {
        notes: problems.map(problemNote),
        hint: 'Correct them in the config; `lk-transfer config check` proves it without a server.',
        exitCode: 2,
      });
}

/**
 * One check a department, judged as `config check` judges it.
 * @param ours the numbers of LiveKit's inbound trunks: a target among them leads back to an agent
 */
export function checkDepartments(
  config: TransferConfig,
  ours: readonly OurNumber[] = [],
): CheckResult[] {
  const departments = listDepartments(config);
  if (departments.length === 0) return [check('departments', 'skipped', 'the config names none')];
  return departments.map(({ name }) => {
    const subject = { id: `department:${name}`, title: `Department ${name}` };
    const { problems, warnings: proven } = proveDepartment(name, config);
    const warnings = problems.length > 0 ? proven : [...proven, ...loops(name, config, ours)];
    const place = writePath(['departments', name]);
    const notes = [
      ...problems.map((problem) => inPlace(problemNote(problem))),
      ...warnings.map(inPlace),
    ];
    if (problems.length > 0) {
      return namedCheck(subject, 'failed', 'has no legal or allowed address', {
        notes,
        hint: `Correct ${place} in the config; \`lk-transfer config check\` proves it without a server.`,
        exitCode: 2,
      });
    }
    return namedCheck(subject, warnings.length > 0 ? 'warning' : 'ok', addresses(name, config), {
      notes,
      hint: warnings.length > 0 ? hintFor(name, warnings) : null,
    });

    /** The check has the department's name already. */
    function inPlace(text: string): string {
      if (text.startsWith(`${place}: `)) return text.slice(place.length + 2);
      return text.startsWith(`${place} on `) ? text.slice(place.length + 1) : text;
    }
  });
}

/** What is only known with the numbers of our own, which no config has. */
function loops(name: string, config: TransferConfig, ours: readonly OurNumber[]): string[] {
  if (ours.length === 0) return [];
  const warningsWith = (ourNumbers: readonly OurNumber[]) => {
    try {
      return resolveDestination(`department:${name}`, config, {
        ...{ id: null, name: null, host: null, provider: null, direction: null },
        ...{ trunkNumber: null, callerNumber: null, ourNumbers },
      }).warnings;
    } catch (error) {
      // A template that waits for a call has no address yet.
      if (!isKnownError(error)) throw error;
      return [];
    }
  };
  const without = warningsWith([]);
  return warningsWith(ours).filter((warning) => !without.includes(warning));
}

/** Every address it has, and on how many trunks that is so. */
function addresses(name: string, config: TransferConfig): string {
  const found = resolveOnEveryTrunk(`department:${name}`, config).flatMap(
    ({ destination, bridge }) =>
      destination === null ? [] : [bridge === null ? destination.referTo : bridgeText(bridge)],
  );
  return [...new Set(found)].join(' or, by trunk, ') || 'the address depends on the call';
}

/** What to do where a trunk has a way of its own, or none. */
function hintFor(name: string, warnings: readonly string[]): string | null {
  if (!warnings.some((warning) => warning.includes(' on trunk '))) return null;
  const see = `See \`lk-transfer resolve ${shellWord(`department:${name}`)} --all-trunks\`.`;
  return warnings.some((warning) => /cannot dial|reach no extensions/.test(warning))
    ? `${see} A "number" in ${writePath(['departments', name])} serves trunks that cannot dial the rest.`
    : see;
}
