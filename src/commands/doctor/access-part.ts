/** What config and credentials come to, as they were found or not. */
import { type ConfigError, isKnownError, type KnownError } from '../../core/errors.ts';
import { type CheckResult, check } from './check.ts';

export interface ConfigFound {
  /** null: there is none. */
  file: string | null;
  /** The example that the package ships. */
  bundled: boolean;
  /** Config files in its folder that nobody reads, since it comes first. */
  ignored: readonly string[];
}

/** @param config what was found, or why it cannot be used */
export function checkConfigFile(config: ConfigFound | KnownError): CheckResult {
  if (isKnownError(config)) {
    const problems = (config as Partial<ConfigError>).problems ?? [];
    return check('config', 'failed', config.message, {
      notes: problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
      hint: config.hint,
      exitCode: config.exitCode,
    });
  }
  if (config.file === null) {
    return check(
      'config',
      'warning',
      'none found: there are no departments, only numbers and URIs',
      {
        hint: 'Write one with `lk-transfer config init`, or name one with --config.',
      },
    );
  }
  const example = config.bundled ? ' (the example that comes with lk-transfer)' : '';
  const detail = `${config.file} is valid${example}`;
  if (config.ignored.length === 0) return check('config', 'ok', detail);
  return check('config', 'warning', detail, {
    notes: config.ignored.map((file) => `${file} is ignored: the other comes first`),
    hint: 'Remove what is no longer used, so that nobody edits the wrong one.',
  });
}

/** @param found the key and its source, or why there are none; null when nobody could look */
export function checkCredentials(
  found: { apiKey: string; source: string } | KnownError | null,
): CheckResult {
  if (found === null) {
    return check(
      'credentials',
      'skipped',
      'there are none but what the config may name, and it cannot be used',
    );
  }
  return isKnownError(found)
    ? check('credentials', 'failed', found.message, { hint: found.hint, exitCode: found.exitCode })
    : check('credentials', 'ok', `key ${found.apiKey} and its secret, from: ${found.source}`);
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** @param found the origin, or why there is none; null when nobody could look */
export function checkUrl(found: string | KnownError | null): CheckResult {
  if (found === null) return check('url', 'skipped', 'it belongs to the credentials');
  if (isKnownError(found)) {
    return check('url', 'failed', found.message, { hint: found.hint, exitCode: found.exitCode });
  }
  const { protocol, hostname } = new URL(found);
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return check('url', 'ok', found);
  return check('url', 'warning', `${found}: tokens and phone numbers go there unencrypted`, {
    hint: 'Use wss:// or https:// if the server has TLS, or keep the way to it private.',
  });
}
