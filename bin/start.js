/* Loads the built program, runs it, and hands its exit code to the process. */
'use strict';

// A program whose event loop runs dry before it has an answer has not succeeded.
process.exitCode = 1;
let answered = false;
process.on('exit', (exitCode) => {
  if (answered || exitCode !== 1) return;
  process.stderr.write('lk-transfer ended without an answer. This is a bug: please report it.\n');
});

surviveClosedPipe(process.stdout);
surviveClosedPipe(process.stderr);
import('../dist/main.js')
  .then((program) => program.main(process.argv.slice(2)))
  .then((exitCode) => {
    answered = true;
    process.exitCode = exitCode;
  })
  .catch((error) => {
    answered = true;
    if (error?.code === 'ERR_MODULE_NOT_FOUND' && /dist.main\.js/.test(error.message)) {
      process.stderr.write('lk-transfer is not built yet: run "npm run build" first.\n');
    } else {
      process.stderr.write(`lk-transfer could not start: ${error?.stack}\n`);
    }
    process.exitCode = 1;
  });

/*
 * `lk-transfer … | head -1`: whoever reads has seen enough. The run goes on to its own end, so that
 * a transfer under way is still watched and its exit code still true.
 */
function surviveClosedPipe(stream) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
