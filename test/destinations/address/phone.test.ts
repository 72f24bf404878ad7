import { describe, expect, test } from 'vitest';
import { readCallerNumber, readCarrierNumber } from '../../../src/destinations/address/numbers.ts';
import { parsePhone } from '../../../src/destinations/address/phone.ts';
import { failureOf } from '../config.ts';

test('a number with its country needs no other', () => {
  expect(parsePhone('+1 510 555 0100').e164).toBe('+15105550100');
  expect(failureOf(() => parsePhone('510 555 0100'))).toContain('+15105550100');
});

describe('any usual writing', () => {
  test.each([
    ['+15105550100', null, '+15105550100'],
    ['+1 (510) 555-0100', null, '+15105550100'],
    ['(+1) 510 555 0100', null, '+15105550100'],
    ['+1.510.555.0100', null, '+15105550100'],
    ['+1 510/555/0100', null, '+15105550100'],
    ['+1\u2011510\u2013555\u20140100', null, '+15105550100'],
    ['+1\u00a0510\u00a0555\u00a00100', null, '+15105550100'],
    ['（510）555－0100', 'US', '+15105550100'],
    ['＋１５１０５５５０１００', null, '+15105550100'],
    ['+١٥١٠٥٥٥٠١٠٠', null, '+15105550100'],
    ['+۱۵۱۰۵۵۵۰۱۰۰', null, '+15105550100'],
    ['(510) 555-0100', 'US', '+15105550100'],
    ['510.555.0100', 'us', '+15105550100'],
    ['1 510 555 0100', 'US', '+15105550100'],
    ['030 901820', 'DE', '+4930901820'],
    ['+49 (0)30 901820', null, '+4930901820'],
    ['+44 (0)20 7946 0958', 'US', '+442079460958'],
    ['06 1234 5678', 'IT', '+390612345678'],
    ['0049 30 901820', 'DE', '+4930901820'],
    ['011 49 30 901820', 'US', '+4930901820'],
    ['0011 49 30 901820', 'AU', '+4930901820'],
    ['010 49 30 901820', 'JP', '+4930901820'],
    ['0113 496 0000', 'GB', '+441134960000'],
  ])('%s in %s', (text, country, e164) => {
    expect(parsePhone(text, country).e164).toBe(e164);
  });
});

describe('the short numbers of small countries', () => {
  test.each([
    ['27500', 'FK', '+50027500'],
    ['275 00', 'FK', '+50027500'],
    ['4002', 'NU', '+6834002'],
    ['22722', 'SH', '+29022722'],
    ['201234', 'FO', '+298201234'],
    ['712-345', 'AD', '+376712345'],
    ['40123', 'SB', '+67740123'],
    ['22000', 'NF', '+672322000'],
    ['4567', 'TK', '+6904567'],
    ['06 1234', 'IT', '+39061234'],
  ])('%s in %s', (text, country, e164) => {
    expect(parsePhone(text, country)).toMatchObject({ e164, isInUse: true });
  });
});

describe('a short code is no number to put a country code before', () => {
  test.each([
    ['116 117', 'DE', 'extension:116117', '+49116117'],
    ['116117', 'AT', 'extension:116117', '+43116117'],
    ['118 33', 'DE', 'extension:11833', '+4911833'],
    ['12 55 55', 'IT', 'extension:125555', '+39125555'],
    ['118-899', 'AT', 'extension:118899', '+43118899'],
  ])('%s in %s', (text, country, digits, e164) => {
    const failure = failureOf(() => parsePhone(text, country));
    expect(failure).toContain(`"${text}" is not a number in use, as far as is known. It may be a`);
    expect(failure).toContain(`Write ${digits} to send the digits as they are, or ${e164} if`);
  });

  test.each(['+49 116 117', '0049 116 117'])('unless somebody writes it: %s', (text) => {
    expect(parsePhone(text, 'DE')).toMatchObject({ e164: '+49116117', isInUse: false });
  });
});

describe('country, type, and whether it is in use', () => {
  test.each([
    ['+15105550100', 'US', 'FIXED_LINE_OR_MOBILE', true],
    ['+18005551234', 'US', 'TOLL_FREE', true],
    ['+19005551234', 'US', 'PREMIUM_RATE', true],
    ['+447012345678', 'GB', 'PERSONAL_NUMBER', true],
    ['+870773111632', null, 'MOBILE', true],
    ['+18762345678', 'JM', 'MOBILE', true],
    ['+15559876543', null, null, false],
    ['+80012345678', null, 'TOLL_FREE', true],
  ])('%s', (text, country, type, isInUse) => {
    expect(parsePhone(text, null)).toMatchObject({ e164: text, country, type, isInUse });
  });
});

describe('what is no number says why, and what would be', () => {
  test.each([
    ['5105550100', null, 'no country code, and no default country is set', 'set "defaultCountry"'],
    ['15105550100', null, 'no default country is set', 'for instance +15105550100;'],
    ['0049 30 901820', null, 'no default country is set', 'for instance +4930901820;'],
    ['0049 30 901820', 'US', '00 is not how US dials abroad (it dials 011)', 'Write +4930901820.'],
    ['0044 20 7946 0958', 'JP', '00 is not how JP dials abroad (it dials 010)', '+442079460958'],
    ['0044 20 7946 0958', 'AU', '00 is not how AU dials abroad', 'Write +442079460958.'],
    ['00', 'US', '00 is not how US dials abroad', 'Write the number with + and its country code.'],
    ['5105550100', 'XX', 'there is no country "XX" (defaultCountry)', 'Give two letters'],
    ['+1 510', null, '"+1 510" is too short to be a phone number', '+15105550100'],
    [
      '555-0100',
      'US',
      '"555-0100" is too short to be a phone number for US (+1)',
      'extension:5550100',
    ],
    ['+151055501000', null, 'is too long to be a phone number', 'country code'],
    ['5105550100999', 'US', 'is too long to be a phone number for US (+1)', 'country code'],
    ['+999123456', null, 'begins with a country code that does not exist', 'country code'],
    ['+', null, 'there is no digit in "+"', 'Write a number as +15105550100.'],
    ['1-800-FLOWERS', 'US', 'has letters in it, and phone numbers are digits only', 'as digits'],
    ['+1510555010x', 'US', 'has letters in it', 'as digits'],
    [
      '+15105550100 x123',
      null,
      '"x123" would have to be dialled after the answer',
      'to +15105550100 alone',
    ],
    ['(510) 555-0100 ext. 7', 'US', '"ext. 7" would have to be dialled', 'to 5105550100 alone'],
    ['+15105550100;ext=5', null, '";ext=5" would have to be dialled', 'or to a direct number'],
    ['+15105550100,,2#', null, '",,2#" would have to be dialled', 'to +15105550100 alone'],
    ['+15105550100p2', null, '"p2" would have to be dialled', 'to +15105550100 alone'],
    ['+15105550100#', null, '"#" would have to be dialled', 'to +15105550100 alone'],
    [
      '*67 5105550100',
      'US',
      '* at position 1: star codes are no phone numbers',
      'extension:*675105550100',
    ],
    ['*67 (510) 555-0100', 'US', 'star codes are no phone numbers', 'extension:*675105550100'],
    ['+1+510', null, '"+" at position 3 cannot stand in a phone number', 'as +15105550100'],
    ['+1510_5550100', null, '"_" at position 6 cannot stand in a phone number', ''],
    ['+1510😀5550100', null, '"😀" (U+1F600) at position 6 cannot stand', ''],
    ['1'.repeat(65), 'US', 'a phone number is not 65 characters long', ''],
  ])('%s in %s', (text, country, message, hint) => {
    const failure = failureOf(() => parsePhone(text, country));
    expect(failure).toMatch(/^destination: /);
    expect(failure).toContain(message);
    expect(failure).toContain(hint);
  });
});

describe("a caller's number, to compare with those of calls", () => {
  test.each([
    ['(510) 555-0100', 'US', '+15105550100'],
    ['+1 510 555 0100', null, '+15105550100'],
    ['15105550100', null, '+15105550100'],
    ['+1555', null, '+1555'],
    ['1001', 'US', null],
    ['SCL_abc', 'US', null],
    ['', null, null],
    ['\u202a+1 510 555 0100\u202c', null, '+15105550100'],
    ["'(510) 555-0100", 'US', '+15105550100'],
    ['\u200e15105550100', null, '+15105550100'],
    ['+52 1 55 1234 5678', null, '+5215512345678'],
    ['045 55 1234 5678', 'MX', '+520455512345678'],
    ['1 55 1234 5678', 'MX', null],
    ['5215512345678', null, '+5215512345678'],
    ['00 52 1 55 1234 5678', 'US', '+5215512345678'],
    ['07 08 09 10', 'CI', '+22507080910'],
  ])('%j in %s', (text, country, e164) => {
    expect(readCallerNumber(text, country)).toBe(e164);
  });

  test.each([
    ['5215512345678', null, '+5215512345678'],
    ['5215512345678', 'US', '+5215512345678'],
    ['005215512345678', 'US', '+5215512345678'],
    ['15512345678', 'MX', '+15512345678'],
    ['22507080910', null, '+22507080910'],
    ['07080910', null, null],
  ])('%s, as a carrier writes it, in %s', (digits, country, e164) => {
    expect(readCarrierNumber(digits, country)).toBe(e164);
  });
});
