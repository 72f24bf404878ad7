/* Loads the built program, runs it, and hands its exit code to the process. */
'use strict';

// A program whose event loop runs dry before it has an answer has not succeeded. Once a transfer is
// on its way, the program itself makes 7 of this: nobody knows.
process.exitCode = 1;
let answered = false;
process.on('beforeExit', () => {
  // Nothing is left to be done. By itself Node would take some milliseconds to free what it has.
  if (answered) process.exit();
  answered = true;
  const { whereToReport } = require('../dist/program/main.cjs');
  const sent =
    process.exitCode === 7
      ? 'A transfer was sent: find out how it ended before you repeat it. '
      : '';
  process.stderr.write(
    `lk-transfer ended without an answer. ${sent}This is a bug: please report it ${whereToReport()}.\n`,
  );
});

// A reader that is gone, or a disk that is full, must not end a run: a transfer under way is still
// watched, and its exit code still true. The program itself tells what could not be written.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
start().catch((error) => {
  answered = true;
  if (error?.code === 'MODULE_NOT_FOUND' && /program.main\.cjs/.test(error.message)) {
    process.stderr.write('lk-transfer is not built yet: run "npm run build" first.\n');
  } else {
    process.stderr.write(`lk-transfer could not start: ${error?.stack}\n`);
  }
  process.exitCode = 1;
});

async function start() {
  const exitCode = await require('../dist/program/main.cjs').main(process.argv.slice(2));
  answered = true;
  process.exitCode = exitCode;
}
