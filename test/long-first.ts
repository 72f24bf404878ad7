/**
 * The order of the test files. Many wait, for programs and for what takes its time, and the longest of
 * those are in front: one that comes last is waited for by all workers. Between them stand those that
 * work all the time, for whichever core has nothing to do.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By what they take; of the rest, vitest begins with the largest file. */
const LONGEST = [
  'process/desk',
  'docs',
  'cli/half-a-picture',
  'contract/outcomes',
  'process/desk-under-way',
  'cli/smoke-sandbox',
  'process/streams',
  'process/package',
  'contract/outside',
  'library/tool',
  'process/network',
  'process/smoke',
  'process/agent-tools',
  'sandbox/behaviours',
].map((name) => `/test/${name}.test.ts`);

const WAITING = /\/test\/(?:docs|process|contract|library|sandbox|pictures|cli\/smoke-sandbox)\b/;

/** One that waits for so many that work. */
const WORKING_EACH = 2;

const pathOf = ({ moduleId }: TestSpecification) => moduleId.replaceAll('\\', '/');

/** Its place among the longest; behind them all for any other. */
function placeOf(file: TestSpecification): number {
  const place = LONGEST.findIndex((name) => pathOf(file).endsWith(name));
  return place < 0 ? LONGEST.length : place;
}

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
    const waiting = sorted.filter((file) => WAITING.test(pathOf(file)));
    const working = sorted.filter((file) => !WAITING.test(pathOf(file)));
    const mixed = waiting.flatMap((file) => [file, ...working.splice(0, WORKING_EACH)]);
    return [...mixed, ...working];
  }
}
