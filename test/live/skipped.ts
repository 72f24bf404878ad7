import type { Reporter, TestModule } from 'vitest/node';

/** Says at the end which tests were not run, and why, the most frequent reason first. */
export default class Skipped implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = new Map<string, string[]>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = (result.state === 'skipped' && result.note) || 'needs the sandbox';
        const kind = reason.replace(/\bstaged-\S+/, 'what only the sandbox can stage');
        names.set(kind, [...(names.get(kind) ?? []), test.fullName]);
      }
    }
    if (names.size === 0) return;
    process.stdout.write('\nNot run:\n');
    const reasons = [...names].toSorted(([, one], [, other]) => other.length - one.length);
    for (const [reason, tests] of reasons) {
      process.stdout.write(`  ${String(tests.length).padStart(3)}  ${reason}\n`);
    }
  }
}
