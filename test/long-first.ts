/**
 * The order of the test files. Vitest begins with the largest ones, as long as it has not seen how long
 * each takes; these are small and take long, and one that comes last is waited for by all workers. Those
 * that work stand between those that wait.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = [
  'docs',
  'contract/outcomes',
  'process/desk',
  'cli/half-a-picture',
  'process/package',
  'cli/smoke-sandbox',
  'process/desk-under-way',
  'process/streams',
  'process/release',
  'contract/outside',
  'cli/bridge',
  'library/tool',
  'process/agent-tools',
  'process/completion',
  'cli/smoke-live',
  'process/smoke',
  'process/network',
  'history/processes',
  'sandbox/loops',
  'library/transfers',
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
