// `npm test`: formatter, linter and types beside the build and the tests, which need the other core only
// now and then. The first of them that fails ends the others, and is the exit code. Words behind
// `npm test --` are for vitest.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const npm = process.env.npm_execpath;
if (npm === undefined) {
  process.stderr.write('Run it by npm: npm test\n');
  process.exit(1);
}
// The compiler of TypeScript is written in Go, and gone before clearing its memory would pay.
process.env.GOGC ??= 'off';
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));

/** What runs, by its name. @type {Map<string, import('node:child_process').ChildProcess>} */
const running = new Map();
let failed = false;

/**
 * A failure ends the rest.
 * @param {string} name
 * @param {readonly string[]} words for Node
 * @param {'inherit' | 'pipe'} output `pipe`: shown only where it fails
 * @returns {Promise<boolean>} whether it has passed
 */
function passes(name, words, output) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { stdio: ['inherit', output, output] });
    running.set(name, child);
    /** @type {Buffer[]} */
    const said = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => said.push(chunk));
    }
    child.on('close', (exitCode, signal) => {
      running.delete(name);
      if (exitCode !== 0 && !failed) {
        failed = true;
        for (const other of running.values()) other.kill();
        process.stderr.write(Buffer.concat(said));
        process.stderr.write(`${name} failed (${signal ?? `exit code ${exitCode}`}).\n`);
        process.exitCode = exitCode || 1;
      }
      resolve(exitCode === 0);
    });
  });
}

/**
 * @param {string} script
 * @param {'inherit' | 'pipe'} output
 * @param {...string} words for what the script starts
 */
const byNpm = (script, output, ...words) =>
  passes(script, [npm, 'run', '--silent', script, '--', ...words], output);

void byNpm('lint', 'pipe');
// More threads would take the core from the tests.
void byNpm('types', 'pipe', '--singleThreaded');
if ((await byNpm('build', 'inherit')) && !failed) {
  void passes('vitest', [vitest, 'run', ...process.argv.slice(2)], 'inherit');
}
