import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { chooseProxy } from '../../src/livekit/server-route.ts';

const CLOUD = 'https://project.livekit.cloud';
const PLAIN = 'http://lk.example.com:7880';
const P = 'http://proxy.example:3128';

describe('the proxy for a server', () => {
  it.each<[string, Record<string, string>, string | null]>([
    [CLOUD, {}, null],
    [CLOUD, { HTTPS_PROXY: ' ' }, null],
    [CLOUD, { HTTPS_PROXY: P }, 'HTTPS_PROXY'],
    [CLOUD, { https_proxy: P }, 'https_proxy'],
    [CLOUD, { HTTPS_PROXY: P, https_proxy: P }, 'https_proxy'],
    [CLOUD, { HTTPS_PROXY: P, https_proxy: '' }, 'HTTPS_PROXY'],
    [CLOUD, { HTTP_PROXY: P }, null],
    [CLOUD, { ALL_PROXY: P }, 'ALL_PROXY'],
    [CLOUD, { all_proxy: P, HTTPS_PROXY: P }, 'HTTPS_PROXY'],
    [PLAIN, { HTTP_PROXY: P }, 'HTTP_PROXY'],
    [PLAIN, { http_proxy: P }, 'http_proxy'],
    [PLAIN, { HTTPS_PROXY: P }, null],
    [PLAIN, { all_proxy: P }, 'all_proxy'],
  ])('of %s, by %j, is that of %s', (server, env, variable) => {
    expect(chooseProxy(server, env).proxy?.variable ?? null).toBe(variable);
  });

  it.each<[string, string, boolean]>([
    [CLOUD, '*', true],
    [CLOUD, 'project.livekit.cloud', true],
    [CLOUD, 'PROJECT.livekit.cloud', true],
    [CLOUD, 'livekit.cloud', true],
    [CLOUD, '.livekit.cloud', true],
    [CLOUD, '*.livekit.cloud', true],
    [CLOUD, 'other.example, livekit.cloud', true],
    [CLOUD, 'other.example livekit.cloud', true],
    [CLOUD, 'livekit.cloud:443', true],
    [CLOUD, 'livekit.cloud:8443', false],
    [CLOUD, 'kit.cloud', false],
    [CLOUD, 'cloud.example', false],
    [CLOUD, ',', false],
    [CLOUD, '.', false],
    [CLOUD, '10.0.0.0/8', false],
    ['https://livekit.cloud', '.livekit.cloud', true],
    ['https://livekit.cloud.', 'livekit.cloud', true],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.0.0.0/8:443', true],
    ['https://10.1.2.3', '10.0.0.0/8:80', false],
    ['https://10.1.2.3', '11.0.0.0/8', false],
    ['https://10.1.2.3', '10.0.0.0/99', false],
    ['https://10.1.2.3', '10.1.2.3/x', false],
    ['https://10.1.2.3', '2.3', false],
    ['https://[2001:db8::1]', '2001:db8::1', true],
    ['https://[2001:db8::1]', '2001:db8::/32', true],
    ['https://[2001:db8::1]', '[2001:db8::1]', true],
    ['https://[2001:db8::1]', '[2001:db8::1]:443', true],
    ['https://[2001:db8::1]', '[2001:db8::1]:80', false],
    ['https://[2001:db8::1]', '10.0.0.0/8', false],
  ])('of %s is left out by NO_PROXY=%s: %s', (server, NO_PROXY, isLeftOut) => {
    const expected = { set: ['HTTPS_PROXY'], exempt: isLeftOut ? 'NO_PROXY' : null };
    const choice = chooseProxy(server, { HTTPS_PROXY: P, NO_PROXY });
    expect(choice).toMatchObject(expected);
    expect(choice.proxy === null).toBe(isLeftOut);
  });

  it.each([
    'http://localhost:7880',
    'http://lk.localhost',
    'http://127.0.0.2',
    'http://[::1]:7880',
  ])('is never used for %s, which is this machine', (server) => {
    const expected = { proxy: null, set: ['HTTP_PROXY'], exempt: 'loopback' };
    expect(chooseProxy(server, { HTTP_PROXY: P })).toEqual(expected);
  });

  it.each([
    ['proxy.example', 'http://proxy.example/', 'proxy.example:80', null],
    ['proxy.example:3128', 'http://proxy.example:3128/', 'proxy.example:3128', null],
    ['https://proxy.example', 'https://proxy.example/', 'proxy.example:443', null],
    ['http://[::1]:3128/x?y', 'http://[::1]:3128/', '[::1]:3128', null],
    ['http://ann:pass@proxy.example:1', 'http://proxy.example:1/', 'proxy.example:1', 'ann:pass'],
    ['ann:pass@proxy.example:1', 'http://proxy.example:1/', 'proxy.example:1', 'ann:pass'],
    ['http://a%40b:%C3%BC%3A@p:1', 'http://p:1/', 'p:1', 'a@b:ü:'],
    ['http://ann:50%@p:1', 'http://p:1/', 'p:1', 'ann:50%'],
    ['http://ann@p:1', 'http://p:1/', 'p:1', 'ann:'],
  ])('at %s is %s, called %s', (HTTPS_PROXY, url, name, login) => {
    const { proxy } = chooseProxy(CLOUD, { HTTPS_PROXY });
    expect(proxy).toMatchObject({ name, variable: 'HTTPS_PROXY' });
    expect(proxy?.url.href).toBe(url);
    const sent = proxy?.authorization?.replace(/^Basic /, '');
    expect(sent === undefined ? null : Buffer.from(sent, 'base64').toString('utf8')).toBe(login);
  });

  it.each([
    'http://',
    'http://ann:CANARY@:3128',
    'http://ann:CANARY@proxy.example:99999',
    'socks5://ann:CANARY@proxy.example:1080',
    'socks5h://CANARY',
    'ftp://CANARY',
    'file:///CANARY',
    'http://CANARY example',
  ])('at %s is a mistake, told by the name of the variable alone', (written) => {
    const choose = () => chooseProxy(CLOUD, { https_proxy: written });
    expect(choose).toThrow(UsageError);
    expect(choose).toThrow(/^https_proxy names /);
    expect(choose).not.toThrow(/CANARY/);
  });

  it('that nobody can use does not matter where no proxy is used', () => {
    const wrong = { HTTPS_PROXY: 'socks5://p' };
    expect(chooseProxy(CLOUD, { ...wrong, NO_PROXY: '*' }).proxy).toBeNull();
    expect(chooseProxy(PLAIN, wrong).proxy).toBeNull();
  });

  it('is not chosen while the server is not known', () => {
    const env = { HTTPS_PROXY: P, http_proxy: 'socks5://p' };
    const expected = { proxy: null, set: ['HTTPS_PROXY', 'http_proxy'], exempt: null };
    expect(chooseProxy(null, env)).toEqual(expected);
  });
});
