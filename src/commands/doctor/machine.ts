/** What of this machine matters: the version of Node.js, and proxies that would have to be used. */
import { type CheckResult, check } from './check.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const OLDEST = [20, 17] as const;

/** @param version `20.17.0`, without a v */
export function checkNode(version: string, platform: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const found = `${version} on ${platform}`;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
    ? check('node', 'ok', found)
    : check('node', 'failed', `${found}, which is too old`, {
        hint: `Install Node.js ${OLDEST.join('.')} or newer.`,
      });
}

/** Of several spellings the one that is set; curl and its like know both. */
function variable(env: Environment, name: string): string | null {
  return [name, name.toLowerCase()].find((spelling) => (env[spelling] ?? '').trim() !== '') ?? null;
}

/** Whether NO_PROXY takes a host out: `*`, the host itself, or a domain above it. */
function isExempt(host: string, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    const pattern = entry
      .toLowerCase()
      .replace(/:\d+$/, '')
      .replace(/^\*?\./, '');
    if (pattern === '') return false;
    return pattern === '*' || host === pattern || host.endsWith(`.${pattern}`);
  });
}

/**
 * Requests go straight to the server: a proxy that is set, and would have to be used, is a warning.
 * Only the names of variables are told, since a proxy's address may carry a password.
 * @param origin of the server; null when it is not known
 */
export function checkProxy(env: Environment, origin: string | null): CheckResult {
  const url = origin === null ? null : new URL(origin);
  const names = [
    ...(url?.protocol === 'http:' ? [] : ['HTTPS_PROXY']),
    ...(url?.protocol === 'https:' ? [] : ['HTTP_PROXY']),
    'ALL_PROXY',
  ];
  const set = names.flatMap((name) => variable(env, name) ?? []);
  if (set.length === 0) return check('proxy', 'ok', 'none is set; requests go straight out');
  const exempting = variable(env, 'NO_PROXY');
  const host = url?.hostname.toLowerCase() ?? null;
  if (exempting !== null && host !== null && isExempt(host, env[exempting] ?? '')) {
    return check('proxy', 'ok', `${set.join(' and ')} set, and ${exempting} leaves ${host} out`);
  }
  const verb = set.length === 1 ? 'is' : 'are';
  return check('proxy', 'warning', `${set.join(' and ')} ${verb} set, and not used`, {
    hint: `lk-transfer connects to ${host ?? 'the server'} directly. Where only the proxy may go out, run it on a machine that reaches the server without one.`,
  });
}
