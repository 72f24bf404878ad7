/** The agent tools of README.md, run as they stand there, by an agent that only pretends to be one. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/sandbox/seeds.ts';
import { makeFolder, openSandbox, ROOT, runShell, type TestSandbox } from './run-program.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

function blockOf(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(README) ?? [];
  if (text === undefined) throw new Error(`README.md shows nothing in ${language}`);
  return text;
}

const CONFIG = {
  dial: { extension: 'sip:{extension}@pbx.example.com' },
  departments: { sales: { to: '100' }, support: '486', parts: '+1 900 555 0100' },
  defaultCountry: 'US',
};

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

/** What both tools say and answer, at every wish. */
const TOLD: Told = {
  said: ['support', 'sales'].map((name) => `One moment, I am putting you through to ${name}.`),
  answers: [
    "I don't have an extension for legal. Go on helping the caller.",
    expect.stringMatching(
      /^\+19005550100 is a premium-rate number, .* Go on helping the caller\.$/,
    ),
    expect.stringMatching(/busy.* Go on helping the caller\.$/),
    'The caller has left.',
  ],
};

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const AGENTS_TYPES = `
import type { z } from 'zod';
export declare function getJobContext(): { room: { readonly name: string | undefined } };
interface RunContext { session: { say(text: string): { waitForPlayout(): Promise<void> } } }
export declare namespace llm {
  function tool<T extends z.ZodType>(tool: {
    description: string;
    parameters: T;
    execute(args: z.infer<T>, options: { ctx: RunContext }): Promise<unknown>;
  }): { execute(args: z.infer<T>, options: { ctx: RunContext }): Promise<unknown> };
}
`;

/** A project with the package in it as it is published, its other packages, and the tool. */
function typescriptProject(): string {
  const folder = makeFolder();
  write(folder, {
    'package.json': '{ "type": "module" }',
    'transfer.config.json': JSON.stringify(CONFIG),
    'tool.ts': blockOf('ts'),
    'tool.mjs': blockOf('ts'),
    'agent.mjs': `
      import { transferToDepartment } from './tool.mjs';
      const said = [];
      const say = (text) => { said.push(text); return { waitForPlayout: async () => {} }; };
      const answers = [];
      for (const department of ${JSON.stringify(WISHES)}) {
        answers.push(await transferToDepartment.execute({ department }, { ctx: { session: { say } } }));
      }
      console.log(JSON.stringify({ said, answers }));
    `,
    'node_modules/@livekit/agents/package.json':
      '{ "name": "@livekit/agents", "type": "module", "exports": { "types": "./index.d.ts", "default": "./index.js" } }',
    'node_modules/@livekit/agents/index.js':
      "export const llm = { tool: (tool) => tool };\nexport const getJobContext = () => ({ room: { name: 'ts' } });\n",
    'node_modules/@livekit/agents/index.d.ts': AGENTS_TYPES,
  });
  const home = join(folder, 'node_modules', 'lk-transfer');
  for (const part of ['dist', 'package.json', 'schema']) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
  return folder;
}

function pythonProject(): string {
  const folder = makeFolder();
  write(folder, {
    'transfer.config.json': JSON.stringify(CONFIG),
    'tool.py': blockOf('python'),
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

async function serve(script: string, cwd: string): Promise<[Told, TestSandbox]> {
  const sandbox = await openSandbox({ seed: SEED, speed: 5 });
  const env = { ...sandbox.env, LK_TRANSFER_CONFIG: undefined };
  const { exitCode, stdout, stderr } = await runShell(script, { cwd, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return [JSON.parse(stdout), sandbox];
}

const hasPython = (await runShell('python3 -c "import asyncio"')).exitCode === 0;

describe.concurrent('the agent tool of README.md', () => {
  it('in TypeScript knows no extension for legal, keeps the caller who is not taken, and moves them', async () => {
    const [told, sandbox] = await serve('node agent.mjs', typescriptProject());
    expect(told).toEqual(TOLD);
    expect(sandbox.mutations()).toHaveLength(2);
  });

  it('in Python does the same by the command', async ({ skip }) => {
    if (!hasPython) skip('there is no python3 on this machine');
    const [told, sandbox] = await serve('python3 agent.py', pythonProject());
    expect(told).toEqual(TOLD);
    expect(sandbox.mutations()).toHaveLength(2);
  });

  it.each(['nodenext', 'bundler'])(
    'fits the types that come with the package, resolved as %s',
    async (resolution) => {
      const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const module = resolution === 'bundler' ? 'esnext' : resolution;
      // Everything that the declarations lean on is checked too, with no types of Node about.
      const flags = `--noEmit --strict --skipLibCheck false --types "" --lib es2023,dom --target es2023 --module ${module} --moduleResolution ${resolution}`;
      const cwd = typescriptProject();
      const { exitCode, stdout } = await runShell(`node '${compiler}' ${flags} tool.ts`, { cwd });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    },
  );
});
