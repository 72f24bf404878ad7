import type { Reporter, TestModule } from 'vitest/node';
import type { OutcomeRow } from './outcome-row.ts';

const HEADER = ['case', 'outcome', 'stage', 'SIP', 'caller', 'evidence', 'exit', 'POSTs'];

/** Ends the run with what was said of every transfer: a case a line, in columns. */
export default class OutcomeTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap(({ children }) => [...children.allTests()])
      .flatMap((test) => test.meta().outcomeRows ?? []);
    if (rows.length === 0) return;
    const lines = inColumns([HEADER, ...rows.map(([name, row]) => [name, ...cellsOf(row)])]);
    process.stdout.write(`\n${lines.join('\n')}\n\n${rows.length} transfers\n`);
  }
}

function cellsOf({ outcome, stage, sip, caller, evidence, exitCode, posts }: OutcomeRow): string[] {
  return [outcome, stage, sip, caller, evidence, exitCode, posts].map((cell) =>
    String(cell ?? '-'),
  );
}

function inColumns(rows: readonly string[][]): string[] {
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
