// What packages bring along that this program never uses: replaced, where it costs start-up or size.
import { TrackSource } from '@livekit/protocol';

/**
 * Modules that are replaced: as which path they are asked for, how the name of the asking file ends,
 * and the JavaScript in their place. The times are of Node 20, against the same build without the replacement.
 */
const REPLACEMENTS = [
  {
    // inquirer imports every prompt it has, and its editor prompt, which this program never opens,
    // drags 560 KB of character tables along: a third of the whole program.
    path: '@inquirer/editor',
    importer: '',
    contents: 'export default () => { throw new Error("the editor prompt is not built in"); };',
  },
  {
    // cosmiconfig's explorer brings the loaders of every kind of file, code included. The config
    // reader hands it the two it may use; without the others `resolve` starts 2 ms sooner.
    path: './loaders',
    importer: 'cosmiconfig/dist/defaults.js',
    contents: '',
  },
  // Of the loaders of cosmiconfig only the one for YAML is used; these three are for JSON and for code.
  ...['parse-json', 'import-fresh', 'typescript'].map((path) => ({
    path,
    importer: 'cosmiconfig/dist/loaders.js',
    contents: `throw new Error("${path} is not built in");`,
  })),
  {
    // commander would start commands that are programs of their own; here there is none. Without it
    // every command starts 1 ms sooner.
    path: 'node:child_process',
    importer: 'commander/lib/command.js',
    contents: '',
  },
  {
    // The agents for proxies tell with it what they do, the address of the proxy included.
    path: 'debug',
    importer: '',
    contents: 'export default () => () => {};',
  },
  {
    // Kerberos for proxies, by a package that would have to be installed beside.
    path: 'proxy-agent-negotiate',
    importer: '',
    contents: 'export const createNegotiateAuth = () => undefined;',
  },
  {
    // livekit-server-sdk makes tokens with the help of one enum. The package that has it, with every
    // message of LiveKit, would take 4 ms more until `calls` sends its first request.
    path: '@livekit/protocol',
    importer: 'livekit-server-sdk/dist/grants.js',
    contents: `export const TrackSource = ${JSON.stringify(TrackSource)};`,
  },
];

/** Those that a build has met. @type {Set<typeof REPLACEMENTS[number]>} */
const met = new Set();

/** What a replaced module is called, with its place in the list. */
const REPLACED = '\0replaced:';

/** @type {import('rolldown').Plugin} */
export const slimmer = {
  name: 'slimmer',
  resolveId(path, importer = '') {
    const from = importer.replaceAll('\\', '/');
    const found = REPLACEMENTS.find((each) => each.path === path && from.endsWith(each.importer));
    if (found === undefined) return null;
    met.add(found);
    return `${REPLACED}${REPLACEMENTS.indexOf(found)}`;
  },
  load(id) {
    if (!id.startsWith(REPLACED)) return null;
    return REPLACEMENTS[Number(id.slice(REPLACED.length))]?.contents ?? null;
  },
};

/** @throws Error when a package no longer has what was to be replaced: then it all comes along again */
export function checkThatAllWereMet() {
  for (const each of REPLACEMENTS) {
    if (!met.has(each)) throw new Error(`nothing asks for ${each.path} any more`);
  }
}
