import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundText,
  cleanerFor,
  cleanIds,
  hideSecrets,
  maskNumbers,
  numberMasker,
} from '../../src/history/redact.ts';
import { cpuMs } from '../support/cpu-time.ts';

describe('a secret', () => {
  it.each([
    ['sip:100@pbx.company.com', 'sip:100@pbx.company.com'],
    ['sip:100@pbx.company.com:5060;user=phone', 'sip:100@pbx.company.com:5060;user=phone'],
    ['tel:+15105550100', 'tel:+15105550100'],
    ['sip:ann:hush@pbx', 'sip:ann:***@pbx'],
    ['SIPS:ann:h:u:s:h@pbx:5061', 'SIPS:ann:***@pbx:5061'],
    ['_sip:ann:hush@pbx', '_sip:ann:***@pbx'],
    ['sip:ann@pbx?X-Key=hush&Subject=hush', 'sip:ann@pbx?***'],
    ['sip:ann:hush@pbx?X-Key=hush', 'sip:ann:***@pbx?***'],
    ['sip:pbx;lr?X-Key=(hush)', 'sip:pbx;lr?***)'],
    ['tel:+1510;x=1?hush@hush:hush', 'tel:+1510;x=1?***'],
    ['to sales (sip:ann:hush@pbx): the target', 'to sales (sip:ann:***@pbx): the target'],
    ['to sales (sip:pbx?X=hush): the target', 'to sales (sip:pbx?***): the target'],
    ['sip:a@b,sip:ann:hush@pbx', 'sip:a@b,sip:***@pbx'],
    ['wss://key:hush@host/rtc?access_token=hush', 'wss://key:***@host/rtc?***'],
    ['token eyJhbGciOi.eyJzdWIi.hush is', 'token *** is'],
    ['https://ann:hush@host/x and sip:a@b', 'https://ann:***@host/x and sip:a@b'],
    ['redis://:hush@host:6379/0', 'redis://:***@host:6379/0'],
    ['"postgres://ann:hush@host/db"', '"postgres://ann:***@host/db"'],
    ['turn:ann:hush@host:3478', 'turn:ann:***@host:3478'],
    ['see file:///a:b/c, 12:30 or a:b', 'see file:///a:b/c, 12:30 or a:b'],
    ['LIVEKIT_KEYS="APIabc123xyz: hush"', 'LIVEKIT_KEYS="APIabc123xyz: ***"'],
    ['{"keys":{"APIabc123xyz":"hush"}}', '{"keys":{"APIabc123xyz":"***"}}'],
    ['APIabc123xyz: hush\nport: 7880', 'APIabc123xyz: ***\nport: 7880'],
    [
      'the API: hosts, and APIabc123xyz is accepted',
      'the API: hosts, and APIabc123xyz is accepted',
    ],
    ['authPass: hush, bypass: no', 'authPass: *** bypass: no'],
    ['what? a gossip: nothing', 'what? a gossip: nothing'],
    ['LIVEKIT_API_SECRET=hush123 npm start', 'LIVEKIT_API_SECRET=*** npm start'],
    ['export X_PASSWD=hush', 'export X_PASSWD=***'],
    ['{"auth_password":"hush hush","a":1}', '{"auth_password":"***","a":1}'],
    ['{"auth_password":"hu\\"sh","a":1}', '{"auth_password":"***","a":1}'],
    ['{"turn_password" : "hush"}', '{"turn_password" : "***"}'],
    ['{"apiSecret":"hush","a":1}', '{"apiSecret":"***","a":1}'],
    [
      '{"a":"{\\"apiSecret\\":\\"hush\\",\\"b\\":1}"}',
      '{"a":"{\\"apiSecret\\":\\"***\\",\\"b\\":1}"}',
    ],
    ['{"password":"hush hush', '{"password":"***'],
    ['{"password":["hush hush"]}', '{"password":["***"]}'],
    ["apiSecret: 'hush hush', a: 1", "apiSecret: '***', a: 1"],
    ['auth_password: hush, done', 'auth_password: *** done'],
    ['OPENAI_API_KEY=hush', 'OPENAI_API_KEY=***'],
    ['Proxy-Authorization: Basic aHVzaA==', 'Proxy-Authorization: ***'],
    [
      'Authorization: Digest username="ann", response="hush"\nHost: h',
      'Authorization: ***\nHost: h',
    ],
    ['"authorization":"Bearer hush","a":1', '"authorization":"***","a":1'],
    ['curl -H "X: basic aHVzaA==" h', 'curl -H "X: basic ***" h'],
    ['sent Bearer hush to h', 'sent Bearer *** to h'],
    ['x --api-secret hush --url h', 'x --api-secret *** --url h'],
    ['x --api-secret=hush --url h', 'x --api-secret=*** --url h'],
    ['x --auth-password hush', 'x --auth-password ***'],
    ['x --api-secret-file secret.txt --url h', 'x --api-secret-file secret.txt --url h'],
    ['the secret is wrong, 3 passed: all', 'the secret is wrong, 3 passed: all'],
  ])('is hidden in %j', (text, expected) => {
    expect(hideSecrets(text)).toBe(expected);
  });

  it('is found in a text of any size in no time', () => {
    const start = cpuMs();
    const parts = ['sip:', 'sip:a:', 'eyJ', 'eyJ.', ' ', ')', '+1 ', '1.', '1('];
    const named = [
      'secret',
      'secret:',
      'token="',
      '--token ',
      'pass',
      '-',
      'basic ',
      '\\"',
      'jwt: ',
      'APIabcdef',
      'APIabcdef: ',
      'a://',
      'authauth',
    ];
    for (const part of [...parts, ...named, 'cookie=\\\\"\'']) {
      maskNumbers(hideSecrets(part.repeat(40_000)));
    }
    expect(cpuMs() - start).toBeLessThan(2000);
  });
});

describe('a masked number', () => {
  it.each([
    ['+15105550102', '+*********02'],
    ['sip_+15105550102', 'sip_+*********02'],
    ['call-_+15105550102_xYz42', 'call-_+*********02_xYz42'],
    ['caller15105550102', 'caller*********02'],
    ['sip:+15105550102@trunk', 'sip:+*********02@trunk'],
    ['tel:+1-510-555-0102', 'tel:+*-***-***-**02'],
    ['+1 (510) 555-0102', '+* (***) ***-**02'],
    ['510.555.0102', '***.***.**02'],
    ['+1.510.555.0102', '+*.***.***.**02'],
    ['510\u2013555\u20130102', '***\u2013***\u2013**02'],
    ['٠١٢٣٤٥٦', '*****٥٦'],
    ['1001', '1001'],
    ['12345', '***45'],
    ['sip:100@10.11.12.130:5060', 'sip:100@10.11.12.130:5060'],
    ['405 Method Not Allowed', '405 Method Not Allowed'],
    ['anonymous', 'anonymous'],
  ])('of %j is %j', (text, expected) => {
    expect(maskNumbers(text)).toBe(expected);
  });

  it('shows two digits at most, in every writing of it', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 15 });
    const gap = fc.constantFrom('', '', '', '-', ' ', '.', ') ', ' (', '/');
    const around = fc.constantFrom('', 'sip:+', 'sip_', 'call-', '(', 'x', ' +');
    fc.assert(
      fc.property(digits, fc.infiniteStream(gap), around, around, (number, gaps, front, back) => {
        const text = number.map((digit) => `${digit}${gaps.next().value}`).join('');
        fc.pre(!/(?:\d{1,3}\.){3}\d/.test(text));
        const masked = maskNumbers(`${front}${text}${back}`);
        expect(masked.match(/\d/g)?.length).toBe(2);
        expect(masked.replace(/[\d*]/g, '')).toBe(`${front}${text}${back}`.replace(/\d/g, ''));
      }),
    );
  });

  it('leaves the ids of LiveKit whole, and does not trust just any id', () => {
    const text = '+15105550102 (SCL_123456789012) on ST_12345678';
    expect(numberMasker(['SCL_123456789012', 'ST_12345678'])(text)).toBe(
      '+*********02 (SCL_123456789012) on ST_12345678',
    );
    expect(numberMasker(['5', '', '+1510'])(text)).toBe(
      '+*********02 (SCL_**********12) on ST_******78',
    );
  });

  it('leaves whole as many ids as a project has trunks', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `ST_${10_000_000 + index}`);
    const start = cpuMs();
    const mask = numberMasker(ids);
    const texts = Array.from({ length: 1000 }, () => '+15105550102 on ST_10019999, ST_10020000');
    for (const text of texts) {
      expect(mask(text)).toBe('+*********02 on ST_10019999, ST_******00');
    }
    expect(cpuMs() - start).toBeLessThan(2000);
  });
});

it('the ids of a call keep their digits, save one that is nothing but a number', () => {
  const ids = {
    ...{ 'sip.callIDFull': '1234567890@10.0.0.1', 'sip.telnyx.from': '+1 (510) 555-0102' },
    'sip.twilio.callSid': `CA${'1'.repeat(400)}`,
  };
  const cleaned = cleanIds(ids, cleanerFor({ callId: 'SCL_1', trunkId: null }, true));
  expect(cleaned['sip.callIDFull']).toBe('1234567890@10.0.0.1');
  expect(cleaned['sip.telnyx.from']).toBe('+* (***) ***-**02');
  expect(cleaned['sip.twilio.callSid']).toHaveLength(300);
  expect(cleanIds(undefined, (text) => text)).toEqual({});
});

it('a bounded text has at most 300 characters, and shows that it was cut', () => {
  expect(boundText('x'.repeat(300))).toBe('x'.repeat(300));
  expect(boundText('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
  expect(boundText(`${'x'.repeat(298)}😀yy`)).toBe(`${'x'.repeat(298)}…`);
});
