import { expect, it } from 'vitest';
import { historyFolder } from '../../src/history/files.ts';

const cases: [string, Record<string, string>, NodeJS.Platform, string][] = [
  ['under ~/.local/state', {}, 'linux', '/home/ann/.local/state/lk-transfer'],
  ['under XDG_STATE_HOME', { XDG_STATE_HOME: '/st' }, 'linux', '/st/lk-transfer'],
  [
    'not under a relative one',
    { XDG_STATE_HOME: 'st' },
    'linux',
    '/home/ann/.local/state/lk-transfer',
  ],
  ['not under an empty one', { XDG_STATE_HOME: '' }, 'linux', '/home/ann/.local/state/lk-transfer'],
  ['under ~/.local/state on macOS too', {}, 'darwin', '/home/ann/.local/state/lk-transfer'],
  ['where XDG says on macOS', { XDG_STATE_HOME: '/st' }, 'darwin', '/st/lk-transfer'],
  ['under LOCALAPPDATA on Windows', { LOCALAPPDATA: 'D:\\L' }, 'win32', 'D:\\L\\lk-transfer'],
  ['in the usual place on Windows', {}, 'win32', '\\home\\ann\\AppData\\Local\\lk-transfer'],
  [
    'where XDG says on Windows',
    { XDG_STATE_HOME: 'D:\\x', LOCALAPPDATA: 'D:\\L' },
    'win32',
    'D:\\x\\lk-transfer',
  ],
];

it.each(cases)('the record lies %s', (_title, env, platform, expected) => {
  expect(historyFolder({ env, home: '/home/ann', platform })).toBe(expected);
});
