/**
 * Loads all of src. The program loads what it needs when it needs it, and the first run of a worker would
 * wait for that, longer than a call lasts in a sandbox that is ten times as fast as real time.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, '..', '..', 'src');

await Promise.all([
  ...readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => import(/* @vite-ignore */ join(SOURCES, name))),
  import('@inquirer/core'),
  import('inquirer'),
  import('string-width'),
]);
