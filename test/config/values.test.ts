import { getCountries } from 'libphonenumber-js/max';
import { expect, it } from 'vitest';
import { countryCodes, readCountry } from '../../src/config/values.ts';

it('knows the countries that the tables of phone numbers know, and no others', () => {
  expect(countryCodes()).toEqual([...getCountries()].sort());
});

it.each([
  ['gb', { ok: true, code: 'GB' }],
  [' US ', { ok: true, code: 'US' }],
  ['UK', { ok: true, code: 'GB' }],
  ['EN', { ok: false, problem: 'there is no country "EN": did you mean GB?' }],
  ['ZZ', { ok: false, problem: expect.stringContaining('write two letters') }],
  ['USA', { ok: false, problem: expect.stringContaining('write two letters') }],
  ['', { ok: false, problem: expect.stringContaining('write two letters') }],
])('reads %j', (text, expected) => {
  expect(readCountry(text)).toEqual(expected);
});
