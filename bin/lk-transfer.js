#!/usr/bin/env -S node --
/*
 * The two dashes keep our flags from Node, which otherwise takes some for its own, even behind the
 * script: it sets what a file behind --env-file says, and runs what a NODE_OPTIONS in there names.
 * Node before 20.19 and 22.8 does so in spite of them, and is not supported.
 * Launchers that npm makes on Windows have the dashes too; whoever starts this file by node writes
 * them (node -- bin/lk-transfer.js): it has all happened before the first line here runs. One flag
 * Node 22 and newer take behind the dashes as well, --experimental-config-file, as a word of its own:
 * a program that hands a foreign value on joins it to the flag (--to=VALUE).
 *
 * Checks the Node version in syntax that any Node can read (ES5, and no comma after a last
 * argument); everything newer stands in start.js. Both are CommonJS: see package.json beside them.
 */
'use strict';

var found = process.versions.node;
var version = found.split('.').map(Number);
var isNewEnough =
  version[0] === 20 ? version[1] >= 19 : version[0] === 22 ? version[1] >= 8 : version[0] > 22;

if (!isNewEnough) {
  process.stderr.write('lk-transfer needs Node.js 20.19, 22.8 or newer; this is ' + found + '.\n');
  process.exitCode = 1;
} else {
  require('./start.js');
}
