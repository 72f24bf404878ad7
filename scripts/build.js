// Builds dist/: the program and its manual page, the library and its types, and the licence notices of
// all that went in.
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleLibrary, bundleProgram } from './build/bundles.js';
import { writeManPage } from './build/man.js';
import { writeNotices } from './build/notices.js';
import { checkThatAllWereMet } from './build/slimmer.js';
import { writeTypes } from './build/types.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

await rm(join(root, 'dist'), { recursive: true, force: true });
const inputs = [...(await bundleProgram(root)), ...(await bundleLibrary(root))];
checkThatAllWereMet();
await writeNotices(root, inputs);
await writeTypes(root);
await writeManPage(root);
