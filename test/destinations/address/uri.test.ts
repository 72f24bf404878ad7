import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkUri } from '../../../src/destinations/address/uri.ts';

type Cases = [section: string, uri: string][];
const published: { valid: Cases; invalid: Cases; warn: Cases } = JSON.parse(
  readFileSync(new URL('sip-uris.json', import.meta.url), 'utf8'),
);

describe('published addresses', () => {
  test.each(published.valid)('%s: %s is legal', (_, uri) => {
    expect(checkUri(uri)).toMatchObject({ ok: true, uri });
  });
  test.each(published.invalid)('%s: %s is not', (_, uri) => {
    expect(checkUri(uri).ok).toBe(false);
  });
  test.each(published.warn)('%s: %s is doubtful', (_, uri) => {
    const checked = checkUri(uri);
    expect(checked.ok && checked.warnings.length).toBe(1);
  });
});

describe('legal addresses come apart, the scheme lower-cased and the rest as typed', () => {
  test.each([
    ['SIP:Al%69ce@X.com', 'sip:Al%69ce@X.com', 'Al%69ce', 'X.com'],
    ['SipS:a:b@x.com:5061;p?h=v', 'sips:a:b@x.com:5061;p?h=v', 'a', 'x.com'],
    ['sip:x.com', 'sip:x.com', null, 'x.com'],
    ['sip:a?b@x.com', 'sip:a?b@x.com', 'a?b', 'x.com'],
    ['sip:a@[::1]:5060', 'sip:a@[::1]:5060', 'a', '[::1]'],
    ['sip:a:@x.com', 'sip:a:@x.com', 'a', 'x.com'],
    ['sip:a@x.com.', 'sip:a@x.com.', 'a', 'x.com.'],
    ['sip:a@x.com?h=', 'sip:a@x.com?h=', 'a', 'x.com'],
    ['sip:a@1.2.3.4', 'sip:a@1.2.3.4', 'a', '1.2.3.4'],
    ['sip:a@3com.com', 'sip:a@3com.com', 'a', '3com.com'],
    ['tel:+1(510) 555-0100', 'tel:+15105550100', '+15105550100', null],
    ['TEL:+12', 'tel:+12', '+12', null],
    ['tel:+123456789012345', 'tel:+123456789012345', '+123456789012345', null],
  ])('%s', (text, uri, user, host) => {
    expect(checkUri(text)).toMatchObject({ ok: true, uri, user, host });
  });
});

describe('illegal ones: the character, its position, and a repaired form', () => {
  test.each([
    ['', 1, 'nothing', undefined],
    ['alice', 1, '"a"', undefined],
    ['alice@x.com', 1, 'starts with sip:', 'sip:alice@x.com'],
    ['http://x.com', 1, 'starts with sip:', undefined],
    [' sip:a@x.com', 1, 'a blank', 'sip:a@x.com'],
    ['"A B" <sip:a@x.com>;tag=1', 1, '"""', 'sip:a@x.com'],
    ['sip:@x.com', 5, 'no user part', 'sip:x.com'],
    ['sip:a b@x.com', 6, 'a blank', undefined],
    ['sip:a"b@x.com', 6, '"""', undefined],
    ['"100" 100@pbx.company.com', 1, '"""', 'sip:100@pbx.company.com'],
    ['"A <b@c.com>" <sip:a@x.com>', 1, '"""', 'sip:a@x.com'],
    ['Ann 100@x.com', 1, '"A"', undefined],
    ['Ann "100" 100@x.com', 1, '"A"', undefined],
    ['mailto:a@b.com', 1, 'starts with sip:', undefined],
    ['<mailto:a@b.com>', 1, 'starts with sip:', undefined],
    ['a:b@x.com', 1, 'starts with sip:', undefined],
    ['//a@x.com', 1, 'starts with sip:', undefined],
    ['sip :100@x.com', 1, 'starts with sip:', 'sip:100@x.com'],
    ['sip: 100@x.com', 5, 'a blank', 'sip:100@x.com'],
    ['sip:100 @x.com', 8, 'a blank', 'sip:100@x.com'],
    ['sip:+52 1 55 1234 5678@x.com', 8, 'a blank', 'sip:+5215512345678@x.com'],
    ['sip:+1 (510) 555-0100@x.com', 7, 'a blank', 'sip:+15105550100@x.com'],
    ['sip:+49 (0) 30 1234567@x.com', 8, 'a blank', undefined],
    ['sip:10 0@x.com', 7, 'a blank', undefined],
    ['sip:a:b:c@x.com', 8, '":"', undefined],
    ['a@x.com,b@y.com', 1, 'starts with sip:', undefined],
    ['sip:a@x.com sales', 12, 'a blank', undefined],
    ['sip:*21#@x.com', 8, '"#"', 'sip:*21%23@x.com'],
    ['sip:100%@x.com', 8, '"%" without two hex digits', 'sip:100%25@x.com'],
    ['sip:a%4@x.com', 6, '"%"', 'sip:a%254@x.com'],
    ['sip:a:b;c@x.com', 8, 'the password', 'sip:a:b%3Bc@x.com'],
    ['sip:a@b@x.com', 8, 'a second "@"', 'sip:a%40b@x.com'],
    ['sip:😀@x.com', 5, '"😀" (U+1F600)', 'sip:%F0%9F%98%80@x.com'],
    ['sip:\ud83d@x.com', 5, 'half of a character', 'sip:%EF%BF%BD@x.com'],
    ['sip:a@', 7, 'no host', undefined],
    ['sip:a@x..com', 9, 'two dots', undefined],
    ['sip:a@.com', 7, 'two dots, or a dot', undefined],
    ['sip:a@x-.com', 8, '"-" at position 8 cannot end', undefined],
    ['sip:a@-x.com', 7, '"-" at position 7 cannot begin', undefined],
    ['sip:a@x.1', 9, 'must begin with a letter', undefined],
    ['sip:a@1.2.3', 11, 'must begin with a letter', undefined],
    ['sip:a@x_y.com', 8, '"_"', undefined],
    ['sip:a@mé.com', 8, '"é" (U+00E9)', 'sip:a@xn--m-bga.com'],
    ['sip:a@x.com:', 12, 'a port number is missing', 'sip:a@x.com'],
    ['sip:a@x.com:5060x', 17, '"x"', undefined],
    ['sip:a@x.com:sip', 12, 'a port number is missing', undefined],
    ['sip:a@x.com;', 13, 'a parameter has no name', 'sip:a@x.com'],
    ['sip:a@x.com;;lr', 13, 'a parameter has no name', 'sip:a@x.com;lr'],
    ['sip:a@x.com;lr=', 16, 'a parameter has an empty value', undefined],
    ['sip:a@x.com;a=b=c', 16, '"="', undefined],
    ['sip:a@x.com; lr', 13, 'a blank', 'sip:a@x.com;lr'],
    ['sip:a@x.com?h', 14, 'has no "="', undefined],
    ['sip:a@x.com?h=a;b', 16, '";"', undefined],
    ['sip:a@[::1', 7, '"[" at position 7 is not closed', undefined],
    ['sip:a@[1::2::3]', 8, 'eight groups', undefined],
    ['sip:a@[1:2:3:4:5:6:7:8:9]', 8, 'eight groups', undefined],
    ['sip:a@[::g]', 10, '"g"', undefined],
    ['sip:a@[fe80::1%25eth0]', 15, '"%"', undefined],
    ['sip:a@[::1]x', 12, '"x"', undefined],
    ['sip:a@2001:db8::10', 7, 'must begin with a letter', 'sip:a@[2001:db8::10]'],
    ['sip:a@x.com\r\nVia: x', 12, 'CR (carriage return)', undefined],
    ['sip:a\u0000@x.com', 6, 'NUL', undefined],
    ['sip:a\u009b@x.com', 6, 'the control character U+009B', undefined],
    ['sip:a\u200b@x.com', 6, 'the invisible character U+200B', undefined],
    [`sip:${'a'.repeat(1021)}`, 1025, 'longer than 1024', undefined],
    [`sip:${'é'.repeat(200)}@x.com`, 5, '"é"', undefined],
    ['tel:', 5, 'needs + and 2 to 15 digits', undefined],
    ['tel:+1', 7, 'needs + and 2 to 15 digits', undefined],
    ['tel:5105550100', 5, 'needs the + and the country code', undefined],
    ['tel:+1234567890123456', 21, 'more than 15 digits', undefined],
    ['tel:+1510555FLOW', 13, '"F"', undefined],
    ['tel:++1', 6, '"+"', undefined],
    ['tel:+15105550100;ext=1', 17, 'cannot carry parameters', 'tel:+15105550100'],
    ['tel:*67', 5, '"*"', undefined],
  ])('%j', (text, position, message, repaired) => {
    const checked = checkUri(text);
    if (checked.ok) throw new Error('it was taken');
    expect(checked.position).toBe(position);
    expect(checked.message).toContain(message);
    expect(checked.repaired).toBe(repaired);
  });
});

describe('legal and doubtful', () => {
  test.each([
    ['sip:tel:+15105550100@x.com', 'two schemes'],
    ['sip:alice:pw@x.com', 'carries a password'],
    ['sip:x.com', 'no user part'],
    ['sip://a@x.com', 'a SIP address has no slashes'],
    ['sip:a%0Ab@x.com', 'an escaped control character'],
    ['sip:15105550100@x.com', 'looks like a phone number without its +'],
    ['sip:1-510-555-0100@x.com', 'looks like a phone number without its +'],
    ['sip:a@256.1.1.1', 'a part is above 255'],
    ['sip:a@8.8.010.8', 'a part begins with 0, which some read as octal'],
    ['sip:a@10.1.2.3', 'private address'],
    ['sip:a@172.16.0.1', 'private address'],
    ['sip:a@192.168.1.1', 'private address'],
    ['sip:a@100.64.0.1', 'private address'],
    ['sip:a@169.254.1.1', 'private address'],
    ['sip:a@127.0.0.1', 'private address'],
    ['sip:a@[::1]', 'private address'],
    ['sip:a@[0:0:0:0:0:0:0:1]', 'private address'],
    ['sip:a@[fd00::1]', 'private address'],
    ['sip:a@[fe80::1]', 'private address'],
    ['sip:a@[::ffff:10.0.0.1]', 'private address'],
    ['sip:a@localhost', 'a provider cannot reach yours'],
    ['sip:a@pbx', 'a name of a local network'],
    ['sip:a@pbx.local', 'a name of a local network'],
    ['sip:a@x.com:0', 'port 0 does not exist'],
    ['sip:a@x.com:65536', 'port 65536 does not exist'],
    ['sip:a@x.com;lr;LR', 'the parameter "lr" is there twice'],
    ['sip:a@x.com;method=BYE', 'asks the trunk for a BYE'],
    ['sip:a@x.com?body=x', 'a message body'],
    ['sip:a@x.com?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3', 'Replaces in the address takes over a'],
    ['sip:a@x.com?X=1&Refer%2DTo=sip:b', 'the header refer-to in the address is not'],
    ['sip:a@x.com?from=sip:b', 'the header from in the address is not'],
  ])('%s', (uri, warning) => {
    const checked = checkUri(uri);
    expect(checked.ok ? checked.warnings : checked.message).toEqual([
      expect.stringContaining(warning),
    ]);
  });

  test.each([
    'sip:a@x.com:65535',
    'sip:1234567@x.com',
    'sip:+15105550100@x.com',
    'sip:a@172.32.0.1',
    'sip:a@8.8.8.8',
    'sip:a@[2001:db8::1]',
    'sip:a@x.com;method=INVITE',
    'sip:a@x.com?User-to-User=x&Subject=y',
    'tel:+15105550100',
  ])('%s is not', (uri) => {
    expect(checkUri(uri)).toMatchObject({ ok: true, warnings: [] });
  });
});
