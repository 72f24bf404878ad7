import { describe, expect, it } from 'vitest';
import { checkNode, checkProxy } from '../../../src/commands/doctor/network.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { chooseProxy } from '../../../src/livekit/server-route.ts';

describe('Node.js', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.18.9', 'failed'],
    ['21.7.3', 'failed'],
    ['22.7.0', 'failed'],
    ['18.20.0', 'failed'],
    ['22.8.0', 'ok'],
    ['24.0.0', 'ok'],
  ])('%s is %s', (version, status) => {
    expect(checkNode(version, 'linux')).toMatchObject({
      id: 'node',
      status,
      exitCode: status === 'failed' ? 1 : 0,
    });
  });
});

const CLOUD = 'https://my-project.livekit.cloud';
const P = 'http://ann:CANARY@proxy.example:3128';

describe('a proxy', () => {
  it.each<[Record<string, string>, string | null, string, string]>([
    [{}, CLOUD, 'ok', 'none is set for https://; requests go directly to the server'],
    [
      { HTTP_PROXY: P },
      CLOUD,
      'ok',
      'none is set for https://; requests go directly to the server',
    ],
    [{}, null, 'ok', 'none is set; requests go directly to the server'],
    [
      { HTTPS_PROXY: P },
      CLOUD,
      'ok',
      'proxy.example:3128 is used (HTTPS_PROXY, with a user and password)',
    ],
    [{ http_proxy: 'p' }, 'http://lk:7880', 'ok', 'p:80 is used (http_proxy)'],
    [
      { HTTPS_PROXY: P, all_proxy: P },
      CLOUD,
      'ok',
      'proxy.example:3128 is used (HTTPS_PROXY, with a user and password)',
    ],
    [
      { HTTPS_PROXY: P, NO_PROXY: 'livekit.cloud' },
      CLOUD,
      'ok',
      'HTTPS_PROXY is set, and NO_PROXY leaves my-project.livekit.cloud out; requests go directly to the server',
    ],
    [
      { http_proxy: P, ALL_PROXY: P },
      'http://127.0.0.1:7880',
      'ok',
      'http_proxy and ALL_PROXY are set, and 127.0.0.1 is this machine; requests go directly to the server',
    ],
    [
      { HTTP_PROXY: P },
      null,
      'not-checked',
      'HTTP_PROXY is set; the server decides whether it is used',
    ],
  ])('%j, with %s, is %s: %s', (env, server, status, detail) => {
    const found = checkProxy(chooseProxy(server, env), server === null ? null : new URL(server));
    expect(found).toMatchObject({ id: 'proxy', status, detail, exitCode: 0, hint: null });
  });

  it('that cannot be used fails, by the name of its variable', () => {
    const wrong = new UsageError('HTTPS_PROXY names no HTTP proxy.', { hint: 'Correct it.' });
    const expected = { status: 'failed', detail: 'HTTPS_PROXY names no HTTP proxy', exitCode: 2 };
    expect(checkProxy(wrong, new URL(CLOUD))).toMatchObject(expected);
  });
});
