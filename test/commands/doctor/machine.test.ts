import { describe, expect, it } from 'vitest';
import { checkNode, checkProxy } from '../../../src/commands/doctor/network.ts';

describe('Node.js', () => {
  it.each([
    ['20.17.0', 'ok'],
    ['20.16.9', 'failed'],
    ['18.20.0', 'failed'],
    ['22.1.0', 'ok'],
  ])('%s is %s', (version, status) => {
    expect(checkNode(version, 'linux')).toMatchObject({
      id: 'node',
      status,
      exitCode: status === 'failed' ? 1 : 0,
    });
  });
});

const CLOUD = 'https://my-project.livekit.cloud';

/** The variables that are named. */
const namedIn = (detail: string) => detail.match(/\w+_proxy\b/gi) ?? [];

describe('a proxy', () => {
  it.each([
    [{}, CLOUD, 'ok', []],
    [{ HTTPS_PROXY: '' }, CLOUD, 'ok', []],
    [{ HTTP_PROXY: 'http://p' }, CLOUD, 'ok', []],
    [{ HTTPS_PROXY: 'http://p' }, 'http://127.0.0.1:7880', 'ok', []],
    [{ HTTPS_PROXY: 'http://p' }, CLOUD, 'warning', ['HTTPS_PROXY']],
    [{ https_proxy: 'http://p' }, CLOUD, 'warning', ['https_proxy']],
    [{ HTTPS_PROXY: 'http://p', all_proxy: 'p' }, CLOUD, 'warning', ['HTTPS_PROXY', 'all_proxy']],
    [{ http_proxy: 'http://p' }, 'http://lk:7880', 'warning', ['http_proxy']],
    [{ HTTP_PROXY: 'http://p' }, null, 'warning', ['HTTP_PROXY']],
    [
      { HTTPS_PROXY: 'http://p', NO_PROXY: 'localhost, .livekit.cloud' },
      CLOUD,
      'ok',
      ['HTTPS_PROXY', 'NO_PROXY'],
    ],
    [{ HTTPS_PROXY: 'p', no_proxy: 'livekit.cloud:443' }, CLOUD, 'ok', ['HTTPS_PROXY', 'no_proxy']],
    [{ HTTPS_PROXY: 'p', no_proxy: '*' }, CLOUD, 'ok', ['HTTPS_PROXY', 'no_proxy']],
    [{ HTTPS_PROXY: 'p', no_proxy: 'other.cloud,t.cloud' }, CLOUD, 'warning', ['HTTPS_PROXY']],
  ])('%j, with %s, is %s: %j', (env, origin, status, names) => {
    const found = checkProxy(env, origin);
    expect(found).toMatchObject({ id: 'proxy', status, exitCode: 0 });
    expect(namedIn(found.detail)).toEqual(names);
    expect(found.hint === null).toBe(status === 'ok');
  });

  it('is never told of with its address, which may hold a password', () => {
    const env = { HTTPS_PROXY: 'http://user:CANARY@proxy.example' };
    expect(JSON.stringify(checkProxy(env, CLOUD))).not.toMatch(/CANARY|proxy\.example/);
  });
});
