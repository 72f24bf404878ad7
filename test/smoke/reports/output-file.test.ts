import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { KnownError, UsageError } from '../../../src/core/errors.ts';
import { checkReportFile, writeReportFile } from '../../../src/smoke/reports/index.ts';
import { folderWith } from '../../config/folders.ts';

const TEXT = 'lk_transfer_smoke_supported 1\n';

describe('a place for a report', () => {
  it('is named from the folder one is in', () => {
    const folder = folderWith({ 'old.prom': 'old' });
    expect(checkReportFile('new.prom', folder)).toBe(join(folder, 'new.prom'));
    expect(checkReportFile(join(folder, 'old.prom'), '/')).toBe(join(folder, 'old.prom'));
    expect(readdirSync(folder)).toEqual(['old.prom']);
  });

  it.each<[string, (file: string) => void, string]>([
    ['a folder', (file) => mkdirSync(file), 'it is a folder'],
    ['a link to nowhere', (file) => symlinkSync('nowhere', file), 'a link to a file that is not'],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'it is not an ordinary file'],
  ])('is none where %s is', (_, make, why) => {
    const folder = folderWith();
    make(join(folder, 'r.prom'));
    expect(() => checkReportFile('r.prom', folder)).toThrow(UsageError);
    expect(() => checkReportFile('r.prom', folder)).toThrow(why);
    expect(() => checkReportFile('r.prom', folder)).toThrow('Nothing was tested.');
  });

  it('is none without a folder', () => {
    expect(() => checkReportFile('no/r.prom', folderWith())).toThrow('there is no folder');
  });

  it('is none in a folder that others write to', () => {
    const folder = folderWith();
    const module = join(folder, 'check.mjs');
    buildSync({
      entryPoints: [join(import.meta.dirname, '../../../src/smoke/reports/index.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: module,
    });
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    chmodSync(folder, 0o755);
    // Nothing is closed to root.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const script = `import { checkReportFile } from ${JSON.stringify(module)};
      try { checkReportFile('r.prom', ${JSON.stringify(closed)}); } catch (error) { console.log(error.message); }`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      ...user,
      cwd: folder,
      encoding: 'utf8',
    });
    expect(said).toBe(
      `--output: ${closed}/r.prom cannot be written: nothing may be written in ${closed} (EACCES). Nothing was tested.\n`,
    );
  });
});

describe('a report in a file', () => {
  it('is written where there is none', () => {
    const folder = folderWith();
    writeReportFile(join(folder, 'r.prom'), TEXT);
    expect(readFileSync(join(folder, 'r.prom'), 'utf8')).toBe(TEXT);
    expect(readdirSync(folder)).toEqual(['r.prom']);
  });

  it('takes the place of the last one, and has its rights', () => {
    const folder = folderWith({ 'r.prom': `${TEXT}${TEXT}` });
    const file = join(folder, 'r.prom');
    chmodSync(file, 0o640);
    const before = statSync(file).ino;
    writeReportFile(file, TEXT);
    expect(readFileSync(file, 'utf8')).toBe(TEXT);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(statSync(file).ino).not.toBe(before);
    expect(readdirSync(folder)).toEqual(['r.prom']);
  });

  it('is put where a link leads', () => {
    const folder = folderWith({ 'data/r.prom': 'old' });
    symlinkSync(join('data', 'r.prom'), join(folder, 'r.prom'));
    writeReportFile(checkReportFile('r.prom', folder), TEXT);
    expect(lstatSync(join(folder, 'r.prom')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'data', 'r.prom'), 'utf8')).toBe(TEXT);
    expect(readdirSync(join(folder, 'data'))).toEqual(['r.prom']);
  });

  it('leaves nothing of itself where the system refuses', () => {
    const folder = folderWith();
    const file = join(folder, 'r.prom');
    // A folder has turned up under the name since the look.
    mkdirSync(file);
    expect(() => writeReportFile(file, TEXT)).toThrow(
      expect.objectContaining({ code: 'unwritten-report', exitCode: 1 }),
    );
    expect(() => writeReportFile(file, TEXT)).toThrow('The tests were made.');
    expect(readdirSync(folder)).toEqual(['r.prom']);
    expect(statSync(file).isDirectory()).toBe(true);
  });

  it('says so where its folder has gone', () => {
    const folder = folderWith();
    rmSync(folder, { recursive: true });
    expect(() => writeReportFile(join(folder, 'r.prom'), TEXT)).toThrow(KnownError);
  });
});
