import { describe, expect, it } from 'vitest';
import { outcomeAt, userOf } from '../../../src/sandbox/provider/sip-status.ts';

describe('a target', () => {
  it.each([
    ['sip:486@pbx.company.com', 486],
    ['tel:+15105550486', 486],
    ['sips:+15105550603@trunk.provider.com', 603],
    ['<sip:404@pbx>', 404],
    ['sip:480@pbx;transport=tls', 480],
    ['sip:408@pbx', 408],
    ['tel:+1-510-555-0486', 486],
    ['sip:100@pbx.company.com', 200],
    ['sip:100@486.example.com', 200],
    ['sip:4860@pbx', 200],
    ['tel:', 200],
    ['sip:sales@pbx', 200],
  ])('%s has the outcome %i', (transferTo, code) => {
    expect(outcomeAt(userOf(transferTo), 1_500, 1_000).status.code).toBe(code);
  });

  it('answers when the trunk says, and rings a minute when nobody answers', () => {
    expect(outcomeAt('100', 4_000, 1_000).afterMs).toBe(4_000);
    expect(outcomeAt('408', 4_000, 1_000).afterMs).toBe(60_000);
  });
});
