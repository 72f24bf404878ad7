import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFileTaken, writeConfigFile } from '../../src/config/file.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { folderWith } from './folders.ts';

const TEXT = '{"agents":["new"]}\n';

describe('the path of a new config file', () => {
  it('is free or taken', () => {
    const folder = folderWith({ 'taken.json': '{}' });
    expect(isFileTaken(join(folder, 'taken.json'))).toBe(true);
    expect(isFileTaken(join(folder, 'free.json'))).toBe(false);
  });

  it.each<[string, (file: string) => void, string]>([
    ['a folder', (file) => mkdirSync(file), 'it is a folder'],
    ['a link to nowhere', (file) => symlinkSync('nowhere.json', file), 'a link to a file that'],
    ['a link to a folder', (file) => symlinkSync('.', file), 'it is a folder'],
    ['a link to itself', (file) => symlinkSync('c.json', file), 'cannot be looked at (ELOOP)'],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'it is not an ordinary file'],
  ])('is none where %s is, and stays as it is', (_, make, message) => {
    const folder = folderWith();
    const file = join(folder, 'c.json');
    make(file);
    const before = lstatSync(file).ino;
    expect(() => isFileTaken(file)).toThrow(ConfigError);
    expect(() => isFileTaken(file)).toThrow(message);
    expect(lstatSync(file).ino).toBe(before);
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it('is none without its folder, or below a file', () => {
    const folder = folderWith({ file: '' });
    expect(() => isFileTaken(join(folder, 'no', 'c.json'))).toThrow('there is no folder');
    expect(() => isFileTaken(join(folder, 'file', 'c.json'))).toThrow('there is no folder');
  });
});

describe('a config file', () => {
  it('is written where there is none', () => {
    const folder = folderWith();
    const file = join(folder, 'c.json');
    expect(writeConfigFile(file, TEXT, false)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(TEXT);
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it('leaves one alone that has turned up since the look', () => {
    const folder = folderWith({ 'c.json': 'old' });
    expect(writeConfigFile(join(folder, 'c.json'), TEXT, false)).toBe(false);
    expect(readFileSync(join(folder, 'c.json'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it('leaves a link alone that has turned up since the look', () => {
    const folder = folderWith();
    symlinkSync('elsewhere.json', join(folder, 'c.json'));
    expect(writeConfigFile(join(folder, 'c.json'), TEXT, false)).toBe(false);
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it('replaces one where it may, with the rights that one had', () => {
    const folder = folderWith({ 'c.json': 'a much longer text than the new one will be' });
    const file = join(folder, 'c.json');
    chmodSync(file, 0o600);
    expect(writeConfigFile(file, TEXT, true)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(TEXT);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it('is written where the one to replace has gone', () => {
    const folder = folderWith();
    expect(writeConfigFile(join(folder, 'c.json'), TEXT, true)).toBe(true);
    expect(readFileSync(join(folder, 'c.json'), 'utf8')).toBe(TEXT);
  });

  it('keeps the link that leads to it', () => {
    const folder = folderWith({ 'dotfiles/c.json': 'old' });
    symlinkSync(join('dotfiles', 'c.json'), join(folder, 'c.json'));
    expect(writeConfigFile(join(folder, 'c.json'), TEXT, true)).toBe(true);
    expect(lstatSync(join(folder, 'c.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'dotfiles', 'c.json'), 'utf8')).toBe(TEXT);
    expect(readdirSync(join(folder, 'dotfiles'))).toEqual(['c.json']);
  });

  it('is not there, nor a part of it, where the system refuses', () => {
    const folder = folderWith();
    // The name for the time of writing is longer than any file system takes.
    const file = join(folder, `${'c'.repeat(245)}.json`);
    expect(() => writeConfigFile(file, TEXT, false)).toThrow('the system refuses (ENAMETOOLONG)');
    expect(() => writeConfigFile(file, TEXT, false)).toThrow('Nothing was written.');
    expect(readdirSync(folder)).toEqual([]);
  });
});
