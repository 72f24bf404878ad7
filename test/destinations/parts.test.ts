import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nearestNames } from '../../src/core/text.ts';
import {
  addUriHeaders,
  checkReferHeader,
  parseReferHeader,
} from '../../src/destinations/address/uri.ts';
import { trunkConfigFor } from '../../src/destinations/destination.ts';
import { recogniseProvider } from '../../src/destinations/providers.ts';
import { findDepartment, listDepartments } from '../../src/destinations/reading.ts';
import { config, failureOf, trunkOf } from './config.ts';

describe('nearest names', () => {
  const names = ['sales', 'support', 'billing', 'voicemail', 'new business'];
  test.each([
    ['sale', ['sales']],
    ['slaes', ['sales']],
    ['SUPORT', ['support']],
    ['supp', ['support']],
    ['voice mail', ['voicemail']],
    ['newbusiness', ['new business']],
    ['legal', []],
    ['x', []],
    ['', []],
    ['s'.repeat(10_000), []],
  ])('%.20s', (name, expected) => {
    expect(nearestNames(name, names)).toEqual(expected);
  });

  test('three at most, the nearest first', () => {
    expect(nearestNames('desk1', ['desk4', 'desk3', 'desk12', 'desk2', 'desk1x'])).toHaveLength(3);
    expect(nearestNames('sales', ['sails', 'sale', 'sales eu'])[0]).toBe('sale');
  });
});

describe('departments', () => {
  test.each([
    ['sales', 'sales'],
    [' SALES ', 'sales'],
    ['New\u00a0 Business', 'sales'],
    ['berlin', 'Berlin'],
    ['toString', null],
    ['sal', null],
  ])('%j is %s', (name, found) => {
    expect(findDepartment(config, name)?.name ?? null).toBe(found);
  });

  test('short and long form are listed alike, in the order of the config', () => {
    const list = listDepartments(config);
    expect(list.map(({ name }) => name).slice(0, 3)).toEqual(['sales', 'support', 'billing']);
    expect(list[2]).toEqual({ name: 'billing', to: 'sip:300@pbx.company.com' });
    expect(listDepartments({})).toEqual([]);
  });

  test("an alias never takes another department's name", () => {
    const departments = { a: { to: '100', aliases: ['b'] }, b: '200' };
    expect(findDepartment({ departments }, 'B')?.to).toBe('200');
  });
});

describe('the part of the config that speaks for a trunk', () => {
  test.each([
    [{ id: 'ST_abc' }, 'ST_abc'],
    [{ id: 'ST_abc', name: 'Main Street', host: 'sip.example.net' }, 'ST_abc'],
    [{ id: 'ST_x', name: ' MAIN STREET', host: 'sip.example.net' }, 'Main Street'],
    [{ host: 'sip.example.net:5061' }, 'sip.example.net'],
    [{ host: 'Sip.Example.Net.' }, 'sip.example.net'],
    [{ host: 'a.b.example.net' }, '*.example.net'],
    [{ host: 'badexample.net' }, null],
    [{ host: '.example.net' }, null],
    [{ id: 'st_abc' }, null],
    [{ name: 'ST_abc' }, null],
    [{}, null],
  ])('%j', (known, key) => {
    expect(trunkConfigFor(config, trunkOf(known)).key).toBe(key);
  });

  test.each([
    [{ name: 'main' }, 'main'],
    [{ name: 'Main' }, 'Main'],
    [{ name: ' MAIN' }, 'Main'],
    [{ host: 'sip.example.com' }, 'sip.example.com'],
    [{ host: 'SIP.example.com' }, 'SIP.example.com'],
    [{ id: 'ST_A' }, 'ST_A'],
    [{ id: 'ST_a' }, 'ST_a'],
  ])('of two that differ in case alone the exact one: %j', (known, key) => {
    const keys = ['Main', 'main', 'SIP.example.com', 'sip.example.com', 'ST_a', 'ST_A'];
    const trunks = Object.fromEntries(keys.map((each) => [each, {}]));
    expect(trunkConfigFor({ trunks }, trunkOf(known)).key).toBe(key);
  });

  test('no call, no trunk', () => {
    expect(trunkConfigFor(config, null)).toEqual({ key: null, trunk: {} });
  });
});

describe('providers', () => {
  test.each([
    [{ 'sip.twilio.callSid': 'CA1' }, null, 'twilio'],
    [{ 'sip.telnyx.callLegID': '1' }, 'x.pstn.twilio.com', 'telnyx'],
    [{}, 'example.pstn.twilio.com', 'twilio'],
    [{}, 'EXAMPLE.PSTN.TWILIO.COM:5060', 'twilio'],
    [{}, 'sip.telnyx.com', 'telnyx'],
    [{}, '217.zt.plivo.com', 'plivo'],
    [{}, 'out.didww.com', 'didww'],
    [{}, 'x.pstn.twilio.com.evil.example', null],
    [{}, 'nottelnyx.com', null],
    [{}, '', null],
    [{ 'sip.callID': 'SCL_1' }, null, null],
  ])('%j at %s is %s', (attributes, host, provider) => {
    expect(recogniseProvider({ attributes: { ...attributes }, host })).toBe(provider);
  });

  test('the list of calls loads nothing heavy with them', () => {
    const folder = new URL('../../src/destinations/', import.meta.url);
    for (const file of ['providers.ts', 'destination.ts']) {
      const imports = readFileSync(new URL(file, folder), 'utf8').match(/^import (?!type).*$/gm);
      const light = /'(?:\.\/destination|\.\.\/config\/values|\.\.\/core\/errors)\.ts'/;
      expect(imports?.filter((line) => !light.test(line))).toEqual([]);
    }
  });
});

describe('headers for the REFER', () => {
  test.each([
    ['Referred-By: <sip:agent@example.com>', 'Referred-By', '<sip:agent@example.com>'],
    ['X-Reason:billing', 'X-Reason', 'billing'],
    [' User-to-User :  a:b;c ', 'User-to-User', 'a:b;c'],
    ['X-Empty:', 'X-Empty', ''],
  ])('%j', (text, name, value) => {
    expect(parseReferHeader(text)).toEqual({ name, value });
  });

  test.each([
    ['X-Reason billing', 'a header is written as "Name: value", and there is no ":"'],
    [': x', 'a header has no name'],
    ['X Reason: x', '"X Reason" is not the name of a SIP header'],
    ['Ünique: x', '"Ünique" is not the name of a SIP header'],
    [`${'X'.repeat(256)}: x`, 'is not the name of a SIP header'],
    ['X-A: b\r\nVia: c', 'CR (carriage return) at position 2 of the header X-A'],
    ['X-A\n: b', 'LF (line feed) at position 4'],
    ['X-A: \u0000', 'NUL at position 1 of the header X-A'],
    [`X-A: ${'é'.repeat(513)}`, 'the header X-A is longer than 1024 bytes'],
  ])('%.30j is refused', (text, message) => {
    expect(failureOf(() => parseReferHeader(text))).toContain(message);
  });

  const own =
    'Refer-To TO via Call-ID contact Content-Type Accept-Language Allow Allow-Events Route';
  test.each(`${own} c e f i k l m o r t u v`.split(' '))('%s belongs to the REFER', (name) => {
    expect(failureOf(() => parseReferHeader(`${name}: x`))).toContain(
      'belongs to the REFER itself',
    );
  });

  test('names of 255 and values of 1024 may be', () => {
    expect(() => checkReferHeader('X'.repeat(255), 'y'.repeat(1024))).not.toThrow();
  });

  test.each([
    [
      'sip:1@x.com',
      { 'User-to-User': 'a=b;c d&é' },
      'sip:1@x.com?User-to-User=a%3Db%3Bc%20d%26%C3%A9',
    ],
    ['sip:1@x.com?a=b', { C: 'd' }, 'sip:1@x.com?a=b&C=d'],
    ['sip:1?2@x.com', { C: 'd' }, 'sip:1?2@x.com?C=d'],
    ['sip:1@x.com', { A: '1', B: '' }, 'sip:1@x.com?A=1&B='],
    ['sip:1@x.com', {}, 'sip:1@x.com'],
  ])('%s with %j', (uri, headers, expected) => {
    expect(addUriHeaders(uri, { ...headers } as Record<string, string>)).toBe(expected);
  });
});
