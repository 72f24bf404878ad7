/* Loads the built program, runs it, and hands its exit code to the process. */
'use strict';

// A program whose event loop runs dry before it has an answer has not succeeded.
process.exitCode = 1;
let answered = false;
process.on('exit', (exitCode) => {
  if (answered || exitCode !== 1) return;
  const { whereToReport } = require('../dist/program/main.cjs');
  process.stderr.write(
    `lk-transfer ended without an answer. This is a bug: please report it ${whereToReport()}.\n`,
  );
});

surviveClosedPipe(process.stdout);
surviveClosedPipe(process.stderr);
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

/*
 * `lk-transfer … | head -1`: whoever reads has seen enough. The run goes on to its own end, so that
 * a transfer under way is still watched and its exit code still true.
 */
function surviveClosedPipe(stream) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
