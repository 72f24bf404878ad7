/**
 * The order of the test files. Vitest begins with the largest ones, as long as it has not seen how long
 * each takes; these are small and take long, and one that comes last is waited for by all workers.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = [
  'cli/smoke-sandbox',
  'contract/outside',
  'sandbox/loops',
  'process/agent-tools',
  'process/network',
  'process/package',
  'process/completion',
  'history/processes',
  'library/transfers',
  'cli/rate-limit',
  'cli/smoke-several',
  'cli/smoke-live',
].map((name) => `/test/${name}.test.ts`);

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.some((name) => moduleId.replaceAll('\\', '/').endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
