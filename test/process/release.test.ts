/**
 * What is beside the package: workflows, examples and the image. None of them can run here (there is no
 * GitHub, no Kubernetes and no Docker engine): so they are read, and the command lines in them are run.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as yaml from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../smoke/reports/exposition.ts';
import { parseJunit } from '../smoke/reports/junit-structure.ts';
import { makeFolder, openSandbox, ROOT, runShell } from './run-program.ts';

type Yaml = string | null | Yaml[] | { [key: string]: Yaml };

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** Every scalar is a text. */
const parse = (document: string) =>
  yaml.load(document, { schema: yaml.FAILSAFE_SCHEMA }) as Record<string, Yaml>;
const about: { version: string; files: string[]; scripts: Record<string, string> } = JSON.parse(
  text('package.json'),
);

/** What stands behind a key, wherever in the document; objects and lists as they are. */
function valuesOf(value: Yaml | undefined, key: string): Yaml[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key && !Array.isArray(value) ? [inner] : []),
    ...valuesOf(inner, key),
  ]);
}

/** Fails where a line names an npm script that does not exist. */
function expectScripts(lines: readonly string[]): void {
  for (const [, script = ''] of lines.join('\n').matchAll(/\bnpm run ([\w:-]+)/g)) {
    expect(Object.keys(about.scripts)).toContain(script);
  }
}

const WORKFLOWS = [
  '.github/workflows/ci.yaml',
  '.github/workflows/release.yaml',
  'docs/examples/nightly-smoke.yaml',
];

describe('the workflows', () => {
  it.each(WORKFLOWS)('%s uses GitHub’s own actions, and scripts that there are', (path) => {
    const workflow = parse(text(path));
    expect(Object.keys(workflow)).toEqual(
      expect.arrayContaining(['name', 'on', 'permissions', 'jobs']),
    );
    for (const used of valuesOf(workflow, 'uses')) expect(used).toMatch(/^actions\/[a-z-]+@v\d+$/);
    const lines = valuesOf(workflow, 'run').map(String);
    expect(lines.length).toBeGreaterThan(2);
    expectScripts(lines);
    // Rights are given by name, and none to write into the repository.
    expect(valuesOf(workflow, 'permissions')).not.toContain('write-all');
    expect(valuesOf(workflow, 'contents')).toEqual(expect.arrayContaining(['read']));
    expect(valuesOf(workflow, 'contents')).not.toContain('write');
  });

  it('test every Node that is supported, on every system', () => {
    const [matrix] = valuesOf(parse(text(WORKFLOWS[0] ?? '')), 'matrix');
    expect(matrix).toEqual({
      os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
      node: ['20', '22', '24', '26'],
    });
  });

  it('publish what was tagged, with a statement of where it was built', () => {
    const release = parse(text('.github/workflows/release.yaml'));
    expect(valuesOf(release, 'id-token')).toEqual(['write']);
    const lines = valuesOf(release, 'run').map(String);
    expect(lines.at(-1)).toBe('npm publish --provenance --access public');
    expect(lines.indexOf('npm test')).toBeGreaterThan(lines.indexOf('npm ci'));
    const [check = ''] = lines;
    expect(check).toContain('GITHUB_REF_NAME');
  });

  it('refuse a tag that is not the version', async () => {
    const [check = ''] = valuesOf(parse(text('.github/workflows/release.yaml')), 'run').map(String);
    const tagged = (tag: string) => runShell(check, { cwd: ROOT, env: { GITHUB_REF_NAME: tag } });
    expect((await tagged(`v${about.version}`)).exitCode).toBe(0);
    expect((await tagged('v9.9.9')).exitCode).toBe(1);
  });

  it('run tests that there are', () => {
    const [, ...folders] = about.scripts['test:portable']?.split(' ').slice(1) ?? [];
    expect(folders.length).toBeGreaterThan(3);
    for (const folder of folders)
      expect(readdirSync(join(ROOT, folder)).join()).toContain('.test.ts');
  });
});

describe('the forms for issues', () => {
  it.each(['bug.yml', 'provider.yml'])(
    '%s asks for what tells the machine, and says what it shows',
    (name) => {
      const form = parse(text(`.github/ISSUE_TEMPLATE/${name}`));
      expect(Object.keys(form)).toEqual(['name', 'description', 'labels', 'body']);
      const ids = valuesOf(form, 'id');
      expect(new Set(ids).size).toBe(ids.length);
      expect(text(`.github/ISSUE_TEMPLATE/${name}`)).toMatch(
        /lk-transfer doctor --json[\s\S]*no API secret/,
      );
    },
  );

  it('ask for a log, and for no second transfer', () => {
    expect(text('.github/ISSUE_TEMPLATE/bug.yml')).toMatch(
      /--debug[\s\S]*Do NOT run a transfer a second time/,
    );
  });
});

describe('the pages for who carries it on', () => {
  it.each(['CONTRIBUTING.md', 'docs/windows.md'])('%s names files that there are', (page) => {
    const named = [...text(page).matchAll(/`((?:src|test|docs|scripts)\/[\w./-]+|[A-Z]+\.md)`/g)];
    const paths = named.map(([, path = '']) => path).filter((path) => !path.startsWith('docs/'));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('have five steps for a provider, an outcome, a command and a version', () => {
    const sections = text('CONTRIBUTING.md')
      .split(/^## To /m)
      .slice(1);
    expect(sections.map((section) => section.match(/^\d\. /gm))).toEqual(
      ['add a provider', 'add an outcome', 'add a command', 'publish'].map(() => [
        '1. ',
        '2. ',
        '3. ',
        '4. ',
        '5. ',
      ]),
    );
  });

  it('name no address of ours: whoever publishes it sets one, once', () => {
    const allowed = /keepachangelog\.com|semver\.org/;
    for (const page of ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
      const addresses = text(page).match(/https?:\/\/[^\s)]+|[\w.-]+@[\w-]+\.\w+/g) ?? [];
      expect(addresses.filter((address) => !allowed.test(address))).toEqual([]);
    }
  });
});

/** The instructions of a Dockerfile, comments and continued lines undone. */
function instructions(dockerfile: string): { name: string; rest: string }[] {
  const lines = dockerfile
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const [, name, rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === undefined && line.trim() !== '') throw new Error(`no instruction: ${line}`);
    return name === undefined ? [] : [{ name, rest: rest.trim() }];
  });
}

describe('the image', () => {
  const steps = instructions(text('Dockerfile'));
  const restsOf = (wanted: string) =>
    steps.flatMap(({ name, rest }) => (name === wanted ? [rest] : []));
  const [, ...letIn] = text('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^!/, ''));

  it('is built in two stages, of instructions that there are', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'ENTRYPOINT'];
    expect(steps.filter(({ name }) => !known.includes(name))).toEqual([]);
    expect(restsOf('FROM')).toEqual(['node:24-slim AS build', 'node:24-alpine']);
  });

  it('gets all that the build and the package need, and nothing that may be secret', () => {
    expect(text('.dockerignore')).toMatch(/^\*$/m);
    expect(letIn.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const shipped = about.files.filter((path) => path !== 'dist');
    const built = ['src', 'types', 'scripts', 'tsconfig.json', 'tsconfig.types.json'];
    const always = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'README.md'];
    expect([...letIn].sort()).toEqual([...shipped, ...built, ...always].sort());
    const copied = restsOf('COPY').flatMap((rest) =>
      rest.startsWith('--from') ? [] : rest.split(' ').slice(0, -1),
    );
    for (const path of copied) expect([...letIn, '.']).toContain(path);
  });

  it('runs scripts that there are', () => {
    expectScripts(restsOf('RUN'));
  });

  it('does not run as root, and says so by number', () => {
    expect(restsOf('USER')).toEqual(['1000:1000']);
    expect(steps.at(-1)?.name).toBe('ENTRYPOINT');
    expect(restsOf('ENV')).toContain('XDG_STATE_HOME=/state');
  });
});

describe.concurrent('a smoke test every night', () => {
  const documents = text('docs/examples/nightly-smoke-cronjob.yaml').split(/^---$/m).map(parse);
  const [configMap, claim, cronJob] = documents;
  const [configText] = valuesOf(configMap, 'transfer.config.json').map(String);
  const config = configText ?? '';
  /** Of a test's own: two calls to one number cannot be told apart. */
  const openFast = () => openSandbox({ speed: 10 });

  it('by GitHub leaves a JUnit report', async () => {
    const lines = valuesOf(parse(text('docs/examples/nightly-smoke.yaml')), 'run').map(String);
    // Not by its name from a registry where anybody could have taken it.
    expect(lines[0]).toBe(
      `npm install --global --ignore-scripts ./vendor/lk-transfer-${about.version}.tgz`,
    );
    const cwd = makeFolder({ 'transfer.config.json': config });
    const summary = join(cwd, 'summary.md');
    const sandbox = await openFast();
    const env = { ...sandbox.env, LK_TRANSFER_CONFIG: '', GITHUB_STEP_SUMMARY: summary };
    for (const line of lines.slice(1)) {
      const { exitCode, stderr } = await runShell(line, { cwd, env });
      expect({ line, exitCode }, stderr).toEqual({ line, exitCode: 0 });
    }
    expect(readFileSync(summary, 'utf8')).toMatch(/^```text\n[\s\S]*Sinch[\s\S]*```\n$/);
    const report = parseJunit(readFileSync(join(cwd, 'smoke.xml'), 'utf8'));
    expect(report.attributes).toMatchObject({ tests: '1', failures: '0', errors: '0' });
    const [uploaded] = valuesOf(parse(text('docs/examples/nightly-smoke.yaml')), 'path');
    expect(uploaded).toBe('smoke.xml');
  });

  it('by GitHub shows the secrets to the steps that need them, and fails where a test does', async () => {
    const workflow = parse(text('docs/examples/nightly-smoke.yaml'));
    const [job] = Object.values(workflow.jobs as Record<string, Record<string, Yaml>>);
    expect(Object.keys(job ?? {})).not.toContain('env');
    const steps = (job?.steps ?? []) as Record<string, Yaml>[];
    const withSecrets = steps.filter((step) => JSON.stringify(step).includes('secrets.'));
    expect(withSecrets.map(({ run }) => /lk-transfer \w+/.exec(String(run))?.[0])).toEqual([
      'lk-transfer doctor',
      'lk-transfer smoke',
    ]);
    // What doctor finds does not keep the tests from being made.
    expect(withSecrets[1]?.if).toMatch(/^\$\{\{ !cancelled\(\) \}\}$/);
    const misspelt = config.replace('"trunk": "Sinch"', '"trunk": "Snich"');
    const cwd = makeFolder({ 'transfer.config.json': misspelt });
    const sandbox = await openFast();
    const { exitCode, stdout } = await runShell(String(withSecrets[1]?.run), {
      cwd,
      env: { ...sandbox.env, LK_TRANSFER_CONFIG: '' },
    });
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/Snich[\s\S]*Sinch/);
  });

  it('has alerts on gauges that there are, and none on a verdict that may be expected', async () => {
    const rules = valuesOf(parse(text('docs/examples/prometheus-alerts.yaml')), 'expr').map(String);
    expect(rules.length).toBeGreaterThan(2);
    const cwd = makeFolder({ 'transfer.config.json': config });
    const line = 'lk-transfer smoke --all --yes --format prometheus';
    const { stdout } = await runShell(line, { cwd, env: (await openFast()).env });
    const gauges = [...parseExposition(stdout).keys()];
    for (const rule of rules) {
      const named = rule.match(/lk_transfer_\w+/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !gauges.includes(name))).toEqual([]);
      expect(named).not.toContain('lk_transfer_smoke_supported');
    }
  });

  it('are at different times: two calls to one number cannot be told apart', () => {
    const cron = valuesOf(parse(text('docs/examples/nightly-smoke.yaml')), 'cron');
    const times = [...valuesOf(cronJob, 'schedule'), ...cron];
    expect(new Set(times).size).toBe(2);
  });

  it('by Kubernetes is asked for once, by nobody who may do more', () => {
    expect(documents.map(({ kind }) => kind)).toEqual([
      'ConfigMap',
      'PersistentVolumeClaim',
      'CronJob',
    ]);
    const only = (key: string) => valuesOf(cronJob, key);
    expect(only('concurrencyPolicy')).toEqual(['Forbid']);
    expect([only('backoffLimit'), only('restartPolicy')]).toEqual([['0'], ['Never']]);
    expect([only('runAsNonRoot'), only('readOnlyRootFilesystem')]).toEqual([['true'], ['true']]);
    expect(only('runAsUser')).toEqual(['1000']);
    expect(claim?.metadata).toEqual({ name: only('claimName')[0] });
    // The credentials come from a secret, and from nowhere else.
    expect(only('secretRef')).toEqual([{ name: 'livekit' }]);
    expect(only('env')).toEqual([[{ name: 'XDG_STATE_HOME', value: '/state' }]]);
  });

  it('by Kubernetes leaves measurements, in the image, where no other folder can be written to', async () => {
    // The image: the files of the package, its entry point, its user; what is mounted, where it is mounted.
    const root = makeFolder();
    const home = join(root, 'opt', 'lk-transfer');
    for (const path of [...about.files, 'package.json']) {
      cpSync(join(ROOT, path), join(home, path), { recursive: true });
    }
    const mounts = valuesOf(cronJob, 'mountPath').map(String);
    expect(mounts).toEqual(['/config', '/state', '/metrics']);
    for (const mount of mounts) mkdirSync(join(root, mount));
    writeFileSync(join(root, 'config', 'transfer.config.json'), config);
    const isRoot = process.getuid?.() === 0;
    for (const mount of ['state', 'metrics']) if (isRoot) chownSync(join(root, mount), 1000, 1000);
    chmodSync(root, 0o555);
    const entry = instructions(text('Dockerfile')).at(-1)?.rest ?? '[]';
    const [, ...words]: string[] = [
      ...JSON.parse(entry),
      ...valuesOf(cronJob, 'args').flat().map(String),
    ];
    const inside = (word: string) => word.replace(/(?<=^|=)(?=\/(?:opt|config|metrics)\/)/, root);
    const sandbox = await openFast();
    const child = spawn(process.execPath, words.map(inside), {
      cwd: root,
      env: { ...sandbox.env, HOME: '/nonexistent', XDG_STATE_HOME: join(root, 'state') },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot && { uid: 1000, gid: 1000 }),
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        printed += chunk;
      });
    }
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    chmodSync(root, 0o755);
    expect(exitCode, printed).toBe(0);
    const metrics = parseExposition(
      readFileSync(join(root, 'metrics', 'lk-transfer.prom'), 'utf8'),
    );
    expect(metrics.get('lk_transfer_smoke_supported')?.samples).toMatchObject([
      { labels: { trunk: 'Sinch' }, value: 1 },
    ]);
    expect(readdirSync(join(root, 'metrics'))).toEqual(['lk-transfer.prom']);
    expect(readdirSync(join(root, 'state', 'lk-transfer')).length).toBeGreaterThan(0);
  });
});
