#!/usr/bin/env node
/*
 * Checks the Node version in syntax that any Node can read (ES5, and no comma after a last
 * argument); everything newer stands in start.js. Both are CommonJS: see package.json beside them.
 */
'use strict';

var MINIMUM = [20, 17];

var found = process.versions.node;
var version = found.split('.').map(Number);
var sentence = 'lk-transfer needs Node.js ' + MINIMUM.join('.') + ' or newer; this is ' + found;

if (version[0] < MINIMUM[0] || (version[0] === MINIMUM[0] && version[1] < MINIMUM[1])) {
  process.stderr.write(sentence + '.\n');
  process.exitCode = 1;
} else {
  require('./start.js');
}
