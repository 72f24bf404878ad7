import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongFirst } from './test/long-first.ts';

/** They need a real LiveKit: `npm run test:live`. */
const LIVE = 'test/live/**';

/** They look at what is loaded, or put something else in its place. */
const APART = ['test/config/lazy.test.ts', 'test/history/patience.test.ts'];

function project(name: string, test: TestProjectInlineConfiguration['test']) {
  return {
    extends: true,
    test: {
      name,
      setupFiles: ['test/support/setup.ts'],
      // Whole transfers run in real time, and many tests start the program a dozen times: a machine
      // that has other work to do must not fail them.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxConcurrency: 10,
      ...test,
    },
  } satisfies TestProjectInlineConfiguration;
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    reporters: ['default', './test/closing-line.ts'],
    // What is bound to come is waited for on a busy machine, too.
    expect: { poll: { timeout: 15_000 } },
    // Many of the tests wait for programs, and take turns on two cores with those that work: with more
    // workers than this each has to load src/ again, with fewer the cores have nothing to do.
    maxWorkers: 7,
    sequence: { sequencer: LongFirst },
    // What was made of a file is kept in node_modules/ until the file changes: a file of test/cli needs
    // two thirds of the time, the second time.
    experimental: { fsModuleCache: true },
    projects: [
      // A worker loads src/ once, not once a file: half of the time went into that.
      project('all', { include: ['test/**/*.test.ts'], exclude: [...APART, LIVE], isolate: false }),
      project('apart', { include: APART }),
    ],
  },
});
