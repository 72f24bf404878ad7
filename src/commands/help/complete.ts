/**
 * `complete`, which the scripts of `completion` call at every Tab: what may stand at the cursor.
 * Somebody is in the middle of a line: whatever goes wrong, it says nothing, and unless the config
 * wants it for the calls that are up, it asks no server and reads no credentials.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfigFile, loadConfigFor } from '../../config/load.ts';
import type { TransferConfig } from '../../config/types.ts';
import type { ExitCode } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { packageFile } from '../../core/package.ts';
import { listDepartments } from '../../destinations/reading.ts';
import type { LiveKitClient } from '../../livekit/client.ts';
import { escapeText } from '../../terminal/style.ts';
import { allDeclared } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { type CompleteOptions, type CompletionOptions, HELP_TOPICS, SHELLS } from './command.ts';
import {
  type Answer,
  type Candidate,
  type CommandGrammar,
  describeGrammar,
  findPosition,
  type Shell,
  type ValueKind,
  type Wanted,
} from './position.ts';
import { bash, fish, powershell, zsh } from './shells.ts';

/** The shell would have made a path of the tilde; here the words are as they were typed. */
function pathOf(typed: string | undefined, { home }: Host): string | undefined {
  return typed?.startsWith('~/') ? join(home, typed.slice(2)) : typed;
}

/** The config that the line itself would use, once it is run. */
async function readConfig(given: ReadonlyMap<string, string>, host: Host): Promise<TransferConfig> {
  const named = given.get('--config') || host.env.LK_TRANSFER_CONFIG || undefined;
  const loaded = await loadConfigFor(host, pathOf(named, host));
  if (loaded.file !== null || !given.has('--sandbox')) return loaded.config;
  return (await loadConfigFile(packageFile('transfer.config.example.json'), { bundled: true }))
    .config;
}

/** A name with control characters could neither be shown nor typed. */
function isSafe(text: string): boolean {
  return escapeText(text) === text;
}

// What can be offered at a position, before any shell has its way of writing it.

const NOTHING: Answer = { files: false, candidates: [], prefix: '' };

/** Whether the config has a part in what can be offered. */
function needsConfig(wanted: Wanted): boolean {
  return wanted.kind === 'value' && /^(destinations|trunks|calls)$/.test(wanted.value.kind);
}

/**
 * Lists what can be offered.
 * @param found calls that are up, or the schemas there are, where they were looked for
 * @param isSafe whether a text of the config can be shown and typed: no control characters in it
 */
export function listCandidates(
  wanted: Wanted,
  program: CommandGrammar,
  config: TransferConfig,
  isSafe: (text: string) => boolean,
  found: readonly Candidate[] = [],
): Answer {
  switch (wanted.kind) {
    case 'commands':
      return {
        ...NOTHING,
        candidates: wanted.commands.map(({ name, description }) => ({ word: name, description })),
      };
    case 'options':
      return {
        ...NOTHING,
        candidates: wanted.options.map(({ flags, description }) => ({
          // The long writing says what it does, in a script and in a shell's history.
          word: flags.at(-1) ?? '',
          description,
        })),
      };
    case 'value': {
      const { value, prefix, dashesAreFlags } = wanted;
      if (value.kind === 'files') return { files: true, candidates: [], prefix };
      const candidates = listValues(value, program, config, found)
        .filter(({ word }) => isSafe(word) && !(dashesAreFlags && word.startsWith('-')))
        .map(({ word, description }) => ({
          word: `${prefix}${word}`,
          description: isSafe(description) ? description : '',
        }));
      return { files: false, candidates, prefix };
    }
  }
}

function listValues(
  value: ValueKind,
  program: CommandGrammar,
  config: TransferConfig,
  found: readonly Candidate[],
): readonly Candidate[] {
  const plain = (words: readonly string[]) => words.map((word) => ({ word, description: '' }));
  switch (value.kind) {
    case 'choices':
      return plain(value.choices);
    case 'destinations':
      return listDepartments(config).flatMap(({ name, to, aliases = [], description }) => [
        { word: name, description: description ?? to },
        ...aliases.map((word) => ({ word, description: `is ${name}` })),
      ]);
    case 'trunks':
      return plain(Object.keys(config.trunks ?? {}));
    case 'topics':
      return [
        ...program.commands.map(({ name, description }) => ({ word: name, description })),
        ...HELP_TOPICS.map((word) => ({ word, description: 'help topic' })),
      ];
    case 'calls':
    case 'schemas':
      return found;
    case 'files':
    case 'fields':
    case 'list':
    case 'free':
      return [];
  }
}

// The calls that are up.

/** After so long, start of the program included, nobody waits for a Tab any more: in ms. */
const PATIENCE_MS = 280;

/** A Tab may not use up what LiveKit takes in a minute: it reads no more rooms than this. */
const MOST_ROOMS = 60;

/** Opens the LiveKit that the line means; nothing is asked, and standard input is not read. */
async function openLiveKit(
  given: ReadonlyMap<string, string>,
  config: TransferConfig,
  host: Host,
  signal: AbortSignal,
) {
  const { connectTo } = await import('../../livekit/connect.ts');
  if (given.has('--sandbox')) {
    const { credentials, close } = await (await import('../shared/session.ts')).openSandbox();
    return { client: await connectTo(credentials, host, { signal }), close };
  }
  const { findCredentials } = await import('../../livekit/credentials.ts');
  const flags = {
    url: given.get('--url'),
    apiKey: given.get('--api-key'),
    apiSecretFile: pathOf(given.get('--api-secret-file'), host),
    project: given.get('--project'),
    credentials: pathOf(given.get('--credentials'), host),
    configProject: config.livekit?.project,
    allowDefaultProject: true,
  };
  const { env, cwd, home } = host;
  const credentials = await findCredentials(flags, { env, cwd, home });
  return { client: await connectTo(credentials, host, { signal }), close: async () => {} };
}

/** Stuck ones first, each with its number and condition. @throws where they cannot be read whole */
async function readCalls(
  given: ReadonlyMap<string, string>,
  config: TransferConfig,
  host: Host,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const { client, close } = await openLiveKit(given, config, host, signal);
  try {
    const [{ scanCalls }, { roomMatcher }, conditions] = await Promise.all([
      import('../../calls/scan.ts'),
      import('../../calls/rooms.ts'),
      import('../../calls/condition.ts'),
    ]);
    const { agentIdentities, conditionWord, stuckFirst } = conditions;
    const typed = given.get('--rooms')?.split(',');
    const isScanned = roomMatcher(typed?.map((each) => each.trim()) ?? config.rooms ?? null);
    const few: LiveKitClient = {
      ...client,
      listRooms: async (names) => {
        const rooms = (await client.listRooms(names)).filter(isScanned);
        if (rooms.length > MOST_ROOMS) throw new Error('too many rooms to complete');
        return rooms;
      },
    };
    const { calls, unreadable } = await scanCalls(few, {
      isAgent: agentIdentities(config.agents ?? []),
      country: config.defaultCountry,
      now: host.now,
    });
    // A shell types the only candidate by itself, as if there were no other call.
    if (unreadable.length > 0) throw new Error('a room could not be read');
    const named = calls.filter(({ callId }) => callId !== '').sort(stuckFirst);
    return named.map((call) => ({
      word: call.callId,
      description: `${call.phoneNumberRaw ?? call.name}, ${conditionWord(call)}`,
    }));
  } finally {
    client.close();
    await close();
  }
}

/** @returns whether they came in time; what did not is left behind, and may still be under way */
async function readCallsInTime(
  given: ReadonlyMap<string, string>,
  config: TransferConfig,
  host: Host,
): Promise<{ calls: readonly Candidate[]; inTime: boolean }> {
  const cut = new AbortController();
  const over = new AbortController();
  const late = host
    .sleep(Math.max(0, PATIENCE_MS - host.elapsed()), over.signal)
    .then(() => ({ calls: [], inTime: false }));
  const read = readCalls(given, config, host, cut.signal).then(
    (calls) => ({ calls, inTime: true }),
    () => ({ calls: [], inTime: true }),
  );
  const first = await Promise.race([read, late]);
  cut.abort();
  over.abort();
  return first;
}

async function readSchemas(): Promise<Candidate[]> {
  const schemas = await (await import('../config/run.ts')).listSchemas();
  return schemas.map(({ name, description }) => ({ word: name, description }));
}

const KNOWN: Readonly<Record<(typeof SHELLS)[number], Shell>> = { bash, zsh, fish, powershell };

async function answer(
  options: CompleteOptions,
  { host, output }: Context,
  program: Command,
): Promise<void> {
  const name = SHELLS.find((known) => known === options.shell);
  if (name === undefined) return;
  const question = KNOWN[name].read(options.request);
  const grammar = describeGrammar(allDeclared(program));
  const { wanted, given } = findPosition(grammar, question.words);
  const config = needsConfig(wanted) ? await readConfig(given, host) : {};
  const wantsCalls = wanted.kind === 'value' && wanted.value.kind === 'calls';
  const isLive = wantsCalls && config.completion?.live === true;
  const { calls, inTime } = isLive
    ? await readCallsInTime(given, config, host)
    : { calls: [], inTime: true };
  const wantsSchemas = wanted.kind === 'value' && wanted.value.kind === 'schemas';
  const found = wantsSchemas ? await readSchemas() : calls;
  output.line(question.write(listCandidates(wanted, grammar, config, isSafe, found)));
  if (inTime) return;
  await host.stdout.drained();
  // A name that is being looked up would keep the process, and with it the shell.
  host.vanish();
}

/** @returns 0, whatever happens */
export async function run(
  options: CompleteOptions,
  context: Context,
  program: Command,
): Promise<ExitCode> {
  await answer(options, context, program).catch(() => {});
  return 0;
}

/** `completion`: prints the script that teaches a shell to complete lines of this program. @returns 0 */
export async function printScript(
  { shell }: CompletionOptions,
  { output }: Context,
): Promise<ExitCode> {
  output.checkFields([]);
  output.line(KNOWN[shell].script);
  return 0;
}
