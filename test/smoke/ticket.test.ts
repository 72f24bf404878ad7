import { describe, expect, it } from 'vitest';
import { writeTicket } from '../../src/smoke/conclude.ts';
import { judgeSmoke } from '../../src/smoke/judge.ts';
import type { SmokeRun } from '../../src/smoke/run.ts';
import { failure, twirp } from '../transfer/answers.ts';
import { smokeRun } from './runs.ts';
import { LINGERED, refused, SUCCESS, transferred } from './transfers.ts';

const ticket = (run: SmokeRun) => writeTicket(run, judgeSmoke(run.finding));

describe('the block for the provider’s support', () => {
  it('tells the REFER as it was sent, and the answer to it', () => {
    const lines = ticket(smokeRun(transferred(refused(603, 'Decline'))));
    expect(lines).toContain('sip.callIDFull: abc@10.0.0.1');
    expect(lines).toContain('Refer-To: <sip:100@pbx.company.com>');
    expect(lines).toContain('Answer to the REFER: 603 Decline');
    expect(ticket(smokeRun(transferred(SUCCESS, LINGERED)))).toContain(
      'Answer to the REFER: accepted; the code is not told by LiveKit',
    );
  });

  it('tells of no REFER where LiveKit has sent none, and why', () => {
    const lines = ticket(
      smokeRun(transferred(twirp(503, 'unavailable', 'no response from servers'))),
    );
    expect(lines.slice(-2)).toEqual([
      'No REFER was sent.',
      'LiveKit says: no response from servers',
    ]);
    const unreached = ticket(smokeRun(transferred(failure('ECONNREFUSED', false))));
    for (const each of [lines, unreached]) {
      expect(each).toContain('No REFER was sent.');
      expect(each.join('\n')).not.toMatch(/REFER requested|Refer-To|Answer to the REFER|NOTIFY/);
    }
  });

  it('tells of none where it did not come to one', () => {
    const run = smokeRun(null, { finding: { failure: { kind: 'leg-dropped' } } });
    expect(ticket(run).at(-1)).toBe('No REFER was sent.');
  });
});
