// The pictures of docs/pictures, which the README shows: screens of the built program, run on a
// terminal against its own sandbox. `npm run pictures` makes them anew, `npm run pictures calls`
// only that one. Times and ages are set to the same ones each time, so that a picture changes only
// when the program does.
import { mkdir, writeFile } from 'node:fs/promises';
import { SCENES } from './pictures/scenes.js';
import { drawScreen } from './pictures/svg.js';
import { steady } from './shared/normalise.js';
import { example, makeHome, startSandbox } from './shared/sandbox.js';
import { openScreen } from './shared/screen.js';

const folder = new URL('../docs/pictures/', import.meta.url);

/** @param {import('./pictures/scenes.js').Scene} scene */
async function take({ line, label, columns, rows, play }) {
  const { env: clean, remove } = await makeHome();
  const sandbox = await startSandbox(clean);
  const env = { ...clean, ...sandbox.env, TERM: 'xterm-256color', TZ: 'UTC', LANG: 'C.UTF-8' };
  const shown = `lk-transfer ${line}`.trim();
  const screen = openScreen(`node --no-warnings bin/lk-transfer.js ${line}`, {
    env: { ...env, LK_TRANSFER_CONFIG: example },
    cwd: new URL('..', import.meta.url).pathname,
    columns,
    rows,
  });
  try {
    await play(screen);
    const lines = screen
      .runs()
      .map((runs) => runs.map((run) => ({ ...run, text: steady(run.text) })));
    return drawScreen(lines, { columns, title: shown, label });
  } finally {
    screen.close();
    sandbox.stop();
    await remove();
  }
}

const names = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const [name, scene] of Object.entries(SCENES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const picture = await take(scene);
  await writeFile(new URL(`${name}.svg`, folder), picture);
  process.stdout.write(`docs/pictures/${name}.svg  ${(picture.length / 1024).toFixed(0)} kB\n`);
}
