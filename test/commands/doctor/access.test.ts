import { describe, expect, it } from 'vitest';
import {
  checkConfigFile,
  checkCredentials,
  checkUrl,
} from '../../../src/commands/doctor/access.ts';
import { ConfigError, CredentialsError, KnownError, UsageError } from '../../../src/core/errors.ts';

describe('a config', () => {
  it.each([
    [{ file: '/x/transfer.config.json', bundled: false, ignored: [] }, 'ok'],
    [{ file: '/x', bundled: true, ignored: [] }, 'ok'],
    [{ file: null, bundled: false, ignored: [] }, 'warning'],
  ])('%j is %s', (found, status) => {
    const check = checkConfigFile(found);
    expect(check).toMatchObject({ id: 'config', status, notes: [], exitCode: 0 });
    expect(check.hint === null).toBe(status === 'ok');
    expect(check.detail).toContain(found.file ?? '');
  });

  it('beside another that nobody reads is a warning', () => {
    const ignored = ['/x/transfer.config.yaml'];
    expect(
      checkConfigFile({ file: '/x/transfer.config.json', bundled: false, ignored }),
    ).toMatchObject({
      id: 'config',
      status: 'warning',
      detail: expect.stringContaining('/x/transfer.config.json'),
      notes: [expect.stringContaining('/x/transfer.config.yaml')],
      hint: expect.any(String),
      exitCode: 0,
    });
  });

  it('that is wrong tells every problem', () => {
    const problems = [
      { path: 'dial.number', message: 'has no {number}' },
      { path: '', message: 'is odd' },
    ];
    expect(checkConfigFile(new ConfigError('/x has 2 problems.', { problems }))).toMatchObject({
      status: 'failed',
      notes: ['dial.number: has no {number}', 'is odd'],
      exitCode: 2,
    });
  });

  it('under a variable that makes no sense has failed too', () => {
    const error = new UsageError('LK_TRANSFER_WAIT: expected a duration.', { hint: 'Like 90s.' });
    expect(checkConfigFile(error)).toMatchObject({
      status: 'failed',
      hint: 'Like 90s.',
      exitCode: 2,
    });
  });
});

describe('credentials', () => {
  it('are told by their key and source', () => {
    expect(checkCredentials({ apiKey: 'APIx', source: 'environment' })).toMatchObject({
      id: 'credentials',
      status: 'ok',
      detail: expect.stringMatching(/APIx.*environment/),
      exitCode: 0,
    });
  });

  it('that are missing exit with 4', () => {
    expect(checkCredentials(new CredentialsError('There are none.'))).toMatchObject({
      status: 'failed',
      exitCode: 4,
    });
  });

  it('that nobody could look for are skipped', () => {
    expect(checkCredentials(null)).toMatchObject({ status: 'skipped', exitCode: 0 });
  });
});

describe('a URL', () => {
  it.each([
    ['https://lk.example.com', 'ok'],
    ['https://lk.example.com/livekit', 'ok'],
    ['http://127.0.0.1:7880', 'ok'],
    ['http://localhost:7880', 'ok'],
    ['http://[::1]:7880', 'ok'],
    ['http://lk.example.com:7880', 'warning'],
    ['http://127.evil.example', 'warning'],
    [null, 'skipped'],
    [new KnownError('wrong-url', '--url carries a query or a fragment.'), 'failed'],
  ])('%s is %s', (found, status) => {
    expect(checkUrl(found)).toMatchObject({ status, exitCode: status === 'failed' ? 2 : 0 });
  });
});
