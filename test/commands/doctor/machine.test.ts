import { describe, expect, it } from 'vitest';
import { checkNode, checkProxy } from '../../../src/commands/doctor/network.ts';

describe('Node.js', () => {
  it.each([
    ['20.17.0', 'ok'],
    ['20.16.9', 'failed'],
    ['18.20.0', 'failed'],
    ['22.1.0', 'ok'],
  ])('%s is %s', (version, status) => {
    expect(checkNode(version, 'linux')).toMatchObject({ id: 'node', status });
  });
});

const CLOUD = 'https://my-project.livekit.cloud';

describe('a proxy', () => {
  it.each([
    [{}, CLOUD, 'ok', 'none is set'],
    [{ HTTPS_PROXY: '' }, CLOUD, 'ok', 'none is set'],
    [{ HTTP_PROXY: 'http://p' }, CLOUD, 'ok', 'none is set'],
    [{ HTTPS_PROXY: 'http://p' }, 'http://127.0.0.1:7880', 'ok', 'none is set'],
    [{ HTTPS_PROXY: 'http://p' }, CLOUD, 'warning', 'HTTPS_PROXY is set, and not used'],
    [{ https_proxy: 'http://p' }, CLOUD, 'warning', 'https_proxy is set, and not used'],
    [
      { HTTPS_PROXY: 'http://p', all_proxy: 'p' },
      CLOUD,
      'warning',
      'HTTPS_PROXY and all_proxy are set, and not used',
    ],
    [{ http_proxy: 'http://p' }, 'http://lk:7880', 'warning', 'http_proxy is set'],
    [{ HTTP_PROXY: 'http://p' }, null, 'warning', 'HTTP_PROXY is set'],
    [
      { HTTPS_PROXY: 'http://p', NO_PROXY: 'localhost, .livekit.cloud' },
      CLOUD,
      'ok',
      'HTTPS_PROXY set, and NO_PROXY leaves my-project.livekit.cloud out',
    ],
    [{ HTTPS_PROXY: 'p', no_proxy: 'livekit.cloud:443' }, CLOUD, 'ok', 'no_proxy leaves'],
    [{ HTTPS_PROXY: 'p', no_proxy: '*' }, CLOUD, 'ok', 'no_proxy leaves'],
    [{ HTTPS_PROXY: 'p', no_proxy: 'other.cloud,t.cloud' }, CLOUD, 'warning', 'not used'],
  ])('%j, with %s, is %s: %s', (env, origin, status, detail) => {
    const found = checkProxy(env, origin);
    expect(found).toMatchObject({ id: 'proxy', status });
    expect(found.detail).toContain(detail);
  });

  it('is never told of with its address, which may hold a password', () => {
    const env = { HTTPS_PROXY: 'http://user:CANARY@proxy.example' };
    expect(JSON.stringify(checkProxy(env, CLOUD))).not.toMatch(/CANARY|proxy\.example/);
  });
});
