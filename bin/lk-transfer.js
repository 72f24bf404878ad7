#!/usr/bin/env node
/*
 * Checks the Node version in syntax that any Node can read, then loads the built program. This is
 * CommonJS (see package.json beside it): the word `import` as a function is all that is newer.
 */
'use strict';

var MINIMUM = [20, 17];

var version = process.versions.node.split('.').map(Number);
if (version[0] < MINIMUM[0] || (version[0] === MINIMUM[0] && version[1] < MINIMUM[1])) {
  process.stderr.write(
    'lk-transfer needs Node.js ' +
      MINIMUM.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '.\n',
  );
  process.exitCode = 1;
} else {
  start();
}

function start() {
  // A program whose event loop runs dry before it has an answer has not succeeded.
  process.exitCode = 1;
  surviveClosedPipe(process.stdout);
  surviveClosedPipe(process.stderr);
  import('../dist/main.js')
    .then((program) => program.main(process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    })
    .catch((error) => {
      if (error && error.code === 'ERR_MODULE_NOT_FOUND' && /dist.main\.js/.test(error.message)) {
        process.stderr.write('lk-transfer is not built yet: run "npm run build" first.\n');
      } else {
        process.stderr.write('lk-transfer could not start: ' + (error && error.stack) + '\n');
      }
      process.exitCode = 1;
    });
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
