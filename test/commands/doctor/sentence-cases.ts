/** Every check that doctor makes, in every state that it can be in, for each reason. */
import {
  checkApi,
  checkConfigFile,
  checkCredentials,
  checkGrants,
  checkKey,
  checkUrl,
  type Probes,
} from '../../../src/commands/doctor/access.ts';
import type { CheckResult } from '../../../src/commands/doctor/check.ts';
import {
  checkClock,
  checkDns,
  checkNode,
  checkProxy,
  checkTcp,
  checkTls,
  trustedBeside,
} from '../../../src/commands/doctor/network.ts';
import {
  checkDepartments,
  checkTemplates,
  type Findings,
  judgeFindings,
} from '../../../src/commands/doctor/report.ts';
import {
  checkConfigTrunks,
  checkMediaTimeout,
  checkTrunks,
  judgeTrunks,
  reportTrunks,
} from '../../../src/commands/doctor/trunks.ts';
import type { TransferConfig } from '../../../src/config/types.ts';
import { ConfigError, CredentialsError, KnownError, UsageError } from '../../../src/core/errors.ts';
import { providerPresets } from '../../../src/destinations/providers.ts';
import type { Trunk } from '../../../src/livekit/messages.ts';
import { chooseProxy } from '../../../src/livekit/server-route.ts';
import {
  configured,
  findings,
  NOW,
  ORIGIN,
  outboundTrunk,
  tls,
  trunk,
  UNSEEN,
  unreached,
  WELL,
} from './findings.ts';
import { ASKED, all, answer, DENIED, NO_ANSWER, probes } from './probes.ts';

export type CheckCase = readonly [title: string, check: CheckResult];

const PAGE = '<html><title>Welcome</title></html>';
const HERE = new URL('http://localhost:7880');
const PROXY = chooseProxy(ORIGIN.href, { HTTPS_PROXY: 'http://proxy.example:3128' }).proxy;
const FROM_ELSEWHERE = 'What is told elsewhere.';

/** The machine, the config and what it leads to. */
export function machineCases(): CheckCase[] {
  const proxy = (env: Record<string, string>, server: URL | null = ORIGIN) =>
    checkProxy(chooseProxy(server?.href ?? null, env), server);
  const beside = { file: '/x/transfer.config.json', bundled: false, ignored: ['/x/other.json'] };
  const problems = [
    { path: 'dial.number', message: 'has no {number}' },
    { path: '', message: 'is odd' },
  ];
  const told = { hint: FROM_ELSEWHERE };
  return [
    ['new enough', checkNode('20.19.0', 'linux')],
    ['too old', checkNode('18.20.0', 'linux')],
    ['none', proxy({})],
    ['none, and no server is known', proxy({}, null)],
    ['one that is used', proxy({ HTTPS_PROXY: 'p' })],
    ['one that is used, with a password', proxy({ HTTPS_PROXY: 'http://a:b@p:1' })],
    ['one, and no server is known', proxy({ HTTP_PROXY: 'p' }, null)],
    ['one that leaves the server out', proxy({ HTTPS_PROXY: 'p', NO_PROXY: '*' })],
    ['two, for this machine', proxy({ HTTP_PROXY: 'p', ALL_PROXY: 'p' }, HERE)],
    ['none that can be used', checkProxy(new UsageError('X names no HTTP proxy.', told), ORIGIN)],
    ['valid', checkConfigFile({ ...beside, ignored: [] })],
    ['the example', checkConfigFile({ ...beside, bundled: true, ignored: [] })],
    ['none', checkConfigFile({ file: null, bundled: false, ignored: [] })],
    ['beside another', checkConfigFile(beside)],
    [
      'with problems',
      checkConfigFile(new ConfigError('/x has 2 problems.', { problems, ...told })),
    ],
    ['there', checkCredentials({ apiKey: 'APItest', source: 'environment' })],
    ['missing', checkCredentials(new CredentialsError('There are none.', told))],
    ['not looked for', checkCredentials(null)],
    ['encrypted', checkUrl('https://lk.example.com')],
    ['under a path', checkUrl('https://lk.example.com/livekit')],
    ['unencrypted, on this machine', checkUrl('http://127.0.0.1:7880')],
    ['unencrypted', checkUrl('http://lk.example.com')],
    [
      'wrong',
      checkUrl(new KnownError('wrong-url', 'LIVEKIT_URL carries a query or a fragment.', told)),
    ],
    ['not looked for', checkUrl(null)],
  ];
}

const NO_WAY = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'TIMEOUT', 'EHOSTUNREACH', 'EPROTO'];

/** The way to the server, layer by layer. */
export function wayCases(): CheckCase[] {
  const secure = (found: Parameters<typeof checkTls>[1], unchecked = false) =>
    checkTls(ORIGIN, found, NOW, unchecked);
  const at = new URL('http://192.0.2.1:7880');
  const addresses = ['192.0.2.1', '2001:db8::1'];
  return [
    ['found', checkDns(ORIGIN, { kind: 'reached', ms: 12, addresses })],
    ['an address', checkDns(at, null)],
    ...NO_WAY.map((code): CheckCase => [code, checkDns(ORIGIN, unreached(code))]),
    ['of a proxy, found', checkDns(ORIGIN, { kind: 'reached', ms: 12, addresses }, PROXY)],
    ['of a proxy, not found', checkDns(ORIGIN, unreached('ENOTFOUND'), PROXY)],
    ['open', checkTcp(ORIGIN, { kind: 'reached', ms: 3, address: '192.0.2.1' })],
    ['open, by address', checkTcp(at, { kind: 'reached', ms: 3, address: '192.0.2.1' })],
    ...NO_WAY.map((code): CheckCase => [code, checkTcp(ORIGIN, unreached(code))]),
    ['to a proxy', checkTcp(at, { kind: 'reached', ms: 3, address: '192.0.2.9' }, PROXY)],
    ...NO_WAY.map(
      (code): CheckCase => [`to a proxy, ${code}`, checkTcp(ORIGIN, unreached(code), PROXY)],
    ),
    [
      'refused by a proxy',
      secure({ ...unreached('PROXY_REFUSED'), message: 'the proxy p refused' }),
    ],
    ['not let in', secure({ ...unreached('PROXY_LOGIN'), message: 'the proxy p wants a login' })],
    ['good', secure(tls(90))],
    ['good for 13 days', secure(tls(13.9))],
    ['good for a day', secure(tls(1))],
    ['taken unseen', secure(tls(90), true)],
    [
      'good, by certificates of one’s own',
      checkTls(
        ORIGIN,
        tls(90),
        NOW,
        false,
        trustedBeside({ SSL_CERT_FILE: '/x/ca.pem', NODE_EXTRA_CA_CERTS: '/x/more.pem' }),
      ),
    ],
    [
      'the certificates to trust cannot be read',
      secure(new UsageError('SSL_CERT_FILE: /x/ca.pem does not exist.', { hint: FROM_ELSEWHERE })),
    ],
    ['no TLS', checkTls(at, null, NOW, false)],
    ['expired for days', secure(tls(-3, 'CERT_HAS_EXPIRED'))],
    ['expired for a day', secure(tls(-1, 'CERT_HAS_EXPIRED'))],
    ['another one expired', secure(tls(40, 'CERT_HAS_EXPIRED'))],
    ['not valid yet', secure(tls(40, 'CERT_NOT_YET_VALID'))],
    ['for other names', secure(tls(40, 'ERR_TLS_CERT_ALTNAME_INVALID'))],
    ['for no name', secure(tls(40, 'ERR_TLS_CERT_ALTNAME_INVALID', { names: [] }))],
    ['signed by nobody known', secure(tls(40, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'))],
    ['distrusted otherwise', secure(tls(40, 'CERT_REVOKED'))],
    ...NO_WAY.map((code): CheckCase => [code, secure(unreached(code))]),
  ];
}

const redirect = (redirectsTo: string): Probes['rooms'] => {
  const probe = answer(302, PAGE, 'text/html');
  return { ...probe, outcome: Object.assign({ redirectsTo }, probe.outcome) };
};

const OTHER_SERVERS: readonly [title: string, probe: Probes['rooms']][] = [
  ['a page', answer(200, PAGE, 'text/html')],
  ['something without a type', answer(404, 'no', '')],
  ['a gateway’s page', answer(502, PAGE, 'text/html')],
  ['too many requests', answer(429, PAGE, 'text/html')],
  ['a challenge’s page', answer(403, PAGE, 'text/html')],
  ['a proxy that wants a password', answer(401, PAGE, 'text/html')],
  ['a proxy’s word', answer(403, 'Forbidden')],
  ['JSON of another kind', answer(200, { status: 'up' })],
  ['the way to a login', redirect('https://portal.example.net/login?…')],
  ['the way to another server', redirect('https://lk.example.net/twirp/livekit.SIP/X')],
  ['another region', answer(451, 'project not allowed in this region.')],
  ['TLS is wanted', { ...NO_ANSWER, outcome: unreached('TLS_PORT') }],
  ['nothing', NO_ANSWER],
];
const REFUSED_KEYS = [
  'invalid API key',
  'invalid authorization token: token signature is invalid',
  'invalid authorization token: token is expired',
  'invalid authorization token',
];

/** The server, and what it makes of the key. */
export function serverCases(): CheckCase[] {
  const trouble = answer(503, { code: 'unavailable', msg: 'no response from servers' });
  const clocks = [0, 20, 600, -20, -60].map(
    (seconds): CheckCase => [
      seconds === 0 ? 'the same' : `the server is ${seconds} s ahead`,
      checkClock(seconds * 1000),
    ],
  );
  const grants = (title: string, given: Probes) =>
    checkGrants(given).map((check): CheckCase => [title, check]);
  return [
    ['LiveKit', checkApi(answer(200, { rooms: [] }), ASKED)],
    ...OTHER_SERVERS.map(([title, probe]): CheckCase => [title, checkApi(probe, ASKED)]),
    ...clocks,
    ['not told', checkClock(null)],
    ['accepted', checkKey(probes(), ASKED)],
    ['not known', checkKey(all(trouble), ASKED)],
    ...REFUSED_KEYS.map((body): CheckCase => [body, checkKey(all(answer(401, body)), ASKED)]),
    ...grants('all there', probes()),
    ...grants('all refused', all(DENIED)).slice(0, 3),
    ...grants('in trouble', all(trouble)).slice(0, 3),
    ...grants('no answer', all(NO_ANSWER)).slice(0, 3),
    ...grants('a page', all(answer(502, PAGE))).slice(0, 3),
  ];
}

function judged(one: Trunk, trunks: TransferConfig['trunks'] = {}): CheckResult {
  const [check] = checkTrunks(reportTrunks([one], { trunks }), NOW);
  if (check === undefined) throw new Error('a trunk without a check');
  return check;
}

/** The trunks that LiveKit has, or does not show. */
export function trunkCases(): CheckCase[] {
  const named = (trunks: TransferConfig['trunks']) =>
    checkConfigTrunks({ trunks }, reportTrunks([trunk(), outboundTrunk()], { trunks }));
  const timeouts = (...ms: (number | null)[]) => {
    const trunks = ms.map((mediaTimeoutMs, index) => trunk({ id: `ST_${index}`, mediaTimeoutMs }));
    return checkMediaTimeout(reportTrunks(trunks, {}), 90_000);
  };
  const lists = (title: string, given: Probes): CheckCase[] =>
    judgeTrunks(given, ASKED, {}, 90_000, UNSEEN).checks.map((check): CheckCase => [title, check]);
  const noSip = answer(500, { code: 'internal', msg: 'sip not connected (redis required)' });
  const [none] = checkTrunks([], NOW);
  return [
    ['inbound', judged(trunk())],
    ['inbound, any number, without a name', judged(trunk({ name: '', numbers: [] }))],
    ['outbound', judged(outboundTrunk())],
    ['outbound, recognised', judged(outboundTrunk({ address: 'example.pstn.twilio.com:5060' }))],
    ['the config says that REFER works', judged(trunk(), { ST_a: { refer: true } })],
    ['the config says that there is none', judged(trunk(), { ST_a: { refer: false } })],
    ...Object.keys(providerPresets).map((name): CheckCase => {
      const provider = name as keyof typeof providerPresets;
      return [`the config says ${name}`, judged(trunk(), { ST_a: { provider } })];
    }),
    [
      'the config says Twilio, and no REFER',
      judged(trunk(), { ST_a: { provider: 'twilio', refer: false } }),
    ],
    ...(none === undefined ? [] : [['there are none', none] as const]),
    ['the config names none', named({})],
    ['all are there', named({ MAIN: {}, ST_out: {} })],
    ['some are not there', named({ ST_a: {}, ST_gone: {}, other: {} })],
    ['long enough', timeouts(90_000, 600_000)],
    ['one is too short', timeouts(null)],
    ['several are too short', timeouts(null, 89_000, 90_000, null)],
    ['no trunks', checkMediaTimeout([], 90_000)],
    ...lists('they may not be seen', all(DENIED)),
    ...lists('there is no SIP', all(noSip)),
    ...lists('they do not come', all(NO_ANSWER)),
    ...lists('they are a page', all(answer(200, PAGE))),
    ...judgeTrunks(probes(), ASKED, null, 90_000, UNSEEN)
      .checks.filter(({ id }) => id === 'config-trunks')
      .map((check): CheckCase => ['without a config', check]),
  ];
}

/** Where the config leads. */
export function departmentCases(): CheckCase[] {
  const dialling: TransferConfig = {
    defaultCountry: 'US',
    dial: { extension: 'sip:{extension}@pbx.example.com' },
    trunks: { ST_t: { provider: 'twilio', domain: 'example' } },
  };
  const dial = { extension: 'sip:{extension};c={callerNumber}@pbx.example.com' };
  const ours = [{ number: '+15105550002', trunk: 'main' }];
  const departments = (config: TransferConfig) => checkDepartments(config, ours);
  const cases: [string, TransferConfig][] = [
    ['one address', { departments: { desk: 'sip:desk@example.com' } }],
    [
      'an address by trunk',
      { ...dialling, departments: { sales: { to: '100', number: '+15105550200' } } },
    ],
    ['an address that waits for a call', { dial, departments: { sales: '100' } }],
    ['a trunk that cannot dial it', { ...dialling, departments: { sales: '100' } }],
    [
      'a trunk without REFER',
      { trunks: { ST_old: { refer: false } }, departments: { desk: 'sip:desk@example.com' } },
    ],
    ['a number of our own', { ...dialling, trunks: {}, departments: { mobile: '+15105550002' } }],
    ['nowhere', { dial: {}, departments: { lost: '100' } }],
    ['none', {}],
  ];
  return [
    ['legal', checkTemplates(dialling)],
    ['not legal', checkTemplates({ dial: { extension: 'sip:{extension}@a b' } })],
    ...cases.flatMap(([title, config]) =>
      departments(config).map((check): CheckCase => [title, check]),
    ),
  ];
}

/** Reports with a failure early on, for what is skipped behind it. */
export function reportCases(): [title: string, checks: CheckResult[]][] {
  const down = all({ ...NO_ANSWER, outcome: unreached('ECONNREFUSED') });
  const network = (wishes: Partial<NonNullable<Findings['network']>>) =>
    findings({ network: { ...WELL, ...wishes } });
  const config = new ConfigError('/x is broken.');
  const credentials = new CredentialsError('There are none.');
  const cases: [string, Findings][] = [
    ['all is well', findings()],
    ['a config without departments', findings({ config: configured({}) })],
    ['a config that is broken', findings({ config })],
    [
      'no config, and nothing else',
      findings({ config, credentials: null, url: null, network: null }),
    ],
    ['no credentials', findings({ credentials, network: null })],
    [
      'a name that nobody has',
      network({ dns: unreached('ENOTFOUND'), tcp: null, tls: null, probes: null }),
    ],
    ['no connection', network({ tcp: unreached('ECONNREFUSED'), probes: down })],
    ['no secure connection', network({ tls: unreached('EPROTO'), probes: down })],
    ['no LiveKit', network({ probes: all(NO_ANSWER) })],
    ['a key that is not accepted', network({ probes: all(answer(401, 'invalid API key')) })],
  ];
  return cases.map(([title, given]) => [title, judgeFindings(given).checks]);
}
