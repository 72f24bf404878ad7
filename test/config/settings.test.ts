import { describe, expect, it } from 'vitest';
import {
  applySettings,
  isSetForThisRun,
  listSettings,
  resolveDepartmentSettings,
  resolveSettings,
} from '../../src/config/settings.ts';

const config = {
  defaultCountry: 'DE',
  transfer: { wait: '60s', dialtone: false },
  livekit: { project: 'staging' },
};

describe('flag before environment before file before default (conduct 48)', () => {
  it.each([
    ['wait', { wait: '2m' }, { LK_TRANSFER_WAIT: '30' }, config, 120_000, 'flag --wait'],
    ['wait', {}, { LK_TRANSFER_WAIT: '30' }, config, 30_000, 'environment LK_TRANSFER_WAIT'],
    ['wait', {}, { LK_TRANSFER_WAIT: '' }, config, 60_000, 'file'],
    ['wait', {}, {}, { transfer: { wait: 45 } }, 45_000, 'file'],
    ['wait', {}, {}, {}, 90_000, 'default'],
    [
      'dialtone',
      { dialtone: false },
      { LK_TRANSFER_DIALTONE: 'yes' },
      {},
      false,
      'flag --no-dialtone',
    ],
    ['dialtone', { dialtone: true }, {}, config, 'auto', 'flag --dialtone'],
    [
      'dialtone',
      { dialtone: 'jp' },
      { LK_TRANSFER_DIALTONE: 'us' },
      config,
      'jp',
      'flag --dialtone',
    ],
    [
      'dialtone',
      {},
      { LK_TRANSFER_DIALTONE: 'Us' },
      config,
      'us',
      'environment LK_TRANSFER_DIALTONE',
    ],
    ['dialtone', {}, {}, { transfer: { dialtone: 'uk' } }, 'uk', 'file'],
    ['dialtone', {}, {}, { transfer: { dialtone: true } }, 'auto', 'file'],
    [
      'dialtone',
      {},
      { LK_TRANSFER_DIALTONE: 'ON' },
      config,
      'auto',
      'environment LK_TRANSFER_DIALTONE',
    ],
    ['dialtone', {}, { LK_TRANSFER_DIALTONE: '0' }, {}, false, 'environment LK_TRANSFER_DIALTONE'],
    ['dialtone', {}, {}, config, false, 'file'],
    ['dialtone', {}, {}, {}, 'auto', 'default'],
    [
      'defaultCountry',
      {},
      { LK_TRANSFER_COUNTRY: 'fr' },
      config,
      'FR',
      'environment LK_TRANSFER_COUNTRY',
    ],
    ['defaultCountry', {}, {}, config, 'DE', 'file'],
    ['defaultCountry', {}, {}, {}, null, 'default'],
    ['project', { project: 'live' }, {}, config, 'live', 'flag --project'],
    ['project', {}, {}, config, 'staging', 'file'],
    ['project', {}, {}, {}, null, 'default'],
    ['countries', {}, {}, { policy: { countries: [] } }, [], 'file'],
    ['domains', {}, {}, { policy: { domains: ['a.com'] } }, ['a.com'], 'file'],
    ['domains', {}, {}, {}, null, 'default'],
    ['countries', {}, {}, config, ['DE'], 'default'],
    ['countries', {}, { LK_TRANSFER_COUNTRY: 'fr' }, config, ['DE'], 'default'],
    ['countries', {}, { LK_TRANSFER_COUNTRY: 'fr' }, {}, ['FR'], 'default'],
    ['countries', {}, {}, {}, null, 'default'],
    ['adHoc', {}, {}, { policy: { adHoc: false } }, false, 'file'],
    ['premium', {}, {}, {}, false, 'default'],
    ['premium', {}, {}, { policy: { premium: ['personal'] } }, ['personal'], 'file'],
  ] as const)('%s %j %j %j', (key, flags, env, file, value, origin) => {
    const settings = resolveSettings({ flags, env, config: file as object });
    expect(settings[key]).toEqual({ value, origin });
    expect(isSetForThisRun(settings[key])).toBe(/^(?:flag|environment)/.test(origin));
  });
});

describe('the config of a run', () => {
  it.each([
    [{}, undefined, {}],
    [{}, 'FR', { defaultCountry: 'FR' }],
    [{ defaultCountry: 'DE' }, undefined, { defaultCountry: 'DE' }],
    [{ defaultCountry: 'DE' }, 'de', { defaultCountry: 'DE' }],
    [{ defaultCountry: 'DE' }, 'FR', { defaultCountry: 'FR', fileCountry: 'DE' }],
  ])('%j with %s has %j', (file, variable, expected) => {
    const settings = resolveSettings({ env: { LK_TRANSFER_COUNTRY: variable }, config: file });
    expect(applySettings(file, settings)).toEqual(expected);
  });

  it('is the file otherwise', () => {
    expect(applySettings(config, resolveSettings({ config }))).toEqual(config);
  });
});

describe('the record of transfers', () => {
  it.each([
    [{ history: false }, { LK_TRANSFER_HISTORY: 'yes' }, {}, false, 'flag --no-history'],
    [{ history: true }, { LK_TRANSFER_HISTORY: 'no' }, {}, true, 'flag --history'],
    [
      {},
      { LK_TRANSFER_HISTORY: 'no' },
      { enabled: true },
      false,
      'environment LK_TRANSFER_HISTORY',
    ],
    [{}, { LK_TRANSFER_HISTORY: '' }, { enabled: false }, false, 'file'],
    [{}, {}, {}, true, 'default'],
  ])('is kept or not by %j %j %j', (flags, env, history, value, origin) => {
    const settings = resolveSettings({ flags, env, config: { history } });
    expect(settings.history.enabled).toEqual({ value, origin });
  });

  it('is kept in full for 90 days unless the file says otherwise', () => {
    expect(resolveSettings({ config: {} }).history).toMatchObject({
      maskNumbers: { value: false, origin: 'default' },
      days: { value: 90, origin: 'default' },
    });
    const history = { maskNumbers: true, days: 7 };
    expect(resolveSettings({ config: { history } }).history).toMatchObject({
      maskNumbers: { value: true, origin: 'file' },
      days: { value: 7, origin: 'file' },
    });
  });
});

describe('what makes no sense is a usage error that names its flag or variable', () => {
  it.each([
    [{ wait: 'soon' }, {}, '--wait: expected a duration such as 45s or 2m, or whole seconds'],
    [{ wait: '1s' }, {}, '--wait: expected a wait from 2s to 290s'],
    [{ wait: '' }, {}, '--wait: expected a duration such as 45s or 2m, or whole seconds'],
    [{}, { LK_TRANSFER_WAIT: '10m' }, 'LK_TRANSFER_WAIT: expected a wait from 2s to 290s'],
    [{}, { LK_TRANSFER_HISTORY: 'never' }, 'LK_TRANSFER_HISTORY: expected true or false'],
    [
      { dialtone: 'uss' as 'us' },
      {},
      '--dialtone: expected true, false, auto, us, uk, jp, au or etsi',
    ],
    [
      {},
      { LK_TRANSFER_DIALTONE: 'maybe' },
      'LK_TRANSFER_DIALTONE: expected true, false, auto, us, uk, jp, au or etsi',
    ],
    [
      {},
      { LK_TRANSFER_DIALTONE: 'constructor' },
      'LK_TRANSFER_DIALTONE: expected true, false, auto, us, uk, jp, au or etsi',
    ],
    [
      {},
      { LK_TRANSFER_COUNTRY: 'USA' },
      'LK_TRANSFER_COUNTRY: there is no country "USA": write two letters, such as US, DE or GB',
    ],
  ])('%j %j', (flags, env, message) => {
    expect(() => resolveSettings({ flags, env, config })).toThrow(
      expect.objectContaining({ name: 'UsageError', message: `${message}.` }),
    );
  });

  it('asks for the country that was probably meant', () => {
    expect(() => resolveSettings({ env: { LK_TRANSFER_COUNTRY: 'en' }, config })).toThrow(
      /^LK_TRANSFER_COUNTRY: there is no country "en": did you mean GB\?$/,
    );
  });
});

describe('a department', () => {
  const mobile = { to: '1', wait: '20s', dialtone: true, country: 'US' };

  it('overrides the rest of the file', () => {
    expect(resolveDepartmentSettings(resolveSettings({ config }), 'mobile', mobile)).toEqual({
      wait: { value: 20_000, origin: 'file, departments.mobile.wait' },
      dialtone: { value: 'auto', origin: 'file, departments.mobile.dialtone' },
      defaultCountry: { value: 'US', origin: 'file, departments.mobile.country' },
    });
  });

  it('yields to flags and environment, except for the country its own number is written in', () => {
    const settings = resolveSettings({
      flags: { wait: '9s' },
      env: { LK_TRANSFER_DIALTONE: 'no', LK_TRANSFER_COUNTRY: 'GB' },
      config,
    });
    const { wait, dialtone, defaultCountry } = resolveDepartmentSettings(
      settings,
      'mobile',
      mobile,
    );
    expect([wait.value, dialtone.value, defaultCountry.value]).toEqual([9000, false, 'US']);
  });

  it('has the general settings when it says nothing', () => {
    const settings = resolveSettings({ config });
    const { wait, dialtone, defaultCountry } = settings;
    expect(resolveDepartmentSettings(settings, 'sales', { to: '100' })).toEqual({
      wait,
      dialtone,
      defaultCountry,
    });
  });
});

it('lists every setting with its origin, as config show prints it', () => {
  const settings = resolveSettings({
    flags: { wait: '2m', rooms: ['call-*'] },
    config: {
      dial: { number: 'tel:{number}', extension: null },
      agents: ['bot-*'],
      rooms: ['other-*'],
    },
  });
  expect(listSettings(settings)).toEqual([
    { key: 'defaultCountry', value: null, origin: 'default' },
    { key: 'dial.number', value: 'tel:{number}', origin: 'file' },
    { key: 'dial.extension', value: null, origin: 'file' },
    { key: 'transfer.wait', value: '120s', origin: 'flag --wait' },
    { key: 'transfer.dialtone', value: 'auto', origin: 'default' },
    { key: 'agents', value: ['bot-*'], origin: 'file' },
    { key: 'rooms', value: ['call-*'], origin: 'flag --rooms' },
    { key: 'policy.adHoc', value: true, origin: 'default' },
    { key: 'policy.countries', value: null, origin: 'default' },
    { key: 'policy.domains', value: null, origin: 'default' },
    { key: 'policy.premium', value: false, origin: 'default' },
    { key: 'history.enabled', value: true, origin: 'default' },
    { key: 'history.maskNumbers', value: false, origin: 'default' },
    { key: 'history.days', value: 90, origin: 'default' },
    { key: 'completion.live', value: false, origin: 'default' },
    { key: 'livekit.project', value: null, origin: 'default' },
  ]);
});
