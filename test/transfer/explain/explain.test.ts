/** The headline: what it takes from the message, it takes whole. */
import { expect, it } from 'vitest';
import { explain } from '../../../src/transfer/explain/explain.ts';
import { agent, caller } from '../../support/livekit.ts';
import { facts } from './transfer-facts.ts';

it('names the agent that the caller is with, whatever stands in its identity', () => {
  const identity = 'agent:sales:7';
  const { headline, message } = explain(
    facts(
      'target-failed',
      { stage: 'notify', sip: { code: 486, reason: 'Busy Here' } },
      { room: [caller(), agent({ identity })], isAgent: (each) => each === identity },
    ),
  );
  expect(message).toContain(`The caller is still on the line, with the agent ${identity}.`);
  expect(headline).toMatch(new RegExp(`: busy \\(486\\)\\. .*with the agent ${identity}\\.$`));
});
