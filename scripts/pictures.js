// The pictures of docs/pictures, which README.md and docs/ show: screens of the built program, run on a
// terminal against its own sandbox. `npm run pictures` makes them anew, `npm run pictures calls`
// only that one. Times and ages are set to the same ones each time, so that a picture changes only
// when the program does.
import { mkdir, writeFile } from 'node:fs/promises';
import { SCENES } from './pictures/scenes.js';
import { takePicture } from './pictures/take.js';

const folder = new URL('../docs/pictures/', import.meta.url);
const names = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const [name, scene] of Object.entries(SCENES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const picture = await takePicture(scene);
  await writeFile(new URL(`${name}.svg`, folder), picture);
  process.stdout.write(`docs/pictures/${name}.svg  ${(picture.length / 1024).toFixed(0)} kB\n`);
}
