import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/closing-line.ts'],
    // Whole transfers run in real time, and many tests start the program a dozen times: a machine
    // that has other work to do must not fail them.
    // Nor must one stall of it: half a second is what tells a transfer from a call that ended.
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for a process or a transfer, not for the processor.
    maxWorkers: 2,
    maxConcurrency: 10,
  },
});
