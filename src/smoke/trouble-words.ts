/** The words for a test that never came to a REFER. */

import type { Trouble } from './finding.ts';
import { dialWords } from './trouble.ts';

export interface TestWords {
  message: string;
  hint: string | null;
}

/** Rooms in a sentence; of many the first few. */
export function nameRooms(rooms: readonly string[]): string {
  const shown = rooms.slice(0, 3).join(', ');
  if (rooms.length === 1) return `room ${shown}`;
  return `${rooms.length} rooms (${shown}${rooms.length > 3 ? ', …' : ''})`;
}

/** @param number the number that was dialled or waited for, for people */
export function troubleWords(trouble: Trouble, number: string): TestWords {
  switch (trouble.kind) {
    case 'dial': {
      const { why, hint } = dialWords(trouble.dial);
      return { message: `The test call to ${number} did not come about: ${why}.`, hint };
    }
    case 'no-arrival':
      return {
        message: `Somebody answered at ${number}, but no call came in to LiveKit there.`,
        hint: 'Some providers connect a call between two of their own numbers internally. Dial over the trunk of another provider, or ring the number yourself with --wait-call.',
      };
    case 'foreign-arrival':
      return {
        message: `A call came in at ${number}, but from ${trouble.from}, and not from the trunk’s number: it may be a customer’s, and was left alone.`,
        hint: 'If the provider shows another number than the trunk’s, let it show the trunk’s; or ring the number yourself with --wait-call.',
      };
    case 'several-arrivals':
      return {
        message: `At ${number} came in ${trouble.count} calls that may be the test call: none was touched.`,
        hint: 'Run one test of a number at a time.',
      };
    case 'arrival-unanswered':
      return {
        message: `The call came in at ${number}, and nobody in its room answered it.`,
        hint: 'LiveKit answers a call when an agent or a person in the room publishes audio: see that an agent is dispatched there.',
      };
    case 'arrival-unread':
      return {
        message: `Whether a call came in at ${number} is not known: LiveKit did not show who is in ${nameRooms(trouble.rooms)}.`,
        hint: 'Test again in a moment; if it stays so, look at the state of the LiveKit server.',
      };
    case 'no-call':
      return {
        message: `Nobody called ${number} in time.`,
        hint: 'Ring the number while the test waits; --within sets how long it does.',
      };
    case 'leg-dropped':
      return {
        message: 'The test call ended before it could be transferred.',
        hint: 'Use a test number that stays on the line for a minute or more.',
      };
  }
}
