#!/usr/bin/env -S node --
/*
 * The two dashes keep our flags from Node, which otherwise takes some for its own, even behind the
 * script: it sets what a file behind --env-file says, and runs what a NODE_OPTIONS in there names.
 * Launchers that npm makes on Windows have the dashes too; whoever starts this file by node writes
 * them (node -- bin/lk-transfer.js): it has all happened before the first line here runs. One flag
 * Node 22 and newer take behind the dashes as well, --experimental-config-file, as a word of its own:
 * a program that hands a foreign value on joins it to the flag (--to=VALUE).
 *
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
