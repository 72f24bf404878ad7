/**
 * The agent tools of docs/voice-agents.md, run as they stand there: in TypeScript by a session of LiveKit Agents
 * with a scripted model, voice and loudspeaker; in Python by an agent that only pretends to be one.
 */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/demo/rooms.ts';
import { blocksIn, blockWith } from '../support/pages.ts';
import {
  COMPILES_ONCE,
  makeFolder,
  openSandbox,
  ROOT,
  runShell,
  type TestSandbox,
} from './run-program.ts';

const PAGE = 'docs/voice-agents.md';

const CONFIG = {
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  departments: { sales: { to: '100' }, support: '486', parts: '+1 900 555 0100' },
  defaultCountry: 'US',
};

const BRIDGES = { ...CONFIG, trunks: { ST_one: { method: 'bridge' } } };

const SEED: Seed = {
  trunks: [
    {
      id: 'ST_one',
      name: 'one',
      direction: 'inbound',
      number: '+15550001111',
      hostname: 'sbc.example.net',
      behaviour: 'honours-refer',
      answersAfterMs: 500,
    },
    {
      id: 'ST_out',
      name: 'out',
      direction: 'outbound',
      number: '+15550002222',
      hostname: 'pbx.example.com',
      behaviour: 'honours-refer',
      calleeHangsUpAfterMs: 20_000,
    },
  ],
  rooms: ['ts', 'py'].map((name) => ({
    name,
    participants: [
      { kind: 'agent', identity: 'agent', audio: 'published', age: 60 },
      {
        kind: 'caller',
        callId: `SCL_${name}`,
        trunk: 'ST_one',
        number: '+15105550142',
        identity: `sip_${name}`,
        age: 60,
      },
    ],
  })),
};

/** What the caller asks for, one after the other; nobody is left to ask after the last one. */
const WISHES = ['legal', 'parts', 'support', 'sales'];

interface Told {
  said: string[];
  answers: string[];
}

const SAID = ['support', 'sales'].map((name) => `One moment, I am putting you through to ${name}.`);

/** What the tool in Python says and answers, at every wish. */
const TOLD: Told = {
  said: SAID,
  answers: [
    'There is no department legal. Go on helping the caller.',
    'This call cannot be put through right now. Go on helping the caller.',
    'The caller could not be put through to support, and is still there. Go on helping them.',
    'The caller has been put through to sales.',
  ],
};

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/**
 * Sessions of LiveKit Agents, without a room: each has a model that calls a tool of its own for every
 * wish, a voice, and a loudspeaker that plays what it is given. Prints, by the name of each scene, what
 * was said and what the model was told. All run in one process: LiveKit Agents takes the longest to load.
 */
const AGENT = `
import { initializeLogger, runWithJobContextAsync, tts, voice } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';

initializeLogger({ pretty: false, level: 'silent' });

class Speech extends tts.ChunkedStream {
  label = 'scripted speech';
  async run() {
    const frame = new AudioFrame(new Int16Array(480), 24000, 1, 480);
    this.queue.put({ requestId: '1', segmentId: '1', frame, final: true });
    this.queue.close();
  }
}
class Voice extends tts.TTS {
  label = 'scripted voice';
  constructor(said) {
    super(24000, 1, { streaming: false });
    this.said = said;
  }
  synthesize(text, ...options) {
    this.said.push(text);
    return new Speech(text, this, ...options);
  }
}
class Loudspeaker extends voice.AudioOutput {
  constructor() { super(24000); }
  flush() {
    super.flush();
    this.playing = setTimeout(() => this.onPlaybackFinished({ playbackPosition: 0.3, interrupted: false }), 300);
  }
  clearBuffer() {
    clearTimeout(this.playing);
    this.onPlaybackFinished({ playbackPosition: 0.1, interrupted: true });
  }
}

/** The tool as it stands on the page, which reads the environment and the config of the folder. */
async function loadTool({ name, env, folder }) {
  Object.assign(process.env, env);
  process.chdir(folder);
  const { transferToDepartment } = await import('./tool.mjs?' + name);
  return transferToDepartment;
}

async function serve({ wishes, speaks = true, interrupts = false, bridges = false }, transferToDepartment) {
  const told = { said: [], answers: [], left: [] };
  const session = new voice.AgentSession({
    vad: null,
    turnDetection: null,
    ...(speaks && { tts: new Voice(told.said) }),
    llm: new voice.testing.FakeLLM(wishes.map((departments) => ({
      input: departments.join(),
      toolCalls: departments.map((department) => ({ name: 'transferToDepartment', args: { department } })),
    }))),
  });
  session.output.audio = new Loudspeaker();
  await session.start({
    agent: new voice.Agent({ instructions: 'Transfer.', tools: { transferToDepartment } }),
  });
  if (interrupts) {
    session.on('speech_created', ({ source }) => {
      if (source === 'say') setTimeout(() => session.interrupt(), 100);
    });
  }
  const job = {
    room: {
      name: 'ts', isConnected: true, localParticipant: { identity: 'agent' },
      // It shows nobody, so LiveKit is asked.
      remoteParticipants: new Map(), on() {}, off() {},
    },
    simulationContext: () => undefined,
    shutdown: (reason) => told.left.push(reason),
  };
  await runWithJobContextAsync(job, async () => {
    for (const departments of wishes) {
      const { events } = await session.run({ userInput: departments.join() }).wait();
      for (const { type, item } of events) {
        if (type === 'function_call_output') told.answers.push(JSON.parse(item.output));
      }
    }
  });
  if (bridges) {
    told.silent = [session.input, session.output].every(({ audioEnabled }) => !audioEnabled);
    while (told.left.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await session.close();
  return told;
}

const scenes = Object.entries(JSON.parse(process.argv[2]));
const tools = [];
for (const [name, scene] of scenes) tools.push(await loadTool({ name, ...scene }));
const told = await Promise.all(scenes.map(async ([name, scene], index) => [name, await serve(scene, tools[index])]));
console.log(JSON.stringify(Object.fromEntries(told)));
process.exit(0);
`;

/** A project with the package in it as it is published, LiveKit Agents, and the tool. */
function typescriptProject(): string {
  const folder = makeFolder();
  write(folder, {
    'package.json': '{ "type": "module" }',
    'transfer.config.json': JSON.stringify(CONFIG),
    'bridging/transfer.config.json': JSON.stringify(BRIDGES),
    'tool.ts': blockWith(PAGE, 'ts', 'transferTool'),
    'tool.mjs': blockWith(PAGE, 'ts', 'transferTool'),
    'bridge.ts': blockWith(PAGE, 'ts', 'bridgeToSales'),
    'agent.mjs': AGENT,
  });
  const home = join(folder, 'node_modules', 'lk-transfer');
  for (const part of ['dist', 'package.json', 'schema']) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true });
  }
  for (const name of ['@livekit', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

function pythonProject(): string {
  const folder = makeFolder();
  write(folder, {
    'transfer.config.json': JSON.stringify(CONFIG),
    'tool.py': blockWith(PAGE, 'python', '@function_tool'),
    'livekit/__init__.py': '',
    'livekit/agents.py': `
from types import SimpleNamespace
RunContext = object
def function_tool(function):
    return function
def get_job_context():
    return SimpleNamespace(room=SimpleNamespace(name="py"))
`,
    'agent.py': `
import asyncio, json
from types import SimpleNamespace
from tool import transfer_to_department
said, answers = [], []
async def say(text):
    said.append(text)
async def serve():
    context = SimpleNamespace(session=SimpleNamespace(say=say))
    for department in ${JSON.stringify(WISHES)}:
        answers.append(await transfer_to_department(context, department))
asyncio.run(serve())
print(json.dumps({"said": said, "answers": answers}))
`,
  });
  return folder;
}

async function serveInPython(): Promise<[Told, TestSandbox]> {
  const sandbox = await openSandbox({ seed: SEED, speed: 5 });
  const env = { ...sandbox.env, LK_TRANSFER_CONFIG: undefined };
  const run = await runShell('python3 agent.py', { cwd: pythonProject(), env });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return [JSON.parse(run.stdout), sandbox];
}

/** What the caller and the session are like. */
interface Scene {
  /** The departments that the model calls the tool for, turn by turn. */
  wishes: string[][];
  /** false: the session has no TTS. */
  speaks?: boolean;
  /** The caller speaks during every announcement. */
  interrupts?: boolean;
  /** The config has callers bridged, and the session waits until the bridge has ended. */
  bridges?: boolean;
}

const SCENES = {
  'four wishes': { wishes: WISHES.map((wish) => [wish]) },
  interrupted: { wishes: [['sales']], interrupts: true },
  'without TTS': { wishes: [['sales']], speaks: false },
  'twice at once': { wishes: [['sales', 'support']] },
  bridged: { wishes: [['sales']], bridges: true },
} satisfies Record<string, Scene>;

type SceneName = keyof typeof SCENES;
type ToldInSession = Told & { left: string[]; silent?: boolean };

/** Has every session serve its caller, each in a LiveKit of its own. */
async function serveInSessions() {
  const project = typescriptProject();
  const sandboxes = new Map<string, TestSandbox>();
  const scenes: Record<string, object> = {};
  for (const [name, scene] of Object.entries<Scene>(SCENES)) {
    const sandbox = await openSandbox({ seed: SEED, speed: 5 });
    sandboxes.set(name, sandbox);
    const env = { ...sandbox.env, LK_TRANSFER_CONFIG: undefined };
    scenes[name] = { ...scene, env, folder: scene.bridges ? join(project, 'bridging') : project };
  }
  const run = await runShell(`node agent.mjs '${JSON.stringify(scenes)}'`, { cwd: project });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return { sandboxes, told: JSON.parse(run.stdout) as Record<SceneName, ToldInSession> };
}

let served: ReturnType<typeof serveInSessions> | undefined;

/** What became of one scene; the first that is asked for runs all of them. */
async function serveInSession(name: SceneName): Promise<[ToldInSession, TestSandbox]> {
  served ??= serveInSessions();
  const { told, sandboxes } = await served;
  const sandbox = sandboxes.get(name);
  if (sandbox === undefined) throw new Error(name);
  return [told[name], sandbox];
}

const hasPython = (await runShell('python3 -c "import asyncio"')).exitCode === 0;

describe.concurrent('the agent tool of docs/voice-agents.md', () => {
  it('in a session offers departments alone, keeps the caller who is not taken, and moves them', async () => {
    const [told, sandbox] = await serveInSession('four wishes');
    expect(told).toEqual({
      said: SAID,
      answers: [
        'There is no department of that name. There are: sales, support, parts. Go on helping the caller.',
        'This call cannot be put through right now. Go on helping the caller.',
        'Support is busy. Go on helping the caller.',
        'The caller has been put through to sales.',
      ],
      left: ['transferred'],
    });
    expect(sandbox.mutations()).toHaveLength(2);
  });

  it('in a session sends nothing when the caller speaks during the announcement', async () => {
    const [told, sandbox] = await serveInSession('interrupted');
    expect(told.answers).toEqual([expect.stringMatching(/^The caller spoke /)]);
    expect(told.left).toEqual([]);
    expect(sandbox.mutations()).toEqual([]);
  });

  it('in a session without TTS moves the caller', async () => {
    const [told, sandbox] = await serveInSession('without TTS');
    expect(told).toEqual({
      ...{ said: [], answers: ['The caller has been put through to sales.'] },
      left: ['transferred'],
    });
    expect(sandbox.mutations()).toHaveLength(1);
  });

  it('in a session announces and sends once when the model calls it twice at once', async () => {
    const [told, sandbox] = await serveInSession('twice at once');
    expect(told.said).toHaveLength(1);
    expect(told.answers).toEqual(
      expect.arrayContaining([
        'The caller has been put through to sales.',
        expect.stringContaining('already running'),
      ]),
    );
    expect(sandbox.mutations()).toHaveLength(1);
  });

  it('in a session bridges, is silent then, and lets the job end with the bridge', async () => {
    const [told, sandbox] = await serveInSession('bridged');
    expect(told).toEqual({
      said: SAID.slice(1),
      answers: ['Sales is on the line. The two talk with each other now: say nothing more.'],
      ...{ silent: true, left: ['transferred'] },
    });
    const methods = sandbox.mutations();
    expect(methods.filter((method) => method.includes('CreateSIPParticipant'))).toHaveLength(1);
  });

  it('in Python moves the caller, and keeps words for operators from the model', async ({
    skip,
  }) => {
    if (!hasPython) skip('there is no python3 on this machine');
    const [told, sandbox] = await serveInPython();
    expect(told).toEqual(TOLD);
    expect(sandbox.mutations()).toHaveLength(2);
  });

  it.each(['nodenext', 'bundler'])(
    'and all other TypeScript of the pages fits the types of LiveKit Agents and of the package, resolved as %s',
    async (resolution) => {
      const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const module = resolution === 'bundler' ? 'esnext' : resolution;
      // The declarations of LiveKit Agents do not all hold by themselves; our own are checked where
      // the package is.
      const flags = `--singleThreaded --noEmit --strict --skipLibCheck --types node --lib es2023,dom --target es2023 --module ${module} --moduleResolution ${resolution}`;
      const cwd = typescriptProject();
      const blocks = blocksIn('ts').map(({ text }, index) => [`shown-${index}.ts`, text]);
      write(cwd, Object.fromEntries(blocks));
      const { exitCode, stdout } = await runShell(`node '${compiler}' ${flags} shown-*.ts`, {
        cwd,
        env: COMPILES_ONCE,
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    },
  );
});
