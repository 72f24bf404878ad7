import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/closing-line.ts'],
    // Whole transfers run in real time against the sandbox; a second or two each is their nature.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Most tests wait for a process or a transfer, not for the processor.
    maxWorkers: 2,
    maxConcurrency: 10,
  },
});
