// What packages bring along that this program never uses.
import { TrackSource } from '@livekit/protocol';

/**
 * Replaces a module wherever a package asks for it.
 * @param {string} name
 * @param {(asked: { path: string, importer: string }) => boolean} isMeant
 * @param {string} contents JavaScript in its place
 * @returns {import('esbuild').Plugin}
 */
function replaced(name, isMeant, contents) {
  return {
    name,
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (!isMeant({ path, importer: importer.replaceAll('\\', '/') })) return undefined;
        met.add(name);
        return { path, namespace: name };
      });
      builder.onLoad({ filter: /.*/, namespace: name }, () => ({ contents }));
    },
  };
}

/** The names of those that a build has met. @type {Set<string>} */
const met = new Set();

/** @throws Error when a package no longer has what was to be replaced: then it all comes along again */
export function checkThatAllWereMet() {
  for (const { name } of slimmer) if (!met.has(name)) throw new Error(`${name} has met nothing`);
}

/**
 * inquirer imports every prompt it has, and its editor prompt drags 500 KB of character tables
 * along. This program never opens an editor.
 */
const withoutEditorPrompt = replaced(
  'without-editor-prompt',
  ({ path }) => path === '@inquirer/editor',
  'export default () => { throw new Error("the editor prompt is not built in"); };',
);

/**
 * cosmiconfig's explorer brings the loaders of every kind of file, code included. The config reader
 * hands it the two it may use, so the others, and what they parse with, stay out of start-up.
 */
const withoutDefaultLoaders = replaced(
  'without-default-loaders',
  ({ path, importer }) => path === './loaders' && importer.endsWith('cosmiconfig/dist/defaults.js'),
  '',
);

/** commander starts subcommands that are programs of their own; ours are all functions. */
const withoutSubprograms = replaced(
  'without-subprograms',
  ({ path, importer }) =>
    path === 'node:child_process' && importer.endsWith('commander/lib/command.js'),
  'exports.spawn = () => { throw new Error("subcommands that are programs are not built in"); };',
);

/**
 * livekit-server-sdk makes tokens with the help of one enum; the package that has it, with every
 * message of LiveKit, takes 12 ms to load.
 */
const withoutMessagesInTokens = replaced(
  'without-messages-in-tokens',
  ({ path, importer }) =>
    path === '@livekit/protocol' && importer.endsWith('livekit-server-sdk/dist/grants.js'),
  `export const TrackSource = ${JSON.stringify(TrackSource)};`,
);

export const slimmer = [
  withoutEditorPrompt,
  withoutDefaultLoaders,
  withoutSubprograms,
  withoutMessagesInTokens,
];
