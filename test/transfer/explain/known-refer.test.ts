import { describe, expect, it } from 'vitest';
import { describeKnownRefer, type KnownRefer } from '../../../src/transfer/explain/facts.ts';
import { NOW } from '../../support/livekit.ts';

const HOUR = 3_600_000;
const said = (wishes: Partial<KnownRefer>, hours = 75) =>
  describeKnownRefer(
    {
      ...{ by: 'transfer', verdict: 'refused', code: 405 },
      at: new Date(NOW - hours * HOUR).toISOString(),
      ...wishes,
    },
    NOW,
  );

describe('what is known of REFER on a trunk', () => {
  it.each<[Partial<KnownRefer>, string]>([
    [{}, 'no REFER here (405, 3 days ago): bridge? (--method bridge)'],
    [{ code: null }, 'no REFER here (3 days ago): bridge? (--method bridge)'],
    [{ code: 603 }, 'REFER refused here (603, 3 days ago): bridge? (--method bridge)'],
    [{ by: 'smoke' }, 'no REFER here (405, smoke test, 3 days ago): bridge? (--method bridge)'],
    [{ verdict: 'honoured', code: null }, 'REFER honoured here (3 days ago)'],
  ])('%j is said so', (wishes, words) => {
    expect(said(wishes)).toBe(words);
  });

  it.each([
    [0.5, '30m ago'],
    [30, '1d 6h ago'],
    [48, '2 days ago'],
    [-5, '0s ago'],
  ])('was seen %d h before: %s', (hours, words) => {
    expect(said({}, hours)).toContain(words);
  });
});
