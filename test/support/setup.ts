/** Runs before every test file: a worker keeps the modules of the file before, but not its hooks. */
import { afterAll } from 'vitest';
import { cleanUp } from './at-the-end.ts';

afterAll(cleanUp);
