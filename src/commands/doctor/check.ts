/** What a check comes to. */
import { type ExitCode, worstExitCode } from '../../core/errors.ts';

type CheckStatus =
  | 'ok'
  | 'warning'
  | 'failed'
  /** Something before it failed, so that it would say nothing. */
  | 'skipped'
  /** Nothing that only reads can find it out. */
  | 'not-checked';

/** One line of the report. In the field names of the JSON output, which stay. */
interface Check {
  /** `dns`, `grant-room-list`, `trunk:ST_abc`, `department:sales`. */
  id: string;
  status: CheckStatus;
  title: string;
  /** What was found, in a sentence without its full stop. */
  detail: string;
  /** More of it, a line each: the problems of a config, the numbers of a trunk. */
  notes: string[];
  /** What to do about it; null when there is nothing to do. */
  hint: string | null;
}

/** A check with what it means for the exit code: 0 unless it failed. */
export interface CheckResult extends Check {
  exitCode: ExitCode;
}

interface CheckExtras {
  hint?: string | null | undefined;
  notes?: readonly string[];
  /** Of a failure: 1 by default. */
  exitCode?: ExitCode;
}

/** The checks there is one of each, in the order of the report. */
const TITLES = {
  node: 'Node.js',
  proxy: 'Proxies',
  config: 'Config',
  credentials: 'Credentials',
  url: 'URL',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'LiveKit API',
  clock: 'Clock',
  key: 'API key',
  'grant-room-list': 'Grant roomList',
  'grant-room-admin': 'Grant roomAdmin',
  'grant-sip-admin': 'Grant sip.admin',
  'grant-sip-call': 'Grant sip.call',
  'grant-room-create': 'Grant roomCreate',
  sip: 'SIP service',
  trunks: 'Trunks',
  'config-trunks': 'Trunk names',
  bridge: 'Bridge',
  'media-timeout': 'Media time-out',
  templates: 'Templates',
  departments: 'Departments',
} as const;

export type CheckId = keyof typeof TITLES;

/** Makes a check of which there is one. */
export function check(
  id: CheckId,
  status: CheckStatus,
  detail: string,
  extras: CheckExtras = {},
): CheckResult {
  return namedCheck({ id, title: TITLES[id] }, status, detail, extras);
}

/** Makes a check of which there are as many as there are trunks or departments. */
export function namedCheck(
  subject: { id: string; title: string },
  status: CheckStatus,
  detail: string,
  { hint = null, notes = [], exitCode = 1 }: CheckExtras = {},
): CheckResult {
  return {
    ...subject,
    status,
    detail: detail.replace(/\.$/, ''),
    notes: [...notes],
    hint,
    exitCode: status === 'failed' ? exitCode : 0,
  };
}

/** The exit code of a whole report: that of the worst failure; warnings are none. */
export function reportExitCode(checks: readonly CheckResult[]): ExitCode {
  return worstExitCode(checks.map(({ exitCode }) => exitCode).filter((code) => code !== 0));
}
