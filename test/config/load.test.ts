import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfigFile, searchFolders, userConfigFolder } from '../../src/config/load.ts';
import { folderWith } from './folders.ts';

describe('the user folder (conduct 49)', () => {
  const cases: [string, Record<string, string>, NodeJS.Platform, string][] = [
    ['is under ~/.config', {}, 'linux', '/home/ann/.config/lk-transfer'],
    ['is under XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/cfg' }, 'linux', '/cfg/lk-transfer'],
    [
      'ignores a relative one',
      { XDG_CONFIG_HOME: 'cfg' },
      'linux',
      '/home/ann/.config/lk-transfer',
    ],
    ['ignores an empty one', { XDG_CONFIG_HOME: '' }, 'linux', '/home/ann/.config/lk-transfer'],
    ['is under ~/.config on macOS too', {}, 'darwin', '/home/ann/.config/lk-transfer'],
    ['follows XDG on macOS', { XDG_CONFIG_HOME: '/cfg' }, 'darwin', '/cfg/lk-transfer'],
    ['is under APPDATA on Windows', { APPDATA: 'D:\\Roam' }, 'win32', 'D:\\Roam\\lk-transfer'],
    ['has a default on Windows', {}, 'win32', '\\home\\ann\\AppData\\Roaming\\lk-transfer'],
    [
      'follows XDG on Windows',
      { XDG_CONFIG_HOME: 'D:\\x', APPDATA: 'D:\\R' },
      'win32',
      'D:\\x\\lk-transfer',
    ],
  ];
  it.each(cases)('%s', (_title, env, platform, expected) => {
    expect(userConfigFolder({ env, home: '/home/ann', platform })).toBe(expected);
  });
});

describe('the config file that counts', () => {
  const find = (root: string, cwd = '.', userFolder = join(root, 'user')) =>
    findConfigFile({ cwd: join(root, cwd), userFolder });

  it('is the one in the working folder', () => {
    const root = folderWith({ 'transfer.config.json': '{}' });
    expect(find(root)).toBe(join(root, 'transfer.config.json'));
  });

  it.each(['transfer.config.json', 'transfer.config.yaml', 'transfer.config.yml'])(
    'may be called %s, in the user folder as well',
    (name) => {
      const root = folderWith({ [`user/${name}`]: '{}' });
      expect(find(root)).toBe(join(root, 'user', name));
    },
  );

  it('is JSON before YAML in one folder', () => {
    const root = folderWith({ 'transfer.config.yaml': '{}', 'transfer.config.json': '{}' });
    expect(find(root)).toBe(join(root, 'transfer.config.json'));
  });

  it('is the nearest one up to the root of the project', () => {
    const root = folderWith({ 'package.json': '{}', 'transfer.config.yml': '', 'a/b/c.txt': '' });
    expect(find(root, 'a/b')).toBe(join(root, 'transfer.config.yml'));
  });

  it.each(['package.json', 'package.yaml', '.git/HEAD', '.git'])(
    'never lies above a folder with %s',
    (mark) => {
      const root = folderWith({
        'transfer.config.json': '{}',
        [`project/${mark}`]: '',
        'project/a/x': '',
      });
      expect(find(root, 'project/a')).toBeNull();
    },
  );

  it('never lies above the working folder outside any project', () => {
    const root = folderWith({ 'transfer.config.json': '{}', 'a/x': '' });
    expect(find(root, 'a')).toBeNull();
    expect(searchFolders({ cwd: join(root, 'a'), userFolder: '/u' })).toEqual([
      join(root, 'a'),
      '/u',
    ]);
  });

  it('is the one of the project before that of the user', () => {
    const root = folderWith({ 'transfer.config.yml': '', 'user/transfer.config.json': '' });
    expect(find(root)).toBe(join(root, 'transfer.config.yml'));
  });

  it('is not a folder of that name', () => {
    const root = folderWith({ 'transfer.config.json/x': '' });
    expect(find(root)).toBeNull();
  });

  it('is none when there is none, or no user folder, or a file in its place', () => {
    expect(find(folderWith())).toBeNull();
    expect(find(folderWith({ user: '' }))).toBeNull();
  });

  it('is an error when it cannot be looked at, since a farther one may say otherwise', () => {
    const root = folderWith({ 'package.json': '' });
    mkdirSync(join(root, 'a'));
    symlinkSync('transfer.config.json', join(root, 'a', 'transfer.config.json'));
    expect(() => find(root, 'a')).toThrow(/transfer\.config\.json cannot be read \(ELOOP\)/);
  });
});
