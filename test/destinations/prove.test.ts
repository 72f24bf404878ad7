import { describe, expect, it } from 'vitest';
import { problemNote } from '../../src/commands/doctor/check.ts';
import type { TransferConfig } from '../../src/config/types.ts';
import { proveConfig, proveDepartments } from '../../src/destinations/prove.ts';

const DIAL = {
  number: 'sip:{number}@trunk.provider.com',
  extension: 'sip:{extension}@pbx.company.com',
};

/** The proof in lines, as people read it, and where its problems are. */
function proofOf(trunk: object, sales: string | object, others: object = {}) {
  const config = {
    defaultCountry: 'US',
    dial: DIAL,
    trunks: { ST_x: trunk, ...others },
    departments: { sales },
  } as TransferConfig;
  const { problems, warnings, notes, unresolved } = proveDepartments(config);
  const paths = problems.map(({ path }) => path);
  return { problems: problems.map(problemNote), paths, warnings, notes, unresolved };
}

const REACHES_NO_PBX = { dial: { extension: null } };

describe('a trunk that a department does not resolve on', () => {
  it.each<[object, string | object, string]>([
    [REACHES_NO_PBX, '100', 'extension 100: this trunk cannot dial extensions (trunks.ST_x.dial'],
    [{ provider: 'twilio' }, '100', 'extension 100: this trunk cannot dial extensions (preset'],
    [{ dial: { number: null } }, '+15105550100', 'this trunk cannot dial phone numbers'],
  ])('%j, %j: a warning beside one that it resolves on, else wrong', (trunk, sales, text) => {
    const line = expect.stringMatching(`^departments\\.sales on trunk ST_x: `);
    const proof = proofOf(trunk, sales, { ST_y: {} });
    expect(proof).toMatchObject({ problems: [], notes: [] });
    expect(proof.warnings).toEqual([expect.stringContaining(text)]);
    expect(proof.warnings).toEqual([line]);
    expect(proof.unresolved).toEqual([{ department: 'sales', trunkKey: 'ST_x' }]);
    const alone = proofOf(trunk, sales);
    expect(alone.problems).toEqual([expect.stringContaining(text)]);
    expect(alone.problems).toEqual([line]);
    expect(alone).toMatchObject({ paths: ['departments.sales'], warnings: [], unresolved: [] });
  });

  it('is worth a note where no trunk of that kind has a name', () => {
    const dial = { extension: 'sip:{extension}@pbx.company.com' };
    const { problems, warnings, notes } = proveDepartments({
      trunks: { 'Main line': { dial } },
      departments: { sales: '100' },
    });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(notes).toEqual([
      'departments.sales on any trunk that the config does not name: extension 100: no template for extensions is configured (dial.extension)',
    ]);
  });

  it('is no doubt where only a call fills the template', () => {
    const extension = 'sip:{extension};c={callerNumber}@pbx.company.com';
    const proof = proofOf({ dial: { extension } }, '100');
    expect(proof.problems).toEqual([]);
    expect(proof.warnings).toEqual([
      'departments.sales on trunk ST_x: trunks.ST_x.dial.extension needs {callerNumber}, which is not known here',
    ]);
  });
});

describe('a bridged trunk', () => {
  const bridged = { method: 'bridge', bridge: { trunk: 'Out' } };

  it.each([
    ['100', []],
    ['+15105550100', []],
  ])('is proved by what the outbound trunk dials: %s', (sales, problems) => {
    expect(proofOf({ ...bridged, refer: false }, sales)).toMatchObject({ problems });
  });

  it('is wrong where the config says that the outbound trunk dials no extensions', () => {
    const config = {
      dial: DIAL,
      trunks: { Carrier: bridged, Out: { provider: 'twilio' } },
      departments: { sales: '100' },
    } as TransferConfig;
    const cannot = 'extension 100: this trunk cannot dial extensions (preset twilio)';
    expect(proveDepartments(config).problems).toEqual([
      {
        path: 'departments.sales',
        message: `departments.sales on trunk Carrier: ${cannot}`,
        hint: expect.stringContaining('configure trunks.Out.dial.extension'),
      },
      expect.objectContaining({ message: `departments.sales on trunk Out: ${cannot}` }),
    ]);
  });
});

describe('a trunk without REFER that does not say to bridge', () => {
  it.each([{ refer: false }, { provider: 'livekit' }, { provider: 'livekit', method: 'refer' }])(
    'is warned of once, with the key to add: %j',
    (trunk) => {
      const config = {
        dial: DIAL,
        trunks: { 'Old line': trunk },
        departments: { sales: '100', support: '200' },
      } as TransferConfig;
      const { problems, warnings, moveless } = proveConfig(config);
      expect({ problems, moveless }).toEqual({ problems: [], moveless: ['Old line'] });
      expect(warnings).toEqual([
        expect.stringMatching(
          /^trunks\["Old line"\]: it has no REFER .* Add "method": "bridge" to it$/,
        ),
      ]);
    },
  );
});

describe('the phone number of a department', () => {
  const proof = (sales: string) =>
    proveDepartments({ defaultCountry: 'GB', dial: DIAL, departments: { sales } });

  it('is doubted where no number of its country looks like it', () => {
    expect(proof('+44 20 7946 010').doubtful).toEqual(['sales']);
    expect(proof('+44 20 7946 0100').doubtful).toEqual([]);
  });

  it('is noted where it is abroad', () => {
    expect(proof('+15105550100').notes).toEqual([
      'departments.sales: +15105550100 is a number in US, and the default country is GB',
    ]);
    expect(proof('020 7946 0100').notes).toEqual([]);
  });
});

describe('a trunk that the config itself marks as one without REFER', () => {
  it.each(['100', 'sip:a@b.com', '+15105550100'])('is no warning to a department: %s', (sales) => {
    expect(proofOf({ refer: false }, sales)).toMatchObject({ problems: [], warnings: [] });
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

  it.each([
    [{ sales: '+1 510' }, 'departments.sales.to', '.to: "+1 510" is too short'],
    [{ sales: { to: '100', number: '557' } }, 'departments.sales.number', '.number: "557" is too'],
    [{ 'a: "b"': '+1 510' }, 'departments["a: \\"b\\""].to', '.to: "+1 510" is too short'],
    [{ sales: 'sip:a b@c.com' }, 'departments.sales', ' gives no legal address: '],
    [{ sales: '+19005550123' }, 'departments.sales', ': +19005550123 is a premium-rate number'],
  ])('%j: at %s, and people read the same', (departments, path, text) => {
    const { problems } = proveDepartments({ defaultCountry: 'US', dial: DIAL, departments });
    expect(problems).toEqual([expect.objectContaining({ path })]);
    const subject = path.replace(/\.(?:to|number)$/, '');
    expect(problems.map(problemNote)).toEqual([expect.stringContaining(`${subject}${text}`)]);
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
  expect(proveDepartments({ dial, departments: { sales: '+15105550100' } })).toMatchObject({
    problems: [],
    warnings: ['departments.sales: dial.number needs {callerNumber}, which is not known here'],
  });
});
