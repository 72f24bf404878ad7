import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/contract/**/*.test.ts', 'test/live/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    reporters: [
      'default',
      './test/live/skipped.ts',
      './test/contract/outcome-table.ts',
      './test/closing-line.ts',
    ],
    // Calls take their time, and each is a caller, somebody in the room and a SIP service at work:
    // few at a time, so that two cores keep up with the seconds that the tests tell apart.
    fileParallelism: false,
    maxConcurrency: 3,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
