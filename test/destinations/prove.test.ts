import { describe, expect, it } from 'vitest';
import type { TransferConfig } from '../../src/config/types.ts';
import { proveDepartments } from '../../src/destinations/prove.ts';

const DIAL = {
  number: 'sip:{number}@trunk.provider.com',
  extension: 'sip:{extension}@pbx.company.com',
};

/** The proof in lines, `path: message`. */
function proofOf(trunk: object, sales: string | object) {
  const config = {
    defaultCountry: 'US',
    dial: DIAL,
    trunks: { ST_x: trunk },
    departments: { sales },
  } as TransferConfig;
  const { problems, warnings } = proveDepartments(config);
  const lines = problems.map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  return { problems: lines, warnings };
}

const REACHES_NO_PBX = { dial: { extension: null } };

describe('what the config says of a trunk itself is worth knowing, and not wrong', () => {
  it.each<[object, string | object, string]>([
    [REACHES_NO_PBX, '100', 'extension 100: this trunk cannot dial extensions (trunks.ST_x.dial'],
    [{ provider: 'twilio' }, '100', 'extension 100: this trunk cannot dial extensions (preset'],
    [{ refer: false }, '100', 'the trunk ST_x is known to have no REFER (trunks.ST_x.refer)'],
    [{ refer: false }, 'sip:a@b.com', 'the trunk ST_x is known to have no REFER'],
    [{ provider: 'livekit' }, '100', 'is known to have no REFER (trunks.ST_x.provider)'],
    [{ dial: { number: null } }, '+15105550100', 'this trunk cannot dial phone numbers'],
    [
      { dial: { extension: 'sip:{extension};c={callerNumber}@pbx.company.com' } },
      '100',
      'trunks.ST_x.dial.extension needs {callerNumber}, which is not known here',
    ],
  ])('%j, %j', (trunk, sales, warning) => {
    const proof = proofOf(trunk, sales);
    expect(proof.problems).toEqual([]);
    expect(proof.warnings).toEqual([expect.stringContaining(warning)]);
    expect(proof.warnings[0]).toMatch(/^departments\.sales on trunk ST_x: /);
  });
});

describe('what leads nowhere is wrong, on one trunk as on all', () => {
  const short = 'departments.sales.number: "557" is too short to be a phone number for US (+1)';
  it.each<[object, string | object, string]>([
    [REACHES_NO_PBX, { to: '100', number: '557' }, short],
    [{}, { to: '100', number: '557' }, short],
    [{ refer: false }, { to: '+15105550100', number: '557' }, short],
    [
      { provider: 'plivo' },
      '+15105550100',
      'departments.sales on trunk ST_x: preset plivo needs {domain}, which is not known here',
    ],
    [
      { dial: { extension: 'sip:{extension}@pbx_1.company.com' } },
      '100',
      'departments.sales on trunk ST_x: trunks.ST_x.dial.extension gives no legal address: ',
    ],
    [
      REACHES_NO_PBX,
      { to: '100', number: '+19005550123' },
      'departments.sales on trunk ST_x: +19005550123 is a premium-rate number',
    ],
  ])('%j, %j', (trunk, sales, problem) => {
    expect(proofOf(trunk, sales).problems).toEqual([expect.stringContaining(problem)]);
  });

  it('and told once where it is the same everywhere', () => {
    const { problems, warnings } = proveDepartments({
      trunks: { ST_x: {}, ST_y: {} },
      departments: { sales: '100' },
    });
    expect(problems.map(({ path }) => path)).toEqual(['departments.sales']);
    expect(warnings).toEqual([]);
  });
});

it('a template that waits for a call is no fault, whichever trunk it is for', () => {
  const dial = { number: 'sip:{number};c={callerNumber}@trunk.provider.com' };
  expect(proveDepartments({ dial, departments: { sales: '+15105550100' } })).toEqual({
    problems: [],
    warnings: ['departments.sales: dial.number needs {callerNumber}, which is not known here'],
  });
});
