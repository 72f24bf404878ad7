/** The lab, as far as it can be looked at without a LiveKit: its files fit together. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { behaviourOf } from '../lab/source/behaviours.js';
import { scenario } from '../lab/source/scenario.js';
import { livekit, sipAddress } from '../lab/source/settings.js';
import { BEHAVIOURS, BRIDGE_BEHAVIOURS, DIAL_BEHAVIOURS } from './contract/behaviours.ts';
import { makeFolder, ROOT } from './process/run-program.ts';

const LAB = join(ROOT, 'lab');
const NAMES = [BEHAVIOURS, DIAL_BEHAVIOURS, BRIDGE_BEHAVIOURS].flatMap((each) => Object.keys(each));

const read = (name: string) => readFileSync(join(LAB, name), 'utf8');

/** Every value is text. */
const readYaml = (name: string) => load(read(name), { schema: FAILSAFE_SCHEMA });

/** Every scenario that a behaviour needs, by who runs it. */
function scenariosOf(name: string): string[] {
  const behaviour = behaviourOf(name);
  if (!behaviour) return [];
  const audio = '/tmp/tone.ulaw';
  if (behaviour.makes === 'trunk') {
    return behaviour.sipp === null ? [] : [scenario('trunk', { audio, ...behaviour.sipp })];
  }
  const own = scenario(behaviour.outbound ? 'trunk' : 'caller', { audio, ...behaviour.sipp });
  const { dials } = behaviour;
  return dials === undefined ? [own] : [own, scenario('trunk', { audio, ...dials })];
}

/** The labels that a scenario has, and those that it jumps to. */
function labelsIn(xml: string): { has: string[]; uses: string[] } {
  const labels = { has: [] as string[], uses: [] as string[] };
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'label') labels.has.push(attributes.id ?? '');
    for (const jump of ['next', 'ontimeout']) {
      const target = attributes[jump];
      if (target !== undefined) labels.uses.push(target);
    }
  });
  parser.write(xml).close();
  return labels;
}

describe('the lab', () => {
  it('makes every behaviour of the contract, but what no real LiveKit can be brought to', () => {
    expect(NAMES.filter((name) => behaviourOf(name) === undefined).toSorted()).toEqual([
      'dial-no-number',
      'dial-no-service',
      'dial-service-full',
    ]);
    expect(behaviourOf('staged-anything')).toBeUndefined();
  });

  it.each(NAMES)('has a whole scenario for %s', (name) => {
    for (const xml of scenariosOf(name)) {
      expect(xml).not.toContain('{{');
      const { has, uses } = labelsIn(xml);
      expect(has.toSorted()).toEqual([...new Set(has)].toSorted());
      for (const label of uses) expect(has).toContain(label);
    }
  });

  it('gives a code its phrase, or none', () => {
    const refusal = (code: number, phrase: string) =>
      scenario('caller', { audio: '', refer: 'refuses', code, phrase });
    expect(refusal(405, 'Method Not Allowed')).toContain('SIP/2.0 405 Method Not Allowed\n');
    expect(refusal(488, '')).toContain('SIP/2.0 488 [nothing]\n');
  });

  it('pins its images, and mounts what there is', () => {
    const { services } = readYaml('compose.yaml') as {
      services: Record<string, { image: string; network_mode: string; volumes: string[] }>;
    };
    expect(Object.keys(services)).toEqual(['redis', 'livekit', 'sip']);
    for (const { image, network_mode, volumes } of Object.values(services)) {
      expect(image).toMatch(/^[\w/-]+:v?\d+\.\d+[\w.-]*$/);
      expect(network_mode).toBe('host');
      for (const volume of volumes) {
        const [file = ''] = volume.split(':');
        expect(existsSync(join(LAB, file))).toBe(true);
      }
    }
  });

  it('listens on loopback alone, where its own programs look for it', () => {
    const server = readYaml('livekit.yaml') as Record<string, unknown>;
    const sip = readYaml('sip.yaml') as Record<string, unknown>;
    expect(server).toMatchObject({
      bind_addresses: ['127.0.0.1'],
      keys: { [livekit.apiKey]: livekit.apiSecret },
      rtc: { node_ip: '127.0.0.1', use_external_ip: 'false', interfaces: { includes: ['lo'] } },
    });
    expect(sip).toMatchObject({
      listen_ip: '127.0.0.1',
      api_key: livekit.apiKey,
      api_secret: livekit.apiSecret,
      redis: server.redis,
    });
    expect(livekit.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(sipAddress).toBe(`127.0.0.1:${sip.sip_port}`);
    expect(read('redis.conf')).toMatch(/^bind 127\.0\.0\.1$/m);
  });

  it.each([
    [[], 'There is no Docker on this machine.'],
    [['--by-hand'], 'Not every program is here.'],
  ])('says what is missing: npm run lab %j', (words, sentence) => {
    const bin = makeFolder();
    symlinkSync(process.execPath, join(bin, 'node'));
    const { status, stdout } = spawnSync(process.execPath, [join(LAB, 'start.js'), ...words], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toContain(sentence);
    expect(stdout).toMatch(/^ {2}livekit-server {2}missing$/m);
    expect(stdout).toContain('SIPp is missing');
  });
});
