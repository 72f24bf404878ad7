// Running node processes and timing them.
import { spawn } from 'node:child_process';

/**
 * Runs node to its end.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ ms: number, code: number | null, peakMb: number }>} the peak memory is told
 *   on a fourth stream, by a process that was started with `reportPeak`
 */
export function runNode(args, env = {}) {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: { PATH: process.env.PATH, ...env },
    });
    let told = '';
    child.stdio[3]?.on('data', (chunk) => {
      told += chunk;
    });
    child.on('close', (code) =>
      resolve({ ms: performance.now() - start, code, peakMb: Number(told) / 1024 }),
    );
  });
}

/** A module to start node with (`--require`), which tells the peak memory on the fourth stream. */
export const reportPeak = `
process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)));
`;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
