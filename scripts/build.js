// Builds dist/: the program and its manual page, the library and its types, and the licence notices of
// all that went in.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBundles } from './build/bundles.js';
import { writeManPage } from './build/man.js';
import { writeNotices } from './build/notices.js';
import { checkThatAllWereMet } from './build/slimmer.js';
import { writeTypes } from './build/types.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

await rm(join(root, 'dist'), { recursive: true, force: true });
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const inputs = await writeBundles(root, version);
checkThatAllWereMet();
await writeNotices(root, inputs);
await writeTypes(root);
await writeManPage(root, version);
