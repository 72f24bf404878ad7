// Resolving destinations: what one of them costs, and what the command costs on top of bare node.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { example, program } from '../shared/sandbox.js';
import { median, runNode } from './processes.js';

const COUNT = 10_000;
const START_RUNS = 31;

const CONFIG = {
  defaultCountry: 'US',
  dial: {
    number: 'sip:{number}@trunk.provider.com',
    extension: 'sip:{extension}@pbx.company.com',
  },
  trunks: { ST_abc: { provider: 'twilio', domain: 'example' } },
  departments: {
    sales: { to: '100', aliases: ['new business'] },
    support: { to: '200', number: '+15105550200', fallback: ['voicemail'] },
    voicemail: 'sip:999@pbx.company.com',
  },
  policy: { countries: ['US', 'CA'] },
};

const TRUNK = {
  id: 'ST_abc',
  name: null,
  host: 'example.pstn.twilio.com',
  provider: 'twilio',
  trunkNumber: '+15105550001',
  callerNumber: '+15105550142',
  direction: 'inbound',
};

/** @param {number} index @returns {string} departments, numbers in several writings, addresses */
function destination(index) {
  const number = `510555${String(1000 + (index % 9000)).padStart(4, '0')}`;
  const kinds = [
    'support',
    'New  Business',
    `+1${number}`,
    `(${number.slice(0, 3)}) ${number.slice(3, 6)}-${number.slice(6)}`,
    String(100 + (index % 800)),
    `sip:user${index}@pbx.company.com`,
    `tel:+1${number}`,
  ];
  return kinds[index % kinds.length] ?? 'support';
}

/** @param {string} folder an empty folder, for the module that is measured */
async function measureOne(folder) {
  const outfile = join(folder, 'resolve.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/destinations/resolve.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  const { resolveDestination } = await import(pathToFileURL(outfile).href);
  const inputs = Array.from({ length: COUNT }, (_, index) => destination(index));
  // Emergency numbers and trunks without extensions are refused: that is an answer too.
  const run = (/** @type {string} */ input, /** @type {object | null} */ trunk) => {
    try {
      resolveDestination(input, CONFIG, trunk);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
    }
  };
  for (const input of inputs) run(input, null);
  const times = inputs.map((input, index) => {
    const start = performance.now();
    run(input, index % 2 === 0 ? null : TRUNK);
    return (performance.now() - start) * 1000;
  });
  return {
    what: `one of ${COUNT} mixed destinations, resolved`,
    value: median(times),
    unit: 'µs',
    budget: 20,
    detail: `the median, after a round to warm up`,
  };
}

/** What `resolve` costs beyond bare node: number tables and config included. */
async function measureStart() {
  const bare = [];
  const resolved = [];
  for (let run = 0; run < START_RUNS; run += 1) {
    bare.push((await runNode(['-e', '0'])).ms);
    const words = ['resolve', '+15105550100', '--config', example];
    resolved.push((await runNode([program, ...words])).ms);
  }
  return {
    what: 'resolve, beyond bare node',
    value: median(resolved) - median(bare),
    unit: 'ms',
    budget: 60,
    detail: `median ${median(resolved).toFixed(0)} ms, bare node ${median(bare).toFixed(0)} ms, ${START_RUNS} runs`,
  };
}

/**
 * @param {string} folder an empty folder
 * @returns {Promise<import('../bench.js').Row[]>}
 */
export async function measureResolve(folder) {
  return [await measureStart(), await measureOne(folder)];
}
