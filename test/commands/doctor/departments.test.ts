import { describe, expect, it } from 'vitest';
import { checkDepartments, checkTemplates } from '../../../src/commands/doctor/report.ts';
import type { TransferConfig } from '../../../src/config/types.ts';

const CONFIG: TransferConfig = {
  defaultCountry: 'US',
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  trunks: { ST_t: { provider: 'twilio', domain: 'example' }, ST_u: {} },
};

const check = (departments: TransferConfig['departments'], config = CONFIG) =>
  checkDepartments({ ...config, departments });

describe('a department', () => {
  it('leads somewhere on every trunk', () => {
    expect(check({ desk: 'sip:desk@example.com' }, {})).toMatchObject([
      {
        id: 'department:desk',
        title: 'Department desk',
        status: 'ok',
        detail: 'sip:desk@example.com',
        notes: [],
        hint: null,
      },
    ]);
  });

  it('shows every address that it has', () => {
    expect(check({ sales: { to: '100', number: '+15105550200' } })[0]?.detail).toBe(
      'sip:100@pbx.example.com or, by trunk, sip:+15105550200@example.pstn.twilio.com',
    );
  });

  it('whose address waits for a call is a warning', () => {
    const dial = { extension: 'sip:{extension};c={callerNumber}@pbx.example.com' };
    const config = { dial, departments: { sales: '100' } };
    const ours = [{ number: '+15105550002', trunk: 'main' }];
    expect(checkDepartments(config, ours)).toMatchObject([
      {
        status: 'warning',
        notes: [expect.stringContaining('{callerNumber}')],
        hint: null,
        exitCode: 0,
      },
    ]);
  });

  it('that a trunk cannot dial is a warning, with the way to see more', () => {
    expect(check({ "o'hara": '100' })).toMatchObject([
      {
        status: 'warning',
        detail: 'sip:100@pbx.example.com',
        notes: [expect.stringMatching(/^on trunk ST_t: .*100/)],
        hint: expect.stringContaining(`resolve 'department:o'\\''hara' --all-trunks`),
        exitCode: 0,
      },
    ]);
  });

  it('that leads nowhere has failed', () => {
    expect(check({ lost: '100' }, { dial: {} })).toMatchObject([
      {
        id: 'department:lost',
        status: 'failed',
        exitCode: 2,
        notes: [expect.any(String)],
        hint: expect.any(String),
      },
    ]);
  });

  it('that is a number of our own is a warning', () => {
    const departments = { mobile: '+15105550002', desk: 'sip:desk@example.com' };
    const config = { ...CONFIG, trunks: {}, departments };
    const ours = [{ number: '+15105550002', trunk: 'main' }];
    expect(checkDepartments(config, ours)).toMatchObject([
      {
        status: 'warning',
        notes: expect.arrayContaining([
          expect.stringMatching(/\+15105550002 .*inbound trunk main/),
        ]),
      },
      { status: 'ok' },
    ]);
  });

  it('there may be none', () => {
    expect(check({})).toMatchObject([{ id: 'departments', status: 'skipped' }]);
  });
});

describe('templates', () => {
  it('make legal addresses, or have failed', () => {
    expect(checkTemplates(CONFIG)).toMatchObject({ status: 'ok' });
    expect(checkTemplates({ dial: { extension: 'sip:{extension}@a b' } })).toMatchObject({
      status: 'failed',
      notes: [expect.stringMatching(/^dial\.extension: .*sip:100@a b/)],
      exitCode: 2,
    });
  });
});
