// The budgets of start-up, of the scan and of the live list, as differences and ratios measured in
// one run: a slow machine moves both sides alike. Exits 1 when a budget is not kept.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureBoard } from './bench/board.js';
import { measureResolve } from './bench/resolve.js';
import { measureScan } from './bench/scan.js';
import { measureStartUp } from './bench/start-up.js';

/**
 * @typedef {{ what: string, value: number, unit: string, budget: number | null, detail: string }} Row
 */

const folder = await mkdtemp(join(tmpdir(), 'lk-transfer-bench-'));
try {
  const rows = [
    ...(await measureStartUp(folder)),
    ...(await measureResolve(folder)),
    ...(await measureScan(folder)),
    ...(await measureBoard(folder)),
  ];
  for (const { what, value, unit, budget, detail } of rows) {
    const kept = budget === null || value <= budget;
    process.exitCode ||= kept ? 0 : 1;
    const figures = `${value.toFixed(unit === '×' ? 2 : 0)} ${unit}`.padStart(9);
    const verdict = budget === null ? '' : `${kept ? 'within' : 'OVER'} ${budget} ${unit}`;
    process.stdout.write(`${what.padEnd(44)} ${figures}   ${verdict.padEnd(16)} ${detail}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
