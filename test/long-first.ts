/**
 * The order of the test files. Vitest begins with the largest ones, as long as it has not seen how long
 * each takes; these are small and take long, and one that comes last is waited for by all workers. Those
 * that work stand between those that wait.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = [
  'contract/outcomes',
  'docs',
  'cli/smoke-sandbox',
  'process/agent-tools',
  'sandbox/loops',
  'cli/rate-limit',
  'contract/outside',
  'cli/smoke-several',
  'library/transfers',
  'process/package',
  'cli/smoke-live',
  'history/processes',
  'process/completion',
].map((name) => `/test/${name}.test.ts`);

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = LONG.flatMap((name) =>
      sorted.filter(({ moduleId }) => moduleId.replaceAll('\\', '/').endsWith(name)),
    );
    return [...new Set([...first, ...sorted])];
  }
}
