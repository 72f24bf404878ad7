/** What docs/voice-agents.md has voice agents do when others want something announced, as it stands there. */
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockWith } from '../support/pages.ts';
import { makeFolder, ROOT, runShell } from './run-program.ts';

const PAGE = 'docs/voice-agents.md';

/** A session of LiveKit Agents without a room, and the methods that its agent has registered. */
const AGENT = `
import { initializeLogger, tts, voice } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { announceTransfers } from './announcer.mjs';

initializeLogger({ pretty: false, level: 'silent' });
const said = [];
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
  constructor() { super(24000, 1, { streaming: false }); }
  synthesize(text, ...options) {
    said.push(text);
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
async function sessionWith(options) {
  const session = new voice.AgentSession({ vad: null, turnDetection: null, ...options });
  session.output.audio = new Loudspeaker();
  await session.start({ agent: new voice.Agent({ instructions: 'Wait.' }) });
  const methods = new Map();
  const localParticipant = {
    registerRpcMethod: (name, handler) => methods.set(name, handler),
    unregisterRpcMethod: (name) => methods.delete(name),
  };
  announceTransfers({ room: { localParticipant, remoteParticipants: new Map() } }, session);
  const payload = JSON.stringify({ text: 'One moment, please.' });
  const ask = (name) => methods.get('lk-transfer.' + name)({ callerIdentity: 'server', payload });
  return { session, ask };
}
const { session, ask } = await sessionWith({ tts: new Voice() });
const answers = [await ask('ready'), await ask('announce')];
session.on('speech_created', () => setTimeout(() => session.interrupt(), 100));
answers.push(await ask('announce'));
await session.close();
const mute = await sessionWith({});
answers.push(await mute.ask('announce').catch(() => 'threw'));
await mute.session.close();
console.log(JSON.stringify({ said, answers: answers.map((each) => each === 'threw' ? each : JSON.parse(each)) }));
process.exit(0);
`;

/** A project with the package in it as it is published, and LiveKit Agents. */
function typescriptProject(): string {
  const block = blockWith(PAGE, 'ts', 'registerAnnouncer');
  const folder = makeFolder({
    'package.json': '{ "type": "module" }',
    'agent.mjs': AGENT,
  });
  const code = block
    .replace(/^import type .*\n/gm, '')
    .replace(/: [\w.]+(?=[,)])|: \(\) => void/g, '');
  writeFileSync(join(folder, 'announcer.mjs'), code);
  for (const part of ['dist', 'package.json', 'schema']) {
    cpSync(join(ROOT, part), join(folder, 'node_modules', 'lk-transfer', part), {
      recursive: true,
    });
  }
  for (const name of ['@livekit', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

const hasPython = (await runShell('python3 -c "import asyncio"')).exitCode === 0;

/** Stand-ins for livekit-agents, and a caller who lets it be said, or does not. */
const PYTHON_AGENT = `
import asyncio, json
from types import SimpleNamespace
from announcer import announce_transfers

methods, said = {}, []
def register_rpc_method(name):
    def register(handler):
        methods[name] = handler
        return handler
    return register
async def wait_for_playout():
    pass
def say(text):
    said.append(text)
    return SimpleNamespace(interrupted=len(said) > 1, wait_for_playout=wait_for_playout)
agent = SimpleNamespace(register_rpc_method=register_rpc_method)
room = SimpleNamespace(local_participant=agent, remote_participants={"mallory": None})
announce_transfers(SimpleNamespace(room=room), SimpleNamespace(say=say))
def ask(name, who="server"):
    call = SimpleNamespace(caller_identity=who, payload=json.dumps({"text": "One moment, please."}))
    return json.loads(asyncio.run(methods["lk-transfer." + name](call)))
answers = [ask("ready"), ask("announce"), ask("announce"), ask("ready", "mallory"), ask("announce", "mallory")]
print(json.dumps({"said": said, "answers": answers}))
`;

describe.concurrent('the announcer of docs/voice-agents.md', () => {
  it('says it in a session, and tells who interrupts it', async () => {
    const { exitCode, stdout, stderr } = await runShell('node agent.mjs', {
      cwd: typescriptProject(),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      said: ['One moment, please.', 'One moment, please.'],
      answers: [
        { version: 1, ready: true, reason: null },
        { version: 1, interrupted: false },
        { version: 1, interrupted: true },
        // Without a voice: an RpcError for whoever asked.
        'threw',
      ],
    });
  });

  it('says it in Python, and hears nobody in the room', async ({ skip }) => {
    if (!hasPython) skip('there is no python3 on this machine');
    const cwd = makeFolder({
      'announcer.py': blockWith(PAGE, 'python', 'register_rpc_method'),
      'agent.py': PYTHON_AGENT,
      'livekit.py': '',
    });
    const stub = `mkdir livekit && mv livekit.py livekit/__init__.py && printf 'AgentSession = JobContext = object\\n' > livekit/agents.py && printf 'RpcInvocationData = object\\n' > livekit/rtc.py`;
    const { exitCode, stdout, stderr } = await runShell(
      `${stub} && python3 -m py_compile announcer.py && python3 agent.py`,
      { cwd },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      said: ['One moment, please.', 'One moment, please.'],
      answers: [
        { ready: true },
        { interrupted: false },
        { interrupted: true },
        { ready: false },
        { refused: 'only the server may ask' },
      ],
    });
  });
});
