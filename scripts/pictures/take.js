// Plays a scene on a terminal, and draws what stands there at its end.
import { steady } from '../shared/normalise.js';
import { example, makeHome, startSandbox } from '../shared/sandbox.js';
import { openScreen } from '../shared/screen.js';
import { drawScreen } from './svg.js';

/**
 * @param {import('./scenes.js').Scene} scene
 * @returns {Promise<string>} an SVG picture
 */
export async function takePicture({ line, label, columns, rows, play }) {
  const { env: clean, home, command, remove } = await makeHome();
  const sandbox = await startSandbox(clean);
  const env = { ...clean, ...sandbox.env, TERM: 'xterm-256color', TZ: 'UTC', LANG: 'C.UTF-8' };
  const screen = openScreen(`'${process.execPath}' '${command}' ${line}`, {
    env: { ...env, LK_TRANSFER_CONFIG: example },
    cwd: home,
    columns,
    rows,
  });
  try {
    await play(screen);
    const lines = screen
      .runs()
      .map((runs) => runs.map((run) => ({ ...run, text: steady(run.text) })));
    return drawScreen(lines, { columns, title: `lk-transfer ${line}`.trim(), label });
  } finally {
    screen.close();
    sandbox.stop();
    await remove();
  }
}
